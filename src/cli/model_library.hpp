#pragma once
/// @file LibTorch is loaded only by commands that need it: it takes half a second and 160 MB.
#include "predict/library.hpp"

namespace gracevae::impl::cli {

/// Loads libgracevae_model, which stands beside the program's other library. IoError when it is not there or cannot be
/// loaded.
const ModelLibrary& model_library();

}  // namespace gracevae::impl::cli
