#pragma once
/// @file A first look at an HDF5 file by a helper program, because HDF5 1.10 crashes on some damaged files and never
/// returns from others (docs/design/012-public-headers.md). Only for src/io and src/look.
#include <filesystem>

namespace gracevae::impl {

/// True if the helper gracevae-look (src/look) went through the file without harm, or through this state of the file
/// before (device, inode, size, time of change). `shown_as`: how errors name the file. Threads may call this at the
/// same time; signals and other children of the host are left alone.
/// @throws IoError if the helper is missing or does not answer within $GRACEVAE_LOOK_SECONDS (60).
/// @test tests/unit/io/first_look_test.cpp
bool survives_first_look(const std::filesystem::path& path, const std::filesystem::path& shown_as);

namespace hdf5 {

/// What the helper does: opens all nodes of a file with their attributes and asks everything that is asked before
/// values are read. Returns false, crashes or never returns if HDF5 cannot be trusted with the file; a file that is
/// refused with an error is no danger.
bool looks_sound(const std::filesystem::path& path);

}  // namespace hdf5

}  // namespace gracevae::impl
