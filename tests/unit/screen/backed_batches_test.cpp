#include "screen/backed_batches.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.hpp"
#include "screen/row_feeder.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using test::expect_error;
using test::repeated;
using test::screen_of;

/// Cells of about 200 values each, so that a few hundred of them are several windows of half a megabyte.
struct Case {
  Screen screen = screen_of(repeated({{"control", 90}, {"A", 700}, {"B", 333}, {"C", 40}, {"A+B", 60}}), {}, 400);
  Split split = make_split(screen, {.kind = "random", .file = "", .test_fraction = 0.2, .validation_fraction = 0.1}, 3);
  std::vector<std::int64_t> pairs = pair_controls(screen, split, 3);
  BatchOptions options;
  BackedSizes sizes;

  Case() {
    options.batch_size = 16;
    options.backed = true;
    options.backed_memory = 1;
    options.keep_short = true;
    sizes = backed_sizes(screen, split, options);
  }
  WindowedBatches epoch(std::uint64_t number = 0) const {
    return make_windowed_batches(screen, split, pairs, options, sizes, Random(1, "batches", number));
  }
  /// How often each cell is in a batch.
  static std::map<std::int64_t, int> counts(const WindowedBatches& epoch) {
    std::map<std::int64_t, int> counts;
    for (const Batch& batch : epoch.batches)
      for (const std::int64_t cell : batch.cells) ++counts[cell];
    return counts;
  }
  std::int64_t n_training() const {
    std::int64_t n = 0;
    for (const Regime& regime : screen.regimes)
      if (!regime.targets.empty()) n += std::ssize(cells_in_fold(regime, split, Fold::train));
    return n;
  }
};

bool same(const WindowedBatches& a, const WindowedBatches& b) {
  return a.ends == b.ends && std::equal(a.batches.begin(), a.batches.end(), b.batches.begin(), b.batches.end(),
                                        [](const Batch& x, const Batch& y) {
                                          return x.regime == y.regime && x.cells == y.cells && x.controls == y.controls;
                                        });
}

TEST(BackedBatches, EveryTrainingCellIsInOneBatchAnEpoch) {
  const Case c;
  for (const std::uint64_t number : {0, 1, 2}) {
    const WindowedBatches epoch = c.epoch(number);
    EXPECT_GT(epoch.ends.size(), 2U);
    EXPECT_EQ(epoch.ends.back(), std::ssize(epoch.batches));
    EXPECT_EQ(std::ssize(Case::counts(epoch)), c.n_training());
    for (const auto& [cell, count] : Case::counts(epoch)) {
      EXPECT_EQ(count, 1);
      EXPECT_EQ(c.split.fold[static_cast<std::size_t>(cell)], Fold::train);
    }
    for (const Batch& batch : epoch.batches) {
      EXPECT_LE(batch.cells.size(), 16U);
      ASSERT_EQ(batch.controls.size(), batch.cells.size());
      for (std::size_t i = 0; i < batch.cells.size(); ++i) {
        EXPECT_EQ(c.screen.regime_of_cell[static_cast<std::size_t>(batch.cells[i])], batch.regime);
        EXPECT_EQ(batch.controls[i], c.pairs[static_cast<std::size_t>(batch.cells[i])]);
      }
    }
  }
}

TEST(BackedBatches, AsManyBatchesAsInMemory) {
  Case c;
  for (const auto& [keep, fill] : {std::pair(false, false), {true, false}, {false, true}}) {
    c.options.keep_short = keep;
    c.options.fill_short = fill;
    const WindowedBatches epoch = c.epoch();
    EXPECT_EQ(epoch.batches.size(), make_batches(c.screen, c.split, c.pairs, c.options, Random(1, "batches")).size());
    for (const Batch& batch : epoch.batches) {
      EXPECT_TRUE(keep || batch.cells.size() == 16);
    }
  }
}

TEST(BackedBatches, AWindowFitsItsMemory) {
  const Case c;
  EXPECT_TRUE(c.sizes.controls_stay);
  EXPECT_LE(c.sizes.control_bytes + 2 * c.sizes.window_bytes, 1'000'000);
  EXPECT_EQ(c.sizes.piece_cells % 16, 0);
  const WindowedBatches epoch = c.epoch();
  const CsrView<float> rows = c.screen.rows();
  std::int64_t first = 0;
  for (const std::int64_t end : epoch.ends) {
    std::int64_t bytes = 0;
    for (std::int64_t k = first; k < end; ++k)
      for (const std::int64_t cell : epoch.batches[static_cast<std::size_t>(k)].cells)
        bytes += 8 * static_cast<std::int64_t>(rows.row_size(cell)) + 8;
    EXPECT_LE(bytes, c.sizes.window_bytes);
    first = end;
  }
}

TEST(BackedBatches, TheSameNumbersGiveTheSameBatchesAndEpochsDiffer) {
  const Case c;
  EXPECT_TRUE(same(c.epoch(), c.epoch()));
  EXPECT_FALSE(same(c.epoch(0), c.epoch(1)));
}

TEST(BackedBatches, AnotherShortEndEachEpoch) {
  Case c;
  c.options.keep_short = false;
  c.sizes.piece_cells = 16;
  c.sizes.window_bytes = 1;  // a piece a window: the last one of a regime is too short for a batch
  std::set<std::int64_t> trained;
  for (std::uint64_t number = 0; number < 30; ++number)
    for (const auto& [cell, count] : Case::counts(c.epoch(number))) trained.insert(cell);
  EXPECT_EQ(std::ssize(trained), c.n_training());
}

TEST(BackedBatches, ControlCellsThatDoNotFitAreDrawnForEachWindow) {
  Case c;
  c.screen = screen_of(repeated({{"control", 500}, {"A", 700}, {"B", 333}}), {}, 400);
  c.split = make_split(c.screen, {.kind = "random", .file = "", .test_fraction = 0.2, .validation_fraction = 0.1}, 3);
  c.pairs = pair_controls(c.screen, c.split, 3);
  c.sizes = backed_sizes(c.screen, c.split, c.options);
  ASSERT_FALSE(c.sizes.controls_stay);
  EXPECT_EQ(c.sizes.control_bytes, 0);
  const WindowedBatches epoch = c.epoch();
  std::set<std::int64_t> all;
  std::int64_t first = 0;
  for (const std::int64_t end : epoch.ends) {
    std::set<std::int64_t> of_window;
    for (std::int64_t k = first; k < end; ++k)
      for (const std::int64_t control : epoch.batches[static_cast<std::size_t>(k)].controls) of_window.insert(control);
    for (const std::int64_t control : of_window) {
      EXPECT_EQ(c.screen.regime_of_cell[static_cast<std::size_t>(control)], 0);
      EXPECT_EQ(c.split.fold[static_cast<std::size_t>(control)], Fold::train);
    }
    EXPECT_LE(of_window.size(), 80U) << "a quarter of half a megabyte";
    all.insert(of_window.begin(), of_window.end());
    first = end;
  }
  EXPECT_GT(all.size(), 100U) << "others in other windows";
  c.split.paired_control[520] = 3;
  expect_error<ConfigError>([&] { backed_sizes(c.screen, c.split, c.options); },
                            {"train.backed_memory is 1", "the split says", "train.pairing resample"});
  c.options.pairing = "resample";
  EXPECT_NO_THROW(backed_sizes(c.screen, c.split, c.options));
}

TEST(BackedBatches, RefusesMemoryThatHoldsNoBatch) {
  Case c;
  c.options.batch_size = 256;
  expect_error<ConfigError>([&] { backed_sizes(c.screen, c.split, c.options); },
                            {"train.backed_memory is 1", "batches of 256 cells", "hint: train.backed_memory "});
}

/// A screen's rows in a pack, regime after regime backwards.
class RowFeederTest : public testing::Test {
 protected:
  RowFeederTest() {
    std::vector<std::int64_t> cells(static_cast<std::size_t>(c_.screen.n_cells())), order;
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = static_cast<std::int64_t>(i);
    for (const Regime& regime : c_.screen.regimes)
      order.insert(order.end(), regime.cells.rbegin(), regime.cells.rend());
    const auto reader = rows_in_memory(c_.screen.x);
    PackedRows::write(file_, *reader, {cells, order, std::string(32, 'k')});
    pack_ = PackedRows::open(file_, std::string(32, 'k'));
  }
  /// Number of batches whose rows are not those of the screen.
  int wrong_from(RowFeeder& feeder, const WindowedBatches& epoch, std::int64_t first) const {
    int wrong = 0;
    for (std::int64_t k = first; k < std::ssize(epoch.batches); ++k) {
      const Batch& batch = epoch.batches[static_cast<std::size_t>(k)];
      const BatchRows rows = feeder.rows_of(k);
      wrong += differ(rows, rows.controls, batch.controls) || differ(rows, rows.cells, batch.cells) ? 1 : 0;
    }
    return wrong;
  }
  bool differ(const BatchRows& rows, std::span<const std::int64_t> found,
              const std::vector<std::int64_t>& cells) const {
    if (found.size() != cells.size()) return true;
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (!std::ranges::equal(rows.rows.row_indices(found[i]), c_.screen.x.row_indices(cells[i])) ||
          !std::ranges::equal(rows.rows.row_values(found[i]), c_.screen.x.row_values(cells[i])))
        return true;
    return false;
  }

  Case c_;
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "screen.cells";
  std::shared_ptr<const PackedRows> pack_;
};

TEST_F(RowFeederTest, GivesTheRowsOfEveryBatchFromAnyOneOn) {
  const auto epoch = std::make_shared<const WindowedBatches>(c_.epoch()),
             next = std::make_shared<const WindowedBatches>(c_.epoch(1));
  for (const bool held : {true, false}) {
    RowFeeder feeder(*pack_,
                     held ? cells_in_fold(c_.screen.regimes[0], c_.split, Fold::train) : std::vector<std::int64_t>());
    feeder.begin(epoch);
    EXPECT_EQ(wrong_from(feeder, *epoch, 0), 0);
    feeder.begin(next);
    EXPECT_EQ(wrong_from(feeder, *next, epoch->ends[0] + 3), 0) << "as a resumed run begins";
    feeder.begin(epoch);
    feeder.rows_of(0);  // leaves while the second window is on its way
    feeder.begin(next);
    EXPECT_EQ(wrong_from(feeder, *next, 0), 0);
  }
}

TEST_F(RowFeederTest, ABatchStaysWhileTheNextIsMade) {
  const auto epoch = std::make_shared<const WindowedBatches>(c_.epoch());
  RowFeeder feeder(*pack_, cells_in_fold(c_.screen.regimes[0], c_.split, Fold::train));
  feeder.begin(epoch);
  BatchRows before = feeder.rows_of(0);
  for (std::int64_t k = 1; k < std::ssize(epoch->batches); ++k) {  // through the windows
    const BatchRows next = feeder.rows_of(k);
    const Batch& batch = epoch->batches[static_cast<std::size_t>(k - 1)];
    ASSERT_FALSE(differ(before, before.controls, batch.controls)) << k;
    ASSERT_FALSE(differ(before, before.cells, batch.cells)) << k;
    before = next;
  }
}

TEST_F(RowFeederTest, ErrorsOfTheDiskComeOut) {
  const auto epoch = std::make_shared<const WindowedBatches>(c_.epoch());
  RowFeeder feeder(*pack_, cells_in_fold(c_.screen.regimes[0], c_.split, Fold::train));
  feeder.begin(epoch);
  feeder.rows_of(0);
  std::filesystem::resize_file(file_, 8 * 4096);  // the table of rows is left
  expect_error<InputError>([&] { wrong_from(feeder, *epoch, 0); }, {"it became shorter", "remove it"});
}

}  // namespace
}  // namespace gracevae::impl
