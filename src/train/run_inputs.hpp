#pragma once
/// @file The files that a run reads, known by their bytes.
#include <nlohmann/json.hpp>

#include "run/run_options.hpp"

namespace gracevae::impl {

/// Section [inputs] of options.toml: ROLE_hash of every file that the run reads (roles: screen, labels, aliases,
/// embedding, pathway; with a context graph gmt, relations, edges), and where those of the context graph were found.
/// Errors as find_network_files and file_hash.
nlohmann::ordered_json record_inputs(const RunOptions& options);

/// InputError that names the file unless the files that `options` name today have the bytes that the folder's record
/// has: one that changed, one that the folder of the network did not have then, or has no more.
/// @test tests/unit/train/run_inputs_test.cpp, tests/integration/test_bad_input.sh
void check_inputs_unchanged(const RunOptions& options, const RunFolder& folder);

}  // namespace gracevae::impl
