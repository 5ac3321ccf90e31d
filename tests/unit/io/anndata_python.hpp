#pragma once
// How the tests of .h5ad files run the Python scripts in tests/support that make and check them.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "support/python.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {

/// The Python that has anndata, "" when there is none: Debian's comes first, since another in PATH may lack it.
inline const std::string& python() {
  static const std::string found = python_with("anndata");
  return found;
}

/// A test whose files a script of tests/support makes or checks; skipped, with the reason, where that cannot run.
class WithPython : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(support_script("anndata_interop.py")))
      GTEST_SKIP() << "set GRACEVAE_SOURCE_DIR to the repository (ctest does)";
    if (python().empty()) GTEST_SKIP() << "no python3 with anndata: apt-get install python3-anndata";
  }

  /// The exit status of `script command path`.
  static int run(const std::string& script, const std::string& command, const std::filesystem::path& path,
                 const std::string& redirection = "") {
    return std::system(fmt::format("{} '{}' {} '{}' {}", python(), support_script(script).string(), command,
                                   path.string(), redirection)
                           .c_str());
  }

  TemporaryFolder folder_;
};

}  // namespace gracevae::impl
