#include "stats/clear_directions.hpp"

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>

namespace gracevae::impl {

bool stands_out(double chi_square, double degrees) { return chi_square > degrees + 4 * std::sqrt(2 * degrees); }

std::int64_t n_clear_directions(std::vector<ScaledShift> shifts, double n_control) {
  constexpr double kLeastOwn = 0.02;
  if (shifts.empty()) return 0;
  std::ranges::stable_sort(shifts, [](const auto& a, const auto& b) { return a.chi_square > b.chi_square; });
  const auto p = std::ssize(shifts.front().shift), most = std::min(std::ssize(shifts), p);
  Eigen::MatrixXd basis(p, most), factors = Eigen::MatrixXd::Zero(most, most);  // those counted = basis·factors
  std::vector<double> n_rows;
  for (const ScaledShift& each : shifts) {
    const auto m = std::ssize(n_rows);
    const auto left = static_cast<double>(p - m);
    if (left <= 1) break;
    const Eigen::Map<const Eigen::VectorXd> shift(each.shift.data(), p);
    const auto counted = basis.leftCols(m);
    const Eigen::VectorXd along = counted.transpose() * shift, rest = shift - counted * along,
                          share = factors.topLeftCorner(m, m).triangularView<Eigen::Upper>().solve(along);
    double error = 1 / each.n_rows + std::pow(1 - share.sum(), 2) / n_control;
    for (std::int64_t i = 0; i < m; ++i) error += share[i] * share[i] / n_rows[static_cast<std::size_t>(i)];
    const double squares = rest.squaredNorm();
    if (!stands_out(squares / error, left) || squares - error * left <= kLeastOwn * shift.squaredNorm()) continue;
    factors.col(m).head(m) = along;
    factors(m, m) = std::sqrt(squares);
    basis.col(m) = rest / factors(m, m);
    n_rows.push_back(each.n_rows);
  }
  return std::ssize(n_rows);
}

}  // namespace gracevae::impl
