#include "io/safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/files.hpp"

namespace gracevae::impl {

static_assert(std::endian::native == std::endian::little, "safetensors are little-endian, and so is our memory");

namespace {

constexpr std::int64_t kLongestHeader = 100'000'000;  // as in the reference implementation
constexpr const char* kDamaged = "the file is cut off, damaged or no .safetensors file";

struct DtypeSize {
  const char* name;
  std::int64_t bytes;
};
constexpr std::array<DtypeSize, 15> kDtypes{{{"BOOL", 1},
                                             {"U8", 1},
                                             {"I8", 1},
                                             {"F8_E4M3", 1},
                                             {"F8_E5M2", 1},
                                             {"I16", 2},
                                             {"U16", 2},
                                             {"F16", 2},
                                             {"BF16", 2},
                                             {"I32", 4},
                                             {"U32", 4},
                                             {"F32", 4},
                                             {"F64", 8},
                                             {"I64", 8},
                                             {"U64", 8}}};

/// Bytes of one value, 0 for an unknown dtype.
std::int64_t dtype_bytes(const std::string& dtype) {
  const auto* found = std::find_if(kDtypes.begin(), kDtypes.end(), [&](const DtypeSize& d) { return dtype == d.name; });
  return found == kDtypes.end() ? 0 : found->bytes;
}

/// Bytes of an array; −1 if the shape is negative or overflows.
std::int64_t byte_size(std::int64_t element_bytes, const std::vector<std::int64_t>& shape) {
  std::int64_t bytes = element_bytes;
  for (const std::int64_t extent : shape)
    if (extent < 0 || __builtin_mul_overflow(bytes, extent, &bytes)) return -1;
  return bytes;
}

/// Where a tensor lies after the header.
struct Entry {
  std::string name;
  StoredTensor tensor;
  std::int64_t begin = 0, end = 0;
};

Entry parse_entry(const std::string& name, const nlohmann::json& json, const std::string& place) {
  Entry entry;
  entry.name = name;
  const std::string where = fmt::format("{} tensor '{}'", place, name);
  std::vector<std::int64_t> offsets;
  try {
    entry.tensor.dtype = json.at("dtype").get<std::string>();
    for (const auto& extent : json.at("shape"))
      entry.tensor.shape.push_back(extent.is_number_integer() ? extent.get<std::int64_t>() : -1);
    for (const auto& offset : json.at("data_offsets"))
      offsets.push_back(offset.is_number_integer() ? offset.get<std::int64_t>() : -1);
  } catch (const nlohmann::json::exception&) {
    throw InputError({.place = where, .found = "dtype, shape or data_offsets is absent or malformed"}, kDamaged);
  }
  const std::int64_t element = dtype_bytes(entry.tensor.dtype);
  if (element == 0) throw InputError({.place = where, .found = fmt::format("unknown dtype '{}'", entry.tensor.dtype)});
  const std::int64_t bytes = byte_size(element, entry.tensor.shape);
  if (offsets.size() != 2 || offsets[0] < 0 || offsets[1] < offsets[0])
    throw InputError({.place = where, .found = "data_offsets are not two ascending numbers"}, kDamaged);
  if (bytes != offsets[1] - offsets[0])
    throw InputError({.place = where,
                      .found =
                          fmt::format("{} of shape [{}] needs {} bytes, but data_offsets give {}", entry.tensor.dtype,
                                      fmt::join(entry.tensor.shape, ", "), bytes, offsets[1] - offsets[0])},
                     kDamaged);
  entry.begin = offsets[0];
  entry.end = offsets[1];
  return entry;
}

std::map<std::string, std::string> parse_metadata(const nlohmann::json& json, const std::string& place) {
  try {
    return json.get<std::map<std::string, std::string>>();
  } catch (const nlohmann::json::exception&) {
    throw InputError({.place = place, .found = "__metadata__ is not an object of strings"}, kDamaged);
  }
}

/// Sorts by position and checks that the tensors fill the data without gaps.
void check_layout(std::vector<Entry>& entries, std::int64_t data_bytes, const std::string& place) {
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return std::tie(a.begin, a.end) < std::tie(b.begin, b.end); });
  std::int64_t next = 0;
  for (const auto& entry : entries) {
    if (entry.begin != next)
      throw InputError({.place = fmt::format("{} tensor '{}'", place, entry.name),
                        .found = fmt::format("starts at byte {}", entry.begin),
                        .expected = fmt::format("{}: tensors must lie one behind the other", next)},
                       kDamaged);
    next = entry.end;
  }
  if (next != data_bytes)
    throw InputError({.place = place,
                      .found = fmt::format("holds {} bytes of data, its header says {}", data_bytes, next)},
                     kDamaged);
}

nlohmann::json read_header(std::ifstream& stream, std::int64_t file_bytes, const std::string& place) {
  std::uint64_t length = 0;
  if (file_bytes < 8 || !stream.read(reinterpret_cast<char*>(&length), 8))
    throw InputError({.place = place, .found = fmt::format("{} bytes long", file_bytes), .expected = "at least 8"},
                     kDamaged);
  const std::int64_t longest = std::min(kLongestHeader, file_bytes - 8);
  if (length > static_cast<std::uint64_t>(longest))
    throw InputError({.place = place,
                      .found = fmt::format("gives its header {} bytes", length),
                      .expected = fmt::format("at most {}", longest)},
                     kDamaged);
  std::string text(length, '\0');
  if (!stream.read(text.data(), static_cast<std::streamsize>(length)))
    throw IoError({.place = place, .found = "cannot be read"});
  nlohmann::json header = nlohmann::json::parse(text, nullptr, false);
  if (!header.is_object()) throw InputError({.place = place, .found = "its header is not a JSON object"}, kDamaged);
  return header;
}

nlohmann::ordered_json make_header(const SafeTensors& content) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!content.metadata.empty()) header["__metadata__"] = content.metadata;
  std::size_t begin = 0;
  for (const auto& [name, tensor] : content.tensors) {
    GRACEVAE_CHECK(byte_size(dtype_bytes(tensor.dtype), tensor.shape) == static_cast<std::int64_t>(tensor.bytes.size()),
                   "dtype, shape and bytes of a tensor differ: " + name);
    header[name] = {{"dtype", tensor.dtype},
                    {"shape", tensor.shape},
                    {"data_offsets", {begin, begin + tensor.bytes.size()}}};
    begin += tensor.bytes.size();
  }
  return header;
}

}  // namespace

SafeTensors read_safetensors(const std::filesystem::path& path) {
  require_readable_file(path, "file");
  const std::string place = path.string();
  const auto file_bytes = static_cast<std::int64_t>(std::filesystem::file_size(path));
  std::ifstream stream(path, std::ios::binary);
  const nlohmann::json header = read_header(stream, file_bytes, place);
  SafeTensors content;
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__")
      content.metadata = parse_metadata(value, place);
    else
      entries.push_back(parse_entry(name, value, place));
  }
  check_layout(entries, file_bytes - stream.tellg(), place);
  for (auto& entry : entries) {
    entry.tensor.bytes.resize(static_cast<std::size_t>(entry.end - entry.begin));
    stream.read(reinterpret_cast<char*>(entry.tensor.bytes.data()), entry.end - entry.begin);
    if (!stream) throw IoError({.place = place, .found = "cannot be read"});
    content.tensors.emplace(std::move(entry.name), std::move(entry.tensor));
  }
  return content;
}

void write_safetensors(const std::filesystem::path& path, const SafeTensors& content) {
  std::string header = make_header(content).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  header.append((8 - header.size() % 8) % 8, ' ');
  const std::uint64_t length = header.size();
  write_atomically(path, [&](const std::filesystem::path& temporary) {
    errno = 0;
    std::ofstream stream(temporary, std::ios::binary);
    stream.write(reinterpret_cast<const char*>(&length), 8);
    stream.write(header.data(), static_cast<std::streamsize>(header.size()));
    for (const auto& [name, tensor] : content.tensors)
      stream.write(reinterpret_cast<const char*>(tensor.bytes.data()),
                   static_cast<std::streamsize>(tensor.bytes.size()));
    stream.close();
    if (!stream)
      throw IoError({.place = path.string(), .found = fmt::format("cannot be written: {}", std::strerror(errno))},
                    "is the disk full?");
  });
}

}  // namespace gracevae::impl
