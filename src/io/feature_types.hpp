#pragma once
/// @file Features of several kinds in one matrix: which are genes, and where the others go. Only for src/io.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/cell_source.hpp"

namespace gracevae::impl {

/// The column of feature types: `feature_types` (Cell Ranger, Scanpy) or `feature_type`; nullptr where there is none.
const Column* feature_types_of(const DataFrame& var);

/// The type that all features have, "" where there are several or none.
std::string only_feature_type(const DataFrame& var);

/// Whether features of this type are measured beside genes and never genes: guides, antibodies, hashtags.
bool is_beside_genes(std::string_view type);

/// One entry of CellSource::others: the columns `kept` of `reader`, whose names stand in `var`.
OtherFeatures other_features(std::string type, const DataFrame& var, const std::vector<std::int64_t>& kept,
                             std::shared_ptr<RowReader> reader);

/// Keeps the genes. Where var has a column of feature types with several kinds, only "Gene Expression" (any case, and
/// its older spellings) stays in `rows` and `var`, every other type becomes an entry of `others`, and a message says
/// so. A column without any such type is left alone unless it names kinds that Cell Ranger knows: biotypes of genes
/// stand in columns of that name, too.
/// @throws InputError no genes: only guides or antibodies, or several of Cell Ranger's types without genes.
/// @test tests/unit/io/feature_types_test.cpp
void keep_genes(CellSource& source);

}  // namespace gracevae::impl
