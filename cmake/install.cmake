# `cmake --install` gives the program, both libraries, the headers and find_package(gracevae).
include(CMakePackageConfigHelpers)
gracevae_run_path(gracevae_cli)
set(installed gracevae_core)
if(GRACEVAE_WITH_TORCH)
  list(APPEND installed gracevae_model)
endif()
install(TARGETS ${installed} EXPORT gracevae_targets)
install(TARGETS gracevae_cli RUNTIME)
install(DIRECTORY src/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gracevae FILES_MATCHING PATTERN "*.hpp"
        PATTERN "cli" EXCLUDE PATTERN "experiment" EXCLUDE)
install(FILES ${PROJECT_BINARY_DIR}/generated/base/version.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/gracevae/base)
install(EXPORT gracevae_targets NAMESPACE gracevae:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/gracevae)
configure_package_config_file(cmake/gracevaeConfig.cmake.in ${PROJECT_BINARY_DIR}/gracevaeConfig.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/gracevae)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/gracevaeConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/gracevaeConfig.cmake ${PROJECT_BINARY_DIR}/gracevaeConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/gracevae)
