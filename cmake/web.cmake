# The report's front end: web/ is bundled into one script and one style sheet that the assembler puts into the program. Without npm, or
# where npm cannot reach its registry, both are empty and the report is the static one.
set(GRACEVAE_WITH_WEB AUTO CACHE STRING "Bundle the report's front end with npm: AUTO (if npm is there), ON or OFF")
set_property(CACHE GRACEVAE_WITH_WEB PROPERTY STRINGS AUTO ON OFF)

set(web_source ${PROJECT_SOURCE_DIR}/web)
set(web_folder ${PROJECT_BINARY_DIR}/web)
set(web_bundle ${web_folder}/report.js ${web_folder}/report.css)

set(web_on OFF)
if(GRACEVAE_WITH_WEB)
  find_program(GRACEVAE_NPM npm)
  find_program(GRACEVAE_NODE NAMES node nodejs)
  if(GRACEVAE_NPM AND GRACEVAE_NODE)
    set(web_on ON)
  elseif(NOT GRACEVAE_WITH_WEB STREQUAL "AUTO")
    message(FATAL_ERROR "GRACEVAE_WITH_WEB is ON and there is no npm: install nodejs and npm, or leave it at AUTO")
  else()
    message(STATUS "No npm: the report will be static (install nodejs and npm for the interactive one)")
  endif()
endif()

if(web_on)
  # An empty script is what a failed attempt left: configuring tries again.
  if(EXISTS ${web_folder}/report.js)
    file(SIZE ${web_folder}/report.js web_size)
    if(web_size EQUAL 0)
      file(REMOVE ${web_bundle})
    endif()
  endif()
  file(GLOB web_files CONFIGURE_DEPENDS ${web_source}/src/*.ts ${web_source}/src/*.css)
  add_custom_command(OUTPUT ${web_bundle}
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${web_source} -DFOLDER=${web_folder} -DNPM=${GRACEVAE_NPM} -DNODE=${GRACEVAE_NODE}
            -DWITH_TESTS=${GRACEVAE_BUILD_TESTS} -P ${PROJECT_SOURCE_DIR}/cmake/build_web.cmake
    DEPENDS ${web_files} ${web_source}/build.mjs ${web_source}/package.json ${web_source}/package-lock.json
            ${PROJECT_SOURCE_DIR}/cmake/build_web.cmake
    COMMENT "Bundling the report's front end" VERBATIM)
else()
  file(MAKE_DIRECTORY ${web_folder})
  foreach(file ${web_bundle})
    file(CONFIGURE OUTPUT ${file} CONTENT "")
  endforeach()
endif()

set(GRACEVAE_WEB_FOLDER ${web_folder})
configure_file(${PROJECT_SOURCE_DIR}/src/report/web_bundle.cpp.in ${PROJECT_BINARY_DIR}/generated/report/web_bundle.cpp @ONLY)
set(web_code ${PROJECT_BINARY_DIR}/generated/report/web_bundle.cpp)
set_source_files_properties(${web_code} PROPERTIES OBJECT_DEPENDS "${web_bundle}" SKIP_PRECOMPILE_HEADERS ON)
target_sources(room_report PRIVATE ${web_code} ${web_bundle})
