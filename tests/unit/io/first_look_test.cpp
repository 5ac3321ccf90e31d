// The helper program that looks at HDF5 files first, and stand-ins for it that crash, hang or are not there.
#include "io/first_look.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/start_process.hpp"
#include "io/anndata.hpp"
#include "io/hdf5.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;

std::size_t n_open_descriptors() {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

class FirstLook : public testing::Test {
 protected:
  void TearDown() override {
    ::unsetenv("GRACEVAE_LOOK");
    ::unsetenv("GRACEVAE_LOOK_SECONDS");
  }
  /// A shell script in the place of the helper.
  void stand_in(const std::string& script) const {
    const fs::path file = folder_.write("helper", "#!/bin/sh\n" + script + "\n");
    fs::permissions(file, fs::perms::owner_all);
    ::setenv("GRACEVAE_LOOK", file.c_str(), 1);
  }
  fs::path small_file(const std::string& name = "small.h5", float value = 1) const {
    hdf5::File file = hdf5::File::create(folder_.file(name));
    file.write_floats("/x", std::vector<float>(3, value));
    file.close();
    return folder_.file(name);
  }
  Thrown error_of_reading(const fs::path& path) const {
    return message_of<Error>([&] { hdf5::File::open(path); });
  }
  std::size_t n_looks() const {
    const std::string looks = fs::exists(folder_.file("looks")) ? read_text(folder_.file("looks")) : "";
    return static_cast<std::size_t>(std::count(looks.begin(), looks.end(), '\n'));
  }
  void count_looks() const { stand_in("echo >>'" + folder_.file("looks").string() + "'; echo sound"); }
  TemporaryFolder folder_;
};

TEST_F(FirstLook, TheHelperIsFoundAndLeavesNothing) {
  const fs::path file = small_file();
  EXPECT_TRUE(survives_first_look(file, file));
  const std::size_t before = n_open_descriptors();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(survives_first_look(file, file));
  EXPECT_EQ(n_open_descriptors(), before);
  errno = 0;
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a child that nobody waited for";
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(FirstLook, AFileThatIsRefusedWithAnErrorIsNoDanger) {
  EXPECT_TRUE(survives_first_look(folder_.write("text.h5", "text"), "text.h5"));
  EXPECT_THAT(error_of_reading(folder_.file("text.h5")), At("", "HDF5"));
}

TEST_F(FirstLook, AHelperThatCrashesOrSaysNothingMeansADamagedFile) {
  const fs::path file = small_file();
  for (const char* script : {"kill -SEGV $$", "kill -KILL $$", "exit 0", "echo unsound", "printf soun"}) {
    stand_in(script);
    EXPECT_THAT(error_of_reading(file), AllOf(At(file.string()), OfCode(ErrorCode::input))) << script;
  }
}

TEST_F(FirstLook, AHelperThatHangsIsEnded) {
  const fs::path file = small_file();
  ::setenv("GRACEVAE_LOOK_SECONDS", "1", 1);
  for (const char* how : {"exec sleep 1000", "kill -STOP $$"}) {
    stand_in("echo $$ >'" + folder_.file("pid").string() + "'; " + how);
    EXPECT_THAT(error_of_reading(file), AllOf(At(file.string(), "1", "GRACEVAE_LOOK_SECONDS"), OfCode(ErrorCode::io)))
        << how;
    EXPECT_NE(::kill(std::stoi(read_text(folder_.file("pid"))), 0), 0) << how;
  }
}

TEST_F(FirstLook, AHelperThatIsMissing) {
  const fs::path file = small_file();
  ::setenv("GRACEVAE_LOOK", "/no/such/helper", 1);
  EXPECT_THAT(error_of_reading(file), AllOf(At(file.string(), "/no/such/helper"), OfCode(ErrorCode::io)));
}

TEST_F(FirstLook, AFileThatHasNotChangedIsLookedAtOnce) {
  count_looks();
  const fs::path old = fs::read_symlink("/proc/self/exe");  // no file that was made a moment ago
  EXPECT_TRUE(survives_first_look(old, old));
  EXPECT_TRUE(survives_first_look(old, old));
  EXPECT_EQ(n_looks(), 1U);
  const fs::path fresh = small_file();
  EXPECT_TRUE(survives_first_look(fresh, fresh));
  EXPECT_TRUE(survives_first_look(fresh, fresh));
  EXPECT_EQ(n_looks(), 3U) << "it may change again without another time of change";
}

TEST_F(FirstLook, SignalsAndChildrenOfTheHostAreLeftAlone) {
  const fs::path file = small_file();
  pid_t other = 0;
  ASSERT_EQ(start_process({.words = {"/bin/sh", "-c", "exit 7"}}, other), 0);
  EXPECT_TRUE(survives_first_look(file, file));
  int status = 0;
  EXPECT_EQ(::waitpid(other, &status, 0), other);
  EXPECT_EQ(WEXITSTATUS(status), 7);
  const auto before = std::signal(SIGCHLD, SIG_IGN);  // a host whose children vanish on their own
  EXPECT_TRUE(survives_first_look(file, file));
  stand_in("kill -SEGV $$");
  EXPECT_FALSE(survives_first_look(file, file));
  EXPECT_EQ(std::signal(SIGCHLD, before), SIG_IGN);
}

TEST_F(FirstLook, ABlockedOrIgnoredSignalOfTheHostDoesNotKeepAHelperAlive) {
  const fs::path file = small_file();
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  const auto handler = std::signal(SIGTERM, SIG_IGN);
  stand_in("kill -TERM $$; echo sound");
  EXPECT_FALSE(survives_first_look(file, file));
  std::signal(SIGTERM, handler);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_F(FirstLook, EightThreadsReadAtTheSameTime) {
  constexpr int n_threads = 8, n_times = 3;
  AnnData data;
  data.x.n_rows = data.x.n_cols = 2;
  data.x.indptr = {0, 1, 2};
  data.x.indices = {0, 1};
  data.x.values = {1, 2};
  data.obs.index = {"c0", "c1"};
  data.var.index = {"g0", "g1"};
  write_anndata(folder_.file("common.h5ad"), data, true);
  std::vector<int> n_good(n_threads, 0);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < n_threads; ++t)
    threads.emplace_back([&, t] {
      const fs::path own = folder_.file("own" + std::to_string(t) + ".h5ad");
      fs::copy_file(folder_.file("common.h5ad"), own);
      for (int i = 0; i < n_times; ++i)
        for (const fs::path& path : {own, folder_.file("common.h5ad")})
          n_good[t] += read_anndata(path).x.values == data.x.values ? 1 : 0;
    });
  for (auto& thread : threads) thread.join();
  for (const int n : n_good) EXPECT_EQ(n, 2 * n_times);
}

}  // namespace
}  // namespace gracevae::impl
