# Every dependency is a Debian package; docs/dependencies.md says why each is here and under which licence.
find_package(PkgConfig REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
find_package(Eigen3 3.4 REQUIRED NO_MODULE)
find_package(spectra 1.0 REQUIRED NO_MODULE)
find_path(HNSWLIB_INCLUDE_DIR hnswlib/hnswlib.h REQUIRED)
pkg_check_modules(HDF5 REQUIRED IMPORTED_TARGET hdf5-serial)
pkg_check_modules(TOMLPLUSPLUS REQUIRED IMPORTED_TARGET tomlplusplus)
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(LIBDEFLATE REQUIRED IMPORTED_TARGET libdeflate)

# The OpenMP flavour of OpenBLAS, found first by the run path below: the pthread flavour fights libgomp, and
# netlib's reference BLAS is twenty times slower. base/runtime.cpp checks at start which one was really loaded.
find_path(OPENBLAS_OPENMP_DIR NAMES libopenblas.so.0
          PATHS /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/openblas-openmp NO_DEFAULT_PATH)
if(OPENBLAS_OPENMP_DIR)
  add_library(gracevae_blas INTERFACE)
  target_link_libraries(gracevae_blas INTERFACE ${OPENBLAS_OPENMP_DIR}/libopenblas.so.0)
else()
  find_package(LAPACK REQUIRED)
  add_library(gracevae_blas INTERFACE)
  target_link_libraries(gracevae_blas INTERFACE ${LAPACK_LIBRARIES})
  message(WARNING "libopenblas0-openmp was not found: using ${LAPACK_LIBRARIES}, which may be much slower")
endif()

if(GRACEVAE_WITH_TORCH)
  find_package(Torch REQUIRED)
endif()
