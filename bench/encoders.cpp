// Forward and backward of the graph encoders alone at the norman shape: 32 cells, 7,694 nodes, about 130,000 directed
// edges with self loops; attention beside the same by LibTorch's gather and scatter over [heads, edges, cells].
#include <benchmark/benchmark.h>

#include <ATen/ops/allclose.h>
#include <cstdio>
#include <cstdlib>

#include "base/random.hpp"
#include "base/runtime.hpp"
#include "model/graph_attention.hpp"
#include "model/model.hpp"

namespace gracevae {
namespace {

constexpr std::int64_t kGenes = 5000, kPathways = 2694, kCells = 32, kEdges = 61200;

/// A random graph, as neighbour means.
const CsrMatrix<double>& neighbours() {
  static const CsrMatrix<double> matrix = [] {
    const std::int64_t n = kGenes + kPathways;
    std::vector<std::vector<std::int32_t>> lists(static_cast<std::size_t>(n));
    Random random(1, "bench");
    for (std::int64_t e = 0; e < kEdges; ++e) {
      const auto i = random.below(static_cast<std::uint64_t>(n)), j = random.below(static_cast<std::uint64_t>(n));
      if (i == j) continue;
      lists[i].push_back(static_cast<std::int32_t>(j));
      lists[j].push_back(static_cast<std::int32_t>(i));
    }
    CsrMatrix<double> a;
    a.n_rows = a.n_cols = n;
    for (auto& list : lists) {
      std::sort(list.begin(), list.end());
      list.erase(std::unique(list.begin(), list.end()), list.end());
      a.indices.insert(a.indices.end(), list.begin(), list.end());
      a.values.insert(a.values.end(), list.size(), 1.0 / static_cast<double>(list.size()));
      a.indptr.push_back(static_cast<std::int64_t>(a.indices.size()));
    }
    return a;
  }();
  return matrix;
}

Tensor normal(std::vector<std::int64_t> shape, const char* name) {
  Tensor t = at::empty(shape, at::TensorOptions().dtype(at::kFloat));
  Random(2, name).fill_normal(std::span<float>(t.data_ptr<float>(), static_cast<std::size_t>(t.numel())));
  return t;
}

void encoder(benchmark::State& state, const char* name, std::vector<std::string> channels,
             std::vector<std::string> heads) {
  ModelOptions options;
  options.encoder = name;
  options.gnn_channels = std::move(channels);
  options.gnn_heads = std::move(heads);
  const ModelShape shape{.n_genes = kGenes, .n_pathways = kPathways};
  Parameters parameters(at::TensorOptions().dtype(at::kFloat), 1);
  const auto made = make_encoder(name, {options, shape, &neighbours(), parameters});
  const Tensor x = normal({kCells, kGenes}, "x"), pathways = normal({kPathways}, "p");
  for (auto _ : state)
    benchmark::DoNotOptimize(
        torch_compat::gradients(at::square(made->forward(x, pathways)).sum(), parameters.tensors()));
}

/// Attention alone, forward and backward.
void attention(benchmark::State& state, bool fused, std::int64_t heads, std::int64_t channels) {
  const std::int64_t n = kGenes + kPathways;
  const GraphAttention graph(neighbours(), n);
  std::vector<Tensor> in{normal({heads * channels, n, kCells}, "v"), normal({heads, n, kCells}, "s"),
                         normal({heads, n, kCells}, "t")};
  if (!at::allclose(graph.apply(in[0], in[1], in[2]), graph.apply_by_tensors(in[0], in[1], in[2]), 1e-4, 1e-5)) {
    std::fprintf(stderr, "the fused attention differs from gather and scatter\n");
    std::exit(1);
  }
  for (Tensor& tensor : in) tensor.requires_grad_(true);
  for (auto _ : state) {
    const Tensor out = fused ? graph.apply(in[0], in[1], in[2]) : graph.apply_by_tensors(in[0], in[1], in[2]);
    benchmark::DoNotOptimize(torch_compat::gradients(at::square(out).sum(), in));
  }
}

using Words = std::vector<std::string>;
BENCHMARK_CAPTURE(encoder, sage, "sage", Words{}, Words{})->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(encoder, gcn, "gcn", Words{}, Words{})->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(encoder, gat, "gat", Words{}, Words{})->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(encoder, gat_three_layers, "gat", Words{"4", "8"}, Words{"4", "4"})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(attention, fused, true, 1, 1)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(attention, gather_scatter, false, 1, 1)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(attention, fused_4_heads_of_8, true, 4, 8)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(attention, gather_scatter_4_heads_of_8, false, 4, 8)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace gracevae

int main(int argc, char** argv) {
  gracevae::restart_with_passive_threads(argv);
  gracevae::prepare_runtime();
  const char* threads = std::getenv("GRACEVAE_BENCH_THREADS");
  gracevae::torch_compat::set_threads(gracevae::set_threads(threads ? std::atoi(threads) : 0));
  benchmark::Initialize(&argc, argv);
  benchmark::AddCustomContext("blas", gracevae::blas_flavour() + " " + gracevae::blas_description());
  benchmark::AddCustomContext("libtorch", gracevae::torch_compat::version());
  benchmark::RunSpecifiedBenchmarks();
}
