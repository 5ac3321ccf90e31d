#include "screen/packed_screen.hpp"

#include <fmt/format.h>

#include <string_view>

#include "base/error.hpp"
#include "base/file_lock.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/random.hpp"

namespace gracevae::impl {

namespace {

namespace fs = std::filesystem;

template <class T>
std::string hash_of(const std::vector<T>& values) {
  return text_hash({reinterpret_cast<const char*>(values.data()), sizeof(T) * values.size()});
}

std::string key_of(const UnreadScreen& unread, const ScreenOptions& options) {
  const Screen& screen = unread.screen;
  return text_hash(fmt::format("{} {} {} {} {} {} {} {}", file_hash(options.file), screen.matrix, options.genes_in_rows,
                               options.modality, options.repeated_genes, screen.genes.size(), hash_of(unread.rows),
                               hash_of(screen.regime_of_cell)));
}

/// Cells in the order in which they are stored.
std::vector<std::int64_t> stored_order(const Screen& screen) {
  std::vector<std::int64_t> order;
  order.reserve(screen.regime_of_cell.size());
  for (std::size_t k = 0; k < screen.regimes.size(); ++k) {
    std::vector<std::int64_t> cells = screen.regimes[k].cells;
    Random(0, "packed", k).shuffle(cells);
    order.insert(order.end(), cells.begin(), cells.end());
  }
  return order;
}

/// What a writer that was killed has left; to be called by who holds the lock.
void remove_remains(const fs::path& file) {
  const std::string begin = "." + file.filename().string() + ".";
  for (const auto& entry : fs::directory_iterator(file.parent_path()))
    if (entry.path().filename().string().starts_with(begin) && entry.path().extension() == ".tmp")
      fs::remove(entry.path());
}

}  // namespace

std::shared_ptr<const PackedRows> packed_rows(const UnreadScreen& unread, CellSource& source,
                                              const ScreenOptions& options, MissingPack missing) {
  if (missing == MissingPack::read_screen && !fs::is_directory(options.packed)) return nullptr;
  const std::string key = key_of(unread, options);
  const fs::path file = fs::path(options.packed) / (key + ".cells");
  if (!fs::exists(file)) {
    if (missing == MissingPack::read_screen) return nullptr;
    require_writable_folder(options.packed);
    const FileLock lock = FileLock::wait(fs::path(options.packed) / (key + ".lock"));
    remove_remains(file);
    if (!fs::exists(file)) {
      log::info("packing {} into {}", options.file, file.string());
      const std::vector<std::int64_t> order = stored_order(unread.screen);
      PackedRows::write(file, *source.rows, {unread.rows, order, key});
    }
  }
  std::shared_ptr<const PackedRows> pack;
  try {
    pack = PackedRows::open(file, key);
  } catch (const IoError&) {
    if (missing == MissingPack::read_screen && !fs::exists(file)) return nullptr;  // gone a moment ago
    throw;
  }
  if (pack->rows().n_rows != std::ssize(unread.rows) || pack->rows().n_cols != std::ssize(unread.screen.genes))
    throw InputError({.place = file.string(),
                      .found = fmt::format("holds {} x {} values", pack->rows().n_rows, pack->rows().n_cols),
                      .expected = fmt::format("{} x {}", unread.rows.size(), unread.screen.genes.size())},
                     "remove it: it is made again from the screen when it is needed");
  log::info("cells: mapped from {}", file.string());
  return pack;
}

}  // namespace gracevae::impl
