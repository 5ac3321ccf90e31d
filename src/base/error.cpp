#include "base/error.hpp"

#include <cstdio>
#include <cstdlib>

namespace gracevae::impl::detail {

void check_failed(const char* expression, const char* file, int line, const std::string& message) {
  std::fprintf(stderr,
               "gracevae: internal check failed: %s (%s:%d): %s\nThis is a bug in gracevae, please report it.\n",
               expression, file, line, message.c_str());
  std::abort();
}

}  // namespace gracevae::impl::detail
