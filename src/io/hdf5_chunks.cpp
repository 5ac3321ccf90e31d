// Inflating and deflating chunks in several threads: HDF5 has one lock and does it one by one.
#include <libdeflate.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <memory>

#include "io/hdf5_internal.hpp"

namespace gracevae::impl::hdf5 {

namespace {

constexpr std::int64_t kMostChunkBytes = 64 << 20;
constexpr std::size_t kChunksAtOnce = 64;
constexpr std::size_t kSlack = 1024;  // zlib's bound is a little more than libdeflate's

using Deflater = std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)>;
using Inflater = std::unique_ptr<libdeflate_decompressor, decltype(&libdeflate_free_decompressor)>;

/// How the chunks of a data set are compressed.
struct ChunkFormat {
  std::int64_t values = 0;  ///< of a chunk
  std::size_t element = 0;  ///< bytes of a value
  bool shuffled = false;    ///< byte j of all values stands before byte j + 1

  std::size_t bytes() const { return static_cast<std::size_t>(values) * element; }
};

/// nullopt unless it is a list in chunks of deflate, with or without shuffle.
std::optional<ChunkFormat> format_of(const Array& data) {
  if (data.info.shape.size() != 1) return std::nullopt;
  const Id creation(H5Dget_create_plist(data.id.get()), H5Pclose);
  const auto chunk = chunk_shape(data, creation.get());
  if (chunk.size() != 1 || chunk[0] < 1) return std::nullopt;
  ChunkFormat format{.values = chunk[0], .element = H5Tget_size(data.type.get())};
  if (product(format.values, static_cast<std::int64_t>(format.element)) > kMostChunkBytes) return std::nullopt;
  const int n_filters = H5Pget_nfilters(creation.get());
  for (int i = 0; i < n_filters; ++i) {
    unsigned flags = 0;
    std::size_t n_values = 0;
    const H5Z_filter_t id =
        H5Pget_filter2(creation.get(), static_cast<unsigned>(i), &flags, &n_values, nullptr, 0, nullptr, nullptr);
    const bool last = i + 1 == n_filters;
    if (id != (last ? H5Z_FILTER_DEFLATE : H5Z_FILTER_SHUFFLE) || i > 1) return std::nullopt;
    format.shuffled |= id == H5Z_FILTER_SHUFFLE;
  }
  return n_filters > 0 ? std::optional(format) : std::nullopt;
}

/// The compressed bytes of the chunk that begins at value `first`; false if it is not stored or not compressed.
bool read_compressed(const Array& data, std::int64_t first, const ChunkFormat& format,
                     std::vector<unsigned char>& bytes) {
  const auto offset = static_cast<hsize_t>(first);
  hsize_t size = 0;
  if (H5Dget_chunk_storage_size(data.id.get(), &offset, &size) < 0 || size == 0 ||
      size > libdeflate_zlib_compress_bound(nullptr, format.bytes()) + kSlack)
    return false;
  bytes.resize(size);
  std::uint32_t left_out = 0;  // filters that were not applied
  return H5Dread_chunk(data.id.get(), H5P_DEFAULT, &offset, &left_out, bytes.data()) >= 0 && left_out == 0;
}

bool inflate_chunk(const Inflater& inflater, const std::vector<unsigned char>& compressed, const ChunkFormat& format,
                   std::vector<unsigned char>& scratch, unsigned char* out) {
  unsigned char* const target = format.shuffled ? scratch.data() : out;
  std::size_t length = 0;
  if (!inflater ||
      libdeflate_zlib_decompress(inflater.get(), compressed.data(), compressed.size(), target, format.bytes(),
                                 &length) != LIBDEFLATE_SUCCESS ||
      length != format.bytes())
    return false;
  if (!format.shuffled) return true;
  const auto n = static_cast<std::size_t>(format.values);
  for (std::size_t j = 0; j < format.element; ++j)
    for (std::size_t i = 0; i < n; ++i) out[i * format.element + j] = scratch[j * n + i];
  return true;
}

}  // namespace

bool read_chunks(const Array& data, std::int64_t first, std::int64_t count, unsigned char* out) {
  const auto format = format_of(data);
  if (!format) return false;
  const std::int64_t n = format->values, first_chunk = first / n, end_chunk = (first + count + n - 1) / n;
  if (end_chunk - first_chunk < 2) return false;  // HDF5 keeps the last chunk
  for (std::int64_t at = first_chunk; at < end_chunk; at += kChunksAtOnce) {
    const std::int64_t n_chunks = std::min<std::int64_t>(kChunksAtOnce, end_chunk - at);
    std::vector<std::vector<unsigned char>> compressed(static_cast<std::size_t>(n_chunks));
    for (std::int64_t k = 0; k < n_chunks; ++k)
      if (!read_compressed(data, (at + k) * n, *format, compressed[static_cast<std::size_t>(k)])) return false;
    std::atomic<bool> good = true;
#pragma omp parallel
    {
      const Inflater inflater(libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
      std::vector<unsigned char> whole(format->bytes()), scratch(format->shuffled ? format->bytes() : 0);
#pragma omp for schedule(dynamic)
      for (std::int64_t k = 0; k < n_chunks; ++k) {
        const std::int64_t chunk_first = (at + k) * n;
        const std::int64_t from = std::max(first, chunk_first), end = std::min(first + count, chunk_first + n);
        const auto place = static_cast<std::size_t>(from - first) * format->element;
        const bool inside = from == chunk_first && end == chunk_first + n;
        unsigned char* const target = inside ? out + place : whole.data();
        if (!inflate_chunk(inflater, compressed[static_cast<std::size_t>(k)], *format, scratch, target)) good = false;
        if (!inside)
          std::memcpy(out + place, whole.data() + static_cast<std::size_t>(from - chunk_first) * format->element,
                      static_cast<std::size_t>(end - from) * format->element);
      }
    }
    if (!good) return false;
  }
  return true;
}

bool write_chunks(hid_t data, const DeflatedRows& rows, const unsigned char* values) {
  const std::size_t chunk_bytes = rows.in_chunk * rows.row_bytes, n = chunk_bytes / rows.element,
                    n_chunks = (rows.n_rows + rows.in_chunk - 1) / rows.in_chunk;
  for (std::size_t at = 0; at < n_chunks; at += kChunksAtOnce) {
    std::vector<std::vector<unsigned char>> compressed(std::min(kChunksAtOnce, n_chunks - at));
    std::atomic<bool> good = true;
#pragma omp parallel
    {
      const Deflater deflater(libdeflate_alloc_compressor(rows.level), libdeflate_free_compressor);
      const std::size_t most = libdeflate_zlib_compress_bound(deflater.get(), chunk_bytes);
      std::vector<unsigned char> shuffled(chunk_bytes);
#pragma omp for schedule(dynamic)
      for (std::size_t k = 0; k < compressed.size(); ++k) {
        const std::size_t first = (at + k) * rows.in_chunk, n_rows = std::min(rows.in_chunk, rows.n_rows - first);
        const unsigned char* const from = values + first * rows.row_bytes;
        if (n_rows < rows.in_chunk) std::ranges::fill(shuffled, 0);  // chunks are whole in the file
        for (std::size_t j = 0; j < rows.element; ++j)
          for (std::size_t i = 0; i < n_rows * rows.row_bytes / rows.element; ++i)
            shuffled[j * n + i] = from[i * rows.element + j];
        compressed[k].resize(most);
        compressed[k].resize(deflater ? libdeflate_zlib_compress(deflater.get(), shuffled.data(), chunk_bytes,
                                                                 compressed[k].data(), most)
                                      : 0);
        if (compressed[k].empty()) good = false;
      }
    }
    if (!good) return false;
    for (std::size_t k = 0; k < compressed.size(); ++k) {
      std::vector<hsize_t> offset(static_cast<std::size_t>(rows.rank), 0);
      offset[0] = (at + k) * rows.in_chunk;
      if (H5Dwrite_chunk(data, H5P_DEFAULT, 0, offset.data(), compressed[k].size(), compressed[k].data()) < 0)
        return false;
    }
  }
  return true;
}

}  // namespace gracevae::impl::hdf5
