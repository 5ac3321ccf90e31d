# gracevae-look, the helper program that the libraries start before they read an HDF5 file (src/io/first_look.hpp). Made of
# the few object files that it needs: it is started for every file, and each library more costs time.
string(REPLACE ";" "|" look_parts "/(${GRACEVAE_LOOK_FILES}).o")
string(REPLACE "." "\\." look_parts "${look_parts}")
add_executable(gracevae_look src/look/main.cpp $<FILTER:$<TARGET_OBJECTS:room_io>,INCLUDE,${look_parts}>
               $<FILTER:$<TARGET_OBJECTS:room_base>,INCLUDE,/error\\.cpp\\.o>)
gracevae_common(gracevae_look)
target_link_libraries(gracevae_look PRIVATE fmt::fmt PkgConfig::HDF5 PkgConfig::LIBDEFLATE OpenMP::OpenMP_CXX)
target_link_options(gracevae_look PRIVATE -Wl,--as-needed)
# The same place below the build folder as below the prefix: libexec/gracevae/gracevae-look.
set_target_properties(gracevae_look PROPERTIES OUTPUT_NAME gracevae-look
                      RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/${CMAKE_INSTALL_LIBEXECDIR}/gracevae)
set_source_files_properties(src/io/first_look.cpp PROPERTIES
                            COMPILE_DEFINITIONS GRACEVAE_LIBEXECDIR="${CMAKE_INSTALL_LIBEXECDIR}")
