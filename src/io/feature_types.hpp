#pragma once
/// @file Separating genes from other features of a matrix. Only for src/io.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/cell_source.hpp"

namespace gracevae::impl {

/// The column of feature types: `feature_types` (Cell Ranger, Scanpy) or `feature_type`; nullptr if there is none.
const Column* feature_types_of(const DataFrame& var);

/// The common type of all features, "" if there are several or none.
std::string only_feature_type(const DataFrame& var);

/// Whether features of this type are never genes: guides, antibodies, hashtags.
bool is_beside_genes(std::string_view type);

/// An entry of CellSource::others: the columns `kept` of `reader`, with names from `var`.
OtherFeatures other_features(std::string type, const DataFrame& var, const std::vector<std::int64_t>& kept,
                             std::shared_ptr<RowReader> reader);

/// Keeps the genes. If var has a column of several feature types, only "Gene Expression" (any case, and its older
/// spellings) stays in `rows` and `var`, every other type becomes an entry of `others`, and a message says so. A column
/// without that type is ignored unless it names types of Cell Ranger's: columns of that name may hold biotypes of
/// genes.
/// @throws InputError no genes: only guides or antibodies, or several of Cell Ranger's types without genes.
/// @test tests/unit/io/feature_types_test.cpp
void keep_genes(CellSource& source);

}  // namespace gracevae::impl
