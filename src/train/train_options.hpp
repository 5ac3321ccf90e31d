#pragma once
/// @file Options of training. Plain C++: rooms without LibTorch include it.
#include <cstdint>
#include <string>

#include "base/options.hpp"

namespace gracevae {

/// Section [train]; batches are in screen/batches.hpp. A loss setting of −1 stands for the published best one of the
/// model.
struct TrainOptions {
  std::int64_t epochs = 100;
  std::int64_t seed = 0;
  double alpha_max = -1, beta_max = -1, lambda = -1, tau_max = -1;
  std::string schedule = "published";
  double mmd_sigma = 1000;
  double learning_rate = 1e-3;
  double clamp = 0.5;
  std::int64_t validate_every = 5;
  std::int64_t checkpoint_every = 1;
  std::string device = "cpu";
  std::int64_t threads = 0;

  void bind(OptionTable& t) {
    t.add("train", "epochs", epochs, "Passes over the training cells; the schedules stretch with it.").range(1, 1e6);
    t.add("train", "seed", seed, "Seed of every random draw: split, start, pairs, batches, noise.").at_least(0);
    const std::string best = " -1 = the model's published best setting.";
    t.add("train", "alpha_max", alpha_max, "Largest weight of the MMD." + best).at_least(-1);
    t.add("train", "beta_max", beta_max, "Largest weight of the KL." + best).at_least(-1);
    t.add("train", "lambda", lambda, "Weight of the L1 norm of the latent graph." + best).at_least(-1);
    t.add("train", "tau_max", tau_max, "Last temperature of the intervention encoder, larger is sharper." + best)
        .at_least(-1);
    t.add("train", "schedule", schedule, "Ramps as in the published experiments, or as the paper's text has them.")
        .one_of({"published", "paper-text"});
    t.add("train", "mmd_sigma", mmd_sigma, "Base bandwidth of the MMD's ten kernels, squared distance.")
        .at_least(1e-12);
    t.add("train", "learning_rate", learning_rate, "Adam's learning rate.").at_least(0);
    t.add("train", "clamp", clamp, "Each gradient entry is cut to plus or minus this; 0 = not cut.").at_least(0);
    t.add("train", "validate_every", validate_every,
          "Epochs between validation scores and diagnostics; the best model is chosen among them.")
        .at_least(1);
    t.add("train", "checkpoint_every", checkpoint_every, "Epochs between checkpoints.").at_least(1).free_of_results();
    t.add("train", "device", device, "Where tensors live: cpu or cuda.").one_of({"cpu", "cuda"});
    t.add("train", "threads", threads,
          "Threads; 0 = all processors. Another number of threads may change the last bits.")
        .at_least(0)
        .free_of_results();
  }

  /// Puts the model's published best settings where −1 stands.
  void resolve(const std::string& model) {
    const bool cmvae = model == "cmvae";
    if (alpha_max < 0) alpha_max = cmvae ? 12 : 8;
    if (beta_max < 0) beta_max = cmvae ? 4 : 2;
    if (lambda < 0) lambda = cmvae ? 1e-3 : 1e-4;
    if (tau_max < 0) tau_max = cmvae ? 6 : 4;
  }
};

}  // namespace gracevae
