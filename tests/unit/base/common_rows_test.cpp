#include "base/common_rows.hpp"

#include <gmock/gmock.h>

#include "support/sparse_of.hpp"

namespace gracevae::impl {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

CsrMatrix<float> three_rows() { return test::sparse_of({{1, 0, 2}, {0, 0, 3}, {0, 4, 0}}); }

TEST(CommonRows, KeepWhatIsNotCommon) {
  const CommonRows rows = common_rows(three_rows(), std::vector<std::int64_t>{2, 0});
  EXPECT_THAT(rows.common, ElementsAre(0, 0, 0));
  EXPECT_THAT(rows.others.row_indices(0), ElementsAre(1));
  EXPECT_THAT(rows.others.row_values(1), ElementsAre(1, 2));
  EXPECT_EQ(rows.n_rows(), 2);
  EXPECT_EQ(rows.n_cols(), 3);
}

TEST(CommonRows, ValuesAreChanged) {
  // 1 more in the second column; 3 becomes what is common, 2 becomes 0.
  const CommonRows rows =
      common_rows(three_rows(), std::vector<std::int64_t>{0, 1, 2}, [](std::int64_t j, float value) {
        return j == 1 ? value + 1 : value == 0 || value == 3 ? 7 : value == 2 ? 0 : value;
      });
  EXPECT_THAT(rows.common, ElementsAre(7, 1, 7));
  EXPECT_THAT(rows.others.row_values(0), ElementsAre(1, 0));
  EXPECT_THAT(rows.others.row_values(1), IsEmpty());
  EXPECT_THAT(rows.others.row_values(2), ElementsAre(5));
  const std::vector<std::int32_t> columns{2, 1};
  EXPECT_THAT(columns_of(rows, columns).values, ElementsAre(0, 1, 7, 1, 7, 5));
  const CommonRows some = rows_of(rows, std::vector<std::size_t>{2, 2, 0});
  EXPECT_THAT(columns_of(some, columns).values, ElementsAre(7, 5, 7, 5, 0, 1));
}

TEST(CommonRows, OfADenseMatrix) {
  Matrix<float> dense(2, 3);
  dense.values = {0, -1, 2, 0, 0, 3};
  const CommonRows rows = common_rows(std::as_const(dense).view());
  EXPECT_THAT(rows.common, ElementsAre(0, 0, 0));
  EXPECT_THAT(rows.others.values, ElementsAre(-1, 2, 3));
  EXPECT_THAT(rows.others.indptr, ElementsAre(0, 2, 3));
  EXPECT_THAT(rows.others.indices, ElementsAre(1, 2, 2));
}

}  // namespace
}  // namespace gracevae::impl
