#pragma once
/// @file Decompressing bytes in memory. Only for src/io.
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace gracevae::impl {

/// Decompresses a single zlib or gzip stream; nullopt if it is damaged, followed by other data, or gives more than
/// `most` bytes.
std::optional<std::vector<unsigned char>> inflated(std::string_view packed, std::size_t most);

/// Whether libblosc.so.1 is installed (checked once).
bool has_blosc();

/// Decompresses a blosc buffer; nullopt if it is damaged, gives more than `most` bytes, or blosc is not installed.
std::optional<std::vector<unsigned char>> unpacked_blosc(std::string_view packed, std::size_t most);

}  // namespace gracevae::impl
