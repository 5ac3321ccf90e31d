#include "cli/flags.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/spelling.hpp"

namespace gracevae::cli {

namespace {

const std::vector<OptionInfo>& all_options() {
  static const std::vector<OptionInfo> all = Options().list();
  return all;
}

std::string description_of(const OptionInfo& option) {
  std::string text = with_flags(option.help);
  if (!option.choices.empty()) text += fmt::format(" One of: {}.", fmt::join(option.choices, ", "));
  const nlohmann::json value = std::visit([](const auto& held) { return nlohmann::json(held); }, option.value);
  if (value != "" && value != nlohmann::json::array())
    text += fmt::format(" [default: {}]", value.is_string() ? value.get<std::string>() : value.dump());
  return text;
}

const char* type_name(const OptionInfo& option) {
  if (std::holds_alternative<std::int64_t>(option.value)) return "N";
  if (std::holds_alternative<double>(option.value)) return "X";
  if (std::holds_alternative<std::vector<std::string>>(option.value)) return "A,B,…";
  return "TEXT";
}

}  // namespace

Flags::Flags(CLI::App& command, std::initializer_list<std::string_view> sections,
             std::initializer_list<std::string_view> without) {
  for (const OptionInfo& option : all_options()) {
    const std::string &key = option.key, section = key.substr(0, key.find('.'));
    if (std::find(sections.begin(), sections.end(), section) == sections.end()) continue;
    if (std::find(without.begin(), without.end(), key) != without.end()) continue;
    CLI::Option* flag = nullptr;
    if (std::holds_alternative<bool>(option.value))  // --flag=false turns off what a file or a preset turned on
      flag = command.add_flag_function(
          flag_of(key), [this, key](std::int64_t count) { values_[key] = count > 0 ? "true" : "false"; },
          description_of(option));
    else
      flag =
          command
              .add_option_function<std::string>(
                  flag_of(key), [this, key](const std::string& text) { values_[key] = text; }, description_of(option))
              ->type_name(type_name(option));
    flag->group("[" + section + "]");
  }
}

std::string Flags::description(std::string_view key) {
  const auto& all = all_options();
  return with_flags(std::find_if(all.begin(), all.end(), [&](const OptionInfo& o) { return o.key == key; })->help);
}

void Flags::set(const std::string& key, const std::string& text) {
  if (!text.empty()) values_[key] = text;
}

}  // namespace gracevae::cli
