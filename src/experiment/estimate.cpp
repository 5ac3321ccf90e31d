#include "experiment/estimate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <map>
#include <memory>
#include <numeric>

#include "evaluate/evaluate.hpp"
#include "experiment/step_timing.hpp"
#include "kernels/cpu/blas.hpp"
#include "kernels/neighbour_mean.hpp"
#include "model/sena_layer.hpp"
#include "run/model_parts.hpp"
#include "screen/shift_model.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kCells = 32, kGenes = 5000, kHidden = 128;  // of the product that is timed
constexpr std::size_t kStreamed = 16 << 20;  // numbers of each array that is streamed: more than caches hold
constexpr std::int64_t kNodes = 5000, kNeighbours = 16;  // of the graph that is timed
constexpr double kSecondsEach = 0.1;

constexpr double kProductEfficiency = 0.5;  // of the timed product's speed, over all shapes of a step
constexpr double kGathersACall = 3000;      // that take as long as a call of LibTorch, made and recorded
constexpr double kStepCalls = 300;          // of a step of cmvae
constexpr double kRowPasses = 40;           // over a [batch, genes] tensor in a step, of it a third forward
constexpr double kAdamPasses = 12;          // over the weights: read and written, their gradients
constexpr double kWeightPasses = 12;        // over weights that are masked or gathered again: forward, gradient, sum
constexpr double kNodePasses = 12;          // over a layer's [batch, nodes, channels], each way
constexpr double kAttentionGathers = 2;     // an edge, head and cell, besides one for each channel
constexpr double kDrawGathers = 8;          // that take as long as drawing a number
constexpr double kStartSeconds = 0.8;       // of a process that loads LibTorch
constexpr double kReadBytes = 60;           // a stored value: unpacked, sorted, checked
constexpr double kScoreGathers = 25;        // that take as long as ranking and comparing a value for a row of scores
constexpr double kComponentGathers = 500;   // a stored value, for the screen's principal components
constexpr std::int64_t kDiagnosed = 2000;   // control cells at most
constexpr double kTestCopies = 1.2;         // of the test cells' values while they are predicted (measured)
constexpr std::int64_t kProcessBytes = 170'000'000;  // LibTorch and OpenBLAS loaded, nothing done

/// Times `work` until kSecondsEach have passed and returns calls a second, the best of the calls.
template <class Work>
double rate_of(Work&& work) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  double best = 0;
  work();
  do {
    const auto before = Clock::now();
    work();
    best = std::max(best, 1 / std::max(std::chrono::duration<double>(Clock::now() - before).count(), 1e-9));
  } while (std::chrono::duration<double>(Clock::now() - start).count() < kSecondsEach);
  return best;
}

/// Every node with neighbours all over the graph.
CsrMatrix<float> timed_graph() {
  CsrMatrix<float> graph;
  graph.n_rows = graph.n_cols = kNodes;
  for (std::int64_t i = 0; i < kNodes; ++i) {
    for (std::int64_t k = 0; k < kNeighbours; ++k)
      graph.indices.push_back(static_cast<std::int32_t>((i * 7919 + k * 1231) % kNodes));
    graph.indptr.push_back(std::ssize(graph.indices));
  }
  graph.values.assign(graph.indices.size(), 0.25F);
  return graph;
}

double gathers_a_second(const CsrMatrix<float>& graph, std::int64_t n_cells) {
  std::vector<float> x(static_cast<std::size_t>(n_cells * kNodes), 1), out(x.size());
  return static_cast<double>(n_cells * kNodes * kNeighbours) *
         rate_of([&] { kernels::sparse_rows(graph, x.data(), out.data(), n_cells, kNodes); });
}

/// What a computation consists of.
struct Work {
  double flops = 0, bytes = 0, gathers = 0, calls = 0;

  Work& operator+=(const Work& other) {
    flops += other.flops;
    bytes += other.bytes;
    gathers += other.gathers;
    calls += other.calls;
    return *this;
  }
  double seconds(const MachineSpeed& speed) const {
    return flops / (kProductEfficiency * speed.flops) + bytes / speed.bytes + gathers / speed.gathers +
           calls * kGathersACall / speed.serial;
  }
};

/// A pass of some cells through a model: every layer adds what it does forward and back, and its weights.
class Pass {
 public:
  Pass(const TrainingSize& size, double cells)
      : size_(size), cells_(cells), number_(size.model.dtype == "float64" ? 8 : 4) {
    if (is_shift_model(size.model.model)) {
      touch(cells * genes(), 3);
      return;
    }
    forward.calls = kStepCalls / 4;
    backward.calls = 3 * kStepCalls / 4;
    const std::int64_t n_read = encoder(), d = size.n_latents, hidden = size.model.hidden;
    const std::int64_t first = size.model.model == "sena" ? size.graph.n_sets : hidden;
    linear(n_read, first, weights_before_ ? 2 : 1);
    if (size.model.model == "sena")  // the mask: so few passes when predicting that they do not count
      backward.bytes += number_ * kWeightPasses * static_cast<double>(n_read * first);
    linear(first, 2 * d, 2);
    for (int times = 0; times < 2; ++times) {  // counterfactual and reconstruction share their weights
      mechanism();
      linear(d, hidden, 2, times == 0);
      linear(hidden, size.n_genes, 2, times == 0);
      if (size.model.linear_skip) linear(d, size.n_genes, 2, times == 0);
    }
    weights += static_cast<double>(d * d);
    interventions();
    if (size.model.model == "vgae" || network_use(kInterventionEncoderNames, size.model.intervention_encoder) !=
                                          NetworkUse::none) {  // smoothness: by the loss, so in training only
      backward.gathers += static_cast<double>(2 * size.graph.n_gg * hidden);
      backward.bytes += number_ * 10 * genes() * static_cast<double>(hidden);
    }
    forward.bytes += number_ * kRowPasses / 3 * cells * genes();
    backward.bytes += number_ * 2 * kRowPasses / 3 * cells * genes();
  }

  /// Forward and back, the loss and the optimiser.
  Work step() const {
    Work step = forward;
    step += backward;
    step.flops += precision() * 2 * 4 * cells_ * cells_ * genes();  // upper half of the Gram matrix, and its gradient
    step.bytes += number_ * kAdamPasses * weights;
    return step;
  }

  Work forward, backward;
  double weights = 0;

 private:
  double genes() const { return static_cast<double>(size_.n_genes); }
  double precision() const { return number_ / 4; }  // float64 products take twice as long

  /// Each way.
  void touch(double numbers, double passes) {
    forward.bytes += number_ * numbers * passes;
    backward.bytes += number_ * numbers * passes;
  }
  void linear(std::int64_t n_in, std::int64_t n_out, double backward_products, bool adds_weights = true) {
    const double n = static_cast<double>(n_in) * static_cast<double>(n_out);
    forward.flops += precision() * 2 * cells_ * n;
    backward.flops += precision() * backward_products * 2 * cells_ * n;
    if (adds_weights) weights += n + static_cast<double>(n_out);
  }
  /// Along edges for every cell.
  void gather(double edges, double values, bool has_gradient) {
    forward.gathers += cells_ * edges * values;
    if (has_gradient) backward.gathers += cells_ * edges * values;
  }

  /// Returns how many numbers a cell the first layer reads.
  std::int64_t encoder() {
    const GraphSize& graph = size_.graph;
    const bool multihot = size_.model.model == "cmvae-multihot" ||
                          (reads_encoder_option(size_.model.model) && size_.model.encoder == "multihot");
    if (multihot) {
      gather(static_cast<double>(graph.n_pg), 1, false);
      touch(cells_ * static_cast<double>(graph.n_nodes), kNodePasses / 4);
      return graph.n_nodes;
    }
    if (reads_pathway_values(size_.model) && graph.n_nodes > 0) graph_encoder();
    return size_.n_genes;
  }

  void graph_encoder() {
    const GraphSize& graph = size_.graph;
    const bool attention = size_.model.encoder == "gat", convolution = size_.model.encoder == "gcn";
    const std::size_t n_hidden = size_.model.gnn_channels.size();
    const auto number = [](const std::vector<std::string>& words, std::size_t i) {
      return i < words.size() ? std::max(std::strtod(words[i].c_str(), nullptr), 1.0) : 1.0;
    };
    const double all_edges = static_cast<double>(2 * (graph.n_gg + graph.n_pg + graph.n_pp)),
                 edges_to_genes = static_cast<double>(2 * graph.n_gg + graph.n_pg);
    double n_in = 1;
    weights_before_ = true;
    if (size_.model.pathway_values == "per-cell")
      forward.gathers += kDrawGathers * cells_ * static_cast<double>(graph.n_nodes - size_.n_genes);
    for (std::size_t l = 0; l <= n_hidden; ++l) {
      const double channels = number(size_.model.gnn_channels, l), heads = number(size_.model.gnn_heads, l);
      const double n_out = channels * heads, edges = l < n_hidden ? all_edges : edges_to_genes;
      const double nodes = static_cast<double>(graph.n_nodes);
      if (attention)
        gather(edges + nodes, heads * (kAttentionGathers + channels), true);
      else
        gather(edges, convolution ? std::min(n_in, n_out) : n_in, l > 0);
      touch(cells_ * nodes * (n_in + n_out + (attention ? 3 * heads : 0)), kNodePasses);
      forward.calls += attention ? 60 : 10;
      backward.calls += attention ? 60 : 20;
      weights += n_in * n_out;
      n_in = n_out;
    }
  }

  void mechanism() {
    const auto d = static_cast<double>(size_.n_latents);
    if (size_.model.mechanism != "mlp") {
      forward.flops += 2 * cells_ * d * d;
      backward.flops += 4 * cells_ * d * d;
      return;
    }
    forward.calls += 16 * d;
    backward.calls += 48 * d;
    backward.bytes += number_ * kWeightPasses * d * 9 * d * d;  // each latent's gradient is made as one of all latents'
    weights += 4 * d * d;                                       // twice
  }

  void interventions() {
    const std::int64_t labels = std::max(size_.n_labels, size_.targets.n_nodes), d = size_.n_latents,
                       hidden = size_.model.hidden;
    const std::string& name = size_.model.intervention_encoder;
    if (name == "mlp") weights += static_cast<double>(labels * hidden + hidden * d);
    if (name == "table") weights += static_cast<double>(labels * d);
    if (name == "mlp" || name == "table") return;
    constexpr double kEmbedding = 32, kChannels = 64;  // of model/interventions/target_network.hpp
    const bool on_graph = name != "drop-edge";
    const auto nodes = static_cast<double>(labels), edges = static_cast<double>(size_.targets.n_directed_edges) + nodes;
    const Work before = forward;
    forward.flops += precision() * 2 * nodes * kChannels * (kEmbedding + kChannels);
    forward.bytes += number_ * 30 * kChannels * nodes;
    forward.calls += 40;
    if (on_graph) forward.gathers += edges * (kEmbedding + kChannels);
    backward.flops += 2 * (forward.flops - before.flops);
    backward.bytes += forward.bytes - before.bytes;
    backward.calls += 80;
    if (on_graph) backward.gathers += forward.gathers - before.gathers + kDrawGathers * 2 * kChannels * nodes;
    weights += kEmbedding * nodes + kChannels * (kEmbedding + kChannels) +
               static_cast<double>(kChannels + d) * static_cast<double>(hidden);
  }

  const TrainingSize& size_;
  double cells_, number_;
  bool weights_before_ = false;  // whether gradients have to pass the first layer
};

/// Cells that go forward once every validation, and at the end.
double diagnosed_cells(const TrainingSize& size) {
  const double passes = reads_pathway_values(size.model) ? 13 : 10;  // control, and three labels changed in each way
  return passes * static_cast<double>(std::min(size.n_control, kDiagnosed));
}

/// The fit of the latent graph at the start (train/graph_fit.hpp has the cost of a value, train/graph_search.cpp how
/// many there are).
Work graph_fit_of(const TrainingSize& size) {
  constexpr double kValues = 2500, kMostWhole = 150, kBatch = 64, kDescendants = 0.25;
  const auto m = static_cast<double>(size.n_fitted), draws = std::max(500.0, 3 * m);
  const double regimes = m <= kMostWhole ? m + 1 : kBatch + 1;
  return {.flops = kValues * regimes * 2 * (draws * m * m * (1 + kDescendants) + 7 * m * m * m)};
}

/// Every row of scores, the model's and those beside it, takes distances of all pairs of cells, in double, and ranks
/// genes against control.
Work scoring_of(const TrainingSize& size) {
  const auto n_rows = static_cast<double>(score_methods().size());
  Work work{.gathers = kComponentGathers * static_cast<double>(size.n_stored)};
  for (const std::int64_t n : size.test_cells) {
    const auto values = static_cast<double>(n * size.n_genes);
    work.flops += n_rows * 4 * static_cast<double>(n) * values;
    work.gathers += n_rows * kScoreGathers * values;
  }
  return work;
}

/// All that the time of a sliced step depends on.
std::string shape_key(const TrainingSize& size) {
  const ModelOptions& model = size.model;
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", model.model,
                     model.intervention_encoder, model.mechanism, model.likelihood, model.linear_skip, model.abduction,
                     model.value_range, model.hidden, model.dtype, model.precision, size.n_genes, size.n_labels,
                     size.n_latents, size.batch_size, size.graph.n_nodes, size.graph.n_gg, size.graph.n_pg,
                     size.graph.n_sets, size.n_stored, size.n_cells);
}

}  // namespace

GraphSize size_of(const ContextGraph& graph) {
  std::vector<std::int64_t> n_members(static_cast<std::size_t>(graph.n_pathways()), 0);
  for (const auto& [a, b] : graph.edges)
    if (a < graph.n_genes && b >= graph.n_genes) ++n_members[static_cast<std::size_t>(b - graph.n_genes)];
  const auto n_sets =
      std::count_if(n_members.begin(), n_members.end(), [](std::int64_t n) { return n >= kLeastGenesOfUnit; });
  return {graph.n_nodes(), graph.n_gg, graph.n_pg, graph.n_pp, n_sets};
}

TargetGraphSize size_of(const TargetGraph& graph) {
  return {std::ssize(graph.nodes), std::ssize(graph.neighbours.indices)};
}

MachineSpeed measure_speed() {
  MachineSpeed speed;
  std::vector<float> cells(kCells * kGenes, 0.5F), weights(kHidden * kGenes, 0.25F), out(kCells * kHidden);
  const double products = rate_of([&] {
    kernels::multiply<float>({cells.data(), kCells, kGenes, kGenes}, {weights.data(), kHidden, kGenes, kGenes},
                             kernels::Second::transposed, {out.data(), kCells, kHidden, kHidden});
  });
  speed.flops = products * 2.0 * kCells * kGenes * kHidden;
  std::vector<float> a(kStreamed, 1), b(kStreamed, 2);
  const double passes = rate_of([&] {
#pragma omp parallel for simd schedule(static)
    for (std::size_t i = 0; i < kStreamed; ++i) a[i] = 0.9F * a[i] + 0.1F * b[i];
  });
  speed.bytes = passes * 3 * sizeof(float) * static_cast<double>(kStreamed);
  speed.sliced_step = [known = std::make_shared<std::map<std::string, double>>()](const TrainingSize& size) {
    const auto [found, is_new] = known->try_emplace(shape_key(size), 0);
    if (is_new) found->second = time_sliced_step(size);
    return found->second;
  };
  const CsrMatrix<float> graph = timed_graph();
  speed.gathers = gathers_a_second(graph, kCells);
  speed.serial = gathers_a_second(graph, 1);
  return speed;
}

TrainingEstimate estimate_training(const TrainingSize& size, const MachineSpeed& speed) {
  const auto batch = static_cast<double>(size.batch_size);
  const Pass pass(size, batch);
  const double forward_cell = pass.forward.seconds(speed) / batch;
  const double start = kStartSeconds + Work{.bytes = kReadBytes * static_cast<double>(size.n_stored)}.seconds(speed);
  TrainingEstimate estimate;
  estimate.seconds = start + (size.n_fitted > 0 ? graph_fit_of(size).seconds(speed) : 0);
  if (!is_shift_model(size.model.model)) {
    const std::int64_t n_validations =
        (size.epochs + size.validate_every - 1) / std::max<std::int64_t>(size.validate_every, 1);
    estimate.step_seconds = size.engine == Engine::sliced && size.n_labels > 0 && speed.sliced_step
                                ? speed.sliced_step(size)
                                : pass.step().seconds(speed);
    estimate.seconds +=
        estimate.step_seconds * static_cast<double>(size.steps_an_epoch * size.epochs) +
        forward_cell *
            (static_cast<double>((size.scores_every_epoch ? size.epochs : n_validations) * size.n_validation) +
             static_cast<double>(n_validations + 1) * diagnosed_cells(size));
  }
  const auto n_test = std::accumulate(size.test_cells.begin(), size.test_cells.end(), std::int64_t{0});
  estimate.scoring_seconds = start + forward_cell * static_cast<double>(n_test) + scoring_of(size).seconds(speed);

  const double bytes = size.model.dtype == "float64" ? 8 : 4;
  const double screen = 8.0 * static_cast<double>(size.n_stored) + 200.0 * static_cast<double>(size.n_cells);
  const double step = bytes * batch * static_cast<double>(12 * size.n_genes + 4 * size.graph.n_nodes);
  // Weights, gradients, two moments, and the copy of the best epoch.
  const double tested = kTestCopies * static_cast<double>(n_test * size.n_genes) * sizeof(float);
  estimate.memory_bytes = kProcessBytes + static_cast<std::int64_t>(screen + step + 5 * bytes * pass.weights + tested);
  return estimate;
}

}  // namespace gracevae::impl
