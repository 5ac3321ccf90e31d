#include "predict/expected_mean.hpp"

#include <algorithm>
#include <numeric>

#include "screen/differential.hpp"

namespace gracevae::impl {

namespace {

constexpr double kErrorShare = 0.1;        // of the observed mean's error
constexpr std::int64_t kFewestCells = 64;  // before an error is believed

/// Sums over cells, one a gene.
class Sums {
 public:
  explicit Sums(std::int64_t n_genes)
      : sum_(at::zeros({n_genes}, at::kDouble)), squares_(at::zeros({n_genes}, at::kDouble)) {}
  void add(const Tensor& cells) {
    const Tensor values = cells.detach().to(at::kCPU).to(at::kDouble);
    sum_ += values.sum(0);
    squares_ += at::square(values).sum(0);
    n_ += values.size(0);
  }
  Tensor mean() const { return sum_ / static_cast<double>(n_); }
  /// Of the mean, summed over genes.
  double squared_error() const {
    const auto n = static_cast<double>(n_);
    return (squares_ - sum_ * mean()).clamp_min(0).sum().item<double>() / (n * (n - 1));
  }
  std::int64_t n() const { return n_; }

 private:
  Tensor sum_, squares_;
  std::int64_t n_ = 0;
};

}  // namespace

ExpectedMean expected_mean(const LoadedRun& run, const std::vector<std::string>& targets,
                           std::vector<std::int64_t> controls, double observed_error, std::uint64_t stream) {
  const at::NoGradGuard no_grad;
  const RunData& data = run.data;
  const auto seed = static_cast<std::uint64_t>(run.options.train.seed);
  const std::vector<std::int64_t> all = controls;
  Random(seed, "expected/cells", stream).shuffle(controls);
  const auto size = static_cast<std::size_t>(run.options.batches.batch_size);
  Sums cells(data.screen.n_genes()), changes(data.screen.n_genes());
  for (std::size_t first = 0; first < controls.size(); first += size) {
    const std::size_t n = std::min(size, controls.size() - first);
    ModelInput input =
        control_input(*run.model, data, run.options.model, std::span<const std::int64_t>(controls).subspan(first, n),
                      Random(seed, "expected", stream, first));
    set_targets(input, targets, data, run.model->parameters().options());
    input.tau = run.tau;
    const Tensor generated = run.model->forward(input).y_hat;
    require_finite(generated, run);
    cells.add(generated);
    changes.add(generated - input.x);
    const double error = std::min(cells.squared_error(), changes.squared_error());
    if (cells.n() >= kFewestCells && error <= kErrorShare * kErrorShare * observed_error) break;
  }
  ExpectedMean result;
  result.n_cells = cells.n();
  const bool keeps_residual = cells.n() > 1 && changes.squared_error() < cells.squared_error();
  const Tensor mean = (keeps_residual ? changes : cells).mean();
  result.mean.assign(mean.data_ptr<double>(), mean.data_ptr<double>() + mean.numel());
  if (keeps_residual) {
    const std::vector<double> control = mean_of_cells(data.screen, all);
    for (std::size_t g = 0; g < control.size(); ++g) result.mean[g] += control[g];
  }
  return result;
}

std::map<std::string, ExpectedMean> expected_means(const LoadedRun& run, const AskedCondition& condition,
                                                   std::uint64_t stream) {
  const Screen& screen = run.data.screen;
  const auto controls = by_stratum(screen.covariates, screen.regimes.front().cells),
             cells = by_stratum(screen.covariates, condition.cells);
  std::map<std::string, ExpectedMean> result;
  ExpectedMean& whole = result[""];
  whole.mean.resize(static_cast<std::size_t>(screen.n_genes()), 0.0);
  for (std::size_t s = 0; s < cells.size(); ++s) {
    if (cells[s].empty()) continue;
    const MeanOfCells observed(screen, cells[s]);
    const double error = std::accumulate(observed.squared_error.begin(), observed.squared_error.end(), 0.0);
    ExpectedMean expected = expected_mean(run, condition.targets, controls[s], error, stream);
    if (cells.size() == 1) {
      whole = std::move(expected);
      break;
    }
    const double share = static_cast<double>(cells[s].size()) / static_cast<double>(condition.cells.size());
    for (std::size_t g = 0; g < whole.mean.size(); ++g) whole.mean[g] += share * expected.mean[g];
    whole.n_cells += expected.n_cells;
    result[screen.covariates.stratum_name(static_cast<std::int32_t>(s))] = std::move(expected);
  }
  return result;
}

}  // namespace gracevae::impl
