#include "base/files.hpp"

#include <algorithm>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <vector>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "base/temporary_names.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

std::string reason() { return std::strerror(errno); }

/// Forces a file's bytes to disk before the rename. A full disk shows here at the latest.
void sync_file(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY);
  if (descriptor < 0)
    throw IoError({.place = path.string(), .found = fmt::format("cannot be reopened after writing: {}", reason())});
  const int result = ::fsync(descriptor);
  const std::string why = reason();
  ::close(descriptor);
  if (result != 0 && errno != EINVAL)
    throw IoError({.place = path.string(), .found = fmt::format("cannot be written: {}", why)}, "is the disk full?");
}

std::string hexadecimal(const XXH128_hash_t& hash) { return fmt::format("{:016x}{:016x}", hash.high64, hash.low64); }

}  // namespace

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)) {
  const fs::path folder = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
  if (!fs::is_directory(folder))
    throw IoError({.place = path_.string(),
                   .found = fmt::format("cannot be written: {} is not a folder", folder.string())},
                  "make the folder first, or choose another output");
  remove_stale_files(folder);
  temporary_ = folder / ("." + path_.filename().string() + temporary_end());
}

AtomicFile::~AtomicFile() {
  std::error_code ignored;
  fs::remove(temporary_, ignored);  // it is gone after commit()
}

void AtomicFile::commit() {
  sync_file(temporary_);
  std::error_code error;
  fs::rename(temporary_, path_, error);
  if (error) throw IoError({.place = path_.string(), .found = fmt::format("cannot be written: {}", error.message())});
}

void write_atomically(const fs::path& path, const std::function<void(const fs::path&)>& write) {
  AtomicFile file(path);
  try {
    write(file.temporary());
  } catch (const fs::filesystem_error& error) {
    throw IoError({.place = path.string(), .found = fmt::format("cannot be written: {}", error.code().message())});
  }
  file.commit();
}

void write_text(const fs::path& path, std::string_view text) {
  write_atomically(path, [&](const fs::path& temporary) {
    errno = 0;
    std::ofstream stream(temporary, std::ios::binary);
    stream.write(text.data(), static_cast<std::streamsize>(text.size()));
    stream.close();
    if (!stream)
      throw IoError({.place = path.string(), .found = fmt::format("cannot be written: {}", reason())},
                    "is the disk full or the folder read-only?");
  });
}

std::string read_text(const fs::path& path) {
  require_readable_file(path, "file");
  std::ifstream stream(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (stream.bad()) throw IoError({.place = path.string(), .found = "cannot be read"});
  return text;
}

void require_writable_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder))
    throw IoError({.place = folder.string(),
                   .found = fmt::format("cannot make this folder: {}",
                                        error ? error.message() : "something else has this name")},
                  "choose another output folder");
  remove_stale_files(folder);
  const fs::path probe = folder / (".probe" + temporary_end());
  errno = 0;
  {
    std::ofstream stream(probe);
    stream << "probe";
    stream.close();
    if (!stream) {
      const std::string why = reason();
      fs::remove(probe, error);
      throw IoError({.place = folder.string(), .found = fmt::format("cannot write into this folder: {}", why)},
                    "check its permissions and free space, or choose another output folder");
    }
  }
  fs::remove(probe, error);
}

void require_readable_file(const fs::path& path, std::string_view what) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    std::vector<std::string> names;
    const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
      names.push_back(it->path().filename().string());
    const auto nearest = nearest_names(path.filename().string(), names);
    throw IoError({.place = path.string(), .found = fmt::format("no such {}", what)},
                  nearest.empty() ? "" : nearest_hint(path.filename().string(), names));
  }
  if (fs::is_directory(path, error))
    throw IoError({.place = path.string(), .found = "is a folder", .expected = fmt::format("a {}", what)});
  if (::access(path.c_str(), R_OK) != 0)
    throw IoError({.place = path.string(), .found = fmt::format("cannot be read: {}", reason())},
                  "check its permissions");
}

namespace {

std::string ending_of(const fs::path& path) {
  return (path.extension() == ".gz" ? path.stem() : path).extension().string();
}

/// All files below a folder, or only those directly in it.
std::vector<fs::path> files_in(const fs::path& folder, bool below) {
  std::vector<fs::path> files;
  for (auto it = fs::recursive_directory_iterator(folder); it != fs::recursive_directory_iterator(); ++it) {
    if (!below && it->is_directory()) it.disable_recursion_pending();
    if (it->is_regular_file()) files.push_back(it->path());
  }
  return files;
}

bool has_matrix(const std::vector<fs::path>& files) {
  return std::any_of(files.begin(), files.end(), [](const fs::path& file) { return ending_of(file) == ".mtx"; });
}

/// The files that identify a folder as an input, in order: those directly in it; all of a zarr store; of a counting
/// program's output the matrices and their lists in the folders below, not the reads beside them, which may be hundreds
/// of gigabytes.
std::vector<fs::path> hashed_files(const fs::path& folder) {
  const bool is_store = fs::exists(folder / ".zgroup");
  std::vector<fs::path> files = files_in(folder, is_store);
  if (!is_store && !has_matrix(files)) {
    std::vector<fs::path> all = files_in(folder, true);
    std::erase_if(all, [](const fs::path& file) {
      const std::string ending = ending_of(file);
      return ending != ".mtx" && ending != ".tsv" && ending != ".txt" && ending != ".csv" && ending != ".h5";
    });
    if (has_matrix(all)) files = std::move(all);
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

std::string file_hash(const fs::path& path) {
  const std::vector<fs::path> files = fs::is_directory(path) ? hashed_files(path) : std::vector<fs::path>{path};
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(), XXH3_freeState);
  XXH3_128bits_reset(state.get());
  std::vector<char> buffer(1 << 20);
  for (const auto& file : files) {
    require_readable_file(file, "file");
    std::ifstream stream(file, std::ios::binary);
    while (stream) {
      stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
      XXH3_128bits_update(state.get(), buffer.data(), static_cast<std::size_t>(stream.gcount()));
    }
  }
  return hexadecimal(XXH3_128bits_digest(state.get()));
}

std::string text_hash(std::string_view text) { return hexadecimal(XXH3_128bits(text.data(), text.size())); }

}  // namespace gracevae::impl
