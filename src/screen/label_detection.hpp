#pragma once
/// @file How a file's labels are to be read, found from the names of its columns and what they hold.
#include <string>
#include <vector>

#include "io/anndata.hpp"
#include "screen/labels.hpp"

namespace gracevae {

/// What the user says of the labels; "auto" = find it.
struct LabelRequest {
  std::string column = "auto", control = "auto", separator = "auto";
  std::string file = {};  ///< as messages name it
};

struct DetectedLabels {
  LabelDialect dialect;
  std::string how;  ///< one line: what was found, and which published form it is
};

/// Finds column, control's word, separator and doubling; whatever the request gives is taken as it is. A column
/// qualifies when it is text, holds control cells (words of looks_like_control; an empty label only in guide_ids) and
/// others. Of the columns that published data sets use (condition, perturbation, guide_identity, guide_ids,
/// TargetGenes, target_gene, gene, …) the one is taken whose targets are known genes most often, ties by that order;
/// other columns only when half of their labels are known genes. The separator is the one that turns most labels into
/// known names: genes, control's word, or labels of their own. InputError: no column qualifies (the text columns with
/// their most frequent labels); two columns that qualify equally and mean different regimes; the column that was asked
/// for is absent (nearest names), or holds no label that looks like control (the most frequent labels).
DetectedLabels detect_labels(const DataFrame& obs, const KnownGenes& genes, const LabelRequest& request);

}  // namespace gracevae
