#pragma once
/// @file An OptionTable on the command line: defaults, then a TOML file, then flags.
#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>

#include "base/options.hpp"

namespace gracevae::impl::cli {

/// The flags of one command. Values are kept as text and set in apply(), so that a TOML file can come in between.
class Flags {
 public:
  /// Adds --name for every option of the table; `without` names keys that the command sets in another way. The table
  /// must outlive this.
  Flags(CLI::App& command, OptionTable& table, const std::vector<std::string>& without = {});

  /// Sets what was given on the command line. ConfigError naming the flag for a value of the wrong form.
  void apply();
  /// The keys given on the command line.
  bool given(const std::string& key) const { return values_.contains(key); }
  /// What was given, as words of a command line.
  std::vector<std::string> words() const;

 private:
  OptionTable& table_;
  std::map<std::string, std::string> values_;
};

}  // namespace gracevae::impl::cli
