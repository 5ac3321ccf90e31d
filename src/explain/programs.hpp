#pragma once
/// @file What every latent program and every label does, in words of genes and pathways.
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "explain/enrichment.hpp"
#include "explain/sure.hpp"
#include "predict/responses.hpp"

namespace gracevae::impl {

/// Section [explain].
struct ExplainOptions {
  std::int64_t cells = 500, program_genes = 100, least_set = 5, most_set = 500;
  double max_q = 0.05, threshold = 0, interaction_rate = 0.1;
  std::string pairs = "observed", weights = "last", tau = "run", gmt;

  void bind(OptionTable& table);
};

struct ExplainedGene {
  std::string gene;
  double effect = 0, sd = 0;    ///< mean over control cells, and its spread over them
  std::optional<double> total;  ///< of programs: with what runs down the graph
  double control = 0;           ///< mean of the same control cells
  /// Standard error of the effect by the screen's cells; NaN: not known.
  double se = std::numeric_limits<double>::quiet_NaN();
  double z() const { return effect / se; }
};

/// A gene set that stands out.
struct ExplainedPathway {
  std::string id, name;
  std::string among;  ///< "genes" that move, or "labels" that target the program
  SetTest test;
  std::optional<double> p_among_labels;  ///< of labels: hypergeometric_tail with the trained labels as background
  std::vector<std::string> members;      ///< on the list
};

/// What a list of numbers over genes says.
struct Explanation {
  std::vector<ExplainedGene> up, down;     ///< of the `program_genes` surest that move at all (surest_first)
  std::vector<ExplainedPathway> pathways;  ///< those with q or rank_q up to `max_q`, smallest q first
};

/// A label's hold on a program.
struct ProgramLabel {
  std::string label;
  double share = 0, shift = 0;  ///< b_k of the label, and its s
  bool main = false;            ///< the program is the label's argmax
};

struct Program {
  std::int64_t latent = 0;
  std::string name;
  std::vector<ProgramLabel> labels;  ///< those of share 0.1 or more, and all that it is the argmax of; largest first
  double sd = 0, noise_sd = 0;       ///< of u and z over control cells
  /// [genes] Standard error of a push by one: that of a label whose largest share is this program's, divided by how far
  /// the label pushes it, |share·shift|; of several labels the one that leaves the smallest norm. NaN without one.
  std::vector<double> se;
  Strength strength;  ///< of a push by one
  Explanation explanation;
};

struct Label {
  std::string label;
  std::optional<std::int64_t> program;  ///< absent in models without latents
  double share = 0, shift = 0;
  std::int64_t n_cells = 0;  ///< that trained
  Strength strength;
  Explanation explanation;
};

/// Explains every latent. `sets`: for enrichment; nothing is tested without. Genes: the background are the measured
/// genes. Labels: those of the program against measured genes and all labels, for two labels or more; the rank test is
/// over b·s of all labels. The name is that of the gene set with the smallest q of the program's genes, else by the
/// rank test, and behind it its labels; without one the labels alone, else "program k".
std::vector<Program> explain_programs(const Responses& responses, const std::vector<GeneSet>& sets,
                                      const GeneSetTests& among_genes, const ExplainOptions& options);
/// The same for the effect of every trained label.
std::vector<Label> explain_labels(const Responses& responses, const GeneSetTests& among_genes,
                                  const ExplainOptions& options);
/// The sets over the measured genes: `among_genes` of both.
GeneSetTests gene_set_tests(const Responses& responses, const std::vector<GeneSet>& sets,
                            const ExplainOptions& options);

}  // namespace gracevae::impl
