#include "screen/describe.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <unordered_set>

#include "base/nearest.hpp"
#include "screen/gene_names.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kAllShown = 40;    // regimes; more are shown in part
constexpr std::size_t kFirstShown = 20;  // of those, by order
constexpr std::size_t kSmallestShown = 12;
constexpr std::size_t kLineWidth = 100;
constexpr std::size_t kNamesShown = 6;  // targets that are not measured
constexpr std::size_t kNearest = 2;     // genes offered for one of them
constexpr float kLargestLog1p = 20;

ValueScale scale_of(const ValueSummary& values) {
  if (values.smallest < 0) return ValueScale::negative;
  if (values.whole) return values.largest > 1 ? ValueScale::counts : ValueScale::binary;
  return values.largest <= kLargestLog1p ? ValueScale::log1p : ValueScale::linear;
}

const char* scale_text(ValueScale scale) {
  switch (scale) {
    case ValueScale::counts: return "counts (whole numbers)";
    case ValueScale::log1p: return "a log1p scale (not whole, none above 20)";
    case ValueScale::linear: return "normalised values that are not logarithmised (not whole, some above 20)";
    case ValueScale::negative: return "values below zero: scaled or corrected";
    case ValueScale::binary: return "zeros and ones";
  }
  return "";
}

}  // namespace

const char* scale_name(ValueScale scale) {
  switch (scale) {
    case ValueScale::counts: return "counts";
    case ValueScale::log1p: return "log1p";
    case ValueScale::linear: return "linear";
    case ValueScale::negative: return "negative";
    case ValueScale::binary: return "binary";
  }
  return "";
}

ValueSummary summarise_values(const StoredValues& values, std::int64_t n_rows, std::int64_t n_cols) {
  ValueSummary summary;
  summary.whole = values.whole != 0;
  summary.smallest = values.smallest;
  summary.largest = values.largest;
  const double n_all = static_cast<double>(n_rows) * static_cast<double>(n_cols);
  if (static_cast<double>(values.n_stored) < n_all) {
    summary.smallest = std::min(summary.smallest, 0.0F);
    summary.largest = std::max(summary.largest, 0.0F);
  }
  summary.n_nonzero = values.n_nonzero;
  summary.fraction_nonzero = n_all > 0 ? static_cast<double>(summary.n_nonzero) / n_all : 0;
  summary.scale = scale_of(summary);
  return summary;
}

std::vector<std::string> unmeasured_targets(const Screen& screen) {
  const std::unordered_set<std::string> genes(screen.genes.begin(), screen.genes.end());
  std::vector<std::string> targets = targets_of(screen);
  std::erase_if(targets, [&](const std::string& target) { return genes.contains(target); });
  return targets;
}

ScreenSummary summarise_screen(const Screen& screen) {
  ScreenSummary summary;
  summary.n_cells = screen.n_cells();
  summary.n_genes = screen.n_genes();
  summary.values = summarise_values(screen.values(), screen.n_cells(), screen.n_genes());
  summary.gene_names = gene_name_kind(screen.genes);
  for (const Regime& regime : screen.regimes) {
    const std::size_t n = regime.targets.size();
    KindCount& kind = n == 0 ? summary.control : n == 1 ? summary.single : n == 2 ? summary.two : summary.more;
    ++kind.n_regimes;
    kind.n_cells += std::ssize(regime.cells);
    summary.regimes.emplace_back(regime.label, std::ssize(regime.cells));
    if (n < 2) continue;
    ++summary.n_combined;
    summary.n_combined_known +=
        std::all_of(regime.targets.begin(), regime.targets.end(),
                    [&](const std::string& target) { return screen.find_regime({target}) >= 0; })
            ? 1
            : 0;
  }
  summary.n_targets = std::ssize(targets_of(screen));
  summary.not_measured = unmeasured_targets(screen);
  return summary;
}

bool is_read(const std::string& read, const std::string& matrix) {
  return read == matrix || read == matrix + "/X" || read == matrix + ".X";
}

namespace {

std::string line(std::string_view name, const std::string& text) { return fmt::format("{:<10} {}\n", name, text); }

std::string plural(std::int64_t n, std::string_view word) { return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s"); }

std::string values_text(const ValueSummary& values) {
  return fmt::format("{}; {:.3g} to {:.4g}, {:.1f} % not zero", scale_text(values.scale), values.smallest,
                     values.largest, 100 * values.fraction_nonzero);
}

std::string genes_text(const Screen& screen, const ScreenSummary& summary) {
  const std::string column = screen.gene_column.empty() ? "index" : fmt::format("column '{}'", screen.gene_column);
  std::string text = fmt::format("{}, named by var {}: {}", summary.n_genes, column, summary.gene_names);
  if (!screen.genes.empty()) text += fmt::format(" ('{}', …)", screen.genes.front());
  return text;
}

/// "X (csr_matrix); also there: layers/counts, raw (--matrix)".
std::string matrix_text(const Screen& screen) {
  std::vector<std::string> others;
  for (const auto& name : screen.matrices)
    if (!is_read(screen.matrix, name)) others.push_back(name);
  return fmt::format("{} ({}){}", screen.matrix, screen.encoding,
                     others.empty() ? "" : fmt::format("; also there: {} (screen.matrix)", fmt::join(others, ", ")));
}

/// "control (100 cells), 18 singles (1795 cells), …".
std::string regimes_text(const ScreenSummary& summary) {
  std::string text = fmt::format("control ({} cells)", summary.control.n_cells);
  const auto add = [&](const KindCount& kind, const char* word, const char* more) {
    if (kind.n_regimes > 0) text += fmt::format(", {}{} ({} cells)", plural(kind.n_regimes, word), more, kind.n_cells);
  };
  add(summary.single, "single", "");
  add(summary.two, "double", "");
  add(summary.more, "regime", " of more targets");
  return text;
}

/// A name as the table of aliases explains it: "MLL2, an old name of KMT2D".
std::string explained(const std::string& name, const GeneAliases& aliases) {
  const std::string_view symbol = aliases.symbol_of(name);
  return symbol == name ? name : fmt::format("{}, an old name of {}", name, symbol);
}

/// "CEBPX (nearest gene: CEBPA)": what a misspelt symbol may have been. A symbol that the table of aliases knows is
/// not misspelt.
std::string with_nearest_genes(const std::string& target, const Screen& screen) {
  const auto with = [&](const char* what, const std::vector<std::string>& names) {
    return fmt::format("{} (nearest {}{}: {})", target, what, names.size() == 1 ? "" : "s", fmt::join(names, ", "));
  };
  const GeneAliases* aliases = screen.aliases.get();
  if (aliases && aliases->is_symbol(target)) return target;
  if (aliases && aliases->is_ambiguous(target))
    return fmt::format("{} (an old name of {})", target, fmt::join(aliases->others_of(target), " and of "));
  std::vector<std::string> near = nearest_gene_names(target, screen.genes, kNearest);
  if (!near.empty()) return with("gene", near);
  if (aliases) near = nearest_gene_names(target, aliases->names(), kNearest);
  if (near.empty()) return target;
  for (std::string& name : near) name = explained(name, *aliases);
  return with("known name", near);
}

/// "MLL2 is an old name of KMT2D", a line each for what --aliases did to targets.
std::string aliases_text(const Screen& screen) {
  if (!screen.aliases) return "";
  std::vector<std::string> lines;
  for (const auto& [name, now] : screen.renamed.read_as)
    lines.push_back(screen.aliases->symbol_of(name) == now
                        ? fmt::format("{} is an old name of {}", name, now)
                        : fmt::format("{} is measured under its old name {}", name, now));
  for (const auto& [name, others] : screen.renamed.not_applied)
    lines.push_back(fmt::format("{} is left as it is: it is {} an old name of {}", name,
                                screen.aliases->is_symbol(name) ? "a symbol and" : "also",
                                fmt::join(others, " and of ")));
  if (lines.empty()) return line("aliases", screen.aliases->source() + ": no target needs it");
  std::string text;
  for (std::size_t i = 0; i < std::min(lines.size(), kNamesShown); ++i) text += line(i == 0 ? "aliases" : "", lines[i]);
  if (lines.size() > kNamesShown) text += line("", fmt::format("and {} more", lines.size() - kNamesShown));
  return text;
}

/// "guides: 12 labels (300 cells): KLF1_1 → KLF1, …", a line a kind; nothing where every label is its regime's.
std::string label_kinds_text(const Screen& screen) {
  if (screen.labels_are_canonical && std::none_of(screen.label_kinds.begin(), screen.label_kinds.end(),
                                                  [](const auto& kind) { return kind.kind == "no label"; }))
    return "";
  std::string text;
  for (const LabelKind& kind : screen.label_kinds)
    text +=
        line("", fmt::format("{}: {} ({} cells): {}{}", kind.kind, plural(kind.n_labels, "label"), kind.n_cells,
                             fmt::join(kind.examples, ", "), kind.n_labels > std::ssize(kind.examples) ? ", …" : ""));
  return text;
}

std::string targets_text(const Screen& screen, const ScreenSummary& summary) {
  std::string text = fmt::format("{}, {} of them measured as genes", summary.n_targets,
                                 summary.n_targets - std::ssize(summary.not_measured));
  if (summary.n_combined > 0)
    text += fmt::format("; {} of {} combinations have a single for every target", summary.n_combined_known,
                        summary.n_combined);
  text += "\n";
  for (std::size_t i = 0; i < std::min(summary.not_measured.size(), kNamesShown); ++i)
    text += fmt::format("{:<11}not measured: {}\n", "", with_nearest_genes(summary.not_measured[i], screen));
  if (summary.not_measured.size() > kNamesShown)
    text += fmt::format("{:<11}and {} more that are not measured\n", "", summary.not_measured.size() - kNamesShown);
  return text;
}

/// "A  100   B+C  80 …" in columns.
std::string size_table(const std::vector<const Regime*>& regimes) {
  std::size_t width = 0;
  for (const Regime* regime : regimes) width = std::max(width, regime->label.size());
  const std::size_t per_line = std::max<std::size_t>(1, kLineWidth / (width + 11));
  std::string text;
  for (std::size_t i = 0; i < regimes.size(); ++i) {
    text += fmt::format("  {:<{}} {:>6}", regimes[i]->label, width, regimes[i]->cells.size());
    text += (i + 1) % per_line == 0 || i + 1 == regimes.size() ? "\n" : "  ";
  }
  return text;
}

std::string sizes_text(const Screen& screen) {
  std::vector<const Regime*> regimes;
  for (const Regime& regime : screen.regimes) regimes.push_back(&regime);
  if (regimes.size() <= kAllShown) return "\ncells of each regime\n" + size_table(regimes);
  std::string text = fmt::format("\ncells of the first {} of {} regimes\n", kFirstShown, regimes.size());
  text += size_table({regimes.begin(), regimes.begin() + kFirstShown});
  std::stable_sort(regimes.begin(), regimes.end(),
                   [](const Regime* a, const Regime* b) { return a->cells.size() < b->cells.size(); });
  text += fmt::format("\ncells of the {} smallest\n", kSmallestShown);
  return text + size_table({regimes.begin(), regimes.begin() + kSmallestShown});
}

}  // namespace

std::string unmeasured_text(const Screen& screen) {
  const std::vector<std::string> names = unmeasured_targets(screen);
  if (names.empty()) return "";
  std::vector<std::string> shown = names;
  for (std::size_t i = 0; i < std::min(names.size(), kNamesShown); ++i) shown[i] = with_nearest_genes(names[i], screen);
  return fmt::format("{} of {} targets are not measured as genes: {}", names.size(), targets_of(screen).size(),
                     first_few(shown, kNamesShown));
}

namespace {

/// Strata in use, and columns that could be covariates.
std::string covariates_text(const Screen& screen) {
  std::string text;
  const Covariates& used = screen.covariates;
  if (!used.empty())
    text += line("covariates", fmt::format("{}{}", fmt::join(used.names, ", "),
                                           used.strata.empty() ? "" : fmt::format("; {} strata", used.n_strata())));
  std::vector<std::string> others;
  for (const CovariateCandidate& candidate : screen.covariate_candidates)
    if (candidate.by_design) others.push_back(candidate.column);
  if (!others.empty())
    text += line("columns", fmt::format("{} could be covariates (screen.covariates), if the experiment set them",
                                        first_few(others, kNamesShown)));
  return text;
}

nlohmann::ordered_json covariates_json(const Screen& screen) {
  nlohmann::ordered_json strata = nlohmann::ordered_json::array(), candidates = nlohmann::ordered_json::array();
  for (std::int32_t s = 0; s < std::ssize(screen.covariates.strata); ++s)
    strata.push_back(screen.covariates.stratum_name(s));
  for (const CovariateCandidate& c : screen.covariate_candidates)
    candidates.push_back({{"column", c.column},
                          {"levels", c.n_levels},
                          {"level", c.level},
                          {"share_of_control", c.control_share},
                          {"lowest_share", c.lowest_share},
                          {"highest_share", c.highest_share},
                          {"cramers_v", c.cramers_v},
                          {"associated", c.associated}});
  return {{"names", screen.covariates.names}, {"strata", strata}, {"candidates", candidates}};
}

}  // namespace

std::string describe_screen(const Screen& screen, const ScreenSummary& summary) {
  std::string text;
  text += line("screen", fmt::format("{} ({})", screen.source, screen.format));
  text += line("matrix", matrix_text(screen));
  text += line("cells", std::to_string(summary.n_cells));
  text += line("genes", genes_text(screen, summary));
  text += line("values", values_text(summary.values));
  text += line("labels", screen.labels_how);
  text += label_kinds_text(screen);
  text += line("regimes", regimes_text(summary));
  text += fmt::format("{:<10} {}", "targets", targets_text(screen, summary));
  text += aliases_text(screen);
  text += covariates_text(screen);
  text += sizes_text(screen);
  if (!screen.warnings.empty()) text += "\nwarnings\n";
  for (const auto& warning : screen.warnings) text += "  " + warning + "\n";
  return text;
}

namespace {

nlohmann::ordered_json label_kinds_json(const Screen& screen) {
  nlohmann::ordered_json kinds = nlohmann::ordered_json::object();
  for (const LabelKind& kind : screen.label_kinds)
    kinds[kind.kind] = {{"labels", kind.n_labels}, {"cells", kind.n_cells}, {"examples", kind.examples}};
  return kinds;
}

}  // namespace

nlohmann::ordered_json screen_json(const Screen& screen, const ScreenSummary& summary) {
  const auto kind = [](const KindCount& count) {
    return nlohmann::ordered_json{{"regimes", count.n_regimes}, {"cells", count.n_cells}};
  };
  nlohmann::ordered_json regimes = nlohmann::ordered_json::object();
  for (const auto& [label, n_cells] : summary.regimes) regimes[label] = n_cells;
  return {{"file", screen.source},
          {"format", screen.format},
          {"matrix", screen.matrix},
          {"matrices", screen.matrices},
          {"encoding", screen.encoding},
          {"cells", summary.n_cells},
          {"genes", summary.n_genes},
          {"gene_column", screen.gene_column.empty() ? "index" : screen.gene_column},
          {"gene_names", summary.gene_names},
          {"values",
           {{"scale", scale_name(summary.values.scale)},
            {"whole", summary.values.whole},
            {"smallest", summary.values.smallest},
            {"largest", summary.values.largest},
            {"nonzero", summary.values.n_nonzero},
            {"fraction_nonzero", summary.values.fraction_nonzero}}},
          {"labels",
           {{"column", screen.dialect.column},
            {"control", screen.dialect.control},
            {"separator", screen.dialect.separator},
            {"doubled", screen.dialect.doubled},
            {"how", screen.labels_how},
            {"decided", label_kinds_json(screen)}}},
          {"kinds",
           {{"control", kind(summary.control)},
            {"single", kind(summary.single)},
            {"double", kind(summary.two)},
            {"more", kind(summary.more)}}},
          {"targets", summary.n_targets},
          {"targets_not_measured", summary.not_measured},
          {"targets_renamed", screen.renamed.read_as},
          {"targets_ambiguous", screen.renamed.not_applied},
          {"combinations", summary.n_combined},
          {"combinations_with_all_singles", summary.n_combined_known},
          {"regimes", regimes},
          {"covariates", covariates_json(screen)},
          {"warnings", screen.warnings}};
}

}  // namespace gracevae::impl
