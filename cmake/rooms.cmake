# A room is a folder of src/. Each is an object library, so that a room and its tests build without the rooms below it.
configure_file(${PROJECT_SOURCE_DIR}/src/base/version.hpp.in ${PROJECT_BINARY_DIR}/generated/base/version.hpp @ONLY)
configure_file(${PROJECT_SOURCE_DIR}/include/gracevae/version.hpp.in ${PROJECT_BINARY_DIR}/generated/gracevae/version.hpp @ONLY)
set(GRACEVAE_EXPORTS ${PROJECT_BINARY_DIR}/generated/exports.map)
configure_file(${PROJECT_SOURCE_DIR}/cmake/exports.map.in ${GRACEVAE_EXPORTS} @ONLY)

# The paper's numbers, so that the program has them wherever it is installed.
file(READ ${PROJECT_SOURCE_DIR}/experiments/published.tsv GRACEVAE_PUBLISHED)
configure_file(${PROJECT_SOURCE_DIR}/src/report/published_text.hpp.in
               ${PROJECT_BINARY_DIR}/generated/report/published_text.hpp @ONLY)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/experiments/published.tsv)

set(GRACEVAE_TORCH_ROOMS "")
set(empty_source ${PROJECT_BINARY_DIR}/generated/empty.cpp)
file(CONFIGURE OUTPUT ${empty_source} CONTENT "")

# The precompiled header of every room without LibTorch, made once; those that see LibTorch share room_causal's.
add_library(core_headers OBJECT ${empty_source})
gracevae_common(core_headers)
target_link_libraries(core_headers PUBLIC fmt::fmt nlohmann_json::nlohmann_json OpenMP::OpenMP_CXX)
target_precompile_headers(core_headers PRIVATE ${PROJECT_SOURCE_DIR}/src/base/core_pch.hpp)

# gracevae_unit(variable NAME name FILES path...): a file that includes others goes to the end of the list. By their paths from src or
# tests, so that a compiler's cache knows the unit in every checkout.
function(gracevae_unit variable)
  cmake_parse_arguments(ARG "" "NAME" "FILES" ${ARGN})
  list(TRANSFORM ARG_FILES REPLACE "(.+)" "#include \"\\1\"\n")
  string(JOIN "" text ${ARG_FILES})
  set(file ${PROJECT_BINARY_DIR}/generated/units/${ARG_NAME}.cpp)
  file(CONFIGURE OUTPUT ${file} CONTENT "${text}" @ONLY)
  set(${variable} ${${variable}} ${file} PARENT_SCOPE)
endfunction()

# gracevae_units(variable NAME name ROOT folder [ALONE file...] [EIGENVALUES file...]): files of the list are compiled together, eight in
# one that includes them, so that headers and what their templates make are compiled once for eight. Paths from ROOT: ALONE, files that
# are not, because they have flags of their own or names that another file has too; EIGENVALUES, files that need Eigen's, which are
# half a minute's work to compile: one unit.
function(gracevae_units variable)
  cmake_parse_arguments(ARG "" "NAME;ROOT" "ALONE;EIGENVALUES" ${ARGN})
  if(GRACEVAE_UNITY STREQUAL "OFF")
    return()
  endif()
  set(together "")
  set(files "")
  foreach(file ${${variable}})
    file(RELATIVE_PATH path ${ARG_ROOT} ${file})
    if(path IN_LIST ARG_ALONE)
      list(APPEND files ${file})
    elseif(NOT path IN_LIST ARG_EIGENVALUES)
      list(APPEND together ${path})
    endif()
  endforeach()
  list(LENGTH together n_files)
  math(EXPR n_units "(${n_files} + 7) / 8")
  set(unit 0)
  while(unit LESS n_units)
    math(EXPR first "${n_files} * ${unit} / ${n_units}")
    math(EXPR n "${n_files} * (${unit} + 1) / ${n_units} - ${first}")
    list(SUBLIST together ${first} ${n} paths)
    gracevae_unit(files NAME ${ARG_NAME}_${unit} FILES ${paths})
    math(EXPR unit "${unit} + 1")
  endwhile()
  if(ARG_EIGENVALUES)
    gracevae_unit(files NAME ${ARG_NAME}_eigenvalues FILES ${ARG_EIGENVALUES})
  endif()
  set(${variable} ${files} PARENT_SCOPE)
endfunction()

# Kernels that are compiled once for each instruction set, one file each; the program chooses when it starts
# (base/instruction_set.hpp). Nothing else is compiled with these flags, so that it runs on every processor.
function(gracevae_instruction_sets)
  set(folder ${PROJECT_SOURCE_DIR}/src/kernels/cpu)
  file(GLOB files ${folder}/block_product_*.cpp ${folder}/vector_loops_*.cpp)
  set_source_files_properties(${files} PROPERTIES SKIP_PRECOMPILE_HEADERS ON COMPILE_OPTIONS -O3)
  if(NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    return()
  endif()
  set(avx512 -mavx512f -mprefer-vector-width=512)
  set(fused -O3 -ffp-contract=fast)
  set_source_files_properties(${folder}/block_product_avx2.cpp PROPERTIES COMPILE_OPTIONS "-mavx2;-mfma;${fused}")
  set_source_files_properties(${folder}/block_product_avx512.cpp PROPERTIES COMPILE_OPTIONS "${avx512};${fused}")
  set_source_files_properties(${folder}/block_product_avx512_bf16.cpp PROPERTIES # the warnings: false alarms inside GCC 12's own headers
                              COMPILE_OPTIONS "${avx512};-mavx512bw;-mavx512bf16;${fused};-Wno-maybe-uninitialized;-Wno-uninitialized")
  set_source_files_properties(${folder}/vector_loops_avx2.cpp PROPERTIES COMPILE_OPTIONS "-mavx2;-O3")
  set_source_files_properties(${folder}/vector_loops_avx512.cpp PROPERTIES COMPILE_OPTIONS "${avx512};-O3")
endfunction()

# gracevae_room(name DEPENDS room... [TORCH] [ALONE file...] [EIGENVALUES file...]): sources are src/name/**/*.cpp; the last two as in
# gracevae_units.
function(gracevae_room name)
  cmake_parse_arguments(ARG "TORCH" "" "DEPENDS;ALONE;EIGENVALUES" ${ARGN})
  if(ARG_TORCH AND NOT GRACEVAE_WITH_TORCH)
    return()
  endif()
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  if(NOT sources) # a room that has only headers yet
    set(sources ${empty_source})
  elseif(GRACEVAE_UNITY STREQUAL "ON" AND NOT name STREQUAL "kernels") # whose hot loops are compiled each for itself
    list(TRANSFORM ARG_ALONE PREPEND ${name}/)
    list(TRANSFORM ARG_EIGENVALUES PREPEND ${name}/)
    gracevae_units(sources NAME ${name} ROOT ${PROJECT_SOURCE_DIR}/src ALONE ${ARG_ALONE} EIGENVALUES ${ARG_EIGENVALUES})
  endif()
  add_library(room_${name} OBJECT ${sources})
  gracevae_common(room_${name})
  target_link_libraries(room_${name} PUBLIC fmt::fmt nlohmann_json::nlohmann_json OpenMP::OpenMP_CXX) # as core_headers
  set(all_rooms "")
  foreach(dep ${ARG_DEPENDS})
    get_target_property(below room_${dep} GRACEVAE_ROOMS)
    list(APPEND all_rooms ${below})
  endforeach()
  list(APPEND all_rooms ${name})
  list(REMOVE_DUPLICATES all_rooms)
  set_target_properties(room_${name} PROPERTIES GRACEVAE_ROOMS "${all_rooms}")
  if(name STREQUAL "base")
    target_link_libraries(room_base PUBLIC PkgConfig::TOMLPLUSPLUS PkgConfig::XXHASH ${CMAKE_DL_LIBS})
  elseif(name STREQUAL "io")
    target_link_libraries(room_io PUBLIC PkgConfig::HDF5 PkgConfig::ZLIB PkgConfig::LIBDEFLATE)
  elseif(name STREQUAL "stats")
    target_include_directories(room_stats SYSTEM PRIVATE ${HNSWLIB_INCLUDE_DIR})
    target_link_libraries(room_stats PRIVATE Eigen3::Eigen Spectra::Spectra)
    # Without optimisation a precompiled fmt leaves __OPTIMIZE__ defined (GCC 12), which Eigen's prefetch stumbles over.
    list(FILTER sources INCLUDE REGEX "/stats/(distributions|loess|low_rank_map|principal_components|umap_start)\\.cpp$|stats_eigenvalues")
    set_source_files_properties(${sources} PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  elseif(name MATCHES "^(kernels|experiment)$")
    target_link_libraries(room_${name} PUBLIC gracevae_blas)
  endif()
  if(name STREQUAL "kernels")
    # No result depends on these: square roots in vectors, and the same bits whatever the width of a vector is.
    target_compile_options(room_kernels PRIVATE -fno-math-errno -fno-trapping-math -ffp-contract=off)
    gracevae_instruction_sets()
  endif()
  if(ARG_TORCH)
    # SYSTEM: LibTorch's headers are not ours to warn about.
    target_include_directories(room_${name} SYSTEM PUBLIC ${TORCH_INCLUDE_DIRS})
    target_link_libraries(room_${name} PUBLIC torch)
    if(TORCH_CUDA_LIBRARIES) # a LibTorch with CUDA: train/gpu.cpp has its graphs and streams
      target_compile_definitions(room_${name} PRIVATE GRACEVAE_WITH_CUDA)
    endif()
    set_target_properties(room_${name} PROPERTIES GRACEVAE_TORCH ON)
    if(NOT name STREQUAL "causal")
      target_precompile_headers(room_${name} REUSE_FROM room_causal)
    else()
      target_precompile_headers(room_causal PRIVATE ${PROJECT_SOURCE_DIR}/src/causal/torch_pch.hpp)
    endif()
  elseif(name STREQUAL "kernels") # it has flags of its own
    target_precompile_headers(room_kernels PRIVATE ${PROJECT_SOURCE_DIR}/src/base/core_pch.hpp)
  else()
    target_precompile_headers(room_${name} REUSE_FROM core_headers)
  endif()
endfunction()

# The libraries that a set of rooms needs, public in an executable or library made of them.
function(gracevae_link_rooms target)
  foreach(room ${ARGN})
    target_link_libraries(${target} PRIVATE room_${room})
  endforeach()
endfunction()

# A run path that wins over the system's alternatives (DT_RPATH, which dependencies of dependencies follow too). In Debian packages
# only the libraries have one: they are where the loader looks.
function(gracevae_run_path target)
  target_link_options(${target} PRIVATE -Wl,--disable-new-dtags)
  set(installed "$ORIGIN;$ORIGIN/../${CMAKE_INSTALL_LIBDIR};${OPENBLAS_OPENMP_DIR}")
  if(GRACEVAE_PACKAGE)
    get_target_property(type ${target} TYPE)
    set(installed "")
    if(type STREQUAL "SHARED_LIBRARY")
      set(installed "${OPENBLAS_OPENMP_DIR}")
    endif()
  endif()
  set_target_properties(${target} PROPERTIES BUILD_RPATH "${OPENBLAS_OPENMP_DIR}" INSTALL_RPATH "${installed}")
endfunction()

# gracevae_library(target ROOMS room... [TORCH]): one shared library of several rooms.
function(gracevae_library target)
  cmake_parse_arguments(ARG "TORCH" "" "ROOMS" ${ARGN})
  add_library(${target} SHARED)
  add_dependencies(${target} gracevae_look)
  foreach(room ${ARG_ROOMS})
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:room_${room}>)
  endforeach()
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>
    $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/generated> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(${target} PUBLIC cxx_std_20)
  # Nothing of these is in a public header: who uses an installed gracevae needs none of them.
  target_link_libraries(${target} PUBLIC $<BUILD_INTERFACE:fmt::fmt>
                        $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>)
  if(ARG_TORCH)
    target_link_libraries(${target} PUBLIC gracevae_core PRIVATE $<BUILD_INTERFACE:torch>
                          $<BUILD_INTERFACE:gracevae_blas> $<BUILD_INTERFACE:OpenMP::OpenMP_CXX>)
  else()
    foreach(library PkgConfig::TOMLPLUSPLUS PkgConfig::HDF5 PkgConfig::XXHASH PkgConfig::ZLIB PkgConfig::LIBDEFLATE gracevae_blas OpenMP::OpenMP_CXX)
      target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:${library}>)
    endforeach()
    target_link_libraries(${target} PRIVATE ${CMAKE_DL_LIBS})
  endif()
  target_link_options(${target} PRIVATE LINKER:--version-script=${GRACEVAE_EXPORTS})
  set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS ${GRACEVAE_EXPORTS})
  if(NOT GRACEVAE_SANITIZE) # their functions are in the program
    target_link_options(${target} PRIVATE LINKER:-z,defs)
  endif()
  # Below version 1 a minor version may break who links it.
  set_target_properties(${target} PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  gracevae_run_path(${target})
  add_library(gracevae::${target} ALIAS ${target})
endfunction()
