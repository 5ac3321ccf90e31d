#pragma once
/// @file What the program takes from libgracevae_model, which it loads only for commands that need LibTorch.
#include "predict/predict.hpp"
#include "train/trainer.hpp"

namespace gracevae::impl {

struct ModelLibrary {
  void (*train)(const TrainRequest&);
  std::filesystem::path (*predict)(const RunFolder&, const PredictOptions&);
  Query (*query)(const RunFolder&, const PredictOptions&);
  Responses (*respond)(const RunFolder&, const ResponseOptions&);
};

}  // namespace gracevae::impl

/// The only symbol that the program looks up by name.
extern "C" const gracevae::impl::ModelLibrary* gracevae_model_library();
