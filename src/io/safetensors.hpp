#pragma once
/// @file The safetensors format (8-byte length, JSON header, raw little-endian data): weights that any tool can read.
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace gracevae::impl {

/// A named array, as in the file. dtype is "F32", "F64", "I64", ….
struct StoredTensor {
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;  ///< row-major, little-endian
};

struct SafeTensors {
  std::map<std::string, StoredTensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// Reads and checks a .safetensors file: header length, offsets in range and without overlap, sizes that match dtype
/// and shape.
SafeTensors read_safetensors(const std::filesystem::path& path);
/// Writes atomically; data aligned to 8 bytes, tensors in name order.
void write_safetensors(const std::filesystem::path& path, const SafeTensors& content);

}  // namespace gracevae::impl
