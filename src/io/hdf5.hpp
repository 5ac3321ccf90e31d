#pragma once
/// @file A thin RAII layer over the HDF5 C API. Only hdf5.cpp and hdf5_*.{hpp,cpp} see HDF5's header. Every error
/// is an IoError or InputError that names file and HDF5 path. Not thread safe (Debian's HDF5 has one global lock).
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/record_table.hpp"

namespace gracevae::impl::hdf5 {

enum class NodeKind { absent, group, dataset };
enum class ValueKind { integer, real, boolean, string, compound, reference, other };

/// What is known of a data set before reading it.
struct DatasetInfo {
  ValueKind kind = ValueKind::other;
  std::vector<std::int64_t> shape;  ///< empty for a scalar
  std::int64_t chunk_rows = 1;      ///< rows of a chunk: reading whole multiples of it decompresses each chunk once
  std::int64_t chunk_columns = 1;   ///< the same of the columns of a matrix
  std::int64_t size() const;        ///< number of elements
};

/// An open .h5 file. Paths are absolute ("/X/data"). A file that is being written cannot be read.
class File {
 public:
  /// Read-only; truncated, damaged or foreign files are an InputError. A helper program looks through the file first
  /// (io/first_look.hpp). A file in gzip is unpacked into a temporary file (io/unpacked.hpp), with a message.
  /// `shown_as`: what messages call it.
  static File open(const std::filesystem::path& path, const std::filesystem::path& shown_as = {});
  /// Read-only, a plain file that this process has just written: without the look.
  static File open_own(const std::filesystem::path& path, const std::filesystem::path& shown_as);
  /// Overwrites; for use inside write_atomically, with the final name in `shown_as` for messages.
  static File create(const std::filesystem::path& path, const std::filesystem::path& shown_as = {});
  /// Opens an existing file to add nodes, or to replace those that remove() took away. For use inside write_atomically,
  /// on a copy; `shown_as` as above.
  static File extend(const std::filesystem::path& path, const std::filesystem::path& shown_as);
  ~File();
  /// Flushes and closes. Throws IoError if that fails (full disk); the destructor ignores failures, so call this at the
  /// end of writing.
  void close();
  File(File&&) noexcept;
  File& operator=(File&&) noexcept;

  const std::filesystem::path& path() const;
  NodeKind kind(const std::string& node) const;
  std::vector<std::string> children(const std::string& group) const;  ///< sorted by name
  DatasetInfo info(const std::string& dataset) const;
  bool has_attribute(const std::string& node, const std::string& name) const;

  // Reading. Integers and reals of every width convert; a value that does not fit is an error. Shape is flattened
  // row-major.
  std::vector<double> read_doubles(const std::string& dataset) const;
  std::vector<float> read_floats(const std::string& dataset) const;
  std::vector<std::int64_t> read_integers(const std::string& dataset) const;
  std::vector<std::int32_t> read_integers32(const std::string& dataset) const;
  std::vector<std::string> read_strings(
      const std::string& dataset) const;                       ///< variable and fixed length, scalar or list
  RecordTable read_records(const std::string& dataset) const;  ///< a compound data set, one or a list
  // Values [first, first + count) of a list, and rows of a matrix. The data set stays open with some of its chunks, so
  // that reading on is cheap. The range must lie within the data set.
  std::vector<float> read_floats(const std::string& dataset, std::int64_t first, std::int64_t count) const;
  std::vector<std::int64_t> read_integers(const std::string& dataset, std::int64_t first, std::int64_t count) const;
  std::vector<std::int32_t> read_integers32(const std::string& dataset, std::int64_t first, std::int64_t count) const;
  std::vector<float> read_float_rows(const std::string& dataset, std::int64_t first_row,
                                     std::int64_t n_rows) const;  ///< 2-d
  /// Columns [first, first + n_columns) of all rows of a matrix: [rows, n_columns].
  std::vector<float> read_float_columns(const std::string& dataset, std::int64_t first, std::int64_t n_columns) const;

  std::string read_string_attribute(const std::string& node, const std::string& name) const;
  std::vector<std::int64_t> read_integer_attribute(const std::string& node, const std::string& name) const;
  std::vector<std::string> read_strings_attribute(const std::string& node, const std::string& name) const;
  /// The path of the node that an object reference points to. Throws InputError if it dangles.
  std::string read_reference_attribute(const std::string& node, const std::string& name) const;

  // Writing. Parent groups are created. `shape` empty: 1-d of the span's size. Lists above 4 KiB are chunked and
  // gzip-compressed when `compress`.
  void make_group(const std::string& group);
  /// Removes a node and all below it, if it exists.
  void remove(const std::string& node);
  void write_doubles(const std::string& dataset, std::span<const double> values,
                     const std::vector<std::int64_t>& shape = {}, bool compress = true);
  void write_floats(const std::string& dataset, std::span<const float> values,
                    const std::vector<std::int64_t>& shape = {}, bool compress = true);
  void write_integers(const std::string& dataset, std::span<const std::int64_t> values,
                      const std::vector<std::int64_t>& shape = {}, bool compress = true);
  void write_integers32(const std::string& dataset, std::span<const std::int32_t> values, bool compress = true);
  void write_integers8(const std::string& dataset, std::span<const std::int8_t> values);
  void write_booleans(const std::string& dataset,
                      const std::vector<bool>& values);  ///< HDF5 enum FALSE/TRUE, as h5py writes them
  void write_strings(const std::string& dataset, std::span<const std::string> values);  ///< variable-length UTF-8
  void write_string(const std::string& dataset, const std::string& value);              ///< scalar
  void write_double(const std::string& dataset, double value);                          ///< scalar
  void write_integer(const std::string& dataset, std::int64_t value);                   ///< scalar
  void write_boolean(const std::string& dataset, bool value);                           ///< scalar
  /// Fields of distinct names and equal lengths. Throws InputError for more fields than a compound type can have, about
  /// 1,000 of short names.
  void write_records(const std::string& dataset, const RecordTable& table);
  /// Appends to a list that the first call creates, in compressed chunks of 1 MiB.
  void append_floats(const std::string& dataset, std::span<const float> values);
  /// Appends whole rows to a matrix; n_columns > 0.
  void append_float_rows(const std::string& dataset, std::span<const float> values, std::int64_t n_columns);
  void append_integers32(const std::string& dataset, std::span<const std::int32_t> values);
  void write_attribute(const std::string& node, const std::string& name, const std::string& value);
  void write_attribute(const std::string& node, const std::string& name, std::span<const std::int64_t> values);
  void write_attribute(const std::string& node, const std::string& name, std::span<const std::string> values);
  void write_boolean_attribute(const std::string& node, const std::string& name, bool value);

 private:
  struct Handle;
  explicit File(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

}  // namespace gracevae::impl::hdf5
