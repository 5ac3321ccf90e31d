#include "predict/responses.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/error.hpp"
#include "base/progress.hpp"
#include "predict/generated_cells.hpp"
#include "predict/loaded_run.hpp"
#include "screen/effect_errors.hpp"
#include "stats/fold_sums.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

namespace {

/// Control cells to start from, ascending; all, or as many as asked for.
std::vector<std::int64_t> chosen_controls(const LoadedRun& run, std::int64_t n_cells,
                                          const std::vector<std::string>& levels) {
  std::vector<std::int64_t> controls = controls_in(run.data.screen, levels);
  if (n_cells > 0 && n_cells < std::ssize(controls)) {
    Random(static_cast<std::uint64_t>(run.options.train.seed), "respond/cells").shuffle(controls);
    controls.resize(static_cast<std::size_t>(n_cells));
    std::sort(controls.begin(), controls.end());
  }
  if (controls.size() < 2)
    throw InputError({.place = run.data.screen.source,
                      .found = "one control cell to average over",
                      .expected = "2 or more"},
                     "ask for more control cells");
  return controls;
}

template <class T>
Matrix<T> to_matrix(const Tensor& tensor) {
  const Tensor values = tensor.detach().to(at::kCPU).to(at::kDouble).contiguous();
  Matrix<T> result(values.size(0), values.size(1));
  std::transform(values.data_ptr<double>(), values.data_ptr<double>() + values.numel(), result.values.begin(),
                 [](double value) { return static_cast<T>(value); });
  return result;
}

std::vector<double> to_list(const Tensor& tensor) { return to_matrix<double>(tensor.reshape({1, -1})).values; }

void set_row(Matrix<double>& matrix, std::int64_t row, const std::vector<double>& values) {
  std::copy(values.begin(), values.end(), matrix.row(row).begin());
}

/// The smallest value of a cell of the screen, or of a generated one where the run limits those.
double smallest_value(const LoadedRun& run) {
  return run.options.model.value_range == "nonnegative" ? 0 : smallest_possible_value(run.data.screen);
}

/// cut(x + change) − x, in a form that loses no digits: what a change of the generated cell does to the control cell x.
/// All effects are made here.
Tensor effect_on(const Tensor& x, const Tensor& change, double smallest) {
  return std::isinf(smallest) ? change : at::maximum(change, smallest - x);
}

/// The same cells and noise under anything that is asked.
class Probe {
 public:
  Probe(const LoadedRun& run, std::vector<std::int64_t> controls)
      : run_(run), controls_(std::move(controls)), smallest_(smallest_value(run)),
        x_(cells_tensor(run.data.screen, controls_, run.model->parameters().options())), generated_(x_) {
    if (!has_latents()) return;
    const auto size = static_cast<std::size_t>(run.options.batches.batch_size);
    std::vector<Tensor> z;
    for (std::size_t first = 0; first < controls_.size(); first += size) {
      const std::size_t n = std::min(size, controls_.size() - first);
      const Random noise(static_cast<std::uint64_t>(run.options.train.seed), "respond", first);
      z.push_back(run.model
                      ->forward(control_input(*run.model, run.data, run.options.model,
                                              std::span<const std::int64_t>(controls_).subspan(first, n), noise))
                      .z);
    }
    z_ = at::cat(z);
    u_ = run.model->latents(z_, {}, run.tau, Tensor());
    generated_ = run.model->decode(u_);
    for (const Tensor* made : {&z_, &u_, &generated_}) require_finite(*made, run);
  }

  bool has_latents() const { return run_.model->shape().n_latents > 0; }
  const Tensor& x() const { return x_; }
  const Tensor& z() const { return z_; }
  const Tensor& u() const { return u_; }
  const std::vector<std::int64_t>& controls() const { return controls_; }

  /// Effects [cells, genes].
  Tensor direct(std::int64_t latent) const { return effect_of(run_.model->decode(u_ + unit(latent))); }
  Tensor total(std::int64_t latent) const {
    return effect_of(run_.model->decode(run_.model->latents(z_ + unit(latent), {}, run_.tau, Tensor())));
  }
  Tensor effect(const std::vector<std::string>& targets) const {
    ModelInput input;
    input.x = x_;
    set_targets(input, targets, run_.data, run_.model->parameters().options());
    if (has_latents()) {
      const Tensor generated =
          run_.model->decode(run_.model->latents(z_, input.targets, run_.tau, Tensor(), input.n_added));
      const Tensor change = run_.model->further_change(input);
      return effect_of(change.defined() ? generated + change : generated);
    }
    return effect_of(run_.model->forward(input).y_hat);
  }

 private:
  Tensor effect_of(const Tensor& generated) const {
    require_finite(generated, run_);
    return effect_on(x_, generated - generated_, smallest_);
  }
  Tensor unit(std::int64_t latent) const {
    Tensor shift = at::zeros({1, run_.model->shape().n_latents}, z_.options());
    shift.select(1, latent).fill_(1);
    return shift;
  }

  const LoadedRun& run_;
  std::vector<std::int64_t> controls_;
  double smallest_;
  Tensor x_;          // [cells, genes] the control cells
  Tensor generated_;  // [cells, genes] what the model generates without an intervention; shift models: the same
  Tensor z_, u_;      // [cells, d]; undefined without latents
};

/// Of effects [cells, genes].
GeneEffects effects_of(const std::vector<std::string>& targets, const Tensor& effects, std::vector<double> se) {
  const Matrix<double> by_gene = to_matrix<double>(effects.t());
  const auto n_genes = static_cast<std::size_t>(by_gene.n_rows);
  GeneEffects result{targets, {}, {}, {}, {}, std::move(se)};
  for (auto* list : {&result.mean, &result.sd, &result.low, &result.high}) list->resize(n_genes);
#pragma omp parallel for schedule(static)
  for (std::size_t g = 0; g < n_genes; ++g) {
    const auto row = by_gene.row(static_cast<std::int64_t>(g));
    std::vector<double> values(row.begin(), row.end());
    result.mean[g] = mean_of(values);
    result.sd[g] = sample_sd(values);
    result.low[g] = quantile(std::span(values), 0.025);
    result.high[g] = quantile(std::span(values), 0.975);
  }
  return result;
}

/// [kFolds + 1, genes] Means of effects [cells, genes] without each fold of cells (every tenth), and over all.
Matrix<double> fold_means(const Tensor& effects) {
  const std::int64_t n = effects.size(0);
  const Tensor all = effects.sum(0, true);
  std::vector<Tensor> means;
  for (int k = 0; k < kFolds; ++k) {
    const Tensor fold = effects.slice(0, k, n, kFolds);
    means.push_back((all - fold.sum(0, true)) / static_cast<double>(n - fold.size(0)));
  }
  means.push_back(all / static_cast<double>(n));
  return to_matrix<double>(at::cat(means));
}

/// Compares pairs with their parts, one condition after the other; singles come before their pairs.
class PairsOfEffects {
 public:
  PairsOfEffects(const LoadedRun& run, const std::vector<std::vector<std::string>>& conditions)
      : measured_(run.data.screen, run.data.split) {
    for (const auto& targets : conditions)
      if (targets.size() == 2) in_pairs_.insert(targets.begin(), targets.end());
  }

  /// Adds the pair where the condition is one.
  void add(const std::vector<std::string>& targets, const Tensor& effects, std::vector<PairEffects>& pairs) {
    if (targets.size() == 1 && in_pairs_.count(targets.front()) > 0)
      singles_.emplace(targets.front(), fold_means(effects.to(at::kDouble)));
    if (targets.size() != 2) return;
    const auto a = singles_.find(targets[0]), b = singles_.find(targets[1]);
    if (a != singles_.end() && b != singles_.end())
      pairs.push_back({targets, predicted(a->second, b->second, effects), measured_.of(targets)});
  }

 private:
  static PairNumbers predicted(const Matrix<double>& a, const Matrix<double>& b, const Tensor& effects) {
    const Matrix<double> ab = fold_means(effects.to(at::kDouble));
    std::vector<PairNumbers> without;
    for (std::int64_t k = 0; k <= kFolds; ++k)
      without.push_back(pair_numbers(products_of(a.row(k), b.row(k), ab.row(k))));
    PairNumbers result = without.back();
    if (effects.size(0) < 2 * kFolds) return result;
    for (Measured PairNumbers::*number : kPairNumbers)
      result.*number = jackknife([&](int fold) { return (without[static_cast<std::size_t>(fold)].*number).value; });
    return result;
  }

  MeasuredPairs measured_;
  std::set<std::string> in_pairs_;
  std::map<std::string, Matrix<double>> singles_;  // fold_means
};

void respond_programs(const LoadedRun& run, const Probe& probe, Responses& result) {
  const std::int64_t d = run.model->shape().n_latents;
  result.z = to_matrix<float>(probe.z());
  result.u = to_matrix<float>(probe.u());
  result.direct_mean = result.direct_sd = result.total_mean = Matrix<double>(d, run.data.screen.n_genes());
  Progress progress("programs", d);
  for (std::int64_t k = 0; k < d; ++k) {
    const Tensor direct = probe.direct(k).to(at::kDouble);
    const Tensor mean = direct.mean(0, true);
    const auto n = static_cast<double>(direct.size(0));
    set_row(result.direct_mean, k, to_list(mean));
    set_row(result.direct_sd, k, to_list(at::sqrt(at::square(direct - mean).sum(0) / (n - 1))));
    set_row(result.total_mean, k,
            run.model->dag().defined() ? to_list(probe.total(k).to(at::kDouble).mean(0)) : to_list(mean));
    progress.update(k + 1, "");
  }
  const EncodedTarget encoded =
      run.model->encode_target(at::cat(target_tensors(run.data.targets, run.data, run.model->parameters().options())),
                               final_tau(run.options.train));
  result.share = to_matrix<double>(encoded.b);
  result.shift = to_list(encoded.s);
}

void add_cells(const Screen& screen, const std::vector<std::int64_t>& cells, Responses& result) {
  result.x.n_cols = screen.n_genes();
  for (const std::int64_t cell : cells) {
    result.cells.push_back(screen.cells[static_cast<std::size_t>(cell)]);
    append_row(screen.rows(), cell, result.x);
  }
}

bool is_trained(const RunData& data, const std::string& target) {
  return std::binary_search(data.targets.begin(), data.targets.end(), target);
}

std::vector<std::vector<std::string>> pairs_of(const RunData& data, const std::string& which) {
  std::vector<std::vector<std::string>> pairs;
  if (which == "observed")
    for (const Regime& regime : data.screen.regimes)
      if (regime.targets.size() == 2 && is_trained(data, regime.targets[0]) && is_trained(data, regime.targets[1]))
        pairs.push_back(regime.targets);
  if (which == "all")
    for (std::size_t i = 0; i < data.targets.size(); ++i)
      for (std::size_t j = i + 1; j < data.targets.size(); ++j) pairs.push_back({data.targets[i], data.targets[j]});
  return pairs;
}

/// Labels, pairs and what else is asked, each once.
std::vector<std::vector<std::string>> asked_conditions(const LoadedRun& run, const ResponseOptions& options) {
  std::vector<std::vector<std::string>> conditions = pairs_of(run.data, options.pairs);
  if (run.data.effects) run.data.effects->prepare(run.data.screen, run.data.split, options.conditions);
  for (auto targets : options.conditions) {
    std::sort(targets.begin(), targets.end());
    ModelInput input;
    set_targets(input, targets, run.data,
                run.model->parameters().options());  // says what has no place, before any work
    conditions.push_back(std::move(targets));
  }
  const auto is_asked = [&](const std::string& label) {
    return options.programs || std::any_of(conditions.begin(), conditions.end(), [&](const auto& targets) {
             return std::binary_search(targets.begin(), targets.end(), label);
           });
  };
  std::vector<std::vector<std::string>> result;
  for (const std::string& label : run.data.targets)
    if (is_asked(label)) result.push_back({label});
  std::set<std::vector<std::string>> seen(result.begin(), result.end());
  for (auto& targets : conditions)
    if (seen.insert(targets).second) result.push_back(std::move(targets));
  return result;
}

}  // namespace

Responses respond(const RunFolder& folder, const ResponseOptions& options) {
  return respond_loaded(load_run(folder, options.weights, options.tau), options);
}

Responses respond_loaded(const LoadedRun& run, const ResponseOptions& options) {
  const at::NoGradGuard no_grad;
  const auto conditions = asked_conditions(run, options);
  const Probe probe(run, chosen_controls(run, options.cells, options.in));
  Responses result;
  result.genes = run.data.screen.genes;
  result.control = to_list(probe.x().to(at::kDouble).mean(0));
  result.smallest_value = smallest_value(run);
  result.labels = run.data.targets;
  for (const std::string& label : result.labels)
    result.label_cells.push_back(n_training_cells(run.data.screen, run.data.split, label));
  result.tau = run.tau;
  if (options.programs) {
    add_cells(run.data.screen, probe.controls(), result);
    if (probe.has_latents()) respond_programs(run, probe, result);
  }
  Progress progress("effects", std::ssize(conditions));
  EffectErrors errors(run.data.screen, run.data.split);
  PairsOfEffects pairs(run, conditions);
  for (const auto& targets : conditions) {
    const Tensor effects = probe.effect(targets);
    result.effects.push_back(effects_of(targets, effects, errors.of(targets)));
    pairs.add(targets, effects, result.pairs);
    progress.update(std::ssize(result.effects), label_of(targets));
  }
  return result;
}

}  // namespace gracevae::impl
