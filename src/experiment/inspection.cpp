#include "experiment/inspection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <unordered_map>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "base/progress.hpp"
#include "base/shell.hpp"
#include "experiment/clear_shifts.hpp"
#include "run/run_options.hpp"
#include "screen/gene_names.hpp"
#include "screen/split.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kNamesShown = 8;

std::vector<std::string> targets_without_edge(const Screen& screen, const ContextGraph& graph) {
  std::vector<bool> reached(static_cast<std::size_t>(graph.n_nodes()), false);
  for (const auto& [a, b] : graph.edges)
    reached[static_cast<std::size_t>(a)] = reached[static_cast<std::size_t>(b)] = true;
  std::unordered_map<std::string, std::size_t> row_of;
  for (std::size_t i = 0; i < screen.genes.size(); ++i) row_of.emplace(screen.genes[i], i);
  std::vector<std::string> missed;
  for (const auto& target : targets_of(screen)) {
    const auto found = row_of.find(target);
    if (found != row_of.end() && !reached[found->second]) missed.push_back(target);
  }
  return missed;
}

LevelCoverage coverage_of(const Screen& screen, NetworkOptions network, const std::string& level, GraphSize& size) {
  LevelCoverage coverage;
  coverage.level = network.level = level;
  try {
    const ContextGraph graph = build_context_graph(screen.genes, network, &screen);
    coverage.n_genes = graph.n_genes_with_edges;
    coverage.n_pathways = graph.n_pathways();
    coverage.n_gg = graph.n_gg;
    coverage.n_pg = graph.n_pg;
    coverage.n_pp = graph.n_pp;
    coverage.targets_without_edge = targets_without_edge(screen, graph);
    coverage.names_how = graph.names_how;
    coverage.notes = graph.notes;
    coverage.warnings = graph.warnings;
    size = size_of(graph);
  } catch (const InputError& error) {
    coverage.refused = error.what();
  } catch (const ConfigError& error) {
    coverage.refused = error.what();
  }
  return coverage;
}

/// That share of a single's cells.
std::int64_t share_of(double fraction, std::int64_t n_cells) {
  return static_cast<std::int64_t>(static_cast<double>(n_cells) * fraction);
}

/// Fills in what a run with default options would be.
void plan_run(const Screen& screen, Inspection& inspection) {
  TrainingSize& size = inspection.size;
  const RunOptions run = calibrated_options();
  const SplitOptions& split = run.split;
  size.n_genes = screen.n_genes();
  size.n_cells = screen.n_cells();
  size.n_stored = screen.n_stored();
  size.model = run.model;
  size.engine = engine_of(run);
  size.batch_size = run.batches.batch_size;
  size.validate_every = run.train.validate_every;
  size.scores_every_epoch = run.train.early_stopping;
  size.n_control = std::ssize(screen.regimes.front().cells);
  for (const Regime& regime : screen.regimes) {
    if (regime.targets.size() != 1) continue;
    const std::int64_t n = share_of(1 - split.test_fraction - split.validation_fraction, std::ssize(regime.cells));
    ++size.n_labels;
    size.n_validation += share_of(split.validation_fraction, std::ssize(regime.cells));
    size.steps_an_epoch += (n + size.batch_size - 1) / size.batch_size;  // the last one is filled
    if (n < size.batch_size) inspection.too_small.push_back(fmt::format("{} ({})", regime.label, n));
  }
  size.epochs = default_epochs(run.train, size.steps_an_epoch);
  size.n_latents = size.n_labels;
  if (fits_graph(run)) size.n_fitted = n_clear_shifts(screen, 1 - split.test_fraction - split.validation_fraction);
}

const std::vector<const char*> kLevels{"gg", "gg+pg", "gg+pg+pp", "full"};

/// What an error says, without its hint.
std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// The name, or with the first number behind it that makes one that is not there yet.
std::string free_name(const std::string& stem, const std::string& extension) {
  std::error_code ignored;
  std::string name = stem + extension;
  for (int i = 2; std::filesystem::exists(name, ignored); ++i) name = stem + std::to_string(i) + extension;
  return name;
}

/// The commands that lead from the screen to a report.
class NextSteps {
 public:
  NextSteps(const Screen& screen, ValueScale scale, const NetworkOptions& network, const Inspection& inspection,
            const std::vector<GivenOption>& given)
      : screen_(screen), scale_(scale), network_(network), inspection_(inspection), given_(given) {}

  std::vector<std::string> lines() {
    if (!can_train()) return lines_;
    std::string file = shell_word(screen_.source);
    if (scale_ == ValueScale::negative) look_for_counts(file);
    if (scale_ == ValueScale::counts || scale_ == ValueScale::linear) file = prepare(file);
    train(file);
    return lines_;
  }

 private:
  void command(const std::string& text) { lines_.push_back("gracevae " + text); }
  void remark(const std::string& text) { lines_.push_back("# " + text); }

  bool can_train() {
    if (inspection_.size.n_labels == 0) {
      remark("no regime has one target: models are trained on single perturbations, so there is nothing to train");
      return false;
    }
    try {
      const SplitOptions split;
      check_split(screen_, make_split(screen_, split, 0), split);
      return true;
    } catch (const InputError& error) {
      remark("training would stop: " + first_line(error.what()));
      return false;
    }
  }

  void look_for_counts(const std::string& file) {
    for (const std::string& matrix : screen_.matrices)
      if (matrix != screen_.matrix && (matrix == "raw" || matrix.find("count") != std::string::npos))
        remark(fmt::format("the values are scaled or corrected; {} may hold counts: gracevae inspect {} --matrix {}",
                           matrix, file, shell_word(matrix)));
  }

  /// Adds the command and returns what it writes.
  std::string prepare(const std::string& file) {
    std::string output = free_name("prepared", ".h5ad");
    const bool counts = scale_ == ValueScale::counts;
    remark(counts ? "counts: normalise, log1p, choose highly variable genes"
                  : "normalised, but not logarithmised: values on a log1p scale are expected");
    command(fmt::format("prepare {}{}{}{} -o {}", file, options_of("screen"), separator_words(),
                        counts ? "" : " --log-only", output));
    left_out_ = {"screen.matrix",         "screen.labels_file",   "screen.genes_in_rows", "screen.packed",
                 "screen.cell_list",      "screen.gene_list",     "screen.modality",      "screen.cell_names",
                 "screen.guide_calls",    "screen.guide_counts",  "screen.guide_list",    "screen.guide_rule",
                 "screen.guide_min_umis", "screen.repeated_genes"};
    // The labels' column is named: fewer genes may be left to know it by.
    if (!screen_.labels_are_canonical)
      left_out_.insert(
          {"screen.label_column", "screen.control", "screen.separator", "screen.missing_labels", "screen.guides"});
    if (!screen_.labels_are_canonical || !is_given("screen.label_column"))
      label_column_ =
          " --label-column " + shell_word(screen_.labels_are_canonical ? screen_.dialect.column : "gracevae_regime");
    prepared_ = true;
    return output;
  }

  /// What the network showed, for a command that does not read it.
  std::string separator_words() const {
    if (!screen_.labels_need_names || is_given("screen.separator")) return "";
    return " --separator " + shell_word(screen_.dialect.separator);
  }

  void train(const std::string& file) {
    const std::string run = free_name("run", "");
    std::string text = "train " + file + options_of("screen");
    text += (prepared_ ? label_column_ : separator_words()) + network_words();
    command(text + " -o " + run);
    command("evaluate " + run);
    command("report " + run);
  }

  std::string network_words() {
    if (network_.empty()) {
      remark("without a network; give inspect --network FOLDER to see what one would cover");
      return " --model cmvae";
    }
    const std::string level = level_that_works();
    std::string reason = first_line(refused(network_.level));
    if (!reason.starts_with("network.level"))
      reason = fmt::format("network.level {} cannot be built: {}", network_.level, reason);
    if (level.empty()) {
      remark(reason + "; without the network:");
      return " --model cmvae";
    }
    if (level == network_.level) return options_of("network");
    remark(reason);
    left_out_.insert("network.level");
    return options_of("network") + " --level " + level;
  }

  /// The level that was asked for, else the fullest that can be built; "" for none.
  std::string level_that_works() const {
    std::vector<std::string> wanted{network_.level};
    wanted.insert(wanted.end(), kLevels.rbegin(), kLevels.rend());
    for (const std::string& level : wanted)
      if (refused(level).empty()) return level;
    return "";
  }

  std::string refused(const std::string& level) const {
    for (const LevelCoverage& coverage : inspection_.levels)
      if (coverage.level == level) return coverage.refused;
    return "";
  }

  bool is_given(const std::string& key) const {
    return std::any_of(given_.begin(), given_.end(), [&](const GivenOption& option) { return option.key == key; });
  }

  /// " --control NT --genes-in-rows": the given options of a section, but for those that do not hold any more.
  std::string options_of(const std::string& section) const {
    std::string text;
    for (const GivenOption& option : given_) {
      if (!option.key.starts_with(section + ".") || left_out_.contains(option.key)) continue;
      if (option.is_switch)
        text += " " + option.flag + (option.text == "true" ? "" : "=" + option.text);
      else if (option.text.starts_with('-'))
        text += " " + shell_word(option.flag + "=" + option.text);
      else
        text += " " + option.flag + " " + shell_word(option.text);
    }
    return text;
  }

  const Screen& screen_;
  ValueScale scale_;
  const NetworkOptions& network_;
  const Inspection& inspection_;
  const std::vector<GivenOption>& given_;
  std::vector<std::string> lines_;
  std::set<std::string> left_out_;  ///< keys of options that prepare has used up
  std::string label_column_;
  bool prepared_ = false;
};

}  // namespace

Inspection inspect(const Screen& screen, const ScreenSummary& summary, const NetworkOptions& network,
                   const MachineSpeed& speed, const std::vector<GivenOption>& given) {
  Inspection inspection;
  plan_run(screen, inspection);
  if (network.empty()) inspection.size.model.model = "cmvae";
  if (!network.empty()) {
    find_network_files(network);  // a folder that is not there is an error, not a level that cannot be built
    for (const char* level : kLevels) {
      GraphSize size;
      inspection.levels.push_back(coverage_of(screen, network, level, size));
      if (level == network.level) inspection.size.graph = size;
    }
  }
  inspection.estimate = estimate_training(inspection.size, speed);
  inspection.next = NextSteps(screen, summary.values.scale, network, inspection, given).lines();
  return inspection;
}

namespace {

/// What the levels have to say of the files, each once: "  note: …".
std::string remarks_text(const std::vector<LevelCoverage>& levels) {
  std::string text;
  std::set<std::string> said;
  const auto say = [&](const char* what, const std::vector<std::string>& remarks) {
    for (const std::string& remark : remarks)
      if (said.insert(remark).second) text += fmt::format("  {}{}\n", what, remark);
  };
  for (const LevelCoverage& level : levels) say("", level.notes);
  for (const LevelCoverage& level : levels) say("warning: ", level.warnings);
  return text;
}

}  // namespace

std::string to_text(const Inspection& inspection) {
  std::string text;
  const auto percent = [&](std::int64_t n) {
    return inspection.size.n_genes > 0 ? 100.0 * static_cast<double>(n) / static_cast<double>(inspection.size.n_genes)
                                       : 0.0;
  };
  if (inspection.levels.empty())
    text += "network: none given (--network FOLDER shows how many genes each level of the context graph covers)\n";
  else
    text += "network, by level of the context graph\n";
  std::string last_hint;
  for (const LevelCoverage& level : inspection.levels) {
    if (!level.refused.empty()) {
      const std::string hint = level.refused.substr(first_line(level.refused).size());
      text += fmt::format("  {:<9} cannot be built: {}\n", level.level, first_line(level.refused));
      if (!hint.empty() && hint != last_hint) text += fmt::format("  {:<9} {}\n", "", hint.substr(hint.find("hint")));
      last_hint = hint;
      continue;
    }
    text += fmt::format(
        "  {:<9} {} genes ({:.0f} %), {} pathways; edges {} gene-gene, {} pathway-gene, {} pathway-pathway\n",
        level.level, level.n_genes, percent(level.n_genes), level.n_pathways, level.n_gg, level.n_pg, level.n_pp);
    if (!level.targets_without_edge.empty())
      text += fmt::format("  {:<9} without an edge: {} targets: {}\n", "", level.targets_without_edge.size(),
                          first_few(level.targets_without_edge, kNamesShown));
  }
  text += remarks_text(inspection.levels);
  if (!inspection.levels.empty() && !inspection.levels.back().names_how.empty())
    text += fmt::format("  {}\n", inspection.levels.back().names_how);
  if (!inspection.too_small.empty())
    text += fmt::format(
        "\n{} regimes have fewer training cells than a batch of {}, which is filled with cells drawn again: {}\n",
        inspection.too_small.size(), inspection.size.batch_size, first_few(inspection.too_small, kNamesShown));
  if (inspection.size.steps_an_epoch > 0)
    text += fmt::format(
        "\ntraining with default options: {} steps an epoch, at most {} epochs, at most {} ({:.0f} ms a step here) and {:.2g} GB of memory\n",
        inspection.size.steps_an_epoch, inspection.size.epochs, duration_text(inspection.estimate.seconds),
        1e3 * inspection.estimate.step_seconds, static_cast<double>(inspection.estimate.memory_bytes) / 1e9);
  text += "\nnext\n";
  for (const auto& step : inspection.next) text += "  " + step + "\n";
  return text;
}

nlohmann::ordered_json to_json(const Inspection& inspection) {
  nlohmann::ordered_json levels = nlohmann::ordered_json::array();
  for (const LevelCoverage& level : inspection.levels) {
    nlohmann::ordered_json entry = {{"level", level.level},
                                    {"genes_with_edges", level.n_genes},
                                    {"pathways", level.n_pathways},
                                    {"edges_gene_gene", level.n_gg},
                                    {"edges_pathway_gene", level.n_pg},
                                    {"edges_pathway_pathway", level.n_pp},
                                    {"targets_without_edge", level.targets_without_edge}};
    if (!level.names_how.empty()) entry["names"] = level.names_how;
    if (!level.notes.empty()) entry["notes"] = level.notes;
    if (!level.warnings.empty()) entry["warnings"] = level.warnings;
    if (!level.refused.empty()) entry["refused"] = level.refused;
    levels.push_back(entry);
  }
  return {{"levels", levels},
          {"training",
           {{"steps_an_epoch", inspection.size.steps_an_epoch},
            {"epochs", inspection.size.epochs},
            {"batch_size", inspection.size.batch_size},
            {"step_seconds", inspection.estimate.step_seconds},
            {"seconds", inspection.estimate.seconds},
            {"memory_bytes", inspection.estimate.memory_bytes}}},
          {"regimes_below_a_batch", inspection.too_small},
          {"next", inspection.next}};
}

}  // namespace gracevae::impl
