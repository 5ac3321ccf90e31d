#include "screen/describe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_set>

namespace gracevae {

namespace {

constexpr std::size_t kAllShown = 40;    // regimes; more are shown in part
constexpr std::size_t kFirstShown = 20;  // of those, by order
constexpr std::size_t kSmallestShown = 12;
constexpr std::size_t kLineWidth = 100;

std::string line(std::string_view name, const std::string& text) { return fmt::format("{:<10} {}\n", name, text); }

std::string plural(std::size_t n, std::string_view word) { return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s"); }

std::string values_text(const Screen& screen) {
  const auto& values = screen.x.values;
  const double n_all = static_cast<double>(screen.n_cells()) * static_cast<double>(screen.n_genes());
  const auto n_nonzero =
      static_cast<double>(std::count_if(values.begin(), values.end(), [](float v) { return v != 0; }));
  float low = values.empty() ? 0 : *std::min_element(values.begin(), values.end());
  float high = values.empty() ? 0 : *std::max_element(values.begin(), values.end());
  if (static_cast<double>(values.size()) < n_all) low = std::min(low, 0.0F), high = std::max(high, 0.0F);
  return fmt::format("{:.3g} to {:.4g}, {:.1f} % not zero", low, high, n_all > 0 ? 100 * n_nonzero / n_all : 0.0);
}

std::string labels_text(const LabelDialect& dialect) {
  const std::string separator =
      dialect.separator.empty() ? "one target a label" : fmt::format("'{}' between targets", dialect.separator);
  return fmt::format("obs column '{}': '{}' is control, {}", dialect.column, dialect.control, separator);
}

/// Regimes and cells by number of targets: "control 100 cells; 18 singles, 1795 cells; …".
std::string regimes_text(const Screen& screen) {
  std::size_t n_regimes[4] = {}, n_cells[4] = {};
  for (const Regime& regime : screen.regimes) {
    const std::size_t kind = std::min<std::size_t>(regime.targets.size(), 3);
    ++n_regimes[kind];
    n_cells[kind] += regime.cells.size();
  }
  std::string text = fmt::format("control ({} cells)", n_cells[0]);
  const char* const kinds[4] = {"", "single", "double", "regime"};
  for (std::size_t kind = 1; kind < 4; ++kind)
    if (n_regimes[kind])
      text += fmt::format(", {}{} ({} cells)", plural(n_regimes[kind], kinds[kind]),
                          kind == 3 ? " of more targets" : "", n_cells[kind]);
  return text;
}

std::string targets_text(const Screen& screen) {
  std::set<std::string> targets;
  std::size_t n_combined = 0, n_known = 0;
  for (const Regime& regime : screen.regimes) {
    targets.insert(regime.targets.begin(), regime.targets.end());
    if (regime.targets.size() < 2) continue;
    ++n_combined;
    n_known += std::all_of(regime.targets.begin(), regime.targets.end(),
                           [&](const std::string& t) { return screen.find_regime({t}) >= 0; });
  }
  const std::unordered_set<std::string> genes(screen.genes.begin(), screen.genes.end());
  const auto n_measured =
      std::count_if(targets.begin(), targets.end(), [&](const std::string& t) { return genes.contains(t); });
  std::string text = fmt::format("{}, {} of them measured as genes", targets.size(), n_measured);
  if (n_combined) text += fmt::format("; {} of {} combinations have a single for every target", n_known, n_combined);
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

std::string describe_screen(const Screen& screen) {
  std::string text;
  text += line("screen", fmt::format("{} ({})", screen.source, screen.encoding));
  text += line("cells", std::to_string(screen.n_cells()));
  text +=
      line("genes", fmt::format("{}, named by var {}", screen.n_genes(),
                                screen.gene_column.empty() ? "index" : fmt::format("column '{}'", screen.gene_column)));
  text += line("values", values_text(screen));
  text += line("labels", labels_text(screen.dialect));
  text += line("regimes", regimes_text(screen));
  text += line("targets", targets_text(screen));
  text += sizes_text(screen);
  if (!screen.warnings.empty()) text += "\nwarnings\n";
  for (const auto& warning : screen.warnings) text += "  " + warning + "\n";
  return text;
}

}  // namespace gracevae
