#pragma once
// The Python that tests compare with, and where its scripts are.
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace gracevae::impl {

/// The Python that has these modules ("anndata, scipy"), "" when there is none: $GRACEVAE_PYTHON, else Debian's, since
/// another in PATH may lack them.
inline std::string python_with(const std::string& modules) {
  const char* chosen = std::getenv("GRACEVAE_PYTHON");
  for (const std::string& candidate :
       {std::string(chosen ? chosen : ""), std::string("/usr/bin/python3"), std::string("python3")})
    if (!candidate.empty() &&
        std::system(fmt::format("{} -c 'import {}' >/dev/null 2>&1", candidate, modules).c_str()) == 0)
      return candidate;
  return "";
}

/// A script of tests/support.
inline std::filesystem::path support_script(const std::string& name) {
  const char* source = std::getenv("GRACEVAE_SOURCE_DIR");
  return std::filesystem::path(source ? source : ".") / "tests/support" / name;
}

}  // namespace gracevae::impl
