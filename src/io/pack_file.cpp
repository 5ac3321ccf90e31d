#include "io/pack_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.hpp"
#include "base/files.hpp"

namespace gracevae::impl::pack {

static_assert(std::endian::native == std::endian::little, "packs are raw little-endian arrays");

std::string hash_of(const Header& header) {
  return text_hash({reinterpret_cast<const char*>(&header), offsetof(Header, header_hash)});
}

std::uint64_t row_hash(std::int64_t i, std::span<const std::int32_t> indices, std::span<const float> values) {
  const std::uint64_t seed = XXH3_64bits_withSeed(indices.data(), indices.size_bytes(), static_cast<XXH64_hash_t>(i));
  return XXH3_64bits_withSeed(values.data(), values.size_bytes(), seed);
}

Output::Output(const std::filesystem::path& file, std::filesystem::path shown_as, std::string hint)
    : shown_as_(std::move(shown_as)), hint_(std::move(hint)),
      descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
  if (descriptor_ < 0) throw_unwritable();
}

Output::~Output() { ::close(descriptor_); }

void Output::throw_unwritable() const {
  throw IoError({.place = shown_as_.string(), .found = fmt::format("cannot be written: {}", std::strerror(errno))},
                hint_);
}

void Output::reserve(std::uint64_t bytes) const {
  struct statvfs disk {};
  if (::fstatvfs(descriptor_, &disk) == 0 && disk.f_bavail * disk.f_frsize < bytes)
    throw IoError({.place = shown_as_.string(),
                   .found =
                       fmt::format("the packed copy of the screen takes {} bytes, but only {} are free on its disk",
                                   bytes, disk.f_bavail * disk.f_frsize)},
                  hint_);
  const int error = ::posix_fallocate(descriptor_, 0, static_cast<off_t>(bytes));
  errno = error;
  if (error == EOPNOTSUPP || error == EINVAL) {
    if (::ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0) throw_unwritable();
  } else if (error != 0) {
    throw_unwritable();
  }
}

void Output::write(const void* data, std::size_t bytes, std::uint64_t at) const {
  const auto* from = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = ::pwrite(descriptor_, from, bytes, static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) throw_unwritable();
    from += written;
    at += static_cast<std::uint64_t>(written);
    bytes -= static_cast<std::size_t>(written);
  }
}

void Output::copy(const Output& from, std::uint64_t bytes, std::uint64_t at) const {
  constexpr std::uint64_t kAtOnce = 1 << 22;
  std::vector<char> buffer(static_cast<std::size_t>(std::min(bytes, kAtOnce)));
  for (std::uint64_t done = 0; done < bytes;) {
    const std::size_t wanted = static_cast<std::size_t>(std::min(bytes - done, kAtOnce));
    const ssize_t n = ::pread(from.descriptor_, buffer.data(), wanted, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw_unwritable();
    write(buffer.data(), static_cast<std::size_t>(n), at + done);
    done += static_cast<std::uint64_t>(n);
  }
}

void Output::seal(Header header, std::int64_t n_cols, const std::string& key,
                  const std::vector<std::int64_t>& table) const {
  GRACEVAE_CHECK(key.size() == kKeyLength, "a key");
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.n_rows = std::ssize(table) / 2;
  header.n_cols = n_cols;
  std::memcpy(header.key, key.data(), kKeyLength);
  const std::string table_hash = text_hash({reinterpret_cast<const char*>(table.data()), 8 * table.size()});
  std::memcpy(header.table_hash, table_hash.data(), kKeyLength);
  std::memcpy(header.header_hash, hash_of(header).data(), kKeyLength);
  write(table.data(), 8 * table.size(), kPage);
  write(&header, sizeof header, 0);
}

}  // namespace gracevae::impl::pack
