// Forward and backward of the graph encoders alone at the norman shape: 32 cells, 7,694 nodes, about 130,000 directed
// edges with self loops; attention beside the same by LibTorch's gather and scatter over [heads, edges, cells].
#include <benchmark/benchmark.h>

#include <ATen/ops/allclose.h>
#include <cstdio>
#include <cstdlib>

#include "common.hpp"
#include "model/graph_attention.hpp"
#include "model/model.hpp"

namespace gracevae::impl {
namespace {

constexpr std::int64_t kGenes = 5000, kPathways = 2694, kCells = 32, kEdges = 61200;

const CsrMatrix<double>& neighbours() {
  static const CsrMatrix<double> matrix =
      bench::random_neighbour_means(kGenes + kPathways, {{0, kGenes + kPathways, 0, kGenes + kPathways, kEdges}});
  return matrix;
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
  const Tensor x = bench::normal({kCells, kGenes}, "x"), pathways = bench::normal({kPathways}, "p");
  for (auto _ : state)
    benchmark::DoNotOptimize(
        torch_compat::gradients(at::square(made->forward(x, pathways)).sum(), parameters.tensors()));
}

/// Attention alone, forward and backward.
void attention(benchmark::State& state, bool fused, std::int64_t heads, std::int64_t channels) {
  const std::int64_t n = kGenes + kPathways;
  const GraphAttention graph(neighbours(), n);
  std::vector<Tensor> in{bench::normal({heads * channels, n, kCells}, "v"), bench::normal({heads, n, kCells}, "s"),
                         bench::normal({heads, n, kCells}, "t")};
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

/// Every edge read once for every cell, forward and backward, and nothing else.
void floor_of_an_encoder(benchmark::State& state) {
  const auto& graph = neighbours();
  std::vector<float> x(static_cast<std::size_t>((kGenes + kPathways) * kCells), 1.0F), out(x.size());
  for (auto _ : state)
    for (int pass = 0; pass < 2; ++pass) {
#pragma omp parallel for schedule(static)
      for (std::int64_t i = 0; i < graph.n_rows; ++i) {
        float* row = out.data() + i * kCells;
        for (const auto j : graph.row_indices(i))
          for (std::int64_t c = 0; c < kCells; ++c) row[c] += x[static_cast<std::size_t>(j * kCells + c)];
      }
      benchmark::ClobberMemory();
    }
}

// clang-format off
using Words = std::vector<std::string>;
BENCHMARK(floor_of_an_encoder)->Name("encoder/floor")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(encoder, sage, "sage", Words{}, Words{})->Name("encoder/sage")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(encoder, gcn, "gcn", Words{}, Words{})->Name("encoder/gcn")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(encoder, gat, "gat", Words{}, Words{})->Name("encoder/gat")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(encoder, gat_three_layers, "gat", Words{"4", "8"}, Words{"4", "4"})->Name("encoder/gat, three layers")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(attention, fused, true, 1, 1)->Name("encoder/attention, ours")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(attention, gather_scatter, false, 1, 1)->Name("encoder/attention, gather and scatter")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(attention, fused_4_heads_of_8, true, 4, 8)->Name("encoder/attention, 4 heads of 8, ours")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(attention, gather_scatter_4_heads_of_8, false, 4, 8)->Name("encoder/attention, 4 heads of 8, gather and scatter")->Unit(benchmark::kMillisecond)->UseRealTime();
// clang-format on

}  // namespace
}  // namespace gracevae::impl

int main(int argc, char** argv) { return gracevae::impl::bench::run(argc, argv); }
