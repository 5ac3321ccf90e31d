#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "base/files.hpp"
#include "explain/explain.hpp"
#include "io/anndata.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kGenesNamed = 10, kSetsNamed = 3;

std::string gene_names(const std::vector<ExplainedGene>& genes) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(genes.size(), kGenesNamed); ++i) names.push_back(genes[i].gene);
  return fmt::format("{}", fmt::join(names, ","));
}

std::string neighbour_names(const std::vector<ProgramGraph::Edge>& edges, std::int64_t program, bool parents) {
  std::vector<std::string> names;
  for (const auto& edge : edges)
    if ((parents ? edge.to : edge.from) == program)
      names.push_back(fmt::format("p{}:{:.3g}", parents ? edge.from : edge.to, edge.weight));
  return fmt::format("{}", fmt::join(names, ","));
}

/// norm, norm_se and strength.
std::string strength_columns(const Strength& strength) {
  return fmt::format("{}\t{}\t{}", number_or_na(strength.norm), number_or_na(strength.norm_se),
                     number_or_na(strength.sure));
}

std::string programs_tsv(const RunExplanation& explanation) {
  std::string text =
      "program\tname\tlabels\tsd\tnoise_sd\tnorm\tnorm_se\tstrength\tgenes_up\tgenes_down\tpathways\tparents\t"
      "children\n";
  const auto edges = explanation.graph.kept();
  for (const Program* listed : strongest_first(explanation.programs)) {
    const Program& program = *listed;
    std::vector<std::string> labels, pathways;
    for (const ProgramLabel& label : program.labels)
      if (label.main) labels.push_back(fmt::format("{}:{:.2f}:{:.3g}", label.label, label.share, label.shift));
    for (const auto& pathway : program.explanation.pathways)
      if (pathway.among == "genes" && pathways.size() < kSetsNamed) pathways.push_back(pathway.name);
    text +=
        fmt::format("p{}\t{}\t{}\t{:.4g}\t{:.4g}\t{}\t{}\t{}\t{}\t{}\t{}\n", program.latent, program.name,
                    fmt::join(labels, ","), program.sd, program.noise_sd, strength_columns(program.strength),
                    gene_names(program.explanation.up), gene_names(program.explanation.down), fmt::join(pathways, "; "),
                    neighbour_names(edges, program.latent, true), neighbour_names(edges, program.latent, false));
  }
  return text;
}

/// A row a label and program that it has a share of; without programs a row a label.
std::string labels_tsv(const RunExplanation& explanation) {
  std::map<std::string, std::vector<std::string>> shares;  // by label: columns program to shift
  for (const Program& program : explanation.programs)
    for (const ProgramLabel& label : program.labels)
      shares[label.label].push_back(
          fmt::format("p{}\t{:.4f}\t{}\t{:.6g}", program.latent, label.share, label.main ? "yes" : "no", label.shift));
  std::string text = "label\tprogram\tshare\tmain\tshift\tcells\tnorm\tnorm_se\tstrength\n";
  for (const Label* label : strongest_first(explanation.labels)) {
    std::vector<std::string>& rows = shares[label->label];
    if (rows.empty()) rows.emplace_back("NA\tNA\tNA\tNA");
    for (const std::string& row : rows)
      text += fmt::format("{}\t{}\t{}\t{}\n", label->label, row, label->n_cells, strength_columns(label->strength));
  }
  return text;
}

/// Calls `write` for every program and label, the strongest first: its kind, its name and what explains it.
template <class Write>
void for_each(const RunExplanation& explanation, const Write& write) {
  for (const Program* program : strongest_first(explanation.programs))
    write("program", fmt::format("p{}", program->latent), program->explanation);
  for (const Label* label : strongest_first(explanation.labels)) write("label", label->label, label->explanation);
}

std::string genes_tsv(const RunExplanation& explanation) {
  std::string text = "kind\tof\tgene\tcontrol\teffect\tse\tz\tsd\ttotal\n";
  for_each(explanation, [&](const char* kind, const std::string& of, const Explanation& found) {
    for (const auto* genes : {&found.up, &found.down})
      for (const ExplainedGene& gene : *genes)
        text += fmt::format("{}\t{}\t{}\t{:.6g}\t{:.6g}\t{}\t{}\t{:.4g}\t{}\n", kind, of, gene.gene, gene.control,
                            gene.effect, number_or_na(gene.se), number_or_na(gene.z()), gene.sd,
                            gene.total ? fmt::format("{:.6g}", *gene.total) : "NA");
  });
  return text;
}

std::string pathways_tsv(const RunExplanation& explanation) {
  std::string text =
      "kind\tof\tamong\tid\tname\toverlap\tsize\tp\tq\tp_among_labels\trank_z\trank_p\trank_q\tmembers\n";
  for_each(explanation, [&](const char* kind, const std::string& of, const Explanation& found) {
    for (const ExplainedPathway& pathway : found.pathways) {
      const SetTest& test = pathway.test;
      text += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{:.6g}\t{:.6g}\t{}\t{:.4g}\t{:.6g}\t{:.6g}\t{}\n", kind, of,
                          pathway.among, pathway.id, pathway.name, test.overlap, test.size, test.p, test.q,
                          pathway.p_among_labels ? fmt::format("{:.6g}", *pathway.p_among_labels) : "NA", test.rank_z,
                          test.rank_p, test.rank_q, fmt::join(pathway.members, ","));
    }
  });
  return text;
}

std::string edges_tsv(const RunExplanation& explanation) {
  std::string text = "from\tto\tfrom_name\tto_name\tweight\traw_weight\tfrequency\n";
  for (const auto& edge : explanation.graph.kept())
    text += fmt::format("p{}\tp{}\t{}\t{}\t{:.4g}\t{:.4g}\t{}\n", edge.from, edge.to,
                        explanation.programs[static_cast<std::size_t>(edge.from)].name,
                        explanation.programs[static_cast<std::size_t>(edge.to)].name, edge.weight, edge.raw_weight,
                        edge.frequency ? fmt::format("{:.3f}", *edge.frequency) : "NA");
  return text;
}

/// A list of every condition as a column of varm.
Matrix<float> effects_matrix(const Responses& responses, std::vector<double> GeneEffects::*list) {
  Matrix<float> result(std::ssize(responses.genes), std::ssize(responses.effects));
  for (std::int64_t c = 0; c < result.n_cols; ++c)
    for (std::int64_t g = 0; g < result.n_rows; ++g)
      result(g, c) =
          static_cast<float>((responses.effects[static_cast<std::size_t>(c)].*list)[static_cast<std::size_t>(g)]);
  return result;
}

/// Standard errors of every program's push as a column of varm.
Matrix<float> push_errors(const std::vector<Program>& programs, std::int64_t n_genes) {
  Matrix<float> result(n_genes, std::ssize(programs));
  for (std::int64_t k = 0; k < result.n_cols; ++k)
    for (std::int64_t g = 0; g < n_genes; ++g)
      result(g, k) = static_cast<float>(programs[static_cast<std::size_t>(k)].se[static_cast<std::size_t>(g)]);
  return result;
}

Matrix<float> transposed(const Matrix<double>& values) {
  Matrix<float> result(values.n_cols, values.n_rows);
  for (std::int64_t i = 0; i < values.n_rows; ++i)
    for (std::int64_t j = 0; j < values.n_cols; ++j) result(j, i) = static_cast<float>(values(i, j));
  return result;
}

AnnData anndata_of(const RunExplanation& explanation) {
  const Responses& responses = explanation.responses;
  AnnData data;
  data.x = responses.x;
  data.obs.index = responses.cells;
  data.var.index = responses.genes;
  std::vector<std::string> conditions, names;
  for (const GeneEffects& effect : responses.effects) conditions.push_back(label_of(effect.targets));
  data.varm["gracevae_effects"] = effects_matrix(responses, &GeneEffects::mean);
  data.varm["gracevae_effects_se"] = effects_matrix(responses, &GeneEffects::se);
  data.uns["gracevae/conditions"] = std::move(conditions);
  if (responses.n_latents() == 0) return data;
  for (const Program& program : explanation.programs) names.push_back(program.name);
  data.obsm["X_gracevae"] = responses.u;
  data.obsm["gracevae_z"] = responses.z;
  data.varm["gracevae_direct"] = transposed(responses.direct_mean);
  data.varm["gracevae_direct_se"] = push_errors(explanation.programs, std::ssize(responses.genes));
  data.varm["gracevae_total"] = transposed(responses.total_mean);
  data.uns["gracevae/programs"] = std::move(names);
  return data;
}

}  // namespace

void write_explanation(const std::filesystem::path& folder, const RunExplanation& explanation) {
  const ExplanationFolder files{folder};
  require_writable_folder(folder);
  write_text(files.programs(), programs_tsv(explanation));
  write_text(files.labels(), labels_tsv(explanation));
  write_text(files.genes(), genes_tsv(explanation));
  write_text(files.pathways(), pathways_tsv(explanation));
  write_text(files.interactions(), interactions_tsv(explanation.interactions));
  write_text(files.edges(), edges_tsv(explanation));
  write_text(files.graph("graphml"), to_graphml(explanation.graph, explanation.programs));
  write_text(files.graph("dot"), to_dot(explanation.graph, explanation.programs));
  write_text(files.graph("sif"), to_sif(explanation.graph));
  write_text(files.graph("json"), to_json(explanation.graph, explanation.programs).dump(1) + "\n");
  write_anndata(files.cells(), anndata_of(explanation));
  write_text(files.record(), to_json(explanation).dump() + "\n");
}

}  // namespace gracevae::impl
