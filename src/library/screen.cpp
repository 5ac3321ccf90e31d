#include <gracevae/screen.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "base/call_scope.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/nearest.hpp"
#include "library/parts.hpp"
#include "screen/describe.hpp"

namespace gracevae {

namespace {

constexpr const char *kInMemory = "screen in memory", *kLabels = "condition";

void check_sizes(const ScreenData& data) {
  const auto expect = [&](const char* what, std::size_t found, std::int64_t expected) {
    if (static_cast<std::int64_t>(found) != expected)
      throw InputError({.place = kInMemory,
                        .found = fmt::format("{} {}", found, what),
                        .expected = fmt::format("{}: one for each {} of the matrix", expected,
                                                std::string_view(what) == "genes" ? "column" : "row")});
  };
  expect("genes", data.genes.size(), data.values.n_cols);
  expect("labels", data.labels.size(), data.values.n_rows);
  for (const auto& [name, values] : data.columns) {
    expect("values of a column of cells", values.size(), data.values.n_rows);
    if (name == kLabels)
      throw InputError({.place = kInMemory, .found = fmt::format("a column of cells called '{}'", name)},
                       "the labels have this name: give the column another one");
  }
  if (!data.cells.empty()) expect("cells", data.cells.size(), data.values.n_rows);
  expect("row ends", data.values.indptr.size() - 1, data.values.n_rows);
  for (std::int64_t i = 0; i < data.values.n_rows; ++i) {
    const auto columns = data.values.row_indices(i);
    const bool inside = columns.empty() || (columns.front() >= 0 && columns.back() < data.values.n_cols);
    if (!inside || std::adjacent_find(columns.begin(), columns.end(), std::greater_equal<>()) != columns.end())
      throw InputError({.place = kInMemory,
                        .found = fmt::format("row {}: columns must ascend from 0 to {}", i, data.values.n_cols - 1)});
  }
}

}  // namespace

CsrMatrix<float> sparse_of(const Matrix<float>& dense) {
  CsrMatrix<float> sparse;
  sparse.n_rows = dense.n_rows;
  sparse.n_cols = dense.n_cols;
  for (std::int64_t i = 0; i < dense.n_rows; ++i) {
    for (std::int64_t j = 0; j < dense.n_cols; ++j)
      if (dense(i, j) != 0.0F) {
        sparse.indices.push_back(static_cast<std::int32_t>(j));
        sparse.values.push_back(dense(i, j));
      }
    sparse.indptr.push_back(sparse.n_nonzero());
  }
  return sparse;
}

Screen impl::make_screen(Screen screen, ScreenOptions options, bool in_memory) {
  auto impl = std::make_shared<gracevae::Screen::Impl>();
  impl->options = resolved(options, screen);
  for (const Regime& regime : screen.regimes)
    impl->conditions.push_back({regime.label, regime.targets, static_cast<std::int64_t>(regime.cells.size())});
  impl->screen = std::move(screen);
  impl->in_memory = in_memory;
  return gracevae::Screen(std::move(impl));
}

std::size_t impl::condition_index(const gracevae::Screen& screen, const std::string& label) {
  std::vector<std::string> labels;
  for (const Condition& condition : screen.conditions()) {
    if (condition.label == label) return labels.size();
    labels.push_back(condition.label);
  }
  throw InputError({.place = screen.impl().screen.source, .found = fmt::format("no condition '{}'", label)},
                   nearest_hint(label, labels));
}

Screen Screen::read(const std::filesystem::path& file, const Options& options, const Context& context) {
  const impl::CallScope scope(context);
  const impl::RunOptions& run = options.impl().run;
  impl::ScreenOptions screen = run.screen;
  screen.file = std::filesystem::absolute(file).lexically_normal().string();
  return impl::make_screen(impl::load_screen(impl::with_names_of(run.network, screen), run.split.kept_columns()),
                           screen, false);
}

Screen Screen::from_data(ScreenData data, const Options& options, const Context& context) {
  const impl::CallScope scope(context);
  check_sizes(data);
  impl::ScreenOptions screen = options.impl().run.screen;
  screen.file = kInMemory;
  screen.label_column = kLabels;
  screen.gene_column = "index";
  impl::AnnData held;
  held.x = std::move(data.values);
  for (std::int64_t i = 0; data.cells.empty() && i < held.x.n_rows; ++i) held.obs.index.push_back(std::to_string(i));
  if (!data.cells.empty()) held.obs.index = std::move(data.cells);
  held.obs.add(kLabels, std::move(data.labels));
  for (auto& [name, values] : data.columns) held.obs.add(name, std::move(values));
  held.var.index = std::move(data.genes);
  held.encoding = "csr_matrix";
  impl::Screen read = impl::screen_from_anndata(std::move(held), screen, options.impl().run.split.kept_columns());
  for (const std::string& warning : read.warnings) impl::log::warning("{}: {}", read.source, warning);
  return impl::make_screen(std::move(read), screen, true);
}

std::int64_t Screen::n_cells() const { return impl_->screen.n_cells(); }
std::int64_t Screen::n_genes() const { return impl_->screen.n_genes(); }
const std::vector<std::string>& Screen::cells() const { return impl_->screen.cells; }
const std::vector<std::string>& Screen::genes() const { return impl_->screen.genes; }
const std::vector<Condition>& Screen::conditions() const { return impl_->conditions; }
std::span<const std::int32_t> Screen::condition_of_cell() const { return impl_->screen.regime_of_cell; }
const std::vector<std::string>& Screen::warnings() const { return impl_->screen.warnings; }

std::vector<float> Screen::cell(std::int64_t i) const {
  if (i < 0 || i >= n_cells())
    throw InputError({.place = impl_->screen.source,
                      .found = fmt::format("no cell {}", i),
                      .expected = fmt::format("0 to {}", n_cells() - 1)});
  std::vector<float> values(static_cast<std::size_t>(n_genes()));
  impl_->screen.rows().copy_row(i, std::span<float>(values));
  return values;
}

std::vector<double> Screen::mean(const std::string& label) const {
  return impl::mean_of_cells(impl_->screen, impl_->screen.regimes[impl::condition_index(*this, label)].cells);
}

std::string Screen::describe() const {
  return impl::describe_screen(impl_->screen, impl::summarise_screen(impl_->screen));
}

}  // namespace gracevae
