#include "run/json_file.hpp"

#include <fmt/format.h>

namespace gracevae::impl {

nlohmann::ordered_json read_result(const std::filesystem::path& file, const std::string& format,
                                   const std::string& command) {
  const std::string hint = "make it again: `" + command + "`";
  auto result = parsed_json<nlohmann::ordered_json>(read_text(file));
  if (!result.is_object()) throw InputError({.place = file.string(), .found = "not a JSON object"}, hint);
  if (result.value("format", nlohmann::ordered_json()) != format)
    throw InputError({.place = file.string(),
                      .found = fmt::format("format is {}", result.value("format", nlohmann::ordered_json()).dump()),
                      .expected = fmt::format("\"{}\"", format)},
                     hint);
  return result;
}

}  // namespace gracevae::impl
