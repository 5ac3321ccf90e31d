#pragma once
/// @file What stands behind Model. Only for src/session.

#include <gracevae/model.hpp>

#include "predict/loaded_run.hpp"

namespace gracevae {

struct Model::Impl {
  impl::LoadedRun run;
  Screen screen;
  Split split;
};

/// The public class over a run that was loaded, or that stands in memory.
Model make_fitted_model(impl::LoadedRun run);

}  // namespace gracevae
