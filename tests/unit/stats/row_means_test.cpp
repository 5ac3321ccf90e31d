#include "stats/row_means.hpp"

#include <gmock/gmock.h>

#include "support/sparse_of.hpp"

namespace gracevae::impl {
namespace {

TEST(RowMeans, ByHand) {
  const CsrMatrix<float> x = test::sparse_of({{1, 0}, {9, 9}, {3, 0}, {5, 6}});
  const std::vector<std::int64_t> rows{0, 2, 3};
  const std::vector<double> mean = mean_of_rows(x, rows);
  EXPECT_THAT(mean, testing::ElementsAre(3, 2));
  EXPECT_THAT(squared_errors_of_mean(x, rows, mean), testing::ElementsAre(4.0 / 3, 12.0 / 3));
  const std::vector<std::int64_t> one{3};
  EXPECT_THAT(squared_errors_of_mean(x, one, mean_of_rows(x, one)), testing::ElementsAre(0, 0));
}

}  // namespace
}  // namespace gracevae::impl
