#pragma once
/// @file Results as JSON.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.hpp"
#include "base/files.hpp"

namespace gracevae::impl {

/// Calls `read` with the file's content; what it misses becomes an InputError.
template <class Read>
auto read_json(const std::filesystem::path& file, const std::string& hint, const Read& read) {
  try {
    return read(nlohmann::json::parse(read_text(file)));
  } catch (const nlohmann::json::exception& error) {
    throw InputError({.place = file.string(), .found = error.what()}, hint);
  }
}

/// An object of this format. InputError, whose hint is that `command` makes it again, for anything else.
nlohmann::ordered_json read_result(const std::filesystem::path& file, const std::string& format,
                                   const std::string& command);

}  // namespace gracevae::impl
