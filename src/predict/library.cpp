#include "predict/library.hpp"

const gracevae::ModelLibrary* gracevae_model_library() {
  static const gracevae::ModelLibrary library{&gracevae::train, &gracevae::predict, &gracevae::query,
                                              &gracevae::respond};
  return &library;
}
