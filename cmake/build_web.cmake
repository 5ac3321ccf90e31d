# cmake -DSOURCE=web -DFOLDER=… -DNODE=… -P build_web.cmake: bundles SOURCE with the packages in FOLDER into FOLDER/report.js and
# report.css. Where that fails it says why and leaves both empty: the build goes on, with a static report.
# Built beside and moved, so that a script is whole or empty.
execute_process(COMMAND ${NODE} ${SOURCE}/build.mjs ${FOLDER}/new
  WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output TIMEOUT 300)
if(NOT result EQUAL 0)
  file(WRITE ${FOLDER}/report.js "")
  file(WRITE ${FOLDER}/report.css "")
  string(SUBSTRING "${output}" 0 1500 output)
  message(WARNING "The report's front end could not be bundled (${result}):\n${output}\n"
                  "The report of this build will be static: tables and drawings without the script. "
                  "Configure and build again to try once more, or set GRACEVAE_WITH_WEB=OFF.")
  return()
endif()
file(RENAME ${FOLDER}/new/report.css ${FOLDER}/report.css)
file(RENAME ${FOLDER}/new/report.js ${FOLDER}/report.js)
