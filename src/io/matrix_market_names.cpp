#include "io/matrix_market_names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <system_error>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/nearest.hpp"
#include "base/shell.hpp"
#include "io/matrix_market_files.hpp"
#include "io/name_table.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kMostListBytes = 256 << 20;

/// A file that may be a list, with the role that its name and content suggest.
struct Candidate {
  NameTable table;
  int genes = 0, cells = 0;
};

/// One orientation: lists for it, and what contradicts it.
struct Reading {
  bool genes_in_rows = true;
  const Candidate* genes = nullptr;
  const Candidate* cells = nullptr;  ///< nullptr: none fits
  std::vector<std::string> several_genes, several_cells;

  bool is_clear() const { return genes && several_genes.empty() && several_cells.empty(); }
};

class ListFinder {
 public:
  ListFinder(const fs::path& matrix, const MatrixMarketHeader& header, const CellSourceOptions& options)
      : matrix_(matrix), header_(header), options_(options) {}

  MatrixNames find() {
    if (!options_.gene_list.empty()) gene_list_ = given("screen.gene_list", options_.gene_list);
    if (!options_.cell_list.empty()) cell_list_ = given("screen.cell_list", options_.cell_list);
    if (!gene_list_ || !cell_list_) look_beside();
    const Reading reading = chosen();
    MatrixNames names;
    names.genes_in_rows = reading.genes_in_rows;
    names.var = *gene_frame(reading.genes->table, n_genes(reading));
    if (reading.cells)
      names.cells = *cell_names(reading.cells->table, n_cells(reading));
    else
      for (std::int64_t i = 1; i <= n_cells(reading); ++i) names.cells.push_back(fmt::format("{}", i));
    log::info("{}: {} x {}; {} names the genes, {}", matrix_.string(), header_.n_rows, header_.n_cols,
              file_name(reading.genes),
              reading.cells ? file_name(reading.cells) + " the cells"
                            : fmt::format("no list names the cells: they are 1 to {}", n_cells(reading)));
    return names;
  }

 private:
  std::int64_t n_genes(const Reading& reading) const { return reading.genes_in_rows ? header_.n_rows : header_.n_cols; }
  std::int64_t n_cells(const Reading& reading) const { return reading.genes_in_rows ? header_.n_cols : header_.n_rows; }
  std::int64_t most_lines() const { return std::max(header_.n_rows, header_.n_cols) + 1; }
  static std::string file_name(const Candidate* candidate) { return candidate->table.path.filename().string(); }

  /// A list named by an option.
  Candidate given(const char* flag, const std::string& path) const {
    require_readable_file(path, "list");
    Candidate candidate{read_name_table(path, most_lines()), 0, 0};
    const bool genes = std::string_view(flag) == "screen.gene_list";
    const auto fits = [&](std::int64_t n) {
      return genes ? gene_frame(candidate.table, n).has_value() : cell_names(candidate.table, n).has_value();
    };
    if (fits(header_.n_rows) || fits(header_.n_cols)) return candidate;
    const auto n_lines = std::ssize(candidate.table.lines);
    const bool as_many = n_lines == header_.n_rows || n_lines == header_.n_cols;
    throw InputError(
        {.place = path,
         .found = fmt::format("has {}{} lines, but {} is {} x {}", candidate.table.too_long ? "more than " : "",
                              n_lines, matrix_.string(), header_.n_rows, header_.n_cols)},
        as_many ? fmt::format("{} needs a column of names{}, not numbers", flag, genes ? "" : " that are all different")
                : fmt::format("{} needs a name for each of them, a line each; one title line may stand above", flag));
  }

  void look_beside() {
    const fs::path folder = matrix_.has_parent_path() ? matrix_.parent_path() : fs::path(".");
    std::map<std::string, fs::path> files;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      std::error_code ignored;
      const std::string name = it->path().filename().string(), plain = without_gz(name);
      const fs::path ending = fs::path(plain).extension();
      const bool is_list = ending == ".txt" || ending == ".tsv" || ending == ".csv" || ending == ".list";
      if (name.starts_with('.') || !is_list || !it->is_regular_file(ignored) || it->file_size(ignored) > kMostListBytes)
        continue;
      fs::path& kept = files[plain];
      if (kept.empty() || name == plain) kept = it->path();
    }
    if (error) throw IoError({.place = folder.string(), .found = fmt::format("cannot be read: {}", error.message())});
    for (const auto& [name, path] : files) look_at(name, path);
  }

  void look_at(const std::string& name, const fs::path& path) {
    try {
      Candidate candidate{read_name_table(path, most_lines()), 0, 0};
      std::string own = name;  // words of the matrix's own name do not count
      const std::string stem = fs::path(without_gz(matrix_.filename().string())).stem().string();
      if (own.starts_with(stem)) own = own.substr(stem.size());
      candidate.genes = gene_rank(candidate.table, own);
      candidate.cells = cell_rank(candidate.table, own);
      seen_.push_back(fmt::format("{} ({}{} lines)", path.filename().string(),
                                  candidate.table.too_long ? "more than " : "", candidate.table.lines.size()));
      beside_.push_back(std::move(candidate));
    } catch (const Error&) {  // not a list
      seen_.push_back(path.filename().string() + " (no table)");
    }
  }

  /// The fitting candidates of the highest rank.
  template <class Rank, class Fits>
  std::vector<const Candidate*> best(const Rank& rank, const Fits& fits) const {
    std::vector<const Candidate*> found;
    for (const Candidate& candidate : beside_) {
      if (rank(candidate) < 0 || !fits(candidate.table)) continue;
      if (!found.empty() && rank(candidate) > rank(*found.front())) found.clear();
      if (found.empty() || rank(candidate) == rank(*found.front())) found.push_back(&candidate);
    }
    return found;
  }

  Reading reading(bool genes_in_rows) const {
    Reading result;
    result.genes_in_rows = genes_in_rows;
    const auto fits_genes = [&](const NameTable& table) { return gene_frame(table, n_genes(result)).has_value(); };
    const auto fits_cells = [&](const NameTable& table) { return cell_names(table, n_cells(result)).has_value(); };
    auto genes =
        gene_list_ ? std::vector<const Candidate*>{} : best([](const Candidate& c) { return c.genes; }, fits_genes);
    if (gene_list_ && fits_genes(gene_list_->table)) genes = {&*gene_list_};
    if (genes.empty() || (cell_list_ && !fits_cells(cell_list_->table))) return result;
    result.genes = genes.front();
    auto cells = cell_list_ ? std::vector<const Candidate*>{&*cell_list_}
                            : best([](const Candidate& c) { return c.cells; }, fits_cells);
    std::erase(cells, result.genes);
    if (!cells.empty()) result.cells = cells.front();
    if (genes.size() > 1)
      for (const Candidate* candidate : genes) result.several_genes.push_back(file_name(candidate));
    if (cells.size() > 1)
      for (const Candidate* candidate : cells) result.several_cells.push_back(file_name(candidate));
    return result;
  }

  /// The evidence for an orientation.
  static int weight(const Reading& reading) {
    if (!reading.genes) return -1;
    return 10 * std::max(reading.genes->genes, 0) + (reading.cells ? 5 + std::max(reading.cells->cells, 0) : 0);
  }

  Reading chosen() const {
    const Reading rows = reading(true), columns = reading(false);
    const bool both = rows.genes && columns.genes;
    const bool same = both && weight(rows) == weight(columns);
    if (same && !options_.genes_in_rows)
      throw InputError({.place = fmt::format("{}, and {}", size_text(), lists_text(rows)),
                        .found = "rows could be genes or cells"},
                       "say screen.genes_in_rows if they are genes; if they are cells, transpose the matrix first");
    const Reading& better = (both && options_.genes_in_rows) || weight(rows) >= weight(columns) ? rows : columns;
    if (!better.genes) throw_no_genes();
    if (!better.is_clear()) throw_several(better);
    return better;
  }

  std::string size_text() const { return fmt::format("{}: {} x {}", matrix_.string(), header_.n_rows, header_.n_cols); }
  static std::string lists_text(const Reading& reading) {
    return file_name(reading.genes) + (reading.cells ? " and " + file_name(reading.cells) : "") + " fit both ways";
  }

  [[noreturn]] void throw_no_genes() const {
    const std::string beside = seen_.empty() ? "no list is there" : "there are " + first_few(seen_, 12);
    if (gene_list_)  // then the list of cells does not fit
      throw InputError(fmt::format("{}, but {} and {} name {} and {}", size_text(), options_.gene_list,
                                   options_.cell_list, gene_list_->table.lines.size(),
                                   cell_list_ ? cell_list_->table.lines.size() : 0),
                       "give a list for its rows and one for its columns");
    throw InputError(
        fmt::format("{}, and no list beside it names its genes; {}", size_text(), beside),
        "name the lists: screen.gene_list FILE and, if there is one, screen.cell_list FILE, a name a line in the "
        "matrix's order");
  }

  [[noreturn]] void throw_several(const Reading& reading) const {
    const bool genes = !reading.several_genes.empty();
    const auto& names = genes ? reading.several_genes : reading.several_cells;
    throw InputError({.place = fmt::format("{}, and several lists could name its {}", size_text(),
                                           genes ? "genes" : "cells"),
                      .found = fmt::format("{}", fmt::join(names, ", "))},
                     fmt::format("say which: {} {}", genes ? "screen.gene_list" : "screen.cell_list",
                                 shell_word((matrix_.has_parent_path() ? matrix_.parent_path() / names.front()
                                                                       : fs::path(names.front()))
                                                .string())));
  }

  const fs::path& matrix_;
  const MatrixMarketHeader& header_;
  const CellSourceOptions& options_;
  std::optional<Candidate> gene_list_, cell_list_;
  std::vector<Candidate> beside_;
  std::vector<std::string> seen_;
};

}  // namespace

MatrixNames names_by_content(const fs::path& matrix, const MatrixMarketHeader& header,
                             const CellSourceOptions& options) {
  return ListFinder(matrix, header, options).find();
}

}  // namespace gracevae::impl
