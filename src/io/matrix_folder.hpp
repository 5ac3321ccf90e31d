#pragma once
/// @file Finding the matrix in the output folder of a counting program: Cell Ranger, kb, STARsolo. Only for src/io.
#include <filesystem>

namespace gracevae::impl {

/// The folder or .h5 file to read. A folder with a .mtx file is returned as it is. Otherwise it is searched, four
/// levels deep, for folders with a matrix (matrix.mtx, cells_x_genes.mtx, or a single .mtx) and for 10x .h5 files: the
/// only one is taken, or the only filtered one; a message says which. An .h5 beside a folder of the same name is the
/// same matrix.
/// @throws InputError none, or several candidates (listed). @throws IoError unreadable.
/// @test tests/unit/io/matrix_folder_test.cpp
std::filesystem::path matrix_in_folder(const std::filesystem::path& folder);

}  // namespace gracevae::impl
