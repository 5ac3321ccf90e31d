#include <gracevae/split.hpp>

#include <fmt/format.h>

#include "base/call_scope.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "library/parts.hpp"
#include "screen/split_set.hpp"

namespace gracevae {

Split impl::make_public_split(const gracevae::Screen& screen, Split split, SplitOptions options) {
  check_split(screen.impl().screen, split, options);
  return gracevae::Split(std::make_shared<const gracevae::Split::Impl>(
      gracevae::Split::Impl{screen, std::move(split), std::move(options)}));
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
    throw InputError({.place = "split",
                      .found = fmt::format("{} folds", folds.size()),
                      .expected = fmt::format("{}: one for each cell of the screen", screen.n_cells())});
  impl::SplitOptions options;
  options.kind = "random";
  impl::Split split;
  split.paired_control.assign(folds.size(), -1);
  split.fold = std::move(folds);
  return impl::make_public_split(screen, std::move(split), options);
}

std::span<const Fold> Split::folds() const { return impl_->split.fold; }

std::vector<std::int64_t> Split::test_cells(const std::string& label) const {
  const impl::Screen& screen = impl_->screen.impl().screen;
  return impl::cells_in_fold(screen.regimes[impl::condition_index(impl_->screen, label)], impl_->split, Fold::test);
}

std::vector<std::string> Split::test_conditions() const {
  std::vector<std::string> labels;
  for (const impl::Regime& regime : impl_->screen.impl().screen.regimes)
    if (!regime.targets.empty() && impl::count_cells(impl_->split, regime, Fold::test) > 0)
      labels.push_back(regime.label);
  return labels;
}

void Split::write(const std::filesystem::path& file) const {
  impl::write_split(file, impl_->screen.impl().screen, impl_->split);
}

std::string write_splits(const std::filesystem::path& folder, const std::string& seeds, const Options& options,
                         bool force, const Context& context) {
  const impl::CallScope scope(context);
  const impl::SplitOptions& split = options.impl().run.split;
  split.validate();
  const impl::SplitSet set{folder, impl::parse_seeds(seeds), force};
  if (set.seeds.size() > 1 && !split.column().empty())
    impl::log::warning("split.split {} draws nothing: the splits of all seeds are the same", split.kind);
  const impl::Screen screen = impl::load_screen(options.impl().run.screen, split.kept_columns());
  const auto summaries = impl::write_split_set(screen, split, set);
  impl::log::info("wrote {}/split_seed*.tsv: give one to gracevae train with split.split_file", folder.string());
  return "cells of each fold (control: control cells that train) and test conditions of each stratum\n" +
         impl::split_set_text(set.seeds, summaries);
}

}  // namespace gracevae
