#pragma once
/// @file Names of temporary files, by which what a killed process left is known.
#include <filesystem>
#include <string>

namespace gracevae::impl {

/// ".HOST.PID.gracevae.tmp": the end of the names of this process's temporary files, which begin with a dot.
std::string temporary_end();

/// Removes temporary files in a folder whose process was on this machine and is gone. Looks into each folder once.
/// @test tests/unit/base/files_test.cpp
void remove_stale_files(const std::filesystem::path& folder);

}  // namespace gracevae::impl
