#include "io/unpacked.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/temporary_names.hpp"
#include "io/gzip.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPieceBytes = 1 << 20, kMostBefore = 2048;
constexpr std::string_view kHdf5 = "\x89HDF\r\n\x1a\n";

fs::path temporary_folder() {
  std::error_code error;
  const fs::path folder = fs::temp_directory_path(error);
  return error ? fs::path("/tmp") : folder;
}

void write_all(int descriptor, const char* bytes, std::size_t size, const fs::path& packed, const fs::path& to) {
  while (size > 0) {
    const auto n = ::write(descriptor, bytes, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      throw IoError({.place = packed.string(),
                     .found = fmt::format("cannot be unpacked into {}: {}", to.parent_path().string(),
                                          std::strerror(errno))},
                    "set TMPDIR to a folder on a disk with room, or unpack the file yourself: gunzip -k FILE");
    bytes += n;
    size -= static_cast<std::size_t>(n);
  }
}

}  // namespace

bool is_gzip_file(const fs::path& path) {
  std::array<char, 2> first{};
  std::ifstream(path, std::ios::binary).read(first.data(), first.size());
  return std::string_view(first.data(), 2) == "\x1f\x8b";
}

bool is_hdf5_file(const fs::path& path) {
  std::string start(kMostBefore + kHdf5.size(), '\0');
  if (is_gzip_file(path)) {
    try {
      ByteReader(path).read(start);
    } catch (const Error&) {
      return false;
    }
  } else {
    std::ifstream(path, std::ios::binary).read(start.data(), static_cast<std::streamsize>(start.size()));
  }
  for (std::size_t at = 0; at <= kMostBefore; at = at == 0 ? 512 : 2 * at)
    if (std::string_view(start).substr(at, kHdf5.size()) == kHdf5) return true;
  return false;
}

TemporaryFile::TemporaryFile() {
  const std::string end = temporary_end();
  std::string pattern = (temporary_folder() / (".XXXXXX" + end)).string();
  remove_stale_files(temporary_folder());
  const int descriptor = ::mkstemps(pattern.data(), static_cast<int>(end.size()));
  if (descriptor < 0)
    throw IoError({.place = temporary_folder().string(),
                   .found = fmt::format("no temporary file can be made: {}", std::strerror(errno))},
                  "set TMPDIR to a folder that can be written");
  ::close(descriptor);
  path_ = pattern;
}

TemporaryFile::~TemporaryFile() {
  std::error_code ignored;
  fs::remove(path_, ignored);
}

UnpackedFile::UnpackedFile(const fs::path& packed) {
  log::info("{}: is unpacked into {} first; faster from then on: gunzip -k", packed.string(),
            file_.path().parent_path().string());
  std::FILE* const out = std::fopen(path().c_str(), "wb");
  if (!out)
    throw IoError({.place = path().string(), .found = fmt::format("cannot be written: {}", std::strerror(errno))});
  const struct Closer {
    std::FILE* file;
    ~Closer() { std::fclose(file); }
  } closer{out};
  ByteReader reader(packed);
  std::vector<char> piece(kPieceBytes);
  for (std::size_t n = reader.read(piece); n > 0; n = reader.read(piece))
    write_all(::fileno(out), piece.data(), n, packed, path());
}

}  // namespace gracevae::impl
