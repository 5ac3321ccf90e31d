#include "base/runtime.hpp"

#include <dlfcn.h>
#include <malloc.h>
#include <omp.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/call_scope.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/instruction_set.hpp"
#include "base/log.hpp"
#include "base/version.hpp"

namespace gracevae::impl {

namespace {

/// How often a thread looks whether there is work before it sleeps: about as long as the pauses within a step.
constexpr const char* kSpins = "4000";

/// A function of the BLAS that is loaded, nullptr where it has none of this name.
template <class Function>
Function* blas_function(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_DEFAULT, name));
}

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.rfind("model name", 0) == 0 && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
  return "unknown";
}

}  // namespace

void restart_with_environment(char** argv) {
  bool changed = false;
  const auto set = [&](const char* name, const char* value) { changed |= ::setenv(name, value, 1) == 0; };
  if (!std::getenv("OMP_WAIT_POLICY") && !std::getenv("GOMP_SPINCOUNT")) {
    set("OMP_WAIT_POLICY", "passive");
    set("GOMP_SPINCOUNT", kSpins);
  }
  if (!std::getenv("GLIBC_TUNABLES")) set("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");
  if (!changed) return;
  std::error_code error;  // by its own path, so that lists of processes show its name
  ::execv(std::filesystem::read_symlink("/proc/self/exe", error).c_str(), argv);
  ::execv("/proc/self/exe", argv);  // another program is at that path now, or none
}

void prepare_runtime() {
  instruction_set();  // throws if GRACEVAE_INSTRUCTIONS is wrong
  // glibc gives the heap back and maps large blocks anew at every step: a million page faults in 200 steps.
  ::mallopt(M_TRIM_THRESHOLD, 1 << 30);
  ::mallopt(M_MMAP_THRESHOLD, 1 << 30);
  const std::string flavour = blas_flavour();
  if (flavour == "openblas-pthread") {
    if (auto* set = blas_function<void(int)>("openblas_set_num_threads")) set(1);
    log::warning(
        "the BLAS in use is openblas-pthread, which fights our threads: its own were turned off. "
        "`apt-get install libopenblas0-openmp` makes training faster");
  } else if (flavour == "unknown" && !blas_function<void>("mkl_get_version")) {
    log::warning(
        "the BLAS in use is not OpenBLAS: netlib's reference BLAS makes training many times slower. "
        "`apt-get install libopenblas0-openmp` and build again");
  }
}

int available_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return ::sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set)
                                                        : static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
}

int set_threads(int threads) {
  const Context* context = current_context();
  if (context && context->threads > 0) threads = context->threads;
  const int count = threads > 0 ? threads : available_threads();
  ::omp_set_num_threads(count);
  return count;
}

std::string blas_flavour() {
  auto* parallel = blas_function<int()>("openblas_get_parallel");
  if (!parallel) return "unknown";
  switch (parallel()) {
    case 0: return "openblas-serial";
    case 1: return "openblas-pthread";
    default: return "openblas-openmp";
  }
}

std::string blas_description() {
  auto* config = blas_function<char*()>("openblas_get_config");
  return config ? config() : "";
}

std::int64_t peak_memory() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

std::string build_id() {
  Dl_info here{};
  GRACEVAE_CHECK(::dladdr(reinterpret_cast<void*>(&build_id), &here) != 0, "this function is in a file");
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe");
  const std::filesystem::path library = std::filesystem::absolute(here.dli_fname);
  std::string hashes = file_hash(program);
  for (const auto& file : {library, library.parent_path() / "libgracevae_model.so." GRACEVAE_SOVERSION})
    if (std::filesystem::exists(file)) hashes += file_hash(file);
  return text_hash(hashes);
}

nlohmann::ordered_json environment_record() {
  return {{"version", GRACEVAE_VERSION},
          {"build", GRACEVAE_BUILD_TYPE},
          {"compiler", GRACEVAE_COMPILER},
          {"processor", processor_name()},
          {"instructions", std::string(name_of(instruction_set()))},
          {"threads", ::omp_get_max_threads()},
          {"blas", blas_flavour()},
          {"blas_description", blas_description()}};
}

}  // namespace gracevae::impl
