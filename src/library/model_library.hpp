#pragma once
/// @file libgracevae_model, the library with LibTorch, loaded when it is first needed.
#include "predict/library.hpp"

namespace gracevae::impl {

/// IoError where it cannot be loaded.
const ModelLibrary& model_library();

}  // namespace gracevae::impl
