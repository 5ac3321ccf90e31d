#pragma once
/// @file Edge lists: pairs of names, with score, sign and direction.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

namespace gracevae::impl {

/// One edge of a file. The context graph uses the names and the score only.
struct Edge {
  std::string_view from, to;                                ///< valid within the visit
  double score = std::numeric_limits<double>::quiet_NaN();  ///< NaN = none
  int sign = 0;                                             ///< +1 activates, −1 inhibits, 0 unknown
  bool directed = false;                                    ///< from acts on to
};

struct EdgeListOptions {
  double least_score = 0;    ///< edges below it, or without a score, are left out; 0 = all are taken
  std::string score_column;  ///< its name in the header or its number from 1; "" = found
};

/// Summary of a file.
struct EdgeListSummary {
  /// "ppi.csv: comma-separated, columns source and target, score importance"
  std::string how;
  bool plain = false;          ///< two names a line and at most a weight, no header, no quotes
  std::int64_t n_edges = 0;    ///< visited
  std::int64_t n_below = 0;    ///< left out because of their score
  std::int64_t n_unnamed = 0;  ///< lines of a table with a header that lack a name, left out
};

/// Visits the edges of a text file, plain or gzip, in file order. Detected from the first lines:
/// - the separator: tabs, else semicolons or commas, whichever are more, else spaces. A line without the file's
///   separator may have another. Fields may stand between quotes. Lines that begin with # and blank lines are skipped;
/// - a header: known words (source and target, node1 and node2, Official Symbol Interactor A and B, …), also behind #,
///   or a line of words above numbers;
/// - the two columns of names: by the header's words, else the first two that hold names. A column of row numbers, as
///   from pandas and R, does not count;
/// - SIF: a name, a relation and any number of names, each an edge;
/// - the score: combined_score, score, weight, importance, confidence or probability, else the only column of numbers;
/// - sign and direction: a column of +1 and −1 or of words such as "activates", is_stimulation and is_inhibition of
///   OmniPath, relations such as -> and -|, is_directed, columns named for both ends such as regulator and target.
/// Memory: the first thousand lines.
/// @throws InputError with the line: a number of columns that differs, a file without header whose third column is
/// neither a number nor a relation, an empty name or one with spaces there, a quote that is not closed, a score that is
/// no number; with the file: no score column where one is needed, no edge that reaches least_score. IoError as
/// ByteReader.
/// @test tests/unit/io/edge_list_test.cpp
EdgeListSummary for_each_edge(const std::filesystem::path& path, const EdgeListOptions& options,
                              const std::function<void(const Edge&)>& visit);

}  // namespace gracevae::impl
