#include "io/unpack_bytes.hpp"

#include <dlfcn.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <limits>

namespace gracevae::impl {

namespace {

constexpr std::size_t kPieceBytes = 1 << 20, kBloscHeader = 16;

/// The functions of c-blosc 1 that we need.
struct Blosc {
  int (*validate)(const void* packed, std::size_t packed_bytes, std::size_t* bytes) = nullptr;
  int (*decompress)(const void* packed, void* out, std::size_t out_bytes, int n_threads) = nullptr;
};

const Blosc& blosc() {
  static const Blosc functions = [] {
    Blosc found;
    void* const library = ::dlopen("libblosc.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) return found;
    found.validate = reinterpret_cast<decltype(found.validate)>(::dlsym(library, "blosc_cbuffer_validate"));
    found.decompress = reinterpret_cast<decltype(found.decompress)>(::dlsym(library, "blosc_decompress_ctx"));
    return found;
  }();
  return functions;
}

}  // namespace

std::optional<std::vector<unsigned char>> inflated(std::string_view packed, std::size_t most) {
  if (packed.size() > std::numeric_limits<uInt>::max()) return {};
  z_stream stream{};
  if (inflateInit2(&stream, 32 + MAX_WBITS) != Z_OK) return {};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::vector<unsigned char> bytes;
  int result = Z_OK;
  while (result == Z_OK && bytes.size() <= most) {
    const std::size_t done = bytes.size();
    bytes.resize(done + std::min(kPieceBytes, most + 1 - done));
    stream.next_out = bytes.data() + done;
    stream.avail_out = static_cast<uInt>(bytes.size() - done);
    result = inflate(&stream, Z_NO_FLUSH);
    bytes.resize(bytes.size() - stream.avail_out);
  }
  const bool whole = result == Z_STREAM_END && stream.avail_in == 0 && bytes.size() <= most;
  inflateEnd(&stream);
  if (!whole) return {};
  return bytes;
}

bool has_blosc() { return blosc().validate && blosc().decompress; }

std::optional<std::vector<unsigned char>> unpacked_blosc(std::string_view packed, std::size_t most) {
  std::size_t n_bytes = 0;
  if (!has_blosc() || packed.size() < kBloscHeader || blosc().validate(packed.data(), packed.size(), &n_bytes) < 0 ||
      n_bytes > most)
    return {};
  std::vector<unsigned char> bytes(n_bytes);
  const int n = blosc().decompress(packed.data(), bytes.data(), bytes.size(), 1);
  if (n < 0 || static_cast<std::size_t>(n) != n_bytes) return {};
  return bytes;
}

}  // namespace gracevae::impl
