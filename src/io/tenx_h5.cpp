#include "io/tenx_h5.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "base/shell.hpp"
#include "io/anndata_parts.hpp"

namespace gracevae::impl {

using hdf5::File;
using hdf5::NodeKind;

namespace {

bool has_matrix(const File& file, const std::string& group) {
  for (const char* name : {"/barcodes", "/indptr", "/indices", "/data"})
    if (file.kind(group + name) != NodeKind::dataset) return false;
  return true;
}

bool is_v3(const File& file) { return has_matrix(file, "/matrix") && file.kind("/matrix/features") == NodeKind::group; }

/// Groups of version 2, one per genome.
std::vector<std::string> genomes_of(const File& file) {
  std::vector<std::string> genomes;
  for (const auto& name : file.children("/"))
    if (has_matrix(file, "/" + name) && file.kind("/" + name + "/genes") == NodeKind::dataset) genomes.push_back(name);
  return genomes;
}

/// A list of `count` strings below `group`.
std::vector<std::string> read_list(const File& file, const std::string& node, std::int64_t count) {
  auto list = file.read_strings(node);
  if (std::ssize(list) != count)
    throw InputError({.place = fmt::format("{} {}", file.path().string(), node),
                      .found = fmt::format("has {} values", list.size()),
                      .expected = fmt::format("{} as shape says", count)});
  return list;
}

/// The feature lists of version 3 that are text of the right length.
DataFrame read_features_v3(const File& file, std::int64_t n_features) {
  const std::string group = "/matrix/features";
  DataFrame var;
  var.index = read_list(file, group + "/id", n_features);
  var.add("gene_symbols", read_list(file, group + "/name", n_features));
  if (file.kind(group + "/feature_type") == NodeKind::dataset)
    var.add("feature_types", read_list(file, group + "/feature_type", n_features));
  for (const auto& name : file.children(group)) {
    const std::string node = group + "/" + name;
    if (name == "id" || name == "name" || name == "feature_type" || file.kind(node) != NodeKind::dataset) continue;
    const auto info = file.info(node);
    if (info.kind != hdf5::ValueKind::string || info.shape != std::vector<std::int64_t>{n_features}) continue;
    var.add(name, file.read_strings(node));
  }
  return var;
}

DataFrame read_features_v2(const File& file, const std::string& group, std::int64_t n_features) {
  DataFrame var;
  var.index = read_list(file, group + "/genes", n_features);
  if (file.kind(group + "/gene_names") == NodeKind::dataset)
    var.add("gene_symbols", read_list(file, group + "/gene_names", n_features));
  return var;
}

/// The group to read in version 2.
std::string chosen_genome(const File& file, const std::string& wanted) {
  const auto genomes = genomes_of(file);
  if (wanted.empty() && genomes.size() > 1)
    throw InputError({.place = file.path().string(),
                      .found = fmt::format("holds the genomes {}", fmt::join(genomes, ", "))},
                     "choose one: screen.matrix " + shell_word(genomes.front()));
  if (wanted.empty() || (wanted == "X" && genomes.size() == 1)) return genomes.front();
  if (std::find(genomes.begin(), genomes.end(), wanted) == genomes.end())
    throw ConfigError({.place = file.path().string(),
                       .found = fmt::format("has no matrix '{}'", wanted),
                       .expected = fmt::format("one of {}", fmt::join(genomes, ", "))},
                      nearest_hint(wanted, genomes));
  return wanted;
}

/// Features and cells, in that order.
std::pair<std::int64_t, std::int64_t> shape_in(const File& file, const std::string& group) {
  const auto shape = file.read_integers(group + "/shape");
  if (shape.size() != 2 || shape[0] < 0 || shape[1] < 0)
    throw InputError({.place = fmt::format("{} {}/shape", file.path().string(), group),
                      .found = fmt::format("holds {}", fmt::join(shape, ", ")),
                      .expected = "features and cells"});
  return {shape[0], shape[1]};
}

}  // namespace

bool is_tenx_h5(const File& file) { return is_v3(file) || !genomes_of(file).empty(); }

CellSource open_tenx_h5(const std::shared_ptr<const File>& file, const CellSourceOptions& options) {
  const bool v3 = is_v3(*file);
  if (v3 && !options.matrix.empty() && options.matrix != "X" && options.matrix != "matrix")
    throw ConfigError({.place = file->path().string(),
                       .found = fmt::format("has no matrix '{}', a 10x .h5 holds one", options.matrix)},
                      "leave screen.matrix away");
  CellSource source;
  source.path = file->path().string();
  source.format = v3 ? "10x .h5 (v3)" : "10x .h5 (v2)";
  source.encoding = "csr_matrix";
  source.matrix = v3 ? "matrix" : chosen_genome(*file, options.matrix);
  if (!v3) source.matrices = genomes_of(*file);
  const std::string group = "/" + source.matrix;
  const auto [n_features, n_cells] = shape_in(*file, group);
  source.obs.index = read_list(*file, group + "/barcodes", n_cells);
  source.var = v3 ? read_features_v3(*file, n_features) : read_features_v2(*file, group, n_features);
  source.rows = anndata::open_compressed_rows(file, group, n_cells, n_features,
                                              [cells = source.obs.index,
                                               genes = source.var.index](std::int64_t row, std::int64_t column) {
                                                return fmt::format("cell {} (row {}), feature {}",
                                                                   cells.at(static_cast<std::size_t>(row)), row + 1,
                                                                   genes.at(static_cast<std::size_t>(column)));
                                              });
  return source;
}

}  // namespace gracevae::impl
