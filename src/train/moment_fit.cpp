#include "train/moment_fit.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <tuple>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/progress.hpp"

namespace gracevae::impl {

namespace {

constexpr double kTau = 100;         // each label acts on its own latent only
constexpr double kSparsity = 5;      // weight of the L1 norm, in units of half a chi-square
constexpr double kSmoothing = 1e-2;  // |w| is sqrt(w² + its square)
constexpr int kIterations = 300, kRefitIterations = 100, kScreenIterations = 8;
constexpr std::int64_t kDraws = 1000, kFineDraws = 2000;
constexpr double kTolerance = 1e-3;     // of the loss and of every fitted value
constexpr double kSmallestEdge = 0.05;  // initial weight of every edge

double number(const Tensor& scalar) { return scalar.item<double>(); }
double at2(const Tensor& matrix, std::int64_t i, std::int64_t j) { return number(matrix.select(0, i).select(0, j)); }

/// Means [m + 1, m], covariances, the genes' own noise in them, weights [m + 1, m, m] and cell counts of control and
/// of each label's regime, in the coordinates.
struct ProjectedMoments {
  Tensor mean, covariance, noise, weight, count;
};

ProjectedMoments project(const RunData& data, const RegimeMoments& moments, const ShiftCoordinates& c) {
  const std::int64_t m = c.n_axes();
  std::vector<Tensor> means, covariances, noises;
  std::vector<double> counts;
  Tensor pooled = at::zeros({m, m}, doubles());
  for (std::int64_t k = -1; k < m; ++k) {
    const std::int64_t regime = k < 0 ? 0 : 1 + c.labels[static_cast<std::size_t>(k)];
    const auto n = moments.n_cells(regime);
    const Tensor mean = at::mm((moments.mean.select(0, regime) - c.centre).unsqueeze(0), c.projection);
    const RegimeSums sums = c.sums(data.screen, moments.cells[static_cast<std::size_t>(regime)]);
    noises.push_back(c.noise_seen(sums));
    pooled.add_(sums.scatter);
    counts.push_back(n);
    means.push_back(mean.squeeze(0));
    covariances.push_back(sums.scatter / std::max(n - 1, 1.0));
  }
  pooled /= std::accumulate(counts.begin(), counts.end(), -static_cast<double>(counts.size()));
  ProjectedMoments result{at::stack(means), at::stack(covariances), at::stack(noises), Tensor(),
                          at::empty({m + 1}, doubles())};
  std::vector<Tensor> weights;
  for (std::size_t k = 0; k < counts.size(); ++k) {
    // shrunk towards the pooled covariance, so that the inverse exists with few cells
    const double prior = static_cast<double>(m + 1);
    weights.push_back(at::linalg_inv((counts[k] * covariances[k] + prior * pooled) / (counts[k] + prior)));
    result.count.select(0, static_cast<std::int64_t>(k)).fill_(counts[k]);
  }
  result.weight = at::stack(weights);
  return result;
}

/// Evidence that a label's regime changes the covariances of other axes, in squared standard errors.
struct Changes {
  Tensor rows;       ///< [m, m] of axis l's covariances with all axes under label k: mean over axes, less chance's 1
  Tensor variances;  ///< [m, m] of axis l's variance under label k, less chance's 1
};

Changes covariance_changes(const ProjectedMoments& moments) {
  const std::int64_t m = moments.mean.size(1);
  const auto error = [&](std::int64_t k) {
    const Tensor s = moments.covariance.select(0, k);
    return (at::matmul(s.diagonal().unsqueeze(1), s.diagonal().unsqueeze(0)) + at::square(s)) /
           moments.count.select(0, k);
  };
  Changes result{at::zeros({m, m}, doubles()), at::zeros({m, m}, doubles())};
  for (std::int64_t k = 1; k <= m; ++k) {
    const Tensor change = moments.covariance.select(0, k) - moments.covariance.select(0, 0);
    const Tensor squares = at::square(change) / (error(0) + error(k));
    result.rows.select(0, k - 1).copy_(at::clamp_min(squares.mean(1) - 1, 0));
    result.variances.select(0, k - 1).copy_(at::clamp_min(squares.diagonal() - 1, 0));
  }
  const Tensor others = 1 - at::eye(m, doubles());
  result.rows *= others;
  result.variances *= others;
  return result;
}

/// Greedy order of the axes: next is always the one with the least evidence [m, m] towards those that remain.
std::vector<std::int64_t> least_first(const Tensor& evidence) {
  std::vector<std::int64_t> rest(static_cast<std::size_t>(evidence.size(0))), order;
  std::iota(rest.begin(), rest.end(), 0);
  while (!rest.empty()) {
    std::size_t chosen = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t a = 0; a < rest.size(); ++a) {
      double sum = 0;
      for (const std::int64_t b : rest) sum += at2(evidence, rest[a], b);
      if (sum < least) {
        least = sum;
        chosen = a;
      }
    }
    order.push_back(rest[chosen]);
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(chosen));
  }
  return order;
}

/// Initial orders. An intervention changes the covariances of its target's descendants only, so the label that changes
/// the others least comes last, and the axis that the others change least comes first.
std::vector<std::vector<std::int64_t>> first_orders(const Changes& changes) {
  std::vector<std::vector<std::int64_t>> orders;
  const auto add = [&](std::vector<std::int64_t> order) {
    if (std::find(orders.begin(), orders.end(), order) == orders.end()) orders.push_back(std::move(order));
  };
  for (const Tensor& evidence : {changes.rows, changes.variances}) {
    std::vector<std::int64_t> order = least_first(evidence);
    std::reverse(order.begin(), order.end());
    add(std::move(order));
    add(least_first(evidence.t()));
  }
  return orders;
}

/// Standard normal noise [n, d] whose sample means, covariances and odd moments are exact, so that few draws suffice.
Tensor draw_exact_noise(std::int64_t n, std::int64_t d, std::uint64_t seed) {
  const std::int64_t half = std::max(n, 8 * d) / 2;
  Random random(seed, "start/moments");
  Tensor z = normal_tensor({half, d}, random, doubles());
  z = at::cat({z, -z});
  const Tensor root = at::linalg_cholesky(at::mm(z.t(), z) / static_cast<double>(z.size(0)));
  return at::linalg_solve_triangular(root, z.t(), /*upper=*/false).t().contiguous();
}

/// Whether the fitted means of the regimes are free or held at the observed ones: holding them takes fewer steps and
/// gives nearly the same fit.
enum class Means { free, held };

/// What the fits of all orders share.
struct Task {
  ModelOptions options;  ///< mechanism and intervention
  ModelShape shape;      ///< labels and latents
  std::uint64_t seed;
  const ShiftCoordinates& coordinates;
  ProjectedMoments moments;
  bool bends;                ///< genes respond to a latent along a curve: where values cannot be negative
  Means means;               ///< in the search; linear mechanisms and networks need free ones
  Tensor noise, fine_noise;  ///< of the latents, [n, d]: few for the search, many for the last fit

  Task(const RunOptions& run, const RunData& data, const RegimeMoments& regimes, const ShiftCoordinates& c)
      : options(run.model), shape(data.shape), seed(static_cast<std::uint64_t>(run.train.seed)), coordinates(c),
        moments(project(data, regimes, c)), bends(regimes.nonnegative),
        means(run.model.mechanism == "relu" ? Means::held : Means::free),
        noise(draw_exact_noise(kDraws, shape.n_latents, seed)),
        fine_noise(draw_exact_noise(kFineDraws, shape.n_latents, seed)) {
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
      : task_(task), draws_(&task.noise), order_(std::move(order)), m_(task.coordinates.n_axes()),
        model_(make_model(task.options, {.shape = task.shape, .seed = task.seed})) {
    const at::NoGradGuard no_grad;
    take_moments(task.moments);
    begin();
    keep_edges(0);
  }

  /// Uses the larger sample of noise from here on.
  void use_fine_noise() { draws_ = &task_.fine_noise; }

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
    const Tensor covariance = at::matmul(at::matmul(mixing.t(), at::stack(covariances)), mixing) + noise_;
    const Tensor off = at::bmm(weight_, covariance - covariance_);
    const Tensor of_means = (at::bmm(weight_, mean_error.unsqueeze(2)).squeeze(2) * mean_error).sum(1);
    const Tensor of_covariances = 0.5 * (off * off.transpose(1, 2)).sum(at::IntArrayRef{1, 2});
    return 0.5 * (count_ * (of_means + of_covariances)).sum();
  }

  /// Minimises misfit + sparsity·Σ|G|; returns that sum, infinity where the fit has no mixing.
  double fit(double sparsity, int iterations, Means means = Means::free) {
    const auto loss = [&] {
      stop_if_interrupted();
      const Tensor g = at::triu(unknowns_.graph, 1);
      return misfit() + sparsity * (at::sqrt(at::square(g) + kSmoothing * kSmoothing) - kSmoothing).sum();
    };
    Unknowns masks;
    masks.graph = mask_;
    if (means == Means::held) masks.mean_error = at::zeros_like(unknowns_.mean_error);
    if (!task_.bends) masks.bend = at::zeros_like(unknowns_.bend);
    masks.weights.resize(unknowns_.weights.size());
    try {
      return torch_compat::minimise(loss, unknowns_.in_order(), masks.in_order(), iterations, kTolerance);
    } catch (const c10::LinAlgError&) {  // mixing_of is singular: a label has no effect
      return std::numeric_limits<double>::infinity();
    }
  }

  /// Starts from the fit of another order: values of an axis or a label are copied, edges that the new order cannot
  /// have start anew. Weights of the mechanism belong to positions in the order and stay as they are.
  void begin_at(const OrderedFit& other) {
    const at::NoGradGuard no_grad;
    std::vector<std::int64_t> position(order_.size());  // of each of our latents in the other order
    for (std::size_t i = 0; i < order_.size(); ++i)
      position[i] = std::find(other.order_.begin(), other.order_.end(), order_[i]) - other.order_.begin();
    const Tensor index = torch_compat::index_tensor(position), rows = regimes_of(index);
    const auto both = [&](const Tensor& x) { return x.index_select(0, index).index_select(1, index); };
    const Tensor before = both(at::triu(inner(other.unknowns_.graph.detach()), 1));
    const Tensor known = both(at::triu(at::ones({m_, m_}, doubles()), 1));
    inner(unknowns_.graph).copy_(at::triu(known * before + (1 - known) * kSmallestEdge, 1));
    unknowns_.shift.copy_(other.unknowns_.shift);
    unknowns_.mean_error.copy_(other.unknowns_.mean_error.detach().index_select(0, rows).index_select(1, index));
    unknowns_.bend.copy_(other.unknowns_.bend.detach().index_select(0, index));
    for (const Parameter& parameter : model_->parameters().all())
      if (parameter.name.starts_with("intervention."))
        parameter.value.copy_(other.model_->parameters().at(parameter.name));
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
  /// Pairs of axes (parent, child) that an edge worth reversing joins, the smallest first.
  std::vector<std::pair<std::int64_t, std::int64_t>> edges() const {
    constexpr double kWorthReversing = 0.1;
    std::vector<std::tuple<double, std::int64_t, std::int64_t>> sizes;
    for (std::size_t j = 1; j < order_.size(); ++j)
      for (std::size_t i = 0; i < j; ++i) {
        const double weight = at2(unknowns_.graph.detach(), static_cast<std::int64_t>(i), static_cast<std::int64_t>(j));
        if (std::abs(weight) > kWorthReversing) sizes.emplace_back(std::abs(weight), order_[i], order_[j]);
      }
    std::sort(sizes.begin(), sizes.end());
    std::vector<std::pair<std::int64_t, std::int64_t>> result;
    for (const auto& [size, parent, child] : sizes) result.emplace_back(parent, child);
    return result;
  }
  const std::vector<std::int64_t>& order() const { return order_; }

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
  void take_moments(const ProjectedMoments& moments) {
    const Tensor index = torch_compat::index_tensor(order_), rows = regimes_of(index);
    const auto ordered = [&](const Tensor& x) { return x.index_select(0, rows).index_select(-1, index); };
    mean_ = ordered(moments.mean);
    covariance_ = ordered(moments.covariance).index_select(1, index);
    weight_ = ordered(moments.weight).index_select(1, index);
    count_ = moments.count.index_select(0, rows);
    noise_ = ordered(moments.noise).index_select(1, index);
    const Tensor variances = covariance_.diagonal(0, 1, 2);  // [m + 1, m]
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
    return model_->latents(*draws_, targets, kTau, Tensor()).narrow(1, 0, m_);
  }

  const Task& task_;
  const Tensor* draws_;
  std::vector<std::int64_t> order_, labels_;
  std::int64_t m_;
  std::unique_ptr<Model> model_;
  std::vector<Tensor> targets_;
  Tensor mean_, covariance_, weight_, count_, noise_, mask_;
  Tensor mean_error_unit_;  ///< [m + 1, m] standard errors of the observed means
  Unknowns unknowns_;
};

/// The two nearest orders in which `child` comes before `parent`, which now stands before it.
std::vector<std::vector<std::int64_t>> reversed_orders(const std::vector<std::int64_t>& order, std::int64_t parent,
                                                       std::int64_t child) {
  const auto at = [](std::vector<std::int64_t>& list, std::int64_t axis) {
    return std::find(list.begin(), list.end(), axis);
  };
  std::vector<std::int64_t> child_up = order, parent_down = order;
  child_up.erase(at(child_up, child));
  child_up.insert(at(child_up, parent), child);
  parent_down.erase(at(parent_down, parent));
  parent_down.insert(at(parent_down, child) + 1, parent);
  std::vector<std::vector<std::int64_t>> result{child_up};
  if (parent_down != child_up) result.push_back(parent_down);
  return result;
}

/// Each axis moved to every other position.
std::vector<std::vector<std::int64_t>> far_orders(const std::vector<std::int64_t>& order) {
  std::vector<std::vector<std::int64_t>> result;
  const auto m = static_cast<std::ptrdiff_t>(order.size());
  for (std::ptrdiff_t from = 0; from < m; ++from)
    for (std::ptrdiff_t to = 0; to < m; ++to) {
      if (to == from || to == from + 1) continue;  // the same as from + 1 → from
      std::vector<std::int64_t> moved = order;
      moved.erase(moved.begin() + from);
      moved.insert(moved.begin() + to, order[static_cast<std::size_t>(from)]);
      result.push_back(std::move(moved));
    }
  return result;
}

/// Reverses edges while that lowers the loss, until no edge of a recently moved axis is better reversed. Where the
/// moments are still not explained, each axis is tried at every other position (at most 12 axes).
class OrderSearch {
 public:
  OrderSearch(const Task& task, std::unique_ptr<OrderedFit> start, double loss)
      : task_(task), best_(std::move(start)), loss_(loss), n_left_(kMostOrdersAnAxis * best_->order().size()) {}

  std::unique_ptr<OrderedFit> run() {
    std::vector<bool> moved(best_->order().size(), true);  // axes that the last round moved
    for (bool better = true; better;) {
      const std::vector<std::int64_t> before = best_->order();
      better = reverse_edges(moved);
      const bool far = best_->chi_square() > kExplained * best_->degrees() && before.size() <= kMostAxesToMoveFar;
      if (!better && far) better = try_until_better(far_orders(best_->order()));
      for (std::size_t i = 0; i < before.size(); ++i)
        moved[static_cast<std::size_t>(before[i])] = far || before[i] != best_->order()[i];
    }
    return std::move(best_);
  }

 private:
  static constexpr double kWorthwhile = 3, kHopeless = 20;  // half chi-squares
  static constexpr double kExplained = 1.5;                 // chi-square a degree of freedom
  static constexpr std::size_t kMostOrdersAnAxis = 20, kMostAxesToMoveFar = 12;

  /// Tries to reverse the edges of axes that were moved; true if an order was better.
  bool reverse_edges(const std::vector<bool>& moved) {
    auto edges = best_->edges();
    std::erase_if(edges, [&](const auto& edge) {
      return !moved[static_cast<std::size_t>(edge.first)] && !moved[static_cast<std::size_t>(edge.second)];
    });
    Progress progress("start: reversing edges", static_cast<std::int64_t>(edges.size()));
    std::int64_t n_tried = 0;
    bool better = false;
    for (const auto& [parent, child] : edges) {
      progress.update(n_tried++, fmt::format("half chi-square {:.0f}", loss_));
      const auto& now = best_->order();
      if (std::find(now.begin(), now.end(), parent) > std::find(now.begin(), now.end(), child)) continue;
      better = try_until_better(reversed_orders(now, parent, child)) || better;
    }
    return better;
  }

  bool try_until_better(const std::vector<std::vector<std::int64_t>>& orders) {
    return std::any_of(orders.begin(), orders.end(), [this](const auto& order) { return try_order(order); });
  }

  /// Takes the order if it is better.
  bool try_order(const std::vector<std::int64_t>& order) {
    if (n_left_ == 0) return false;
    --n_left_;
    auto candidate = std::make_unique<OrderedFit>(task_, order);
    candidate->begin_at(*best_);
    double value = candidate->fit(kSparsity, kScreenIterations, task_.means);
    if (task_.means == Means::free || value < loss_ + kHopeless)
      value = candidate->fit(kSparsity, kRefitIterations, task_.means);
    log::debug("moments: order {}: {:.1f} against {:.1f}", fmt::join(order, " "), value, loss_);
    if (!(value < loss_ - kWorthwhile)) return false;
    loss_ = value;
    best_ = std::move(candidate);
    return true;
  }

  const Task& task_;
  std::unique_ptr<OrderedFit> best_;
  double loss_;         ///< of it
  std::size_t n_left_;  ///< orders that may still be tried, so that a model that does not fit ends
};

/// Keeps the edges by the least Bayesian information criterion, refitted without sparsity.
double choose_edges(OrderedFit& fit) {
  fit.use_fine_noise();
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

MomentFit fit_moments(const RunOptions& options, const RunData& data, const RegimeMoments& moments,
                      const ShiftCoordinates& coordinates) {
  const Task task(options, data, moments, coordinates);
  std::unique_ptr<OrderedFit> fit;
  double loss = std::numeric_limits<double>::infinity();
  for (const auto& order : first_orders(covariance_changes(task.moments))) {
    auto candidate = std::make_unique<OrderedFit>(task, order);
    const double value = candidate->fit(kSparsity, kIterations, task.means);
    log::debug("moments: order {}: {:.1f}", fmt::join(order, " "), value);
    if (!fit || value < loss) {
      loss = value;
      fit = std::move(candidate);
    }
  }
  fit = OrderSearch(task, std::move(fit), loss).run();
  const double threshold = choose_edges(*fit);
  MomentFit result = fit->result();
  result.threshold = threshold;
  return result;
}

}  // namespace gracevae::impl
