#include "io/zarr_array.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <system_error>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/unpack_bytes.hpp"

namespace gracevae::impl::zarr {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kMostChunkBytes = std::int64_t{1} << 31;
constexpr std::int64_t kExpansion = 1100;  // of deflate and blosc, at most
constexpr std::int64_t kFree = 64 << 20;   // bytes that an array may claim regardless of its files
constexpr const char* kDamaged = "the store seems to be damaged: copy it again";

[[noreturn]] void refuse(const fs::path& part, const std::string& what, const std::string& hint = kDamaged) {
  throw InputError({.place = part.string(), .found = what}, hint);
}

std::int64_t product(const std::vector<std::int64_t>& factors) {
  std::int64_t result = 1;
  for (const std::int64_t factor : factors)
    if (__builtin_mul_overflow(result, factor, &result)) return std::numeric_limits<std::int64_t>::max();
  return result;
}

std::vector<std::int64_t> extents(const fs::path& file, const nlohmann::json& meta, const char* key,
                                  std::int64_t least) {
  std::vector<std::int64_t> result;
  const auto found = meta.find(key);
  if (found == meta.end() || !found->is_array()) refuse(file, fmt::format("has no list '{}'", key));
  for (const auto& extent : *found) {
    if (!extent.is_number_integer() || extent.get<std::int64_t>() < least)
      refuse(file, fmt::format("'{}' is {}", key, found->dump()));
    result.push_back(extent.get<std::int64_t>());
  }
  return result;
}

std::string text_at(const nlohmann::json& meta, const char* key) {
  const auto found = meta.find(key);
  return found != meta.end() && found->is_string() ? found->get<std::string>() : "";
}

/// '<f4', '|b1', '|O', '<U12'.
void read_type(const fs::path& file, const nlohmann::json& meta, Array& array) {
  const std::string type = text_at(meta, "dtype");
  const auto foreign = [&] {
    refuse(file, fmt::format("values of the type '{}' are not read", type), python_hint(file));
  };
  if (type.size() < 2 || type.size() > 12 || type[0] == '>') foreign();
  const auto filters = meta.find("filters");
  const bool filtered = filters != meta.end() && !filters->is_null() && !filters->empty();
  if (type[1] == 'O') {
    array.kind = Kind::strings;
    if (!filtered || filters->size() != 1 || text_at((*filters)[0], "id") != "vlen-utf8") foreign();
    return;
  }
  if (filtered) refuse(file, fmt::format("the filters {} are not read", filters->dump()), python_hint(file));
  const std::string digits = type.substr(2);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos || digits.size() > 6) foreign();
  array.value_bytes = static_cast<std::size_t>(std::stoul(digits));
  const std::size_t n = array.value_bytes;
  const bool whole = n == 1 || n == 2 || n == 4 || n == 8;
  switch (type[1]) {
    case 'b': array.kind = Kind::boolean; break;
    case 'i': array.kind = Kind::integer; break;
    case 'u': array.kind = Kind::unsigned_integer; break;
    case 'f': array.kind = Kind::real; break;
    case 'S': array.kind = Kind::fixed_bytes; break;
    case 'U': array.kind = Kind::fixed_unicode; break;
    default: foreign();
  }
  if (array.kind == Kind::fixed_unicode) array.value_bytes *= 4;
  if (n == 0 || (array.kind == Kind::boolean && n != 1) || (array.kind == Kind::real && n != 4 && n != 8) ||
      (!array.is_text() && !whole))
    foreign();
}

void read_compressor(const fs::path& file, const nlohmann::json& meta, Array& array) {
  const auto found = meta.find("compressor");
  if (found == meta.end() || found->is_null()) return;
  array.compressor = text_at(*found, "id");
  if (array.compressor == "zlib" || array.compressor == "gzip") return;
  if (array.compressor == "blosc" && has_blosc()) return;
  refuse(file,
         array.compressor == "blosc" ? "is compressed with blosc, and libblosc.so.1 is not installed here"
                                     : fmt::format("is compressed with {}, which is not read", found->dump()),
         (array.compressor == "blosc" ? "apt-get install libblosc1, or " : "") + python_hint(file));
}

double fill_of(const nlohmann::json& meta) {
  const auto found = meta.find("fill_value");
  if (found == meta.end()) return 0;
  if (found->is_number()) return found->get<double>();
  if (found->is_boolean()) return found->get<bool>() ? 1 : 0;
  return text_at(meta, "fill_value") == "NaN" ? std::numeric_limits<double>::quiet_NaN() : 0;
}

/// Bytes of all files of the array.
std::int64_t stored_bytes(const Array& array) {
  std::int64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(array.folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored)) bytes += static_cast<std::int64_t>(it->file_size(ignored));
  }
  if (error) throw IoError({.place = array.place(), .found = fmt::format("cannot be read: {}", error.message())});
  return bytes;
}

void check_claims(const fs::path& file, const Array& array) {
  if (array.shape.size() != array.chunks.size())
    refuse(file, fmt::format("shape has {} extents and chunks {}", array.shape.size(), array.chunks.size()));
  const auto bytes = static_cast<std::int64_t>(std::max<std::size_t>(array.value_bytes, 4));
  const std::int64_t chunk = product({array.chunk_size(), bytes}), whole = product({array.size(), bytes});
  const std::int64_t most = std::max(kFree, product({stored_bytes(array), kExpansion}));
  if (chunk > kMostChunkBytes) refuse(file, fmt::format("claims chunks of {} bytes", chunk));
  if (whole > most)
    refuse(file, fmt::format("claims {} bytes of values, but its chunks are too small for that", whole));
}

/// The value at `from`.
template <class T, class Stored>
T value_at(const Array& array, const unsigned char* from) {
  Stored stored{};
  std::memcpy(&stored, from, sizeof(Stored));
  if constexpr (std::is_integral_v<T> && std::is_integral_v<Stored>) {
    if (!std::in_range<T>(stored)) refuse(array.folder, fmt::format("holds {}, which is too large", stored));
  } else if constexpr (std::is_same_v<T, float> && std::is_same_v<Stored, double>) {
    if (std::isfinite(stored) && std::abs(stored) > static_cast<double>(std::numeric_limits<float>::max()))
      refuse(array.folder, fmt::format("holds {}, which is too large", stored));
  } else if constexpr (std::is_integral_v<T>) {
    refuse(array.folder, "holds reals, expected whole numbers");
  }
  return static_cast<T>(stored);
}

template <class T, class Stored>
std::vector<T> numbers_as(const Array& array, const std::vector<unsigned char>& bytes) {
  std::vector<T> values(bytes.size() / sizeof(Stored));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = value_at<T, Stored>(array, bytes.data() + i * sizeof(Stored));
  return values;
}

/// UCS-4 up to the first zero, as UTF-8.
std::string from_unicode(const unsigned char* from, std::size_t bytes) {
  std::string text;
  for (std::size_t k = 0; k + 4 <= bytes; k += 4) {
    std::uint32_t letter = 0;
    std::memcpy(&letter, from + k, 4);
    if (letter == 0) break;
    const auto put = [&](std::uint32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
    if (letter < 0x80) {
      put(letter);
    } else if (letter < 0x800) {
      put(0xC0 | letter >> 6);
      put(0x80 | (letter & 0x3F));
    } else if (letter < 0x10000) {
      put(0xE0 | letter >> 12);
      put(0x80 | (letter >> 6 & 0x3F));
      put(0x80 | (letter & 0x3F));
    } else {
      put(0xF0 | (letter >> 18 & 7));
      put(0x80 | (letter >> 12 & 0x3F));
      put(0x80 | (letter >> 6 & 0x3F));
      put(0x80 | (letter & 0x3F));
    }
  }
  return text;
}

/// A count of strings, then each string after its length.
std::vector<std::string> variable_strings(const Array& array, const std::vector<unsigned char>& bytes) {
  std::size_t at = 0;
  const auto next = [&] {
    std::uint32_t value = 0;
    if (bytes.size() - at < 4) refuse(array.folder, "its strings break off", kDamaged);
    std::memcpy(&value, bytes.data() + at, 4);
    at += 4;
    return static_cast<std::size_t>(value);
  };
  const std::size_t count = next();
  if (static_cast<std::int64_t>(count) > array.chunk_size()) refuse(array.folder, "a chunk has too many strings");
  std::vector<std::string> strings;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t length = next();
    if (bytes.size() - at < length) refuse(array.folder, "its strings break off");
    strings.emplace_back(reinterpret_cast<const char*>(bytes.data()) + at, length);
    at += length;
  }
  return strings;
}

}  // namespace

std::int64_t Array::chunk_size() const { return product(chunks); }
std::int64_t Array::size() const { return product(shape); }

std::string python_hint(const fs::path& part) {
  fs::path store = part;
  for (fs::path above = part; above.has_relative_path(); above = above.parent_path()) {
    std::error_code ignored;
    if (fs::exists(above / ".zgroup", ignored)) store = above;
    if (above == above.parent_path()) break;
  }
  return fmt::format("write it in Python: anndata.read_zarr(\"{}\").write_h5ad(\"{}.h5ad\")", store.string(),
                     store.stem().string());
}

nlohmann::json read_json(const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error)) return nullptr;
  if (fs::file_size(file, error) > (64u << 20)) refuse(file, "is too large for what it should be");
  const auto parsed = nlohmann::json::parse(read_text(file), nullptr, false);
  if (!parsed.is_object()) refuse(file, "is no JSON object");
  return parsed;
}

Array open_array(const fs::path& folder) {
  const fs::path file = folder / ".zarray";
  const auto meta = read_json(file);
  Array array;
  array.folder = folder;
  array.shape = extents(file, meta, "shape", 0);
  array.chunks = extents(file, meta, "chunks", 1);
  read_type(file, meta, array);
  read_compressor(file, meta, array);
  if (text_at(meta, "order") == "F" && array.shape.size() > 1)
    refuse(file, "values in the order of Fortran are not read", python_hint(folder));
  if (text_at(meta, "dimension_separator") == "/") array.separator = "/";
  array.fill = fill_of(meta);
  check_claims(file, array);
  return array;
}

std::vector<unsigned char> read_chunk(const Array& array, const std::vector<std::int64_t>& at) {
  const fs::path file = array.folder / fmt::format("{}", fmt::join(at, array.separator));
  std::error_code error;
  if (!fs::exists(file, error)) return {};
  const std::string stored = read_text(file);
  const auto n_expected = static_cast<std::size_t>(array.chunk_size()) * array.value_bytes;
  const std::size_t most = array.value_bytes > 0 ? n_expected : stored.size() * static_cast<std::size_t>(kExpansion);
  std::optional<std::vector<unsigned char>> bytes;
  if (array.compressor.empty())
    bytes.emplace(stored.begin(), stored.end());
  else
    bytes = array.compressor == "blosc" ? unpacked_blosc(stored, most) : inflated(stored, most);
  if (!bytes || (array.value_bytes > 0 && bytes->size() != n_expected))
    refuse(file, fmt::format("is no whole chunk{}",
                             bytes ? fmt::format(": {} bytes, expected {}", bytes->size(), n_expected) : ""));
  return std::move(*bytes);
}

template <class T>
std::vector<T> chunk_numbers(const Array& array, const std::vector<std::int64_t>& at) {
  const auto bytes = read_chunk(array, at);
  if (bytes.empty()) return std::vector<T>(static_cast<std::size_t>(array.chunk_size()), static_cast<T>(array.fill));
  const bool is_signed = array.kind == Kind::integer;
  switch (array.value_bytes) {
    case 1: return is_signed ? numbers_as<T, std::int8_t>(array, bytes) : numbers_as<T, std::uint8_t>(array, bytes);
    case 2: return is_signed ? numbers_as<T, std::int16_t>(array, bytes) : numbers_as<T, std::uint16_t>(array, bytes);
    case 4:
      if (array.kind == Kind::real) return numbers_as<T, float>(array, bytes);
      return is_signed ? numbers_as<T, std::int32_t>(array, bytes) : numbers_as<T, std::uint32_t>(array, bytes);
    default:
      if (array.kind == Kind::real) return numbers_as<T, double>(array, bytes);
      return is_signed ? numbers_as<T, std::int64_t>(array, bytes) : numbers_as<T, std::uint64_t>(array, bytes);
  }
}

template std::vector<float> chunk_numbers<float>(const Array&, const std::vector<std::int64_t>&);
template std::vector<double> chunk_numbers<double>(const Array&, const std::vector<std::int64_t>&);
template std::vector<std::int32_t> chunk_numbers<std::int32_t>(const Array&, const std::vector<std::int64_t>&);
template std::vector<std::int64_t> chunk_numbers<std::int64_t>(const Array&, const std::vector<std::int64_t>&);

std::vector<std::string> chunk_strings(const Array& array, std::int64_t at) {
  const auto bytes = read_chunk(array, {at});
  if (array.kind == Kind::strings && !bytes.empty()) return variable_strings(array, bytes);
  std::vector<std::string> strings;
  for (std::size_t k = 0; array.value_bytes > 0 && k + array.value_bytes <= bytes.size(); k += array.value_bytes) {
    if (array.kind == Kind::fixed_unicode) {
      strings.push_back(from_unicode(bytes.data() + k, array.value_bytes));
      continue;
    }
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + k, array.value_bytes);
    strings.emplace_back(text.substr(0, text.find_last_not_of('\0') + 1));
  }
  return strings;
}

}  // namespace gracevae::impl::zarr
