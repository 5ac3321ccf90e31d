#include "io/pack_writer.hpp"

#include <fmt/format.h>

#include <cstring>
#include <fstream>
#include <vector>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/pack_file.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

constexpr const char* kMoreRoom = "choose a folder on a disk with more room";

/// A file that is gone when it is closed, whatever happens.
std::unique_ptr<pack::Output> nameless_file(const fs::path& file, const fs::path& shown_as) {
  auto output = std::make_unique<pack::Output>(file, shown_as, kMoreRoom);
  fs::remove(file);
  return output;
}

}  // namespace

struct PackWriter::State {
  State(const fs::path& file, std::int64_t n_rows, std::int64_t n_columns)
      : target(file), output(target.temporary(), file, kMoreRoom),
        values(nameless_file(target.temporary().string() + ".values", file)), n_cols(n_columns), layout(n_rows, 0),
        table(2 * static_cast<std::size_t>(n_rows)) {}

  AtomicFile target;
  pack::Output output;
  std::unique_ptr<pack::Output> values;
  std::int64_t n_cols, next = 0, n_stored = 0;
  pack::Layout layout;
  std::vector<std::int64_t> table;  ///< begins, then ends, of the rows
  pack::Header header{};
};

PackWriter::PackWriter(const fs::path& file, std::int64_t n_rows, std::int64_t n_cols)
    : state_(std::make_unique<State>(file, n_rows, n_cols)) {}
PackWriter::~PackWriter() = default;
PackWriter::PackWriter(PackWriter&&) noexcept = default;
PackWriter& PackWriter::operator=(PackWriter&&) noexcept = default;

void PackWriter::append(const CsrMatrix<float>& rows) {
  State& state = *state_;
  const std::size_t n = state.table.size() / 2;
  GRACEVAE_CHECK(rows.n_cols == state.n_cols && static_cast<std::size_t>(state.next + rows.n_rows) <= n,
                 "no more rows, and as many columns, as were said");
  const std::uint64_t at = 4 * static_cast<std::uint64_t>(state.n_stored);
  state.output.write(rows.indices.data(), 4 * rows.indices.size(), state.layout.indices + at);
  state.values->write(rows.values.data(), 4 * rows.values.size(), at);
  for (std::int64_t i = 0; i < rows.n_rows; ++i, ++state.next) {
    const auto values = rows.row_values(i);
    state.table[static_cast<std::size_t>(state.next)] = state.n_stored;
    state.n_stored += std::ssize(values);
    state.table[n + static_cast<std::size_t>(state.next)] = state.n_stored;
    state.header.content_hash += pack::row_hash(state.next, rows.row_indices(i), values);
    state.header.values.add(values);
  }
}

void PackWriter::finish(const std::string& key) {
  State& state = *state_;
  const std::int64_t n_rows = std::ssize(state.table) / 2;
  GRACEVAE_CHECK(state.next == n_rows, "as many rows as were said");
  const pack::Layout layout(n_rows, state.n_stored);
  state.output.reserve(layout.end);  // also the gaps between the parts
  state.output.copy(*state.values, 4 * static_cast<std::uint64_t>(state.n_stored), layout.values);
  state.output.seal(state.header, state.n_cols, key, state.table);
  state.target.commit();
  state_.reset();
}

PackParts pack_parts(const fs::path& file) {
  require_readable_file(file, "packed cells");
  pack::Header header{};
  std::ifstream stream(file, std::ios::binary);
  stream.read(reinterpret_cast<char*>(&header), sizeof header);
  if (!stream || std::memcmp(header.magic, pack::kMagic, sizeof pack::kMagic) != 0 ||
      pack::hash_of(header) != std::string(header.header_hash, pack::kKeyLength))
    throw InputError({.place = file.string(), .found = "is no packed file, or its header is damaged"});
  const pack::Layout layout(header.n_rows, header.values.n_stored);
  if (fs::file_size(file) != layout.end)
    throw InputError({.place = file.string(),
                      .found = fmt::format("{} bytes", fs::file_size(file)),
                      .expected = std::to_string(layout.end)});
  return {header.n_rows, header.n_cols, header.values.n_stored, layout.table, layout.indices, layout.values};
}

}  // namespace gracevae::impl
