#include "run/run_folder.hpp"

#include <gmock/gmock.h>

#include <chrono>

#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Freshness : public testing::Test {
 protected:
  /// A file that was written at this second.
  fs::path file(const fs::path& path, int second) const {
    fs::create_directories(path.parent_path());
    folder_.write(path.lexically_relative(folder_.path()).string(), "x");
    fs::last_write_time(path, fs::file_time_type(std::chrono::seconds(-4'000'000'000 + second)));
    return path;
  }
  TemporaryFolder folder_;
  RunFolder run_{folder_.path()};
};

TEST_F(Freshness, IsNotOlderThanAnyInput) {
  const fs::path result = run_.predictions(), first = file(folder_.path() / "a", 1), second = folder_.path() / "b";
  const std::vector<fs::path> inputs{first, second};
  EXPECT_FALSE(is_fresh(result, inputs)) << "there is none";
  file(result, 2);
  EXPECT_TRUE(is_fresh(result, inputs)) << "the other input is gone";
  file(second, 2);
  EXPECT_TRUE(is_fresh(result, inputs)) << "as old";
  file(second, 3);
  EXPECT_FALSE(is_fresh(result, inputs));
}

TEST_F(Freshness, ResultsOfANewerModelAreOutdated) {
  file(run_.predictions(), 1);
  file(run_.metrics(), 3);
  EXPECT_TRUE(is_fresh(run_.predictions(), run_)) << "a run whose model was left out";
  EXPECT_THAT(outdated_results(run_), IsEmpty());
  file(run_.model(), 2);
  EXPECT_FALSE(is_fresh(run_.predictions(), run_));
  EXPECT_TRUE(is_fresh(run_.metrics(), run_));
  const fs::path explained = file(ExplanationFolder{run_.explanation()}.record(), 1);
  EXPECT_THAT(outdated_results(run_), ElementsAre(run_.predictions(), explained));
}

}  // namespace
}  // namespace gracevae::impl
