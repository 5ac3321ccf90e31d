# `cmake --install` gives the program, both libraries, the public headers, find_package(gracevae) and pkg-config.
include(CMakePackageConfigHelpers)
gracevae_run_path(gracevae_cli)
set(installed gracevae_core)
set(GRACEVAE_PC_LIBS "-lgracevae_core")
if(GRACEVAE_WITH_TORCH)
  list(APPEND installed gracevae_model)
  set(GRACEVAE_PC_LIBS "-lgracevae_model -lgracevae_core")
endif()
# Components are the packages of cmake/packages.cmake; what names none is of the program.
install(TARGETS ${installed} EXPORT gracevae_targets LIBRARY COMPONENT libraries NAMELINK_COMPONENT development)
install(TARGETS gracevae_cli RUNTIME)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME development)
install(DIRECTORY include/gracevae DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.hpp")
install(FILES ${PROJECT_BINARY_DIR}/generated/gracevae/version.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gracevae)
file(RELATIVE_PATH GRACEVAE_PC_UP /${CMAKE_INSTALL_LIBDIR}/pkgconfig /) # so that the prefix may be chosen when it is installed
configure_file(cmake/gracevae.pc.in ${PROJECT_BINARY_DIR}/gracevae.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/gracevae.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(EXPORT gracevae_targets NAMESPACE gracevae:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/gracevae)
configure_package_config_file(cmake/gracevaeConfig.cmake.in ${PROJECT_BINARY_DIR}/gracevaeConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/gracevae)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/gracevaeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/gracevaeConfig.cmake ${PROJECT_BINARY_DIR}/gracevaeConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/gracevae)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME program)
