#pragma once
/// @file Packed bytes in memory unpacked. Only for src/io.
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace gracevae::impl {

/// zlib or gzip data, one stream and nothing behind it; nothing where they are damaged or give more than `most` bytes.
std::optional<std::vector<unsigned char>> inflated(std::string_view packed, std::size_t most);

/// Whether libblosc.so.1 is installed; it is looked for once.
bool has_blosc();

/// A blosc buffer; nothing where it is damaged, gives more than `most` bytes, or blosc is not installed.
std::optional<std::vector<unsigned char>> unpacked_blosc(std::string_view packed, std::size_t most);

}  // namespace gracevae::impl
