#pragma once
/// @file Where the files of a run are and what their formats are called (docs/formats.md).
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace gracevae::impl {

inline constexpr const char* kModelFormat = "gracevae-model/1";
inline constexpr const char* kCheckpointFormat = "gracevae-checkpoint/1";
inline constexpr const char* kLatentsFormat = "gracevae-latents/1";
inline constexpr const char* kMetricsFormat = "gracevae-metrics/2";
inline constexpr const char* kExplainFormat = "gracevae-explain/2";
inline constexpr const char* kGraphFormat = "gracevae-graph/1";
inline constexpr const char* kFinishedFormat = "gracevae-finished/1";
inline constexpr const char* kFailedFormat = "gracevae-failed/1";

/// What `explain` writes, by default into RunFolder::explanation().
struct ExplanationFolder {
  std::filesystem::path path;
  std::filesystem::path record() const { return path / "explain.json"; }
  std::filesystem::path programs() const { return path / "programs.tsv"; }
  std::filesystem::path labels() const { return path / "labels.tsv"; }
  std::filesystem::path genes() const { return path / "genes.tsv"; }
  std::filesystem::path pathways() const { return path / "pathways.tsv"; }
  std::filesystem::path interactions() const { return path / "interactions.tsv"; }
  std::filesystem::path edges() const { return path / "edges.tsv"; }
  /// The latent graph; `format`: graphml, dot, sif or json.
  std::filesystem::path graph(const std::string& format) const { return path / ("graph." + format); }
  std::filesystem::path cells() const { return path / "explained.h5ad"; }
};

struct RunFolder {
  std::filesystem::path path;
  // Of training.
  std::filesystem::path options() const { return path / "options.toml"; }
  std::filesystem::path split() const { return path / "split.tsv"; }
  std::filesystem::path history() const { return path / "history.jsonl"; }
  std::filesystem::path checkpoint() const { return path / "checkpoint.safetensors"; }
  std::filesystem::path model() const { return path / "model.safetensors"; }
  std::filesystem::path best_model() const { return path / "model_best.safetensors"; }
  std::filesystem::path latents() const { return path / "latents.json"; }
  /// Inputs from memory, and the copy of the screen that training on disk reads.
  std::filesystem::path screen() const { return path / "screen.h5ad"; }
  std::filesystem::path network() const { return path / "network"; }
  std::filesystem::path packed() const { return path / "packed"; }
  // Results: predictions of the test conditions and of others, scores, quality of the screen, programs.
  std::filesystem::path predictions() const { return path / "predictions.h5ad"; }
  std::filesystem::path asked_predictions() const { return path / "predicted.h5ad"; }
  std::filesystem::path metrics() const { return path / "metrics.json"; }
  std::filesystem::path quality() const { return path / "quality.json"; }
  std::filesystem::path explanation() const { return path / "explain"; }
  std::filesystem::path report() const { return path / "report.html"; }
  // Of a sweep: what `train` is given, what the programs said, and how it ended.
  std::filesystem::path config() const { return path / "config.toml"; }
  std::filesystem::path log() const { return path / "log.txt"; }
  std::filesystem::path finished() const { return path / "finished.json"; }
  std::filesystem::path failed() const { return path / "failed.json"; }
  std::filesystem::path lock() const { return path / "lock"; }
};

/// Whether `result` is there and no older than any of `inputs`; inputs that are gone do not count.
/// @test tests/unit/run/run_folder_test.cpp
bool is_fresh(const std::filesystem::path& result, std::span<const std::filesystem::path> inputs);
/// The same for what is made with the run's model.
bool is_fresh(const std::filesystem::path& result, const RunFolder& run);

/// Results of the model that are there but older than it.
std::vector<std::filesystem::path> outdated_results(const RunFolder& run);

}  // namespace gracevae::impl
