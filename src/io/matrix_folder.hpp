#pragma once
/// @file Which matrix is meant by a folder that a counting program left: Cell Ranger's outs, kb's and STARsolo's. Only
/// for src/io.
#include <filesystem>

namespace gracevae::impl {

/// The folder or .h5 file to read. A folder with a .mtx file is itself. Else what lies in it, at most four folders
/// deep, is looked through for folders with a matrix (matrix.mtx, cells_x_genes.mtx, or a single .mtx) and for 10x .h5
/// files: the only one, or else the only filtered one; a message says which. An .h5 beside a folder of the same name is
/// the same matrix.
/// @throws InputError none, or several that could be meant, with their names. @throws IoError unreadable.
/// @test tests/unit/io/matrix_folder_test.cpp
std::filesystem::path matrix_in_folder(const std::filesystem::path& folder);

}  // namespace gracevae::impl
