#include "run/train_options.hpp"

#include <algorithm>

namespace gracevae::impl {

void TrainOptions::bind(OptionTable& t) {
  t.add("train", "objective", objective,
        "A set of defaults for many options. calibrated: the changes that were shown to make the fit mean something "
        "(docs/calibrated.md). published: the paper's training. Every option given besides wins.")
      .one_of({"published", "calibrated"});
  t.add("train", "epochs", epochs,
        "Passes over the training cells, with train.early_stopping the most that there are; the schedules and "
        "train.learning_rate_decay stretch with it. 0 = 30, or, where training starts from the data, as many as make "
        "5,000 steps: at least 3, at most 30.")
      .range(0, 1e6);
  t.add("train", "early_stopping", early_stopping,
        "Scores every epoch on at most 256 validation cells of each regime, stops when the score has not improved for "
        "train.patience epochs, and ends with the weights of the best epoch. Off where no cell validates, and with a "
        "train.schedule that is not constant, whose weights change until the last epoch.");
  t.add("train", "patience", patience,
        "Epochs without an improvement before training stops. Ignored without train.early_stopping.")
      .at_least(1);
  t.add("train", "least_improvement", least_improvement,
        "By which share the validation score must fall to count as an improvement. Ignored without "
        "train.early_stopping.")
      .range(0, 1);
  t.add("train", "seed", seed, "Seed of every random draw: split, start, pairs, batches, noise.").at_least(0);
  const std::string best = " -1 = the model's published best setting.";
  t.add("train", "alpha_max", alpha_max, "Largest weight of the MMD." + best).at_least(-1);
  t.add("train", "beta_max", beta_max, "Largest weight of the KL." + best).at_least(-1);
  t.add("train", "lambda", lambda, "Weight of the L1 norm of the latent graph." + best).at_least(-1);
  t.add("train", "tau_max", tau_max, "Last temperature of the intervention encoder, larger is sharper." + best)
      .at_least(-1);
  t.add("train", "smoothness", smoothness,
        "Weight of the mean squared difference of the decoder's last weights over gene-gene edges. For vgae and the "
        "intervention encoders tri-value, tri-value-1hop and drop-edge; ignored by all others.")
      .at_least(0);
  t.add("train", "schedule", schedule,
        "Ramps as in the published experiments, as the paper's text has them, or constant: every weight and the "
        "temperature at its largest from the first epoch on.")
      .one_of({"published", "paper-text", "constant"});
  t.add("train", "mmd_sigma", mmd_sigma,
        "Base bandwidth of the MMD's ten kernels, squared distance. Ignored with train.mmd_bandwidth data.")
      .at_least(1e-12);
  t.add("train", "mmd_bandwidth", mmd_bandwidth,
        "fixed: train.mmd_sigma. data: the mean squared distance between two training cells of one regime, so that the "
        "kernels see the cells whatever the number of genes.")
      .one_of({"fixed", "data"});
  t.add("train", "mmd_estimate", mmd_estimate,
        "biased: V-statistic with the diagonals, as published. unbiased: without them, so that small batches do not "
        "look different for being small.")
      .one_of({"biased", "unbiased"});
  t.add("train", "generate_from", generate_from,
        "Latents of the cells that the MMD compares. posterior: of the paired control cell, as published. prior: "
        "standard normal, so that the model is matched without its encoder; adds the observation noise of a Gaussian "
        "likelihood.")
      .one_of({"posterior", "prior"});
  t.add("train", "free_bits", free_bits,
        "Nats a latent below which the KL does not press. Ignored with model.likelihood mse.")
      .at_least(0);
  t.add("train", "start", start,
        "Where decoder, labels and graph start. random: as published. mean-shifts: each label on a latent of its own "
        "whose decoder column is the label's mean shift, the graph at 0. moments: there, then order, graph, shifts and "
        "decoder that match the means and covariances of every regime. Both need model.intervention_encoder table, "
        "model.linear_skip and model.decoder_output linear. auto: moments where the model can start there, else "
        "mean-shifts, else random.")
      .one_of({"random", "mean-shifts", "moments", "auto"});
  t.add("train", "shrink_shifts", shrink_shifts,
        "Makes the mean shift of every gene at the start smaller by its sampling error: a shift within it becomes 0, a "
        "clear one stays. Ignored with train.start random.");
  t.add("train", "evaluation_tau", evaluation_tau,
        "Temperature at which the trained model predicts: one, as published, or the final one of training.")
      .one_of({"one", "final"});
  t.add("train", "learning_rate", learning_rate,
        "Adam's learning rate. -1 = 1e-4, small steps away from a start from the data; 1e-3 with train.start random.")
      .at_least(-1);
  t.add("train", "learning_rate_decay", learning_rate_decay,
        "none: the same in every epoch, as published. cosine: falls to 0 by the end along half a cosine.")
      .one_of({"none", "cosine"});
  t.add("train", "clamp", clamp, "Each gradient entry is cut to plus or minus this; 0 = not cut.").at_least(0);
  t.add("train", "validate_every", validate_every,
        "Epochs between validation scores and diagnostics; the best model is chosen among them. With "
        "train.early_stopping every epoch has a score, and this is for diagnostics.")
      .at_least(1);
  t.add("train", "checkpoint_every", checkpoint_every, "Epochs between checkpoints.").at_least(1).free_of_results();
  t.add("train", "device", device, "Where tensors live: cpu or cuda.").one_of({"cpu", "cuda"});
  t.add(
       "train", "engine", engine,
       "How steps are computed. sliced: the layers as wide as the genes slice by slice, several times faster, on the CPU; "
       "all objectives, not with model.encoder gat, gcn, multihot or identity or with layers by model.gnn_channels; "
       "model.mechanism mlp, model.intervention scale, cut or knockout and graph intervention encoders go through LibTorch between "
       "the wide layers. autograd: LibTorch's. auto: sliced where it can be, and says so. They agree up to rounding.")
      .one_of({"auto", "sliced", "autograd"});
  t.add("train", "threads", threads, "Threads; 0 = all processors. Another number of threads may change the last bits.")
      .range(0, 4096)
      .free_of_results();
}

std::int64_t default_epochs(const TrainOptions& options, std::int64_t steps_an_epoch) {
  constexpr std::int64_t kMost = 30, kLeast = 3, kEnoughSteps = 5000;
  if (options.start == "random" || steps_an_epoch <= 0) return kMost;
  return std::clamp((kEnoughSteps + steps_an_epoch / 2) / steps_an_epoch, kLeast, kMost);
}

void TrainOptions::resolve(const std::string& model) {
  const bool cmvae = model == "cmvae" || model == "sena";
  if (alpha_max < 0) alpha_max = cmvae ? 12 : 8;
  if (beta_max < 0) beta_max = cmvae ? 4 : model == "cmvae-multihot" ? 3 : 2;
  if (lambda < 0) lambda = cmvae ? 1e-3 : 1e-4;
  if (tau_max < 0) tau_max = cmvae ? 6 : 4;
}

}  // namespace gracevae::impl
