#include "io/matrix_folder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/nearest.hpp"
#include "io/matrix_market_files.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

constexpr int kDeepest = 4;
constexpr std::size_t kMostEntries = 20000;  // visited: someone may name the root of a disk

/// The content of one folder.
struct Listing {
  std::vector<std::string> matrices;  ///< .mtx, without .gz
  std::vector<fs::path> h5, folders, screens;
};

Listing listing_of(const fs::path& folder, std::size_t& budget) {
  Listing listing;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end && budget > 0;
       it.increment(error), --budget) {
    const std::string name = it->path().filename().string(), plain = without_gz(name);
    std::error_code ignored;
    if (name.starts_with('.')) continue;
    if (it->is_directory(ignored))
      listing.folders.push_back(it->path());
    else if (plain.ends_with(".mtx"))
      listing.matrices.push_back(plain);
    else if (name.ends_with("_bc_matrix.h5") || name.ends_with("_bc_matrices_h5.h5"))
      listing.h5.push_back(it->path());
    else if (plain.ends_with(".h5ad") || plain.ends_with(".h5mu") || plain.ends_with(".loom") || plain.ends_with(".h5"))
      listing.screens.push_back(it->path());
  }
  std::sort(listing.folders.begin(), listing.folders.end());
  std::sort(listing.h5.begin(), listing.h5.end());
  std::sort(listing.screens.begin(), listing.screens.end());
  return listing;
}

bool has_one_matrix(const Listing& listing) {
  const auto& names = listing.matrices;
  const auto has = [&](const char* name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  return has("matrix.mtx") || has("cells_x_genes.mtx") ||
         (!names.empty() &&
          std::all_of(names.begin(), names.end(), [&](const auto& name) { return name == names[0]; }));
}

struct Search {
  std::vector<fs::path> found, screens, empty;
  std::size_t budget = kMostEntries;

  void in(const fs::path& folder, int depth) {
    const Listing listing = listing_of(folder, budget);
    if (has_one_matrix(listing)) {
      found.push_back(folder);
      return;
    }
    const std::string name = folder.filename().string();
    if (listing.matrices.empty() && listing.folders.empty() &&
        (name.ends_with("_bc_matrix") || name.ends_with("_bc_matrices")))
      empty.push_back(folder);
    screens.insert(screens.end(), listing.screens.begin(), listing.screens.end());
    if (depth < kDeepest)
      for (const auto& inside : listing.folders) in(inside, depth + 1);
    for (const auto& file : listing.h5)
      if (std::find(found.begin(), found.end(), fs::path(file).replace_extension()) == found.end())
        found.push_back(file);
  }
};

bool is_filtered(const fs::path& path, const fs::path& from) {
  const std::string name = fs::relative(path, from).string();
  return name.find("filtered") != std::string::npos && name.find("unfiltered") == std::string::npos;
}

std::string names_of(const std::vector<fs::path>& paths, const fs::path& from) {
  std::vector<std::string> names;
  for (const auto& path : paths) names.push_back(fs::relative(path, from).string());
  return first_few(names, 10);
}

[[noreturn]] void throw_none(const fs::path& folder, const Search& search) {
  std::string hint =
      "a 10x folder holds matrix.mtx, barcodes.tsv and features.tsv or genes.tsv, each plain or .gz, and perhaps with a "
      "prefix that they have in common";
  if (!search.empty.empty())
    hint = fmt::format("{} is there but holds no matrix: copy it again", search.empty.front().string());
  if (!search.screens.empty()) hint = fmt::format("there is {}: give the file", names_of(search.screens, folder));
  throw InputError({.place = folder.string(), .found = "holds no .mtx or .mtx.gz file and no 10x .h5"}, hint);
}

}  // namespace

fs::path matrix_in_folder(const fs::path& folder) {
  Search search;
  if (!listing_of(folder, search.budget).matrices.empty()) return folder;
  search.in(folder, 0);
  if (search.found.empty()) throw_none(folder, search);
  std::vector<fs::path> wanted;
  std::copy_if(search.found.begin(), search.found.end(), std::back_inserter(wanted),
               [&](const fs::path& path) { return is_filtered(path, folder); });
  if (wanted.empty()) wanted = search.found;
  if (wanted.size() > 1)
    throw InputError({.place = folder.string(),
                      .found =
                          fmt::format("holds {} matrices: {}", search.found.size(), names_of(search.found, folder))},
                     fmt::format("give the one that you mean, for example {}", wanted.front().string()));
  std::vector<fs::path> others;
  std::copy_if(search.found.begin(), search.found.end(), std::back_inserter(others),
               [&](const fs::path& path) { return path != wanted.front(); });
  log::info("{}: {} is read{}", folder.string(), fs::relative(wanted.front(), folder).string(),
            others.empty() ? "" : "; also there: " + names_of(others, folder));
  return wanted.front();
}

}  // namespace gracevae::impl
