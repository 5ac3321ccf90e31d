#pragma once
/// @file Control, actual and generated cells of a run drawn together (the paper's appendix D).
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/options.hpp"
#include "io/cell_source.hpp"
#include "stats/umap.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Section [umap].
struct EmbeddingOptions {
  std::int64_t cells = 20'000;   ///< drawn at most; of more, a sample
  std::int64_t components = 50;  ///< principal components that neighbours are looked for in
  UmapOptions umap;

  void bind(OptionTable& table);
  /// ConfigError when min_dist is above spread.
  void validate() const;
};

/// The cells of an embedding, in the order of the file.
struct CellEmbedding {
  std::int64_t n_cells = 0;        ///< of the file
  std::vector<std::int64_t> rows;  ///< of the file, ascending
  Matrix<float> components;        ///< [rows, k] scores
  Matrix<float> directions;        ///< [genes, k], orthonormal
  std::vector<double> variances;   ///< [k], n − 1
  double total_variance = 0;       ///< over all genes
  Matrix<float> places;            ///< [rows, 2], UMAP
};

/// At most `n_most` of the rows with these labels, ascending: every label in proportion to its rows and with one at
/// least where n_most allows, drawn at random.
std::vector<std::int64_t> stratified_sample(const std::vector<std::string>& labels, std::int64_t n_most,
                                            std::uint64_t seed);

/// Principal components of the genes (centred, not scaled) over the cells of an opened predictions.h5ad, or over a
/// sample by source and condition, then UMAP of them. Where obs has strata, cells are centred within them, so that what
/// tells strata apart is not drawn. The file is read in blocks; in memory are only the cells that are
/// drawn. The same file and options give the same bits. With a progress line.
/// @throws InputError obs without condition or source, fewer than two cells. Interrupted on request.
/// @paper GraCE-VAE, appendix D
CellEmbedding embed_cells(CellSource& cells, const EmbeddingOptions& options);

/// Puts an embedding where scanpy looks: obsm X_pca and X_umap (NaN for cells that were not drawn), varm PCs, uns
/// pca (params, variance, variance_ratio) and umap (params). All else in the file stays as it is.
void write_embedding(const std::filesystem::path& file, const CellEmbedding& embedding,
                     const EmbeddingOptions& options);

/// What a file says of cells that were drawn before.
struct StoredPlaces {
  std::vector<std::int64_t> rows;          ///< with a place, ascending
  Matrix<float> places;                    ///< [rows, 2]
  std::map<std::string, double> settings;  ///< numbers of uns/umap/params
};
/// None without obsm/X_umap, or with one of another shape.
std::optional<StoredPlaces> stored_places(const std::filesystem::path& file, std::int64_t n_cells);

/// What write_embedding keeps in uns/umap/params.
std::map<std::string, double> embedding_settings(const EmbeddingOptions& options, std::int64_t n_cells);

/// A text column of obs that a file of predictions must have; InputError with the nearest names.
std::vector<std::string> prediction_column(const CellSource& cells, const std::string& name);

}  // namespace gracevae::impl
