#pragma once
/// @file Shared by the files of the HDF5 layer: identifiers, an open file, an array in it, and the checks before
/// reading. Only for src/io/hdf5*.cpp, the only files that see HDF5's own header.
#include <hdf5.h>

#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "io/hdf5.hpp"
#include "io/hdf5_convert.hpp"
#include "io/hdf5_heap.hpp"

namespace gracevae::impl::hdf5 {

constexpr const char* kDamaged = "the file seems to be damaged: fetch it or write it again";

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

/// An array somewhere in the file: a data set or an attribute.
struct Array {
  std::string place;
  Id id, type, space;
  DatasetInfo info;
};

/// An open file.
struct Opened {
  std::filesystem::path path;  // for messages
  std::int64_t bytes = 0;      // size on disk when opened for reading
  Id id;
  std::unique_ptr<GlobalHeap> heap;                // for reading
  mutable std::map<std::string, Array> kept_open;  // data sets read or written part by part, by node

  std::string place(const std::string& node) const { return path.string() + " " + node; }
};

struct File::Handle : Opened {};

// ---------- hdf5_open.cpp

/// File access: no file locks, which network file systems often lack; closing the file closes what is open in it.
Id file_access();
/// Throws InputError if it is not a whole HDF5 file.
void open_for_reading(Opened& file, const std::filesystem::path& path, const std::filesystem::path& shown_as);
/// HDF5's description of the last error: the innermost one on its stack. Call before any other HDF5 function.
std::string reason();
[[noreturn]] void throw_unreadable(const std::string& place);
[[noreturn]] void throw_unwritable(const std::string& place);

/// a·b, or the largest number on overflow: sizes from a file are not to be trusted.
inline std::int64_t product(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? std::numeric_limits<std::int64_t>::max() : result;
}

inline std::int64_t product(const std::vector<std::int64_t>& factors) {
  return std::accumulate(factors.begin(), factors.end(), std::int64_t{1},
                         [](std::int64_t a, std::int64_t b) { return product(a, b); });
}

// ---------- hdf5_types.cpp: types of values

/// A 16-bit IEEE 754 float, for which HDF5 has no name.
bool is_half(hid_t type);
ValueKind kind_of_type(hid_t type);
const char* kind_name(ValueKind kind);
bool is_number(ValueKind kind);
Id variable_string_type();
/// h5py's booleans: an enum of FALSE and TRUE.
Id boolean_type();
/// The memory type that reads variable-length strings and records unconverted: HDF5 1.10 trusts all their descriptors
/// and offsets, so we follow these ourselves (GlobalHeap). `bytes`: of one value, from element_bytes(); reading fails
/// if it differs.
Id stored_type(std::int64_t bytes);
Id make_space(const std::vector<hsize_t>& shape);
Id scalar_space();
/// For types with is_number; booleans have the format of their base type.
NumberFormat number_format(hid_t type);

// ---------- hdf5_nodes.cpp: what is there

/// The kind of a node, absent if a parent is not a group.
NodeKind kind_of_node(const Opened& file, const std::string& node);
std::vector<std::string> children_of(const Opened& file, const std::string& group);  ///< sorted by name
std::vector<std::string> attributes_of(const Opened& file, const std::string& node);
/// Throws InputError if it is absent or a group.
Array open_dataset(const Opened& file, const std::string& node);
/// Throws InputError if it is absent or larger than the file.
Array open_attribute(const Opened& file, const std::string& node, const std::string& name);
/// The extents of a chunk, empty if the data set is not chunked.
std::vector<std::int64_t> chunk_shape(const Array& data, hid_t creation);

// ---------- hdf5_storage.cpp: checks before reading

/// Bytes of one value as it lies in the file.
std::int64_t element_bytes(const Opened& file, const Array& array);
/// Throws InputError for a filter that is not installed (HDF5 can otherwise return empty chunks) and for damaged
/// headers that would exhaust memory or make HDF5 read beyond what is stored. Empty storage is fine: all values are the
/// fill value.
void check_readable(const Opened& file, const Array& data);

// ---------- hdf5_chunks.cpp

/// Reads values [first, first + count) of a list unconverted, inflating its chunks in all threads. False, with `out`
/// unspecified, unless it spans several chunks of deflate (and shuffle), or if one is damaged: H5Dread then reads it or
/// reports the error.
/// @test tests/unit/io/hdf5_test.cpp, tests/unit/io/anndata_corruption_test.cpp
bool read_chunks(const Array& data, std::int64_t first, std::int64_t count, unsigned char* out);

/// Values in chunks of whole rows, shuffled and deflated.
struct DeflatedRows {
  std::size_t n_rows = 0, in_chunk = 0, row_bytes = 0;
  std::size_t element = 0;  ///< bytes of a value
  int level = 0, rank = 0;
};
/// Writes all values of a data set, deflating its chunks in all threads. False if one cannot be written.
/// @test tests/unit/io/hdf5_test.cpp
bool write_chunks(hid_t data, const DeflatedRows& rows, const unsigned char* values);

// ---------- hdf5_read.cpp

/// Splits fixed-length strings and strips their padding.
std::vector<std::string> split_fixed(std::span<const unsigned char> bytes, hid_t type);
template <class T>
[[noreturn]] void throw_misfit(const std::string& place);
std::vector<std::string> read_attribute_strings(const Opened& file, const Array& attribute);

// ---------- hdf5_attributes.cpp

std::vector<std::int64_t> read_attribute_integers(const Array& attribute);
/// The path that an object reference points to. Throws InputError if it dangles.
std::string read_attribute_reference(const Opened& file, const Array& attribute);

// ---------- hdf5_records.cpp

/// A field of a compound type in the file.
struct RecordMember {
  std::string name;
  ValueKind kind = ValueKind::other;
  bool variable = false;   ///< variable-length strings: `bytes` hold a descriptor
  std::int64_t width = 1;  ///< values of a record
  Id element;              ///< the type of one value
  std::size_t offset = 0, bytes = 0;
};

/// The fields of a compound type. Throws InputError naming a field that holds neither numbers, booleans nor strings, or
/// lies beyond the record.
std::vector<RecordMember> record_members(const Opened& file, const Array& array);

// ---------- hdf5_write.cpp

/// Writes values of one type, chunked and compressed above 4 KiB.
void write_list(const Opened& file, const std::string& node, hid_t type, std::int64_t count, const void* values);

}  // namespace gracevae::impl::hdf5
