#include "run/run_lock.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <optional>

#include "base/error.hpp"
#include "support/expect_error.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

TEST(RunLock, NamesWhoIsAtWork) {
  const TemporaryFolder folder;
  std::optional<RunLock> first(folder.path());
  test::expect_error<IoError>([&] { const RunLock second(folder.path()); },
                              {fmt::format("process {} (", ::getpid()), "test_run", "is at work in this folder"});
  first.reset();
  const RunLock next(folder.path());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(RunLock, HoldsNoFolderThatIsNotThere) {
  const TemporaryFolder folder;
  const RunLock lock(folder.path() / "absent");
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "absent"));
}

}  // namespace
}  // namespace gracevae::impl
