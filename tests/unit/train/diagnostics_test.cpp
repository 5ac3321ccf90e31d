#include "train/diagnostics.hpp"

#include <gtest/gtest.h>

namespace gracevae {
namespace {

TEST(ActiveUnits, AreLatentsWhoseMeanVariesByMoreThanAHundredth) {
  // Standard deviations 0, 0.0095, 0.0105 and 1 around means far from 0.
  const Tensor deviations = at::tensor({0.0, 0.0095, 0.0105, 1.0}, at::kDouble);
  const Tensor signs = at::tensor({1.0, -1.0, 1.0, -1.0}, at::kDouble).unsqueeze(1);
  EXPECT_EQ(count_active_units(3 + signs * deviations), 2);
  EXPECT_EQ(count_active_units(at::ones({5, 3}, at::kFloat)), 0);
}

TEST(Warnings, NameACollapsedPosteriorAndSharedLatents) {
  Diagnostics diagnostics;
  diagnostics.n_labels = diagnostics.latents_used = 4;
  diagnostics.active_units = 2;
  EXPECT_TRUE(warnings_of(diagnostics).empty());
  diagnostics.active_units = 0;
  EXPECT_EQ(warnings_of(diagnostics).size(), 1U);
  diagnostics.latents_used = 3;
  EXPECT_EQ(warnings_of(diagnostics).size(), 2U);
}

}  // namespace
}  // namespace gracevae
