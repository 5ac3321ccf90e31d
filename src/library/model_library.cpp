#include "library/model_library.hpp"

#include <dlfcn.h>

#include "base/error.hpp"
#include "base/runtime.hpp"
#include "base/version.hpp"

namespace gracevae::impl {

const ModelLibrary& model_library() {
  static const ModelLibrary* const library = [] {
    constexpr const char* kName = "libgracevae_model.so." GRACEVAE_SOVERSION;
    void* handle = ::dlopen(kName, RTLD_NOW | RTLD_GLOBAL);
    if (!handle)
      throw IoError(std::string("the part of gracevae that needs LibTorch cannot be loaded: ") + ::dlerror(),
                    "install libtorch-dev and build again (./run build)");
    auto* entry = reinterpret_cast<const ModelLibrary* (*)()>(::dlsym(handle, "gracevae_model_library"));
    if (!entry)
      throw IoError(std::string(kName) + " is of another version of gracevae", "install both libraries from one build");
    return entry();
  }();
  warn_of_slow_blas();
  return *library;
}

}  // namespace gracevae::impl
