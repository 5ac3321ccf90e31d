#pragma once
/// @file Results as JSON.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/files.hpp"

namespace gracevae::impl {

/// Text as JSON; discarded if it is none, or nested deeper than any of our files: who copies or writes such a value
/// would need a stack of any size.
template <class Json>
Json parsed_json(std::string_view text) {
  constexpr int kDeepest = 100;
  struct TooDeep {};
  const auto check = [](int depth, typename Json::parse_event_t, Json&) {
    if (depth > kDeepest) throw TooDeep();
    return true;
  };
  try {
    return Json::parse(text, check, false);
  } catch (const TooDeep&) {
    return Json(Json::value_t::discarded);
  }
}

/// Calls `read` with the file's content; what it misses becomes an InputError.
template <class Read>
auto read_json(const std::filesystem::path& file, const std::string& hint, const Read& read) {
  try {
    const auto json = parsed_json<nlohmann::json>(read_text(file));
    if (json.is_discarded()) throw InputError({.place = file.string(), .found = "is no JSON"}, hint);
    return read(json);
  } catch (const nlohmann::json::exception& error) {
    throw InputError({.place = file.string(), .found = error.what()}, hint);
  }
}

/// An object of this format. InputError, whose hint is that `command` makes it again, for anything else.
nlohmann::ordered_json read_result(const std::filesystem::path& file, const std::string& format,
                                   const std::string& command);

}  // namespace gracevae::impl
