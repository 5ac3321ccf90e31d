#include "experiment/score_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "evaluate/evaluate.hpp"
#include "evaluate/metrics.hpp"
#include "stats/multiple_testing.hpp"
#include "stats/summary.hpp"

namespace gracevae::impl {

namespace {

constexpr double kLevel = 0.05;
const std::vector<std::string> kKinds{"single", "double"};

bool has_kind(const SweepResults& results, const std::string& kind) {
  return std::any_of(results.rows.begin(), results.rows.end(), [&](const ResultRow& row) {
    return std::any_of(row.scores.begin(), row.scores.end(), [&](const auto& s) { return s.first.kind == kind; });
  });
}

std::string score_text(const std::vector<double>& values) {
  if (values.empty()) return "–";
  if (values.size() == 1) return fmt::format("{:.4f}", values.front());
  return fmt::format("{:.4f} ± {:.4f}", mean_of(values), sample_sd(values));
}

std::string score_text(const std::optional<PublishedValue>& value) {
  return value ? fmt::format("{:.4f} ± {:.4f}", value->mean, value->sd) : "";
}

/// Conditions of a kind that a row has a score of, in any seed.
std::size_t count_conditions(const ResultRow& row, const std::string& kind) {
  std::set<std::string> conditions;
  for (const auto& [id, seeds] : row.scores)
    if (id.kind == kind)
      for (const auto& [seed, values] : seeds)
        for (const auto& entry : values) conditions.insert(entry.first);
  return conditions.size();
}

/// Names of the rows in tables of a kind, with what they are short of: seeds, or conditions that other rows have.
std::vector<std::string> row_titles(const SweepResults& results, const std::string& kind) {
  std::vector<std::size_t> counts;
  for (const ResultRow& row : results.rows) counts.push_back(count_conditions(row, kind));
  const std::size_t most = *std::max_element(counts.begin(), counts.end());
  std::vector<std::string> titles;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const ResultRow& row = results.rows[i];
    titles.push_back(row.name);
    if (row.n_seeds != row.n_wanted) titles.back() += fmt::format(" ({} of {} seeds)", row.n_seeds, row.n_wanted);
    if (counts[i] > 0 && counts[i] < most) titles.back() += fmt::format(" ({} of {} conditions)", counts[i], most);
  }
  return titles;
}

std::string dataset_of(const SweepResults& results, const TableRequest& request) {
  const auto& known = request.paper.datasets;
  std::string asked = request.dataset.empty() ? results.dataset : request.dataset;
  if (asked.empty()) return known.front();
  if (std::find(known.begin(), known.end(), asked) == known.end())
    throw ConfigError(fmt::format("table {} has no published numbers of '{}'", request.paper.number, asked),
                      nearest_hint(asked, known));
  return asked;
}

/// Variants, then what the paper has besides, then baselines and ceiling.
DocumentBlock paper_block(const SweepResults& results, const PaperTable& paper, const std::string& dataset,
                          const std::string& kind) {
  DocumentBlock block{kind_title(kind) + ", top DE genes as published (chosen on all cells, the test cells among them)",
                      {{"variant"}, {}},
                      0};
  for (const auto& metric : kPaperMetrics) {
    const std::string title = metric_info(metric).title.substr(std::string("paper ").size());
    block.table.columns.push_back(title);
    block.table.columns.push_back("printed " + title);
  }
  const auto add = [&](const std::string& title, const ResultRow* row, const std::string& name) {
    std::vector<std::string> cells{title};
    for (const auto& metric : kPaperMetrics) {
      cells.push_back(row ? score_text(row->by_seed({kind, "paper", metric})) : "–");
      cells.push_back(score_text(published(dataset, kind, metric, name)));
    }
    block.table.rows.push_back(std::move(cells));
  };
  std::vector<std::string> names = paper.variants(dataset);
  const std::vector<std::string> titles = row_titles(results, kind);
  for (std::size_t i = 0; i < titles.size(); ++i) {
    const ResultRow& row = results.rows[i];
    if (!row.is_variant) continue;
    add(titles[i], &row, row.name);
    std::erase(names, row.name);
  }
  for (const std::string& name : names) add(name + " (not run)", nullptr, name);
  block.n_above_rule = block.table.rows.size();
  for (std::size_t i = 0; i < titles.size(); ++i)
    if (const ResultRow& row = results.rows[i]; !row.is_variant) add(titles[i], &row, "");
  return block;
}

/// What stands below the paper's own scores.
struct FieldBlock {
  std::string title, gene_set;
  std::vector<std::string> metrics;
};
const std::vector<FieldBlock> kFieldBlocks{
    {"top DE genes, chosen without the cells that are scored",
     "de",
     {"r2.corrected", "mmd.unbiased", "pearson_delta", "systema.pearson", "vcc.mae", "perturbench.cosine"}},
    {"all genes", "all", {"r2.corrected", "mmd.unbiased", "pearson_delta", "paper.r2", "paper.rmse", "paper.mmd"}},
    {"all genes: the field's other scores", "all", kFieldMetrics}};

/// A block of some scores, of those that the runs have.
DocumentBlock field_block(const SweepResults& results, const std::string& kind, const FieldBlock& asked) {
  const auto& [title, gene_set, ids] = asked;
  DocumentBlock block{fmt::format("{}, {}", kind_title(kind), title), {{"variant"}, {}}, 0};
  std::vector<std::string> shown;
  for (const std::string& id : ids) {
    const bool has = std::any_of(results.rows.begin(), results.rows.end(), [&](const ResultRow& row) {
      return row.scores.contains({kind, gene_set, id});
    });
    if (!has) continue;
    shown.push_back(id);
    block.table.columns.push_back(metric_info(id).title);
  }
  const std::vector<std::string> titles = row_titles(results, kind);
  for (const bool variants : {true, false}) {
    for (std::size_t i = 0; i < titles.size(); ++i) {
      const ResultRow& row = results.rows[i];
      if (row.is_variant != variants) continue;
      std::vector<std::string> cells{titles[i]};
      for (const std::string& id : shown) cells.push_back(score_text(row.by_seed({kind, gene_set, id})));
      block.table.rows.push_back(std::move(cells));
    }
    if (variants) block.n_above_rule = block.table.rows.size();
  }
  return block;
}

DocumentBlock comparison_block(const std::vector<Comparison>& all, const std::string& reference) {
  DocumentBlock block{"Differences from " + reference + ", top DE genes (paper scores: as published)",
                      {{"row", "targets", "score", "difference", "spread over seeds", "conditions better", "p seeds",
                        "p conditions", "p corrected", "verdict"},
                       {}},
                      0};
  for (const Comparison& c : all) {
    const PairedDifference& d = c.difference;
    const std::size_t n_better = c.higher_is_better ? d.n_higher : d.n_conditions - d.n_higher;
    block.table.rows.push_back({c.row, c.id.kind, metric_info(c.id.metric).title, fmt::format("{:+.4f}", d.mean),
                                std::isnan(d.spread) ? "–" : fmt::format("{:.4f}", d.spread),
                                fmt::format("{} of {}", n_better, d.n_conditions), fmt::format("{:.3g}", d.p_seeds),
                                fmt::format("{:.3g}", d.p_conditions), fmt::format("{:.3g}", c.p_holm), c.verdict()});
  }
  return block;
}

/// Whether a difference is larger than its error: than the spread over seeds or, of one seed, unlikely by chance over
/// conditions.
bool is_beyond_chance(const PairedDifference& difference) {
  return std::isnan(difference.spread) ? difference.p_conditions <= kLevel
                                       : std::abs(difference.mean) > difference.spread;
}

/// Gene set and metric of the scores in which rows are compared.
std::vector<std::pair<std::string, std::string>> compared_scores() {
  std::vector<std::pair<std::string, std::string>> scores;
  for (const std::string& metric : kHeadlineMetrics) scores.emplace_back("de", metric);
  for (const std::string& metric : kPaperMetrics) scores.emplace_back("paper", metric);
  return scores;
}

std::string seeds_text(const std::vector<std::uint64_t>& seeds) {
  return fmt::format("{} seed{} ({})", seeds.size(), seeds.size() == 1 ? "" : "s", fmt::join(seeds, ", "));
}

/// What the comparisons say in plain words.
std::vector<std::string> verdict_sentences(const std::vector<Comparison>& all, const std::string& reference) {
  std::vector<std::string> sentences;
  if (all.empty()) return sentences;
  std::size_t n_within = 0, n_shown = 0, fewest_seeds = all.front().difference.n_seeds;
  for (const Comparison& c : all) {
    const std::string verdict = c.verdict();
    n_within += verdict == "within the spread" ? 1 : 0;
    fewest_seeds = std::min(fewest_seeds, c.difference.n_seeds);
    if (verdict != "better" && verdict != "worse") continue;
    ++n_shown;
    sentences.push_back(fmt::format("{} is {} than {} in {} of {} ({:+.4f}, corrected p {:.2g}).", c.row, verdict,
                                    reference, metric_info(c.id.metric).title,
                                    c.id.kind == "single" ? "single targets" : "several targets", c.difference.mean,
                                    c.p_holm));
  }
  if (n_within == all.size())
    sentences.push_back(
        fmt::format("No difference from {} is larger than the spread over seeds: what differs is noise.", reference));
  else if (n_shown == 0)
    sentences.push_back(
        fmt::format("No difference from {} is shown: {} of {} are within the spread over seeds, the others could be "
                    "chance.",
                    reference, n_within, all.size()));
  const double smallest = std::pow(2.0, 1 - static_cast<double>(fewest_seeds));
  if (smallest > kLevel)
    sentences.push_back(
        fmt::format("With {} seed{} no p can be below {:g}: at least six seeds are needed to show any "
                    "difference, more where several rows are compared.",
                    fewest_seeds, fewest_seeds == 1 ? "" : "s", smallest));
  return sentences;
}

const std::vector<std::string> kHowToRead{
    "Mean ± standard deviation over seeds of the mean over conditions; R2 and Pearson Δ: higher is better, RMSE and MMD: "
    "lower. Scores named paper are those of the published protocol, whose genes are chosen on all cells of a condition, "
    "the scored ones among them. Printed columns are the paper's means ± sd over ten seeds on its own data: they compare only where "
    "this screen and split are the paper's.",
    "control, mean-shift, training-mean, additive, additive-clipped and linear are predictions without a model; replicate: "
    "as many other real cells of the condition; noise-free: what the true mean would get; chance: real cells of another "
    "condition. All rows of a seed are scored on the same split and the same cells.",
    "Differences are row − reference, paired by seed and condition. p seeds: exact sign-flip test of the seeds' means "
    "over conditions (would it hold for new seeds?). p conditions: the same of the conditions' means over seeds (for new "
    "conditions?). p corrected: the larger of the two, after Holm over the rows of one score. A difference is called "
    "better or worse only where it exceeds the larger of the two rows' spreads and p corrected is at most 0.05. Seeds "
    "differ in split and start but share the screen's cells: it is not tested whether it holds for another screen."};

/// "RMSE (0.0312; best variant grace-vae: 0.0398)" where additive beats every variant in this score beyond chance, on
/// the conditions that both predict; else "".
std::string win_text(const SweepResults& results, const ResultRow& additive, const ScoreId& id) {
  const auto own = additive.scores.find(id);
  if (own == additive.scores.end()) return "";
  const MetricInfo& metric = metric_info(id.metric);
  const double sign = metric.higher_is_better ? 1 : -1;
  const ResultRow* best = nullptr;
  double smallest_gap = 0, ours = 0, theirs = 0;
  for (const ResultRow& row : results.rows) {
    const auto scores = row.scores.find(id);
    if (!row.is_variant || row.name == "additive" || scores == row.scores.end()) continue;
    const CommonMeans means = common_means(own->second, scores->second);
    if (means.row.empty()) continue;
    if (!is_beyond_chance(compare(own->second, scores->second))) return "";
    const double gap = sign * (mean_of(means.row) - mean_of(means.reference));
    if (best && gap >= smallest_gap) continue;
    best = &row;
    smallest_gap = gap;
    ours = mean_of(means.row);
    theirs = mean_of(means.reference);
  }
  if (!best || !(smallest_gap > 0)) return "";
  return fmt::format("{}{} ({:.4f}; best variant {}: {:.4f})", metric.title,
                     id.gene_set == "all" ? " on all genes" : "", ours, best->name, theirs);
}

}  // namespace

std::string Comparison::verdict() const {
  if (std::isnan(difference.spread)) return "one seed";
  if (std::abs(difference.mean) <= difference.spread) return "within the spread";
  if (p_holm > kLevel) return "not shown";
  return (difference.mean > 0) == higher_is_better ? "better" : "worse";
}

std::string reference_of(const SweepResults& results, const std::string& asked) {
  std::vector<std::string> names;
  for (const ResultRow& row : results.rows) names.push_back(row.name);
  std::string wanted = asked.empty() ? results.reference : asked;
  const auto has = [&](const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (wanted.empty()) return has("grace-vae") ? "grace-vae" : names.front();
  if (!has(wanted))
    throw ConfigError(fmt::format("the sweep has no row '{}' to compare with", wanted), nearest_hint(wanted, names));
  return wanted;
}

std::vector<Comparison> comparisons(const SweepResults& results, const std::string& reference) {
  const auto base = std::find_if(results.rows.begin(), results.rows.end(),
                                 [&](const ResultRow& row) { return row.name == reference; });
  std::vector<Comparison> all;
  for (const std::string& kind : kKinds)
    for (const auto& [gene_set, metric] : compared_scores()) {
      const ScoreId id{kind, gene_set, metric};
      const auto base_scores = base->scores.find(id);
      if (base_scores == base->scores.end()) continue;
      const std::size_t first = all.size();
      std::vector<double> p;
      for (const ResultRow& row : results.rows) {
        const auto scores = row.scores.find(id);
        if (row.name == reference || !(row.is_variant || row.name == "additive" || row.name == "additive-clipped") ||
            scores == row.scores.end())
          continue;
        Comparison c{row.name, id, metric_info(metric).higher_is_better, compare(scores->second, base_scores->second)};
        if (c.difference.n_seeds == 0) continue;
        p.push_back(c.difference.p());
        all.push_back(std::move(c));
      }
      const std::vector<double> corrected = holm(p);
      for (std::size_t i = 0; i < p.size(); ++i) all[first + i].p_holm = corrected[i];
    }
  return all;
}

std::vector<std::string> additive_sentences(const SweepResults& results) {
  const auto additive = std::find_if(results.rows.begin(), results.rows.end(),
                                     [](const ResultRow& row) { return row.name == "additive"; });
  std::vector<std::string> sentences;
  if (additive == results.rows.end()) return sentences;
  for (const std::string& kind : kKinds) {
    std::vector<std::string> won;
    for (const std::string& metric : kHeadlineMetrics)
      if (const std::string text = win_text(results, *additive, {kind, "de", metric}); !text.empty())
        won.push_back(text);
    for (const std::string& metric : kFieldMetrics)
      if (const std::string text = win_text(results, *additive, {kind, "all", metric}); !text.empty())
        won.push_back(text);
    if (!won.empty())
      sentences.push_back(
          fmt::format("Additive wins. {}: adding up the targets' mean shifts, without any model, beats "
                      "every variant, on the conditions that both predict, in {}.",
                      kind_title(kind), fmt::join(won, ", ")));
  }
  return sentences;
}

Document score_document(const SweepResults& results, const TableRequest& request) {
  const std::string dataset = dataset_of(results, request), reference = reference_of(results, request.reference);
  Document document{fmt::format("Table {}: {}", request.paper.number, request.paper.title), {}, {}, {}};
  document.introduction = {fmt::format("Screen {}, split {}, {}; beside it the paper's numbers on {}.", results.screen,
                                       results.split, seeds_text(results.seeds), dataset)};
  for (const std::string& kind : kKinds)
    if (has_kind(results, kind)) document.blocks.push_back(paper_block(results, request.paper, dataset, kind));
  for (const std::string& kind : kKinds)
    for (const FieldBlock& shown : kFieldBlocks)
      if (auto block = field_block(results, kind, shown); block.table.columns.size() > 1)
        document.blocks.push_back(std::move(block));
  const auto all = comparisons(results, reference);
  if (!all.empty()) document.blocks.push_back(comparison_block(all, reference));
  document.notes = additive_sentences(results);
  for (auto& sentence : verdict_sentences(all, reference)) document.notes.push_back(std::move(sentence));
  for (const std::string& choice : results.choices) document.notes.push_back(choice + ".");
  for (const ResultRow& row : results.rows)
    for (const auto& [problem, seeds] : row.problems)
      document.notes.push_back(fmt::format("Missing: {}, {}: {}", row.name, seeds_text(seeds), problem));
  document.notes.insert(document.notes.end(), kHowToRead.begin(), kHowToRead.end());
  return document;
}

Table score_tsv(const SweepResults& results, const TableRequest& request) {
  const std::string dataset = dataset_of(results, request), reference = reference_of(results, request.reference);
  const auto all = comparisons(results, reference);
  Table table{{"kind", "gene_set", "metric", "row", "role", "n_seeds", "mean", "sd", "published_mean", "published_sd",
               "difference", "spread", "n_conditions", "n_conditions_higher", "p_seeds", "p_conditions", "p_corrected",
               "verdict"},
              {}};
  const auto number = [](double value) { return std::isnan(value) ? "NA" : fmt::format("{}", value); };
  for (const std::string& kind : kKinds)
    for (const char* gene_set : {"paper", "de", "all"})
      for (const MetricInfo& metric : metric_infos())
        for (const ResultRow& row : results.rows) {
          const ScoreId id{kind, gene_set, metric.id};
          const std::vector<double> values = row.by_seed(id);
          if (values.empty()) continue;
          std::vector<std::string> cells{kind,
                                         gene_set,
                                         metric.id,
                                         row.name,
                                         row.is_variant ? "variant" : "beside",
                                         std::to_string(values.size()),
                                         number(mean_of(values)),
                                         number(sample_sd(values))};
          const auto printed = id.gene_set == "paper" ? published(dataset, kind, metric.id, row.name) : std::nullopt;
          cells.push_back(printed ? number(printed->mean) : "NA");
          cells.push_back(printed ? number(printed->sd) : "NA");
          const auto found = std::find_if(all.begin(), all.end(),
                                          [&](const Comparison& c) { return c.row == row.name && c.id == id; });
          if (found == all.end()) {
            cells.resize(table.columns.size(), "NA");
          } else {
            const PairedDifference& d = found->difference;
            cells.insert(cells.end(),
                         {number(d.mean), number(d.spread), std::to_string(d.n_conditions), std::to_string(d.n_higher),
                          number(d.p_seeds), number(d.p_conditions), number(found->p_holm), found->verdict()});
          }
          table.rows.push_back(std::move(cells));
        }
  return table;
}

}  // namespace gracevae::impl
