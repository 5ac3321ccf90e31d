#pragma once
/// @file Packed files (io/packed_rows.hpp) whose rows come one after another, and where their parts lie.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Writes a pack row by row in bounded memory, without knowing how many values there will be: they wait in a file
/// without a name until the indices are complete. The pack appears under its name at finish(); a writer destroyed
/// before leaves nothing.
/// @test tests/unit/io/pack_writer_test.cpp
class PackWriter {
 public:
  /// @throws IoError, as all that writes
  PackWriter(const std::filesystem::path& file, std::int64_t n_rows, std::int64_t n_cols);
  ~PackWriter();
  PackWriter(PackWriter&&) noexcept;
  PackWriter& operator=(PackWriter&&) noexcept;

  /// Adds rows: n_cols as said, finite values, indices ascending within a row.
  void append(const CsrMatrix<float>& rows);
  /// Closes a pack whose rows are complete. `key`: as PackOrder::key.
  void finish(const std::string& key);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Where the parts of a pack lie in its file, in bytes, for hosts that map it themselves.
struct PackParts {
  std::int64_t n_rows = 0, n_cols = 0, n_stored = 0;
  std::uint64_t table = 0, indices = 0, values = 0;
};
/// Reads the header alone. @throws InputError no pack, or a damaged header; IoError
PackParts pack_parts(const std::filesystem::path& file);

}  // namespace gracevae::impl
