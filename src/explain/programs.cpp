#include "explain/programs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <tuple>

#include "base/nearest.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

namespace {

constexpr double kShareShown = 0.1;
constexpr std::size_t kNameLetters = 60, kNameLabels = 3;

using Places = std::vector<std::size_t>;

/// The first `n` of an order that move at all.
Places moving(Places order, std::span<const double> values, std::int64_t n) {
  order.resize(std::min(order.size(), static_cast<std::size_t>(n)));
  std::erase_if(order, [&](std::size_t place) { return values[place] == 0; });
  return order;
}

std::vector<ExplainedPathway> pathways_of(const GeneSetTests& sets, const Places& list,
                                          const std::vector<SetTest>& tests, const std::string& among, double max_q) {
  std::vector<ExplainedPathway> result;
  for (const SetTest& test : tests) {
    if (test.q > max_q && test.rank_q > max_q) continue;
    const auto& set = sets.sets()[test.set];
    ExplainedPathway pathway{set.id, set.name, among, test, std::nullopt, {}};
    for (const std::size_t place : list)
      if (std::binary_search(set.members.begin(), set.members.end(), place))
        pathway.members.push_back(sets.background()[place]);
    result.push_back(std::move(pathway));
  }
  std::stable_sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
    const auto key = [](const SetTest& t) { return std::tuple(t.q, t.p, t.rank_p); };
    return key(a.test) < key(b.test);
  });
  return result;
}

/// Numbers over genes that are to be explained.
struct GeneValues {
  std::span<const double> effect, sd, total, control, se;  ///< total empty where there is none
};

Explanation explain_genes(const GeneValues& values, const GeneSetTests& sets, const ExplainOptions& options) {
  Explanation result;
  const Places list = moving(surest_first(values.effect, values.se), values.effect, options.program_genes);
  for (const std::size_t g : list) {
    ExplainedGene gene{sets.background()[g], values.effect[g],  values.sd[g],
                       std::nullopt,         values.control[g], values.se[g]};
    if (!values.total.empty()) gene.total = values.total[g];
    (gene.effect > 0 ? result.up : result.down).push_back(std::move(gene));
  }
  if (!sets.sets().empty() && !list.empty())
    result.pathways = pathways_of(sets, list, sets.test(list, values.effect), "genes", options.max_q);
  return result;
}

/// Gene sets among the labels of a program.
class LabelSets {
 public:
  LabelSets(const Responses& responses, const std::vector<GeneSet>& sets, const ExplainOptions& options)
      : responses_(responses), options_(options), labels_(sets, responses.labels, 2, options.most_set) {
    std::vector<std::string> background = responses.genes;
    std::vector<std::string> sorted = background;
    std::sort(sorted.begin(), sorted.end());
    for (const std::string& label : responses.labels)
      if (!std::binary_search(sorted.begin(), sorted.end(), label)) background.push_back(label);
    measured_ = std::make_unique<GeneSetTests>(sets, std::move(background), options.least_set, options.most_set);
    for (std::size_t i = 0; i < measured_->background().size(); ++i) places_.emplace(measured_->background()[i], i);
    for (std::size_t i = 0; i < labels_.sets().size(); ++i) by_id_.emplace(labels_.sets()[i].id, i);
  }

  /// `targeting`: places of the labels whose argmax the program is.
  std::vector<ExplainedPathway> of(std::int64_t latent, const Places& targeting) const {
    if (targeting.size() < 2 || measured_->sets().empty()) return {};
    Places list;
    for (const std::size_t label : targeting) list.push_back(places_.at(responses_.labels[label]));
    std::vector<double> hold;
    for (std::size_t k = 0; k < responses_.labels.size(); ++k)
      hold.push_back(responses_.share(static_cast<std::int64_t>(k), latent) * responses_.shift[k]);
    const std::vector<SetTest> among_labels = labels_.test(targeting, hold);
    std::vector<SetTest> tests = measured_->test(list, {});
    std::map<std::size_t, double> p_of;
    for (SetTest& test : tests) {
      test.rank_p = test.rank_q = 1;
      const auto found = by_id_.find(measured_->sets()[test.set].id);
      if (found == by_id_.end()) continue;
      const SetTest& other = among_labels[found->second];
      test.rank_z = other.rank_z;
      test.rank_p = other.rank_p;
      test.rank_q = other.rank_q;
      p_of[test.set] = other.p;
    }
    std::erase_if(tests, [](const SetTest& test) { return test.overlap < 2; });
    auto result = pathways_of(*measured_, list, tests, "labels", options_.max_q);
    for (ExplainedPathway& pathway : result)
      if (const auto found = p_of.find(pathway.test.set); found != p_of.end()) pathway.p_among_labels = found->second;
    return result;
  }

 private:
  const Responses& responses_;
  const ExplainOptions& options_;
  GeneSetTests labels_;  // background: the trained labels
  std::unique_ptr<GeneSetTests> measured_;
  std::map<std::string, std::size_t> places_, by_id_;
};

std::vector<ProgramLabel> labels_of(const Responses& responses, std::int64_t latent,
                                    const std::vector<std::int64_t>& argmax) {
  std::vector<ProgramLabel> result;
  for (std::size_t k = 0; k < responses.labels.size(); ++k) {
    const double share = responses.share(static_cast<std::int64_t>(k), latent);
    const bool main = argmax[k] == latent;
    if (main || share >= kShareShown) result.push_back({responses.labels[k], share, responses.shift[k], main});
  }
  std::stable_sort(result.begin(), result.end(), [](const auto& a, const auto& b) {
    return std::pair(a.main, a.share) > std::pair(b.main, b.share);
  });
  return result;
}

std::vector<std::int64_t> argmax_of(const Matrix<double>& share) {
  std::vector<std::int64_t> result;
  for (std::int64_t k = 0; k < share.n_rows; ++k)
    result.push_back(std::max_element(share.row(k).begin(), share.row(k).end()) - share.row(k).begin());
  return result;
}

/// Program::se. `argmax`: the latent of each label's largest share.
std::vector<double> push_error(const Responses& responses, std::int64_t latent,
                               const std::vector<std::int64_t>& argmax) {
  std::vector<double> best(responses.genes.size(), std::numeric_limits<double>::quiet_NaN());
  double smallest = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < argmax.size(); ++k) {
    if (argmax[k] != latent) continue;
    const double push = std::abs(responses.share(static_cast<std::int64_t>(k), latent) * responses.shift[k]);
    std::vector<double> se = responses.effects[k].se;
    for (double& value : se) value /= push;
    if (const double norm = strength_of(se, se).norm_se; norm < smallest) {  // false where nothing is known
      smallest = norm;
      best = std::move(se);
    }
  }
  return best;
}

double column_sd(const Matrix<float>& values, std::int64_t column) {
  std::vector<double> entries;
  for (std::int64_t i = 0; i < values.n_rows; ++i) entries.push_back(values(i, column));
  return sample_sd(entries);
}

/// Cut between words.
std::string shortened(const std::string& text) {
  if (text.size() <= kNameLetters) return text;
  const auto space = text.rfind(' ', kNameLetters - 3);
  return text.substr(0, space == std::string::npos ? kNameLetters - 3 : space) + " …";
}

/// The gene set that says most of the program's genes; "" without one.
std::string strongest(const std::vector<ExplainedPathway>& pathways, double max_q) {
  const ExplainedPathway* best = nullptr;
  for (const ExplainedPathway& pathway : pathways) {
    if (pathway.among != "genes") continue;
    if (pathway.test.q <= max_q) return pathway.name;  // they stand in this order
    if (!best || pathway.test.rank_p < best->test.rank_p) best = &pathway;
  }
  return best ? best->name : "";
}

std::string name_of(const Program& program, double max_q) {
  std::vector<std::string> labels;
  for (const ProgramLabel& label : program.labels)
    if (label.main) labels.push_back(label.label);
  const std::string targeting =
      labels.size() <= kNameLabels ? fmt::format("{}", fmt::join(labels, ", ")) : first_few(labels, kNameLabels);
  const std::string pathway = shortened(strongest(program.explanation.pathways, max_q));
  if (pathway.empty()) return targeting.empty() ? fmt::format("program {}", program.latent) : targeting;
  return targeting.empty() ? pathway : fmt::format("{} ({})", pathway, targeting);
}

}  // namespace

void ExplainOptions::bind(OptionTable& t) {
  t.add("explain", "response_cells", cells, "Control cells that responses are averaged over; 0 = all.").at_least(0);
  t.add("explain", "program_genes", program_genes,
        "Genes that are listed, and tested for enrichment, of every program and label: those whose effect is surest.")
      .at_least(1);
  t.add("explain", "least_set", least_set, "Gene sets with fewer measured genes are not tested.").at_least(1);
  t.add("explain", "most_set", most_set, "Gene sets with more measured genes are not tested.").at_least(1);
  t.add("explain", "max_q", max_q, "Gene sets are listed up to this adjusted p-value of either test.").range(0, 1);
  t.add("explain", "edge_threshold", threshold,
        "|weight| from which an edge is drawn, in units of the latents' noise; 0 = the run's own threshold.")
      .at_least(0);
  t.add("explain", "pairs", pairs,
        "Pairs of trained labels whose interaction is listed: none, those of the screen, or all.")
      .one_of({"none", "observed", "all"});
  t.add("explain", "interaction_rate", interaction_rate,
        "False discovery rate, over the pairs that are tested, up to which a pair is called an interaction; others are "
        "additive.")
      .range(0, 1);
  t.add("explain", "weights", weights, "The last model, or the best one by validation.").one_of({"last", "best"});
  t.add(
       "explain", "evaluation_tau", tau,
       "Temperature of the intervention encoder for effects of labels: one (as published), the final one of training, or as "
       "the run's own option of this name has it.")
      .one_of({"run", "one", "final"});
  t.add("explain", "gene_sets", gmt,
        "Gene sets to test (.gmt), several files separated by commas. Default: those of the run's context graph.");
}

std::vector<Program> explain_programs(const Responses& responses, const std::vector<GeneSet>& sets,
                                      const GeneSetTests& among_genes, const ExplainOptions& options) {
  if (responses.n_latents() == 0) return {};
  const LabelSets label_sets(responses, sets, options);
  const std::vector<std::int64_t> argmax = argmax_of(responses.share);
  std::vector<Program> programs(static_cast<std::size_t>(responses.n_latents()));
#pragma omp parallel for schedule(dynamic)
  for (std::size_t k = 0; k < programs.size(); ++k) {
    Program& program = programs[k];
    program.latent = static_cast<std::int64_t>(k);
    program.labels = labels_of(responses, program.latent, argmax);
    program.sd = column_sd(responses.u, program.latent);
    program.noise_sd = column_sd(responses.z, program.latent);
    program.se = push_error(responses, program.latent, argmax);
    program.strength = strength_of(responses.direct_mean.row(program.latent), program.se);
    program.explanation =
        explain_genes({responses.direct_mean.row(program.latent), responses.direct_sd.row(program.latent),
                       responses.total_mean.row(program.latent), responses.control, program.se},
                      among_genes, options);
    Places targeting;
    for (std::size_t label = 0; label < argmax.size(); ++label)
      if (argmax[label] == program.latent) targeting.push_back(label);
    for (ExplainedPathway& pathway : label_sets.of(program.latent, targeting))
      program.explanation.pathways.push_back(std::move(pathway));
    program.name = name_of(program, options.max_q);
  }
  return programs;
}

GeneSetTests gene_set_tests(const Responses& responses, const std::vector<GeneSet>& sets,
                            const ExplainOptions& options) {
  return {sets, responses.genes, options.least_set, options.most_set};
}

std::vector<Label> explain_labels(const Responses& responses, const GeneSetTests& among_genes,
                                  const ExplainOptions& options) {
  const std::vector<std::int64_t> argmax = argmax_of(responses.share);
  std::vector<Label> labels(responses.labels.size());
#pragma omp parallel for schedule(dynamic)
  for (std::size_t k = 0; k < labels.size(); ++k) {
    labels[k].label = responses.labels[k];
    if (responses.n_latents() > 0) {
      labels[k].program = argmax[k];
      labels[k].share = responses.share(static_cast<std::int64_t>(k), argmax[k]);
      labels[k].shift = responses.shift[k];
    }
    const GeneEffects& effects = responses.effects[k];
    labels[k].n_cells = responses.label_cells[k];
    labels[k].strength = strength_of(effects.mean, effects.se);
    labels[k].explanation =
        explain_genes({effects.mean, effects.sd, {}, responses.control, effects.se}, among_genes, options);
  }
  return labels;
}

}  // namespace gracevae::impl
