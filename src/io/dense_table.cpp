#include "io/dense_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/decimal_reader.hpp"
#include "io/delimited.hpp"
#include "io/dense_layout.hpp"
#include "io/table_content.hpp"
#include "io/typed_column.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kFirstRows = 20;    // from which the layout is detected
constexpr std::int32_t kNoNumber = -1;    // in place of a gene's number
constexpr float kLargestWhole = 1 << 24;  // floats hold every whole number up to here

using Fields = std::vector<std::string_view>;

/// Floats as a column of obs.
Column number_column(const std::vector<float>& values) {
  const bool whole = std::all_of(values.begin(), values.end(), [](float value) {
    return value == std::floor(value) && std::abs(value) <= kLargestWhole;
  });
  if (!whole) return std::vector<double>(values.begin(), values.end());
  std::vector<std::int64_t> numbers;
  std::transform(values.begin(), values.end(), std::back_inserter(numbers),
                 [](float value) { return static_cast<std::int64_t>(value); });
  return numbers;
}

/// var without columns that are not genes.
DataFrame without_rows(const DataFrame& var, const std::vector<OtherColumn>& columns) {
  std::vector<std::int64_t> kept;
  auto next = columns.begin();
  for (std::int64_t j = 0; j < std::ssize(var.index); ++j) {
    if (next != columns.end() && next->column == j)
      ++next;
    else
      kept.push_back(j);
  }
  DataFrame result;
  for (const std::int64_t j : kept) result.index.push_back(var.index[static_cast<std::size_t>(j)]);
  for (const auto& [name, column] : var.columns) result.add(name, typed_column(column_as_strings(column), kept));
  return result;
}

class TableFile {
 public:
  TableFile(const std::filesystem::path& path, const CellSourceOptions& options)
      : path_(path), reader_(path), options_(options), numbers_(path) {}

  void read() {
    read_names();
    read_first_rows();
    Fields fields;
    while (reader_.next(fields)) add_row(fields, reader_.line());
    x_.n_rows = static_cast<std::int64_t>(row_names_.size());
    numbers_.check();
  }

  /// Converts to cells x genes.
  CellSource source() {
    CellSource source;
    source.path = path_.string();
    source.format = source.encoding = "table";
    source.matrix = path_.filename().string();
    const bool turned = layout_.genes_in_rows;
    source.obs.index = std::move(turned ? column_names_ : row_names_);
    source.var.index = std::move(turned ? row_names_ : column_names_);
    DataFrame& described = turned ? source.var : source.obs;
    for (const auto& [name, texts] : labels_) described.add(name, typed_column(texts));
    CsrMatrix<float> x = turned ? transposed(x_) : std::move(x_);
    take_other_columns(source, x);
    source.rows = rows_in_memory(std::move(x));
    return source;
  }

 private:
  bool genes_in_rows() const { return layout_known_ ? layout_.genes_in_rows : options_.genes_in_rows; }
  const char* row_kind() const { return genes_in_rows() ? "gene" : "cell"; }
  const char* column_kind() const { return genes_in_rows() ? "cell" : "gene"; }

  /// "a.csv line 3 column 5 (KLF1)"
  std::string place(std::int64_t line, std::size_t column) const {
    return fmt::format("{} column {} ({})", line_place(path_, line), column + 1, shown(header_[column]));
  }

  void read_names() {
    Fields fields;
    if (!reader_.next(fields))
      throw InputError({.place = path_.string(),
                        .found = "is empty",
                        .expected = fmt::format("a line with the names of the {}s", column_kind())});
    for (const auto field : fields) header_.emplace_back(trim(field));
    header_line_ = reader_.line();
  }

  /// Whether the first line names the first column, judged by the first row.
  void match_header(std::size_t n_fields) {
    names_rows_ = header_.size() + 1 == n_fields;
    if (names_rows_) header_.insert(header_.begin(), "");
    if (n_fields < 2)
      throw InputError({.place = reader_.place(),
                        .found = "1 field",
                        .expected = fmt::format("a name and values between {}", separator_name(reader_.separator()))},
                       "separate the fields by tabs, commas or semicolons");
    check_width(n_fields, reader_.line());
    for (std::size_t j = 1; j < header_.size(); ++j)
      if (header_[j].empty())
        throw InputError({.place = fmt::format("{} column {}", line_place(path_, header_line_), j + 1),
                          .found = "is empty",
                          .expected = fmt::format("the name of a {}", column_kind())},
                         j + 1 == header_.size() ? "does every line end with a separator? Remove it" : "");
  }

  void check_width(std::size_t n_fields, std::int64_t line) const {
    if (n_fields != header_.size())
      throw InputError({.place = line_place(path_, line),
                        .found = fmt::format("{} fields", n_fields),
                        .expected = fmt::format("{} as in line {}", header_.size(), header_line_)},
                       "are all fields separated by the same character, and is the last line whole?");
  }

  void read_first_rows() {
    std::vector<std::vector<std::string>> rows;
    std::vector<std::int64_t> lines;
    Fields fields;
    while (rows.size() < kFirstRows && reader_.next(fields)) {
      if (rows.empty()) match_header(fields.size());
      check_width(fields.size(), reader_.line());
      rows.emplace_back(fields.begin(), fields.end());
      lines.push_back(reader_.line());
    }
    if (rows.empty())
      throw InputError(
          {.place = path_.string(), .found = fmt::format("names no {}s below its first line", row_kind())});
    layout_ = dense_layout(path_, header_, rows, names_rows_, options_);
    layout_known_ = true;
    sort_columns();
    for (std::size_t i = 0; i < rows.size(); ++i) add_row(Fields(rows[i].begin(), rows[i].end()), lines[i]);
  }

  void sort_columns() {
    std::string words;
    number_of_column_.assign(header_.size(), kNoNumber);
    for (std::size_t j = 0; j < header_.size(); ++j) {
      const ColumnUse use = layout_.use[j];
      if (use == ColumnUse::numbers) {
        number_of_column_[j] = static_cast<std::int32_t>(column_names_.size());
        column_names_.push_back(header_[j]);
      } else if (use == ColumnUse::text || use == ColumnUse::fact) {
        labels_.emplace_back(header_[j], std::vector<std::string>());
        std::string& names = use == ColumnUse::text ? words : facts_;
        names += (names.empty() ? "" : ", ") + header_[j];
      }
    }
    if (column_names_.empty()) throw_no_genes();
    if (!words.empty()) log::info("{}: columns of labels, not {}s: {}", path_.string(), column_kind(), words);
    x_.n_cols = static_cast<std::int64_t>(column_names_.size());
  }

  [[noreturn]] void throw_no_genes() const {
    throw InputError({.place = path_.string(),
                      .found = "no column of numbers",
                      .expected = fmt::format("one for each {}{}", column_kind(),
                                              facts_.empty() ? "" : fmt::format(" (not genes: {})", facts_))},
                     "a table of labels is read beside a matrix, not in its place");
  }

  void add_row(const Fields& fields, std::int64_t line) {
    check_width(fields.size(), line);
    if (!layout_.has_names) row_names_.push_back(std::to_string(row_names_.size() + 1));
    std::size_t label = 0;
    for (std::size_t j = 0; j < fields.size(); ++j) {
      if (number_of_column_[j] == kNoNumber) {
        if (layout_.use[j] == ColumnUse::names)
          add_name(fields[j], line, j);
        else if (layout_.use[j] != ColumnUse::skipped)
          labels_[label++].second.emplace_back(trim(fields[j]));
        continue;
      }
      const float value = fields[j] == "0" ? 0 : number(fields[j], line, j);
      if (value == 0) continue;
      x_.indices.push_back(number_of_column_[j]);
      x_.values.push_back(value);
    }
    x_.indptr.push_back(x_.n_nonzero());
  }

  void add_name(std::string_view field, std::int64_t line, std::size_t column) {
    if (trim(field).empty())
      throw InputError({.place = fmt::format("{} column {}", line_place(path_, line), column + 1),
                        .found = "is empty",
                        .expected = fmt::format("the name of a {}", row_kind())});
    row_names_.emplace_back(trim(field));
  }

  float number(std::string_view field, std::int64_t line, std::size_t column) {
    float value = 0;
    if (numbers_.read(field, line, column, value)) return value;
    throw_no_number(trim(field), line, column);
  }

  [[noreturn]] void throw_no_number(std::string_view field, std::int64_t line, std::size_t column) const {
    double value = 0;
    if (is_gap(field))
      throw InputError({.place = place(line, column),
                        .found = fmt::format("'{}' is a missing value", field),
                        .expected = "a number"},
                       "put 0 in its place, or remove the gene or the cell");
    if (parse_number(field, value) || parse_decimal_comma(field, value))
      throw InputError({.place = place(line, column),
                        .found = fmt::format("'{}' is no finite number in single precision", shown(field))},
                       "put 0 in its place, or remove the gene or the cell");
    const bool comma = field.find(',') != field.npos;
    throw InputError({.place = place(line, column), .found = fmt::format("'{}' is no number", shown(field))},
                     comma ? "write numbers without signs between thousands"
                     : genes_in_rows()
                         ? "with genes in rows a column has numbers or words; give labels in a file of their own"
                         : "a column of labels must have more words than numbers in the first 20 rows");
  }

  /// Moves columns that are not genes from the matrix to obs.
  void take_other_columns(CellSource& source, CsrMatrix<float>& x) {
    const std::vector<OtherColumn> others = other_columns(x, source.var.index, layout_.genes_in_rows);
    std::string facts = layout_.genes_in_rows ? "" : facts_;
    for (const OtherColumn& other : others) {
      const std::string& name = source.var.index[static_cast<std::size_t>(other.column)];
      facts += (facts.empty() ? "" : ", ") + name + (other.why.empty() ? "" : fmt::format(" ({})", other.why));
      source.obs.add(name, number_column(column_values(x, other.column)));
    }
    if (!facts.empty()) log::info("{}: no genes, kept as columns of obs: {}", path_.string(), facts);
    if (others.empty()) return;
    if (std::ssize(others) == x.n_cols)
      throw InputError({.place = path_.string(),
                        .found = fmt::format("no genes, only what is known of cells: {}", facts)},
                       "a table of labels is read beside a matrix, not in its place");
    x = without_columns(x, others);
    source.var = without_rows(source.var, others);
  }

  std::filesystem::path path_;
  DelimitedReader reader_;
  const CellSourceOptions& options_;
  DecimalReader numbers_;
  DenseLayout layout_;
  bool layout_known_ = false, names_rows_ = false;
  std::int64_t header_line_ = 0;
  std::vector<std::string> header_;             ///< by column, including the first
  std::vector<std::int32_t> number_of_column_;  ///< kNoNumber for none
  std::vector<std::string> row_names_, column_names_;
  std::vector<std::pair<std::string, std::vector<std::string>>> labels_;
  std::string facts_;   ///< names of numeric columns that are not genes
  CsrMatrix<float> x_;  ///< as in the file
};

}  // namespace

CellSource open_table(const std::filesystem::path& path, const CellSourceOptions& options) {
  if (!options.matrix.empty() && options.matrix != "X")
    throw ConfigError({.place = path.string(),
                       .found = fmt::format("has no matrix '{}', a table holds one", options.matrix)},
                      "leave the option away");
  TableFile table(path, options);
  table.read();
  return table.source();
}

}  // namespace gracevae::impl
