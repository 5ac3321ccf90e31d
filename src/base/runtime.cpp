#include "base/runtime.hpp"

#include <dlfcn.h>
#include <omp.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "base/call_scope.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/instruction_set.hpp"
#include "base/log.hpp"
#include "base/version.hpp"

namespace gracevae::impl {

namespace {

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

int available_threads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const int processors = ::sched_getaffinity(0, sizeof(set), &set) == 0
                             ? CPU_COUNT(&set)
                             : static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  const char* wish = std::getenv("OMP_NUM_THREADS");
  const int most = wish ? std::atoi(wish) : 0;
  return most > 0 ? std::min(most, processors) : processors;
}

int set_threads(int threads) {
  const Context* context = current_context();
  if (context && context->threads > 0) threads = context->threads;
  const int count = threads > 0 ? threads : available_threads();
  ::omp_set_num_threads(count);
  return count;
}

int quiet_blas() {
  static auto* const get = blas_function<int()>("openblas_get_num_threads");
  static auto* const set = blas_function<void(int)>("openblas_set_num_threads");
  static const bool fights = get && set && blas_flavour() == "openblas-pthread";
  if (!fights) return 0;
  const int threads = get();
  set(1);
  return threads;
}

void restore_blas(int threads) {
  if (threads > 0) blas_function<void(int)>("openblas_set_num_threads")(threads);
}

void warn_of_slow_blas() {
  static std::once_flag once;
  std::call_once(once, [] {
    const std::string flavour = blas_flavour();
    if (flavour == "openblas-pthread")
      log::warning(
          "the BLAS in use is openblas-pthread, which fights our threads: its own are turned off. "
          "`apt-get install libopenblas0-openmp` makes training faster");
    else if (flavour == "unknown" && !blas_function<void>("mkl_get_version"))
      log::warning(
          "the BLAS in use is not OpenBLAS: netlib's reference BLAS makes training many times slower. "
          "`apt-get install libopenblas0-openmp` and build again");
  });
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
