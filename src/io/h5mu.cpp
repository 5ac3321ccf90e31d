#include "io/h5mu.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/nearest.hpp"
#include "base/shell.hpp"
#include "io/anndata_parts.hpp"
#include "io/feature_types.hpp"
#include "io/frame_rows.hpp"

namespace gracevae::impl {

using hdf5::File;
using hdf5::NodeKind;

namespace {

std::string root_of(const std::string& modality) { return "/mod/" + modality; }

/// Groups below /mod that hold an AnnData.
std::vector<std::string> modalities_of(const File& file) {
  std::vector<std::string> names;
  for (const auto& name : file.children("/mod"))
    if (file.kind(root_of(name) + "/obs") != NodeKind::absent && file.kind(root_of(name) + "/var") != NodeKind::absent)
      names.push_back(name);
  return names;
}

std::string chosen_modality(const File& file, const std::vector<std::string>& names, const std::string& wanted) {
  const std::string path = file.path().string();
  const auto has = [&](const std::string& name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (names.empty())
    throw InputError({.place = fmt::format("{} /mod", path), .found = "holds no modality with obs and var"});
  if (!wanted.empty() && !has(wanted))
    throw InputError({.place = path,
                      .found = fmt::format("has no modality '{}'", wanted),
                      .expected = fmt::format("one of {}", fmt::join(names, ", "))},
                     nearest_hint(wanted, names));
  if (!wanted.empty()) return wanted;
  if (has("rna")) return "rna";
  std::vector<std::string> with_genes;
  for (const auto& name : names)
    if (!is_beside_genes(name) &&
        !is_beside_genes(only_feature_type(anndata::read_dataframe(file, root_of(name) + "/var"))))
      with_genes.push_back(name);
  if (with_genes.size() == 1) return with_genes[0];
  throw InputError({.place = path,
                    .found = fmt::format("holds the modalities {}, none of them named rna", fmt::join(names, ", "))},
                   "say which holds the genes: screen.modality " +
                       shell_word((with_genes.empty() ? names : with_genes).front()));
}

/// Position of every wanted name in `names`, −1 if absent.
std::vector<std::int64_t> positions_in(const std::vector<std::string>& names, const std::vector<std::string>& wanted) {
  std::unordered_map<std::string, std::int64_t> position;
  for (std::size_t i = 0; i < names.size(); ++i) position.try_emplace(names[i], static_cast<std::int64_t>(i));
  std::vector<std::int64_t> positions;
  for (const auto& name : wanted) {
    const auto found = position.find(name);
    positions.push_back(found == position.end() ? -1 : found->second);
  }
  return positions;
}

/// The counts of a modality in the order of `cells`.
CsrMatrix<float> counts_of(const std::shared_ptr<const File>& file, const std::string& modality,
                           const std::vector<std::string>& cells) {
  CellSource source = anndata::open_source(file, "", root_of(modality));
  const auto rows = positions_in(source.obs.index, cells);
  const CsrMatrix<float> all = read_all_rows(source);
  CsrMatrix<float> x;
  x.n_cols = all.n_cols;
  std::int64_t n_absent = 0;
  for (const std::int64_t row : rows) {
    if (row >= 0) {
      append_rows(all, row, row + 1, x);
      continue;
    }
    ++n_absent;
    ++x.n_rows;
    x.indptr.push_back(x.n_nonzero());
  }
  if (n_absent > 0)
    log::info("{}: {} of {} cells are not in the modality {}: they have zeros there", file->path().string(), n_absent,
              cells.size(), modality);
  return x;
}

/// Joins new columns of the common obs.
void join_common_obs(const File& file, const std::string& modality, DataFrame& obs) {
  if (file.kind("/obs") != NodeKind::group) return;
  const DataFrame common = anndata::read_dataframe(file, "/obs");
  const auto rows = positions_in(common.index, obs.index);
  if (std::find(rows.begin(), rows.end(), -1) != rows.end()) {
    log::debug("{} /obs: lacks cells of {}: its columns are left out", file.path().string(), modality);
    return;
  }
  const DataFrame ordered = rows_of(common, rows);
  std::vector<std::string> joined;
  for (const auto& [name, column] : ordered.columns) {
    const std::size_t colon = name.find(':');
    const bool copied =
        colon != std::string::npos && name.substr(0, colon) == modality && obs.find(name.substr(colon + 1));
    if (copied || obs.find(name)) continue;
    obs.add(name, column);
    joined.push_back(name);
  }
  if (!joined.empty())
    log::info("{} /obs: columns joined to those of {}: {}", file.path().string(), modality, first_few(joined, 5));
}

}  // namespace

bool is_h5mu(const File& file) { return file.kind("/mod") == NodeKind::group; }

std::string h5mu_root(const File& file, const std::string& modality) {
  return root_of(chosen_modality(file, modalities_of(file), modality));
}

CellSource open_h5mu(const std::shared_ptr<const File>& file, const CellSourceOptions& options) {
  const auto names = modalities_of(*file);
  const std::string chosen = chosen_modality(*file, names, options.modality);
  CellSource source = anndata::open_source(file, options.matrix, root_of(chosen));
  source.format = fmt::format("MuData, modality {}", chosen);
  join_common_obs(*file, chosen, source.obs);
  for (const auto& name : names) {
    if (name == chosen) continue;
    const DataFrame var = anndata::read_dataframe(*file, root_of(name) + "/var");
    std::vector<std::int64_t> all(var.index.size());
    std::iota(all.begin(), all.end(), std::int64_t{0});
    OtherFeatures other = other_features(name, var, all, nullptr);
    other.counts = [file, name, cells = source.obs.index] { return counts_of(file, name, cells); };
    source.others.push_back(other);
    if (std::string type = only_feature_type(var); !type.empty() && type != name) {
      other.type = std::move(type);
      source.others.push_back(std::move(other));
    }
  }
  std::vector<std::string> others;
  std::copy_if(names.begin(), names.end(), std::back_inserter(others),
               [&](const auto& name) { return name != chosen; });
  if (!others.empty())
    log::info("{}: the genes are read from the modality {}; also there: {}", source.path, chosen,
              fmt::join(others, ", "));
  return source;
}

}  // namespace gracevae::impl
