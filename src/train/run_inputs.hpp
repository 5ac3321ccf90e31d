#pragma once
/// @file The input files of a run, identified by their hashes.
#include <nlohmann/json.hpp>

#include "run/run_options.hpp"

namespace gracevae::impl {

/// Section [inputs] of options.toml: ROLE_hash of every file that the run reads (roles: screen, labels, aliases,
/// embedding, pathway; with a context graph gmt, relations, edges), and the paths of the context graph's files. @throws
/// as find_network_files and file_hash.
nlohmann::ordered_json record_inputs(const RunOptions& options);

/// @throws InputError naming the file if the files that `options` name differ from the folder's record: changed, added
/// to the network folder, or removed from it.
/// @test tests/unit/train/run_inputs_test.cpp, tests/integration/test_bad_input.sh
void check_inputs_unchanged(const RunOptions& options, const RunFolder& folder);

}  // namespace gracevae::impl
