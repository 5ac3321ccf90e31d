#pragma once
/// @file Counterfactual cells for any set of targets.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/options.hpp"
#include "predict/responses.hpp"
#include "run/run_options.hpp"

namespace gracevae::impl {

/// Section [predict].
struct PredictOptions {
  std::vector<std::string> targets;  ///< labels, "A+B"; empty = the test conditions of the run's split
  std::string output;  ///< .h5ad, or a mapped folder .cells; "" = predictions.h5ad of the run (test conditions) or
                       ///< predicted.h5ad (targets)
  std::string weights = "last";  ///< last or best
  std::string tau = "run";       ///< one: τ = 1, as published; final: the last training τ; run: what the run was told
  std::int64_t cells = 0;        ///< with targets: control cells to start from, 0 = all
  bool sample_effects = false;   ///< cells carry what is not known of predicted effects
  std::vector<std::string> in;   ///< with targets: levels of covariates of those control cells; empty = all

  void bind(OptionTable& t) {
    t.add("predict", "targets", targets,
          "Conditions to predict, for example KLF1+MAP2K6,TGFBR2. Default: the test conditions of the split.");
    t.add(
        "predict", "output", output,
        "File to write, .h5ad, or folder of plain arrays, .cells, which needs little memory. Default: predictions.h5ad "
        "in the run folder, or predicted.h5ad with predict.targets.");
    t.add("predict", "weights", weights, "The last model, or the best one by validation.").one_of({"last", "best"});
    t.add("predict", "evaluation_tau", tau,
          "Temperature of the intervention encoder: one (as published), the final one of training, or as the run's own "
          "option of this name has it.")
        .one_of({"run", "one", "final"});
    t.add("predict", "cells", cells, "Control cells to start from for each of predict.targets; 0 = all.").at_least(0);
    t.add("predict", "sample_effects", sample_effects,
          "Adds to every generated cell a draw of the posterior of its predicted effect (model.effects targets or "
          "kernel), so that the cells scatter as widely as the effect is uncertain. Expected means do without.");
    t.add("predict", "in", in,
          "Control cells to start from for each of predict.targets, by levels of screen.covariates: "
          "treatment=stimulated,donor=2. Default: those of all strata.");
  }
};

/// Writes generated cells, the actual cells of the same conditions where the screen has them, and the control cells
/// they started from (docs/formats.md). Into a folder NAME.cells (io/mapped_cells.hpp) values go as they come, so that
/// they are never held together. Test conditions: one generated cell for each test cell, from the control cell
/// paired with it. Cells are passed through the model in batches of the run's batch size, the pathway noise drawn for
/// each batch, as in the published evaluation; besides, the expected mean of every test condition
/// (predict/expected_mean.hpp), for scores of means. Deterministic from the run's seed. Returns the file.
/// @throws IoError no such run; InputError a target that never trained (nearest names), an input file that
/// is not what the run was trained on (train/run_inputs.hpp), a folder that exists.
/// @paper GraCE-VAE (counterfactual prediction), appendix D (generated cells)
std::filesystem::path predict(const RunFolder& folder, const PredictOptions& options);

struct Query {
  std::filesystem::path cells;
  std::vector<std::vector<std::string>> conditions;  ///< of --targets, as asked
  Responses responses;                               ///< effects of these and of their trained targets
};
/// predict() of --targets, and their effects over the control cells, 2,000 of them at most unless --cells says more.
/// The run is read once.
/// @throws as predict() and respond()
Query query(const RunFolder& folder, const PredictOptions& options);

}  // namespace gracevae::impl
