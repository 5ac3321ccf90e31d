#include "screen/covariates.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "screen/batches.hpp"
#include "screen/shift_model.hpp"
#include "screen/split.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::data_of;
using test::expect_error;
using test::named_options;
using test::repeated;
using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Pointwise;

/// 40 control cells, 40 of A, 40 of B, each cell with a value of every column.
struct Cells {
  std::vector<std::string> labels = repeated({{"control", 40}, {"A", 40}, {"B", 40}});
  std::vector<std::vector<float>> rows{};
  std::map<std::string, std::vector<std::string>> columns{};

  Screen screen(const std::vector<std::string>& covariates, const std::vector<std::string>& numbers = {}) const {
    AnnData data = data_of(labels, rows);
    for (const auto& [name, values] : columns) data.obs.add(name, values);
    ScreenOptions options = named_options();
    options.label_column = "condition";
    options.covariates = covariates;
    options.continuous_covariates = numbers;
    return screen_from_anndata(std::move(data), options);
  }
};

/// Every second cell is of the other batch.
Cells two_batches() {
  Cells cells;
  for (std::size_t i = 0; i < cells.labels.size(); ++i) {
    cells.columns["batch"].push_back(i % 2 == 0 ? "one" : "two");
    cells.columns["dose"].push_back(std::to_string(i % 5));
  }
  return cells;
}

TEST(Covariates, StrataAndDesign) {
  Cells cells = two_batches();
  for (std::size_t i = 0; i < cells.labels.size(); ++i) cells.columns["donor"].push_back(i % 4 < 2 ? "x" : "y");
  const Covariates found = cells.screen({"batch", "donor"}, {"dose"}).covariates;
  EXPECT_THAT(found.names, ElementsAre("batch=one", "batch=two", "donor=x", "donor=y", "dose"));
  ASSERT_EQ(found.n_strata(), 4);
  EXPECT_EQ(found.stratum_name(0), "batch=one, donor=x");
  EXPECT_EQ(found.stratum_name(found.stratum(3)), "batch=two, donor=y");
  EXPECT_EQ(found.design.n_cols, 5);
  for (std::int64_t j = 0; j < 5; ++j) {  // centred over control
    double sum = 0, squares = 0;
    for (std::int64_t i = 0; i < 40; ++i) {
      sum += static_cast<double>(found.design(i, j));
      squares += static_cast<double>(found.design(i, j)) * static_cast<double>(found.design(i, j));
    }
    EXPECT_NEAR(sum, 0, 1e-5) << found.names[static_cast<std::size_t>(j)];
    EXPECT_NEAR(squares / 40, j == 4 ? 1 : 0.25, 1e-5) << found.names[static_cast<std::size_t>(j)];
  }
  EXPECT_THAT(found.strata_with({"donor=x"}, "predict.in"), ElementsAre(true, false, true, false));
  EXPECT_THAT(found.strata_with({"donor=x", "batch=two"}, "predict.in"), ElementsAre(false, false, true, false));
  EXPECT_THAT(found.strata_with({}, "predict.in"), ElementsAre(true, true, true, true));
  expect_error<InputError>([&] { found.strata_with({"donor=z"}, "predict.in"); }, {"predict.in", "donor=z", "donor=x"});
  expect_error<InputError>([&] { found.strata_with({"donor=x", "donor=y"}, "predict.in"); }, {"together"});
}

TEST(Covariates, NoneIsOneStratum) {
  const Covariates none = two_batches().screen({}).covariates;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.n_strata(), 1);
  EXPECT_EQ(none.stratum(7), 0);
  EXPECT_EQ(none.stratum_name(0), "");
  expect_error<InputError>([&] { none.strata_with({"batch=one"}, "predict.in"); }, {"screen.covariates"});
}

TEST(Covariates, BadOnesSayTheWayOut) {
  Cells cells = two_batches();
  const auto with = [&](const std::function<std::string(std::size_t)>& value) {
    Cells changed = cells;
    changed.columns["bad"].clear();
    for (std::size_t i = 0; i < cells.labels.size(); ++i) changed.columns["bad"].push_back(value(i));
    return changed;
  };
  const auto expect = [&](const Cells& of, const std::vector<std::string>& parts) {
    expect_error<InputError>([&] { of.screen({"bad"}); }, parts);
  };
  expect(with([](std::size_t) { return "same"; }), {"one level only, 'same'"});
  expect(with([](std::size_t i) { return i < 2 ? "rare" : "usual"; }), {"'rare' has 2 cells"});
  expect(with([](std::size_t i) { return i == 7 ? "" : i % 2 ? "a" : "b"; }), {"1 of 120 cells have no value", "c7"});
  expect(with([](std::size_t i) { return std::to_string(i % 60); }), {"60 levels", "screen.continuous_covariates"});
  expect(with([](std::size_t i) { return i < 60 ? "early" : "late"; }), {"no control cell in bad=late (60 perturbed"});
  expect_error<InputError>([&] { cells.screen({"nothing"}); }, {"nothing", "screen.covariates"});
  expect_error<InputError>([&] { cells.screen({"condition"}); }, {"the column of the labels"});
  expect_error<InputError>([&] { cells.screen({}, {"batch"}); }, {"cell 'c0' has 'one'", "a number"});
  expect_error<InputError>([&] { with([](std::size_t i) { return i < 40 ? "1" : "2"; }).screen({}, {"bad"}); },
                           {"control cells do not vary"});
}

TEST(Covariates, PairsAreOfOneStratum) {
  const Screen screen = two_batches().screen({"batch"});
  const Split split = make_split(screen, {}, 1);
  const auto pairs = pair_controls(screen, split, 3);
  for (std::size_t cell = 40; cell < 120; ++cell) {
    ASSERT_GE(pairs[cell], 0);
    EXPECT_EQ(screen.covariates.stratum(pairs[cell]), screen.covariates.stratum(static_cast<std::int64_t>(cell)));
  }
}

/// Batch two adds 2 to the first gene, A adds 1 to the second; most cells of A and few of control are of batch two.
Cells confounded() {
  Cells cells;
  for (std::size_t i = 0; i < cells.labels.size(); ++i) {
    const bool second = cells.labels[i] == "A" ? i % 4 != 0 : i % 4 == 0;
    cells.columns["batch"].push_back(second ? "two" : "one");
    cells.rows.push_back({second ? 3.0F : 1.0F, cells.labels[i] == "A" ? 2.0F : 1.0F, 1});
  }
  return cells;
}

TEST(Covariates, EffectsAreWithinStrata) {
  const auto shift_of_a = [](const Screen& screen) {
    Split split{std::vector<Fold>(120, Fold::train), std::vector<std::int64_t>(120, -1)};
    return trained_shifts(screen, split).of_target.at("A");
  };
  EXPECT_THAT(shift_of_a(confounded().screen({})), Pointwise(DoubleNear(1e-6), {1.0, 1.0, 0.0}));
  EXPECT_THAT(shift_of_a(confounded().screen({"batch"})), Pointwise(DoubleNear(1e-6), {0.0, 1.0, 0.0}));
}

TEST(Covariates, CandidatesAreSaid) {
  const Screen screen = confounded().screen({});
  ASSERT_EQ(screen.covariate_candidates.size(), 1U);
  const CovariateCandidate& batch = screen.covariate_candidates.front();
  EXPECT_EQ(batch.column, "batch");
  EXPECT_TRUE(batch.associated);
  EXPECT_TRUE(batch.by_design);
  EXPECT_NEAR(batch.control_share, 0.75, 1e-12);
  EXPECT_NEAR(batch.lowest_share, 0.25, 1e-12);
  EXPECT_GT(batch.cramers_v, 0.3);
  EXPECT_THAT(screen.warnings, ::testing::Contains(::testing::HasSubstr("screen.covariates batch")));
  EXPECT_TRUE(confounded().screen({"batch"}).covariate_candidates.empty()) << "it is one already";
  const Screen balanced = two_batches().screen({});
  for (const CovariateCandidate& candidate : balanced.covariate_candidates) {
    EXPECT_FALSE(candidate.associated) << candidate.column;
    EXPECT_LT(candidate.cramers_v, 0.05) << candidate.column;
  }
}

TEST(Covariates, WhatCannotBeOneIsNoCandidate) {
  Cells cells;
  for (std::size_t i = 0; i < cells.labels.size(); ++i) {
    cells.columns["rare"].push_back(i == 1 ? "few" : i % 3 ? "a" : "b");
    cells.columns["missing"].push_back(i == 1 ? "" : i % 3 ? "a" : "b");
    cells.columns["late"].push_back(i >= 40 && i % 3 == 0 ? "late" : i % 2 ? "a" : "b");
    cells.columns["guide"].push_back(cells.labels[i] + (i % 2 ? "_1" : "_2"));
    cells.columns["barcode"].push_back("cell" + std::to_string(i));
    cells.columns["one"].push_back("same");
  }
  EXPECT_TRUE(cells.screen({}).covariate_candidates.empty());
}

TEST(Covariates, SplitsByLevel) {
  const Screen screen = two_batches().screen({"batch"});
  SplitOptions options;
  options.kind = "leave-out:batch=two";
  const Split whole = make_split(screen, options, 1);
  check_split(screen, whole, options);
  for (std::size_t cell = 40; cell < 120; ++cell)
    EXPECT_EQ(whole.fold[cell] == Fold::test, screen.covariates.stratum(static_cast<std::int64_t>(cell)) == 1);
  options.kind = "unseen-in:batch=two";
  options.test_fraction = 0.5;
  const Split some = make_split(screen, options, 1);
  check_split(screen, some, options);
  std::set<std::int32_t> tested;
  for (std::size_t cell = 40; cell < 120; ++cell)
    if (some.fold[cell] == Fold::test) {
      tested.insert(screen.regime_of_cell[cell]);
      EXPECT_EQ(screen.covariates.stratum(static_cast<std::int64_t>(cell)), 1);
    }
  ASSERT_EQ(tested.size(), 1U) << "one of the two conditions";
  for (const std::int64_t cell : screen.regimes[static_cast<std::size_t>(*tested.begin())].cells)
    EXPECT_EQ(some.fold[static_cast<std::size_t>(cell)] == Fold::test, screen.covariates.stratum(cell) == 1);
  options.kind = "unseen-in:batch=three";
  expect_error<InputError>([&] { make_split(screen, options, 1); }, {"batch=three", "batch=two"});
  options.kind = "unseen-in:";
  expect_error<ConfigError>([&] { options.validate(); }, {"level of a covariate"});
}

}  // namespace
}  // namespace gracevae::impl
