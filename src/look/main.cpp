// gracevae-look FILE: goes through an HDF5 file and writes "sound" or "unsound". The libraries start it before they
// read a file themselves (io/first_look.hpp): on some damaged files HDF5 crashes, never ends or takes all memory.
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <thread>

#include "io/first_look.hpp"

namespace {

constexpr rlim_t kSeconds = 20;  // of processor time

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: gracevae-look FILE\nWrites whether an HDF5 file can be read without harm.\n", stderr);
    return 2;
  }
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core{0, 0}, processor_time{kSeconds, kSeconds};
  ::setrlimit(RLIMIT_CORE, &no_core);
  ::setrlimit(RLIMIT_CPU, &processor_time);
  bool sound = false;
  // A new thread has a heap of its own, with nothing mapped behind it: a write beyond its blocks soon crashes.
  std::thread([&] { sound = gracevae::impl::hdf5::looks_sound(argv[1]); }).join();
  std::fputs(sound ? "sound\n" : "unsound\n", stdout);
  std::fflush(stdout);
  ::_exit(0);  // HDF5 may crash while it tidies up
}
