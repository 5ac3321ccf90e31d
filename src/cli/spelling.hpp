#pragma once
/// @file Options as the command line spells them.
#include <string>
#include <string_view>

namespace gracevae::cli {

/// "train.batch_size" is --batch-size.
std::string flag_of(std::string_view key);
/// A message of the library with its keys of options as flags; screen.file, which has none, is SCREEN.
/// @test tests/unit/cli/spelling_test.cpp
std::string with_flags(const std::string& text);

}  // namespace gracevae::cli
