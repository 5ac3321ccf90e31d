#pragma once
/// @file Files that are either whole or absent.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace gracevae::impl {

/// A file written under a temporary name in the same folder until it is whole, for writing over many calls. Leaves
/// nothing if destroyed before commit().
class AtomicFile {
 public:
  /// Throws IoError if the parent is not a directory.
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  const std::filesystem::path& temporary() const { return temporary_; }  ///< where to write
  /// Syncs the temporary file and renames it to `path`. Throws IoError if that fails.
  void commit();

 private:
  std::filesystem::path path_, temporary_;
};

/// Writes a file so that readers see the old one or the whole new one: `write` gets a temporary path in the same
/// folder, which is synced and renamed to `path` when it returns and removed when it throws. Throws IoError if the
/// folder cannot be written.
void write_atomically(const std::filesystem::path& path,
                      const std::function<void(const std::filesystem::path& temporary)>& write);

/// write_atomically for text.
void write_text(const std::filesystem::path& path, std::string_view text);

/// The whole file as text. Throws IoError if it is absent or unreadable (a folder, no permission).
std::string read_text(const std::filesystem::path& path);

/// Creates the folder if needed and checks that files can be created in it. Throws IoError with a hint.
void require_writable_folder(const std::filesystem::path& folder);

/// Throws IoError with the nearest file names of its folder unless `path` is a readable regular file. `what` names its
/// role: "screen".
void require_readable_file(const std::filesystem::path& path, std::string_view what);

/// XXH3 128-bit hash of a file's bytes in hexadecimal: identifies an input; not cryptographic. Of a folder: over its
/// files in order of their names, without subfolders.
std::string file_hash(const std::filesystem::path& path);
/// The same for a text.
std::string text_hash(std::string_view text);

}  // namespace gracevae::impl
