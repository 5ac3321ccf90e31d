#pragma once
/// @file Quoting words for a shell.
#include <string>

namespace gracevae::impl {

/// A word for a POSIX shell: in single quotes where it has more than letters, digits and _-./=+,:@%.
std::string shell_word(const std::string& word);

}  // namespace gracevae::impl
