#include "stats/umap.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/random.hpp"
#include "stats/neighbours.hpp"
#include "stats/umap_graph.hpp"
#include "stats/umap_start.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kSmall = 10'000;
constexpr int kCurvePoints = 300, kMostSteps = 200;

/// Sum of squares of a curve's errors, and its normal equations.
struct CurveFit {
  double error = 0;
  std::array<double, 2> gradient{};
  std::array<double, 3> hessian{};  // aa, ab, bb
};

CurveFit curve_errors(const UmapCurve& curve, double min_dist, double spread) {
  CurveFit fit;
  for (int i = 0; i < kCurvePoints; ++i) {
    const double d = 3 * spread * i / (kCurvePoints - 1);
    const double wanted = d < min_dist ? 1 : std::exp(-(d - min_dist) / spread);
    const double power = d > 0 ? std::pow(d, 2 * curve.b) : 0, value = 1 / (1 + curve.a * power);
    const double gap = value - wanted, by_a = -value * value * power,
                 by_b = d > 0 ? by_a * curve.a * 2 * std::log(d) : 0;
    fit.error += gap * gap;
    fit.gradient[0] += gap * by_a;
    fit.gradient[1] += gap * by_b;
    fit.hessian[0] += by_a * by_a;
    fit.hessian[1] += by_a * by_b;
    fit.hessian[2] += by_b * by_b;
  }
  return fit;
}

// ---- descent

/// Pairs that are drawn nearer every so many epochs, in the order of the graph's rows.
struct Pairs {
  std::vector<std::int32_t> from, to;
  std::vector<float> period;  ///< epochs from one time to the next
};

/// A pair of weight w is drawn nearer n_epochs·w/max times; those that would not be drawn once are left out.
Pairs pairs_of(const CsrMatrix<float>& graph, std::int64_t n_epochs) {
  Pairs pairs;
  if (graph.values.empty()) return pairs;
  const float largest = *std::max_element(graph.values.begin(), graph.values.end());
  for (std::int64_t i = 0; i < graph.n_rows; ++i) {
    const auto to = graph.row_indices(i);
    const auto weights = graph.row_values(i);
    for (std::size_t k = 0; k < to.size(); ++k) {
      if (weights[k] < largest / static_cast<float>(n_epochs)) continue;
      pairs.from.push_back(static_cast<std::int32_t>(i));
      pairs.to.push_back(to[k]);
      pairs.period.push_back(largest / weights[k]);
    }
  }
  return pairs;
}

/// A random number of its own for the descent: a point to push away takes one multiplication.
class FastIndex {
 public:
  FastIndex(Random random, std::int64_t n) : random_(std::move(random)), n_(static_cast<std::uint64_t>(n)) {}
  std::int64_t next() { return static_cast<std::int64_t>(((random_.next() >> 32) * n_) >> 32); }

 private:
  Random random_;
  std::uint64_t n_;
};

class Descent {
 public:
  Descent(Pairs pairs, const UmapOptions& options, Matrix<float>& at)
      : pairs_(std::move(pairs)), at_(at), next_(pairs_.period),
        random_(Random(static_cast<std::uint64_t>(options.seed), "umap/descent"), at.n_rows),
        negatives_(static_cast<float>(options.negative_samples)) {
    const UmapCurve curve = fit_umap_curve(options.min_dist, options.spread);
    a_ = static_cast<float>(curve.a);
    b_ = static_cast<float>(curve.b);
    next_negative_ = pairs_.period;
    for (float& epoch : next_negative_) epoch /= std::max(negatives_, 1.0F);
  }

  void epoch(std::int64_t number, std::int64_t n_epochs) {
    rate_ = 1 - static_cast<float>(number) / static_cast<float>(n_epochs);
    const auto now = static_cast<float>(number);
    for (std::size_t k = 0; k < pairs_.from.size(); ++k) {
      if (next_[k] > now) continue;
      float* const point = at_.row(pairs_.from[k]).data();
      attract(point, at_.row(pairs_.to[k]).data());
      next_[k] += pairs_.period[k];
      if (negatives_ > 0) push_away(k, now, point);
    }
  }

 private:
  static float clipped(float value) { return std::clamp(value, -4.0F, 4.0F); }
  static float squared_distance(const float* x, const float* y) {
    return (x[0] - y[0]) * (x[0] - y[0]) + (x[1] - y[1]) * (x[1] - y[1]);
  }

  void attract(float* point, float* other) const {
    const float squared = squared_distance(point, other);
    if (squared <= 0) return;
    const float power = std::pow(squared, b_);
    const float slope = -2 * a_ * b_ * power / (squared * (a_ * power + 1));
    for (int j = 0; j < 2; ++j) {
      const float step = clipped(slope * (point[j] - other[j])) * rate_;
      point[j] += step;
      other[j] -= step;
    }
  }

  void push_away(std::size_t pair, float now, float* point) {
    const float period = pairs_.period[pair] / negatives_;
    const auto n = static_cast<std::int64_t>((now - next_negative_[pair]) / period);
    for (std::int64_t i = 0; i < n; ++i) {
      const float* const other = at_.row(random_.next()).data();
      const float squared = squared_distance(point, other);
      if (squared <= 0) continue;
      const float slope = 2 * b_ / ((0.001F + squared) * (a_ * std::pow(squared, b_) + 1));
      for (int j = 0; j < 2; ++j) point[j] += clipped(slope * (point[j] - other[j])) * rate_;
    }
    next_negative_[pair] += static_cast<float>(n) * period;
  }

  Pairs pairs_;
  Matrix<float>& at_;
  std::vector<float> next_, next_negative_;  ///< epochs at which a pair is drawn nearer, and pushes others away
  FastIndex random_;
  float negatives_, a_ = 1, b_ = 1, rate_ = 1;
};

}  // namespace

UmapCurve fit_umap_curve(double min_dist, double spread) {
  UmapCurve curve;
  double damping = 1e-3;
  CurveFit fit = curve_errors(curve, min_dist, spread);
  for (int step = 0; step < kMostSteps && damping < 1e12; ++step) {
    const double aa = fit.hessian[0] * (1 + damping), bb = fit.hessian[2] * (1 + damping), ab = fit.hessian[1];
    const double determinant = aa * bb - ab * ab;
    const UmapCurve next{curve.a - (bb * fit.gradient[0] - ab * fit.gradient[1]) / determinant,
                         curve.b - (aa * fit.gradient[1] - ab * fit.gradient[0]) / determinant};
    const bool allowed = next.a > 0 && next.b > 0;
    const CurveFit tried = allowed ? curve_errors(next, min_dist, spread) : fit;
    if (allowed && tried.error < fit.error) {
      curve = next;
      fit = tried;
      damping /= 10;
    } else {
      damping *= 10;
    }
  }
  return curve;
}

Matrix<float> umap(MatrixView<const float> points, const UmapOptions& options, const UmapProgress& progress) {
  Random random(static_cast<std::uint64_t>(options.seed), "umap/start");
  if (points.n_rows < 3) {
    Matrix<float> at(points.n_rows, 2);
    for (float& value : at.values) value = static_cast<float>(random.uniform(0, 10));
    return at;
  }
  const auto tell = [&](double share) {
    if (progress) progress(share);
  };
  constexpr double kNeighboursShare = 0.2, kStartShare = 0.3;  // of the time, roughly
  tell(0);
  const CsrMatrix<float> graph =
      fuzzy_union(nearest_neighbours(points, std::min(options.n_neighbors, points.n_rows), options.most_exact));
  tell(kNeighboursShare);
  Matrix<float> at = umap_start(graph, points, std::move(random));
  const std::int64_t n_epochs = options.epochs > 0 ? options.epochs : points.n_rows <= kSmall ? 500 : 200;
  Descent descent(pairs_of(graph, n_epochs), options, at);
  for (std::int64_t epoch = 0; epoch < n_epochs; ++epoch) {
    tell(kStartShare + (1 - kStartShare) * static_cast<double>(epoch) / static_cast<double>(n_epochs));
    descent.epoch(epoch, n_epochs);
  }
  tell(1);
  return at;
}

}  // namespace gracevae::impl
