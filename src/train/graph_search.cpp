#include "train/graph_search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/log.hpp"
#include "base/progress.hpp"
#include "train/setup.hpp"
#include "train/shift_coordinates.hpp"

namespace gracevae::impl {

namespace {

std::size_t as_index(std::int64_t i) { return static_cast<std::size_t>(i); }

/// One run of proximal Adam.
struct Descent {
  int iterations;
  double rate;
  double sparsity = 0;         ///< last weight of the L1 norm, in units of half a chi-square
  double first_sparsity = 0;   ///< from which it falls, geometrically, over the first part
  std::int64_t batch = 0;      ///< labels a step, 0: all
  const char* what = nullptr;  ///< label of its progress
};

/// Fits, with the state that they share.
class GraphSearch {
 public:
  GraphSearch(const GraphMoments& moments, const GraphModel& model, std::uint64_t seed)
      : moments_(moments), model_(model), seed_(seed), m_(moments.n_axes()), values_(m_), free_(as_index(m_ * m_), 1),
        fit_(moments, model, draw_exact_noise(n_draws(m_), m_, seed), 0) {
    for (std::int64_t i = 0; i < m_; ++i) free_[as_index(i * m_ + i)] = 0;
    // with a factor of 1 a linear graph has no gradient
    std::fill(values_.factor().begin(), values_.factor().end(), model.factors ? 0.5 : 1.0);
    for (std::int64_t k = 0; k < m_; ++k) values_.log_shift()[as_index(k)] = std::log(first_shift(k));
    first_shift_.assign(values_.log_shift().begin(), values_.log_shift().end());
  }

  ChosenGraph run();

 private:
  static std::int64_t n_draws(std::int64_t m) {
    constexpr std::int64_t kFew = 12, kSome = 40;
    return std::max<std::int64_t>(m <= kFew ? 2000 : m <= kSome ? 1000 : 500, 3 * m);
  }
  std::int64_t n_edges() const {
    return std::count_if(values_.all().begin(), values_.all().begin() + m_ * m_, [](double w) { return w != 0; });
  }

  /// The label's shift in standard deviations of control along its axis.
  double first_shift(std::int64_t k) const {
    const double signal = moments_.signal.front().select(0, k).select(0, k).item<double>();
    const double shift = moments_.shift().select(0, k).select(0, k).item<double>();
    constexpr double kLeast = 0.1, kMost = 100;
    return std::clamp(shift / std::sqrt(std::max(signal, 1e-12)), kLeast, kMost);
  }

  double descend(const Descent& how);
  void step(const Descent& how, double progress, std::int64_t t);
  void hold_in_range();
  void drop_edges(double threshold);
  void choose_edges(ChosenGraph& chosen);

  const GraphMoments& moments_;
  GraphModel model_;
  std::uint64_t seed_;
  std::int64_t m_;
  std::int64_t batch_ = 0;  ///< labels a step, 0: all
  double criterion_ = 0;    ///< of the chosen edges
  GraphValues values_;
  std::vector<char> free_;
  GraphFit<float> fit_;
  std::vector<double> first_shift_, first_, second_, slopes_;
};

/// Values stay where a latent graph is meant, whatever a step of a hopeless fit asks for.
void GraphSearch::hold_in_range() {
  constexpr double kMostWeight = 4, kMostBend = 2, kMostLogNoise = 2, kMostFactor = 4;
  const double most_change = std::log(5);
  const auto hold = [](std::span<double> values, double low, double high) {
    for (double& value : values) value = std::clamp(value, low, high);
  };
  hold(values_.graph(), -kMostWeight, kMostWeight);
  hold(values_.bend(), -kMostBend, kMostBend);
  hold(values_.log_noise(), -kMostLogNoise, kMostLogNoise);
  hold(values_.factor(), model_.cuts ? 1e-3 : -kMostFactor, model_.cuts ? 1 - 1e-3 : kMostFactor);
  for (std::int64_t k = 0; k < m_; ++k) {
    double& shift = values_.log_shift()[as_index(k)];
    shift = std::clamp(shift, first_shift_[as_index(k)] - most_change, first_shift_[as_index(k)] + most_change);
  }
}

/// A step of Adam (β 0.9, 0.9), then the proximal map of the L1 norm for edges. An edge's step is divided by the size
/// of the largest gradients of the moment besides its own, so that of all edges those grow first that explain most.
void GraphSearch::step(const Descent& how, double progress, std::int64_t t) {
  constexpr double kDecay = 0.9, kKeep = 0.6, kOfLargest = 0.15, kErrorRate = 5, kTiny = 1e-8;
  const double bias = 1 - std::pow(kDecay, static_cast<double>(t));
  const double rate = progress < kKeep
                          ? how.rate
                          : how.rate * 0.5 * (1 + std::cos(std::numbers::pi * (progress - kKeep) / (1 - kKeep)));
  std::vector<double>& x = values_.all();
  const std::size_t n_pairs = as_index(m_ * m_), first_error = x.size() - as_index(m_ * m_ + m_);
  double largest = 0;  // mean over rows of the largest squared gradient
  for (std::size_t i = 0; i < x.size(); ++i) {
    first_[i] = kDecay * first_[i] + (1 - kDecay) * slopes_[i];
    second_[i] = kDecay * second_[i] + (1 - kDecay) * slopes_[i] * slopes_[i];
  }
  for (std::int64_t i = 0; i < m_; ++i)
    largest +=
        *std::max_element(second_.begin() + i * m_, second_.begin() + (i + 1) * m_) / static_cast<double>(m_) / bias;
  double norm = how.sparsity;
  if (norm > 0)
    norm = std::max({norm, kOfLargest * std::sqrt(largest),
                     how.first_sparsity * std::pow(norm / how.first_sparsity, std::min(1.0, progress / kKeep))});
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool edge = i < n_pairs;
    if (edge && !free_[i]) continue;
    const double scale =
        rate * (i >= first_error ? kErrorRate : 1) / (std::sqrt(second_[i] / bias + (edge ? largest : 0)) + kTiny);
    x[i] -= scale * first_[i] / bias;
    if (!edge || norm == 0) continue;
    const double less = scale * norm;
    x[i] = x[i] > less ? x[i] - less : x[i] < -less ? x[i] + less : 0;
  }
  hold_in_range();
}

/// Returns the last half chi-square. Where it is no number any more, goes on from the best values with smaller steps.
double GraphSearch::descend(const Descent& how) {
  std::vector<std::int64_t> labels(as_index(m_));
  std::iota(labels.begin(), labels.end(), 0);
  const std::int64_t batch = how.batch > 0 ? std::min(how.batch, m_) : m_;
  first_.assign(values_.all().size(), 0);
  second_ = slopes_ = first_;
  GraphValues gradient(m_);
  std::vector<double> good = values_.all();
  Descent now = how;
  double last = std::numeric_limits<double>::infinity(), best = last;
  std::int64_t next = 0, since = 0;
  Random random(seed_, "start/batches");
  Progress progress(how.what, how.iterations);
  for (int t = 0; t < how.iterations; ++t) {
    stop_if_interrupted();
    if (batch < m_ && next == 0) random.shuffle(labels);
    const std::int64_t end = std::min(next + batch, m_);
    const std::vector<std::int64_t> some(labels.begin() + next, labels.begin() + end);
    next = end == m_ ? 0 : end;
    const double value = fit_.misfit(values_, some, &gradient);
    const bool fine = std::isfinite(value) && std::all_of(gradient.all().begin(), gradient.all().end(),
                                                          [](double v) { return std::isfinite(v); });
    if (!fine || value > 100 * best) {
      values_.all() = good;
      now.rate /= 3;
      first_.assign(first_.size(), 0);
      second_ = first_;
      since = 0;
      log::debug("moments: step {} leads nowhere, steps of {:.2g} from here", t, now.rate);
      continue;
    }
    last = value;
    if (value < best) {
      best = value;
      good = values_.all();
    }
    slopes_ = gradient.all();
    for (std::int64_t i = 0; i < m_ * m_; ++i)
      if (!free_[as_index(i)]) slopes_[as_index(i)] = 0;
    step(now, static_cast<double>(t) / how.iterations, ++since);
    if (t % 10 == 0) log::debug("moments: step {}: half chi-square {:.1f}, {} edges", t, value, n_edges());
    progress.update(t + 1, fmt::format("half chi-square {:.0f}, {} edges", value, n_edges()));
  }
  return last;
}

/// Fixes edges of |weight| at most `threshold` at 0.
void GraphSearch::drop_edges(double threshold) {
  const std::span<double> graph = values_.graph();
  for (double& weight : graph)
    if (std::abs(weight) <= threshold) weight = 0;
  for (std::size_t i = 0; i < graph.size(); ++i) free_[i] = graph[i] != 0;
}

ChosenGraph GraphSearch::run() {
  constexpr std::int64_t kMostWhole = 150, kBatch = 64;
  batch_ = m_ > kMostWhole ? kBatch : 0;
  // Every regime says something about every edge, about 0.16·n_cells squared standard errors an edge of weight 1 where
  // there is little noise: the norm ends at three quarters of a standard error of an edge that is not there. The
  // criterion decides which of those that get in stay.
  constexpr double kLeastNorm = 0.3;
  const double cells = moments_.n_cells(), sparsity = kLeastNorm * std::sqrt(cells);
  ChosenGraph chosen{.values = values_, .order = {}, .latents = {}};
  criterion_ = std::numeric_limits<double>::infinity();
  // What a wrong edge explained in the first round is free for the right ones in the second.
  for (const bool first : {true, false}) {
    values_ = chosen.values;
    for (std::int64_t i = 0; i < m_ * m_; ++i) free_[as_index(i)] = i % (m_ + 1) != 0;
    descend({.iterations = (first ? 100 : 50) * (batch_ > 0 ? 3 : 1),
             .rate = first ? 0.06 : 0.02,
             .sparsity = sparsity,
             .first_sparsity = std::max((first ? 0.05 : 0.02) * cells, sparsity),
             .batch = batch_,
             .what = "start: the latent graph"});
    choose_edges(chosen);
  }
  chosen.order = causes_first(chosen.values.graph(), m_);
  chosen.latents = fit_.latents(chosen.values);
  return chosen;
}

/// From the fitted edges to `chosen`, if the criterion of one of the thresholds is less than its.
void GraphSearch::choose_edges(ChosenGraph& chosen) {
  constexpr std::array kThresholds{0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 1e9};
  const double price = std::log(moments_.n_cells());
  std::vector<std::int64_t> all(as_index(m_));
  std::iota(all.begin(), all.end(), 0);
  const auto refit = [&](int iterations) {
    descend({.iterations = iterations * (batch_ > 0 ? 2 : 1),
             .rate = 0.02,
             .batch = batch_,
             .what = "start: how many edges"});
  };
  std::int64_t last = -1;
  for (const double threshold : kThresholds) {
    drop_edges(threshold);
    const std::int64_t n_before = n_edges();
    if (n_before == last) continue;
    last = n_before;
    refit(60);
    // Of two directions the refit has made the wrong one small; the thresholds that follow go on from both.
    const std::vector<double> with_cycles = values_.all();
    const std::int64_t n_cut = cut_cycles(values_.graph(), m_);
    if (n_cut > 0) {
      drop_edges(0);
      refit(40);
    }
    const std::int64_t n = n_before - n_cut;
    const double value = fit_.misfit(values_, all, nullptr), criterion = 2 * value + price * static_cast<double>(n);
    log::debug("moments: {} edges above {}, {} cut: chi-square {:.1f}, criterion {:.1f}", n, threshold, n_cut,
               2 * value, criterion);
    if (criterion < criterion_) {
      criterion_ = criterion;
      chosen.values = values_;
      chosen.threshold = threshold;
      chosen.n_cut = n_cut;
      chosen.n_edges = n;
      chosen.half_chi_square = value;
    }
    if (n_cut > 0) values_.all() = with_cycles;
  }
}

/// The strongly connected part of each latent (Tarjan), by number.
std::vector<std::int64_t> parts_of_graph(std::span<const double> graph, std::int64_t m) {
  std::vector<std::int64_t> part(as_index(m), -1), low(as_index(m), 0), number(as_index(m), 0), stack;
  std::int64_t next = 0, n_parts = 0;
  struct Visit {
    std::int64_t node, child;
  };
  for (std::int64_t root = 0; root < m; ++root) {
    if (number[as_index(root)] != 0) continue;
    std::vector<Visit> visits{{root, 0}};
    number[as_index(root)] = low[as_index(root)] = ++next;
    stack.push_back(root);
    while (!visits.empty()) {
      Visit& visit = visits.back();
      const std::int64_t i = visit.node;
      if (visit.child < m) {
        const std::int64_t j = visit.child++;
        if (graph[as_index(i * m + j)] == 0) continue;
        if (number[as_index(j)] == 0) {
          number[as_index(j)] = low[as_index(j)] = ++next;
          stack.push_back(j);
          visits.push_back({j, 0});
        } else if (part[as_index(j)] < 0) {
          low[as_index(i)] = std::min(low[as_index(i)], number[as_index(j)]);
        }
        continue;
      }
      if (low[as_index(i)] == number[as_index(i)]) {
        for (std::int64_t j = -1; j != i;) {
          j = stack.back();
          stack.pop_back();
          part[as_index(j)] = n_parts;
        }
        ++n_parts;
      }
      visits.pop_back();
      if (!visits.empty())
        low[as_index(visits.back().node)] = std::min(low[as_index(visits.back().node)], low[as_index(i)]);
    }
  }
  return part;
}

}  // namespace

std::int64_t cut_cycles(std::span<double> graph, std::int64_t m) {
  for (std::int64_t n_cut = 0;; ++n_cut) {
    const std::vector<std::int64_t> part = parts_of_graph(graph, m);
    double* weakest = nullptr;  // of the edges within a part, each of which closes a cycle
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < m; ++j) {
        double& weight = graph[as_index(i * m + j)];
        if (weight == 0 || part[as_index(i)] != part[as_index(j)]) continue;
        if (weakest == nullptr || std::abs(weight) < std::abs(*weakest)) weakest = &weight;
      }
    if (weakest == nullptr) return n_cut;
    *weakest = 0;
  }
}

std::vector<std::int64_t> causes_first(std::span<const double> graph, std::int64_t m) {
  std::vector<std::int64_t> n_parents(as_index(m), 0), order;
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < m; ++j) n_parents[as_index(j)] += graph[as_index(i * m + j)] != 0;
  for (std::int64_t i = 0; i < m; ++i)
    if (n_parents[as_index(i)] == 0) order.push_back(i);
  for (std::size_t done = 0; done < order.size(); ++done)
    for (std::int64_t j = 0; j < m; ++j)
      if (graph[as_index(order[done] * m + j)] != 0 && --n_parents[as_index(j)] == 0) order.push_back(j);
  return order;
}

Tensor draw_exact_noise(std::int64_t n, std::int64_t d, std::uint64_t seed) {
  const std::int64_t half = std::max(n, 3 * d) / 2;
  Random random(seed, "start/moments");
  Tensor z = normal_tensor({half, d}, random, at::TensorOptions().dtype(at::kDouble));
  z = at::cat({z, -z});
  const Tensor root = at::linalg_cholesky(at::mm(z.t(), z) / static_cast<double>(z.size(0)));
  return at::linalg_solve_triangular(root, z.t(), /*upper=*/false).t().contiguous();
}

ChosenGraph choose_graph(const GraphMoments& moments, const GraphModel& model, std::uint64_t seed) {
  return GraphSearch(moments, model, seed).run();
}

}  // namespace gracevae::impl
