#pragma once
/// @file A regular expression that a user gives to cut a part out of names.
#include <optional>
#include <regex>
#include <string>
#include <string_view>

namespace gracevae::impl {

/// An ECMAScript expression with at least one group, as in `--cell-names '_([ACGT]+)'`.
/// @test tests/unit/io/expression_test.cpp
class Expression {
 public:
  /// `option` names the option in messages: "--cell-names". @throws ConfigError it is no expression (shows up to where
  /// it is one), or has no group.
  Expression(const std::string& text, std::string_view option);

  /// What the first group holds where the expression is first found in `name`; nullopt where it is not found, the
  /// group took no part or is empty, and for names above 1,000 letters, which no list of cells or guides has.
  std::optional<std::string_view> first_group(std::string_view name) const;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::regex regex_;
};

}  // namespace gracevae::impl
