#include <gracevae/split.hpp>

#include <fmt/format.h>

#include "base/error.hpp"
#include "library/parts.hpp"

namespace gracevae {

namespace {

static_assert(sizeof(Fold) == sizeof(impl::Fold) &&
              static_cast<int>(Fold::test) == static_cast<int>(impl::Fold::test) &&
              static_cast<int>(Fold::train) == static_cast<int>(impl::Fold::train));

}  // namespace

Split impl::make_public_split(const gracevae::Screen& screen, Split split, SplitOptions options) {
  check_split(screen.impl().screen, split, options);
  std::vector<gracevae::Fold> folds;
  for (const Fold fold : split.fold) folds.push_back(static_cast<gracevae::Fold>(fold));
  return gracevae::Split(std::make_shared<const gracevae::Split::Impl>(
      gracevae::Split::Impl{screen, std::move(split), std::move(options), std::move(folds)}));
}

Split Split::make(const Screen& screen, std::uint64_t seed, const Options& options) {
  const impl::SplitOptions& split = options.impl().run.split;
  split.validate();
  return impl::make_public_split(screen, impl::make_split(screen.impl().screen, split, seed), split);
}

Split Split::read(const Screen& screen, const std::filesystem::path& file) {
  impl::SplitOptions options;
  options.kind = "random";  // the leak check that holds for any split
  return impl::make_public_split(screen, impl::read_split(file, screen.impl().screen), options);
}

Split Split::from_folds(const Screen& screen, std::vector<Fold> folds) {
  if (static_cast<std::int64_t>(folds.size()) != screen.n_cells())
    throw InputError(
        fmt::format("split: {} folds, expected {}: one for each cell of the screen", folds.size(), screen.n_cells()));
  impl::SplitOptions options;
  options.kind = "random";
  impl::Split split;
  for (const Fold fold : folds) split.fold.push_back(static_cast<impl::Fold>(fold));
  split.paired_control.assign(folds.size(), -1);
  return impl::make_public_split(screen, std::move(split), options);
}

std::span<const Fold> Split::folds() const { return impl_->folds; }

std::vector<std::int64_t> Split::test_cells(const std::string& label) const {
  const impl::Screen& screen = impl_->screen.impl().screen;
  return impl::cells_in_fold(screen.regimes[impl::condition_index(impl_->screen, label)], impl_->split,
                             impl::Fold::test);
}

std::vector<std::string> Split::test_conditions() const {
  std::vector<std::string> labels;
  for (const impl::Regime& regime : impl_->screen.impl().screen.regimes)
    if (!regime.targets.empty() && impl::count_cells(impl_->split, regime, impl::Fold::test) > 0)
      labels.push_back(regime.label);
  return labels;
}

void Split::write(const std::filesystem::path& file) const {
  impl::write_split(file, impl_->screen.impl().screen, impl_->split);
}

}  // namespace gracevae
