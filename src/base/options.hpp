#pragma once
/// @file One list of a struct's fields serves the command line, TOML, JSON, validation and docs/options.md.
#include <cstdint>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

namespace gracevae::impl {

/// A field of an options struct bound to its name, meaning and range. Built by OptionTable::add and its setters.
struct Option {
  using Target = std::variant<bool*, std::int64_t*, double*, std::string*, std::vector<std::string>*>;

  std::string section;  ///< TOML table, for example "train"
  std::string name;     ///< TOML key in snake case; the flag is --name with dashes
  std::string help;     ///< meaning, unit, and when it is ignored: one or two sentences
  Target target;
  std::vector<std::string> choices;  ///< for strings: the allowed values; empty means any
  double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();  ///< inclusive
  bool result_free = false;  ///< true: does not change results, so that a resumed run may differ in it

  Option& one_of(std::vector<std::string> values) {
    choices = std::move(values);
    return *this;
  }
  Option& range(double from, double to) {
    low = from;
    high = to;
    return *this;
  }
  Option& at_least(double from) {
    low = from;
    return *this;
  }
  Option& free_of_results() {
    result_free = true;
    return *this;
  }

  std::string key() const { return section + "." + name; }
  std::string flag() const;
  nlohmann::json value() const;
  /// Sets the field. Throws ConfigError naming `place` if the type, range or choice is wrong.
  void set(const nlohmann::json& value, const std::string& place);
  /// Sets the field from a command-line word (lists: comma-separated).
  void set_text(const std::string& text, const std::string& place);
};

/// The bound fields of one or more options structs, in order. Every options struct has `void bind(OptionTable&)`:
/// `void bind(OptionTable& t) { t.add("split", "kind", kind, "How cells are split").one_of({"random",
/// "unseen-double"}); }`
class OptionTable {
 public:
  /// `field` must outlive the table. Use the returned reference at once.
  Option& add(std::string section, std::string name, Option::Target field, std::string help);
  template <class T>
  Option& add(std::string section, std::string name, T& field, std::string help) {
    return add(std::move(section), std::move(name), Option::Target(&field), std::move(help));
  }

  std::vector<Option>& options() { return options_; }
  const std::vector<Option>& options() const { return options_; }
  Option* find(const std::string& key);

  /// Reads a TOML file of [section] tables. An unknown key or section is a ConfigError with the line and the nearest
  /// name. Sections named in `ignored` (for example "derived", "environment", "inputs" of a run's own file) are
  /// skipped; with `other_sections_ignored`, so are all sections that this table does not have.
  void load_toml(const std::filesystem::path& file, const std::vector<std::string>& ignored = {},
                 bool other_sections_ignored = false);
  /// {"section": {"name": value}} of every option.
  nlohmann::ordered_json to_json() const;
  /// Range and choice checks over all fields; ConfigError names the flag.
  void validate() const;

 private:
  std::vector<Option> options_;
};

/// TOML text of a two-level JSON object: {"section": {"key": scalar or list}}. Null is left out.
std::string to_toml(const nlohmann::ordered_json& sections);
/// A TOML file as JSON; Throws ConfigError with line and column if malformed, IoError if absent.
nlohmann::json read_toml(const std::filesystem::path& file);

}  // namespace gracevae::impl
