#pragma once
/// @file A screen as a folder of plain arrays: cells.gvpack (io/packed_rows.hpp) and names.h5, an AnnData file of obs
/// and var without values.
#include <cstdint>
#include <filesystem>
#include <memory>

#include "io/anndata.hpp"
#include "io/cell_source.hpp"
#include "io/packed_rows.hpp"

namespace gracevae::impl {

/// Whether a folder is one.
bool is_mapped_cells(const std::filesystem::path& folder);

/// The AnnData file with all but the values: that of such a folder, any other path as it is.
std::filesystem::path annotation_file(const std::filesystem::path& path);

/// Opens it; values are mapped. @throws InputError damaged, or files that do not belong together; IoError
CellSource open_mapped_cells(const std::filesystem::path& folder);

/// The mapping behind a reader, nullptr if it reads something else.
std::shared_ptr<const PackedRows> mapped_rows(const RowReader& rows);

/// Writes the folder, which must not exist. Errors as PackedRows::write; InputError names of another number.
/// @test tests/unit/io/mapped_cells_test.cpp
void write_mapped_cells(const std::filesystem::path& folder, RowReader& rows, DataFrame obs, DataFrame var,
                        Uns uns = {});

/// Writes the folder, which must not exist, block by block. It is whole after finish(); a writer destroyed before
/// leaves nothing.
class MappedCellsWriter {
 public:
  /// @throws IoError, as all that writes
  MappedCellsWriter(const std::filesystem::path& folder, std::int64_t n_rows, std::int64_t n_cols);
  ~MappedCellsWriter();
  MappedCellsWriter(MappedCellsWriter&&) noexcept;
  MappedCellsWriter& operator=(MappedCellsWriter&&) noexcept;

  /// As PackWriter::append.
  void append(const CsrMatrix<float>& rows);
  /// `rest`: all of the cells but X. @throws InputError names of another number
  void finish(AnnData rest);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gracevae::impl
