#include "io/dense_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/compressed.hpp"
#include "io/delimited.hpp"

namespace gracevae {

namespace {

constexpr std::size_t kFirstRows = 20;  // that tell numbers from labels
constexpr std::int32_t kLabel = -1;     // in place of the number of a gene

using Fields = std::vector<std::string_view>;

class TableFile {
 public:
  TableFile(const std::filesystem::path& path, bool genes_in_rows)
      : path_(path), reader_(path), genes_in_rows_(genes_in_rows) {}

  void read() {
    read_names();
    read_first_rows();
    Fields fields;
    while (reader_.next(fields)) add_row(fields, reader_.line());
    x_.n_rows = static_cast<std::int64_t>(row_names_.size());
  }

  /// As cells x genes.
  CellSource source() {
    CellSource source;
    source.path = path_.string();
    source.format = source.encoding = "table";
    source.matrix = path_.filename().string();
    source.obs.index = std::move(genes_in_rows_ ? column_names_ : row_names_);
    source.var.index = std::move(genes_in_rows_ ? row_names_ : column_names_);
    for (auto& [name, values] : labels_) source.obs.add(name, std::move(values));
    source.rows = rows_in_memory(genes_in_rows_ ? transposed(x_) : std::move(x_));
    return source;
  }

 private:
  const char* row_kind() const { return genes_in_rows_ ? "gene" : "cell"; }
  const char* column_kind() const { return genes_in_rows_ ? "cell" : "gene"; }

  /// "a.csv line 3 column 5 (KLF1)"
  std::string place(std::int64_t line, std::size_t column) const {
    return fmt::format("{} column {} ({})", line_place(path_, line), column + 1, shown(header_[column]));
  }

  void read_names() {
    Fields fields;
    if (!reader_.next(fields))
      throw InputError(
          fmt::format("{}: is empty, expected a line with the names of the {}s", path_.string(), column_kind()));
    for (const auto field : fields) header_.emplace_back(trim(field));
    header_line_ = reader_.line();
  }

  /// The first line names the first column or does not: told by the first row.
  void match_header(std::size_t n_fields) {
    if (header_.size() + 1 == n_fields) header_.insert(header_.begin(), "");
    if (n_fields < 2)
      throw InputError(fmt::format("{}: 1 field, expected a name and values between {}", reader_.place(),
                                   separator_name(reader_.separator())),
                       "separate the fields by tabs, commas or semicolons");
    check_width(n_fields, reader_.line());
    for (std::size_t j = 1; j < header_.size(); ++j)
      if (header_[j].empty())
        throw InputError(fmt::format("{} column {}: is empty, expected the name of a {}",
                                     line_place(path_, header_line_), j + 1, column_kind()),
                         j + 1 == header_.size() ? "does every line end with a separator? Remove it" : "");
  }

  void check_width(std::size_t n_fields, std::int64_t line) const {
    if (n_fields != header_.size())
      throw InputError(fmt::format("{}: {} fields, expected {} as in line {}", line_place(path_, line), n_fields,
                                   header_.size(), header_line_),
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
      throw InputError(fmt::format("{}: names no {}s below its first line", path_.string(), row_kind()));
    sort_columns(rows);
    for (std::size_t i = 0; i < rows.size(); ++i) add_row(Fields(rows[i].begin(), rows[i].end()), lines[i]);
  }

  /// Tells columns of numbers from columns of labels.
  void sort_columns(const std::vector<std::vector<std::string>>& rows) {
    std::string names;
    gene_of_column_.assign(header_.size(), kLabel);
    for (std::size_t j = 1; j < header_.size(); ++j) {
      if (genes_in_rows_ || !holds_labels(rows, j)) {
        gene_of_column_[j] = static_cast<std::int32_t>(column_names_.size());
        column_names_.push_back(header_[j]);
      } else {
        labels_.emplace_back(header_[j], std::vector<std::string>());
        names += (names.empty() ? "" : ", ") + header_[j];
      }
    }
    if (column_names_.empty())
      throw InputError(fmt::format("{}: no column of numbers, expected one for each gene", path_.string()),
                       "a table of labels is read beside a matrix, not in its place");
    if (!names.empty()) log::info("{}: columns of labels, not genes: {}", path_.string(), names);
    x_.n_cols = static_cast<std::int64_t>(column_names_.size());
  }

  static bool holds_labels(const std::vector<std::vector<std::string>>& rows, std::size_t column) {
    std::size_t n_numbers = 0, n_words = 0;
    for (const auto& row : rows) {
      const std::string_view field = trim(row[column]);
      double value = 0;
      if (is_gap(field)) continue;
      ++(parse_number(field, value) ? n_numbers : n_words);
    }
    return n_words > n_numbers || n_words + n_numbers == 0;
  }

  void add_row(const Fields& fields, std::int64_t line) {
    check_width(fields.size(), line);
    if (trim(fields[0]).empty())
      throw InputError(
          fmt::format("{} column 1: is empty, expected the name of a {}", line_place(path_, line), row_kind()));
    row_names_.emplace_back(trim(fields[0]));
    std::size_t label = 0;
    for (std::size_t j = 1; j < fields.size(); ++j) {
      if (gene_of_column_[j] == kLabel) {
        labels_[label++].second.emplace_back(trim(fields[j]));
        continue;
      }
      const float value = fields[j] == "0" ? 0 : number(fields[j], line, j);
      if (value == 0) continue;
      x_.indices.push_back(gene_of_column_[j]);
      x_.values.push_back(value);
    }
    x_.indptr.push_back(x_.n_nonzero());
  }

  float number(std::string_view field, std::int64_t line, std::size_t column) const {
    float value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error == std::errc{} && end == field.data() + field.size() && std::isfinite(value)) return value;
    double wide = 0;
    field = trim(field);
    if (parse_number(field, wide) && std::isfinite(static_cast<float>(wide))) return static_cast<float>(wide);
    throw_no_number(field, line, column);
  }

  [[noreturn]] void throw_no_number(std::string_view field, std::int64_t line, std::size_t column) const {
    double value = 0;
    if (is_gap(field))
      throw InputError(fmt::format("{}: '{}' is a missing value, expected a number", place(line, column), field),
                       "put 0 in its place, or remove the gene or the cell");
    if (parse_number(field, value))
      throw InputError(fmt::format("{}: '{}' is no finite number in single precision", place(line, column),
                                   shown(field)),
                       "put 0 in its place, or remove the gene or the cell");
    const bool comma = field.find(',') != field.npos && reader_.separator() != ',';
    throw InputError(fmt::format("{}: '{}' is no number", place(line, column), shown(field)),
                     comma ? "write the decimal separator as a point"
                     : genes_in_rows_
                         ? "with genes in rows every column but the first is a cell; give labels in a file of their own"
                         : "a column of labels must have more words than numbers in the first 20 rows");
  }

  std::filesystem::path path_;
  DelimitedReader reader_;
  bool genes_in_rows_;
  std::int64_t header_line_ = 0;
  std::vector<std::string> header_;           ///< by column, the first too
  std::vector<std::int32_t> gene_of_column_;  ///< kLabel where it is none
  std::vector<std::string> row_names_, column_names_;
  std::vector<std::pair<std::string, std::vector<std::string>>> labels_;
  CsrMatrix<float> x_;  ///< as the file has it
};

}  // namespace

CellSource open_table(const std::filesystem::path& path, const CellSourceOptions& options) {
  if (!options.matrix.empty() && options.matrix != "X")
    throw ConfigError(fmt::format("{}: has no matrix '{}', a table holds one", path.string(), options.matrix),
                      "leave the option away");
  TableFile table(path, options.genes_in_rows);
  table.read();
  return table.source();
}

}  // namespace gracevae
