#pragma once
/// @file Small screens in memory and checks of messages, for the tests of screen, network and
/// simulate.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "io/anndata.hpp"
#include "screen/screen.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl::test {

/// Runs `action` and checks that it throws an E whose message holds every one of `parts`.
template <class E, class Action>
void expect_error(Action&& action, const std::vector<std::string>& parts) {
  try {
    action();
  } catch (const E& error) {
    for (const auto& part : parts)
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
          << "'" << part << "' is not in: " << error.what();
    return;
  }
  ADD_FAILURE() << "nothing was thrown, expected: " << (parts.empty() ? "" : parts.front());
}

/// The folder of real data sets, if there is one: $GRACEVAE_DATA, else shared/data beside the source tree.
inline std::optional<std::filesystem::path> data_folder() {
  const char* data = std::getenv("GRACEVAE_DATA");
  const char* source = std::getenv("GRACEVAE_SOURCE_DIR");
  std::filesystem::path folder;
  if (data)
    folder = data;
  else if (source)
    folder = std::filesystem::path(source) / ".." / "shared" / "data";
  if (folder.empty() || !std::filesystem::is_directory(folder)) return std::nullopt;
  return folder;
}

/// A sparse matrix of a dense one.
inline CsrMatrix<float> sparse_of(const std::vector<std::vector<float>>& rows) {
  CsrMatrix<float> x;
  x.n_rows = static_cast<std::int64_t>(rows.size());
  x.n_cols = rows.empty() ? 0 : static_cast<std::int64_t>(rows[0].size());
  for (const auto& row : rows) {
    for (std::size_t j = 0; j < row.size(); ++j)
      if (row[j] != 0) x.indices.push_back(static_cast<std::int32_t>(j)), x.values.push_back(row[j]);
    x.indptr.push_back(static_cast<std::int64_t>(x.values.size()));
  }
  return x;
}

/// Cells c0, c1, … with these labels and values (drawn, about half zero, when none are given); genes g0, g1, ….
inline AnnData data_of(const std::vector<std::string>& labels, std::vector<std::vector<float>> rows = {},
                       std::size_t n_genes = 4) {
  Random random(7, "test values");
  if (rows.empty())
    for (std::size_t i = 0; i < labels.size(); ++i) {
      rows.emplace_back(n_genes);
      for (float& value : rows.back()) value = random.uniform() < 0.5 ? 0 : static_cast<float>(random.uniform(0.1, 3));
    }
  AnnData data;
  data.x = sparse_of(rows);
  data.encoding = "csr_matrix";
  for (std::size_t i = 0; i < labels.size(); ++i) data.obs.index.push_back("c" + std::to_string(i));
  for (std::int64_t j = 0; j < data.x.n_cols; ++j) data.var.index.push_back("g" + std::to_string(j));
  data.obs.add("condition", labels);
  return data;
}

inline ScreenOptions named_options() {
  ScreenOptions options;
  options.file = "test.h5ad";
  return options;
}

inline Screen screen_of(const std::vector<std::string>& labels, std::vector<std::vector<float>> rows = {},
                        std::size_t n_genes = 4) {
  return screen_from_anndata(data_of(labels, std::move(rows), n_genes), named_options());
}

/// `n` times each label, in order.
inline std::vector<std::string> repeated(const std::vector<std::pair<std::string, int>>& counts) {
  std::vector<std::string> labels;
  for (const auto& [label, n] : counts) labels.insert(labels.end(), static_cast<std::size_t>(n), label);
  return labels;
}

}  // namespace gracevae::impl::test
