#pragma once
/// @file What stands behind Model. Only for src/session.

#include <gracevae/model.hpp>

#include "predict/loaded_run.hpp"

namespace gracevae {

struct __attribute__((visibility("hidden"))) Model::Impl {
  impl::LoadedRun run;
  Screen screen;
  Split split;
};

}  // namespace gracevae

namespace gracevae::impl {

/// The public class over a run that was loaded, or that stands in memory.
gracevae::Model make_fitted_model(LoadedRun run);

}  // namespace gracevae::impl
