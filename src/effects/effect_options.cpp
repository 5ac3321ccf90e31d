#include "effects/effect_options.hpp"

namespace gracevae::impl {

void EffectOptions::bind(OptionTable& table) {
  const auto add = [&](const char* name, auto& field, const char* help) -> Option& {
    return table.add("effects", name, field, help);
  };
  add("network", network,
      "Folder whose gene sets (*.gmt) and protein interactions are sources, each file one; found as network.network is.");
  add("edges", edges,
      "Edge lists as sources, files separated by commas: protein interactions, complexes, co-expression. Scores weigh "
      "them, signs count.");
  add("edge_score", edge_score,
      "Least score of an edge, on the scale of its file; those below or without one are left out. 0: all are taken.")
      .at_least(0);
  add("edge_score_column", edge_score_column,
      "Column of the edge lists with the score: its name, or its number from 1. Default: found.");
  add("gene_sets", gene_sets, "Gene sets (.gmt) as sources, files separated by commas.");
  add("embeddings", embeddings,
      "Vectors of genes as sources, files separated by commas: a table with a gene a row, .h5ad, or .npy with the names "
      "in FILE.npy.txt.");
  add("screens", screens,
      "Other screens as sources, separated by commas: runs, screens or tables of effects. Their targets are matched by "
      "symbol (screen.aliases).");
  add("measured", measured, "File of targets, one a line, that count as measured; others are left out. Default: all.");
  add("genes", genes, "File of genes, one a line, whose effects count. Default: all.");
  add("targets", targets, "Conditions to predict, singles and pairs: KLF1,KLF1+MAP2K6.");
  add("all_targets", all_targets, "File of conditions to predict, one a line.");
  add("all_pairs", all_pairs, "Predict every pair of measured targets that was not measured itself.");
  add("level", level, "Probability that an interval holds.").range(0.01, 0.999);
  add("nearest", nearest, "Nearest measured conditions that are named for each prediction.").range(0, 100);
  add("weight_targets", weight_targets,
      "The sources' weights are fitted to at most as many measured targets, drawn at random; all are then used.")
      .range(10, 20000);
  add("cross_validate", cross_validate,
      "Folds of a cross-validation over the measured targets, and over the measured pairs; 0 = none.")
      .range(0, 10000);
  add("format", format, "tsv: effects.tsv with intervals. h5ad: effects.h5ad, a row a condition, without intervals.")
      .one_of({"tsv", "h5ad"});
  add("seed", seed, "Seed of folds and samples.").at_least(0);
}

}  // namespace gracevae::impl
