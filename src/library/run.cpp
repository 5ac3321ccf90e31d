#include <gracevae/run.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/call_scope.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "effects/effect_inputs.hpp"
#include "evaluate/consensus.hpp"
#include "evaluate/structure.hpp"
#include "evaluate/warnings.hpp"
#include "explain/effects.hpp"
#include "explain/explain.hpp"
#include "library/model_library.hpp"
#include "library/parts.hpp"
#include "run/run_lock.hpp"

namespace gracevae {

namespace fs = std::filesystem;
using impl::RunFolder;

namespace {

fs::path beside(const fs::path& file, const std::string& end) {
  return fs::path(file).replace_filename(file.stem().string() + end);
}

/// The run's own predictions, made if they are missing or older than the model.
fs::path fresh_predictions(const RunFolder& folder) {
  const fs::path file = folder.predictions();
  return impl::is_fresh(file, folder) ? file : impl::model_library().predict(folder, {});
}

/// What the run says of its latents; a run of an older version says nothing, which only a truth cannot do without.
std::optional<impl::LearnedGraph> learned_graph(const RunFolder& folder, bool needed) {
  if (!needed && !fs::exists(folder.latents())) return std::nullopt;
  return impl::read_learned_graph(folder.latents());
}

void write_metrics(const fs::path& json, const nlohmann::ordered_json& metrics) {
  impl::write_text(json, metrics.dump(1) + "\n");
  impl::write_metrics_tsv(fs::path(json).replace_extension(".tsv"), metrics);
  if (metrics.contains("structure")) impl::write_structure_tsv(beside(json, "_structure.tsv"), metrics.at("structure"));
}

/// A resumed run goes on with its own options: words may repeat them, or change those that change no result.
impl::RunOptions resumed_options(const RunFolder& folder, const OptionWords& words) {
  impl::RunOptions options = impl::load_run_options(folder);
  impl::OptionTable table;
  options.bind(table);
  const nlohmann::ordered_json before = table.to_json();
  impl::set_words(table, words);
  options.train.resolve(options.model.model);
  options.make_paths_absolute();
  for (const impl::Option& option : table.options()) {
    const auto& old_value = before.at(option.section).at(option.name);
    if (!option.result_free && nlohmann::json(old_value) != option.value())
      throw ConfigError(option.key() + " is " + option.value().dump() + ", but the run began with " + old_value.dump(),
                        "leave it out to resume, or start a new run in another folder");
  }
  table.validate();
  return options;
}

void train(impl::RunOptions options, const fs::path& run, bool resume) {
  options.split.validate();
  options.features.validate();
  impl::model_library().train({.options = std::move(options), .folder = {run}, .resume = resume});
}

}  // namespace

void train_run(const fs::path& run, const Options& options, const Context& context) {
  const impl::CallScope scope(context);
  impl::RunOptions asked = options.impl().run;
  if (asked.screen.file.empty()) throw ConfigError("no screen was given", "name its file with screen.file");
  asked.train.resolve(asked.model.model);
  asked.make_paths_absolute();
  train(std::move(asked), run, false);
}

void resume_run(const fs::path& run, const OptionWords& words, const Context& context) {
  const impl::CallScope scope(context);
  train(resumed_options({run}, words), run, true);
}

fs::path predict_run(const fs::path& run, const Options& options, const Context& context) {
  const impl::CallScope scope(context);
  const auto lock = options.impl().predict.output.empty() ? std::make_unique<impl::RunLock>(run) : nullptr;
  return impl::model_library().predict({run}, options.impl().predict);
}

void predict_conditions(const std::vector<fs::path>& runs, const Options& options, const fs::path& effects,
                        const Context& context) {
  const impl::CallScope scope(context);
  std::vector<impl::Responses> responses;
  impl::Query query;
  for (const fs::path& run : runs) {
    query = impl::model_library().query({run}, options.impl().predict);
    responses.push_back(std::move(query.responses));
  }
  const fs::path file = effects.empty() ? beside(query.cells, "_effects.tsv") : effects;
  impl::write_text(file, impl::effects_tsv(responses, query.conditions));
  impl::log::info("effects on every gene in {}", file.string());
  if (std::none_of(query.conditions.begin(), query.conditions.end(),
                   [](const auto& targets) { return targets.size() == 2; }))
    return;
  const fs::path pairs = beside(file, "_interactions.tsv");
  impl::write_text(pairs, impl::interactions_tsv(responses, query.conditions));
  impl::log::info("interactions of pairs in {}", pairs.string());
}

Scores evaluate_run(const fs::path& run, const Options& options, const EvaluateFiles& files, const Context& context) {
  const impl::CallScope scope(context);
  const RunFolder folder{run};
  const impl::RunLock lock(run);
  const auto fit = learned_graph(folder, !files.truth.empty());
  const auto known = files.truth.empty() ? std::nullopt : std::optional(impl::read_known_graph(files.truth));
  if (known) impl::require_comparable(*known, *fit);
  const impl::RunOptions trained = impl::load_run_options(folder);
  const auto [screen, guides] = impl::load_guided_screen(trained.screen, {});
  const impl::Split split = impl::read_split(folder.split(), screen);
  const auto seed = static_cast<std::uint64_t>(trained.train.seed);
  const bool own = files.predictions.empty();
  const fs::path cells = own ? fresh_predictions(folder) : files.predictions;
  const auto sources = [&] { return impl::with_sources_of(trained, options.impl().effects); };
  nlohmann::ordered_json metrics =
      impl::evaluate_predictions(screen, split, impl::read_predictions(cells, screen), options.impl().evaluate, seed,
                                 own ? trained.model.model : "", sources);
  if (fit) {
    metrics["diagnostics"] = fit->diagnostics;
    impl::add_warnings(fit->warnings, metrics);
  }
  if (known) impl::add_structure(*known, *fit, cells, seed, metrics);
  const fs::path quality = folder.quality();
  if (!fs::exists(quality)) impl::write_quality(quality, impl::quality_of(screen, guides));
  write_metrics(files.output.empty() ? folder.metrics() : files.output, metrics);
  return impl::scores_of(metrics);
}

std::string explain_runs(const std::vector<fs::path>& runs, const Options& options, const fs::path& output,
                         const Context& context) {
  const impl::CallScope scope(context);
  std::vector<RunFolder> folders;
  for (const fs::path& run : runs) folders.push_back({run});
  const auto lock = output.empty() ? std::make_unique<impl::RunLock>(runs.front()) : nullptr;
  const impl::RunExplanation explanation =
      impl::explain(folders, options.impl().explain, [](const RunFolder& folder, const impl::ResponseOptions& asked) {
        return impl::model_library().respond(folder, asked);
      });
  const fs::path to = output.empty() ? folders.front().explanation() : output;
  impl::write_explanation(to, explanation);
  for (const std::string& warning : explanation.warnings) impl::log::warning("{}", warning);
  impl::log::info("wrote {}: programs.tsv, genes.tsv, pathways.tsv, graph.graphml, explained.h5ad and more",
                  to.string());
  return impl::explanation_text(explanation);
}

Consensus consensus_of_runs(const std::vector<fs::path>& runs, const ConsensusRequest& request,
                            const Context& context) {
  const impl::CallScope scope(context);
  const double share = request.min_frequency;
  if (!(share >= 0 && share <= 1))
    throw ConfigError({.found = fmt::format("consensus.min_frequency is {:g}", share), .expected = "0 to 1"},
                      "it is a share of the runs, for example 0.8");
  if (request.threshold && !(*request.threshold > 0))
    throw ConfigError({.found = fmt::format("consensus.threshold is {:g}", *request.threshold),
                       .expected = "a number above 0"},
                      "leave it out for every run's own threshold");
  std::vector<impl::LearnedGraph> graphs;
  for (const fs::path& run : runs) graphs.push_back(impl::read_learned_graph(RunFolder{run}.latents()));
  const auto result =
      impl::consensus(graphs, request.threshold,
                      request.truth.empty() ? std::nullopt : std::optional(impl::read_known_graph(request.truth)));
  if (!request.output.empty()) {
    impl::write_text(request.output, result.dump(1) + "\n");
    impl::write_text(fs::path(request.output).replace_extension(".tsv"), impl::consensus_tsv(result, 0));
  }
  return {impl::consensus_tsv(result, share), impl::consensus_notes(result, share)};
}

void embed_run(const fs::path& run, const Options& options, const Context& context) {
  const impl::CallScope scope(context);
  const impl::EmbeddingOptions& embedding = options.impl().embedding;
  embedding.validate();
  const impl::RunLock lock(run);
  const fs::path file = fresh_predictions({run});
  impl::CellSource cells = impl::open_anndata(file, {});
  const impl::CellEmbedding drawn = impl::embed_cells(cells, embedding);
  impl::write_embedding(file, drawn, embedding);
  impl::log::info("X_pca and X_umap of {} of {} cells in {}", drawn.rows.size(), drawn.n_cells, file.string());
}

}  // namespace gracevae
