#include "train/start.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/error.hpp"
#include "base/log.hpp"
#include "screen/shift_model.hpp"
#include "stats/design_regression.hpp"
#include "train/encoder_start.hpp"
#include "train/polynomial_coordinates.hpp"

namespace gracevae::impl {

namespace {

constexpr double kOwnLatent = 3;  // of the label table, as in its random start

/// Casts to the weight's dtype and device.
void assign(const Tensor& weight, const Tensor& value) { weight.copy_(value); }

/// The observed mean shifts without a graph, latents in the order of the labels.
MomentFit unfitted(const ShiftCoordinates& c) {
  MomentFit fit;
  const std::int64_t m = c.n_axes();
  for (std::int64_t i = 0; i < m; ++i) fit.order.push_back(i);
  fit.graph = at::zeros({m, m}, doubles());
  fit.shift = c.size;
  fit.mixing = at::eye(m, doubles());
  fit.offset = at::zeros({m}, doubles());
  fit.latent_covariance = at::eye(m, doubles());
  return fit;
}

/// Gives the labels' directions these shifts [c, p].
void set_directions(const Tensor& shifts, ShiftCoordinates& c) {
  for (std::int64_t i = 0; i < c.n_axes(); ++i)
    c.directions.select(0, i).copy_(shifts.select(0, c.labels[static_cast<std::size_t>(i)]) / c.size.select(0, i));
  for (std::size_t i = 0; i < c.weak.size(); ++i)
    c.weak_directions.select(0, static_cast<std::int64_t>(i)).copy_(shifts.select(0, c.weak[i]));
}

/// The labels' shifts [c, p] that the decoder starts with: shrunken where that is asked for, and such that they give
/// the means after values below 0 are cut where the model cuts them.
Tensor shifts_of(const RunOptions& options, const RunData& data, const RegimeMoments& moments) {
  RegimeMoments wanted = moments;
  if (options.train.shrink_shifts) wanted.mean = shrunken_means(moments);
  if (options.model.value_range == "nonnegative") return shifts_before_cut(data, wanted);
  return wanted.mean.narrow(0, 1, wanted.n_regimes() - 1) - wanted.mean.narrow(0, 0, 1);
}

/// c for which control cells with c times the sum of these shifts [c, p], cut at 0 where the model cuts values, have
/// the means of the combinations that train, weighted as in combination_scale (stats/design_regression.hpp); of at most
/// kMostCells control cells.
double fitted_scale(const RunOptions& options, const RunData& data, const RegimeMoments& moments,
                    const Tensor& shifts) {
  constexpr std::int64_t kMostCells = 256;
  constexpr double kMost = 2, kGolden = 0.6180339887498949;
  constexpr int kSteps = 20;
  std::vector<std::int64_t> cells = moments.cells[0];
  if (std::ssize(cells) > kMostCells) {
    Random(static_cast<std::uint64_t>(options.train.seed), "start/scale").shuffle(cells);
    cells.resize(kMostCells);
  }
  const Tensor x = cells_tensor(data.screen, cells, doubles()), mean = x.mean(0);
  const bool cut = options.model.value_range == "nonnegative";
  std::vector<Tensor> sums, observed;
  std::vector<double> squares;
  for (const CombinationMoments& combination : moments.combinations) {
    Tensor sum = at::zeros_like(mean);
    for (const std::int64_t k : combination.labels) sum = sum + shifts.select(0, k);
    sums.push_back(sum);
    observed.push_back(combination.mean - moments.mean.select(0, 0));
    squares.push_back(at::square(observed.back()).sum().item<double>());
  }
  const std::vector<double> weights = pair_weights(squares);
  const auto loss = [&](double c) {
    stop_if_requested("the start was computed");
    double sum = kPriorPairs * (c - 1) * (c - 1);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const Tensor shift = c * sums[i], predicted = cut ? at::clamp_min(x + shift, 0).mean(0) - mean : shift;
      sum += weights[i] * at::square(predicted - observed[i]).sum().item<double>();
    }
    return sum;
  };
  double low = 0, high = kMost, a = high - kGolden * (high - low), b = low + kGolden * (high - low);
  double at_a = loss(a), at_b = loss(b);
  for (int step = 0; step < kSteps; ++step) {
    if (at_a < at_b) {
      high = b;
      b = std::exchange(a, b - kGolden * (b - low));
      at_b = std::exchange(at_a, loss(a));
    } else {
      low = a;
      a = std::exchange(b, a + kGolden * (high - a));
      at_a = std::exchange(at_b, loss(b));
    }
  }
  return (low + high) / 2;
}

/// Latent of every label: its position in the fitted order; labels without a direction follow.
std::vector<std::int64_t> latents_of_labels(const ShiftCoordinates& c, const MomentFit& fit, std::int64_t n_labels) {
  std::vector<std::int64_t> latent(static_cast<std::size_t>(n_labels), -1);
  std::int64_t next = 0;
  for (const std::int64_t axis : fit.order)
    latent[static_cast<std::size_t>(c.labels[static_cast<std::size_t>(axis)])] = next++;
  for (std::int64_t& index : latent)
    if (index < 0) index = next++;
  return latent;
}

Tensor ordered_rows(const Tensor& rows, const std::vector<std::int64_t>& order) {
  return rows.index_select(0, torch_compat::index_tensor(order));
}

void start_decoder(const ShiftCoordinates& c, const MomentFit& fit, const Model& model) {
  const std::int64_t m = c.n_axes();
  const Tensor directions = ordered_rows(c.directions, fit.order);
  const Parameters& weights = model.parameters();
  weights.at("d2.weight").zero_();  // the decoder starts as the linear skip alone, and what covariates do
  if (c.covariate_effects.defined()) {
    const std::int64_t k = c.covariate_effects.size(0);
    assign(weights.at("d2.weight").narrow(1, model.shape().hidden, k), c.covariate_effects.t());
  }
  weights.at("skip.weight").zero_();
  assign(weights.at("skip.weight").narrow(0, 0, m), at::mm(fit.mixing, directions));
  if (!c.weak.empty())
    assign(weights.at("skip.weight").narrow(0, m, static_cast<std::int64_t>(c.weak.size())), c.weak_directions);
  assign(weights.at("d2.bias"), c.centre + at::mm(fit.offset.unsqueeze(0), directions).squeeze(0));
  if (model.dag().defined()) {
    weights.at("G").zero_();
    assign(weights.at("G").narrow(0, 0, m).narrow(1, 0, m), fit.graph);
  }
  for (const Parameter& other : fit.others) assign(weights.at(other.name), other.value);
}

void start_labels(const ShiftCoordinates& c, const MomentFit& fit, const Model& model) {
  const std::vector<std::int64_t> latent = latents_of_labels(c, fit, model.shape().n_labels);
  const Tensor table = model.parameters().at("label_table"), shift = model.parameters().at("c_shift");
  table.zero_();
  for (std::size_t k = 0; k < latent.size(); ++k)
    table.select(0, static_cast<std::int64_t>(k)).select(0, latent[k]).fill_(kOwnLatent);
  for (std::size_t i = 0; i < fit.order.size(); ++i)
    shift.select(0, c.labels[static_cast<std::size_t>(fit.order[i])])
        .copy_(fit.shift.select(0, static_cast<std::int64_t>(i)));
  for (const std::int64_t label : c.weak) shift.select(0, label).fill_(1);
}

/// Whether the fitted model explains the moments; if not, its graph cannot be interpreted.
bool describes(const MomentFit& fit) {
  constexpr double kMostChiSquare = 4;  // times the degrees of freedom
  return fit.chi_square <= kMostChiSquare * std::max(fit.degrees, 1.0);
}

/// Whether it does so as well as the right model would, nearly: else another one is tried.
bool explains(const MomentFit& fit) {
  constexpr double kMostChiSquare = 1.25;  // times the degrees of freedom
  const double degrees = std::max(fit.degrees, 1.0);
  return fit.chi_square <= std::max(kMostChiSquare * degrees, degrees + 4 * std::sqrt(2 * degrees));
}

/// fit_moments with a linear mixing and, where that does not explain the moments of a screen with negative values, with
/// a polynomial one, whose coordinates `c` then has. If neither does: unfitted, with a warning.
MomentFit fit_mixing(const RunOptions& options, const RunData& data, const RegimeMoments& moments, ShiftCoordinates& c,
                     StartRecord& record) {
  const auto fit_in = [&](const ShiftCoordinates& coordinates) {
    const at::AutoGradMode with_grad(true);
    MomentFit raised = fit_moments(options, data, moments, coordinates);
    if (explains(raised) || options.model.mechanism != "relu") return raised;
    log::info(
        "start: labels that raise their latents explain them badly (chi-square {:.0f} on {:.0f} degrees of freedom), "
        "trying labels that lower them",
        raised.chi_square, raised.degrees);
    MomentFit lowered = fit_moments(options, data, moments, coordinates, true);
    return lowered.chi_square < raised.chi_square ? lowered : raised;
  };
  MomentFit fit = fit_in(c);
  std::string mixing = "linear", tried = "a linear mixing";
  if (!describes(fit) && !moments.nonnegative) {
    log::info(
        "start: a linear mixing does not explain them (chi-square {:.0f} on {:.0f} degrees of freedom), trying a polynomial",
        fit.chi_square, fit.degrees);
    if (const auto curved = polynomial_coordinates(data, moments, c)) {
      tried = "a linear or polynomial mixing";
      MomentFit other = fit_in(*curved);
      log::info("start: polynomial mixing: chi-square {:.0f} on {:.0f} degrees of freedom", other.chi_square,
                other.degrees);
      if (describes(other)) {
        fit = std::move(other);
        c = *curved;
        mixing = "polynomial";
      }
    }
  }
  record.values["chi_square"] = fit.chi_square;
  record.values["degrees"] = fit.degrees;
  record.values["mixing"] = mixing;
  if (describes(fit)) {
    if (fit.shift.max().item<double>() < 0) record.values["labels_lower"] = true;
    return fit;
  }
  log::warning(
      "train.start moments: means and covariances of the regimes are not those of a latent graph with this mechanism and "
      "{} (chi-square {:.0f} on {:.0f} degrees of freedom): the graph starts at 0, the labels at "
      "their mean shifts",
      tried, fit.chi_square, fit.degrees);
  return unfitted(c);
}

/// Sets the weights of a shift model from the data.
void set_shifts(const RunOptions& options, const RunData& data, const Model& model) {
  const auto fitted = make_shift_model(options.model.model, data.screen, trained_shifts(data.screen, data.split));
  if (!fitted)
    throw InputError({.place = data.screen.source,
                      .found = std::string("no target that trains is a measured gene, which model.model ") +
                               options.model.model + " needs"},
                     "check gene names and labels with `gracevae inspect`, or train --model additive");
  const auto tensor = [](const std::vector<double>& values) {
    return at::from_blob(const_cast<double*>(values.data()), {std::ssize(values)}, doubles());
  };
  std::vector<std::string> without_row;
  for (const Parameter& weight : model.parameters().all()) {
    if (weight.name == "shift.constant") {
      assign(weight.value, tensor(fitted->constant));
      continue;
    }
    for (std::size_t k = 0; k < data.targets.size(); ++k) {
      const auto row = fitted->rows->find(data.targets[k]);
      if (row == fitted->rows->end())
        without_row.push_back(data.targets[k]);
      else
        assign(weight.value.select(0, static_cast<std::int64_t>(k)), tensor(row->second));
    }
  }
  if (!without_row.empty())
    log::warning(
        "model.model {}: {} of {} labels are no measured genes and get the mean shift of those that are: {}; evaluate's own "
        "row of this name leaves them out",
        options.model.model, without_row.size(), data.targets.size(), fmt::join(without_row, ", "));
}

/// The fit that --start asks for, if there are labels with a direction.
MomentFit fit_start(const RunOptions& options, const RunData& data, const RegimeMoments& moments, ShiftCoordinates& c,
                    StartRecord& record) {
  if (options.train.start != "moments" || c.n_axes() == 0) return unfitted(c);
  log::info("start: fitting the latent graph to means and covariances of control and {} labels", c.n_axes());
  return fit_mixing(options, data, moments, c, record);
}

/// Says and records how much of the posterior mean the encoder holds, or why it does not.
void record_encoder(const std::optional<double>& held, std::int64_t n_axes, const RunOptions& options,
                    const Model& model, StartRecord& record) {
  const std::int64_t hidden = model.shape().hidden;
  if (!held) {
    log::warning("train.start {}: the encoder keeps its random start: {}", options.train.start,
                 n_axes == 0  ? "no label that trains alone has a mean shift that stands out of its sampling error"
                 : hidden < 2 ? "it needs model.hidden 2 or more"
                              : "it cannot pass the genes on");
    return;
  }
  record.values["encoder_holds"] = *held;
  if (hidden < 2 * n_axes)
    log::info(
        "start: {} hidden units hold {:.1f} % of the variance of the posterior means of {} latents, model.hidden {} would hold all",
        hidden, 100 * *held, n_axes, 2 * n_axes);
}

/// --start mean-shifts and moments.
void start_from_shifts(const RunOptions& options, const RunData& data, const RegimeMoments& moments, const Model& model,
                       StartRecord& record) {
  ShiftCoordinates c = shift_coordinates(data, moments);
  if (!c.alike.empty()) record.values["labels_alike"] = c.alike;
  const MomentFit fit = fit_start(options, data, moments, c, record);
  const Tensor shifts = shifts_of(options, data, moments);
  if (options.train.shrink_shifts || options.model.value_range == "nonnegative") set_directions(shifts, c);
  if (options.model.scales_combinations() && !moments.combinations.empty()) {
    const double scale = fitted_scale(options, data, moments, shifts);
    model.parameters().at("combination_scale").fill_(scale);
    record.values["combination_scale"] = scale;
    record.values["combinations"] = moments.combinations.size();
  }
  start_decoder(c, fit, model);
  start_labels(c, fit, model);
  record_encoder(start_encoder(c, fit, options.model, model), c.n_axes(), options, model, record);
  record.values["labels_with_direction"] = c.n_axes();
  if (c.n_axes() > 0) {
    const Tensor noise = c.noise.diagonal();
    record.values["noise_share"] = (noise / (1 + noise)).mean().item<double>();
  }
  record.values["edges"] = at::abs(fit.graph).gt(0).sum().item<std::int64_t>();
  if (fit.threshold > 0) record.values["threshold"] = std::min(fit.threshold, 1.0);
  log::info("start {}: {}", options.train.start, record.values.dump());
}

/// What keeps a model from starting at the labels' mean shifts: the options it lacks, and why they are needed.
struct Lacking {
  std::string options, reasons;
};

Lacking lacking(const RunOptions& options, const RunData& data) {
  Lacking result;
  const auto require = [&](bool met, const std::string& what, const std::string& why) {
    if (met) return;
    result.options += " " + what;
    result.reasons += (result.reasons.empty() ? "" : "; ") + what + why;
  };
  require(options.model.intervention_encoder == "table", "model.intervention_encoder table",
          ": each label starts on a latent of its own");
  require(options.model.linear_skip, "model.linear_skip", ": the decoder's columns start at the labels' mean shifts");
  require(options.model.decoder_output == "linear", "model.decoder_output linear", ": the start is a linear decoder");
  require(data.shape.n_latents >= data.shape.n_labels, fmt::format("model.n_latents {}", data.shape.n_labels),
          fmt::format(" or more: {} labels start on a latent each, and there are {}", data.shape.n_labels,
                      data.shape.n_latents));
  return result;
}

}  // namespace

void resolve_start(RunOptions& options, const RunData& data, const Model& model) {
  constexpr double kLargeSteps = 1e-3, kSmallSteps = 1e-4;
  TrainOptions& train = options.train;
  if (train.start == "auto") {
    const std::string reasons = model.trains() ? lacking(options, data).reasons : "nothing to train";
    train.start = !reasons.empty() ? "random" : model.dag().defined() ? "moments" : "mean-shifts";
    if (train.start == "mean-shifts")
      log::info("train.start mean-shifts: model.model {} has no latent graph to fit", options.model.model);
    if (train.start == "random" && model.trains())
      log::info("train.start random: a start from the data needs {}", reasons);
  }
  if (train.epochs == 0) train.epochs = default_epochs(train, count_batches(data.screen, data.split, options.batches));
  if (train.learning_rate < 0) train.learning_rate = train.start == "random" ? kLargeSteps : kSmallSteps;
}

void check_start(const RunOptions& options, const RunData& data, const Model& model) {
  if (options.train.start == "random" || !model.trains()) return;
  const std::string start = "train.start " + options.train.start;
  const auto [missing, reasons] = lacking(options, data);
  if (options.train.start == "moments" && !model.dag().defined())
    throw ConfigError(start + " fits a latent graph, and model.model " + options.model.model + " has none",
                      "start it with train.start mean-shifts" + missing);
  if (!missing.empty()) throw ConfigError(start + " needs " + reasons, "add" + missing + ", or use train.start random");
}

StartRecord start_model(const RunOptions& options, const RunData& data, const RegimeMoments& moments,
                        const Model& model) {
  const at::NoGradGuard no_grad;
  StartRecord record;
  if (!model.trains()) {
    set_shifts(options, data, model);
    return record;
  }
  if (model.log_variance().defined()) assign(model.log_variance(), at::log(moments.floored_variance()));
  if (options.train.start != "random") start_from_shifts(options, data, moments, model, record);
  if (const Tensor g = model.dag(); g.defined()) record.graph = at::triu(g, 1).detach().clone();
  return record;
}

}  // namespace gracevae::impl
