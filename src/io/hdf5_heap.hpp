#pragma once
/// @file Variable-length strings in an HDF5 file. Only for src/io/hdf5*.cpp.
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gracevae::impl::hdf5 {

/// Reads strings from an HDF5 file's global heap (HDF5 file format specification 3.0, III.E): an array of strings holds
/// descriptors, each with a length, the address of a collection and an index into it. HDF5 1.10 trusts all of these
/// numbers and, in a damaged file, writes beyond its buffers; so we do this ourselves.
class GlobalHeap {
 public:
  /// Bytes of addresses and of lengths in this file (1 to 8), and where address 0 lies.
  struct Format {
    std::size_t address_bytes = 8, length_bytes = 8;
    std::int64_t base = 0;
  };

  GlobalHeap(const std::filesystem::path& path, const Format& format);

  std::size_t descriptor_bytes() const { return 8 + format_.address_bytes; }

  /// The strings of some descriptors, each ending at a zero byte as in HDF5. Throws InputError naming `place` if they
  /// cannot be found.
  std::vector<std::string> read(std::span<const unsigned char> descriptors, const std::string& place);

 private:
  struct Collection {
    std::vector<unsigned char> bytes;
    std::vector<std::string_view> objects;  // by index; 0 is free space
  };

  const Collection& collection(std::uint64_t address, const std::string& place);
  void parse(Collection& collection, const std::string& place) const;

  Format format_;
  std::ifstream stream_;
  std::uint64_t file_bytes_, bytes_read_ = 0;
  std::unordered_map<std::uint64_t, Collection> collections_;
};

}  // namespace gracevae::impl::hdf5
