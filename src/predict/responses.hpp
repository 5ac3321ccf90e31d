#pragma once
/// @file What a fitted model does to genes: pushed at one latent, and under interventions.
#include <cstdint>
#include <string>
#include <vector>

#include "run/run_options.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// What respond() is asked.
struct ResponseOptions {
  std::string weights = "last", tau = "run";  ///< as PredictOptions
  std::int64_t cells = 500;                   ///< control cells to average over; 0 = all
  bool programs = true;                       ///< false: effects of `conditions` and of their targets only
  std::string pairs = "none";     ///< effects of pairs of trained labels: none, observed (those of the screen), or all
  std::vector<std::string> in{};  ///< levels of covariates of those control cells; empty = all
  std::vector<std::vector<std::string>> conditions{};  ///< targets of others; those that are not sorted are read so
};

/// What an intervention does to control cells, one number a gene, in the screen's scale: cut(x + ŷ − ŷ₀) − x, where ŷ
/// is what the model generates under the intervention and ŷ₀ what it generates from the same cell and noise without one
/// (D(u) and D(u₀); shift models: x plus the shift, and x), and cut limits to the values that cells of the screen can
/// have. Of models with abduction and of shift models this is the cell that predict() writes, so limited, minus its
/// control cell; of others the same change made to the real cell. Control mean + mean never leaves those values.
struct GeneEffects {
  std::vector<std::string> targets;  ///< sorted
  std::vector<double> mean, sd;      ///< over cells; sd with n − 1
  std::vector<double> low, high;     ///< the 2.5 and 97.5 percentiles over cells, linear between neighbours
  std::vector<double> se;            ///< standard error by the cells of the screen (EffectErrors); NaN: not known
};

/// `cells`, `x` and what is said of latents are empty where programs were not asked for.
struct Responses {
  std::vector<std::string> genes, cells;  ///< symbols; names of the control cells
  CsrMatrix<float> x;                     ///< [cells, genes] as the screen has them
  std::vector<double> control;            ///< [genes] mean of the control cells that all responses are of
  double smallest_value = 0;              ///< that cells can have; −∞ without one
  Matrix<float> z, u;                     ///< [cells, d] exogenous noise and latents without an intervention
  /// Push of u_k alone by one: cut(x + D(u + e_k) − D(u)) − x, as GeneEffects; mean and standard deviation (n − 1) over
  /// cells, [d, genes].
  Matrix<double> direct_mean, direct_sd;
  /// Push of z_k by one, which runs down the latent graph; the mean of cut(x + D(u(z + e_k)) − D(u(z))) − x, [d,
  /// genes].
  Matrix<double> total_mean;
  std::vector<std::string> labels;        ///< trained ones, in order of their names
  std::vector<std::int64_t> label_cells;  ///< [labels] cells that trained of each
  Matrix<double> share;                   ///< [labels, d] b, at the last training temperature
  std::vector<double> shift;              ///< [labels] s
  std::vector<GeneEffects> effects;       ///< of labels, then of pairs and `conditions`, each once
  double tau = 1;                         ///< temperature of the effects

  std::int64_t n_latents() const { return share.n_cols; }
};

/// Deterministic from the run's seed. Matrices of latents are empty for models without them. Cost: 2·d + conditions
/// passes of all cells through the decoder.
/// @throws IoError, InputError as predict(); InputError fewer than two control cells.
/// @paper GraCE-VAE (latent programs, counterfactual prediction)
/// @test tests/unit/predict/responses_test.cpp
Responses respond(const RunFolder& folder, const ResponseOptions& options);
/// The same of a run that is loaded; weights and temperature are those that it was loaded with.
struct LoadedRun;
Responses respond_loaded(const LoadedRun& run, const ResponseOptions& options);

}  // namespace gracevae::impl
