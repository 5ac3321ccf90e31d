# Debian packages, by CPack: `./run package`, docs/packages.md. The preset "package" lays the files out for them.
if(NOT GRACEVAE_PACKAGE)
  return()
endif()
set(release ${PROJECT_VERSION}-1)
set(soversion ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(program_package gracevae)
set(libraries_package libgracevae${soversion})
set(development_package libgracevae-dev)
set(python_package python3-gracevae)
set(components program libraries development)
if(TARGET gracevae_python)
  list(APPEND components python)
endif()
set(maintainer "The gracevae authors <gracevae@localhost.localdomain>")
if(NOT "$ENV{DEBEMAIL}" STREQUAL "") # as Debian's own tools take them
  set(maintainer "$ENV{DEBFULLNAME} <$ENV{DEBEMAIL}>")
endif()

string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC) # of SOURCE_DATE_EPOCH where it is set
set(folder ${PROJECT_BINARY_DIR}/debian)
configure_file(cmake/debian/changelog.in ${folder}/changelog.Debian @ONLY)
configure_file(CHANGELOG.md ${folder}/changelog COPYONLY)
execute_process(COMMAND gzip -9nf ${folder}/changelog.Debian ${folder}/changelog COMMAND_ERROR_IS_FATAL ANY)
file(WRITE ${folder}/triggers "activate-noawait ldconfig\n")
foreach(component ${components})
  set(name ${${component}_package})
  set(documents ${CMAKE_INSTALL_DATADIR}/doc/${name})
  install(FILES cmake/debian/copyright ${folder}/changelog.Debian.gz ${folder}/changelog.gz DESTINATION ${documents} COMPONENT ${component})
  configure_file(cmake/debian/${component}.lintian-overrides ${folder}/${name} @ONLY)
  install(FILES ${folder}/${name} DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides COMPONENT ${component})
  string(TOUPPER ${component} COMPONENT)
  set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_NAME ${name})
endforeach()
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${program_package} COMPONENT program)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${program_package} COMPONENT program
        FILES_MATCHING PATTERN "*.md" PATTERN "*.png" PATTERN "*.svg" PATTERN examples EXCLUDE)
install(DIRECTORY docs/examples DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${development_package} COMPONENT development)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME gracevae)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # each package has its own
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL ${components})
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_MAINTAINER "${maintainer}")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${PROJECT_BINARY_DIR})
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")

set(about "gracevae trains causal variational autoencoders (GraCE-VAE, CMVAE and
relatives) on single-cell CRISPR screens (Perturb-seq), with pathways and
protein interactions as context. It predicts cells under combinations of
perturbations that were never measured, and scores them beside simple
baselines.")
# The library's private interface is of one build.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS "${libraries_package} (= ${release})")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "${development_package}")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION "latent causal programs behind single-cell CRISPR screens\n${about}

This package has the program and its documentation.")
set(CPACK_DEBIAN_LIBRARIES_PACKAGE_DEPENDS libopenblas0-openmp) # in a folder of its own, which the run path names
set(CPACK_DEBIAN_LIBRARIES_PACKAGE_SUGGESTS libblosc1) # loaded for zarr files that it compressed
set(CPACK_DEBIAN_LIBRARIES_PACKAGE_SECTION libs)
# A file named triggers replaces a script that calls ldconfig; CPack writes that script unless it is given one of that name, and only
# warns that the file is missing.
set(CPACK_DEBIAN_LIBRARIES_PACKAGE_CONTROL_EXTRA "${folder}/triggers;${folder}/none/postinst;${folder}/none/postrm")
set(CPACK_DEBIAN_LIBRARIES_DESCRIPTION "latent causal programs behind CRISPR screens - shared libraries\n${about}

This package has the shared libraries: libgracevae_core, and libgracevae_model
for what needs LibTorch.")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "${libraries_package} (= ${release})")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS "cmake, pkg-config")
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_DESCRIPTION "latent causal programs behind CRISPR screens - development files\n${about}

This package has the headers (C++20), examples, and files for CMake and
pkg-config.")
set(CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS "${program_package} (= ${release}), ${libraries_package} (= ${release}), ${GRACEVAE_PYTHON_DEPENDS}")
set(CPACK_DEBIAN_PYTHON_PACKAGE_RECOMMENDS "python3-matplotlib, python3-networkx, python3-tqdm")
set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
set(CPACK_DEBIAN_PYTHON_DESCRIPTION "latent causal programs behind CRISPR screens - Python\n${about}

This package has the Python package gracevae, which takes and gives AnnData.")
include(CPack)
