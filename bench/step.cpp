// One training step at the norman shape (p = 5000, q = 2694, d = c = 105, H = 128, B = 32): ours beside
// - plain LibTorch: the same formulas by tensor operations only (neighbour means through index_add over [cells, edges],
//   MMD through a Gram matrix, Adam by tensors);
// - a yardstick of the usual way to write this model: plain LibTorch in float64, with the MMD through a [2B, 2B, p]
//   tensor of differences;
// - the floor: the products of a step at the speed of this machine's fastest product (OpenBLAS on one square one, or
// our
//   kernel on blocks that stay in the caches), and one sweep of Adam over the weights.
#include <benchmark/benchmark.h>

#include <ATen/ops/index_add.h>
#include <ATen/ops/index_select.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "base/instruction_set.hpp"
#include "kernels/cpu/block_product.hpp"
#include "norman_step.hpp"
#include "train/objective.hpp"

namespace gracevae::impl {
namespace {

using bench::kCells, bench::kGenes, bench::kHidden, bench::kLatents, bench::kPathways, bench::kSchedule;
using bench::neighbours, bench::Setting;

void ours(benchmark::State& state, const char* name, bool calibrated = false) {
  const Setting setting(name, "float32", calibrated);
  Adam adam(setting.model->parameters(), {});
  const auto weights = setting.model->parameters().tensors();
  for (auto _ : state) {
    const LossTerms terms = objective(*setting.model, setting.model->forward(setting.input), setting.input.x, setting.y,
                                      kSchedule, setting.objective());
    adam.step(torch_compat::gradients(terms.total, weights));
  }
}

void sliced(benchmark::State& state, const char* name, const char* precision, bool calibrated = false) {
  bench::SlicedRun run(name, precision, calibrated);
  for (auto _ : state) run.step();
}

/// The graph encoder by index_add over the edges of every cell.
struct PlainGraph {
  Tensor source, target, weight;
  PlainGraph() {
    const auto& a = neighbours();
    const auto n = static_cast<std::int64_t>(a.indices.size());
    source = at::empty({n}, at::TensorOptions().dtype(at::kLong));
    target = at::empty({n}, at::TensorOptions().dtype(at::kLong));
    weight = at::empty({n}, at::TensorOptions().dtype(at::kFloat));
    for (std::int64_t i = 0, k = 0; i < a.n_rows; ++i)
      for (const auto j : a.row_indices(i)) {
        source.data_ptr<std::int64_t>()[k] = j;
        target.data_ptr<std::int64_t>()[k] = i;
        weight.data_ptr<float>()[k++] = static_cast<float>(1.0 / static_cast<double>(a.row_size(i)));
      }
  }
  Tensor mean(const Tensor& x) const {
    return at::index_add(at::zeros({x.size(0), kGenes + kPathways}, x.options()), 1, target,
                         at::index_select(x, 1, source) * weight.to(x.scalar_type()));
  }
};

/// MMD² as it is often written: all differences of all pairs of rows, every kernel with its own exponential.
Tensor mmd2_by_differences(const Tensor& generated, const Tensor& observed) {
  const Tensor rows = at::cat({generated, observed});
  const Tensor distances = at::square(rows.unsqueeze(0) - rows.unsqueeze(1)).sum(2);
  Tensor sum = at::zeros_like(distances);
  for (int i = 0; i < 10; ++i) sum = sum + at::exp(distances / -(1000 * std::pow(2.0, i - 5)));
  const auto block = [&](std::int64_t i, std::int64_t j) {
    return sum.narrow(0, i * kCells, kCells).narrow(1, j * kCells, kCells).mean();
  };
  return block(0, 0) + block(1, 1) - 2 * block(0, 1);
}

LossTerms plain_loss(const Setting& setting, const PlainGraph& graph, bool differences) {
  const Parameters& w = setting.model->parameters();
  const ModelInput& in = setting.input;
  Tensor g = in.x;
  if (setting.model->has_pathways()) {
    const Tensor nodes = at::cat({in.x, in.pathway_values.unsqueeze(0).expand({kCells, kPathways})}, 1);
    g = (nodes * w.at("gnn.self.weight") + graph.mean(nodes) * w.at("gnn.neighbour.weight") + w.at("gnn.bias"))
            .narrow(1, 0, kGenes);
  }
  const auto layer = [&](const Tensor& x, const std::string& name) {
    return at::linear(x, w.at(name + ".weight"), w.at(name + ".bias"));
  };
  const Tensor hidden = activation(layer(g, "fc1"));
  const Tensor mu = layer(hidden, "fc_mean"), var = at::softplus(layer(hidden, "fc_var"));
  const Tensor z = mu + at::sqrt(var) * in.epsilon;
  const EncodedTarget target = setting.model->encode_target(in.targets[0].expand({kCells, kLatents}), kSchedule.tau);
  const Tensor shift = target.b * target.s.unsqueeze(1);
  const Tensor a = at::eye(kLatents, z.options()) - at::triu(w.at("G"), 1);
  const auto decode = [&](const Tensor& u) { return activation(layer(activation(layer(u, "d1")), "d2")); };
  const Tensor y_hat = decode(at::linalg_solve_triangular(a, z + shift, true, false, false));
  const Tensor x_hat = decode(at::linalg_solve_triangular(a, z, true, false, false));
  LossTerms terms{differences ? mmd2_by_differences(y_hat, setting.y) : mmd2_by_tensors(y_hat, setting.y, {}),
                  reconstruction_error(x_hat, in.x), gaussian_kl(mu, var), sparsity(w.at("G"))};
  terms.total = kSchedule.alpha * terms.mmd + terms.mse + kSchedule.beta * terms.kl + 1e-4 * terms.sparsity;
  return terms;
}

void plain(benchmark::State& state, const char* name, const char* dtype, bool differences) {
  const Setting setting(name, dtype);
  const PlainGraph graph;
  const auto weights = setting.model->parameters().tensors();
  std::vector<Tensor> m, v;
  for (const auto& weight : weights) {
    m.push_back(at::zeros_like(weight.detach()));
    v.push_back(at::zeros_like(weight.detach()));
  }
  const double ours_now =
      objective(*setting.model, setting.model->forward(setting.input), setting.input.x, setting.y, kSchedule, {})
          .total.item<double>();
  const double plain_now = plain_loss(setting, graph, differences).total.item<double>();
  if (std::abs(ours_now / plain_now - 1) > 1e-4) {
    std::fprintf(stderr, "losses differ: %g and %g\n", ours_now, plain_now);
    std::exit(1);
  }
  for (auto _ : state) {
    const auto gradients = torch_compat::gradients(plain_loss(setting, graph, differences).total, weights);
    const at::NoGradGuard no_grad;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const Tensor gradient = at::clamp(gradients[i], -0.5, 0.5);
      m[i].mul_(0.9).add_(gradient, 0.1);
      v[i].mul_(0.999).addcmul_(gradient, gradient, 0.001);
      Tensor weight = weights[i];
      weight.addcdiv_(m[i], at::sqrt(v[i]).add_(1e-8), -1e-3);
    }
  }
}

/// 432 MFLOP, a step's products, or a multiple of it, as one product of squares side by side.
struct SquareProduct {
  static constexpr std::int64_t kSide = 600;
  explicit SquareProduct(double share)
      : a(bench::normal({kSide, kSide}, "a")), b(bench::normal({kSide, static_cast<std::int64_t>(share * kSide)}, "b")),
        out(at::mm(a, b)) {}
  Tensor a, b, out;
  void operator()() { at::mm_out(out, a, b); }
};

/// As many operations by our kernel, each thread on blocks that do not leave its cache.
struct BlockProducts {
  static constexpr std::int64_t kRows = 64, kColumns = 128, kBlocks = 412;
  double share;
  Tensor a = bench::normal({kRows, kRows}, "a"), b = bench::normal({kRows, kColumns}, "b");
  void operator()() {
#pragma omp parallel
    {
      std::vector<float> out(kRows * kColumns);
#pragma omp for schedule(static)
      for (std::int64_t i = 0; i < static_cast<std::int64_t>(share * kBlocks); ++i)
        kernels::block_product<float>({a.data_ptr<float>(), kRows, kRows, kRows},
                                      {b.data_ptr<float>(), kRows, kColumns, kColumns},
                                      {out.data(), kRows, kColumns, kColumns}, false);
      benchmark::DoNotOptimize(out.data());
    }
  }
};

template <class Work>
double best_seconds(Work& work) {
  double best = 1;
  for (int i = 0; i < 20; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

/// What a step cannot do without.
struct Floor {
  std::int64_t mega_flops, n_weights;
};
/// CMVAE's: products of the last layer forward and back, of the Gram matrix and its gradient; its weights.
constexpr Floor kPublished{432, 1364032};
/// Besides: the linear skip's products of d by p weights, forward and back; these weights and the variances, and the
/// labels' table in the place of their network.
constexpr Floor kCalibrated{432 + 3 * 2 * 2 * kCells * kLatents * kGenes / 1'000'000,
                            1364032 + kLatents* kGenes + kGenes};

/// A step's products by the faster of both, and Adam over its weights.
void floor_of_a_step(benchmark::State& state, const Floor& floor) {
  const std::int64_t kWeights = floor.n_weights;
  const auto share = static_cast<double>(floor.mega_flops) / static_cast<double>(kPublished.mega_flops);
  SquareProduct square(share);
  BlockProducts blocks{share};
  const bool by_blocks = best_seconds(blocks) < best_seconds(square);
  state.SetLabel(by_blocks ? std::string(name_of(instruction_set())) : "BLAS");
  std::vector<float> weight(kWeights, 0.1F), gradient(kWeights, 0.01F), first(kWeights), second(kWeights);
  std::int64_t step = 0;
  for (auto _ : state) {
    if (by_blocks)
      blocks();
    else
      square();
    kernels::adam_step(weight.data(), gradient.data(), first.data(), second.data(), kWeights, ++step, {});
    benchmark::ClobberMemory();
  }
}

// clang-format off
BENCHMARK_CAPTURE(floor_of_a_step, published, kPublished)->Name("step/floor")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(sliced, grace_vae, "grace-vae", "full")->Name("step/grace-vae, --engine sliced")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(sliced, grace_vae_bf16, "grace-vae", "bf16")->Name("step/grace-vae, --engine sliced --precision bf16")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(ours, grace_vae, "grace-vae")->Name("step/grace-vae, --engine autograd")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(plain, grace_vae, "grace-vae", "float32", false)->Name("step/grace-vae, plain LibTorch")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(plain, yardstick, "grace-vae", "float64", true)->Name("step/grace-vae, yardstick")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(floor_of_a_step, calibrated, kCalibrated)->Name("calibrated step/floor")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(sliced, calibrated, "grace-vae", "full", true)->Name("calibrated step/grace-vae, --engine sliced")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(ours, calibrated, "grace-vae", true)->Name("calibrated step/grace-vae, --engine autograd")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(sliced, calibrated_cmvae, "cmvae", "full", true)->Name("calibrated step/cmvae, --engine sliced")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(ours, calibrated_cmvae, "cmvae", true)->Name("calibrated step/cmvae, --engine autograd")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(sliced, cmvae, "cmvae", "full")->Name("step/cmvae, --engine sliced")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(sliced, cmvae_bf16, "cmvae", "bf16")->Name("step/cmvae, --engine sliced --precision bf16")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(ours, cmvae, "cmvae")->Name("step/cmvae, --engine autograd")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(plain, cmvae, "cmvae", "float32", false)->Name("step/cmvae, plain LibTorch")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(plain, cmvae_yardstick, "cmvae", "float64", true)->Name("step/cmvae, yardstick")->Unit(benchmark::kMillisecond)->UseRealTime();
// clang-format on

}  // namespace
}  // namespace gracevae::impl

int main(int argc, char** argv) { return gracevae::impl::bench::run(argc, argv); }
