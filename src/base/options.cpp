#include "base/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>
#include <toml++/toml.h>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "base/plain_text.hpp"

namespace gracevae::impl {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

nlohmann::json to_json_value(const toml::node& node) {
  if (const auto* value = node.as_boolean()) return value->get();
  if (const auto* value = node.as_integer()) return value->get();
  if (const auto* value = node.as_floating_point()) return value->get();
  if (const auto* value = node.as_string()) return value->get();
  if (const auto* array = node.as_array()) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& item : *array) list.push_back(to_json_value(item));
    return list;
  }
  if (const auto* table = node.as_table()) {
    nlohmann::json object = nlohmann::json::object();
    for (const auto& [key, item] : *table) object[std::string(key.str())] = to_json_value(item);
    return object;
  }
  std::ostringstream text;
  text << toml::node_view<const toml::node>(node);
  return text.str();
}

toml::table parse_file(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) throw IoError({.place = file.string(), .found = "no such file"});
  try {
    return toml::parse_file(file.string());
  } catch (const toml::parse_error& error) {
    throw ConfigError({.place = fmt::format("{} line {} column {}", file.string(), error.source().begin.line,
                                            error.source().begin.column),
                       .found = std::string(error.description())});
  }
}

}  // namespace

std::string Option::flag() const {
  std::string text = "--" + name;
  std::replace(text.begin() + 2, text.end(), '_', '-');
  return text;
}

nlohmann::json Option::value() const {
  return std::visit([](auto* field) { return nlohmann::json(*field); }, target);
}

void Option::set(const nlohmann::json& value, const std::string& place) {
  const auto wrong = [&](const char* expected) {
    throw ConfigError({.place = place, .found = fmt::format("{} is {}", key(), value.dump()), .expected = expected});
  };
  if (auto* const* field = std::get_if<bool*>(&target)) {
    if (!value.is_boolean()) wrong("true or false");
    **field = value.get<bool>();
  } else if (auto* const* whole = std::get_if<std::int64_t*>(&target)) {
    if (!value.is_number_integer()) wrong("a whole number");
    **whole = value.get<std::int64_t>();
  } else if (auto* const* real = std::get_if<double*>(&target)) {
    if (!value.is_number()) wrong("a number");
    **real = value.get<double>();
  } else if (auto* const* text = std::get_if<std::string*>(&target)) {
    if (!value.is_string()) wrong("a string");
    **text = value.get<std::string>();
  } else if (auto* const* list = std::get_if<std::vector<std::string>*>(&target)) {
    if (!value.is_array()) wrong("a list of strings");
    (*list)->clear();
    for (const auto& item : value) {
      if (!item.is_string()) wrong("a list of strings");
      (*list)->push_back(item.get<std::string>());
    }
  }
}

void Option::set_text(const std::string& text, const std::string& place) {
  const auto parse = [&]<class T>(T* field, const char* expected) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
      throw ConfigError({.place = place, .found = fmt::format("'{}' is not {}", text, expected)});
    *field = value;
  };
  if (auto* const* field = std::get_if<bool*>(&target)) {
    if (text != "true" && text != "false")
      throw ConfigError({.place = place, .found = fmt::format("'{}' is not true or false", text)});
    **field = text == "true";
  } else if (auto* const* whole = std::get_if<std::int64_t*>(&target)) {
    parse(*whole, "a whole number");
  } else if (auto* const* real = std::get_if<double*>(&target)) {
    parse(*real, "a number");
  } else if (auto* const* word = std::get_if<std::string*>(&target)) {
    **word = text;
  } else if (auto* const* list = std::get_if<std::vector<std::string>*>(&target)) {
    (*list)->clear();
    std::istringstream stream(text);
    for (std::string item; std::getline(stream, item, ',');) (*list)->push_back(item);
  }
}

Option& OptionTable::add(std::string section, std::string name, Option::Target field, std::string help) {
  Option option;
  option.section = std::move(section);
  option.name = std::move(name);
  option.help = std::move(help);
  option.target = field;
  options_.push_back(std::move(option));
  return options_.back();
}

Option* OptionTable::find(const std::string& key) {
  const auto found = std::find_if(options_.begin(), options_.end(), [&](const Option& o) { return o.key() == key; });
  return found == options_.end() ? nullptr : &*found;
}

void OptionTable::load_toml(const std::filesystem::path& file, const std::vector<std::string>& ignored,
                            bool other_sections_ignored) {
  const toml::table root = parse_file(file);
  std::vector<std::string> sections;
  for (const auto& option : options_)
    if (std::find(sections.begin(), sections.end(), option.section) == sections.end())
      sections.push_back(option.section);

  for (const auto& [section_key, node] : root) {
    const std::string section(section_key.str());
    const std::string place = fmt::format("{} line {}", file.string(), node.source().begin.line);
    if (std::find(ignored.begin(), ignored.end(), section) != ignored.end()) continue;
    if (std::find(sections.begin(), sections.end(), section) == sections.end()) {
      if (other_sections_ignored) continue;
      throw ConfigError({.place = place, .found = fmt::format("unknown section [{}]", section)},
                        nearest_hint(section, sections));
    }
    const auto* table = node.as_table();
    if (!table)
      throw ConfigError({.place = place, .found = fmt::format("'{}' must be a table: [{}]", section, section)});
    for (const auto& [name_key, value] : *table) {
      const std::string name(name_key.str());
      const std::string value_place = fmt::format("{} line {}", file.string(), value.source().begin.line);
      Option* option = find(section + "." + name);
      if (!option) {
        std::vector<std::string> names;
        for (const auto& o : options_)
          if (o.section == section) names.push_back(o.name);
        throw ConfigError({.place = value_place, .found = fmt::format("unknown option '{}' in [{}]", name, section)},
                          nearest_hint(name, names));
      }
      option->set(to_json_value(value), value_place);
    }
  }
}

nlohmann::ordered_json OptionTable::to_json() const {
  nlohmann::ordered_json sections = nlohmann::ordered_json::object();
  for (const auto& option : options_) sections[option.section][option.name] = option.value();
  return sections;
}

namespace {

/// Options go into files and scripts.
void require_plain(const std::string& key, const std::string& text) {
  if (!is_plain_text(text))
    throw ConfigError({.found = fmt::format("{} is '{}'", key, escaped_text(text)),
                       .expected = "UTF-8 without control characters"},
                      "give the file, folder or column another name");
}

}  // namespace

void OptionTable::validate() const {
  for (const auto& option : options_) {
    const auto check_range = [&](double value) {
      if (!(value >= option.low && value <= option.high))
        throw ConfigError({.found = fmt::format("{} is {}", option.key(), value),
                           .expected = std::isfinite(option.high) ? fmt::format("{} to {}", option.low, option.high)
                                                                  : fmt::format("at least {}", option.low)});
    };
    if (auto* const* whole = std::get_if<std::int64_t*>(&option.target)) check_range(static_cast<double>(**whole));
    if (auto* const* real = std::get_if<double*>(&option.target)) check_range(**real);
    if (auto* const* list = std::get_if<std::vector<std::string>*>(&option.target))
      for (const std::string& text : **list) require_plain(option.key(), text);
    if (auto* const* text = std::get_if<std::string*>(&option.target)) {
      require_plain(option.key(), **text);
      const auto& choices = option.choices;
      if (!choices.empty() && std::find(choices.begin(), choices.end(), **text) == choices.end())
        throw ConfigError({.found = fmt::format("{} is '{}'", option.key(), **text),
                           .expected = "one of: " + joined(choices)},
                          nearest_hint(**text, choices));
    }
  }
}

std::string to_toml(const nlohmann::ordered_json& sections) {
  const auto write_value = [](const nlohmann::ordered_json& value) {
    if (value.is_number_float()) {
      const double number = value.get<double>();
      if (!std::isfinite(number)) return std::string(std::isnan(number) ? "nan" : number > 0 ? "inf" : "-inf");
      std::string text = fmt::format("{}", number);
      if (text.find_first_of(".e") == std::string::npos) text += ".0";
      return text;
    }
    return value.dump();  // TOML's strings, whole numbers, booleans and flat lists read as JSON's do
  };
  std::string text;
  for (const auto& [section, table] : sections.items()) {
    text += (text.empty() ? "[" : "\n[") + section + "]\n";
    for (const auto& [key, value] : table.items())
      if (!value.is_null()) text += key + " = " + write_value(value) + "\n";
  }
  return text;
}

nlohmann::json read_toml(const std::filesystem::path& file) { return to_json_value(parse_file(file)); }

}  // namespace gracevae::impl
