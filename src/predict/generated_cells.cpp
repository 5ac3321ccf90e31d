#include "predict/generated_cells.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/lines.hpp"
#include "screen/labels.hpp"

namespace gracevae::impl {

std::vector<AskedCondition> test_conditions(const RunData& data) {
  std::vector<AskedCondition> result;
  for (const auto& regime : data.screen.regimes) {
    if (regime.targets.empty()) continue;
    AskedCondition condition{regime.targets, {}, {}};
    for (const std::int64_t cell : regime.cells) {
      if (data.split.fold[static_cast<std::size_t>(cell)] != Fold::test) continue;
      condition.cells.push_back(cell);
      condition.controls.push_back(data.pairs[static_cast<std::size_t>(cell)]);
    }
    if (condition.cells.empty()) continue;
    if (has_places(data, regime.targets))
      result.push_back(std::move(condition));
    else
      log::debug("{}: not predicted, since the model has no place for all of its targets", regime.label);
  }
  if (result.empty())
    throw InputError("no test condition of this split has only targets that the model can place",
                     "name conditions with predict.targets A+B");
  return result;
}

/// A trained label as it stands, else targets between plus signs.
std::vector<std::string> targets_of_word(const std::string& label, const Screen& screen) {
  KnownGenes known;
  for (const Regime& regime : screen.regimes) {
    if (regime.label == trim(label)) return regime.targets;
    known.symbols.insert(regime.targets.begin(), regime.targets.end());
  }
  return LabelParser(LabelDialect{}, &known).targets(label, "predict.targets");
}

std::vector<std::int64_t> controls_in(const Screen& screen, const std::vector<std::string>& levels) {
  const std::vector<bool> wanted = screen.covariates.strata_with(levels, "predict.in");
  std::vector<std::int64_t> controls;
  for (const std::int64_t cell : screen.regimes.front().cells)
    if (wanted[static_cast<std::size_t>(screen.covariates.stratum(cell))]) controls.push_back(cell);
  if (controls.empty())
    throw InputError({.place = "predict.in", .found = fmt::format("no control cell of {}", fmt::join(levels, ", "))},
                     "predictions start from control cells: name other levels");
  return controls;
}

std::vector<AskedCondition> asked_conditions(const RunData& data, const std::vector<std::string>& labels,
                                             std::int64_t n_cells, std::uint64_t seed,
                                             const std::vector<std::string>& levels) {
  const std::vector<std::int64_t> controls = controls_in(data.screen, levels);
  std::vector<AskedCondition> result;
  std::vector<std::vector<std::string>> all;
  for (const auto& label : labels) all.push_back(targets_of_word(label, data.screen));
  if (data.effects) data.effects->prepare(data.screen, data.split, all);
  for (const auto& label : labels) {
    AskedCondition condition{targets_of_word(label, data.screen), controls, {}};
    ModelInput input;
    set_targets(input, condition.targets, data, at::kFloat);  // says which target has no place, before any work
    const auto trains = [&](std::string_view target) {
      return std::binary_search(data.targets.begin(), data.targets.end(), target);
    };
    for (const std::string& target : condition.targets)
      if (!data.effects && !trains(target) && !(data.screen.aliases && trains(data.screen.aliases->symbol_of(target))))
        log::info("{} never trained: it is {}", target,
                  std::binary_search(data.places.begin(), data.places.end(), target)
                      ? "placed by its neighbours in the graph of protein interactions"
                      : "read as all trained labels together");
    if (n_cells > 0 && n_cells < static_cast<std::int64_t>(condition.controls.size())) {
      Random(seed, "predict/cells").shuffle(condition.controls);
      condition.controls.resize(static_cast<std::size_t>(n_cells));
    }
    condition.cells.assign(condition.controls.size(), -1);
    result.push_back(std::move(condition));
  }
  return result;
}

namespace {

/// Nothing for an undefined tensor: a model without latents.
void append_rows(Matrix<float>& out, const Tensor& tensor) {
  if (!tensor.defined()) return;
  const Tensor values = tensor.detach().to(at::kCPU).to(at::kFloat).contiguous();
  out.n_rows += values.size(0);
  out.n_cols = values.size(1);
  out.values.insert(out.values.end(), values.data_ptr<float>(), values.data_ptr<float>() + values.numel());
}

}  // namespace

GeneratedCells generate_cells(const LoadedRun& run, const std::vector<std::string>& targets,
                              std::span<const std::int64_t> controls, std::uint64_t index) {
  const at::NoGradGuard no_grad;
  const Model& model = *run.model;
  const RunOptions& options = run.options;
  const auto seed = static_cast<std::uint64_t>(options.train.seed);
  const auto size = static_cast<std::size_t>(options.batches.batch_size);
  GeneratedCells cells;
  for (std::size_t first = 0; first < controls.size(); first += size) {
    const auto batch = controls.subspan(first, std::min(size, controls.size() - first));
    ModelInput input = control_input(model, run.data, options.model, batch, Random(seed, "predict", index, first));
    PosteriorDraws draws{std::ssize(batch), Random(seed, "predict/effects", index, first)};
    set_targets(input, targets, run.data, model.parameters().options(), run.samples_effects ? &draws : nullptr);
    input.tau = run.tau;
    const ModelOutput generated = model.forward(input);
    for (const Tensor* made : {&generated.y_hat, &generated.mu, &generated.z, &generated.u}) require_finite(*made, run);
    append_rows(cells.values, generated.y_hat);
    append_rows(cells.mu, generated.mu);
    append_rows(cells.z, generated.z);
    append_rows(cells.u, generated.u);
  }
  return cells;
}

}  // namespace gracevae::impl
