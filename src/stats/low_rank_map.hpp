#pragma once
/// @file A linear map of low rank from rows' principal scores to columns (Ahlmann-Eltze, Huber and Anders 2025).
#include <cstdint>
#include <span>
#include <vector>

namespace gracevae::impl {

struct LowRankMap {
  std::vector<double> centre;                ///< [p] c
  std::vector<std::vector<double>> columns;  ///< A·K·A_rᵀ of every wanted row r, [p] each
};

/// With A [p, k] = the scores of X's first k principal components (rows are the observations, columns centred; k = 10,
/// or as many as there are), c = the mean over Y's columns, and B [k, m] the rows of A that Y's columns belong to:
///   K = (AᵀA + λI)⁻¹ Aᵀ(Y − c)Bᵀ (BBᵀ + λI)⁻¹, λ = 0.1.
/// @param x columns of X, [p] each
/// @param y columns of Y, [p] each; one at least
/// @param rows_of_y of every column of Y, its row in X
/// @param wanted rows of X whose columns are predicted
/// @test tests/unit/screen/shift_model_test.cpp (the closed form in NumPy)
LowRankMap low_rank_map(std::span<const std::vector<double>> x, std::span<const std::vector<double>> y,
                        std::span<const std::int64_t> rows_of_y, std::span<const std::int64_t> wanted);

}  // namespace gracevae::impl
