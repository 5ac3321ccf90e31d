#pragma once
/// @file A user's regular expression that extracts a part of names.
#include <optional>
#include <regex>
#include <string>
#include <string_view>

namespace gracevae::impl {

/// An ECMAScript expression with at least one group, as in `--cell-names '_([ACGT]+)'`.
/// @test tests/unit/io/expression_test.cpp
class Expression {
 public:
  /// `option` names the option in messages: "--cell-names". @throws ConfigError an invalid expression (shows up to
  /// where it is valid), or one without a group.
  Expression(const std::string& text, std::string_view option);

  /// The first group of the first match in `name`; nullopt without a match, if the group is empty, and for names above
  /// 1,000 letters, which no list of cells or guides has.
  std::optional<std::string_view> first_group(std::string_view name) const;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::regex regex_;
};

}  // namespace gracevae::impl
