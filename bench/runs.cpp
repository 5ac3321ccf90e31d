// k runs on k threads (all processors, or GRACEVAE_BENCH_THREADS), twenty steps of each at the norman shape: side by
// side with a thread each, as `gracevae sweep` has them, beside one after another with all threads each. The floor is
// one run alone with one thread: what k of them take where they do not disturb each other.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <deque>

#include "norman_step.hpp"

namespace gracevae::impl {
namespace {

constexpr int kSteps = 20;

double steps(bench::SlicedRun& run) {
  double loss = 0;
  for (int i = 0; i < kSteps; ++i) loss = run.step();
  return loss;
}

void require(bool met, const char* what) {
  if (met) return;
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

/// A run in a process of its own with one thread. It is made and makes its steps when it is told, and ends with us.
class RunProcess {
 public:
  RunProcess() {
    require(::pipe(orders_) == 0 && ::pipe(losses_) == 0, "no pipe");
    const pid_t child = ::fork();
    require(child >= 0, "no process");
    if (child == 0) serve();
    ::close(orders_[0]);
    ::close(losses_[1]);
  }
  void begin() { require(::write(orders_[1], "s", 1) == 1, "a run ended"); }
  /// Loss of the last step.
  double end() {
    double loss = 0;
    require(::read(losses_[0], &loss, sizeof loss) == sizeof loss, "a run ended");
    return loss;
  }

 private:
  [[noreturn]] void serve() {
    ::close(orders_[1]);
    set_threads(1);
    torch_compat::set_threads(1);
    bench::SlicedRun run("grace-vae");
    for (char order; ::read(orders_[0], &order, 1) == 1;) {
      const double loss = steps(run);
      if (::write(losses_[1], &loss, sizeof loss) != sizeof loss) break;
    }
    ::_exit(0);
  }
  int orders_[2], losses_[2];
};

std::vector<RunProcess> processes;

/// Twenty steps of the first n of them.
std::vector<double> run_side_by_side(std::size_t n) {
  std::vector<double> losses;
  for (std::size_t i = 0; i < n; ++i) processes[i].begin();
  for (std::size_t i = 0; i < n; ++i) losses.push_back(processes[i].end());
  return losses;
}

void side_by_side(benchmark::State& state, bool all) {
  for (auto _ : state) run_side_by_side(all ? processes.size() : 1);
}

void one_after_another(benchmark::State& state) {
  std::deque<bench::SlicedRun> runs;
  for (std::size_t i = 0; i < processes.size(); ++i) runs.emplace_back("grace-vae");
  for (auto _ : state)
    for (bench::SlicedRun& run : runs) steps(run);
}

/// All runs are the same run.
void check() {
  bench::SlicedRun run("grace-vae");
  const double loss = steps(run);
  for (const double other : run_side_by_side(processes.size()))
    require(std::abs(other / loss - 1) < 1e-3, "runs side by side learn something else");
}

// clang-format off
BENCHMARK_CAPTURE(side_by_side, alone, false)->Name("20 steps of k runs on k threads/floor")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(side_by_side, all, true)->Name("20 steps of k runs on k threads/side by side, a thread each")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(one_after_another)->Name("20 steps of k runs on k threads/one after another, k threads each")->Unit(benchmark::kMillisecond)->UseRealTime();
// clang-format on

}  // namespace
}  // namespace gracevae::impl

int main(int argc, char** argv) {
  using namespace gracevae::impl;
  gracevae::cli::restart_with_environment(argv);
  processes = std::vector<RunProcess>(static_cast<std::size_t>(bench::n_threads()));  // before there are threads
  return bench::run(argc, argv, check);
}
