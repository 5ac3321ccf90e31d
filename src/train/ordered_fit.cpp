#include "train/ordered_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/log.hpp"
#include "base/progress.hpp"
#include "train/graph_search.hpp"

namespace gracevae::impl {

namespace {

constexpr double kTau = 100;         // each label acts on its own latent only
constexpr double kSparsity = 5;      // weight of the L1 norm, in units of half a chi-square
constexpr double kSmoothing = 1e-2;  // |w| is sqrt(w² + its square)
constexpr int kIterations = 300, kRefitIterations = 100;
constexpr std::int64_t kDraws = 2000;
constexpr double kTolerance = 1e-3;     // of the loss and of every fitted value
constexpr double kSmallestEdge = 0.05;  // initial weight of every edge

double number(const Tensor& scalar) { return scalar.item<double>(); }

/// What the fit is of.
struct Task {
  ModelOptions options;  ///< mechanism and intervention
  ModelShape shape;      ///< labels and latents
  std::uint64_t seed;
  const ShiftCoordinates& coordinates;
  const GraphMoments& moments;
  bool bends;    ///< genes respond to a latent along a curve: where values cannot be negative
  Tensor noise;  ///< of the latents, [n, d]

  Task(const RunOptions& run, const RunData& data, const GraphMoments& observed, const ShiftCoordinates& c, bool bent)
      : options(run.model), shape(data.shape), seed(static_cast<std::uint64_t>(run.train.seed)), coordinates(c),
        moments(observed), bends(bent),
        noise(draw_exact_noise(std::max(kDraws, 3 * shape.n_latents), shape.n_latents, seed)) {
    options.model = "cmvae";  // encoder and decoder are not used: the smallest will do
    options.dtype = "float64";
    shape.n_genes = shape.hidden = 1;
    shape.n_pathways = 0;
  }
};

/// True for the weights of mechanism and intervention.
bool is_fitted(const Parameter& parameter) {
  return parameter.name.starts_with("mechanism.") || parameter.name.starts_with("intervention.");
}

/// The values that are fitted, or a mask of each.
struct Unknowns {
  Tensor graph;                 ///< [d, d] the model's own G; its first m rows and columns are fitted
  Tensor shift;                 ///< [n_labels] the model's own
  Tensor mean_error;            ///< [m + 1, m] fitted less observed means, in standard errors of the observed ones
  Tensor bend;                  ///< [m] γ of every latent
  std::vector<Tensor> weights;  ///< of mechanism and intervention

  std::vector<Tensor> in_order() const {
    std::vector<Tensor> all{graph, shift, mean_error, bend};
    all.insert(all.end(), weights.begin(), weights.end());
    return all;
  }
};

/// The fit of one order of the latents.
class OrderedFit {
 public:
  OrderedFit(const Task& task, std::vector<std::int64_t> order)
      : task_(task), order_(std::move(order)), m_(task.coordinates.n_axes()),
        model_(make_model(task.options, {.shape = task.shape, .seed = task.seed})) {
    const at::NoGradGuard no_grad;
    take_moments(task.moments);
    begin();
    keep_edges(0);
  }

  /// Half the chi-square.
  Tensor misfit() const {
    std::vector<Tensor> means, covariances;
    for (std::int64_t k = 0; k <= m_; ++k) {
      const Tensor u = bent(latents_of(k));
      const Tensor mean = u.mean(0, true), centred = u - mean;
      means.push_back(mean.squeeze(0));
      covariances.push_back(at::mm(centred.t(), centred) / static_cast<double>(u.size(0)));
    }
    const Tensor mean_error = mean_errors();
    const Tensor mixing = mixing_of(at::stack(means), mean_ + mean_error).first;
    const Tensor covariance = at::matmul(at::matmul(mixing.t(), at::stack(covariances)), mixing);
    const Tensor off = at::bmm(weight_, covariance - covariance_);
    const Tensor of_means = (at::bmm(weight_, mean_error.unsqueeze(2)).squeeze(2) * mean_error).sum(1);
    const Tensor of_covariances = 0.5 * (off * off.transpose(1, 2)).sum(at::IntArrayRef{1, 2});
    return 0.5 * (count_ * (of_means + of_covariances)).sum();
  }

  /// Minimises misfit + sparsity·Σ|G|; returns that sum, infinity where the fit has no mixing.
  double fit(double sparsity, int iterations) {
    const auto loss = [&] {
      stop_if_interrupted();
      const Tensor g = at::triu(unknowns_.graph, 1);
      return misfit() + sparsity * (at::sqrt(at::square(g) + kSmoothing * kSmoothing) - kSmoothing).sum();
    };
    Unknowns masks;
    masks.graph = mask_;
    if (!task_.bends) masks.bend = at::zeros_like(unknowns_.bend);
    masks.weights.resize(unknowns_.weights.size());
    try {
      return torch_compat::minimise(loss, unknowns_.in_order(), masks.in_order(), iterations, kTolerance);
    } catch (const c10::LinAlgError&) {  // mixing_of is singular: a label has no effect
      return std::numeric_limits<double>::infinity();
    }
  }

  /// Drops edges of |weight| at most `threshold` (0: drops none); returns how many stay.
  std::int64_t keep_edges(double threshold) {
    const at::NoGradGuard no_grad;
    Tensor inside = at::zeros_like(unknowns_.graph);
    inner(inside).fill_(1);
    inside = at::triu(inside, 1);
    mask_ = threshold > 0 ? inside * (at::abs(unknowns_.graph) > threshold) : inside;
    unknowns_.graph.mul_(mask_);
    return mask_.sum().item<std::int64_t>();
  }

  /// A copy of the fitted values, for restore().
  std::vector<Tensor> state() const {
    std::vector<Tensor> copy;
    for (const Tensor& unknown : unknowns_.in_order()) copy.push_back(unknown.detach().clone());
    return copy;
  }
  void restore(const std::vector<Tensor>& state) {
    const at::NoGradGuard no_grad;
    const std::vector<Tensor> unknowns = unknowns_.in_order();
    for (std::size_t i = 0; i < state.size(); ++i) unknowns[i].copy_(state[i]);
  }

  double chi_square() const {
    const at::NoGradGuard no_grad;
    return 2 * number(misfit());
  }
  /// Degrees of freedom: observed values less fitted ones, not counting those of mechanism and intervention.
  double degrees() const {
    const auto m = static_cast<double>(m_);
    return (m + 1) * (m + m * (m + 1) / 2) - number(mask_.sum()) - m - m * m - m - (task_.bends ? m : 0);
  }
  double total_count() const { return number(count_.sum()); }

  MomentFit result() const {
    const at::NoGradGuard no_grad;
    MomentFit fit;
    fit.order = order_;
    fit.graph = at::triu(inner(unknowns_.graph), 1).clone();
    fit.shift = unknowns_.shift.index_select(0, torch_compat::index_tensor(labels_)).clone();
    std::vector<Tensor> means;
    for (std::int64_t k = 0; k <= m_; ++k) means.push_back(latents_of(k).mean(0));
    fit.latent_mean = at::stack(means);
    // with the observed means: the fit has traded them off against covariances
    std::tie(fit.mixing, fit.offset) = mixing_of(fit.latent_mean, mean_);
    const Tensor u = latents_of(0), centred = u - u.mean(0, true);
    fit.latent_covariance = at::mm(centred.t(), centred) / static_cast<double>(u.size(0));
    for (const Parameter& parameter : model_->parameters().all())
      if (is_fitted(parameter)) fit.others.push_back({parameter.name, parameter.value.detach().clone()});
    fit.chi_square = chi_square();
    fit.degrees = degrees();
    return fit;
  }

 private:
  /// The observed moments in this order of the latents.
  void take_moments(const GraphMoments& moments) {
    const Tensor index = torch_compat::index_tensor(order_), rows = regimes_of(index);
    Tensor counts = at::empty({m_ + 1}, doubles());
    std::copy(moments.count.begin(), moments.count.end(), counts.data_ptr<double>());
    const auto ordered = [&](const Tensor& x) { return x.index_select(0, rows).index_select(-1, index); };
    mean_ = ordered(moments.mean);
    covariance_ = ordered(at::stack(moments.signal)).index_select(1, index);
    weight_ = ordered(at::stack(moments.weight)).index_select(1, index);
    count_ = counts.index_select(0, rows);
    const Tensor variances = 1 / weight_.diagonal(0, 1, 2);  // [m + 1, m]
    mean_error_unit_ = at::sqrt(variances / count_.unsqueeze(1));
  }

  /// Initial values: each label on its own latent with its observed shift, and small edges.
  void begin() {
    const Parameters& weights = model_->parameters();
    unknowns_.graph = weights.at("G").zero_();
    inner(unknowns_.graph).fill_(kSmallestEdge);
    unknowns_.shift = weights.at("c_shift");
    const Tensor table = weights.at("label_table");
    table.zero_();
    for (std::int64_t i = 0; i < m_; ++i) {
      const std::int64_t axis = order_[static_cast<std::size_t>(i)],
                         label = task_.coordinates.labels[static_cast<std::size_t>(axis)];
      table.select(0, label).select(0, i).fill_(1);
      unknowns_.shift.select(0, label).copy_(task_.coordinates.size.select(0, axis));
      targets_.push_back(at::eye(task_.shape.n_labels, doubles()).narrow(0, label, 1));
      labels_.push_back(label);
    }
    unknowns_.mean_error = at::zeros_like(mean_).requires_grad_(true);
    unknowns_.bend = at::zeros({m_}, doubles()).requires_grad_(true);
    for (const Parameter& parameter : weights.all())
      if (is_fitted(parameter)) unknowns_.weights.push_back(parameter.value);
  }

  /// The part of a graph [d, d] that is fitted, [m, m].
  Tensor inner(const Tensor& graph) const { return graph.narrow(0, 0, m_).narrow(1, 0, m_); }

  /// Control's regime, then that of each axis of `index`.
  Tensor regimes_of(const Tensor& index) const {
    Tensor rows = at::zeros({m_ + 1}, index.options());
    rows.narrow(0, 1, m_).copy_(index + 1);
    return rows;
  }

  /// φ(u) = u + γ·u²/2 with a γ for each latent: with low counts, genes respond more strongly the higher it is.
  Tensor bent(const Tensor& u) const { return task_.bends ? u + 0.5 * unknowns_.bend * at::square(u) : u; }

  /// Fitted less observed means [m + 1, m].
  Tensor mean_errors() const { return unknowns_.mean_error * mean_error_unit_; }

  /// Mixing [m, m] and offset [m] that take the latents' means [m + 1, m] of every regime to `means` of the
  /// coordinates: (U − u0)·mixing = V − v0.
  static std::pair<Tensor, Tensor> mixing_of(const Tensor& latent_means, const Tensor& means) {
    const std::int64_t m = means.size(1);
    const Tensor u0 = latent_means.narrow(0, 0, 1), v0 = means.narrow(0, 0, 1);
    const Tensor mixing = at::linalg_solve(latent_means.narrow(0, 1, m) - u0, means.narrow(0, 1, m) - v0);
    return {mixing, (v0 - at::mm(u0, mixing)).squeeze(0)};
  }

  Tensor latents_of(std::int64_t regime) const {
    std::vector<Tensor> targets;
    if (regime > 0) targets.push_back(targets_[static_cast<std::size_t>(regime - 1)]);
    return model_->latents(task_.noise, targets, kTau, Tensor()).narrow(1, 0, m_);
  }

  const Task& task_;
  std::vector<std::int64_t> order_, labels_;
  std::int64_t m_;
  std::unique_ptr<Model> model_;
  std::vector<Tensor> targets_;
  Tensor mean_, covariance_, weight_, count_, mask_;
  Tensor mean_error_unit_;  ///< [m + 1, m] standard errors of the observed means
  Unknowns unknowns_;
};

/// Keeps the edges by the least Bayesian information criterion, refitted without sparsity.
double choose_edges(OrderedFit& fit) {
  fit.fit(kSparsity, kIterations);
  const auto start = fit.state();
  double best = std::numeric_limits<double>::infinity(), chosen = 0;
  std::vector<Tensor> best_state;
  std::int64_t last = -1;
  const double price = std::log(fit.total_count());
  constexpr int kHopelessIterations = 30;
  constexpr double kHopeless = 200;
  constexpr std::array kThresholds{0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1e9};
  Progress progress("start: how many edges", static_cast<std::int64_t>(kThresholds.size()));
  std::int64_t n_tried = 0;
  for (const double threshold : kThresholds) {
    progress.update(n_tried++, last < 0 ? "" : fmt::format("{} edges tried", last));
    fit.restore(start);
    const std::int64_t n_edges = fit.keep_edges(threshold);
    if (n_edges == last) continue;
    last = n_edges;
    const double penalty = price * static_cast<double>(n_edges);
    double criterion = 2 * fit.fit(0, kHopelessIterations) + penalty;
    if (criterion < best + kHopeless) criterion = 2 * fit.fit(0, kRefitIterations) + penalty;
    log::debug("moments: {} edges above {}: criterion {:.1f}", n_edges, threshold, criterion);
    if (criterion < best) {
      best = criterion;
      chosen = threshold;
      best_state = fit.state();
    }
  }
  fit.restore(best_state);
  fit.keep_edges(1e-12);
  return chosen;
}

}  // namespace

MomentFit fit_in_order(const RunOptions& options, const RunData& data, const GraphMoments& moments,
                       const ShiftCoordinates& coordinates, bool bends, const std::vector<std::int64_t>& order) {
  const Task task(options, data, moments, coordinates, bends);
  OrderedFit fit(task, order);
  const double threshold = choose_edges(fit);
  MomentFit result = fit.result();
  result.threshold = threshold;
  return result;
}

}  // namespace gracevae::impl
