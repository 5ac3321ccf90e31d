#include "stats/assignment.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "base/random.hpp"

namespace gracevae::impl {
namespace {

TEST(BestAssignment, IsThatOfTryingAll) {
  Random random(3, "assignment");
  for (const auto& [rows, columns] : {std::pair{4, 4}, std::pair{3, 5}, std::pair{5, 3}, std::pair{1, 1}}) {
    for (int round = 0; round < 20; ++round) {
      Matrix<double> score(rows, columns);
      for (double& value : score.values) value = random.uniform() < 0.3 ? 0 : random.uniform();
      const auto n = static_cast<std::size_t>(std::max(rows, columns));
      std::vector<std::int64_t> order(n);
      std::iota(order.begin(), order.end(), 0);
      double best = 0;
      do {
        double sum = 0;
        for (int i = 0; i < rows; ++i)
          if (order[static_cast<std::size_t>(i)] < columns) sum += score(i, order[static_cast<std::size_t>(i)]);
        best = std::max(best, sum);
      } while (std::next_permutation(order.begin(), order.end()));
      double sum = 0;
      const auto found = best_assignment(score);
      for (int i = 0; i < rows; ++i)
        if (found[static_cast<std::size_t>(i)] >= 0) sum += score(i, found[static_cast<std::size_t>(i)]);
      EXPECT_NEAR(sum, best, 1e-12) << rows << " x " << columns;
    }
  }
}

}  // namespace
}  // namespace gracevae::impl
