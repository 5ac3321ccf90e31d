#include "stats/pair_interaction.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "stats/distributions.hpp"

namespace gracevae::impl {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kClear = 2;  // errors from which a squared effect is clear

/// Coefficients on δ_a, δ_b, δ_ab; symmetric 2x2 matrices as (aa, ab, bb).
using Vector3 = std::array<double, 3>;
using Vector2 = std::array<double, 2>;
struct Symmetric2 {
  double aa = 0, ab = 0, bb = 0;
  double determinant() const { return aa * bb - ab * ab; }
};

constexpr Vector3 kA = {1, 0, 0}, kB = {0, 1, 0}, kAb = {0, 0, 1}, kDeviation = {-1, -1, 1};

Vector3 sum(const Vector3& x, double factor, const Vector3& y) {
  return {x[0] + factor * y[0], x[1] + factor * y[1], x[2] + factor * y[2]};
}

double bilinear(const Vector3& x, const Matrix3& m, const Vector3& y) {
  double result = 0;
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j) result += x[i] * m[i][j] * y[j];
  return result;
}

/// The unit eigenvector of the largest eigenvalue, and that value.
std::pair<Vector2, double> largest_direction(const Symmetric2& m) {
  const double half = (m.aa - m.bb) / 2, root = std::hypot(half, m.ab), value = (m.aa + m.bb) / 2 + root;
  const Vector2 v = half >= 0 ? Vector2{half + root, m.ab} : Vector2{m.ab, root - half};
  const double norm = std::hypot(v[0], v[1]);
  return {norm > 0 ? Vector2{v[0] / norm, v[1] / norm} : Vector2{1, 0}, value};
}

/// Where δ_a and δ_b are two directions; products without the means' errors may leave less than one.
bool are_two_directions(const Symmetric2& m) {
  return m.aa > 0 && m.bb > 0 && m.ab * m.ab < kSameDirection * kSameDirection * m.aa * m.bb;
}

/// The inverse, or the pseudo-inverse of rank 1; of nothing, nothing.
Symmetric2 inverse(const Symmetric2& m) {
  if (are_two_directions(m)) {
    const double determinant = m.determinant();
    return {m.bb / determinant, -m.ab / determinant, m.aa / determinant};
  }
  const auto [v, value] = largest_direction(m);
  if (!(value > 0)) return {};
  return {v[0] * v[0] / value, v[0] * v[1] / value, v[1] * v[1] / value};
}

Vector2 times(const Symmetric2& m, const Vector2& x) { return {m.aa * x[0] + m.ab * x[1], m.ab * x[0] + m.bb * x[1]}; }

/// How a number changes with the means of the four groups.
struct Gradient {
  Vector3 control, a, b, ab;
};

/// Squared error of a number by each group.
std::array<double, 4> errors_of(const PairSample& sample, const Gradient& first, const Gradient& second) {
  return {bilinear(first.control, sample.control.covariance, second.control),
          bilinear(first.a, sample.a.covariance, second.a), bilinear(first.b, sample.b.covariance, second.b),
          bilinear(first.ab, sample.ab.covariance, second.ab)};
}

double total(const std::array<double, 4>& parts) { return std::accumulate(parts.begin(), parts.end(), 0.0); }

double error_of(const PairSample& sample, const Gradient& gradient) {
  return std::sqrt(std::max(0.0, total(errors_of(sample, gradient, gradient))));
}

/// n − 1 of the groups, in the order of errors_of.
std::array<double, 4> degrees_of(const PairSample& sample) {
  return {sample.control.n_rows - 1, sample.a.n_rows - 1, sample.b.n_rows - 1, sample.ab.n_rows - 1};
}

/// Welch and Satterthwaite's degrees of freedom of a sum of variances.
double welch_degrees(const std::array<double, 4>& parts, const std::array<double, 4>& degrees) {
  double squares = 0;
  for (std::size_t k = 0; k < parts.size(); ++k) squares += parts[k] * parts[k] / degrees[k];
  return total(parts) * total(parts) / squares;
}

/// ‖mean − control's‖² without bias and its error, of a group whose effect has these coefficients.
Measured squared_norm(const PairSample& sample, const Vector3& effect, const PairGroup PairSample::*group) {
  Gradient gradient{sum({}, -2, effect), {}, {}, {}};
  (group == &PairSample::a ? gradient.a : group == &PairSample::b ? gradient.b : gradient.ab) = sum({}, 2, effect);
  return {bilinear(effect, sample.products, effect) - (sample.*group).noise - sample.control.noise,
          error_of(sample, gradient)};
}

bool is_clear(const Measured& squared) { return squared.value > 0 && squared.value >= kClear * squared.error; }

Measured root_of(const Measured& squared) {
  if (!(squared.value > 0)) return {0, kUnknown};
  const double root = std::sqrt(squared.value);
  return {root, squared.error / (2 * root)};
}

/// Gradients of the score of least squares at c, δ_k·(δ_ab − c_a·δ_a − c_b·δ_b) of k = a, b.
struct Score {
  Gradient a, b;

  explicit Score(const Vector2& c) {
    const Vector3 left = {-c[0], -c[1], 1};
    const double of_control = 1 - c[0] - c[1];
    a = {sum(sum({}, -1, left), -of_control, kA), sum(left, -c[0], kA), sum({}, -c[1], kA), kA};
    b = {sum(sum({}, -1, left), -of_control, kB), sum({}, -c[0], kB), sum(left, -c[1], kB), kB};
  }
};

/// Covariance of two numbers by each group.
std::array<Symmetric2, 4> covariances_of(const PairSample& sample, const Gradient& first, const Gradient& second) {
  const auto aa = errors_of(sample, first, first), ab = errors_of(sample, first, second),
             bb = errors_of(sample, second, second);
  std::array<Symmetric2, 4> result;
  for (std::size_t k = 0; k < 4; ++k) result[k] = {aa[k], ab[k], bb[k]};
  return result;
}

Symmetric2 total(const std::array<Symmetric2, 4>& parts) {
  Symmetric2 result;
  for (const Symmetric2& part : parts) result.aa += part.aa, result.ab += part.ab, result.bb += part.bb;
  return result;
}

double quadratic(const Vector2& x, const Symmetric2& m) {
  const Vector2 product = times(m, x);
  return x[0] * product[0] + x[1] * product[1];
}

/// Hotelling's T² of two numbers with these covariances by group: two-sided p, with the degrees of freedom of
/// Krishnamoorthy and Yu.
double two_numbers_p(const Vector2& numbers, const std::array<Symmetric2, 4>& parts,
                     const std::array<double, 4>& degrees) {
  const Symmetric2 v = total(parts);
  const double determinant = v.determinant();
  const Symmetric2 inverted = {v.bb / determinant, -v.ab / determinant, v.aa / determinant};
  double spread = 0;
  for (std::size_t k = 0; k < parts.size(); ++k) {
    const Symmetric2& part = parts[k];
    const double trace = part.aa * inverted.aa + 2 * part.ab * inverted.ab + part.bb * inverted.bb;
    // The trace of a square is the square of the trace less twice the determinant.
    spread += (2 * trace * trace - 2 * part.determinant() / determinant) / degrees[k];
  }
  const double n = std::max(6 / spread, 2.0);  // (2 + 2²) / Σ
  return std::pow(1 + quadratic(numbers, inverted) / n, -(n - 1) / 2);
}

/// Student's t of one combination of them.
double one_number_p(const Vector2& numbers, const std::array<Symmetric2, 4>& parts,
                    const std::array<double, 4>& degrees, const Vector2& combination) {
  std::array<double, 4> variances;
  std::transform(parts.begin(), parts.end(), variances.begin(),
                 [&](const Symmetric2& part) { return quadratic(combination, part); });
  const double value = combination[0] * numbers[0] + combination[1] * numbers[1];
  if (!(total(variances) > 0)) return value == 0 ? 1 : 0;
  return student_two_sided(value / std::sqrt(total(variances)), welch_degrees(variances, degrees));
}

/// The gradient of projections of D on a direction.
Gradient along(const Vector3& direction) {
  const Vector3 minus = sum({}, -1, direction);
  return {direction, minus, minus, direction};
}

double p_along_of(const PairSample& sample) {
  const double noise = sample.control.noise + sample.a.noise + sample.b.noise + sample.ab.noise;
  const auto uncorrelated = [&](const Vector3& effect, const PairGroup& group) {
    return noise > 0 ? sum(effect, (group.noise + sample.control.noise) / noise, kDeviation) : effect;
  };
  const Vector3 a = uncorrelated(kA, sample.a), b = uncorrelated(kB, sample.b);
  const Vector2 projections = {bilinear(a, sample.products, kDeviation), bilinear(b, sample.products, kDeviation)};
  const auto parts = covariances_of(sample, along(a), along(b));
  const Symmetric2 v = total(parts);
  if (v.determinant() > 1e-12 * v.aa * v.bb) return two_numbers_p(projections, parts, degrees_of(sample));
  return one_number_p(projections, parts, degrees_of(sample), largest_direction(v).first);
}

double p_any_of(const PairSample& sample, double squared_deviation) {
  std::array<double, 4> variances = errors_of(sample, along(kDeviation), along(kDeviation));
  for (double& variance : variances) variance *= 2;
  if (!(total(variances) > 0)) return squared_deviation > 0 ? 0 : 1;
  const double t = squared_deviation / std::sqrt(total(variances)),
               both = student_two_sided(t, welch_degrees(variances, degrees_of(sample))) / 2;
  return t > 0 ? both : 1 - both;
}

}  // namespace

Matrix3 products_of(std::span<const double> a, std::span<const double> b, std::span<const double> ab) {
  const std::array<std::span<const double>, 3> effects = {a, b, ab};
  Matrix3 result{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = i; j < 3; ++j)
      result[i][j] = result[j][i] = std::inner_product(effects[i].begin(), effects[i].end(), effects[j].begin(), 0.0);
  return result;
}

PairNumbers pair_numbers(const Matrix3& products) {
  const auto length = [&](const Vector3& x) {
    return Measured{std::sqrt(std::max(0.0, bilinear(x, products, x))), kUnknown};
  };
  const Vector2 of_double = {products[0][2], products[1][2]};
  const Vector2 c = times(inverse({products[0][0], products[0][1], products[1][1]}), of_double);
  const double fitted = length({c[0], c[1], 0}).value, norm_ab = length(kAb).value,
               cosine = (c[0] * of_double[0] + c[1] * of_double[1]) / (fitted * norm_ab);
  return {length(kA),
          length(kB),
          length(kAb),
          length(kDeviation),
          {c[0], kUnknown},
          {c[1], kUnknown},
          {std::hypot(c[0], c[1]), kUnknown},
          {std::isfinite(cosine) ? cosine : 0, kUnknown}};
}

PairEstimate estimate_pair(const PairSample& sample) {
  const double control_noise = sample.control.noise;
  const Measured squared_a = squared_norm(sample, kA, &PairSample::a),
                 squared_b = squared_norm(sample, kB, &PairSample::b),
                 squared_ab = squared_norm(sample, kAb, &PairSample::ab);
  const Measured squared_deviation = {bilinear(kDeviation, sample.products, kDeviation) - control_noise -
                                          sample.a.noise - sample.b.noise - sample.ab.noise,
                                      error_of(sample, along(sum({}, 2, kDeviation)))};
  const Symmetric2 m = {squared_a.value, sample.products[0][1] - control_noise, squared_b.value};

  PairEstimate result{
      {root_of(squared_a), root_of(squared_b), root_of(squared_ab), root_of(squared_deviation), {}, {}, {}, {}},
      kUnknown,
      kUnknown,
      p_along_of(sample),
      p_any_of(sample, squared_deviation.value)};
  result.p = std::min(1.0, 2 * std::min(result.p_along, result.p_any));
  const Vector2 of_double = {sample.products[0][2] - control_noise, sample.products[1][2] - control_noise};
  if (!is_clear(squared_a) || !is_clear(squared_b)) {
    if (is_clear(squared_a)) {
      const double c = of_double[0] / m.aa;
      result.numbers.c_a = {c, error_of(sample, Score({c, 0}).a) / m.aa};
    } else if (is_clear(squared_b)) {
      const double c = of_double[1] / m.bb;
      result.numbers.c_b = {c, error_of(sample, Score({0, c}).b) / m.bb};
    }
    return result;
  }

  result.similarity = m.ab / std::sqrt(m.aa * m.bb);
  const Symmetric2 inverted = inverse(m);
  const Vector2 c = times(inverted, of_double);
  const Score score(c);
  const Symmetric2 v = total(covariances_of(sample, score.a, score.b));
  const Vector2 row_a = {inverted.aa, inverted.ab}, row_b = {inverted.ab, inverted.bb};
  const double magnitude = std::hypot(c[0], c[1]);
  result.numbers.c_a = {c[0], std::sqrt(quadratic(row_a, v))};
  result.numbers.c_b = {c[1], std::sqrt(quadratic(row_b, v))};
  result.numbers.magnitude = {magnitude,
                              std::sqrt(quadratic(times(inverted, {c[0] / magnitude, c[1] / magnitude}), v))};
  if (!is_clear(squared_ab)) return result;

  // fit² = c·(δ_a·δ_ab, δ_b·δ_ab) / ‖δ_ab‖², less what fitting c to errors adds, tr(M⁻¹V). c is least squares, so what
  // its own change does cancels in the gradient.
  const double added = inverted.aa * v.aa + 2 * inverted.ab * v.ab + inverted.bb * v.bb;
  const double fit_squared = (c[0] * of_double[0] + c[1] * of_double[1] - added) / squared_ab.value;
  const Vector3 fitted = {c[0], c[1], 0}, left = {-c[0], -c[1], 1};
  const double factor = 2 / squared_ab.value;
  Gradient gradient{{},
                    sum({}, factor * c[0], left),
                    sum({}, factor * c[1], left),
                    sum(sum({}, factor, fitted), -factor * fit_squared, kAb)};
  gradient.control = sum(sum(sum({}, -1, gradient.a), -1, gradient.b), -1, gradient.ab);
  result.numbers.fit = root_of({fit_squared, error_of(sample, gradient)});
  return result;
}

}  // namespace gracevae::impl
