// Groups, data sets and attributes: existence, kind, type and shape.
#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "io/hdf5_internal.hpp"

namespace gracevae::impl::hdf5 {

namespace {

/// The kind of a node whose parent is a group.
NodeKind kind_of_child(const Opened& file, const std::string& node) {
  if (node != "/") {
    const htri_t linked = H5Lexists(file.id.get(), node.c_str(), H5P_DEFAULT);
    if (linked < 0) throw_unreadable(file.place(node));
    if (linked == 0 || H5Oexists_by_name(file.id.get(), node.c_str(), H5P_DEFAULT) <= 0) return NodeKind::absent;
  }
  const Id object(H5Oopen(file.id.get(), node.c_str(), H5P_DEFAULT), H5Oclose);
  if (!object) throw_unreadable(file.place(node));
  switch (H5Iget_type(object.get())) {
    case H5I_GROUP: return NodeKind::group;
    case H5I_DATASET: return NodeKind::dataset;
    default: return NodeKind::absent;
  }
}

/// Fills in shape and kind from type and space.
void describe(Array& array) {
  if (!array.type || !array.space) throw_unreadable(array.place);
  array.info.kind = kind_of_type(array.type.get());
  if (H5Tget_size(array.type.get()) == 0)
    throw InputError({.place = array.place, .found = "values of no size"}, kDamaged);
  if (H5Sget_simple_extent_type(array.space.get()) == H5S_NULL) {  // h5py.Empty
    array.info.shape = {0};
    return;
  }
  const int rank = H5Sget_simple_extent_ndims(array.space.get());
  if (rank < 0) throw_unreadable(array.place);
  std::vector<hsize_t> shape(static_cast<std::size_t>(rank));
  if (H5Sget_simple_extent_dims(array.space.get(), shape.data(), nullptr) < 0) throw_unreadable(array.place);
  array.info.shape.assign(shape.begin(), shape.end());
  for (const std::int64_t extent : array.info.shape)
    if (extent < 0) throw InputError({.place = array.place, .found = "impossible shape"}, kDamaged);
}

}  // namespace

std::int64_t DatasetInfo::size() const { return product(shape); }

NodeKind kind_of_node(const Opened& file, const std::string& node) {
  for (std::size_t end = node.find('/', 1); end != std::string::npos; end = node.find('/', end + 1))
    if (kind_of_child(file, node.substr(0, end)) != NodeKind::group) return NodeKind::absent;
  return kind_of_child(file, node);
}

std::vector<std::string> children_of(const Opened& file, const std::string& group) {
  if (kind_of_node(file, group) != NodeKind::group)
    throw InputError({.place = file.place(group), .found = "expected a group"});
  const Id id(H5Gopen2(file.id.get(), group.c_str(), H5P_DEFAULT), H5Gclose);
  std::vector<std::string> names;
  const auto collect = [](hid_t, const char* name, const H5L_info_t*, void* out) -> herr_t {
    static_cast<std::vector<std::string>*>(out)->emplace_back(name);
    return 0;
  };
  if (!id || H5Literate(id.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr, collect, &names) < 0)
    throw_unreadable(file.place(group));
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> attributes_of(const Opened& file, const std::string& node) {
  const Id object(H5Oopen(file.id.get(), node.c_str(), H5P_DEFAULT), H5Oclose);
  std::vector<std::string> names;
  const auto collect = [](hid_t, const char* name, const H5A_info_t*, void* out) -> herr_t {
    static_cast<std::vector<std::string>*>(out)->emplace_back(name);
    return 0;
  };
  if (!object || H5Aiterate2(object.get(), H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, collect, &names) < 0)
    throw_unreadable(file.place(node));
  return names;
}

std::vector<std::int64_t> chunk_shape(const Array& data, hid_t creation) {
  if (H5Pget_layout(creation) != H5D_CHUNKED) return {};
  std::vector<hsize_t> chunk(data.info.shape.size());
  if (H5Pget_chunk(creation, static_cast<int>(chunk.size()), chunk.data()) < 0) throw_unreadable(data.place);
  return {chunk.begin(), chunk.end()};
}

Array open_dataset(const Opened& file, const std::string& node) {
  const NodeKind kind = kind_of_node(file, node);
  Array data;
  data.place = file.place(node);
  if (kind != NodeKind::dataset)
    throw InputError(
        {.place = data.place, .found = kind == NodeKind::group ? "is a group" : "is absent", .expected = "a data set"});
  data.id = Id(H5Dopen2(file.id.get(), node.c_str(), H5P_DEFAULT), H5Dclose);
  if (!data.id) throw_unreadable(data.place);
  data.type = Id(H5Dget_type(data.id.get()), H5Tclose);
  data.space = Id(H5Dget_space(data.id.get()), H5Sclose);
  describe(data);
  const Id creation(H5Dget_create_plist(data.id.get()), H5Pclose);
  const auto chunk = chunk_shape(data, creation.get());
  if (!chunk.empty()) data.info.chunk_rows = std::max<std::int64_t>(chunk[0], 1);
  if (chunk.size() > 1) data.info.chunk_columns = std::max<std::int64_t>(chunk[1], 1);
  return data;
}

Array open_attribute(const Opened& file, const std::string& node, const std::string& name) {
  Array attribute;
  attribute.place = fmt::format("{} attribute '{}'", file.place(node), name);
  if (kind_of_node(file, node) == NodeKind::absent)
    throw InputError({.place = file.place(node), .found = "is absent", .expected = "a group or data set"});
  const htri_t exists = H5Aexists_by_name(file.id.get(), node.c_str(), name.c_str(), H5P_DEFAULT);
  if (exists < 0) throw_unreadable(attribute.place);
  if (exists == 0) throw InputError({.place = attribute.place, .found = "is absent"});
  attribute.id = Id(H5Aopen_by_name(file.id.get(), node.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (!attribute.id) throw_unreadable(attribute.place);
  attribute.type = Id(H5Aget_type(attribute.id.get()), H5Tclose);
  attribute.space = Id(H5Aget_space(attribute.id.get()), H5Sclose);
  describe(attribute);
  const std::int64_t bytes =
      product(attribute.info.size(), static_cast<std::int64_t>(H5Tget_size(attribute.type.get())));
  if (bytes > file.bytes)
    throw InputError({.place = attribute.place, .found = fmt::format("claims {} bytes, more than the file has", bytes)},
                     kDamaged);
  return attribute;
}

}  // namespace gracevae::impl::hdf5
