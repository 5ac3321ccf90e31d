#pragma once
/// @file Files that are either whole or absent.
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace gracevae::impl {

/// A file that is written under another name in the same folder until it is whole, for writing that goes over many
/// calls. Destroyed before commit(), it leaves nothing.
class AtomicFile {
 public:
  /// IoError when the folder is none.
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  const std::filesystem::path& temporary() const { return temporary_; }  ///< where to write
  /// Syncs what was written and renames it to `path`; IoError when that fails.
  void commit();

 private:
  std::filesystem::path path_, temporary_;
};

/// Writes a file so that a reader sees the old one or the whole new one: `write` gets a temporary path in the same
/// folder, which is synced and renamed to `path` when it returns and removed when it throws. IoError when the folder
/// cannot be written.
void write_atomically(const std::filesystem::path& path,
                      const std::function<void(const std::filesystem::path& temporary)>& write);

/// write_atomically for text.
void write_text(const std::filesystem::path& path, std::string_view text);

/// The whole file as text. IoError when absent or unreadable (a folder, no permission).
std::string read_text(const std::filesystem::path& path);

/// Creates the folder if needed and checks that files can be made in it; IoError with the mend.
void require_writable_folder(const std::filesystem::path& folder);

/// IoError with the nearest file names of its folder unless `path` is a readable regular file. `what` names its role:
/// "screen".
void require_readable_file(const std::filesystem::path& path, std::string_view what);

/// XXH3 128-bit hash of a file's bytes in hexadecimal: tells whether an input is the same. Not cryptographic. Of a
/// folder: over its files in order of their names, folders in it left out.
std::string file_hash(const std::filesystem::path& path);
/// The same of a text.
std::string text_hash(std::string_view text);

}  // namespace gracevae::impl
