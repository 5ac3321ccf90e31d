#include "io/packed_rows.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/interrupt.hpp"
#include "base/progress.hpp"
#include "io/pack_file.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

using pack::hash_of;
using pack::Header;
using pack::kKeyLength;
using pack::kMagic;
using pack::kPage;
using pack::Layout;
using pack::row_hash;

constexpr std::int64_t kBlockRows = 4096;
constexpr std::int64_t kMostGap = 16384;         // stored values that are read and dropped rather than skipped
constexpr std::int64_t kLongPack = 100'000'000;  // stored values above which progress is shown

/// begins, then ends, of the rows.
std::vector<std::int64_t> row_table(const std::vector<std::int64_t>& sizes, const PackOrder& order) {
  const std::size_t n = order.rows.size();
  std::vector<std::int64_t> table(2 * n);
  std::int64_t at = 0;
  for (const std::int64_t row : order.order) {
    const auto i = static_cast<std::size_t>(row);
    table[i] = at;
    at += sizes[static_cast<std::size_t>(order.rows[i])];
    table[n + i] = at;
  }
  return table;
}

[[noreturn]] void throw_damaged(const fs::path& file, const std::string& what) {
  throw InputError({.place = file.string(), .found = fmt::format("is no packed screen that can be used: {}", what)},
                   "remove it: it is made again from the screen when it is needed");
}

/// Whether a file of this many bytes can hold so much.
bool has_possible_sizes(const Header& header, std::uint64_t bytes) {
  const auto most = static_cast<std::int64_t>(bytes / 8);  // a stored value takes 8, a row 16
  return header.n_rows >= 0 && header.n_rows <= most && header.values.n_stored >= 0 && header.values.n_stored <= most &&
         header.n_cols >= 0 && header.n_cols <= std::numeric_limits<std::int32_t>::max();
}

/// Whether every stored value is of one row.
bool share_stored_values(const CsrView<float>& rows, std::int64_t n_stored) {
  std::vector<std::pair<std::int64_t, std::int64_t>> spans;
  for (std::int64_t i = 0; i < rows.n_rows; ++i) spans.emplace_back(rows.begins[i], rows.ends[i]);
  std::sort(spans.begin(), spans.end());
  std::int64_t at = 0;
  for (const auto& [begin, end] : spans) {
    if (begin != at || end < begin) return false;
    at = end;
  }
  return at == n_stored;
}

bool is_sound(std::span<const std::int32_t> indices, std::span<const float> values, std::int64_t n_cols) {
  return indices.empty() ||
         (indices.front() >= 0 && indices.back() < n_cols &&
          std::adjacent_find(indices.begin(), indices.end(), std::greater_equal<>()) == indices.end() &&
          std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }));
}

/// Goes through all rows once: indices in range and ascending, values finite, and both as the header says. `release` is
/// called now and then, so that few pages stay in memory.
void check_content(const CsrView<float>& rows, const Header& header, const fs::path& file,
                   const std::function<void()>& release) {
  constexpr std::int64_t kValuesAtOnce = 1 << 22;
  std::vector<std::int64_t> order(static_cast<std::size_t>(rows.n_rows));  // as they are stored
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return rows.begins[a] < rows.begins[b]; });
  std::uint64_t hash = 0;
  std::int64_t n_unsound = 0, n_nonzero = 0, n_negative = 0, n_outside = 0, n_fractions = 0;
  for (std::size_t first = 0, end = 0; first < order.size(); first = end) {
    for (std::int64_t n = 0; end < order.size() && n < kValuesAtOnce; ++end)
      n += rows.ends[order[end]] - rows.begins[order[end]];
#pragma omp parallel for schedule(static) reduction(+ : hash, n_unsound, n_nonzero, n_negative, n_outside, n_fractions)
    for (std::size_t k = first; k < end; ++k) {
      const std::int64_t i = order[k];
      const auto indices = rows.row_indices(i);
      const auto values = rows.row_values(i);
      if (!is_sound(indices, values, rows.n_cols)) {
        ++n_unsound;
        continue;
      }
      hash += row_hash(i, indices, values);
      StoredValues row;
      row.add(values);
      n_nonzero += row.n_nonzero;
      n_negative += row.n_negative;
      n_fractions += row.whole == 0 ? 1 : 0;
      n_outside += row.n_stored > 0 && (row.smallest < header.values.smallest || row.largest > header.values.largest);
    }
    release();
  }
  if (n_unsound > 0) throw_damaged(file, fmt::format("genes or values of {} cells are damaged", n_unsound));
  const StoredValues& said = header.values;
  if (n_nonzero != said.n_nonzero || n_negative != said.n_negative || n_outside > 0 ||
      (n_fractions == 0) != (said.whole == 1) || (header.content_hash != 0 && header.content_hash != hash))
    throw_damaged(file, "its values are not those that were written");
}

}  // namespace

void StoredValues::add(std::span<const float> stored) {
  if (stored.empty()) return;
  constexpr float kAllWhole = 8388608;  // from 2²³ on every float is a whole number
  float low = n_stored == 0 ? stored.front() : smallest, high = n_stored == 0 ? stored.front() : largest;
  std::int32_t nonzero = 0, negative = 0, fractions = 0;  // of a row
  for (const float value : stored) {
    low = value < low ? value : low;
    high = value > high ? value : high;
    nonzero += value != 0 ? 1 : 0;
    negative += value < 0 ? 1 : 0;
    const bool is_whole = std::abs(value) >= kAllWhole || value == static_cast<float>(static_cast<std::int32_t>(value));
    fractions += is_whole ? 0 : 1;
  }
  smallest = low;
  largest = high;
  n_stored += std::ssize(stored);
  n_nonzero += nonzero;
  n_negative += negative;
  if (fractions > 0) whole = 0;
}

StoredValues stored_values(const CsrView<float>& rows) {
  StoredValues result;
  for (std::int64_t i = 0; i < rows.n_rows; ++i) result.add(rows.row_values(i));
  return result;
}

void PackedRows::write(const fs::path& file, RowReader& reader, const PackOrder& order) {
  GRACEVAE_CHECK(order.rows.size() == order.order.size(), "a permutation");
  const std::vector<std::int64_t> table = row_table(reader.row_sizes(), order);
  const std::size_t n = order.rows.size();
  const std::int64_t n_stored = order.order.empty() ? 0 : table[n + static_cast<std::size_t>(order.order.back())];
  const Layout layout(static_cast<std::int64_t>(n), n_stored);

  AtomicFile target(file);
  const pack::Output output(target.temporary(), file, "choose a folder on a disk with more room: screen.packed FOLDER");
  output.reserve(layout.end);
  Header header{};
  std::optional<Progress> progress;
  if (n_stored > kLongPack) progress.emplace("packing", static_cast<std::int64_t>(n));
  std::size_t next = 0;
  for (std::int64_t first = 0; first < reader.n_rows() && next < n; first += kBlockRows) {
    stop_if_requested("packing");
    const CsrMatrix<float> block = reader.rows(first, std::min(kBlockRows, reader.n_rows() - first));
    for (; next < n && order.rows[next] < first + block.n_rows; ++next) {
      const std::int64_t row = order.rows[next] - first;
      const auto values = block.row_values(row);
      if (std::ssize(values) != table[n + next] - table[next])
        throw InputError({.place = file.string(),
                          .found = fmt::format("row {} of the screen has {} values, and had {} a moment ago",
                                               order.rows[next] + 1, values.size(), table[n + next] - table[next])},
                         "is somebody changing the screen's file? Do it again with a file that stays as it is");
      const auto at = 4 * static_cast<std::uint64_t>(table[next]);
      output.write(block.row_indices(row).data(), values.size_bytes(), layout.indices + at);
      output.write(values.data(), values.size_bytes(), layout.values + at);
      header.content_hash += row_hash(static_cast<std::int64_t>(next), block.row_indices(row), values);
      header.values.add(values);
    }
    if (progress) progress->update(static_cast<std::int64_t>(next), "");
  }
  output.seal(header, reader.n_cols(), order.key, table);
  target.commit();
}

std::shared_ptr<const PackedRows> PackedRows::open(const fs::path& file, const std::string& key) {
  require_readable_file(file, "packed screen");
  std::shared_ptr<PackedRows> pack(new PackedRows);
  pack->path_ = file;
  pack->descriptor_ = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (pack->descriptor_ < 0 || ::fstat(pack->descriptor_, &status) != 0)
    throw IoError({.place = file.string(), .found = fmt::format("cannot be read: {}", std::strerror(errno))});
  const auto bytes = static_cast<std::uint64_t>(status.st_size);
  Header header{};
  if (bytes < kPage || ::pread(pack->descriptor_, &header, sizeof header, 0) != ssize_t{sizeof header})
    throw_damaged(file, fmt::format("it has {} bytes, too few for a header", bytes));
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) throw_damaged(file, "it does not begin as one");
  if (hash_of(header) != std::string(header.header_hash, kKeyLength)) throw_damaged(file, "its header is damaged");
  if (std::string(header.key, kKeyLength) != key) throw_damaged(file, "it was made from another screen");
  if (!has_possible_sizes(header, bytes)) throw_damaged(file, "its sizes are impossible");
  const Layout layout(header.n_rows, header.values.n_stored);
  if (bytes != layout.end) throw_damaged(file, fmt::format("it has {} bytes, expected {}", bytes, layout.end));
  void* const mapping = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, pack->descriptor_, 0);
  if (mapping == MAP_FAILED)
    throw IoError({.place = file.string(), .found = fmt::format("cannot be mapped: {}", std::strerror(errno))});
  pack->mapping_ = mapping;
  pack->bytes_ = bytes;
  pack->indices_at_ = layout.indices;
  pack->values_at_ = layout.values;
  pack->values_ = header.values;
  const char* const start = static_cast<const char*>(mapping);
  if (text_hash({start + layout.table, 16 * static_cast<std::size_t>(header.n_rows)}) !=
      std::string(header.table_hash, kKeyLength))
    throw_damaged(file, "its table of rows is damaged");
  pack->rows_.n_rows = header.n_rows;
  pack->rows_.n_cols = header.n_cols;
  pack->rows_.begins = reinterpret_cast<const std::int64_t*>(start + layout.table);
  pack->rows_.ends = pack->rows_.begins + header.n_rows;
  pack->rows_.indices = reinterpret_cast<const std::int32_t*>(start + layout.indices);
  pack->rows_.values = reinterpret_cast<const float*>(start + layout.values);
  if (!share_stored_values(pack->rows_, header.values.n_stored)) throw_damaged(file, "its table of rows is damaged");
  check_content(pack->rows_, header, file, [&] { pack->release(); });
  return pack;
}

PackedRows::~PackedRows() {
  if (mapping_) ::munmap(mapping_, bytes_);
  if (descriptor_ >= 0) ::close(descriptor_);
}

void PackedRows::release() const {
  ::madvise(static_cast<char*>(mapping_) + indices_at_, bytes_ - indices_at_, MADV_DONTNEED);
}

void PackedRows::read_into(std::int64_t first, std::int64_t count, std::int32_t* indices, float* values) const {
  const auto read = [&](void* out, std::uint64_t part) {
    auto* to = static_cast<char*>(out);
    std::uint64_t at = part + 4 * static_cast<std::uint64_t>(first), left = 4 * static_cast<std::uint64_t>(count);
    while (left > 0) {
      const ssize_t n = ::pread(descriptor_, to, left, static_cast<off_t>(at));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0)
        throw IoError({.place = path_.string(), .found = fmt::format("cannot be read: {}", std::strerror(errno))});
      if (n == 0) throw_damaged(path_, "it became shorter");
      to += n;
      at += static_cast<std::uint64_t>(n);
      left -= static_cast<std::uint64_t>(n);
    }
  };
  read(indices, indices_at_);
  read(values, values_at_);
}

CsrMatrix<float> PackedRows::read(std::span<const std::int64_t> rows) const {
  CsrMatrix<float> x;
  x.n_rows = std::ssize(rows);
  x.n_cols = rows_.n_cols;
  x.indptr.reserve(rows.size() + 1);
  std::int64_t n_stored = 0;
  for (const std::int64_t row : rows) x.indptr.push_back(n_stored += static_cast<std::int64_t>(rows_.row_size(row)));
  x.indices.resize(static_cast<std::size_t>(n_stored));
  x.values.resize(static_cast<std::size_t>(n_stored));
  std::vector<std::int32_t> indices;
  std::vector<float> values;
  for (std::size_t first = 0; first < rows.size();) {
    std::size_t end = first + 1;
    while (end < rows.size() && rows_.begins[rows[end]] - rows_.ends[rows[end - 1]] <= kMostGap &&
           rows_.ends[rows[end]] - rows_.begins[rows[first]] <= (std::int64_t{1} << 20))
      ++end;
    const std::int64_t begin = rows_.begins[rows[first]], count = rows_.ends[rows[end - 1]] - begin;
    GRACEVAE_CHECK(count >= 0, "rows in the order in which they stand");
    indices.resize(static_cast<std::size_t>(count));
    values.resize(static_cast<std::size_t>(count));
    read_into(begin, count, indices.data(), values.data());
    for (std::size_t i = first; i < end; ++i) {
      const std::int64_t from = rows_.begins[rows[i]] - begin, n = rows_.ends[rows[i]] - rows_.begins[rows[i]];
      std::copy_n(indices.begin() + from, n, x.indices.begin() + x.indptr[i]);
      std::copy_n(values.begin() + from, n, x.values.begin() + x.indptr[i]);
    }
    first = end;
  }
  return x;
}

}  // namespace gracevae::impl
