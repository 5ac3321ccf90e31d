#include "train/graph_fit.hpp"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/aligned_vector.hpp"
#include "kernels/cpu/block_product.hpp"
#include "kernels/per_thread.hpp"

namespace gracevae::impl {

Tensor GraphMoments::shift() const { return mean.narrow(0, 1, n_axes()) - mean.narrow(0, 0, 1); }

double GraphMoments::n_cells() const { return std::accumulate(count.begin(), count.end(), 0.0); }

GraphValues::GraphValues(std::int64_t m) : m_(m), all_(static_cast<std::size_t>(2 * m * m + 5 * m), 0.0) {}

std::span<double> GraphValues::part(int index, std::int64_t size) {
  const std::int64_t first = index == 0 ? 0 : m_ * m_ + (index - 1) * m_;
  return std::span(all_).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(size));
}

namespace {

using kernels::Block;
using kernels::Second;

template <class T>
struct Links {  ///< edges of each latent, as kernels::row_sums reads them
  std::vector<std::int64_t> begin;
  std::vector<std::int32_t> which;
  std::vector<T> weight;
};

/// Links grouped by the target (parents of each) or by the source (children of each).
template <class T>
Links<T> links_of(std::span<const double> graph, std::int64_t m, double least, bool by_target) {
  Links<T> links;
  links.begin.push_back(0);
  for (std::int64_t a = 0; a < m; ++a) {
    for (std::int64_t b = 0; b < m; ++b) {
      const double w =
          by_target ? graph[static_cast<std::size_t>(b * m + a)] : graph[static_cast<std::size_t>(a * m + b)];
      if (a == b || !(std::abs(w) > least)) continue;
      links.which.push_back(static_cast<std::int32_t>(b));
      links.weight.push_back(static_cast<T>(w));
    }
    links.begin.push_back(std::ssize(links.which));
  }
  return links;
}

/// An order in which few strong edges lead back (Eades, Lin and Smyth 1993): sinks last, sources first, else the latent
/// whose edges out outweigh those in the most.
template <class T>
std::vector<std::int64_t> strongest_first(const Links<T>& children, std::int64_t m) {
  std::vector<double> out(static_cast<std::size_t>(m), 0), in(out);
  for (std::int64_t i = 0; i < m; ++i)
    for (auto e = children.begin[static_cast<std::size_t>(i)]; e < children.begin[static_cast<std::size_t>(i) + 1];
         ++e) {
      const double w = std::abs(static_cast<double>(children.weight[static_cast<std::size_t>(e)]));
      out[static_cast<std::size_t>(i)] += w;
      in[static_cast<std::size_t>(children.which[static_cast<std::size_t>(e)])] += w;
    }
  std::vector<std::vector<std::pair<std::int64_t, double>>> up(static_cast<std::size_t>(m));
  for (std::int64_t i = 0; i < m; ++i)
    for (auto e = children.begin[static_cast<std::size_t>(i)]; e < children.begin[static_cast<std::size_t>(i) + 1]; ++e)
      up[static_cast<std::size_t>(children.which[static_cast<std::size_t>(e)])].emplace_back(
          i, std::abs(static_cast<double>(children.weight[static_cast<std::size_t>(e)])));
  std::vector<char> done(static_cast<std::size_t>(m), 0);
  std::vector<std::int64_t> first, last;
  constexpr double kNone = 1e-9;
  for (std::int64_t step = 0; step < m; ++step) {
    std::int64_t chosen = -1;
    double best = -1e300;
    bool sink = false;
    for (std::int64_t i = 0; i < m; ++i) {
      if (done[static_cast<std::size_t>(i)]) continue;
      const double o = out[static_cast<std::size_t>(i)], n = in[static_cast<std::size_t>(i)];
      const double score = o < kNone ? 1e200 : n < kNone ? 1e100 : o - n;
      if (score > best) {
        best = score;
        chosen = i;
        sink = o < kNone;
      }
    }
    done[static_cast<std::size_t>(chosen)] = 1;
    (sink ? last : first).push_back(chosen);
    for (auto e = children.begin[static_cast<std::size_t>(chosen)];
         e < children.begin[static_cast<std::size_t>(chosen) + 1]; ++e)
      in[static_cast<std::size_t>(children.which[static_cast<std::size_t>(e)])] -=
          std::abs(static_cast<double>(children.weight[static_cast<std::size_t>(e)]));
    for (const auto& [i, w] : up[static_cast<std::size_t>(chosen)]) out[static_cast<std::size_t>(i)] -= w;
  }
  first.insert(first.end(), last.rbegin(), last.rend());
  return first;
}

}  // namespace

template <class T>
struct GraphFit<T>::Work {
  AlignedVector<T> u, f, y, slope, tight, square, other, graph_gradient, slope_sum, mixing_gradient;
  AlignedVector<double> bend_gradient;
  std::vector<char> active;
  std::vector<std::int64_t> rows;  ///< active, in the order of visits
};

template <class T>
struct GraphFit<T>::Shared {
  GraphMoments moments;
  GraphModel model;
  double smallest_edge;
  std::int64_t m, n;
  AlignedVector<T> z;                            ///< [m, n]
  std::vector<AlignedVector<T>> signal, weight;  ///< of every regime
  AlignedVector<T> u0, f0, y0, covariance0;      ///< of control
  std::vector<AlignedVector<T>> slopes;          ///< by regime: gradient by Cov_k
  Links<T> parents, children;
  std::vector<std::int64_t> order, place;
  bool cyclic = false;
  Tensor mean;     ///< [m + 1, m] of φ, float64
  Tensor inverse;  ///< T⁻¹
  Tensor mixing;   ///< M
  AlignedVector<T> mixing_t;
  kernels::PerThread<Work> work;

  Block<T> block(T* data, std::int64_t rows, std::int64_t cols) const { return {data, rows, cols, cols}; }
  Block<const T> view(const T* data, std::int64_t rows, std::int64_t cols) const { return {data, rows, cols, cols}; }

  /// Σ over the links of latent j of weight·row, [n].
  void add_up(const Links<T>& links, std::int64_t j, const T* rows, T* out) const {
    kernels::row_sums<T, T>({.rows = rows,
                             .stride = n,
                             .n = n,
                             .begin = links.begin.data() + j,
                             .n_sums = 1,
                             .which = links.which.data(),
                             .first = 0,
                             .factors = links.weight.data(),
                             .out = out,
                             .add = false});
  }
  void take_graph(GraphValues& values);
  void find_active(std::int64_t label, Work& w) const;
  void sweep(std::int64_t label, GraphValues& values, Work& w) const;
  void latents_of(std::int64_t label, GraphValues& values, Work& w) const;
  void mean_of(std::int64_t label, GraphValues& values, Work& w);
  void covariance_of(std::int64_t label, Work& w) const;
  double misfit_of(std::int64_t regime, double share, Work& w, bool with_gradient);
  void gradient_of(std::int64_t label, const double* mean_slope, GraphValues& values, Work& w,
                   GraphValues& gradient) const;
  void means(GraphValues& values);
};

namespace {
template <class T>
AlignedVector<T> numbers_of(const Tensor& matrix) {
  const Tensor x = matrix.contiguous();
  const double* values = x.data_ptr<double>();
  AlignedVector<T> result(static_cast<std::size_t>(x.numel()));
  std::transform(values, values + x.numel(), result.begin(), [](double v) { return static_cast<T>(v); });
  return result;
}
}  // namespace

template <class T>
GraphFit<T>::GraphFit(const GraphMoments& moments, const GraphModel& model, const Tensor& noise, double smallest_edge)
    : shared_(std::make_unique<Shared>()) {
  Shared& s = *shared_;
  s.moments = moments;
  s.model = model;
  s.smallest_edge = smallest_edge;
  s.m = moments.n_axes();
  s.n = noise.size(0);
  s.z = numbers_of<T>(noise.t());
  for (const Tensor& x : moments.signal) s.signal.push_back(numbers_of<T>(x));
  for (const Tensor& x : moments.weight) s.weight.push_back(numbers_of<T>(x));
  s.slopes.resize(s.signal.size());
}
template <class T>
GraphFit<T>::~GraphFit() = default;

template <class T>
void GraphFit<T>::Shared::take_graph(GraphValues& values) {
  parents = links_of<T>(values.graph(), m, smallest_edge, true);
  children = links_of<T>(values.graph(), m, smallest_edge, false);
  order = strongest_first(children, m);
  place.resize(static_cast<std::size_t>(m));
  for (std::int64_t p = 0; p < m; ++p) place[static_cast<std::size_t>(order[static_cast<std::size_t>(p)])] = p;
  cyclic = false;
  for (std::int64_t i = 0; i < m; ++i)
    for (auto e = children.begin[static_cast<std::size_t>(i)]; e < children.begin[static_cast<std::size_t>(i) + 1]; ++e)
      cyclic = cyclic || place[static_cast<std::size_t>(children.which[static_cast<std::size_t>(e)])] <
                             place[static_cast<std::size_t>(i)];
}

/// label −1: control, all are active.
template <class T>
void GraphFit<T>::Shared::find_active(std::int64_t label, Work& w) const {
  w.active.assign(static_cast<std::size_t>(m), label < 0 ? 1 : 0);
  if (label >= 0) {
    std::vector<std::int64_t> next{label};
    w.active[static_cast<std::size_t>(label)] = 1;
    while (!next.empty()) {
      const auto i = static_cast<std::size_t>(next.back());
      next.pop_back();
      for (auto e = children.begin[i]; e < children.begin[i + 1]; ++e) {
        const auto c = children.which[static_cast<std::size_t>(e)];
        if (w.active[static_cast<std::size_t>(c)]) continue;
        w.active[static_cast<std::size_t>(c)] = 1;
        next.push_back(c);
      }
    }
  }
  w.rows.clear();
  for (const std::int64_t j : order)
    if (w.active[static_cast<std::size_t>(j)]) w.rows.push_back(j);
}

/// Where parents act: the others count as the nearest value in it, 0.
template <class T>
std::pair<T, T> active_range(const GraphModel& model) {
  constexpr T kLowest = std::numeric_limits<T>::lowest(), kHighest = std::numeric_limits<T>::max();
  return {model.relu && !model.lowers ? T{0} : kLowest, model.relu && model.lowers ? T{0} : kHighest};
}

/// One Gauss-Seidel sweep is exact without cycles; edges that lead back are the weak ones, so that few more do.
constexpr int kSweepsOfCycles = 4;

template <class T>
void GraphFit<T>::Shared::sweep(std::int64_t label, GraphValues& values, Work& w) const {
  const auto [least, most] = active_range<T>(model);
  for (int round = 0; round < (cyclic ? kSweepsOfCycles : 1); ++round)
    for (const std::int64_t j : w.rows) {
      const auto at = static_cast<std::size_t>(j);
      T *const u = w.u.data() + j * n, *const f = w.f.data() + j * n, *const in = w.other.data();
      const T* const own = z.data() + j * n;
      add_up(parents, j, w.f.data(), in);
      if (j == label) {
        const T factor = model.factors ? static_cast<T>(values.factor()[at]) : T{1};
        const T wide = model.widens ? static_cast<T>(std::exp(values.log_noise()[at])) : T{1};
        const T shift = static_cast<T>(std::exp(values.log_shift()[at]));
        for (std::int64_t i = 0; i < n; ++i) u[i] = own[i] * wide + shift + factor * in[i];
      } else {
        for (std::int64_t i = 0; i < n; ++i) u[i] = own[i] + in[i];
      }
      for (std::int64_t i = 0; i < n; ++i) f[i] = std::clamp(u[i], least, most);
    }
}

/// u, f and y of a regime, whole.
template <class T>
void GraphFit<T>::Shared::latents_of(std::int64_t label, GraphValues& values, Work& w) const {
  const std::int64_t size = m * n;
  kernels::fitted(w.u, size);
  kernels::fitted(w.f, size);
  kernels::fitted(w.y, size);
  kernels::fitted(w.other, n);
  find_active(label, w);
  if (label < 0) {
    std::copy_n(z.data(), size, w.u.data());
    const auto [least, most] = active_range<T>(model);
    std::transform(z.begin(), z.end(), w.f.begin(),
                   [least = least, most = most](T v) { return std::clamp(v, least, most); });
  } else {
    std::copy_n(u0.data(), size, w.u.data());
    std::copy_n(f0.data(), size, w.f.data());
    std::copy_n(y0.data(), size, w.y.data());
  }
  sweep(label, values, w);
}

/// φ centred in w.y; its mean to `mean`.
template <class T>
void GraphFit<T>::Shared::mean_of(std::int64_t label, GraphValues& values, Work& w) {
  double* const means = mean.data_ptr<double>() + (label + 1) * m;
  if (label >= 0) std::copy_n(mean.data_ptr<double>(), m, means);
  for (const std::int64_t j : w.rows) {
    const T* const u = w.u.data() + j * n;
    T* const y = w.y.data() + j * n;
    const T bend = model.bends ? static_cast<T>(values.bend()[static_cast<std::size_t>(j)] / 2) : T{0};
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      y[i] = u[i] + bend * u[i] * u[i];
      sum += static_cast<double>(y[i]);
    }
    means[j] = sum / static_cast<double>(n);
    const T centre = static_cast<T>(means[j]);
    for (std::int64_t i = 0; i < n; ++i) y[i] -= centre;
  }
}

/// Covariance of φ [m, m] to w.square: control's, with the rows and columns of active latents anew.
template <class T>
void GraphFit<T>::Shared::covariance_of(std::int64_t label, Work& w) const {
  kernels::fitted(w.square, m * m);
  const T share = T{1} / static_cast<T>(n);
  const auto a = std::ssize(w.rows);
  if (label < 0 || 2 * a > m) {
    kernels::multiply<T>(view(w.y.data(), m, n), view(w.y.data(), m, n), Second::transposed,
                         block(w.square.data(), m, m));
    for (T& value : w.square) value *= share;
    return;
  }
  std::copy_n(covariance0.data(), m * m, w.square.data());
  kernels::fitted(w.tight, a * (n + m));
  T* const part = w.tight.data() + a * n;
  for (std::int64_t r = 0; r < a; ++r)
    std::copy_n(w.y.data() + w.rows[static_cast<std::size_t>(r)] * n, n, w.tight.data() + r * n);
  kernels::multiply<T>(view(w.tight.data(), a, n), view(w.y.data(), m, n), Second::transposed, block(part, a, m));
  for (std::int64_t r = 0; r < a; ++r) {
    const std::int64_t i = w.rows[static_cast<std::size_t>(r)];
    for (std::int64_t j = 0; j < m; ++j)
      w.square[static_cast<std::size_t>(i * m + j)] = w.square[static_cast<std::size_t>(j * m + i)] =
          part[r * m + j] * share;
  }
}

/// ¼ share·n_k tr[(W E)²], E = Mᵀ·Cov·M − (S − Ω); gradients by Cov to slopes[regime], by M added to w.mixing_gradient.
template <class T>
double GraphFit<T>::Shared::misfit_of(std::int64_t regime, double share, Work& w, bool with_gradient) {
  const auto k = static_cast<std::size_t>(regime);
  const std::int64_t size = m * m;
  AlignedVector<T>& slope = slopes[k];
  kernels::fitted(slope, size);
  kernels::fitted(w.tight, 3 * size);
  T *const cov_mixing = w.tight.data(), *const error = cov_mixing + size, *const weighted = error + size;
  const auto square = [&](const T* data) { return view(data, m, m); };
  const T* const mixing_data = mixing_t.data();
  kernels::multiply<T>(square(w.square.data()), square(mixing_data), Second::plain, block(cov_mixing, m, m));
  std::transform(signal[k].begin(), signal[k].end(), error, [](T v) { return -v; });
  kernels::multiply_transposed<T>(square(mixing_data), square(cov_mixing), block(error, m, m), T{1});
  kernels::multiply<T>(square(weight[k].data()), square(error), Second::plain, block(weighted, m, m));
  double sum = 0;
  for (std::int64_t i = 0; i < m; ++i)
    for (std::int64_t j = 0; j < m; ++j)
      sum += static_cast<double>(weighted[i * m + j]) * static_cast<double>(weighted[j * m + i]);
  const double cells = share * moments.count[k];
  if (with_gradient) {
    // J = ½ n W E W
    kernels::multiply<T>(square(weighted), square(weight[k].data()), Second::plain, block(error, m, m));
    for (std::int64_t i = 0; i < size; ++i) error[i] *= static_cast<T>(cells / 2);
    kernels::multiply<T>(square(mixing_data), square(error), Second::plain, block(weighted, m, m));  // M J
    kernels::multiply<T>(square(weighted), square(mixing_data), Second::transposed, block(slope.data(), m, m));
    for (std::int64_t i = 0; i < size; ++i) error[i] *= 2;
    kernels::multiply<T>(square(cov_mixing), square(error), Second::plain, block(w.mixing_gradient.data(), m, m), T{1});
  }
  return cells * sum / 4;
}

/// Adds the gradient of a regime by way of its covariance (slopes) and mean.
template <class T>
void GraphFit<T>::Shared::gradient_of(std::int64_t label, const double* mean_slope, GraphValues& values, Work& w,
                                      GraphValues& gradient) const {
  const std::int64_t size = m * n;
  const auto k = static_cast<std::size_t>(label + 1);
  kernels::fitted(w.slope, 2 * size);
  T *const slope = w.slope.data(), *const base = cyclic ? slope + size : slope;
  kernels::multiply<T>(view(slopes[k].data(), m, m), view(w.y.data(), m, n), Second::plain, block(base, m, n));
  const T scale = static_cast<T>(2.0 / static_cast<double>(n));
  for (std::int64_t j = 0; j < m; ++j) {
    T* const d = base + j * n;
    const T* const u = w.u.data() + j * n;
    const T of_mean = static_cast<T>(mean_slope[j] / static_cast<double>(n));
    for (std::int64_t i = 0; i < n; ++i) d[i] = d[i] * scale + of_mean;
    if (!model.bends) continue;
    const T bend = static_cast<T>(values.bend()[static_cast<std::size_t>(j)]);
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      sum += static_cast<double>(d[i] * u[i] * u[i]);
      d[i] *= 1 + bend * u[i];
    }
    w.bend_gradient[static_cast<std::size_t>(j)] += sum / 2;
  }
  if (cyclic) std::copy_n(base, size, slope);
  // adjoint: λ = base + f'(u)·(λ Gᵀ), row k of λ times the label's factor in the sum
  kernels::fitted(w.other, n);
  const bool has_factor = label >= 0 && model.factors;
  const T factor = has_factor ? static_cast<T>(values.factor()[static_cast<std::size_t>(label)]) : T{1};
  for (int round = 0; round < (cyclic ? kSweepsOfCycles : 1); ++round)
    for (auto p = order.rbegin(); p != order.rend(); ++p) {
      const std::int64_t j = *p;
      const auto at = static_cast<std::size_t>(j);
      if (children.begin[at] == children.begin[at + 1]) continue;
      T* const in = w.other.data();
      add_up(children, j, slope, in);
      if (has_factor && factor != 1)
        for (auto e = children.begin[at]; e < children.begin[at + 1]; ++e)
          if (children.which[static_cast<std::size_t>(e)] == label) {
            const T less = children.weight[static_cast<std::size_t>(e)] * (factor - 1);
            for (std::int64_t i = 0; i < n; ++i) in[i] += less * slope[label * n + i];
          }
      const T *const u = w.u.data() + j * n, *const own = base + j * n;
      T* const d = slope + j * n;
      if (model.relu)
        for (std::int64_t i = 0; i < n; ++i) d[i] = own[i] + ((model.lowers ? u[i] < 0 : u[i] > 0) ? in[i] : T{0});
      else
        for (std::int64_t i = 0; i < n; ++i) d[i] = own[i] + in[i];
    }
  if (label >= 0) {
    const auto at = static_cast<std::size_t>(label);
    T* const d = slope + label * n;
    double sum = 0, of_noise = 0, of_factor = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      sum += static_cast<double>(d[i]);
      of_noise += static_cast<double>(d[i] * z[static_cast<std::size_t>(label * n + i)]);
    }
    const double shift = std::exp(values.log_shift()[at]);
    gradient.log_shift()[at] += shift * sum;
    const double wide = model.widens ? std::exp(values.log_noise()[at]) : 1;
    if (model.widens) gradient.log_noise()[at] += wide * of_noise;
    if (has_factor) {
      add_up(parents, label, w.f.data(), w.other.data());
      for (std::int64_t i = 0; i < n; ++i)
        of_factor += static_cast<double>(d[i] * w.other[static_cast<std::size_t>(i)]);
      gradient.factor()[at] += of_factor;
      for (std::int64_t i = 0; i < n; ++i) d[i] *= factor;
    }
  }
  for (std::int64_t i = 0; i < size; ++i) w.slope_sum[static_cast<std::size_t>(i)] += slope[i];
  if (label < 0) return;
  const auto a = std::ssize(w.rows);
  kernels::fitted(w.tight, a * (n + m));
  T* const part = w.tight.data() + a * n;
  for (std::int64_t r = 0; r < a; ++r) {
    const std::int64_t i = w.rows[static_cast<std::size_t>(r)];
    for (std::int64_t c = 0; c < n; ++c)
      w.tight[static_cast<std::size_t>(r * n + c)] =
          w.f[static_cast<std::size_t>(i * n + c)] - f0[static_cast<std::size_t>(i * n + c)];
  }
  kernels::multiply<T>(view(w.tight.data(), a, n), view(slope, m, n), Second::transposed, block(part, a, m));
  for (std::int64_t r = 0; r < a; ++r) {
    T* const row = w.graph_gradient.data() + w.rows[static_cast<std::size_t>(r)] * m;
    for (std::int64_t j = 0; j < m; ++j) row[j] += part[r * m + j];
  }
}

/// Latents of control to u0, f0, y0, covariance0, and the means of all regimes.
template <class T>
void GraphFit<T>::Shared::means(GraphValues& values) {
  take_graph(values);
  if (!mean.defined()) mean = at::zeros({m + 1, m}, at::kDouble);
  work.open();
  {
    Work& w = work.mine();
    latents_of(-1, values, w);
    mean_of(-1, values, w);
    covariance_of(-1, w);
    u0 = w.u;
    f0 = w.f;
    y0 = w.y;
    covariance0 = w.square;
  }
#pragma omp parallel
  {
    Work& w = work.mine();
#pragma omp for schedule(static, 1)
    for (std::int64_t k = 0; k < m; ++k) {
      latents_of(k, values, w);
      mean_of(k, values, w);
    }
  }
}

template <class T>
double GraphFit<T>::misfit(GraphValues& values, const std::vector<std::int64_t>& labels, GraphValues* gradient) {
  Shared& s = *shared_;
  const std::int64_t m = s.m, n = s.n;
  s.means(values);
  const Tensor means = s.mean.narrow(0, 1, m) - s.mean.narrow(0, 0, 1);
  const Tensor unit = [&] {
    Tensor result = at::empty({m + 1, m}, at::kDouble);
    for (std::int64_t k = 0; k <= m; ++k)
      result.select(0, k).copy_(at::sqrt(1 / (s.moments.weight[static_cast<std::size_t>(k)].diagonal() *
                                              s.moments.count[static_cast<std::size_t>(k)])));
    return result;
  }();
  const Tensor errors = at::from_blob(values.mean_error().data(), {m + 1, m}, at::kDouble) * unit;
  try {
    s.inverse = at::linalg_inv(means);
  } catch (const c10::LinAlgError&) {  // a label moves nothing
    return std::numeric_limits<double>::infinity();
  }
  s.mixing = at::mm(s.inverse, s.moments.shift() + errors.narrow(0, 1, m) - errors.narrow(0, 0, 1));
  s.mixing_t = numbers_of<T>(s.mixing);
  const double share = static_cast<double>(m) / static_cast<double>(labels.size());
  std::vector<double> sums(labels.size() + 1, 0);
  const auto n_tasks = static_cast<std::int64_t>(sums.size());
  const auto label_of = [&](std::int64_t task) { return task == 0 ? -1 : labels[static_cast<std::size_t>(task - 1)]; };
  const bool with_gradient = gradient != nullptr;
  AlignedVector<T> mixing_gradient(static_cast<std::size_t>(m * m));
#pragma omp parallel
  {
    typename GraphFit<T>::Work& w = s.work.mine();
    kernels::zeros(w.mixing_gradient, m * m);
#pragma omp for schedule(static, 1)
    for (std::int64_t task = 0; task < n_tasks; ++task) {
      const std::int64_t label = label_of(task);
      s.latents_of(label, values, w);
      s.mean_of(label, values, w);
      s.covariance_of(label, w);
      sums[static_cast<std::size_t>(task)] = s.misfit_of(label + 1, label < 0 ? 1 : share, w, with_gradient);
    }
  }
  double total = std::accumulate(sums.begin(), sums.end(), 0.0);
  Tensor error_slopes = at::zeros({m + 1, m}, at::kDouble);
  for (std::int64_t k = 0; k <= m; ++k) {
    const Tensor e = errors.narrow(0, k, 1), we = at::mm(e, s.moments.weight[static_cast<std::size_t>(k)]) *
                                                  s.moments.count[static_cast<std::size_t>(k)];
    total += 0.5 * (we * e).sum().item<double>();
    error_slopes.select(0, k).copy_(we.squeeze(0));
  }
  if (!with_gradient) return total;
  s.work.add_up(&Work::mixing_gradient, m * m, mixing_gradient.data());
  Tensor by_mixing = at::empty({m, m}, at::kDouble);
  std::transform(mixing_gradient.begin(), mixing_gradient.end(), by_mixing.data_ptr<double>(),
                 [](T v) { return static_cast<double>(v); });
  const Tensor by_shift = at::mm(s.inverse.t(), by_mixing);
  Tensor by_mean = at::zeros({m + 1, m}, at::kDouble);
  by_mean.narrow(0, 1, m).copy_(-at::mm(by_shift, s.mixing.t()));
  by_mean.select(0, 0).copy_(-by_mean.narrow(0, 1, m).sum(0));
  error_slopes.narrow(0, 1, m).add_(by_shift);
  error_slopes.select(0, 0).sub_(by_shift.sum(0));
  error_slopes.mul_(unit);
  std::fill(gradient->all().begin(), gradient->all().end(), 0.0);
  std::copy_n(error_slopes.data_ptr<double>(), (m + 1) * m, gradient->mean_error().data());
  const Tensor scaled = by_mean * share;
#pragma omp parallel
  {
    typename GraphFit<T>::Work& w = s.work.mine();
    kernels::zeros(w.graph_gradient, m * m);
    kernels::zeros(w.slope_sum, m * n);
    kernels::zeros(w.bend_gradient, m);
#pragma omp for schedule(static, 1)
    for (std::int64_t task = 0; task < n_tasks; ++task) {
      const std::int64_t label = label_of(task);
      s.latents_of(label, values, w);
      s.mean_of(label, values, w);
      s.gradient_of(label, (label < 0 ? by_mean : scaled).data_ptr<double>() + (label + 1) * m, values, w, *gradient);
    }
    kernels::multiply<T>(s.view(s.f0.data(), m, n), s.view(w.slope_sum.data(), m, n), Second::transposed,
                         s.block(w.graph_gradient.data(), m, m), T{1});
  }
  AlignedVector<T> graph_gradient(static_cast<std::size_t>(m * m));
  s.work.add_up(&Work::graph_gradient, m * m, graph_gradient.data());
  for (std::int64_t i = 0; i < m * m; ++i)
    gradient->graph()[static_cast<std::size_t>(i)] = static_cast<double>(graph_gradient[static_cast<std::size_t>(i)]);
  for (std::int64_t i = 0; i < m; ++i) gradient->graph()[static_cast<std::size_t>(i * m + i)] = 0;
  s.work.add_up(&Work::bend_gradient, m, gradient->bend().data());
  return total;
}

template <class T>
LatentMoments GraphFit<T>::latents(GraphValues& values) {
  Shared& s = *shared_;
  s.means(values);
  LatentMoments result{at::empty({s.m + 1, s.m}, at::kDouble), Tensor(), s.mean.clone()};
  typename GraphFit<T>::Work w;
  for (std::int64_t label = -1; label < s.m; ++label) {
    s.latents_of(label, values, w);
    Tensor u = at::empty({s.m, s.n}, at::kDouble);
    std::transform(w.u.begin(), w.u.begin() + s.m * s.n, u.data_ptr<double>(),
                   [](T v) { return static_cast<double>(v); });
    const Tensor mean = u.mean(1, true);
    result.mean.select(0, label + 1).copy_(mean.squeeze(1));
    if (label >= 0) continue;
    const Tensor centred = u - mean;
    result.covariance = at::mm(centred, centred.t()) / static_cast<double>(s.n);
  }
  return result;
}

template class GraphFit<float>;
template class GraphFit<double>;

}  // namespace gracevae::impl
