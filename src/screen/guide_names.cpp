#include "screen/guide_names.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <regex>

#include "base/error.hpp"
#include "io/guide_table.hpp"
#include "screen/control_words.hpp"

namespace gracevae::impl {

struct GuideNames::Expression {
  std::regex regex;
};

namespace {

struct ShapeRule {
  std::regex regex;
  bool certain;
};

/// The first group is the target. Of several that fit, the first is the best.
const std::array<ShapeRule, 7>& shape_rules() {
  static const auto rule = [](const char* text, bool certain) {
    return ShapeRule{std::regex(text, std::regex::optimize), certain};
  };
  static const std::array<ShapeRule, 7> rules{
      rule("([^|;,&]+?)_[+-]_[0-9.]+-[A-Za-z0-9.,]+", true),
      rule("[0-9]+_([^|;,&]+)_(?:P1P2|P1|P2|ENST[0-9.,]+|non-targeting)_(?:ENSG[0-9.]+|non-targeting)", true),
      rule("(chr[0-9XYM]+[.:_][0-9]+(?:-[0-9]+)?)-E[0-9]+", true),
      rule("(?:sgRNA[-_]?|sg[-_]?)?(.+?)[-_.]?(?:sgRNA|gRNA|guide|sg|g)[-_.]?[0-9]{1,5}", false),
      rule("(?:sgRNA[-_]?|sg[-_]?)?(.+)[-_.][0-9]{1,6}", false),
      rule("(?:sgRNA[-_]?|sg[-_]?)?(.+)_p[A-Z]{2,4}[0-9]{2,4}", false),
      rule("(?:sgRNA[-_]?|sg[-_]?)(.+)", false)};
  return rules;
}

constexpr std::size_t kLongestName = 200;  // of a guide; longer texts are not guides

}  // namespace

std::vector<GuideNames::Shape> GuideNames::shapes_of(const std::string& name) {
  std::vector<Shape> shapes;
  if (name.size() > kLongestName) return shapes;
  std::smatch match;
  const auto& rules = shape_rules();
  for (std::size_t i = 0; i < rules.size(); ++i)
    if (std::regex_match(name, match, rules[i].regex)) shapes.push_back({i, match[1].str(), rules[i].certain});
  return shapes;
}

GuideNames GuideNames::of(const std::string& option) {
  GuideNames names;
  if (option == "none") return names;
  auto rules = std::make_shared<Rules>();
  std::error_code ignored;
  if (option == "auto") {
    rules->by_shape = true;
  } else if (std::filesystem::is_regular_file(option, ignored)) {
    for (const GuideRow& row : read_guide_table(option)) {
      rules->table.emplace(row.guide, row.target);
      if (!row.id.empty()) rules->table.emplace(row.id, row.target);
    }
  } else {
    constexpr const char* kHint =
        "give auto, none, a table of guides and targets, or an expression such as '(.+)_[0-9]+'";
    auto expression = std::make_shared<Expression>();
    try {
      expression->regex = std::regex(option, std::regex::optimize);
    } catch (const std::regex_error& error) {
      throw ConfigError({.place = "screen.guides",
                         .found = fmt::format("'{}' is no file and no regular expression: {}", option, error.what())},
                        kHint);
    }
    if (expression->regex.mark_count() == 0)
      throw ConfigError({.place = "screen.guides",
                         .found = fmt::format("'{}' is no file, and as a regular expression it has no group", option)},
                        kHint);
    rules->expression = std::move(expression);
  }
  names.rules_ = std::move(rules);
  return names;
}

std::optional<std::string> GuideNames::target_of(const std::string& name, const IsKnown& known) const {
  if (!rules_) return std::nullopt;
  if (rules_->expression) {
    std::smatch match;
    if (name.size() <= kLongestName && std::regex_match(name, match, rules_->expression->regex) &&
        match[1].length() > 0)
      return match[1].str();
    return std::nullopt;
  }
  if (!rules_->by_shape) {
    const auto found = rules_->table.find(name);
    return found == rules_->table.end() ? std::nullopt : std::optional(found->second);
  }
  if (known(name)) return std::nullopt;
  const std::vector<Shape> shapes = shapes_of(name);
  for (const Shape& shape : shapes)
    if (shape.certain || known(shape.target) || control_kind(shape.target) == ControlKind::guide) return shape.target;
  return std::nullopt;
}

}  // namespace gracevae::impl
