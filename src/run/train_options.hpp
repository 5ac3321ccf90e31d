#pragma once
/// @file Options of training.
#include <cstdint>
#include <string>

#include "base/options.hpp"

namespace gracevae::impl {

/// Section [train]; batches are in screen/batches.hpp. A loss setting of −1 stands for the published best one of the
/// model.
struct TrainOptions {
  std::string objective = "published";
  std::int64_t epochs = 100;  ///< 0 = default_epochs
  std::int64_t seed = 0;
  double alpha_max = -1, beta_max = -1, lambda = -1, tau_max = -1;
  double smoothness = 1e-4;
  std::string schedule = "published";
  double mmd_sigma = 1000;
  std::string mmd_bandwidth = "fixed";
  std::string mmd_estimate = "biased";
  std::string generate_from = "posterior";
  double free_bits = 0;
  std::string start = "random";
  bool shrink_shifts = false;
  bool early_stopping = false;
  std::int64_t patience = 2;
  double least_improvement = 0.01;
  std::string evaluation_tau = "one";
  double learning_rate = 1e-3;
  std::string learning_rate_decay = "none";
  double clamp = 0.5;
  std::int64_t validate_every = 5;
  std::int64_t checkpoint_every = 1;
  std::string device = "cpu";
  std::string engine = "auto";
  std::int64_t threads = 0;

  void bind(OptionTable& table);

  /// Puts the model's published best settings where −1 stands. sena has none: it gets cmvae's.
  void resolve(const std::string& model);
};

/// What train.epochs 0 stands for: 30. From the data's own start, whose decay has to end while steps still help, as
/// many as make 5,000 steps, at least 3 and at most 30.
std::int64_t default_epochs(const TrainOptions& options, std::int64_t steps_an_epoch);

}  // namespace gracevae::impl
