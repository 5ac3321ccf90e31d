#include "io/matrix_market_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>

#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/progress.hpp"
#include "io/compressed.hpp"
#include "io/matrix_market_entries.hpp"

namespace gracevae::impl {

namespace {

constexpr std::int64_t kLongRead = 20'000'000;  // entries above which progress is shown

struct Entry {
  std::int32_t major, minor;
  float value;
};

/// A compressed matrix built from entries of ascending major index.
class Gatherer {
 public:
  Gatherer(std::int64_t n_major, std::int64_t n_minor, std::int64_t expected) {
    x_.n_rows = n_major;
    x_.n_cols = n_minor;
    x_.indptr.reserve(static_cast<std::size_t>(n_major) + 1);
    x_.indices.reserve(static_cast<std::size_t>(expected));
    x_.values.reserve(static_cast<std::size_t>(expected));
  }
  /// Continues from entries gathered by the other index.
  explicit Gatherer(CsrMatrix<float> x) : x_(std::move(x)) {
    // There is nothing yet after the last non-empty row.
    while (x_.indptr.size() > 1 && x_.indptr[x_.indptr.size() - 2] == x_.n_nonzero()) x_.indptr.pop_back();
    if (x_.indptr.size() > 1) x_.indptr.pop_back();
  }

  /// The current major index.
  std::int32_t major() const { return static_cast<std::int32_t>(x_.indptr.size()) - 1; }
  /// False, without a change, if the entry belongs to an earlier row.
  bool add(const Entry& entry) {
    if (entry.major < major()) return false;
    while (entry.major > major()) end_row();
    x_.indices.push_back(entry.minor);
    x_.values.push_back(entry.value);
    return true;
  }
  /// Closes all rows and returns the matrix.
  CsrMatrix<float> finish() {
    while (static_cast<std::int64_t>(x_.indptr.size()) <= x_.n_rows) end_row();
    return std::move(x_);
  }
  /// A repeated entry: major and minor index.
  const std::optional<std::pair<std::int32_t, std::int32_t>>& repeated() const { return repeated_; }

 private:
  void end_row() {
    const auto first = static_cast<std::size_t>(x_.indptr.back());
    if (const auto column = sort_entries(x_, first, x_.indices.size()); column && !repeated_)
      repeated_ = {major(), *column};
    x_.indptr.push_back(x_.n_nonzero());
  }

  CsrMatrix<float> x_;
  std::optional<std::pair<std::int32_t, std::int32_t>> repeated_;
};

class RowsOfFile {
 public:
  RowsOfFile(const std::filesystem::path& path, const MatrixMarketLayout& layout) : path_(path), layout_(layout) {}

  CsrMatrix<float> read() {
    std::optional<CsrMatrix<float>> x = gathered();
    if (!x) x = placed();
    if (has_zeros_) drop_zeros(*x);
    return std::move(*x);
  }

 private:
  enum class Order { by_cell, by_gene };

  /// Calls `visit(cell, gene, value)` for each kept entry until it returns false; then returns false.
  template <class Visit>
  bool for_each_entry(const Visit& visit) {
    MatrixMarketReader reader(path_);
    std::unique_ptr<Progress> progress;
    const std::int64_t n_entries = reader.header().n_entries;
    if (n_entries > kLongRead) progress = std::make_unique<Progress>(path_.filename().string(), n_entries);
    for (auto block = reader.next(); !block.empty(); block = reader.next()) {
      stop_if_requested("reading");
      for (const auto& entry : block) {
        const std::int32_t cell = layout_.genes_in_rows ? entry.column : entry.row;
        const std::int32_t gene =
            layout_.column_of_gene[static_cast<std::size_t>(layout_.genes_in_rows ? entry.row : entry.column)];
        if (gene >= 0 && !visit(cell, gene, entry.value)) return false;
      }
      if (progress) progress->update(reader.n_read(), "");
    }
    return true;
  }

  /// An upper bound of the number of entries: a wrong header must not cost memory.
  std::int64_t n_expected() const {
    constexpr std::int64_t kMostPacking = 50, kLeastBytes = 4;
    const MatrixMarketReader reader(path_);
    std::error_code error;
    const auto size = std::filesystem::file_size(path_, error);
    const auto n_bytes = error ? 0 : static_cast<std::int64_t>(size) * (reader.is_gzip() ? kMostPacking : 1);
    return std::min(reader.header().n_entries, n_bytes / kLeastBytes);
  }

  /// One pass, for entries sorted by cell or by gene; nullopt for others. Begins by cell; at the first entry out of
  /// order, transposes what there is and continues by gene.
  std::optional<CsrMatrix<float>> gathered() {
    Gatherer rows(layout_.n_cells, layout_.n_genes, n_expected());
    Order order = Order::by_cell;
    const bool ordered = for_each_entry([&](std::int32_t cell, std::int32_t gene, float value) {
      has_zeros_ |= value == 0;
      if (order == Order::by_gene) return rows.add({gene, cell, value});
      if (rows.add({cell, gene, value})) return true;
      order = Order::by_gene;
      rows = turned(std::move(rows));
      return rows.add({gene, cell, value});
    });
    if (!ordered) return std::nullopt;
    CsrMatrix<float> x = rows.finish();
    check_repeated(rows, order);
    return order == Order::by_cell ? std::move(x) : transposed(x);
  }

  /// Transposes what was gathered by cell, to continue by gene.
  Gatherer turned(Gatherer rows) const {
    CsrMatrix<float> by_gene;
    std::size_t room = 0;
    {
      const CsrMatrix<float> by_cell = rows.finish();
      check_repeated(rows, Order::by_cell);
      by_gene = transposed(by_cell);
      room = by_cell.indices.capacity();
    }
    by_gene.indices.reserve(room);
    by_gene.values.reserve(room);
    return Gatherer(std::move(by_gene));
  }

  /// Two passes, for entries in any order: first the sizes of rows, then the entries.
  CsrMatrix<float> placed() {
    CsrMatrix<float> x;
    x.n_rows = layout_.n_cells;
    x.n_cols = layout_.n_genes;
    x.indptr.assign(static_cast<std::size_t>(x.n_rows) + 1, 0);
    for_each_entry([&](std::int32_t cell, std::int32_t, float value) {
      has_zeros_ |= value == 0;
      ++x.indptr[static_cast<std::size_t>(cell) + 1];
      return true;
    });
    std::partial_sum(x.indptr.begin(), x.indptr.end(), x.indptr.begin());
    x.indices.resize(static_cast<std::size_t>(x.indptr.back()));
    x.values.resize(x.indices.size());
    std::vector<std::int64_t> next(x.indptr.begin(), x.indptr.end() - 1);
    const bool same = for_each_entry([&](std::int32_t cell, std::int32_t gene, float value) {
      const auto to = static_cast<std::size_t>(next[static_cast<std::size_t>(cell)]++);
      if (to >= x.indices.size()) return false;
      x.indices[to] = gene;
      x.values[to] = value;
      return true;
    });
    if (!same || !std::equal(next.begin(), next.end(), x.indptr.begin() + 1))
      throw IoError({.place = path_.string(), .found = "was changed while it was read"});
    for (std::size_t i = 0; i + 1 < x.indptr.size(); ++i)
      if (const auto gene =
              sort_entries(x, static_cast<std::size_t>(x.indptr[i]), static_cast<std::size_t>(x.indptr[i + 1])))
        throw_repeated(static_cast<std::int32_t>(i), *gene);
    return x;
  }

  void check_repeated(const Gatherer& rows, Order order) const {
    if (!rows.repeated()) return;
    const auto [major, minor] = *rows.repeated();
    if (order == Order::by_cell)
      throw_repeated(major, minor);
    else
      throw_repeated(minor, major);
  }

  [[noreturn]] void throw_repeated(std::int32_t cell, std::int32_t gene_kept) const {
    const auto found = std::find(layout_.column_of_gene.begin(), layout_.column_of_gene.end(), gene_kept);
    const auto gene = static_cast<std::int32_t>(found - layout_.column_of_gene.begin());
    const std::int32_t row = layout_.genes_in_rows ? gene : cell, column = layout_.genes_in_rows ? cell : gene;
    const auto lines = lines_of_entry(path_, row, column);
    throw InputError({.place = fmt::format("{} line {}", path_.string(), lines.size() > 1 ? lines[1] : 0),
                      .found = fmt::format("the entry of row {} and column {} stands in line {} already", row + 1,
                                           column + 1, lines.empty() ? 0 : lines[0]),
                      .expected = "each once"},
                     "in Python: x = scipy.io.mmread(FILE).tocsc(); x.sum_duplicates(); scipy.io.mmwrite(FILE, x)");
  }

  const std::filesystem::path& path_;
  const MatrixMarketLayout& layout_;
  bool has_zeros_ = false;
};

}  // namespace

CsrMatrix<float> read_matrix_market_rows(const std::filesystem::path& path, const MatrixMarketLayout& layout) {
  return RowsOfFile(path, layout).read();
}

}  // namespace gracevae::impl
