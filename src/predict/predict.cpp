#include "predict/predict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/progress.hpp"
#include "io/anndata.hpp"
#include "io/lines.hpp"
#include "io/mapped_cells.hpp"
#include "predict/expected_mean.hpp"
#include "predict/generated_cells.hpp"
#include "run/prediction_names.hpp"

namespace gracevae::impl {

namespace {

/// Rows in the making. Where they go into a mapped folder, their values are written as they come.
struct Output {
  std::optional<MappedCellsWriter> folder;
  CsrMatrix<float> x;
  std::vector<std::string> names, condition, source, cell, control, stratum;  ///< stratum empty without covariates
  std::vector<float> mu, z, u;  ///< [rows, d], NaN where a row was not generated
};

void write_rows(Output& output) {
  output.folder->append(output.x);
  output.x.n_rows = 0;
  output.x.indptr.assign(1, 0);
  output.x.indices.clear();
  output.x.values.clear();
}

void append_row(Output& output, std::span<const float> values) {
  constexpr std::size_t kValuesAtOnce = 1 << 20;
  for (std::size_t j = 0; j < values.size(); ++j)
    if (values[j] != 0.0F) {
      output.x.indices.push_back(static_cast<std::int32_t>(j));
      output.x.values.push_back(values[j]);
    }
  output.x.indptr.push_back(static_cast<std::int64_t>(output.x.values.size()));
  output.x.n_rows += 1;
  if (output.folder && output.x.values.size() >= kValuesAtOnce) write_rows(output);
}

void append_stratum(const Screen& screen, std::int64_t cell, Output& output) {
  if (screen.covariates.n_strata() > 1)
    output.stratum.push_back(screen.covariates.stratum_name(screen.covariates.stratum(cell)));
}

void append_generated(const LoadedRun& run, const AskedCondition& condition, std::uint64_t index, Output& output) {
  const GeneratedCells cells = generate_cells(run, condition.targets, condition.controls, index);
  const RunData& data = run.data;
  const std::string label = label_of(condition.targets);
  for (std::size_t i = 0; i < condition.controls.size(); ++i) {
    append_row(output, cells.values.row(static_cast<std::int64_t>(i)));
    const std::int64_t cell = condition.cells[i];
    output.names.push_back(fmt::format("generated/{}/{}", label, i));
    output.condition.push_back(label);
    output.source.emplace_back("Generated Cells");
    output.cell.push_back(cell < 0 ? "" : data.screen.cells[static_cast<std::size_t>(cell)]);
    output.control.push_back(data.screen.cells[static_cast<std::size_t>(condition.controls[i])]);
    append_stratum(data.screen, condition.controls[i], output);
  }
  for (const auto& [from, to] : {std::pair(&cells.mu, &output.mu), {&cells.z, &output.z}, {&cells.u, &output.u}})
    to->insert(to->end(), from->values.begin(), from->values.end());
}

/// A row of the screen as it is; latent columns are NaN.
void append_observed(const RunData& data, std::int64_t cell, const std::string& source, std::size_t n_latents,
                     Output& output) {
  std::vector<float> row(static_cast<std::size_t>(data.screen.n_genes()));
  data.screen.rows().copy_row(cell, std::span<float>(row));
  append_row(output, row);
  const auto& name = data.screen.cells[static_cast<std::size_t>(cell)];
  output.names.push_back(name);
  output.condition.push_back(
      data.screen.regimes[static_cast<std::size_t>(data.screen.regime_of_cell[static_cast<std::size_t>(cell)])].label);
  output.source.push_back(source);
  output.cell.push_back(name);
  output.control.emplace_back();
  append_stratum(data.screen, cell, output);
  for (auto* latents : {&output.mu, &output.z, &output.u})
    latents->insert(latents->end(), n_latents, std::numeric_limits<float>::quiet_NaN());
}

struct ObservedCell {
  std::int64_t cell;
  const char* source;
};

/// The actual cells of the conditions, then the control cells that the generated ones start from.
std::vector<ObservedCell> observed_cells(const RunData& data, const std::vector<AskedCondition>& conditions) {
  std::vector<ObservedCell> observed;
  std::set<std::int64_t> controls;
  for (const auto& condition : conditions) {
    controls.insert(condition.controls.begin(), condition.controls.end());
    std::vector<std::int64_t> cells = condition.cells;
    if (cells.front() < 0) {  // asked for by name: whatever the screen has of it
      const std::int32_t regime = data.screen.find_regime(condition.targets);
      cells = regime > 0 ? data.screen.regimes[static_cast<std::size_t>(regime)].cells : std::vector<std::int64_t>{};
    }
    for (const std::int64_t cell : cells) observed.push_back({cell, "Actual Cells"});
  }
  for (const std::int64_t cell : controls) observed.push_back({cell, "NA"});
  return observed;
}

Categorical categorical_of(const std::vector<std::string>& values) {
  Categorical result;
  const std::set<std::string> distinct(values.begin(), values.end());
  result.categories.assign(distinct.begin(), distinct.end());
  for (const auto& value : values)
    result.codes.push_back(static_cast<std::int32_t>(
        std::lower_bound(result.categories.begin(), result.categories.end(), value) - result.categories.begin()));
  return result;
}

Matrix<float> latent_matrix(std::vector<float> values, std::int64_t n_rows) {
  Matrix<float> result;
  result.n_rows = n_rows;
  result.n_cols = n_rows > 0 ? static_cast<std::int64_t>(values.size()) / n_rows : 0;
  result.values = std::move(values);
  return result;
}

AnnData to_anndata(const RunData& data, Output output) {
  AnnData result;
  const std::int64_t n_rows = std::ssize(output.names);
  result.x = std::move(output.x);
  result.obs.index = std::move(output.names);
  result.obs.add("condition", categorical_of(output.condition));
  result.obs.add("source", categorical_of(output.source));
  result.obs.add("cell", std::move(output.cell));
  result.obs.add("paired_control", std::move(output.control));
  if (!output.stratum.empty()) result.obs.add("stratum", categorical_of(output.stratum));
  result.var = data.screen.var;
  if (!output.mu.empty()) {
    result.obsm["mu"] = latent_matrix(std::move(output.mu), n_rows);
    result.obsm["z"] = latent_matrix(std::move(output.z), n_rows);
    result.obsm["u"] = latent_matrix(std::move(output.u), n_rows);
  }
  return result;
}

std::filesystem::path output_path(const RunFolder& folder, const PredictOptions& options) {
  if (!options.output.empty()) return options.output;
  return options.targets.empty() ? folder.predictions() : folder.asked_predictions();
}

/// Expected means of test conditions, as columns of varm.
void add_expected(const LoadedRun& run, const std::vector<AskedCondition>& conditions, AnnData& file) {
  std::vector<std::vector<double>> found;
  std::vector<std::string> names;
  std::vector<std::int64_t> n_cells;
  Progress progress("expected means", std::ssize(conditions));
  for (std::size_t c = 0; c < conditions.size(); ++c) {
    const std::string label = label_of(conditions[c].targets);
    for (auto& [stratum, expected] : expected_means(run, conditions[c], c)) {
      names.push_back(stratum.empty() ? label : expected_name(label, stratum));
      n_cells.push_back(expected.n_cells);
      found.push_back(std::move(expected.mean));
    }
    progress.update(static_cast<std::int64_t>(c) + 1, label);
  }
  Matrix<float> means(run.data.screen.n_genes(), std::ssize(found));
  for (std::size_t c = 0; c < found.size(); ++c)
    for (std::size_t g = 0; g < found[c].size(); ++g)
      means(static_cast<std::int64_t>(g), static_cast<std::int64_t>(c)) = static_cast<float>(found[c][g]);
  file.varm[kExpectedMeans] = std::move(means);
  file.uns[kExpectedConditions] = std::move(names);
  file.uns[kExpectedCells] = std::move(n_cells);
}

LoadedRun load_asked(const RunFolder& folder, const PredictOptions& options) {
  LoadedRun run = load_run(folder, options.weights, options.tau);
  run.samples_effects = options.sample_effects;
  return run;
}

std::filesystem::path write_cells(const LoadedRun& run, const RunFolder& folder, const PredictOptions& options) {
  const auto conditions = options.targets.empty()
                              ? test_conditions(run.data)
                              : asked_conditions(run.data, options.targets, options.cells,
                                                 static_cast<std::uint64_t>(run.options.train.seed), options.in);
  const std::vector<ObservedCell> observed = observed_cells(run.data, conditions);
  std::filesystem::path path = output_path(folder, options);
  std::int64_t n_generated = 0;
  for (const AskedCondition& condition : conditions) n_generated += std::ssize(condition.controls);
  Output output;
  output.x.n_cols = run.data.screen.n_genes();
  if (path.extension() == ".cells") output.folder.emplace(path, n_generated + std::ssize(observed), output.x.n_cols);
  Progress progress("predicting", static_cast<std::int64_t>(conditions.size()));
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    append_generated(run, conditions[i], i, output);
    progress.update(static_cast<std::int64_t>(i) + 1, label_of(conditions[i].targets));
  }
  for (const auto& [cell, source] : observed)
    append_observed(run.data, cell, source, static_cast<std::size_t>(run.model->shape().n_latents), output);
  if (output.folder) write_rows(output);
  std::optional<MappedCellsWriter> mapped = std::move(output.folder);
  AnnData file = to_anndata(run.data, std::move(output));
  if (options.targets.empty()) add_expected(run, conditions, file);
  if (mapped)
    mapped->finish(std::move(file));
  else
    write_anndata(path, file);
  log::info("{} generated cells of {} conditions in {}", n_generated, conditions.size(), path.string());
  return path;
}

}  // namespace

std::filesystem::path predict(const RunFolder& folder, const PredictOptions& options) {
  if (!options.in.empty() && options.targets.empty())
    throw ConfigError(
        "predict.in without predict.targets: test conditions are predicted in the strata of their test cells",
        "name conditions with predict.targets A+B");
  return write_cells(load_asked(folder, options), folder, options);
}

Query query(const RunFolder& folder, const PredictOptions& options) {
  constexpr std::int64_t kMostCells = 2000;
  const LoadedRun run = load_asked(folder, options);
  Query result;
  for (const std::string& label : options.targets) result.conditions.push_back(targets_of_word(label, run.data.screen));
  result.cells = write_cells(run, folder, options);
  result.responses = respond_loaded(run, {.cells = options.cells > 0 ? options.cells : kMostCells,
                                          .programs = false,
                                          .in = options.in,
                                          .conditions = result.conditions});
  return result;
}

}  // namespace gracevae::impl
