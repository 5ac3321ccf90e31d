#include "cli/model_library.hpp"

#include <dlfcn.h>

#include "base/error.hpp"

namespace gracevae::cli {

const ModelLibrary& model_library() {
  static const ModelLibrary* const library = [] {
    void* handle = ::dlopen("libgracevae_model.so.0", RTLD_NOW | RTLD_GLOBAL);
    if (!handle)
      throw IoError(std::string("the part of gracevae that needs LibTorch cannot be loaded: ") + ::dlerror(),
                    "install libtorch-dev and build again (./run build)");
    auto* entry = reinterpret_cast<const ModelLibrary* (*)()>(::dlsym(handle, "gracevae_model_library"));
    if (!entry)
      throw IoError("libgracevae_model.so.0 is of another version of gracevae",
                    "install both libraries from one build");
    return entry();
  }();
  return *library;
}

}  // namespace gracevae::cli
