# cmake -DSOURCE=web -DFOLDER=… -DNPM=… -DNODE=… -DWITH_TESTS=ON|OFF -P build_web.cmake: installs the pinned packages in FOLDER, once for each
# package-lock.json, and bundles SOURCE into FOLDER/report.js and report.css. Where that fails it says why and leaves both empty: the
# build goes on, with a static report.
file(MAKE_DIRECTORY ${FOLDER})

function(give_up what output)
  file(WRITE ${FOLDER}/report.js "")
  file(WRITE ${FOLDER}/report.css "")
  string(SUBSTRING "${output}" 0 1500 output)
  message(WARNING "${what}:\n${output}\nThe report of this build will be static: tables and drawings without the script. "
                  "Configure and build again to try once more, or set GRACEVAE_WITH_WEB=OFF.")
endfunction()

file(SHA256 ${SOURCE}/package-lock.json lock)
set(wanted "${lock} ${WITH_TESTS}")
set(installed "")
if(EXISTS ${FOLDER}/installed.txt)
  file(READ ${FOLDER}/installed.txt installed)
endif()
if(NOT installed STREQUAL wanted)
  file(REMOVE ${FOLDER}/installed.txt)
  file(COPY ${SOURCE}/package.json ${SOURCE}/package-lock.json DESTINATION ${FOLDER})
  set(without --omit=dev)
  if(WITH_TESTS) # the browser test and the check of types
    set(without "")
  endif()
  execute_process(COMMAND ${NPM} ci ${without} --ignore-scripts --no-audit --no-fund --fetch-retries=1 --fetch-timeout=60000
    WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output TIMEOUT 300)
  if(NOT result EQUAL 0)
    give_up("npm could not install the packages of the report's front end (${result})" "${output}")
    return()
  endif()
  file(WRITE ${FOLDER}/installed.txt "${wanted}")
endif()

# Built beside and moved, so that a script is whole or empty.
execute_process(COMMAND ${NODE} ${SOURCE}/build.mjs ${FOLDER}/new
  WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output TIMEOUT 300)
if(NOT result EQUAL 0)
  give_up("The report's front end could not be bundled (${result})" "${output}")
  return()
endif()
file(RENAME ${FOLDER}/new/report.css ${FOLDER}/report.css)
file(RENAME ${FOLDER}/new/report.js ${FOLDER}/report.js)
