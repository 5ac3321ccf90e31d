#pragma once
/// @file Training whose loop the caller owns.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gracevae/context_graph.hpp>
#include <gracevae/model.hpp>

namespace gracevae {

/// Terms of the loss: of a step, or means over the steps of an epoch.
struct LossTerms {
  double total = 0, mmd = 0, reconstruction = 0, kl = 0, sparsity = 0, smoothness = 0;
};

struct EpochRecord {
  std::int64_t epoch = 0;
  LossTerms loss;
  double seconds = 0;
  std::optional<double> validation;  ///< where this epoch has a score; smaller is better
};

/// One run, from the first step to a model. The same screen, options, seed, build and number of threads give the same
/// bits as `gracevae train`, interrupted and resumed or not.
/// @code
/// TrainingSession session(screen, split, {}, graph);
/// while (!session.finished()) session.run_epoch();
/// session.save("run");
/// @endcode
class TrainingSession {
 public:
  /// Reads nothing and writes nothing: everything is checked, the start of the weights is fitted. Without a graph only
  /// models that need none can train. The context is kept. @throws ConfigError, InputError, Interrupted
  TrainingSession(const Screen& screen, const Split& split, const Options& options = {}, Context context = {});
  TrainingSession(const Screen& screen, const Split& split, const Options& options, const ContextGraph& graph,
                  Context context = {});
  /// Goes on from the checkpoint of a run folder, with its own options. @throws IoError, InputError
  static TrainingSession resume(const std::filesystem::path& run, Context context = {});
  TrainingSession(TrainingSession&&) noexcept;
  TrainingSession& operator=(TrainingSession&&) noexcept;
  ~TrainingSession();

  std::int64_t epoch() const;   ///< the next step is of this epoch
  std::int64_t epochs() const;  ///< the most there are: early stopping ends sooner, with the best epoch's weights
  std::int64_t steps_per_epoch() const;
  bool finished() const;
  /// Takes one step. @throws NumericalError a loss that is not finite
  LossTerms step();
  /// Steps to the end of the epoch. With a stop request it throws Interrupted between two steps; the session can be
  /// saved then, or go on.
  EpochRecord run_epoch();
  /// Epochs that ended.
  const std::vector<EpochRecord>& history() const;

  /// Writes a run folder (docs/formats.md) that every command and Model::load read: with a checkpoint before the end,
  /// with the model at the end. A screen or network that was given from memory is written beside it. Can be called at
  /// any time, again into the same folder. @throws ConfigError the folder holds another run; IoError
  void save(const std::filesystem::path& run);
  /// The model as it is now.
  Model model() const;

  struct Impl;

 private:
  explicit TrainingSession(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gracevae
