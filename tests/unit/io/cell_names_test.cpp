#include "io/cell_names.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gracevae::impl {
namespace {

using ::testing::IsEmpty;

constexpr const char* kBarcode = "GATTACAGATTACAGA";

TEST(CellNames, Barcodes) {
  const std::string barcode = kBarcode;
  for (const std::string& name : {barcode, barcode + "-1", "s1_" + barcode, "s1:" + barcode + "x",
                                  "A#" + barcode + "-1_2", barcode + ".1", "CAT_" + barcode, "ctrl1" + barcode})
    EXPECT_EQ(barcode_of(name), barcode) << name;
  EXPECT_EQ(barcode_of("s1_GATTACAG-ACCCCCCC.1"), "GATTACAG-ACCCCCCC");
  EXPECT_EQ(barcode_of("GATTACAG_AC"), "GATTACAG");
  for (const char* name : {"", "KLF1", "GATTACA", "SGATTACAGATTACA", "GATTACAGATTACAS", "cell_12", "ACGT-ACGT"})
    EXPECT_THAT(barcode_of(name), IsEmpty()) << name;
}

/// Of every change: what it makes of the names of cells and of rows.
TEST(CellNames, Changes) {
  struct Case {
    std::size_t change;
    std::string cell, row;
  };
  const std::string b = kBarcode;
  const std::vector<Case> cases{{0, b + "-1", b + ".1"},
                                {0, "10x-" + b, "X10x." + b},
                                {0, "s 1:" + b, "s.1." + b},
                                {0, "s1#" + b, "s1_" + b},
                                {0, "_a", "X_a"},
                                {1, b + "-1", b + "_2"},
                                {1, b + ".1", b},
                                {2, b + "-1-0", b + "-1"},
                                {3, b + "-1", b + "-1-0"},
                                {4, b + "-1-0", b},
                                {5, "s1_" + b + "-1", b + "-1"},
                                {5, "s-1:" + b, "x#" + b},
                                {6, "s1_" + b + "-1", b + "x"},
                                {6, b + "-1_s1", b},
                                {7, "acgt-1", "ACGT-1"}};
  for (const auto& [change, cell, row] : cases) {
    const NameChange& tried = name_changes()[change];
    EXPECT_EQ(tried.cells(cell), tried.rows(row)) << change << " " << cell << " " << row;
    EXPECT_NE(cell, row);
  }
  const NameChange& number = name_changes()[1];
  for (const char* whole : {"AAC", "-1", "12", "a1", "AAC-", ""}) EXPECT_EQ(number.cells(whole), whole);
}

TEST(CellNames, Fit) {
  const NameFit fit = fit_of({"a", "b", "", "c"}, {"b", "x", "", "a"});
  EXPECT_EQ(fit.n_common, 2U);
  EXPECT_TRUE(fit.unique());
  EXPECT_EQ(fit.example, (std::pair<std::size_t, std::size_t>{1, 0}));
  EXPECT_EQ(fit_of({"a", "b", "a"}, {"a"}).same_cells, (std::pair<std::size_t, std::size_t>{0, 2}));
  EXPECT_EQ(fit_of({"a"}, {"c", "c"}).same_rows, (std::pair<std::size_t, std::size_t>{0, 1}));
}

TEST(CellNames, SampledShare) {
  std::vector<std::string> many, half;
  for (int i = 0; i < 5000; ++i) {
    many.push_back("c" + std::to_string(i));
    half.push_back((i % 4 < 2 ? "c" : "x") + std::to_string(i));
  }
  EXPECT_EQ(sampled_share(many, {"c7", "c4999", "x", "y"}), 0.5);
  EXPECT_EQ(sampled_share({"c7"}, many), 1);
  EXPECT_EQ(sampled_share(many, many), 1);
  EXPECT_NEAR(sampled_share(many, half), 0.5, 0.1);
  EXPECT_EQ(sampled_share({}, many), 0);
}

TEST(CellNames, NumbersInOrder) {
  EXPECT_TRUE(are_numbers_in_order({"0", "1", "2"}));
  EXPECT_TRUE(are_numbers_in_order({"1", "2", "3"}));
  for (const std::vector<std::string>& names :
       {std::vector<std::string>{}, {"2", "3"}, {"1", "3"}, {"01", "02"}, {"1", "1"}, {"a"}})
    EXPECT_FALSE(are_numbers_in_order(names));
}

}  // namespace
}  // namespace gracevae::impl
