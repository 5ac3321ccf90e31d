// Which matrix of a .h5ad is meant.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "io/anndata_parts.hpp"

namespace gracevae::impl::anndata {

using hdf5::File;
using hdf5::NodeKind;

namespace {

/// anndata 0.11 writes an absent X as an element of type null.
bool is_there(const File& file, const std::string& node) {
  return file.kind(node) != NodeKind::absent && encoding_of(file, node) != "null";
}

std::vector<std::string> words(const std::vector<MatrixPlace>& places) {
  std::vector<std::string> result;
  for (const auto& where : places) result.push_back(where.word);
  return result;
}

}  // namespace

std::vector<MatrixPlace> matrices_of(const File& file, const std::string& root) {
  std::vector<MatrixPlace> places;
  const auto add = [&](const std::string& word, const std::string& node, const std::string& var) {
    if (is_there(file, root + node)) places.push_back({word, root + node, root + var, root + "/obs"});
  };
  add("X", "/X", "/var");
  if (is_there(file, root + "/raw/X"))
    add("raw", "/raw/X", "/raw/var");
  else
    add("raw", "/raw.X", "/raw.var");  // before 0.7
  if (file.kind(root + "/layers") == NodeKind::group)
    for (const auto& name : file.children(root + "/layers")) add("layers/" + name, "/layers/" + name, "/var");
  return places;
}

MatrixPlace choose_matrix(const File& file, const std::string& wanted, const std::string& root) {
  const auto places = matrices_of(file, root);
  const auto names = words(places);
  if (places.empty())
    throw InputError({.place = place(file, root + "/X"),
                      .found = fmt::format("is absent, and so are {}/raw/X and {}/layers", root, root)},
                     "a matrix of cells x genes is needed: put one into adata.X in Python and write the file again");
  if (wanted.empty()) {
    if (places.front().word == "X" || places.size() == 1) return places.front();
    throw InputError({.place = place(file, root + "/X"),
                      .found = fmt::format("is absent; there are {}", fmt::join(names, ", "))},
                     fmt::format("choose one with the option matrix, for example \"{}\"", names.front()));
  }
  const auto found = std::find(names.begin(), names.end(), wanted);
  if (found == names.end())
    throw InputError({.place = file.path().string(),
                      .found = fmt::format("has no matrix '{}'", wanted),
                      .expected = fmt::format("one of {}", fmt::join(names, ", "))},
                     nearest_hint(wanted, names));
  return places[static_cast<std::size_t>(found - names.begin())];
}

}  // namespace gracevae::impl::anndata
