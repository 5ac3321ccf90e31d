#pragma once
/// @file A fitted model, ready to be asked.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gracevae/split.hpp>

namespace gracevae {

/// Counterfactual cells of one condition.
struct PredictedCells {
  std::string condition;
  Matrix<float> values;                ///< [cells, genes], log1p scale
  std::vector<std::int64_t> controls;  ///< row of the screen of the control cell that each started from
};

/// The learned graph among latent programs (docs/explain.md).
struct LatentGraph {
  struct Label {
    std::string label;
    std::int64_t latent = 0;  ///< the latent that the label shifts most
    double share = 0, shift = 0;
  };
  Matrix<double> weights;  ///< [d, d] row parent, column child, as the model has them
  std::vector<Label> labels;
};

/// What a condition does to genes, beside the control cells.
struct GeneEffect {
  std::string gene;
  double control = 0;         ///< mean of control cells
  double effect = 0, se = 0;  ///< mean change, and its standard error by the cells of the screen (NaN: not known)
};

/// Control cells that predictions start from.
struct ControlCells {
  std::int64_t n_most = 0;      ///< drawn at most; 0 = all
  std::vector<std::string> in;  ///< levels of covariates that they have ("treatment=stimulated"); empty = all cells
};

/// Immutable; copies share the weights.
class Model {
 public:
  enum class Weights { last, best };
  /// A finished run folder, with the screen and network that it was trained on. @throws IoError, InputError
  static Model load(const std::filesystem::path& run, Weights weights = Weights::last, const Context& context = {});

  /// Cells of any combination of trained targets ("A+B"), one for each of these control cells.
  /// @throws InputError a target that never trained, a level that no stratum has (nearest names)
  PredictedCells predict(const std::string& condition, const ControlCells& from = {},
                         const Context& context = {}) const;
  /// Cells of the split's test conditions: one for each test cell, from the control cell paired with it.
  std::vector<PredictedCells> predict_test(const Context& context = {}) const;
  /// Effects on every gene, over these control cells.
  std::vector<GeneEffect> effects(const std::string& condition, const ControlCells& from = {.n_most = 2000, .in = {}},
                                  const Context& context = {}) const;
  /// Latent programs of these control cells without an intervention, [cells, d], in the order of the screen.
  Matrix<float> latents(const ControlCells& from = {}, const Context& context = {}) const;
  /// Empty for models without latents.
  LatentGraph graph(const Context& context = {}) const;

  const Screen& screen() const;
  const Split& split() const;
  /// Targets that trained, sorted.
  const std::vector<std::string>& targets() const;

  struct Impl;
  explicit Model(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  const Impl& impl() const { return *impl_; }  ///< for the library itself

 private:
  std::shared_ptr<const Impl> impl_;
};

}  // namespace gracevae
