#pragma once
// A training step at the norman shape: p = 5000, q = 2694, d = c = 105, H = 128, B = 32.
#include <memory>

#include "common.hpp"
#include "model/layers.hpp"
#include "model/model.hpp"
#include "run/run_options.hpp"
#include "train/training_step.hpp"

namespace gracevae::impl::bench {

constexpr std::int64_t kGenes = 5000, kPathways = 2694, kLatents = 105, kHidden = 128, kCells = 32;

/// Mean adjacency of a random graph with as many edges of each kind as norman's: between genes, from genes to pathways
/// and between pathways.
inline const CsrMatrix<double>& neighbours() {
  constexpr std::int64_t kNodes = kGenes + kPathways;
  static const CsrMatrix<double> matrix = random_neighbour_means(kNodes, {{0, kGenes, 0, kGenes, 6191},
                                                                          {0, kGenes, kGenes, kNodes, 22786},
                                                                          {kGenes, kNodes, kGenes, kNodes, 2713}});
  return matrix;
}

struct Setting {
  ModelOptions options;
  std::unique_ptr<Model> model;
  ModelInput input;
  Tensor y;

  /// `calibrated`: with all that the calibrated objective sets, else as published.
  explicit Setting(const char* name, const char* dtype = "float32", bool calibrated = false) {
    // One value in ten is not zero, as in a screen.
    const auto expression = [](const char* of) { return at::clamp(normal({kCells, kGenes}, of) - 1.28, 0); };
    if (calibrated) options = calibrated_options().model;
    options.value_range = calibrated ? "nonnegative" : "any";
    options.model = name;
    options.dtype = dtype;
    model =
        make_model(options, {.shape = {kGenes, kPathways, kLatents, kLatents, kHidden}, .neighbours = &neighbours()});
    input.x = expression("x");
    input.epsilon = normal({kCells, kLatents}, "e");
    if (model->has_pathways()) input.pathway_values = normal({kPathways}, "p");
    input.targets = {at::eye(kLatents, input.x.options()).narrow(0, 3, 1)};
    y = expression("y");
    const auto type = model->parameters().options();
    for (Tensor* tensor : {&input.x, &input.epsilon, &input.pathway_values, &input.targets.front(), &y})
      if (tensor->defined()) *tensor = tensor->to(type);
  }
  ObjectiveOptions objective() const {
    ObjectiveOptions result;
    result.mmd.unbiased = options.abduction;
    return result;
  }
};

inline const Schedule kSchedule{.alpha = 8, .beta = 2, .tau = 4};

/// A run of the sliced engine on cells of a screen as sparse as the setting's.
class SlicedRun {
 public:
  explicit SlicedRun(const char* name, const char* precision = "full", bool calibrated = false)
      : setting_(name, "float32", calibrated) {
    data_.neighbours = neighbours();
    data_.shape = {kGenes, kPathways, kLatents, kLatents, kHidden};
    CsrMatrix<float>& x = data_.screen.x;
    x.n_cols = kGenes;
    for (const Tensor& rows : {setting_.input.x, setting_.y})
      for (std::int64_t i = 0; i < kCells; ++i) {
        (x.n_rows < kCells ? controls_ : cells_).push_back(x.n_rows);
        ++x.n_rows;
        const float* row = rows.data_ptr<float>() + i * kGenes;
        for (std::int32_t g = 0; g < kGenes; ++g)
          if (row[g] > 0) x.indices.push_back(g), x.values.push_back(row[g]);
        x.indptr.push_back(x.n_nonzero());
      }
    setting_.options.precision = precision;
    batch_ = {setting_.input, {data_.screen.x, controls_, cells_}};
    engine_ = make_sliced_step({setting_.options, data_, *setting_.model, adam_, setting_.objective()});
    engine_->begin_epoch(kSchedule);
  }
  SlicedRun(const SlicedRun&) = delete;  // the engine refers to what is here
  SlicedRun& operator=(const SlicedRun&) = delete;
  /// Returns the loss.
  double step() {
    engine_->take(batch_);
    return engine_->take_sums().sum.front();
  }

 private:
  Setting setting_;
  RunData data_;
  std::vector<std::int64_t> controls_, cells_;
  Adam adam_{setting_.model->parameters(), {}};
  StepBatch batch_;
  std::unique_ptr<TrainingStep> engine_;
};

}  // namespace gracevae::impl::bench
