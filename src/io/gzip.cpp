#include "io/gzip.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/files.hpp"

namespace gracevae::impl {

namespace {

constexpr std::size_t kInputBytes = 256 << 10;
constexpr int kGzipOnly = 16 + MAX_WBITS;  // inflateInit2: a gzip header, no zlib header
constexpr const char* kDamagedHint = "copy or download the file again; `gzip -t FILE` tells whether it is whole";

using namespace std::string_view_literals;

struct Foreign {
  std::string_view magic, what, hint;
};

/// First bytes of files that are mistaken for text.
constexpr std::array<Foreign, 6> kForeign{{
    {"PK\x03\x04"sv, "a zip archive or an Excel file", "unpack it with unzip, or save the Excel sheet as CSV"},
    {"BZh"sv, "packed with bzip2", "unpack it with bunzip2, or pack it with gzip"},
    {"\xFD"
     "7zXZ\0"sv,
     "packed with xz", "unpack it with unxz, or pack it with gzip"},
    {"\x28\xB5\x2F\xFD"sv, "packed with zstd", "unpack it with unzstd, or pack it with gzip"},
    {"\xFF\xFE"sv, "text in UTF-16", "convert it: iconv -f UTF-16 -t UTF-8 FILE"},
    {"\xFE\xFF"sv, "text in UTF-16", "convert it: iconv -f UTF-16 -t UTF-8 FILE"},
}};

}  // namespace

struct ByteReader::State {
  std::filesystem::path path;
  int descriptor = -1;
  std::vector<unsigned char> input = std::vector<unsigned char>(kInputBytes);
  std::size_t input_begin = 0, input_end = 0;
  bool file_ended = false;
  bool gzip = false;
  bool in_member = false;  ///< between the first and the last byte of a gzip member
  bool zlib_ready = false;
  z_stream zlib{};
  std::size_t n_line_ends = 0;  ///< in the unpacked text, to name the line in errors

  ~State() {
    if (zlib_ready) inflateEnd(&zlib);
    if (descriptor >= 0) ::close(descriptor);
  }

  std::size_t read_file(char* out, std::size_t size) {
    for (;;) {
      const auto n = ::read(descriptor, out, size);
      if (n >= 0) {
        file_ended = n == 0 && size > 0;
        return static_cast<std::size_t>(n);
      }
      if (errno != EINTR)
        throw IoError({.place = path.string(), .found = fmt::format("cannot be read: {}", std::strerror(errno))});
    }
  }

  void refill() {
    input_begin = 0;
    input_end = read_file(reinterpret_cast<char*>(input.data()), input.size());
  }

  std::size_t read_plain(std::span<char> out) {
    std::size_t n = std::min(out.size(), input_end - input_begin);
    std::memcpy(out.data(), input.data() + input_begin, n);
    input_begin += n;
    while (n < out.size() && !file_ended) n += read_file(out.data() + n, out.size() - n);
    return n;
  }

  [[noreturn]] void throw_damaged(const std::string& what) const {
    throw IoError({.place = fmt::format("{} line {}", path.string(), n_line_ends + 1), .found = what}, kDamagedHint);
  }

  /// Between two members: the file may be padded with zeros, as from tapes; anything else must be a member.
  void start_member() {
    if (input[input_begin] == 0) {
      while (input_begin < input_end && input[input_begin] == 0) ++input_begin;
      if (input_begin < input_end) throw_damaged("the gzip data end here, but more bytes follow");
      return;
    }
    if (input[input_begin] != 0x1f) throw_damaged("the gzip data end here, but more bytes follow that are not gzip");
    inflateReset(&zlib);
    in_member = true;
  }

  /// Unpacks into `out`; returns the number of bytes.
  std::size_t inflate_into(std::span<char> out) {
    zlib.next_in = input.data() + input_begin;
    zlib.avail_in = static_cast<uInt>(input_end - input_begin);
    zlib.next_out = reinterpret_cast<Bytef*>(out.data());
    zlib.avail_out = static_cast<uInt>(std::min<std::size_t>(out.size(), std::numeric_limits<uInt>::max()));
    const int result = inflate(&zlib, Z_NO_FLUSH);
    input_begin = input_end - zlib.avail_in;
    const auto n = static_cast<std::size_t>(reinterpret_cast<char*>(zlib.next_out) - out.data());
    n_line_ends +=
        static_cast<std::size_t>(std::count(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(n), '\n'));
    if (result == Z_STREAM_END)
      in_member = false;
    else if (result == Z_MEM_ERROR)
      throw IoError({.place = path.string(), .found = "no memory to unpack it"});
    else if (result == Z_BUF_ERROR && file_ended)
      throw_damaged("the gzip data break off here: the file is not whole");
    else if (result != Z_OK && result != Z_BUF_ERROR)
      throw_damaged(fmt::format("the gzip data are damaged here ({})", zlib.msg ? zlib.msg : "unknown error"));
    return n;
  }

  std::size_t read_gzip(std::span<char> out) {
    std::size_t n = 0;
    while (n < out.size()) {
      if (input_begin == input_end && !file_ended) refill();
      if (in_member)
        n += inflate_into(out.subspan(n));
      else if (input_begin < input_end)
        start_member();
      else
        break;
    }
    return n;
  }

  /// Inspects the first bytes.
  void recognise() {
    while (input_end < 16 && !file_ended)
      input_end += read_file(reinterpret_cast<char*>(input.data()) + input_end, input.size() - input_end);
    const std::string_view start(reinterpret_cast<const char*>(input.data()), input_end);
    for (const auto& foreign : kForeign)
      if (start.starts_with(foreign.magic))
        throw InputError({.place = path.string(),
                          .found = fmt::format("is {}", foreign.what),
                          .expected = "text or gzip"},
                         std::string(foreign.hint));
    gzip = in_member = start.starts_with("\x1f\x8b");
    if (!gzip) return;
    if (inflateInit2(&zlib, kGzipOnly) != Z_OK)
      throw IoError({.place = path.string(), .found = "no memory to unpack it"});
    zlib_ready = true;
  }
};

ByteReader::ByteReader(const std::filesystem::path& path) : state_(std::make_unique<State>()) {
  require_readable_file(path, "file");
  state_->path = path;
  state_->descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (state_->descriptor < 0)
    throw IoError({.place = path.string(), .found = fmt::format("cannot be read: {}", std::strerror(errno))},
                  "check its permissions");
  state_->recognise();
}

ByteReader::~ByteReader() = default;

std::size_t ByteReader::read(std::span<char> out) {
  return state_->gzip ? state_->read_gzip(out) : state_->read_plain(out);
}

bool ByteReader::is_gzip() const { return state_->gzip; }

}  // namespace gracevae::impl
