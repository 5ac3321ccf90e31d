#include "run/json_file.hpp"

#include <fmt/format.h>

namespace gracevae::impl {

nlohmann::ordered_json read_result(const std::filesystem::path& file, const std::string& format,
                                   const std::string& command) {
  const std::string hint = "make it again: `" + command + "`";
  nlohmann::ordered_json result = nlohmann::ordered_json::parse(read_text(file), nullptr, false);
  if (!result.is_object()) throw InputError(fmt::format("{}: not a JSON object", file.string()), hint);
  if (result.value("format", nlohmann::ordered_json()) != format)
    throw InputError(fmt::format("{}: format is {}, expected \"{}\"", file.string(),
                                 result.value("format", nlohmann::ordered_json()).dump(), format),
                     hint);
  return result;
}

}  // namespace gracevae::impl
