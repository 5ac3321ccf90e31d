// What is done to cells outside a training step, on a simulated screen of 10,000 cells x 2,000 genes: reading, writing,
// preparing, gathering batches, MMD, and all scores; beside the floor of each, measured in the same run.
#include <benchmark/benchmark.h>

#include <cblas.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "base/files.hpp"
#include "common.hpp"
#include "evaluate/evaluate.hpp"
#include "io/anndata.hpp"
#include "io/cell_source.hpp"
#include "kernels/mmd.hpp"
#include "screen/batches.hpp"
#include "screen/prepare.hpp"
#include "simulate/simulate.hpp"

namespace gracevae::impl {
namespace {

void stop(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

ScreenOptions screen_options(const std::filesystem::path& file) {
  ScreenOptions options;
  options.file = file.string();
  return options;
}

/// The files and the screen, made once and removed at the end.
class Fixture {
 public:
  Fixture() {
    char name[] = "/tmp/gracevae-bench-XXXXXX";
    if (!::mkdtemp(name)) stop("no temporary folder");
    folder = name;
    SimulateOptions options = simulate_preset("norman-like");
    options.n_genes = 2000;
    options.n_latents = 40;
    options.n_control = 1000;
    options.single_cells = 6000;
    options.n_doubles = 30;
    options.cells_per_double = 100;
    simulate_screen(folder / "sim", options);
    options.raw_counts = true;
    simulate_screen(folder / "counts", options);
    file = folder / "sim/screen.h5ad";
    data = read_anndata(file);
    screen = load_screen(screen_options(file));
    SplitOptions kind;
    kind.kind = "unseen-double";
    split = make_split(screen, kind, 0);
    pairs = pair_controls(screen, split, 0);
  }
  ~Fixture() { std::filesystem::remove_all(folder); }

  std::filesystem::path folder, file;
  AnnData data;
  Screen screen;
  Split split;
  std::vector<std::int64_t> pairs;
};

Fixture& fixture() {
  static Fixture made;
  return made;
}

void read_floor(benchmark::State& state) {
  const auto size = std::filesystem::file_size(fixture().file);
  std::vector<char> bytes(size);
  for (auto _ : state) {
    std::ifstream in(fixture().file, std::ios::binary);
    in.read(bytes.data(), static_cast<std::streamsize>(size));
    benchmark::DoNotOptimize(bytes.data());
  }
}

void read_h5ad(benchmark::State& state) {
  for (auto _ : state) {
    const AnnData read = read_anndata(fixture().file);
    if (read.x.values != fixture().data.x.values) stop("read another matrix");
  }
}

void write_floor(benchmark::State& state) {
  const std::vector<char> bytes(std::filesystem::file_size(fixture().file), 'x');
  for (auto _ : state)
    write_atomically(fixture().folder / "floor", [&](const std::filesystem::path& temporary) {
      std::ofstream out(temporary, std::ios::binary);
      out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    });
}

void write_h5ad(benchmark::State& state) {
  const auto file = fixture().folder / "written.h5ad";
  for (auto _ : state) write_anndata(file, fixture().data);
  if (read_anndata(file).x.values != fixture().data.x.values) stop("wrote another matrix");
}

/// Counts are read, normalised, log1p, the 1,000 most variable genes kept, and every condition tested against control.
void prepare(benchmark::State& state) {
  PrepareOptions options;
  options.n_top_genes = 1000;
  const ScreenOptions screen = screen_options(fixture().folder / "counts/screen.h5ad");
  for (auto _ : state) {
    CellSource cells = open_screen(screen);
    const UnreadScreen read = read_screen_names(cells, screen);
    const PrepareReport report =
        prepare_screen(cells, labels_of(read, cells.rows->n_rows()), options, fixture().folder / "prepared.h5ad");
    if (report.n_genes_written < 1000) stop("prepared too few genes");
  }
}

constexpr std::int64_t kBatch = 32;

void gather_floor(benchmark::State& state) {
  const std::vector<float> from(static_cast<std::size_t>(kBatch * 2000), 1.0F);
  std::vector<float> to(from.size());
  for (auto _ : state) {
    std::copy(from.begin(), from.end(), to.begin());
    benchmark::ClobberMemory();
  }
}

void gather(benchmark::State& state) {
  std::vector<std::int64_t> cells(static_cast<std::size_t>(kBatch));
  for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = static_cast<std::int64_t>(i * 97);
  for (auto _ : state) benchmark::DoNotOptimize(dense_rows(fixture().screen, cells).values.data());
}

Matrix<float> rows(std::int64_t n, std::int64_t p, const char* name) {
  Matrix<float> result(n, p);
  Random(4, name).fill_normal(std::span<float>(result.values));
  return result;
}

void mmd_floor(benchmark::State& state, std::int64_t n, std::int64_t p) {
  const Matrix<float> x = rows(2 * n, p, "x");
  Matrix<float> gram(2 * n, 2 * n);
  const auto m = static_cast<int>(2 * n), k = static_cast<int>(p);
  for (auto _ : state) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, m, k, 1.0F, x.values.data(), k, x.values.data(), k, 0.0F,
                gram.values.data(), m);
    benchmark::ClobberMemory();
  }
}

void mmd(benchmark::State& state, std::int64_t n, std::int64_t p) {
  const Matrix<float> a = rows(n, p, "a"), b = rows(n, p, "b");
  if (std::abs(kernels::mmd2(a.view(), a.view(), kernels::MmdOptions{})) > 1e-6) stop("MMD of equal cells is not 0");
  for (auto _ : state) benchmark::DoNotOptimize(kernels::mmd2(a.view(), b.view(), kernels::MmdOptions{}));
}

std::vector<Prediction> control_predictions() {
  const Fixture& f = fixture();
  std::vector<Prediction> predictions;
  for (const Regime& regime : f.screen.regimes) {
    Prediction prediction{regime.label, {}, {}, {}};
    for (const std::int64_t cell : regime.cells)
      if (!regime.targets.empty() && f.split.fold[static_cast<std::size_t>(cell)] == Fold::test) {
        prediction.cells.push_back(cell);
        prediction.controls.push_back(f.pairs[static_cast<std::size_t>(cell)]);
      }
    if (prediction.cells.empty()) continue;
    prediction.values = dense_rows(f.screen, prediction.controls);
    predictions.push_back(std::move(prediction));
  }
  return predictions;
}

/// Every number that is scored read once: predicted and observed cells of all test conditions.
void evaluate_floor(benchmark::State& state) {
  const auto predictions = control_predictions();
  for (auto _ : state) {
    double sum = 0;
    for (const Prediction& prediction : predictions)
      sum = std::accumulate(prediction.values.values.begin(), prediction.values.values.end(), sum);
    benchmark::DoNotOptimize(sum);
  }
}

void evaluate(benchmark::State& state) {
  const auto predictions = control_predictions();
  for (auto _ : state) {
    const auto metrics = evaluate_predictions(fixture().screen, fixture().split, predictions, {}, 0);
    if (metrics.at("conditions").empty()) stop("nothing was scored");
  }
}

// clang-format off
BENCHMARK(read_floor)->Name("read .h5ad/floor")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(read_h5ad)->Name("read .h5ad/ours")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(write_floor)->Name("write .h5ad/floor")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(write_h5ad)->Name("write .h5ad/ours")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(read_floor)->Name("prepare/floor")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(prepare)->Name("prepare/ours")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(gather_floor)->Name("gather a batch/floor")->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(gather)->Name("gather a batch/ours")->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK_CAPTURE(mmd_floor, batch, 32, 5000)->Name("mmd of 32 + 32 cells/floor")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(mmd, batch, 32, 5000)->Name("mmd of 32 + 32 cells/ours")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(mmd_floor, many, 2000, 1000)->Name("mmd of 2,000 + 2,000 cells/floor")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(mmd, many, 2000, 1000)->Name("mmd of 2,000 + 2,000 cells/ours")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(evaluate_floor)->Name("evaluate/floor")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(evaluate)->Name("evaluate/ours")->Unit(benchmark::kMillisecond)->UseRealTime();
// clang-format on

}  // namespace
}  // namespace gracevae::impl

int main(int argc, char** argv) { return gracevae::impl::bench::run(argc, argv); }
