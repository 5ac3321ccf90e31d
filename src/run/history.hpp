#pragma once
/// @file history.jsonl: a line an epoch (docs/formats.md).
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace gracevae::impl {

/// The history of a run as it grows. What a crash can leave is a cut last line, which read_history passes over.
/// @test tests/unit/run/history_test.cpp
class HistoryFile {
 public:
  /// Brings the file up to `lines`. Appends those that came since the last call, where the file is as that call left
  /// it; else, and the first time, writes it whole or not at all.
  void write(const std::filesystem::path& file, const std::vector<std::string>& lines);

 private:
  std::filesystem::path file_;
  std::size_t n_lines_ = 0;
  std::uintmax_t size_ = 0;  ///< bytes
};

/// One object an epoch, in the file's order. A last line without an end that is no JSON was cut off, and is left out.
/// @throws IoError no such file; InputError, naming the line, for what is no object with an "epoch"
std::vector<nlohmann::json> read_history(const std::filesystem::path& file);

/// The validation score of the weights which are scored: of the last epoch that has one, with early stopping the
/// lowest. Nothing where no cell validates.
std::optional<double> validation_score_of(const std::vector<nlohmann::json>& history, bool early_stopping);

}  // namespace gracevae::impl
