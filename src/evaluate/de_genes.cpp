#include "evaluate/de_genes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "base/random.hpp"

namespace gracevae::impl {

namespace {

/// Two random halves of a list, each in the list's order; the first is the larger of an odd number.
template <class T>
std::array<std::vector<T>, 2> random_halves(std::vector<T> all, Random random) {
  random.shuffle(all);
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>((all.size() + 1) / 2);
  std::array<std::vector<T>, 2> halves{std::vector<T>(all.begin(), middle), std::vector<T>(middle, all.end())};
  for (auto& half : halves) std::sort(half.begin(), half.end());
  return halves;
}

std::vector<std::size_t> places(std::size_t n) {
  std::vector<std::size_t> all(n);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

}  // namespace

DeGenes::DeGenes(const Screen& screen, const Split& split, std::int64_t n_top, std::int64_t least, std::uint64_t seed)
    : screen_(screen), split_(split), n_top_(n_top), least_(least), seed_(seed),
      halves_(random_halves(screen.regimes.front().cells, Random(seed, "control-halves"))),
      control_(screen, screen.regimes.front().cells) {
  for (const auto& half : halves_) {
    const auto& cells = half.empty() ? screen.regimes.front().cells : half;  // a single control cell: nothing is chosen
    means_.emplace_back(screen, cells);
    references_.emplace_back(screen.rows(), cells);
  }
}

std::vector<std::int32_t> DeGenes::chosen(std::span<const std::int64_t> cells, std::size_t control_half) const {
  return top_genes(references_[control_half].scores(common_rows(screen_.rows(), cells)), n_top_);
}

std::vector<std::int32_t> DeGenes::published(const Regime& regime) const {
  return top_genes(welch_t(MeanOfCells(screen_, regime.cells), control_), n_top_);
}

DeChoice DeGenes::choose(const Regime& regime, std::span<const std::int64_t> test_cells) const {
  DeChoice choice;
  const auto enough = [&](std::size_t n) { return static_cast<std::int64_t>(n) >= least_; };
  if (!enough(halves_[1].size())) {
    choice.refused =
        fmt::format("half of {} control cells is fewer than {}", screen_.regimes.front().cells.size(), least_);
    return choice;
  }
  if (const auto training = cells_in_fold(regime, split_, Fold::train); !training.empty()) {
    choice.chosen_on = fmt::format("{} training cells", training.size());
    if (!enough(training.size()))
      choice.refused = fmt::format("{} are fewer than {}", choice.chosen_on, least_);
    else
      for (const std::size_t half : {0, 1})
        choice.folds.push_back({chosen(training, half), places(test_cells.size()), 1 - half});
    return choice;
  }
  choice.chosen_on = fmt::format("the other half of {} test cells", test_cells.size());
  const auto halves = random_halves(places(test_cells.size()), Random(seed_, "test-halves/" + regime.label));
  if (!enough(halves[1].size())) {
    choice.refused = fmt::format("half of {} test cells is fewer than {}", test_cells.size(), least_);
    return choice;
  }
  for (const std::size_t half : {0, 1}) {
    std::vector<std::int64_t> cells;
    for (const std::size_t row : halves[half]) cells.push_back(test_cells[row]);
    choice.folds.push_back({chosen(cells, half), halves[1 - half], 1 - half});
  }
  return choice;
}

}  // namespace gracevae::impl
