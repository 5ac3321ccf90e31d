#pragma once
/// @file From the name of a guide to its target.
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gracevae::impl {

/// How guides are told from targets, as --guides has it.
///
/// By shape ("auto"), a name is a guide's where what is left of it is a known name, and it is none itself:
///   KLF1_1, KLF1-2, KLF1.3           a number behind the target
///   KLF1g2, KLF1_g1, KLF1_sgRNA3     a guide's number
///   sgKLF1, sgKLF1_3                 sg before it
///   KLF1_pDS260                      a plasmid (Adamson et al. 2016)
/// and these, known or not:
///   KLF1_+_23278712.23-P1P2          strand, position and promoter (Horlbeck et al. 2016)
///   0_KLF1_P1P2_ENSG00000105610      number, promoter and id (Replogle et al. 2022)
///   chr8.123-E1                      an enhancer's guide
/// @test tests/unit/screen/guide_names_test.cpp
class GuideNames {
 public:
  /// No name is a guide's.
  GuideNames() = default;
  /// `option`: auto, none, a file (io/guide_table.hpp), or a regular expression (ECMAScript) that fits whole names and
  /// whose first group is the target. @throws ConfigError an expression that is none, or has no group.
  /// @throws as read_guide_table
  static GuideNames of(const std::string& option);

  using IsKnown = std::function<bool(const std::string&)>;
  /// The target of a guide's name; nothing where it is no guide's. `known` names what targets may be.
  std::optional<std::string> target_of(const std::string& name, const IsKnown& known) const;

  bool by_shape() const { return rules_ && rules_->by_shape; }
  bool any() const { return rules_ != nullptr; }

  /// A reading of a name by one of the shapes.
  struct Shape {
    std::size_t number = 0;  ///< of the shape
    std::string target;
    bool certain = false;  ///< whether or not the target is known
  };
  /// The readings of a name by shape, the best first.
  static std::vector<Shape> shapes_of(const std::string& name);

 private:
  struct Expression;
  struct Rules {
    bool by_shape = false;
    std::unordered_map<std::string, std::string> table;
    std::shared_ptr<const Expression> expression;
  };
  std::shared_ptr<const Rules> rules_;
};

}  // namespace gracevae::impl
