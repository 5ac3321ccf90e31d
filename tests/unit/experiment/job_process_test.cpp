#include "experiment/job_process.hpp"

#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "base/error.hpp"
#include "base/files.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

ProcessEnd wait(JobProcess& process) {
  while (true) {
    if (const auto end = process.end()) return *end;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

class Process : public testing::Test {
 protected:
  JobProcess start(const std::string& script, int keep_open = -1) {
    return JobProcess({"/bin/sh", "-c", script}, log(), 3, keep_open);
  }
  void wait_for_word(const std::string& word) const {
    while (!std::filesystem::exists(log()) || read_text(log()).find(word) == std::string::npos)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  std::filesystem::path log() const { return folder_.path() / "log.txt"; }
  TemporaryFolder folder_;
};

TEST_F(Process, CodeOutputAndThreads) {
  JobProcess first = start("echo out; echo err >&2; exit 7"),
             second = start("echo $OMP_NUM_THREADS >>'" + log().string() + "'");
  const ProcessEnd end = wait(first);
  EXPECT_EQ(end.code, 7);
  EXPECT_EQ(end.signal, 0);
  EXPECT_GT(end.peak_bytes, 0);
  EXPECT_EQ(wait(second).code, 0);
  for (const char* line : {"out\n", "err\n", "3\n"}) EXPECT_THAT(read_text(log()), testing::HasSubstr(line));
}

TEST_F(Process, ASignalIsToldFromACode) {
  JobProcess killed = start("kill -9 $$");
  EXPECT_EQ(wait(killed).signal, SIGKILL);
  JobProcess stopped = start("trap 'exit 130' TERM; echo ready; while :; do sleep 0.01; done");
  wait_for_word("ready");
  EXPECT_FALSE(stopped.end().has_value());
  stopped.stop();
  EXPECT_EQ(wait(stopped).code, 130);
}

TEST_F(Process, AProgramThatIsNotThere) {
  EXPECT_THROW(JobProcess({"/no/such/program"}, log(), 0, -1), IoError);
  EXPECT_THROW(JobProcess({"/bin/true"}, folder_.path() / "none" / "log", 0, -1), IoError);
}

TEST_F(Process, ALockIsHeldUntilAllWhoInheritedItAreGone) {
  const auto file = folder_.path() / "lock";
  auto lock = FileLock::take(file);
  ASSERT_TRUE(lock);
  EXPECT_FALSE(FileLock::take(file));
  const std::string go = (folder_.path() / "go").string();
  JobProcess process = start("echo ready; while [ ! -e '" + go + "' ]; do sleep 0.01; done", lock->descriptor());
  wait_for_word("ready");
  lock.reset();
  EXPECT_FALSE(FileLock::take(file)) << "the child has it still";
  folder_.write("go", "");
  wait(process);
  EXPECT_TRUE(FileLock::take(file));
}

}  // namespace
}  // namespace gracevae::impl
