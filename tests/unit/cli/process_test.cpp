// The restart with an environment of our own, in a process that is this test program again.
#include "cli/process.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace gracevae::cli {
namespace {

constexpr std::array<const char*, 3> kNames{"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "GLIBC_TUNABLES"};

/// What a process that was begun with these settings says after the restart: what it has, or how it is named.
std::string after_restart(const std::string& settings, const std::string& word = "has") {
  const std::string command = "env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT -u GLIBC_TUNABLES GRACEVAE_RESTART=1 " +
                              settings + " /proc/" + std::to_string(::getpid()) +
                              "/exe --gtest_filter=Restart.InAProcess | grep '^" + word + " '";
  std::FILE* const output = ::popen(command.c_str(), "r");
  std::string text;
  for (int c = 0; output && (c = std::fgetc(output)) != EOF;) text.push_back(static_cast<char>(c));
  if (output) ::pclose(output);
  return text;
}

// The other process: says what it has once it does not start anew any more.
TEST(Restart, InAProcess) {
  if (!std::getenv("GRACEVAE_RESTART")) return;
  std::string program = "test", filter = "--gtest_filter=Restart.InAProcess";
  std::array<char*, 3> arguments{program.data(), filter.data(), nullptr};
  restart_with_environment(arguments.data());
  for (const char* name : kNames) {
    const char* value = std::getenv(name);
    std::printf("has %s\n", value ? value : "nothing");
  }
  std::string name;
  std::getline(std::ifstream("/proc/self/comm"), name);
  std::printf("named %s\n", name.c_str());
}

TEST(Restart, KeepsTheProgramsName) {
  constexpr std::size_t kLongest = 15;  // of Linux
  const std::string name = std::filesystem::read_symlink("/proc/self/exe").filename().string().substr(0, kLongest);
  EXPECT_EQ(after_restart("", "named"), "named " + name + "\n");
}

TEST(Restart, SetsWhatTheUserDidNot) {
  EXPECT_EQ(after_restart(""), "has passive\nhas 4000\nhas glibc.malloc.hugetlb=1\n");
}

TEST(Restart, LeavesWhatTheUserSet) {
  EXPECT_EQ(after_restart("OMP_WAIT_POLICY=active"), "has active\nhas nothing\nhas glibc.malloc.hugetlb=1\n");
  EXPECT_EQ(after_restart("GOMP_SPINCOUNT=7 GLIBC_TUNABLES=glibc.malloc.check=0"),
            "has nothing\nhas 7\nhas glibc.malloc.check=0\n");
}

}  // namespace
}  // namespace gracevae::cli
