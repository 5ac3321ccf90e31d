# The report's front end: web/ is bundled into one script and one style sheet that the assembler puts into the program. Its packages are
# installed when the build is configured, so that building needs no network. Without npm, or where it cannot reach its registry, both
# files are empty and the report is the static one; configuring says so.
set(GRACEVAE_WITH_WEB AUTO CACHE STRING "Bundle the report's front end with npm: AUTO (if npm is there), ON or OFF")
set_property(CACHE GRACEVAE_WITH_WEB PROPERTY STRINGS AUTO ON OFF)

set(web_source ${PROJECT_SOURCE_DIR}/web)
set(web_folder ${PROJECT_BINARY_DIR}/web)
set(web_bundle ${web_folder}/report.js ${web_folder}/report.css)

set(static_report "The report of this build will be static: tables and drawings without the script.")

# gracevae_web_packages(installed): the pinned packages in web_folder, once for each package-lock.json; installed: whether they are there.
function(gracevae_web_packages installed)
  set(${installed} ON PARENT_SCOPE)
  file(SHA256 ${web_source}/package-lock.json lock)
  set(wanted "${lock} ${GRACEVAE_BUILD_TESTS}")
  set(found "")
  if(EXISTS ${web_folder}/installed.txt)
    file(READ ${web_folder}/installed.txt found)
  endif()
  if(found STREQUAL wanted)
    return()
  endif()
  file(REMOVE ${web_folder}/installed.txt)
  file(COPY ${web_source}/package.json ${web_source}/package-lock.json DESTINATION ${web_folder})
  set(without --omit=dev)
  if(GRACEVAE_BUILD_TESTS) # the browser test and the check of types
    set(without "")
  endif()
  message(STATUS "Installing the packages of the report's front end with npm")
  execute_process(COMMAND ${GRACEVAE_NPM} ci ${without} --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-timeout=60000
    WORKING_DIRECTORY ${web_folder} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output TIMEOUT 300)
  if(NOT result EQUAL 0)
    set(${installed} OFF PARENT_SCOPE)
    string(SUBSTRING "${output}" 0 1500 output)
    message(WARNING "npm could not install the packages of the report's front end (${result}):\n${output}\n${static_report} "
                    "Configure again to try once more, or set GRACEVAE_WITH_WEB=OFF.")
    return()
  endif()
  file(WRITE ${web_folder}/installed.txt "${wanted}")
endfunction()

set(web_on OFF)
file(MAKE_DIRECTORY ${web_folder})
if(NOT GRACEVAE_WITH_WEB)
  message(STATUS "GRACEVAE_WITH_WEB is ${GRACEVAE_WITH_WEB}. ${static_report}")
else()
  find_program(GRACEVAE_NPM npm)
  find_program(GRACEVAE_NODE NAMES node nodejs)
  if(GRACEVAE_NPM AND GRACEVAE_NODE)
    gracevae_web_packages(web_on)
  elseif(NOT GRACEVAE_WITH_WEB STREQUAL "AUTO")
    message(FATAL_ERROR "GRACEVAE_WITH_WEB is ON and there is no npm: install nodejs and npm, or leave it at AUTO")
  else()
    message(WARNING "There is no npm. ${static_report} Install nodejs and npm for the interactive one, or set GRACEVAE_WITH_WEB=OFF.")
  endif()
endif()

if(web_on)
  # An empty script is what a failed attempt left: try again.
  if(EXISTS ${web_folder}/report.js)
    file(SIZE ${web_folder}/report.js web_size)
    if(web_size EQUAL 0)
      file(REMOVE ${web_bundle})
    endif()
  endif()
  file(GLOB web_files CONFIGURE_DEPENDS ${web_source}/src/*.ts ${web_source}/src/*.css)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${web_source}/package.json ${web_source}/package-lock.json)
  add_custom_command(OUTPUT ${web_bundle}
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${web_source} -DFOLDER=${web_folder} -DNODE=${GRACEVAE_NODE}
            -P ${PROJECT_SOURCE_DIR}/cmake/build_web.cmake
    DEPENDS ${web_files} ${web_source}/build.mjs ${web_source}/package-lock.json ${web_folder}/installed.txt
            ${PROJECT_SOURCE_DIR}/cmake/build_web.cmake
    COMMENT "Bundling the report's front end" VERBATIM)
else()
  foreach(file ${web_bundle})
    file(CONFIGURE OUTPUT ${file} CONTENT "")
  endforeach()
endif()

set(GRACEVAE_WEB_FOLDER ${web_folder})
configure_file(${PROJECT_SOURCE_DIR}/src/report/web_bundle.cpp.in ${PROJECT_BINARY_DIR}/generated/report/web_bundle.cpp @ONLY)
set(web_code ${PROJECT_BINARY_DIR}/generated/report/web_bundle.cpp)
set_source_files_properties(${web_code} PROPERTIES OBJECT_DEPENDS "${web_bundle}" SKIP_PRECOMPILE_HEADERS ON)
target_sources(room_report PRIVATE ${web_code} ${web_bundle})
