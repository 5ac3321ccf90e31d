#include "io/zarr.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "base/error.hpp"
#include "base/log.hpp"
#include "io/anndata_parts.hpp"
#include "io/unpacked.hpp"
#include "io/zarr_array.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

using hdf5::File;
using zarr::Kind;

namespace {

constexpr int kDeepest = 8;

std::vector<std::string> folders_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    const std::string name = it->path().filename().string();
    if (!name.starts_with('.') && it->is_directory(ignored)) names.push_back(name);
  }
  if (error) throw IoError({.place = folder.string(), .found = fmt::format("cannot be read: {}", error.message())});
  std::sort(names.begin(), names.end());
  return names;
}

/// Copies a store's arrays and attributes into an HDF5 file.
class StoreCopy {
 public:
  StoreCopy(fs::path store, File& file) : store_(std::move(store)), file_(file) {}

  void copy() {
    copy_attributes(store_, "/");
    for (const char* name : {"X", "obs", "var", "layers", "obsm", "raw"}) {
      std::error_code ignored;
      if (fs::is_directory(store_ / name, ignored)) copy_node(store_ / name, fmt::format("/{}", name), 0);
    }
    file_.close();
  }

 private:
  void copy_node(const fs::path& folder, const std::string& node, int depth) {
    std::error_code ignored;
    if (fs::exists(folder / ".zarray", ignored)) {
      copy_array(zarr::open_array(folder), node);
      if (file_.kind(node) != hdf5::NodeKind::absent) copy_attributes(folder, node);
      return;
    }
    file_.make_group(node);
    copy_attributes(folder, node);
    if (depth >= kDeepest) return;
    for (const auto& name : folders_in(folder))
      if (node != "/raw" || name == "X" || name == "var") copy_node(folder / name, node + "/" + name, depth + 1);
  }

  void copy_attributes(const fs::path& folder, const std::string& node) {
    const auto attributes = zarr::read_json(folder / ".zattrs");
    if (!attributes.is_object()) return;
    for (const auto& [name, value] : attributes.items()) {
      if (name == "categories") continue;  // a path instead of a reference as in .h5ad; __categories tells the same
      if (value.is_string())
        file_.write_attribute(node, name, value.get<std::string>());
      else if (value.is_boolean())
        file_.write_boolean_attribute(node, name, value.get<bool>());
      else if (value.is_number_integer())
        file_.write_attribute(node, name, std::vector<std::int64_t>{value.get<std::int64_t>()});
      else if (value.is_array())
        copy_list(node, name, value);
    }
  }

  void copy_list(const std::string& node, const std::string& name, const nlohmann::json& list) {
    const auto all = [&](auto is) { return std::all_of(list.begin(), list.end(), is); };
    if (all([](const auto& item) { return item.is_number_integer(); }))
      file_.write_attribute(node, name, list.get<std::vector<std::int64_t>>());
    else if (all([](const auto& item) { return item.is_string(); }))
      file_.write_attribute(node, name, list.get<std::vector<std::string>>());
  }

  void copy_array(const zarr::Array& array, const std::string& node) {
    if (array.shape.size() == 1 && array.is_text()) return copy_strings(array, node);
    if (array.shape.size() == 1) return copy_list_of_numbers(array, node);
    if (array.shape.size() == 2 && !array.is_text() && array.shape[1] > 0) return copy_matrix(array, node);
    log::debug("{}: left out, an array of {} dimensions", array.place(), array.shape.size());
  }

  /// Calls `visit(chunk, count)` for every chunk of a list; `count` of its values belong to the list.
  template <class Visit>
  static void for_each_chunk(const zarr::Array& array, const Visit& visit) {
    for (std::int64_t at = 0; at * array.chunks[0] < array.shape[0]; ++at)
      visit(at, std::min(array.chunks[0], array.shape[0] - at * array.chunks[0]));
  }

  template <class T>
  static std::vector<T> all_numbers(const zarr::Array& array) {
    std::vector<T> values;
    for_each_chunk(array, [&](std::int64_t at, std::int64_t count) {
      const auto chunk = zarr::chunk_numbers<T>(array, {at});
      values.insert(values.end(), chunk.begin(), chunk.begin() + count);
    });
    return values;
  }

  void copy_list_of_numbers(const zarr::Array& array, const std::string& node) {
    const bool narrow = array.kind != Kind::real && array.value_bytes < 4;
    if (array.kind == Kind::boolean) {
      const auto values = all_numbers<std::int32_t>(array);
      file_.write_booleans(node, {values.begin(), values.end()});
    } else if (array.kind == Kind::real && (array.value_bytes == 8 || array.size() == 0)) {
      file_.write_doubles(node, all_numbers<double>(array));
    } else if (array.kind == Kind::real) {
      for_each_chunk(array, [&](std::int64_t at, std::int64_t count) {
        const auto chunk = zarr::chunk_numbers<float>(array, {at});
        file_.append_floats(node, std::span(chunk).first(static_cast<std::size_t>(count)));
      });
    } else if ((narrow || (array.kind == Kind::integer && array.value_bytes == 4)) && array.size() > 0) {
      for_each_chunk(array, [&](std::int64_t at, std::int64_t count) {
        const auto chunk = zarr::chunk_numbers<std::int32_t>(array, {at});
        file_.append_integers32(node, std::span(chunk).first(static_cast<std::size_t>(count)));
      });
    } else {
      file_.write_integers(node, all_numbers<std::int64_t>(array));
    }
  }

  void copy_strings(const zarr::Array& array, const std::string& node) {
    std::vector<std::string> values;
    for_each_chunk(array, [&](std::int64_t at, std::int64_t count) {
      auto chunk = zarr::chunk_strings(array, at);
      chunk.resize(static_cast<std::size_t>(count));
      std::move(chunk.begin(), chunk.end(), std::back_inserter(values));
    });
    file_.write_strings(node, values);
  }

  /// Copies a row of chunks at a time.
  void copy_matrix(const zarr::Array& array, const std::string& node) {
    const std::int64_t n_columns = array.shape[1], width = array.chunks[1];
    for_each_chunk(array, [&](std::int64_t at, std::int64_t count) {
      std::vector<float> rows(static_cast<std::size_t>(count * n_columns));
      for (std::int64_t first = 0; first < n_columns; first += width) {
        const auto chunk = zarr::chunk_numbers<float>(array, {at, first / width});
        const std::int64_t used = std::min(width, n_columns - first);
        for (std::int64_t i = 0; i < count; ++i)
          std::copy_n(chunk.begin() + i * width, used, rows.begin() + i * n_columns + first);
      }
      file_.append_float_rows(node, rows, n_columns);
    });
  }

  fs::path store_;
  File& file_;
};

}  // namespace

bool is_zarr(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / ".zgroup", error);
}

CellSource open_zarr(const fs::path& folder, const CellSourceOptions& options) {
  const TemporaryFile copy;
  log::info("{}: is copied into {} to be read; where that is slow, write it as .h5ad", folder.string(),
            copy.path().parent_path().string());
  File made = File::create(copy.path(), folder);
  StoreCopy(folder, made).copy();
  const auto file = std::make_shared<const File>(File::open_own(copy.path(), folder));
  anndata::refuse_other_formats(*file);
  CellSource source = anndata::open_source(file, options.matrix);
  source.format = fmt::format("zarr, {}", source.format);
  return source;
}

}  // namespace gracevae::impl
