#include "predict/library.hpp"

const gracevae::impl::ModelLibrary* gracevae_model_library() {
  static const gracevae::impl::ModelLibrary library{&gracevae::impl::train, &gracevae::impl::predict,
                                                    &gracevae::impl::query, &gracevae::impl::respond};
  return &library;
}
