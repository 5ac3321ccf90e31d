#include "io/log1p_base.hpp"

#include <numbers>
#include <string>
#include <system_error>

#include "base/error.hpp"
#include "io/h5mu.hpp"
#include "io/hdf5.hpp"
#include "io/mapped_cells.hpp"
#include "io/unpacked.hpp"
#include "io/zarr.hpp"
#include "io/zarr_array.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;
using hdf5::NodeKind;

namespace {

std::optional<double> base_in_hdf5(const hdf5::File& file, const std::string& group) {
  if (file.kind(group) != NodeKind::group) return std::nullopt;
  const std::string node = group + "/base";
  if (file.kind(node) == NodeKind::dataset) {
    const auto info = file.info(node);
    if (info.kind == hdf5::ValueKind::real || info.kind == hdf5::ValueKind::integer)
      if (const auto values = file.read_doubles(node); values.size() == 1) return values[0];
  }
  return std::numbers::e;
}

std::optional<double> base_in_zarr(const fs::path& group) {
  std::error_code ignored;
  if (!fs::is_directory(group, ignored)) return std::nullopt;
  if (!fs::exists(group / "base" / ".zarray", ignored)) return std::numbers::e;
  const zarr::Array array = zarr::open_array(group / "base");
  const bool is_one_number = array.size() == 1 && (array.kind == zarr::Kind::real || array.kind == zarr::Kind::integer);
  return is_one_number ? zarr::chunk_numbers<double>(array, {0}).front() : std::numbers::e;
}

}  // namespace

std::optional<double> log1p_base_of(const fs::path& path, const CellSourceOptions& options) {
  if (is_zarr(path)) return base_in_zarr(path / "uns" / "log1p");
  const fs::path annotation = annotation_file(path);
  if (fs::is_directory(annotation) || !is_hdf5_file(annotation)) return std::nullopt;
  const hdf5::File file = hdf5::File::open(annotation);
  return base_in_hdf5(file, (is_h5mu(file) ? h5mu_root(file, options.modality) : "") + "/uns/log1p");
}

}  // namespace gracevae::impl
