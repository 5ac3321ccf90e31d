#include "explain/explain.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/files.hpp"
#include "effects/effect_cards.hpp"
#include "evaluate/consensus.hpp"
#include "network/context_graph.hpp"
#include "run/run_folder.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t kGenesShown = 15, kSetsShown = 10, kInteractionsShown = 200, kEdgesShown = 3000, kPrinted = 15;
constexpr double kSameGenes = 0.7;  // mean |cosine| from which programs are said to move the same genes

/// The .gmt files asked for, or those of the run's context graph.
std::vector<std::filesystem::path> gene_set_files(const ExplainOptions& options, const RunOptions& run) {
  if (!options.gmt.empty()) {
    const std::vector<std::filesystem::path> files = file_list(options.gmt);
    for (const auto& file : files) require_readable_file(file, "gene sets");
    return files;
  }
  return run.network.empty() ? std::vector<std::filesystem::path>{} : find_network_files(run.network).gmt;
}

void add_graph(const std::vector<RunFolder>& runs, const ExplainOptions& options, RunExplanation& result) {
  std::vector<LearnedGraph> graphs;
  for (const RunFolder& run : runs) graphs.push_back(read_learned_graph(run.latents()));
  const LearnedGraph& learned = graphs.front();
  for (const std::string& warning : learned.warnings) result.warnings.push_back(warning);
  if (learned.n_latents() == 0) return;
  if (runs.size() > 1) {
    result.consensus =
        consensus(graphs, options.threshold > 0 ? std::optional(options.threshold) : std::nullopt, std::nullopt);
    for (const Json& warning : result.consensus.at("warnings")) result.warnings.push_back(warning);
  }
  result.graph = program_graph(learned, options.threshold, result.options.train.start == "random",
                               runs.size() > 1 ? &result.consensus : nullptr);
}

/// Mean |cosine| of the programs' gene responses, over pairs of programs that move any gene.
double mean_overlap(const Matrix<double>& responses) {
  std::vector<double> norms;
  for (std::int64_t k = 0; k < responses.n_rows; ++k) {
    const auto row = responses.row(k);
    norms.push_back(std::sqrt(std::inner_product(row.begin(), row.end(), row.begin(), 0.0)));
  }
  double sum = 0;
  std::int64_t n = 0;
  for (std::int64_t i = 0; i < responses.n_rows; ++i)
    for (std::int64_t j = i + 1; j < responses.n_rows; ++j) {
      const double norm = norms[static_cast<std::size_t>(i)] * norms[static_cast<std::size_t>(j)];
      if (!(norm > 0)) continue;
      sum += std::abs(
                 std::inner_product(responses.row(i).begin(), responses.row(i).end(), responses.row(j).begin(), 0.0)) /
             norm;
      ++n;
    }
  return n > 0 ? sum / static_cast<double>(n) : 0;
}

/// null for what is not known.
Json known(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json genes_json(const std::vector<ExplainedGene>& genes) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < std::min(genes.size(), kGenesShown); ++i) {
    rows.push_back({{"gene", genes[i].gene},
                    {"effect", genes[i].effect},
                    {"sd", genes[i].sd},
                    {"control", genes[i].control},
                    {"se", known(genes[i].se)},
                    {"z", known(genes[i].z())}});
    if (genes[i].total) rows.back()["total"] = *genes[i].total;
  }
  return rows;
}

/// The strongest gene sets of each kind.
Json pathways_json(const std::vector<ExplainedPathway>& pathways) {
  Json rows = Json::array();
  for (const char* among : {"genes", "labels"}) {
    std::size_t n = 0;
    for (const ExplainedPathway& pathway : pathways) {
      if (pathway.among != among || n++ >= kSetsShown) continue;
      const SetTest& test = pathway.test;
      rows.push_back({{"id", pathway.id},
                      {"name", pathway.name},
                      {"among", among},
                      {"overlap", test.overlap},
                      {"size", test.size},
                      {"p", test.p},
                      {"q", test.q},
                      {"p_among_labels", pathway.p_among_labels ? Json(*pathway.p_among_labels) : Json()},
                      {"rank_z", test.rank_z},
                      {"rank_p", test.rank_p},
                      {"rank_q", test.rank_q},
                      {"members", pathway.members}});
    }
  }
  return rows;
}

void add_explanation(const Strength& strength, const Explanation& explanation, Json& row) {
  row["norm"] = strength.norm;
  row["norm_se"] = known(strength.norm_se);
  row["strength"] = known(strength.sure);
  row["genes_up"] = genes_json(explanation.up);
  row["genes_down"] = genes_json(explanation.down);
  row["pathways"] = pathways_json(explanation.pathways);
}

Json neighbours_json(const std::vector<ProgramGraph::Edge>& edges, std::int64_t program, bool parents) {
  Json rows = Json::array();
  for (const auto& edge : edges)
    if ((parents ? edge.to : edge.from) == program)
      rows.push_back({{"program", parents ? edge.from : edge.to},
                      {"weight", edge.weight},
                      {"frequency", edge.frequency ? Json(*edge.frequency) : Json()}});
  return rows;
}

Json programs_json(const RunExplanation& explanation) {
  Json rows = Json::array();
  const auto edges = explanation.graph.kept();
  for (const Program* listed : strongest_first(explanation.programs)) {
    const Program& program = *listed;
    Json row = {{"program", program.latent}, {"name", program.name}, {"labels", Json::array()}};
    for (const ProgramLabel& label : program.labels)
      row["labels"].push_back(
          {{"label", label.label}, {"share", label.share}, {"shift", label.shift}, {"main", label.main}});
    row["sd"] = program.sd;
    row["noise_sd"] = program.noise_sd;
    add_explanation(program.strength, program.explanation, row);
    row["parents"] = neighbours_json(edges, program.latent, true);
    row["children"] = neighbours_json(edges, program.latent, false);
    rows.push_back(std::move(row));
  }
  return rows;
}

Json labels_json(const RunExplanation& explanation) {
  Json rows = Json::array();
  for (const Label* listed : strongest_first(explanation.labels)) {
    const Label& label = *listed;
    Json row = {{"label", label.label},
                {"n_cells", label.n_cells},
                {"program", label.program ? Json(*label.program) : Json()}};
    row["share"] = label.program ? Json(label.share) : Json();
    row["shift"] = label.program ? Json(label.shift) : Json();
    add_explanation(label.strength, label.explanation, row);
    rows.push_back(std::move(row));
  }
  return rows;
}

Json graph_json(const ProgramGraph& graph) {
  Json json = {{"threshold", graph.threshold ? Json(*graph.threshold) : Json()},
               {"threshold_rule", graph.threshold_rule},
               {"noise", graph.noise},
               {"reasons", graph.reasons},
               {"edges", Json::array()}};
  for (std::size_t i = 0; i < std::min(graph.edges.size(), kEdgesShown); ++i) {
    const auto& edge = graph.edges[i];
    json["edges"].push_back({{"from", edge.from},
                             {"to", edge.to},
                             {"weight", edge.weight},
                             {"raw_weight", edge.raw_weight},
                             {"frequency", edge.frequency ? Json(*edge.frequency) : Json()}});
  }
  return json;
}

/// A number and, where it is known, its error in NAME_se.
void add_numbers(const PairNumbers& numbers, Json& row) {
  for (std::size_t i = 0; i < kPairNumbers.size(); ++i) {
    const Measured& number = numbers.*kPairNumbers[i];
    row[kPairNumberNames[i]] = known(number.value);
    row[fmt::format("{}_se", kPairNumberNames[i])] = known(number.error);
  }
}

Json measured_json(const MeasuredPair& measured) {
  Json row = {{"cells_a", measured.n_a},
              {"cells_b", measured.n_b},
              {"cells_ab", measured.n_ab},
              {"fold", measured.trained ? "train" : "test"},
              {"note", measured.why}};
  if (!measured.estimate) return row;
  add_numbers(measured.estimate->numbers, row);
  row["similarity"] = known(measured.estimate->similarity);
  row["p"] = measured.estimate->p;
  return row;
}

Json interactions_json(const std::vector<Interaction>& interactions) {
  Json rows = Json::array();
  for (std::size_t i = 0; i < std::min(interactions.size(), kInteractionsShown); ++i) {
    const Interaction& pair = interactions[i];
    Json row = {{"pair", label_of(pair.targets)}};
    add_numbers(pair.predicted, row);
    row["measured"] = pair.measured ? measured_json(*pair.measured) : Json();
    row["q"] = known(pair.q);
    row["type"] = pair.type.empty() ? Json() : Json(pair.type);
    rows.push_back(std::move(row));
  }
  return rows;
}

/// "+HBZ +HBG2 -KLF1".
std::string first_genes(const Explanation& explanation) {
  std::vector<std::string> genes;
  for (const auto* list : {&explanation.up, &explanation.down})
    for (std::size_t g = 0; g < std::min<std::size_t>(3, list->size()); ++g)
      genes.push_back(((*list)[g].effect > 0 ? "+" : "-") + (*list)[g].gene);
  return fmt::format("{}", fmt::join(genes, " "));
}

std::string strength_text(const Strength& strength) {
  return std::isnan(strength.sure) ? "error not known"
                                   : fmt::format("size {:.3g}, sure {:.3g}", strength.norm, strength.sure);
}

}  // namespace

RunExplanation explain(const std::vector<RunFolder>& runs, const ExplainOptions& options, const Respond& respond) {
  RunExplanation result;
  result.run = runs.front().path;
  result.options = load_run_options(runs.front());
  result.weights = options.weights;
  const std::vector<std::filesystem::path> gmt = gene_set_files(options, result.options);
  const std::vector<GeneSet> sets = read_gmts(gmt);
  add_graph(runs, options, result);
  result.responses = respond(runs.front(), {.weights = options.weights,
                                            .tau = options.tau,
                                            .cells = options.cells,
                                            .programs = true,
                                            .pairs = options.pairs});
  for (const auto& file : gmt) result.gene_sets += (result.gene_sets.empty() ? "" : ", ") + file.string();
  result.n_sets = std::ssize(sets);
  const GeneSetTests among_genes = gene_set_tests(result.responses, sets, options);
  result.n_tested = std::ssize(among_genes.sets());
  if (sets.empty())
    result.warnings.emplace_back(
        "no gene sets: programs are not tested for pathways; name a .gmt with explain.gene_sets");
  else if (result.n_tested == 0)
    result.warnings.push_back(fmt::format("{}: none of its {} gene sets has {} to {} measured genes: nothing is tested",
                                          result.gene_sets, result.n_sets, options.least_set, options.most_set));
  if (const double overlap = mean_overlap(result.responses.direct_mean); overlap > kSameGenes)
    result.warnings.push_back(fmt::format(
        "the programs move the same genes: the mean |cosine| between their gene responses is {:.2f}, so their genes and "
        "pathways do not tell them apart",
        overlap));
  result.programs = explain_programs(result.responses, sets, among_genes, options);
  result.labels = explain_labels(result.responses, among_genes, options);
  result.interactions = interactions_of(result.responses, options.interaction_rate);
  result.interaction_rate = options.interaction_rate;
  result.effects = read_effect_cards(effects_folder(runs.front().path));
  return result;
}

nlohmann::ordered_json to_json(const RunExplanation& explanation) {
  Json json = {{"format", kExplainFormat},
               {"run", explanation.run.string()},
               {"model", explanation.options.model.model},
               {"mechanism", explanation.graph.n_nodes > 0 ? explanation.options.model.mechanism : "none"},
               {"weights", explanation.weights},
               {"tau", explanation.responses.tau},
               {"n_cells", explanation.responses.cells.size()},
               {"gene_sets", nullptr}};
  if (!explanation.gene_sets.empty())
    json["gene_sets"] = {{"file", explanation.gene_sets},
                         {"n_sets", explanation.n_sets},
                         {"n_tested", explanation.n_tested},
                         {"background", explanation.responses.genes.size()}};
  json["programs"] = programs_json(explanation);
  json["graph"] = graph_json(explanation.graph);
  json["labels"] = labels_json(explanation);
  json["interactions"] = interactions_json(explanation.interactions);
  json["interaction_rate"] = explanation.interaction_rate;
  json["consensus"] = explanation.consensus;
  if (!explanation.effects.is_null()) json["effects"] = explanation.effects;
  json["warnings"] = explanation.warnings;
  return json;
}

std::string explanation_text(const RunExplanation& explanation) {
  const auto programs = strongest_first(explanation.programs);
  const auto labels = strongest_first(explanation.labels);
  std::string text;
  if (programs.empty())
    text += fmt::format("The {} model has no latent programs: effects of its {} labels are explained.\n",
                        explanation.options.model.model, labels.size());
  else
    text += fmt::format("{} programs, the surest effect on genes first:\n", programs.size());
  for (std::size_t i = 0; i < std::min(programs.size(), kPrinted); ++i)
    text += fmt::format("  p{:<4} {}: {} ({})\n", programs[i]->latent, programs[i]->name,
                        first_genes(programs[i]->explanation),
                        std::isnan(programs[i]->strength.sure) ? "no label pushes it: its error is not known"
                                                               : strength_text(programs[i]->strength));
  text += fmt::format("{} labels, the surest effect on genes first:\n", labels.size());
  for (std::size_t i = 0; i < std::min(labels.size(), kPrinted); ++i)
    text += fmt::format("  {}: {} ({} cells, {})\n", labels[i]->label, first_genes(labels[i]->explanation),
                        labels[i]->n_cells, strength_text(labels[i]->strength));
  text += interactions_text(explanation.interactions, explanation.interaction_rate);
  if (!explanation.effects.is_null())
    text += "Predicted effects (gracevae effects):\n" + cards_text(explanation.effects, kPrinted);
  if (programs.size() < 2 || explanation.graph.n_nodes == 0) return text;
  text += fmt::format("Latent graph: {} edges from |weight| {}.\n", explanation.graph.kept().size(),
                      explanation.graph.threshold ? fmt::format("{:.2g}", *explanation.graph.threshold) : "0");
  if (explanation.graph.noise)
    text += fmt::format("It is no more than noise: {}.\n", fmt::join(explanation.graph.reasons, "; "));
  return text;
}

}  // namespace gracevae::impl
