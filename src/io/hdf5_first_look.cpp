// Walks through a file before anything in it is trusted.
#include <algorithm>
#include <functional>

#include "base/error.hpp"
#include "io/first_look.hpp"
#include "io/hdf5_internal.hpp"

namespace gracevae::impl::hdf5 {

namespace {

constexpr int kMostNodes = 10000, kDeepest = 8;  // damaged links can form a cycle
constexpr std::size_t kMostChunks = 2000;        // of a data set that are checked one by one: 0.1 s

/// Runs `part` and ignores errors: they will be reported if that part of the file is read.
void attempt(const std::function<void()>& part) {
  try {
    part();
  } catch (const Error&) {
  }
}

/// Corners of all chunks of a data set, none if there are too many: HDF5 1.10 searches linearly for each.
std::vector<std::vector<hsize_t>> chunk_corners(const Array& data, const std::vector<std::int64_t>& chunk) {
  std::vector<std::vector<hsize_t>> corners{{}};
  for (std::size_t axis = 0; axis < chunk.size(); ++axis) {
    if (chunk[axis] <= 0 || data.info.shape[axis] / chunk[axis] > static_cast<std::int64_t>(kMostChunks)) return {};
    std::vector<std::vector<hsize_t>> longer;
    for (const auto& corner : corners)
      for (std::int64_t at = 0; at < data.info.shape[axis]; at += chunk[axis]) {
        longer.push_back(corner);
        longer.back().push_back(static_cast<hsize_t>(at));
      }
    if (longer.size() > kMostChunks) return {};
    corners = std::move(longer);
  }
  return corners;
}

/// Reads one value, which may crash.
void read_one(const Opened& file, const Array& data, const std::vector<hsize_t>& at) {
  H5Sselect_elements(data.space.get(), H5S_SELECT_SET, 1, at.data());
  Id type;
  if (data.info.kind == ValueKind::compound || H5Tis_variable_str(data.type.get()) > 0)
    type = stored_type(element_bytes(file, data));
  else if (is_number(data.info.kind) || data.info.kind == ValueKind::string)
    type = Id(H5Tcopy(data.type.get()), H5Tclose);
  if (!type) return;
  std::vector<unsigned char> value(std::max<std::size_t>(H5Tget_size(type.get()), 16));
  H5Dread(data.id.get(), type.get(), make_space({1}).get(), data.space.get(), H5P_DEFAULT, value.data());
}

/// Whether the chunks are as large as they must be: HDF5 copies a whole chunk without checking. Unfiltered chunks tell
/// their size; of others the last value of the first chunk is read, which may crash.
bool chunks_are_whole(const Opened& file, const Array& data) {
  const Id creation(H5Dget_create_plist(data.id.get()), H5Pclose);
  const auto chunk = chunk_shape(data, creation.get());
  if (chunk.empty() || data.info.size() == 0) return true;
  const std::int64_t whole = product(product(chunk), element_bytes(file, data));
  for (const auto& corner : chunk_corners(data, chunk)) {
    unsigned skipped = 0;
    haddr_t address = 0;
    hsize_t bytes = 0;
    if (H5Dget_chunk_info_by_coord(data.id.get(), corner.data(), &skipped, &address, &bytes) < 0) return false;
    if (address != HADDR_UNDEF && skipped != 0 && static_cast<std::int64_t>(bytes) < whole) return false;
  }
  std::vector<hsize_t> far_end;
  for (std::size_t axis = 0; axis < chunk.size(); ++axis)
    far_end.push_back(static_cast<hsize_t>(std::min(chunk[axis], data.info.shape[axis]) - 1));
  read_one(file, data, far_end);
  return true;
}

/// A walk through a whole file that tells whether HDF5 can be trusted with it.
struct FirstLook {
  const Opened& file;
  int budget = kMostNodes;
  bool sound = true;

  /// Opens all nodes below `node` with their attributes and runs every check that precedes reading values.
  void at(const std::string& node, int depth = 0) {
    if (--budget < 0 || depth > kDeepest) return;
    attempt([&] {
      for (const auto& name : attributes_of(file, node))
        attempt([&] { at_attribute(open_attribute(file, node, name)); });
    });
    attempt([&] {
      if (kind_of_node(file, node) == NodeKind::dataset) return at_dataset(node);
      for (const auto& name : children_of(file, node)) at((node == "/" ? node : node + "/") + name, depth + 1);
    });
  }

  void at_attribute(const Array& attribute) const {
    if (attribute.info.kind == ValueKind::string)
      read_attribute_strings(file, attribute);
    else if (attribute.info.kind == ValueKind::reference)
      read_attribute_reference(file, attribute);
    else
      read_attribute_integers(attribute);
  }

  void at_dataset(const std::string& node) {
    const Array data = open_dataset(file, node);
    check_readable(file, data);
    sound = sound && chunks_are_whole(file, data);
  }
};

}  // namespace

bool looks_sound(const std::filesystem::path& path) {
  try {
    Opened file;
    open_for_reading(file, path, path);
    H5garbage_collect();
    FirstLook look{file};
    look.at("/");
    return look.sound;
  } catch (...) {
    return true;
  }
}

}  // namespace gracevae::impl::hdf5
