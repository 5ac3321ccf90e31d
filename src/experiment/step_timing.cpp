#include "experiment/step_timing.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "kernels/label_encoder.hpp"
#include "kernels/latent_layers.hpp"
#include "kernels/sliced_layers.hpp"

namespace gracevae::impl {

namespace {

using kernels::AlignedMatrix, kernels::Trained;

/// A weight with its moments, the values of a model that has trained a little.
template <class T>
class Weight {
 public:
  explicit Weight(std::int64_t n)
      : value_(static_cast<std::size_t>(n), T(0.01)), first_(value_.size(), T(0.001)),
        second_(value_.size(), T(0.001)) {}
  Trained<T> trained() { return {value_.data(), first_.data(), second_.data(), nullptr}; }
  const T* data() const { return value_.data(); }

 private:
  AlignedVector<T> value_, first_, second_;
};

/// Cells with values all over the genes, at the screen's density.
CsrMatrix<float> cells_like(const TrainingSize& size) {
  const double density = static_cast<double>(size.n_stored) /
                         std::max(static_cast<double>(size.n_cells) * static_cast<double>(size.n_genes), 1.0);
  const auto n_values =
      std::clamp<std::int64_t>(static_cast<std::int64_t>(density * static_cast<double>(size.n_genes)), 1, size.n_genes);
  CsrMatrix<float> rows;
  rows.n_cols = size.n_genes;
  for (rows.n_rows = 0; rows.n_rows < 2 * size.batch_size; ++rows.n_rows) {
    for (std::int64_t k = 0; k < n_values; ++k)
      rows.indices.push_back(static_cast<std::int32_t>((k * size.n_genes + rows.n_rows) / n_values % size.n_genes));
    std::sort(rows.indices.end() - n_values, rows.indices.end());
    rows.values.insert(rows.values.end(), static_cast<std::size_t>(n_values), 1.0F);
    rows.indptr.push_back(rows.n_nonzero());
  }
  return rows;
}

/// `n_edges` edges from rows to columns, spread evenly.
template <class T>
CsrMatrix<T> edges_between(std::int64_t n_rows, std::int64_t n_cols, std::int64_t n_edges) {
  CsrMatrix<T> graph;
  graph.n_rows = n_rows;
  graph.n_cols = n_cols;
  for (std::int64_t i = 0; i < n_rows; ++i) {
    while (n_cols > 0 && graph.n_nonzero() * n_rows < n_edges * (i + 1)) {
      graph.indices.push_back(static_cast<std::int32_t>(graph.n_nonzero() * 7919 % n_cols));
      graph.values.push_back(T(0.1));
    }
    graph.indptr.push_back(graph.n_nonzero());
  }
  return graph;
}

/// The kernels of a step with weights of the run's shape.
template <class T>
class TimedStep {
 public:
  explicit TimedStep(const TrainingSize& size)
      : size_(size), rows_(cells_like(size)), neighbours_(neighbours_of(size)), shape_(shape_of(size)),
        layers_(reads_graph(size) ? &neighbours_ : nullptr, shape_),
        latent_layers_(
            {.width_in = shape_.width_in,
             .n_latents = size.n_latents,
             .width_out = size.model.hidden,
             .mechanism = size.model.mechanism == "relu" ? kernels::Mechanism::relu : kernels::Mechanism::linear}),
        labels_({size.n_labels, size.model.hidden, size.n_latents}),
        first_((size.n_genes + shape_.n_extra) * shape_.width_in), last_(size.n_genes * shape_.width_out),
        last_bias_(size.n_genes), skip_(size.n_genes * kernels::skip_stride_of(shape_.n_skip)),
        variances_(size.n_genes), hidden_bias_(shape_.width_in), mean_(size.n_latents * shape_.width_in),
        mean_bias_(size.n_latents), var_(size.n_latents * shape_.width_in), var_bias_(size.n_latents),
        graph_(size.n_latents * size.n_latents), out_(shape_.width_out * size.n_latents), out_bias_(shape_.width_out),
        of_labels_(size.n_labels * std::max(size.n_latents, size.model.hidden)),
        label_bias_(std::max(size.n_latents, size.model.hidden)), second_(size.n_latents * size.model.hidden),
        second_bias_(size.n_latents), strength_(size.n_labels),
        mask_(size.model.model == "sena" ? (size.n_genes + shape_.n_extra) * shape_.width_in : 0, T(1)),
        extra_(size.batch_size * shape_.n_extra, T(0)),
        pathways_(std::max<std::int64_t>(neighbours_.of_pathway.n_cols, 0)),
        epsilon_(size.batch_size * size.n_latents, T(0.5)) {
    for (std::int64_t i = 0; i < size.batch_size; ++i) {
      controls_.push_back(i);
      cells_.push_back(size.batch_size + i);
    }
  }

  void take() {
    const kernels::AdamFactors<T> adam({}, ++n_steps_);
    const kernels::FirstLayer<T> first{first_.trained(), mask_.empty() ? nullptr : mask_.data()};
    const auto encoded =
        layers_.encode({.rows = rows_, .controls = controls_, .cells = cells_, .pathways = pathways_, .extra = extra_},
                       {0.5, 0.5, 0}, first);
    const bool by_table = size_.model.intervention_encoder == "table";
    const kernels::LabelWeights<T> of_labels{.first_weight = by_table ? Trained<T>{} : of_labels_.trained(),
                                             .first_bias = label_bias_.trained(),
                                             .second_weight = second_.trained(),
                                             .second_bias = second_bias_.trained(),
                                             .table = by_table ? of_labels_.trained() : Trained<T>{},
                                             .strength = strength_.trained()};
    const std::int64_t label = n_steps_ % size_.n_labels;
    const auto shift = labels_.forward(std::span(&label, 1), 1, of_labels);
    const kernels::LatentWeights<T> latent{.first_bias = hidden_bias_.trained(),
                                           .mean_weight = mean_.trained(),
                                           .mean_bias = mean_bias_.trained(),
                                           .var_weight = var_.trained(),
                                           .var_bias = var_bias_.trained(),
                                           .graph = graph_.trained(),
                                           .out_weight = out_.trained(),
                                           .out_bias = out_bias_.trained()};
    const kernels::LatentLoss loss;
    latent_layers_.forward(encoded, epsilon_, shift, loss, latent);
    Matrix<T> grad_rows(2 * size_.batch_size, shape_.width_out), grad_latents;
    if (shape_.n_skip > 0) grad_latents = Matrix<T>(2 * size_.batch_size, size_.n_latents);
    layers_.decode({latent_layers_.rows(), latent_layers_.latents()}, {},
                   {.abduction = size_.model.abduction, .nonnegative = size_.model.value_range != "any"},
                   {.weight = last_.trained(),
                    .bias = last_bias_.trained(),
                    .skip = shape_.n_skip > 0 ? skip_.trained() : Trained<T>{},
                    .log_variance = size_.model.likelihood == "mse" ? Trained<T>{} : variances_.trained()},
                   adam, {grad_rows.view(), grad_latents.view()});
    latent_layers_.backward(std::as_const(grad_rows).view(), std::as_const(grad_latents).view(), epsilon_, loss, latent,
                            adam);
    labels_.backward(latent_layers_.grad_shift(), of_labels, adam);
    layers_.encode_backward(latent_layers_.grad_first(), first, adam);
  }

 private:
  static bool reads_graph(const TrainingSize& size) {
    return reads_pathway_values(size.model) && size.graph.n_nodes > 0;
  }
  static kernels::GeneNeighbours<T> neighbours_of(const TrainingSize& size) {
    if (!reads_graph(size)) return {};
    return {edges_between<T>(size.n_genes, size.n_genes, 2 * size.graph.n_gg),
            edges_between<T>(size.n_genes, size.graph.n_nodes - size.n_genes, size.graph.n_pg)};
  }
  static kernels::SlicedShape shape_of(const TrainingSize& size) {
    const bool multihot = size.model.model == "cmvae-multihot";
    return {.n_genes = size.n_genes,
            .n_extra = multihot ? std::max<std::int64_t>(size.graph.n_nodes - size.n_genes, 0) : 0,
            .width_in = size.model.model == "sena" ? std::max<std::int64_t>(size.graph.n_sets, 1) : size.model.hidden,
            .width_out = size.model.hidden,
            .n_skip = size.model.linear_skip ? size.n_latents : 0,
            .precision = size.model.precision == "bf16" ? kernels::Precision::bf16 : kernels::Precision::full};
  }

  const TrainingSize& size_;
  CsrMatrix<float> rows_;
  kernels::GeneNeighbours<T> neighbours_;
  kernels::SlicedShape shape_;
  kernels::SlicedLayers<T> layers_;
  kernels::LatentLayers<T> latent_layers_;
  kernels::LabelEncoder<T> labels_;
  Weight<T> first_, last_, last_bias_, skip_, variances_, hidden_bias_, mean_, mean_bias_, var_, var_bias_, graph_,
      out_, out_bias_, of_labels_, label_bias_, second_, second_bias_, strength_;
  std::vector<T> mask_, extra_, pathways_, epsilon_;
  std::vector<std::int64_t> controls_, cells_;
  std::int64_t n_steps_ = 0;
};

template <class T>
double time_of(const TrainingSize& size) {
  using Clock = std::chrono::steady_clock;
  const auto seconds_since = [](Clock::time_point then) {
    return std::chrono::duration<double>(Clock::now() - then).count();
  };
  constexpr std::size_t kLeastSteps = 5;
  constexpr double kSeconds = 0.1;
  TimedStep<T> step(size);
  step.take();  // allocates
  std::vector<double> seconds;
  for (const auto start = Clock::now(); seconds.size() < kLeastSteps || seconds_since(start) < kSeconds;) {
    const auto before = Clock::now();
    step.take();
    seconds.push_back(seconds_since(before));
  }
  std::nth_element(seconds.begin(), seconds.begin() + std::ssize(seconds) / 2, seconds.end());
  return seconds[seconds.size() / 2];
}

}  // namespace

double time_sliced_step(const TrainingSize& size) {
  return size.model.dtype == "float64" ? time_of<double>(size) : time_of<float>(size);
}

}  // namespace gracevae::impl
