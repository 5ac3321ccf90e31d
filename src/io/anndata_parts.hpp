#pragma once
/// @file The parts of reading a .h5ad that stand in files of their own. Only for src/io/anndata*.cpp.
#include <optional>
#include <string>

#include "io/anndata.hpp"
#include "io/hdf5.hpp"

namespace gracevae::anndata {

/// The encoding-type attribute of a group or data set, "" where it has none.
std::string encoding_of(const hdf5::File& file, const std::string& node);

/// "screen.h5ad /obs/condition": how messages name a place.
std::string place(const hdf5::File& file, const std::string& node);

/// Reads obs or var. InputError: no index, a column that column-order names but is absent, columns of another length
/// than the index, codes out of range. Columns of an encoding we do not know are left out.
DataFrame read_dataframe(const hdf5::File& file, const std::string& group);

/// Fills x, x_was_dense, x_path and encoding from /X; obs and var must have been read. Errors as read_anndata; with
/// `read_x` false only the shape is checked and x stays empty of values.
void read_x(const hdf5::File& file, bool read_x, AnnData& data);

}  // namespace gracevae::anndata
