#include "cli/flags.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.hpp"

namespace gracevae::impl::cli {

namespace {

std::string description_of(const Option& option) {
  std::string text = option.help;
  if (!option.choices.empty()) text += fmt::format(" One of: {}.", fmt::join(option.choices, ", "));
  const nlohmann::json value = option.value();
  if (!value.is_null() && value != "" && value != nlohmann::json::array())
    text += fmt::format(" [default: {}]", value.is_string() ? value.get<std::string>() : value.dump());
  return text;
}

const char* type_name(const Option& option) {
  if (std::holds_alternative<std::int64_t*>(option.target)) return "N";
  if (std::holds_alternative<double*>(option.target)) return "X";
  if (std::holds_alternative<std::vector<std::string>*>(option.target)) return "A,B,…";
  return "TEXT";
}

}  // namespace

Flags::Flags(CLI::App& command, OptionTable& table, const std::vector<std::string>& without) : table_(table) {
  for (const Option& option : table.options()) {
    const std::string key = option.key();
    if (std::find(without.begin(), without.end(), key) != without.end()) continue;
    if (std::holds_alternative<bool*>(option.target)) {
      command
          .add_flag_function(
              option.flag(), [this, key](std::int64_t count) { values_[key] = count > 0 ? "true" : "false"; },
              description_of(option))  // --flag=false turns off what a file or a preset turned on
          ->group("[" + option.section + "]");
    } else {
      command
          .add_option_function<std::string>(
              option.flag(), [this, key](const std::string& text) { values_[key] = text; }, description_of(option))
          ->group("[" + option.section + "]")
          ->type_name(type_name(option));
    }
  }
}

std::vector<std::string> Flags::words() const {
  std::vector<std::string> words;
  for (const auto& [key, text] : values_) words.push_back(table_.find(key)->flag() + "=" + text);
  return words;
}

void Flags::apply() {
  for (const auto& [key, text] : values_) {
    Option* option = table_.find(key);
    option->set_text(text, option->flag());
  }
}

}  // namespace gracevae::impl::cli
