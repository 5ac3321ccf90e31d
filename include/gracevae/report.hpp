#pragma once
/// @file The report of one run or several (docs/report.md).
#include <filesystem>
#include <vector>

#include <gracevae/context.hpp>
#include <gracevae/options.hpp>

namespace gracevae {

/// Writes one self-contained HTML file from the files of run folders (section report); without an `output`, report.html
/// in the run's folder, of several runs in the present one. @throws IoError, InputError
void write_report(const std::vector<std::filesystem::path>& runs, const std::filesystem::path& output = {},
                  const Options& options = {}, const Context& context = {});

}  // namespace gracevae
