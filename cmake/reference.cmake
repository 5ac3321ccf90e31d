# Man pages and completion: the program writes them from its own commands and options, so that they say what --help says.
if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
  message(STATUS "Built for another machine: without man pages and completion, which the program itself would write")
  return()
endif()

set(reference_folder ${PROJECT_BINARY_DIR}/reference)
set(bash_completion ${reference_folder}/completions/gracevae)
set(zsh_completion ${reference_folder}/_gracevae)
# LibTorch's, OpenBLAS's and HDF5's memory is not freed, which the address sanitizer would call a failure.
set(reference_program ${CMAKE_COMMAND} -E env ASAN_OPTIONS=detect_leaks=0 $<TARGET_FILE:gracevae_cli> reference)
find_program(GZIP_PROGRAM gzip)
set(compress_pages "")
if(GZIP_PROGRAM) # as Debian wants its pages
  set(compress_pages COMMAND ${GZIP_PROGRAM} -9nr ${reference_folder}/man1)
endif()
add_custom_command(OUTPUT ${bash_completion} ${zsh_completion}
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${reference_folder}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${reference_folder}/completions
  COMMAND ${reference_program} --man ${reference_folder}/man1
  COMMAND ${reference_program} --completion bash > ${bash_completion}
  COMMAND ${reference_program} --completion zsh > ${zsh_completion}
  ${compress_pages}
  DEPENDS gracevae_cli COMMENT "Writing man pages and completion" VERBATIM)
add_custom_target(gracevae_reference ALL DEPENDS ${bash_completion} ${zsh_completion})

install(DIRECTORY ${reference_folder}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${bash_completion} DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${zsh_completion} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
