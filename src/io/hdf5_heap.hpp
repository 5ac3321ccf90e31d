#pragma once
/// @file The strings of variable length in an HDF5 file. Only for src/io/hdf5*.cpp.
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
/// descriptors, each with a length, the address of a collection and an index into it. We do this ourselves because
/// HDF5 1.10 believes every one of these numbers: in a damaged file it writes beyond its buffers.
class GlobalHeap {
 public:
  /// Bytes of addresses and of lengths in this file (1 to 8), and where address 0 lies.
  struct Format {
    std::size_t address_bytes = 8, length_bytes = 8;
    std::int64_t base = 0;
  };

  GlobalHeap(const std::filesystem::path& path, const Format& format);

  std::size_t descriptor_bytes() const { return 8 + format_.address_bytes; }

  /// The strings of some descriptors, each cut at a zero byte as HDF5 does. InputError naming `place` when they cannot
  /// be.
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
