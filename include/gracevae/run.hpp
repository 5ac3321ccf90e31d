#pragma once
/// @file Run folders, file to file: what the commands of the program do (docs/formats.md has the files).
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gracevae/evaluate.hpp>

namespace gracevae {

/// Trains a new run on screen.file. The same options, seed, build and number of threads give the same bits, interrupted
/// and resumed or not. @throws ConfigError the folder holds a run, options that contradict each other; InputError;
/// IoError; NumericalError a loss that is not finite; Interrupted when the context says so, with everything saved
void train_run(const std::filesystem::path& run, const Options& options, const Context& context = {});
/// Goes on from the run's checkpoint with its own options; `words` may change those that change no result.
void resume_run(const std::filesystem::path& run, const OptionWords& words = {}, const Context& context = {});

/// Writes cells of the split's test conditions (section predict). Returns the file.
std::filesystem::path predict_run(const std::filesystem::path& run, const Options& options = {},
                                  const Context& context = {});
/// Writes cells of the conditions predict.targets for every run, and over all runs a table of their effects on every
/// gene: `effects`, or beside the cells if that is empty (of one run); of pairs their interactions too.
void predict_conditions(const std::vector<std::filesystem::path>& runs, const Options& options,
                        const std::filesystem::path& effects = {}, const Context& context = {});

struct EvaluateFiles {
  std::filesystem::path
      predictions;               ///< to score; empty = the run's own, made if it is missing or older than the model
  std::filesystem::path output;  ///< metrics.json to write, with a .tsv beside it; empty = in the run's folder
  std::filesystem::path truth;   ///< the latent graph of a simulated screen to score the run's against; may be empty
};
/// Scores beside the baselines and ceilings (section evaluate), written and returned.
Scores evaluate_run(const std::filesystem::path& run, const Options& options = {}, const EvaluateFiles& files = {},
                    const Context& context = {});

/// What the first run learned (section explain; the others, of other seeds, say how often its edges come back), written
/// into a folder, by default explain/ of the first run. Returns a summary for people.
std::string explain_runs(const std::vector<std::filesystem::path>& runs, const Options& options = {},
                         const std::filesystem::path& output = {}, const Context& context = {});

struct ConsensusRequest {
  double min_frequency = 0.5;       ///< edges in a smaller share of the runs are left out of the table
  std::optional<double> threshold;  ///< |weight| from which an edge counts; none = every run's own
  std::filesystem::path truth;      ///< marks the right edges; may be empty
  std::filesystem::path output;     ///< consensus.json to write, every edge in it, with a .tsv beside it; may be empty
};
struct Consensus {
  std::string table;  ///< tab-separated
  std::string notes;  ///< for people
};
/// How often every edge of the latent graph appears over runs of one screen.
Consensus consensus_of_runs(const std::vector<std::filesystem::path>& runs, const ConsensusRequest& request = {},
                            const Context& context = {});

/// Draws control, actual and generated cells of a run together (section umap): X_pca and X_umap into its predictions,
/// which are made if they are missing or older than the model.
void embed_run(const std::filesystem::path& run, const Options& options = {}, const Context& context = {});

}  // namespace gracevae
