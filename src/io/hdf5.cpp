#include "io/hdf5.hpp"

#include <fmt/format.h>
#include <hdf5.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/child_process.hpp"
#include "io/hdf5_heap.hpp"

namespace gracevae::hdf5 {

namespace {

constexpr const char* kDamaged = "the file seems to be damaged: fetch it or write it again";
constexpr std::int64_t kSmall = 64 << 20;         // sizes up to this are believed without a look at the storage
constexpr std::int64_t kDeflateExpansion = 1100;  // deflate reaches 1,032 at most (zlib technical details)
constexpr std::int64_t kOtherExpansion = 40000;   // Zstandard: a block of 128 KiB in 4 bytes
constexpr std::size_t kCompressFrom = 4096;       // bytes
constexpr std::size_t kChunkBytes = 1 << 20;      // HDF5's chunk cache holds one
constexpr unsigned kDeflateLevel = 1;             // with shuffle before it: 4 % larger than level 4 and twice as fast
constexpr int kMostNodes = 10000, kDeepest = 8;   // of a first look: damaged links can go round in circles
constexpr std::size_t kMostChunks = 2000;         // of a data set looked at one by one: 0.1 s

// ---------- identifiers and errors

/// An HDF5 identifier that closes itself.
class Id {
 public:
  using Close = herr_t (*)(hid_t);
  Id() = default;
  Id(hid_t id, Close close) : id_(id), close_(close) {}
  ~Id() { reset(); }
  Id(Id&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Id& operator=(Id&& other) noexcept {
    reset();
    id_ = std::exchange(other.id_, -1);
    close_ = other.close_;
    return *this;
  }

  hid_t get() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }
  herr_t reset() { return id_ >= 0 ? close_(std::exchange(id_, -1)) : 0; }

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

/// HDF5's own words for what went wrong last: the innermost description on its error stack. Ask before any other HDF5
/// call.
std::string reason() {
  std::string text = "no reason given";
  const auto keep_first = [](unsigned n, const H5E_error2_t* error, void* out) -> herr_t {
    if (n == 0 && error->desc && *error->desc) *static_cast<std::string*>(out) = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &text);
  return text;
}

/// What every function below needs to know of an open file.
struct Opened {
  std::filesystem::path path;  // as messages say it
  std::int64_t bytes = 0;      // size on disk when opened for reading
  Id id;
  std::unique_ptr<GlobalHeap> heap;  // for reading

  std::string place(const std::string& node) const { return path.string() + " " + node; }
};

[[noreturn]] void throw_unreadable(const std::string& place) {
  throw InputError(fmt::format("{}: cannot be read: {}", place, reason()), kDamaged);
}

[[noreturn]] void throw_unwritable(const std::string& place) {
  throw IoError(fmt::format("{}: cannot be written: {}", place, reason()), "is the disk full?");
}

// ---------- what is there

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

NodeKind kind_of_node(const Opened& file, const std::string& node) {
  for (std::size_t end = node.find('/', 1); end != std::string::npos; end = node.find('/', end + 1))
    if (kind_of_child(file, node.substr(0, end)) != NodeKind::group) return NodeKind::absent;
  return kind_of_child(file, node);
}

std::vector<std::string> children_of(const Opened& file, const std::string& group) {
  if (kind_of_node(file, group) != NodeKind::group)
    throw InputError(fmt::format("{}: expected a group", file.place(group)));
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

/// A 16-bit float of IEEE 754, which HDF5 has no name for.
bool is_half(hid_t type) {
  if (H5Tget_class(type) != H5T_FLOAT || H5Tget_size(type) != 2) return false;
  std::size_t sign = 0, exponent = 0, exponent_size = 0, mantissa = 0, mantissa_size = 0;
  H5Tget_fields(type, &sign, &exponent, &exponent_size, &mantissa, &mantissa_size);
  return H5Tget_precision(type) == 16 && H5Tget_offset(type) == 0 && sign == 15 && exponent == 10 &&
         exponent_size == 5 && mantissa == 0 && mantissa_size == 10 && H5Tget_ebias(type) == 15;
}

/// Whole numbers and reals as machines have them. Others exist only in damaged files, where HDF5's conversion would
/// crash.
bool is_machine_number(hid_t type) {
  for (const hid_t known :
       {H5T_STD_I8LE,  H5T_STD_I16LE, H5T_STD_I32LE,  H5T_STD_I64LE,  H5T_STD_U8LE,   H5T_STD_U16LE, H5T_STD_U32LE,
        H5T_STD_U64LE, H5T_STD_I8BE,  H5T_STD_I16BE,  H5T_STD_I32BE,  H5T_STD_I64BE,  H5T_STD_U8BE,  H5T_STD_U16BE,
        H5T_STD_U32BE, H5T_STD_U64BE, H5T_IEEE_F32LE, H5T_IEEE_F64LE, H5T_IEEE_F32BE, H5T_IEEE_F64BE})
    if (H5Tequal(type, known) > 0) return true;
  return is_half(type);
}

/// h5py's booleans: an enum of FALSE and TRUE.
bool is_boolean(hid_t type) {
  const Id base(H5Tget_super(type), H5Tclose);
  if (!base || !is_machine_number(base.get()) || H5Tget_nmembers(type) != 2) return false;
  for (unsigned i = 0; i < 2; ++i) {
    char* name = H5Tget_member_name(type, i);
    const bool equal = name && std::string_view(name) == (i == 0 ? "FALSE" : "TRUE");
    H5free_memory(name);
    if (!equal) return false;
  }
  return true;
}

ValueKind kind_of_type(hid_t type) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER: return is_machine_number(type) ? ValueKind::integer : ValueKind::other;
    case H5T_FLOAT: return is_machine_number(type) ? ValueKind::real : ValueKind::other;
    case H5T_STRING: return ValueKind::string;
    case H5T_COMPOUND: return ValueKind::compound;
    case H5T_REFERENCE: return ValueKind::reference;
    case H5T_ENUM: return is_boolean(type) ? ValueKind::boolean : ValueKind::other;
    default: return ValueKind::other;
  }
}

const char* kind_name(ValueKind kind) {
  switch (kind) {
    case ValueKind::integer: return "whole numbers";
    case ValueKind::real: return "numbers";
    case ValueKind::boolean: return "booleans";
    case ValueKind::string: return "strings";
    case ValueKind::compound: return "records";
    case ValueKind::reference: return "references";
    default: return "values of an unknown type";
  }
}

bool is_number(ValueKind kind) {
  return kind == ValueKind::integer || kind == ValueKind::real || kind == ValueKind::boolean;
}

/// a·b, or the largest number where that overflows: sizes from a file are not to be trusted.
std::int64_t product(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? std::numeric_limits<std::int64_t>::max() : result;
}

std::int64_t product(const std::vector<std::int64_t>& factors) {
  return std::accumulate(factors.begin(), factors.end(), std::int64_t{1},
                         [](std::int64_t a, std::int64_t b) { return product(a, b); });
}

/// An array somewhere in the file: a data set or an attribute.
struct Array {
  std::string place;
  Id id, type, space;
  DatasetInfo info;

  std::int64_t bytes() const { return product(info.size(), static_cast<std::int64_t>(H5Tget_size(type.get()))); }
};

/// Fills in type, shape and kind once `id` is there.
void describe(Array& array) {
  if (!array.type || !array.space) throw_unreadable(array.place);
  array.info.kind = kind_of_type(array.type.get());
  if (H5Tget_size(array.type.get()) == 0) throw InputError(fmt::format("{}: values of no size", array.place), kDamaged);
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
    if (extent < 0) throw InputError(fmt::format("{}: impossible shape", array.place), kDamaged);
}

Id make_space(const std::vector<hsize_t>& shape) {
  return Id(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose);
}

/// The extents of a chunk, empty when the data set is not chunked.
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
        fmt::format("{}: {}, expected a data set", data.place, kind == NodeKind::group ? "is a group" : "is absent"));
  data.id = Id(H5Dopen2(file.id.get(), node.c_str(), H5P_DEFAULT), H5Dclose);
  if (!data.id) throw_unreadable(data.place);
  data.type = Id(H5Dget_type(data.id.get()), H5Tclose);
  data.space = Id(H5Dget_space(data.id.get()), H5Sclose);
  describe(data);
  const Id creation(H5Dget_create_plist(data.id.get()), H5Pclose);
  const auto chunk = chunk_shape(data, creation.get());
  if (!chunk.empty()) data.info.chunk_rows = std::max<std::int64_t>(chunk[0], 1);
  return data;
}

// ---------- may this data set be read at all?

/// Name of a filter and the Debian package that brings it (https://portal.hdfgroup.org/documentation, registered
/// filters).
struct KnownFilter {
  H5Z_filter_t id;
  const char *name, *package;
};
constexpr std::array<KnownFilter, 11> kFilters{{{H5Z_FILTER_SZIP, "szip", ""},
                                                {305, "lzo", ""},
                                                {307, "bzip2", "hdf5-filter-plugin"},
                                                {32000, "lzf", "hdf5-plugin-lzf"},
                                                {32001, "blosc", "hdf5-filter-plugin-blosc-serial"},
                                                {32004, "lz4", "hdf5-filter-plugin"},
                                                {32008, "bitshuffle", "hdf5-filter-plugin"},
                                                {32013, "zfp", "hdf5-filter-plugin-zfp-serial"},
                                                {32015, "zstd", ""},
                                                {32017, "sz", ""},
                                                {32026, "blosc2", ""}}};

[[noreturn]] void throw_no_filter(const std::string& place, H5Z_filter_t id, const char* own_name) {
  const auto* known = std::find_if(kFilters.begin(), kFilters.end(), [&](const KnownFilter& f) { return f.id == id; });
  const std::string name = known != kFilters.end() ? known->name : *own_name ? own_name : fmt::format("number {}", id);
  std::string hint = "write the file again in Python with adata.write_h5ad(file, compression=\"gzip\")";
  if (known != kFilters.end() && *known->package) hint = fmt::format("apt-get install {}, or {}", known->package, hint);
  throw InputError(fmt::format("{}: is compressed with the HDF5 filter {}, which is not installed here", place, name),
                   hint);
}

/// Checks that every filter of the data set is here (HDF5 can otherwise give empty chunks), and returns how many times
/// larger than their storage the values may be.
std::int64_t check_filters(const Array& data, hid_t creation) {
  std::int64_t expansion = 1;
  for (int i = 0; i < H5Pget_nfilters(creation); ++i) {
    unsigned flags = 0;
    std::size_t n_values = 0;
    std::array<char, 80> name{};
    const H5Z_filter_t id = H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &n_values, nullptr, name.size(),
                                           name.data(), nullptr);
    if (id < 0) throw_unreadable(data.place);
    if (H5Zfilter_avail(id) <= 0) throw_no_filter(data.place, id, name.data());
    if (id == H5Z_FILTER_SHUFFLE || id == H5Z_FILTER_FLETCHER32) continue;
    expansion = std::max(expansion, id == H5Z_FILTER_DEFLATE ? kDeflateExpansion : kOtherExpansion);
  }
  return expansion;
}

/// Bytes of one value as it lies in the file.
std::int64_t element_bytes(const Opened& file, const Array& array) {
  const bool variable = H5Tis_variable_str(array.type.get()) > 0;
  return static_cast<std::int64_t>(variable ? file.heap->descriptor_bytes() : H5Tget_size(array.type.get()));
}

/// Refuses what cannot be: a damaged header must not make us, or HDF5, ask for all the memory there is or read beyond
/// what is stored. Nothing stored is fine: such values are all the fill value.
void check_readable(const Opened& file, const Array& data) {
  const Id creation(H5Dget_create_plist(data.id.get()), H5Pclose);
  if (!creation) throw_unreadable(data.place);
  const std::int64_t expansion = check_filters(data, creation.get());
  const auto stored = std::min(static_cast<std::int64_t>(H5Dget_storage_size(data.id.get()) & INT64_MAX), file.bytes);
  const std::int64_t element = element_bytes(file, data), values = product(data.info.size(), element);
  const auto chunk = chunk_shape(data, creation.get());
  const std::int64_t at_once = chunk.empty() ? values : product(product(chunk), element);
  const bool empty =
      stored == 0 && H5Pget_layout(creation.get()) != H5D_COMPACT && H5Dget_offset(data.id.get()) == HADDR_UNDEF;
  const bool too_little = !empty && at_once > product(stored, expansion);
  if (too_little || values > std::max(kSmall, product(stored, expansion)))
    throw InputError(fmt::format("{}: claims {} bytes of values, but the file stores only {} bytes for it", data.place,
                                 std::max(values, at_once), stored),
                     kDamaged);
}

// ---------- numbers

template <class T>
hid_t native_type() {
  if constexpr (std::is_same_v<T, float>)
    return H5T_NATIVE_FLOAT;
  else if constexpr (std::is_same_v<T, double>)
    return H5T_NATIVE_DOUBLE;
  else if constexpr (std::is_same_v<T, std::int8_t>)
    return H5T_NATIVE_INT8;
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return H5T_NATIVE_INT32;
  else
    return H5T_NATIVE_INT64;
}

template <class T>
hid_t file_type() {
  if constexpr (std::is_same_v<T, float>)
    return H5T_IEEE_F32LE;
  else if constexpr (std::is_same_v<T, double>)
    return H5T_IEEE_F64LE;
  else if constexpr (std::is_same_v<T, std::int8_t>)
    return H5T_STD_I8LE;
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return H5T_STD_I32LE;
  else
    return H5T_STD_I64LE;
}

template <class T>
const char* type_name() {
  if constexpr (std::is_same_v<T, float>)
    return "a float32";
  else if constexpr (std::is_same_v<T, double>)
    return "a float64";
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return "a whole number of 32 bits";
  else
    return "a whole number of 64 bits";
}

/// HDF5 asks this for every value that does not convert exactly. It would otherwise clip and cut without a word.
H5T_conv_ret_t refuse_misfits(H5T_conv_except_t exception, hid_t source, hid_t target, void* value, void*,
                              void* misfit) {
  if (exception == H5T_CONV_EXCEPT_PRECISION) return H5T_CONV_UNHANDLED;  // rounding to the nearest is fine
  if (H5Tget_class(target) == H5T_FLOAT) {
    if (exception != H5T_CONV_EXCEPT_RANGE_HI && exception != H5T_CONV_EXCEPT_RANGE_LOW) return H5T_CONV_UNHANDLED;
    double number = 0;
    if (H5Tequal(source, H5T_NATIVE_DOUBLE) > 0) std::memcpy(&number, value, sizeof(number));
    if (std::isinf(number)) return H5T_CONV_UNHANDLED;
  }
  *static_cast<bool*>(misfit) = true;
  return H5T_CONV_ABORT;
}

template <class T>
[[noreturn]] void throw_misfit(const std::string& place) {
  throw InputError(fmt::format("{}: holds a value that does not fit in {}", place, type_name<T>()));
}

/// Reads the part of a data set that `file_space` selects, converted to T.
template <class T>
void read_converted(const Array& data, hid_t memory_space, hid_t file_space, T* out) {
  bool misfit = false;
  const Id transfer(H5Pcreate(H5P_DATASET_XFER), H5Pclose);
  H5Pset_type_conv_cb(transfer.get(), refuse_misfits, &misfit);
  if (H5Dread(data.id.get(), native_type<T>(), memory_space, file_space, transfer.get(), out) >= 0) return;
  if (misfit) throw_misfit<T>(data.place);
  throw_unreadable(data.place);
}

/// Reals that are whole numbers, as R and Matlab write them. (HDF5 1.10 finds fractions where there are none in
/// big-endian ones.)
template <class T>
std::vector<T> whole_numbers(const std::vector<double>& reals, const std::string& place) {
  const double end = std::ldexp(1.0, std::numeric_limits<T>::digits);
  std::vector<T> values;
  values.reserve(reals.size());
  for (const double real : reals) {
    if (!(real >= -end && real < end && real == std::trunc(real))) throw_misfit<T>(place);
    values.push_back(static_cast<T>(real));
  }
  return values;
}

void require_numbers(const Array& array) {
  if (!is_number(array.info.kind))
    throw InputError(fmt::format("{}: holds {}, expected numbers", array.place, kind_name(array.info.kind)));
}

template <class T>
std::vector<T> read_numbers(const Opened& file, const std::string& node) {
  const Array data = open_dataset(file, node);
  require_numbers(data);
  check_readable(file, data);
  if constexpr (std::is_integral_v<T>)
    if (data.info.kind == ValueKind::real) return whole_numbers<T>(read_numbers<double>(file, node), data.place);
  std::vector<T> values(static_cast<std::size_t>(data.info.size()));
  if (!values.empty()) read_converted(data, H5S_ALL, H5S_ALL, values.data());
  return values;
}

template <class T>
std::vector<hsize_t> extents(std::span<const T> values, const std::vector<std::int64_t>& shape) {
  if (shape.empty()) return {values.size()};
  GRACEVAE_CHECK(product(shape) == static_cast<std::int64_t>(values.size()), "shape and number of values differ");
  return {shape.begin(), shape.end()};
}

// ---------- strings

Id variable_string_type() {
  Id type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.get(), H5T_VARIABLE);
  H5Tset_cset(type.get(), H5T_CSET_UTF8);
  return type;
}

/// Splits strings of fixed length, without their padding.
std::vector<std::string> split_fixed(const std::vector<unsigned char>& bytes, std::size_t size, H5T_str_t padding) {
  std::vector<std::string> strings;
  for (std::size_t start = 0; start + size <= bytes.size(); start += size) {
    std::string_view text(reinterpret_cast<const char*>(bytes.data()) + start, size);
    text = text.substr(0, text.find('\0'));
    if (padding == H5T_STR_SPACEPAD) text = text.substr(0, text.find_last_not_of(' ') + 1);
    strings.emplace_back(text);
  }
  return strings;
}

/// A conversion that leaves the descriptors of variable-length strings as they lie in the file: our own GlobalHeap
/// follows them.
herr_t keep_descriptors(hid_t, hid_t, H5T_cdata_t* state, std::size_t, std::size_t, std::size_t, void*, void*, hid_t) {
  if (state->command == H5T_CONV_INIT) state->need_bkg = H5T_BKG_NO;
  return 0;
}

/// The type in memory that descriptors are read as.
Id descriptor_type(std::size_t bytes) {
  [[maybe_unused]] static const herr_t registered = [] {
    const Id strings = variable_string_type(), descriptors(H5Tcreate(H5T_OPAQUE, 1), H5Tclose);
    return H5Tregister(H5T_PERS_SOFT, "gracevae descriptors", strings.get(), descriptors.get(), keep_descriptors);
  }();
  return Id(H5Tcreate(H5T_OPAQUE, bytes), H5Tclose);
}

/// Reads all strings of an array; `read(type, buffer)` is H5Dread or H5Aread.
std::vector<std::string> read_all_strings(const Opened& file, const Array& array,
                                          const std::function<herr_t(hid_t, void*)>& read) {
  if (array.info.kind != ValueKind::string)
    throw InputError(fmt::format("{}: holds {}, expected strings", array.place, kind_name(array.info.kind)));
  const auto count = static_cast<std::size_t>(array.info.size());
  if (count == 0) return {};
  const bool variable = H5Tis_variable_str(array.type.get()) > 0;
  const std::size_t size = variable ? file.heap->descriptor_bytes() : H5Tget_size(array.type.get());
  const Id type = variable ? descriptor_type(size) : Id(H5Tcopy(array.type.get()), H5Tclose);
  std::vector<unsigned char> bytes(count * size);
  if (read(type.get(), bytes.data()) < 0) throw_unreadable(array.place);
  return variable ? file.heap->read(bytes, array.place) : split_fixed(bytes, size, H5Tget_strpad(array.type.get()));
}

// ---------- attributes

Array open_attribute(const Opened& file, const std::string& node, const std::string& name) {
  Array attribute;
  attribute.place = fmt::format("{} attribute '{}'", file.place(node), name);
  if (kind_of_node(file, node) == NodeKind::absent)
    throw InputError(fmt::format("{}: is absent, expected a group or data set", file.place(node)));
  const htri_t exists = H5Aexists_by_name(file.id.get(), node.c_str(), name.c_str(), H5P_DEFAULT);
  if (exists < 0) throw_unreadable(attribute.place);
  if (exists == 0) throw InputError(fmt::format("{}: is absent", attribute.place));
  attribute.id = Id(H5Aopen_by_name(file.id.get(), node.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  if (!attribute.id) throw_unreadable(attribute.place);
  attribute.type = Id(H5Aget_type(attribute.id.get()), H5Tclose);
  attribute.space = Id(H5Aget_space(attribute.id.get()), H5Sclose);
  describe(attribute);
  if (attribute.bytes() > file.bytes)
    throw InputError(fmt::format("{}: claims {} bytes, more than the file has", attribute.place, attribute.bytes()),
                     kDamaged);
  return attribute;
}

std::vector<std::int64_t> read_attribute_integers(const Array& attribute) {
  if (attribute.info.kind != ValueKind::integer && attribute.info.kind != ValueKind::boolean)
    throw InputError(
        fmt::format("{}: holds {}, expected whole numbers", attribute.place, kind_name(attribute.info.kind)));
  std::vector<std::int64_t> values(static_cast<std::size_t>(attribute.info.size()));
  if (!values.empty() && H5Aread(attribute.id.get(), H5T_NATIVE_INT64, values.data()) < 0)
    throw_unreadable(attribute.place);
  return values;
}

std::vector<std::string> read_attribute_strings(const Opened& file, const Array& attribute) {
  return read_all_strings(file, attribute,
                          [&](hid_t type, void* buffer) { return H5Aread(attribute.id.get(), type, buffer); });
}

// ---------- a first look

/// Does `part` and passes over errors: they will be met again, and said, if that part of the file is asked for.
void attempt(const std::function<void()>& part) {
  try {
    part();
  } catch (const Error&) {
  }
}

/// Corners of all chunks of a data set, none where there are too many: HDF5 1.10 searches for each among all.
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

/// Reads one value, for the crash that it may bring.
void read_one(const Opened& file, const Array& data, const std::vector<hsize_t>& at) {
  H5Sselect_elements(data.space.get(), H5S_SELECT_SET, 1, at.data());
  const bool text = H5Tis_variable_str(data.type.get()) > 0;
  std::vector<unsigned char> value(text ? file.heap->descriptor_bytes()
                                        : std::max<std::size_t>(H5Tget_size(data.type.get()), 16));
  const Id type = text ? descriptor_type(value.size()) : Id(H5Tcopy(data.type.get()), H5Tclose);
  if (text || is_number(data.info.kind) || data.info.kind == ValueKind::string)
    H5Dread(data.id.get(), type.get(), make_space({1}).get(), data.space.get(), H5P_DEFAULT, value.data());
}

/// Whether the chunks hold as much as they must: HDF5 copies a whole chunk without asking. Chunks that went through no
/// filter tell their size; the value at the far end of the first chunk is read here, where it may crash.
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

/// A look through a whole file that tells whether HDF5 can be trusted with it.
struct FirstLook {
  const Opened& file;
  int budget = kMostNodes;
  bool sound = true;

  /// Opens all nodes below `node` with their attributes and asks everything that is asked before values are read.
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
    else
      read_attribute_integers(attribute);
  }

  void at_dataset(const std::string& node) {
    const Array data = open_dataset(file, node);
    check_readable(file, data);
    sound = sound && chunks_are_whole(file, data);
  }
};

// ---------- writing

/// The type of values in the file and in memory.
struct Types {
  hid_t file, memory;
};

/// A node's attribute by name.
struct AttributeName {
  const std::string &node, &name;
};

void write_raw_attribute(const Opened& file, const AttributeName& at, const Types& types, const Id& space,
                         const void* values) {
  const Id attribute(H5Acreate_by_name(file.id.get(), at.node.c_str(), at.name.c_str(), types.file, space.get(),
                                       H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                     H5Aclose);
  const std::string place = fmt::format("{} attribute '{}'", file.place(at.node), at.name);
  if (!attribute) throw_unwritable(place);
  if (H5Sget_simple_extent_npoints(space.get()) == 0) return;
  if (H5Awrite(attribute.get(), types.memory, values) < 0) throw_unwritable(place);
}

Id scalar_space() { return Id(H5Screate(H5S_SCALAR), H5Sclose); }

Id link_creation() {
  Id links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links.get(), 1);
  H5Pset_char_encoding(links.get(), H5T_CSET_UTF8);
  return links;
}

/// The extents of a data set and how it is stored.
struct Layout {
  Id space, creation;
};

/// Times are left out, so that equal content gives equal files.
Layout plain_layout(Id space) {
  Id creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation.get(), false);
  return {std::move(space), std::move(creation)};
}

Layout scalar_layout() { return plain_layout(scalar_space()); }

/// Chunks of whole rows, shuffled and deflated, for lists above 4 KiB.
Layout list_layout(const std::vector<hsize_t>& shape, std::size_t element_bytes, bool compress) {
  Layout layout = plain_layout(make_space(shape));
  std::size_t row_bytes = element_bytes;
  for (std::size_t i = 1; i < shape.size(); ++i) row_bytes *= shape[i];
  if (!compress || shape[0] * row_bytes <= kCompressFrom) return layout;
  auto chunk = shape;
  chunk[0] = std::clamp<hsize_t>(kChunkBytes / row_bytes, 1, shape[0]);
  H5Pset_chunk(layout.creation.get(), static_cast<int>(chunk.size()), chunk.data());
  H5Pset_shuffle(layout.creation.get());
  H5Pset_deflate(layout.creation.get(), kDeflateLevel);
  return layout;
}

void write_raw(const Opened& file, const std::string& node, const Types& types, const Layout& layout,
               const void* values) {
  const Id links = link_creation();
  const Id data(H5Dcreate2(file.id.get(), node.c_str(), types.file, layout.space.get(), links.get(),
                           layout.creation.get(), H5P_DEFAULT),
                H5Dclose);
  if (!data) throw_unwritable(file.place(node));
  if (H5Sget_simple_extent_npoints(layout.space.get()) == 0) return;
  if (H5Dwrite(data.get(), types.memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) throw_unwritable(file.place(node));
}

template <class T>
void write_numbers(const Opened& file, const std::string& node, std::span<const T> values,
                   const std::vector<std::int64_t>& shape, bool compress) {
  const auto dims = extents(values, shape);
  write_raw(file, node, {file_type<T>(), native_type<T>()}, list_layout(dims, sizeof(T), compress), values.data());
}

template <class T>
void write_scalar(const Opened& file, const std::string& node, T value) {
  write_raw(file, node, {file_type<T>(), native_type<T>()}, scalar_layout(), &value);
}

std::vector<const char*> pointers_to(std::span<const std::string> strings) {
  std::vector<const char*> pointers;
  pointers.reserve(strings.size());
  for (const auto& text : strings) pointers.push_back(text.c_str());
  return pointers;
}

Id boolean_type() {
  Id type(H5Tenum_create(H5T_NATIVE_INT8), H5Tclose);
  const std::array<std::int8_t, 2> values{0, 1};
  H5Tenum_insert(type.get(), "FALSE", &values[0]);
  H5Tenum_insert(type.get(), "TRUE", &values[1]);
  return type;
}

/// File access: no file locks, which network file systems often lack; closing the file closes what is open in it.
Id file_access() {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // errors are ours to report
  Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_file_locking(access.get(), false, true);
  H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
  return access;
}

GlobalHeap::Format heap_format(const Opened& file) {
  const Id creation(H5Fget_create_plist(file.id.get()), H5Pclose);
  GlobalHeap::Format format;
  hsize_t user_block = 0;
  if (H5Pget_sizes(creation.get(), &format.address_bytes, &format.length_bytes) < 0 ||
      H5Pget_userblock(creation.get(), &user_block) < 0 || format.address_bytes > 8 || format.length_bytes > 8)
    throw InputError(fmt::format("{}: addresses of a size we do not read", file.path.string()), kDamaged);
  format.base = static_cast<std::int64_t>(user_block);
  return format;
}

}  // namespace

// ---------- the public face

std::int64_t DatasetInfo::size() const { return product(shape); }

struct File::Handle : Opened {};

File::File(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
File::~File() = default;
File::File(File&&) noexcept = default;
File& File::operator=(File&&) noexcept = default;

File File::open(const std::filesystem::path& path) {
  require_readable_file(path, "file");
  const Id access = file_access();
  const auto open_now = [&](Opened& opened) {
    opened.path = path;
    opened.bytes = static_cast<std::int64_t>(std::filesystem::file_size(path));
    opened.id = Id(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()), H5Fclose);
    if (!opened.id)
      throw InputError(fmt::format("{}: is not a whole HDF5 file: {}", path.string(), reason()),
                       "the file is cut off, damaged or of another format: fetch it or write it again");
    opened.heap = std::make_unique<GlobalHeap>(path, heap_format(opened));
  };
  // HDF5 1.10 itself crashes on some damaged files: better in a process of its own than in the user's.
  const bool sound = survives([&] {
    Opened opened;
    open_now(opened);
    H5garbage_collect();
    FirstLook look{opened};
    look.at("/");
    return look.sound;
  });
  if (!sound)
    throw InputError(fmt::format("{}: is damaged where the HDF5 library would crash", path.string()), kDamaged);
  auto handle = std::make_unique<Handle>();
  open_now(*handle);
  return File(std::move(handle));
}

File File::create(const std::filesystem::path& path, const std::filesystem::path& shown_as) {
  const Id access = file_access();
  auto handle = std::make_unique<Handle>();
  handle->path = shown_as.empty() ? path : shown_as;
  handle->id = Id(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), H5Fclose);
  if (!handle->id)
    throw IoError(fmt::format("{}: cannot be written: {}", handle->path.string(), reason()),
                  "check the folder and its permissions");
  return File(std::move(handle));
}

void File::close() {
  if (H5Fflush(handle_->id.get(), H5F_SCOPE_GLOBAL) < 0 || handle_->id.reset() < 0)
    throw_unwritable(handle_->path.string());
}

const std::filesystem::path& File::path() const { return handle_->path; }

NodeKind File::kind(const std::string& node) const { return kind_of_node(*handle_, node); }

std::vector<std::string> File::children(const std::string& group) const { return children_of(*handle_, group); }

DatasetInfo File::info(const std::string& dataset) const { return open_dataset(*handle_, dataset).info; }

bool File::has_attribute(const std::string& node, const std::string& name) const {
  return kind(node) != NodeKind::absent &&
         H5Aexists_by_name(handle_->id.get(), node.c_str(), name.c_str(), H5P_DEFAULT) > 0;
}

std::vector<double> File::read_doubles(const std::string& dataset) const {
  return read_numbers<double>(*handle_, dataset);
}
std::vector<float> File::read_floats(const std::string& dataset) const {
  return read_numbers<float>(*handle_, dataset);
}
std::vector<std::int64_t> File::read_integers(const std::string& dataset) const {
  return read_numbers<std::int64_t>(*handle_, dataset);
}
std::vector<std::int32_t> File::read_integers32(const std::string& dataset) const {
  return read_numbers<std::int32_t>(*handle_, dataset);
}

std::vector<std::string> File::read_strings(const std::string& dataset) const {
  const Array data = open_dataset(*handle_, dataset);
  check_readable(*handle_, data);
  return read_all_strings(*handle_, data, [&](hid_t type, void* buffer) {
    return H5Dread(data.id.get(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
  });
}

std::vector<float> File::read_float_rows(const std::string& dataset, std::int64_t first_row,
                                         std::int64_t n_rows) const {
  const Array data = open_dataset(*handle_, dataset);
  require_numbers(data);
  if (data.info.shape.size() != 2)
    throw InputError(fmt::format("{}: has {} dimensions, expected 2", data.place, data.info.shape.size()));
  GRACEVAE_CHECK(first_row >= 0 && n_rows >= 0 && first_row <= data.info.shape[0] - n_rows, "rows out of range");
  check_readable(*handle_, data);
  const std::array<hsize_t, 2> start{static_cast<hsize_t>(first_row), 0};
  const std::array<hsize_t, 2> count{static_cast<hsize_t>(n_rows), static_cast<hsize_t>(data.info.shape[1])};
  std::vector<float> values(count[0] * count[1]);
  if (values.empty()) return values;
  const Id memory_space = make_space({count[0], count[1]});
  H5Sselect_hyperslab(data.space.get(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
  read_converted(data, memory_space.get(), data.space.get(), values.data());
  return values;
}

std::string File::read_string_attribute(const std::string& node, const std::string& name) const {
  const Array attribute = open_attribute(*handle_, node, name);
  const auto strings = read_attribute_strings(*handle_, attribute);
  if (strings.size() != 1)
    throw InputError(fmt::format("{}: holds {} strings, expected 1", attribute.place, strings.size()));
  return strings[0];
}

std::vector<std::int64_t> File::read_integer_attribute(const std::string& node, const std::string& name) const {
  return read_attribute_integers(open_attribute(*handle_, node, name));
}

std::vector<std::string> File::read_strings_attribute(const std::string& node, const std::string& name) const {
  const Array attribute = open_attribute(*handle_, node, name);
  if (attribute.info.size() == 0) return {};  // anndata writes an empty list of columns as an empty list of numbers
  return read_attribute_strings(*handle_, attribute);
}

void File::make_group(const std::string& group) {
  if (kind(group) == NodeKind::group) return;
  const Id links = link_creation();
  const Id made(H5Gcreate2(handle_->id.get(), group.c_str(), links.get(), H5P_DEFAULT, H5P_DEFAULT), H5Gclose);
  if (!made) throw_unwritable(handle_->place(group));
}

void File::write_doubles(const std::string& dataset, std::span<const double> values,
                         const std::vector<std::int64_t>& shape, bool compress) {
  write_numbers(*handle_, dataset, values, shape, compress);
}
void File::write_floats(const std::string& dataset, std::span<const float> values,
                        const std::vector<std::int64_t>& shape, bool compress) {
  write_numbers(*handle_, dataset, values, shape, compress);
}
void File::write_integers(const std::string& dataset, std::span<const std::int64_t> values,
                          const std::vector<std::int64_t>& shape, bool compress) {
  write_numbers(*handle_, dataset, values, shape, compress);
}
void File::write_integers32(const std::string& dataset, std::span<const std::int32_t> values, bool compress) {
  write_numbers(*handle_, dataset, values, {}, compress);
}
void File::write_integers8(const std::string& dataset, std::span<const std::int8_t> values) {
  write_numbers(*handle_, dataset, values, {}, true);
}

void File::write_booleans(const std::string& dataset, const std::vector<bool>& values) {
  const std::vector<std::int8_t> bytes(values.begin(), values.end());
  const std::vector<hsize_t> shape{bytes.size()};
  const Id type = boolean_type();
  write_raw(*handle_, dataset, {type.get(), type.get()}, list_layout(shape, 1, true), bytes.data());
}

void File::write_strings(const std::string& dataset, std::span<const std::string> values) {
  const auto pointers = pointers_to(values);
  const std::vector<hsize_t> shape{pointers.size()};
  const Id type = variable_string_type();
  write_raw(*handle_, dataset, {type.get(), type.get()}, list_layout(shape, 1, false), pointers.data());
}

void File::write_string(const std::string& dataset, const std::string& value) {
  const char* pointer = value.c_str();
  const Id type = variable_string_type();
  write_raw(*handle_, dataset, {type.get(), type.get()}, scalar_layout(), &pointer);
}

void File::write_double(const std::string& dataset, double value) { write_scalar(*handle_, dataset, value); }
void File::write_integer(const std::string& dataset, std::int64_t value) { write_scalar(*handle_, dataset, value); }

void File::write_attribute(const std::string& node, const std::string& name, const std::string& value) {
  const char* pointer = value.c_str();
  const Id type = variable_string_type();
  write_raw_attribute(*handle_, {node, name}, {type.get(), type.get()}, scalar_space(), &pointer);
}

void File::write_attribute(const std::string& node, const std::string& name, std::span<const std::int64_t> values) {
  write_raw_attribute(*handle_, {node, name}, {H5T_STD_I64LE, H5T_NATIVE_INT64}, make_space({values.size()}),
                      values.data());
}

void File::write_attribute(const std::string& node, const std::string& name, std::span<const std::string> values) {
  const auto pointers = pointers_to(values);
  const Id type = variable_string_type();
  write_raw_attribute(*handle_, {node, name}, {type.get(), type.get()}, make_space({pointers.size()}), pointers.data());
}

void File::write_boolean_attribute(const std::string& node, const std::string& name, bool value) {
  const std::int8_t byte = value ? 1 : 0;
  const Id type = boolean_type();
  write_raw_attribute(*handle_, {node, name}, {type.get(), type.get()}, scalar_space(), &byte);
}

}  // namespace gracevae::hdf5
