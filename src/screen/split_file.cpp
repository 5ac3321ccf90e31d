/// @file Split files: read_split, write_split.
#include <fmt/format.h>

#include <unordered_map>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/lines.hpp"
#include "io/table.hpp"
#include "screen/split.hpp"

namespace gracevae::impl {

namespace {

/// The lines of one split file, taken into a split one by one.
class SplitReader {
 public:
  SplitReader(const std::filesystem::path& path, const Screen& screen)
      : path_(path), screen_(screen), line_of_cell_(screen.cells.size(), 0) {
    for (std::size_t i = 0; i < screen.cells.size(); ++i)
      row_of_cell_.emplace(screen.cells[i], static_cast<std::int64_t>(i));
    split_ = {std::vector<Fold>(screen.cells.size(), Fold::unused), std::vector<std::int64_t>(screen.cells.size(), -1)};
    for (const std::int64_t control : screen.regimes.front().cells)
      split_.fold[static_cast<std::size_t>(control)] = Fold::train;
  }

  Split read() {
    const Table table = read_tsv(path_);
    const std::size_t cell_column = table.column("cell", path_.string());
    const std::size_t fold_column = table.column("fold", path_.string());
    const bool has_controls = table.has("control");
    const std::size_t control_column = has_controls ? table.column("control", path_.string()) : 0;
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      const auto& row = table.rows[i];
      line_ = static_cast<std::int64_t>(i) + 2;
      const auto cell = static_cast<std::size_t>(find_cell(row[cell_column], "cell"));
      take_fold(cell, row[fold_column]);
      if (has_controls && !row[control_column].empty()) split_.paired_control[cell] = find_control(row[control_column]);
    }
    return std::move(split_);
  }

 private:
  std::string place() const { return line_place(path_, line_); }

  /// Row of the cell with this name; `kind` says what the name stands for in the message.
  std::int64_t find_cell(const std::string& name, std::string_view kind) const {
    const auto found = row_of_cell_.find(name);
    if (found != row_of_cell_.end()) return found->second;
    throw InputError({.place = place(), .found = fmt::format("{} '{}' is not in the screen", kind, name)},
                     "the split must be of the same screen, with the same cell names");
  }

  std::int64_t find_control(const std::string& name) const {
    const std::int64_t control = find_cell(name, "control");
    if (const auto regime = screen_.regime_of_cell[static_cast<std::size_t>(control)]; regime != 0)
      throw InputError({.place = place(),
                        .found = fmt::format("control '{}' is a cell of '{}'", name,
                                             screen_.regimes[static_cast<std::size_t>(regime)].label),
                        .expected = "a control cell"});
    return control;
  }

  void take_fold(std::size_t cell, const std::string& word) {
    const auto fold = fold_of_word(word);
    if (!fold)
      throw InputError({.place = place(),
                        .found = fmt::format("fold is '{}'", word),
                        .expected = "train, validation, test or unused"});
    const std::string& name = screen_.cells[cell];
    const std::int64_t earlier = line_of_cell_[cell];
    if (earlier > 0 && *fold != split_.fold[cell])
      throw InputError({.place = place(),
                        .found = fmt::format("leak: cell '{}' is in two folds: {} here, {} in line {}", name,
                                             fold_name(*fold), fold_name(split_.fold[cell]), earlier)},
                       "give every cell one line");
    if (earlier > 0)
      throw InputError({.place = place(),
                        .found = fmt::format("cell '{}' stands on an earlier line too, line {}", name, earlier)},
                       "give every cell one line");
    line_of_cell_[cell] = line_;
    split_.fold[cell] = *fold;
  }

  const std::filesystem::path& path_;
  const Screen& screen_;
  std::unordered_map<std::string_view, std::int64_t> row_of_cell_;
  std::vector<std::int64_t> line_of_cell_;  ///< 0: not yet seen
  std::int64_t line_ = 0;
  Split split_;
};

}  // namespace

Split read_split(const std::filesystem::path& path, const Screen& screen) { return SplitReader(path, screen).read(); }

std::string split_text(const Screen& screen, const Split& split) {
  const bool has_pairs = split.has_pairs();
  std::string text = has_pairs ? "cell\tfold\tcontrol\n" : "cell\tfold\n";
  for (std::size_t i = 0; i < screen.cells.size(); ++i) {
    text += fmt::format("{}\t{}", cell_text(screen.cells[i]), fold_name(split.fold[i]));
    if (has_pairs) {
      const std::int64_t control = split.paired_control[i];
      text += '\t' + (control < 0 ? "" : cell_text(screen.cells[static_cast<std::size_t>(control)]));
    }
    text += '\n';
  }
  return text;
}

void write_split(const std::filesystem::path& path, const Screen& screen, const Split& split) {
  write_text(path, split_text(screen, split));
}

}  // namespace gracevae::impl
