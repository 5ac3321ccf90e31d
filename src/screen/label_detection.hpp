#pragma once
/// @file Detects how a file's labels are to be read, from the names and contents of its columns.
#include <string>
#include <vector>

#include "io/anndata.hpp"
#include "screen/labels.hpp"

namespace gracevae::impl {

/// What the user says about the labels; "auto" = detect.
struct LabelRequest {
  std::string column = "auto", control = "auto", separator = "auto";
  std::string file = {};    ///< name for messages
  GuideNames guides = {};   ///< how guides are told from targets
  bool has_guides = false;  ///< the file has counts of guides, for hints
};

struct DetectedLabels {
  LabelDialect dialect;
  LabelNames names;  ///< guides, and known targets that are not genes
  std::string how;   ///< one line: what was found, and which published format it is
};

/// Detects column, control's words, separator and doubling; what the request gives is taken as is.
///
/// Column: it qualifies when it is text, holds control cells (control_kind; an empty label only in guide_ids) and
/// others. Of the columns that published data sets use (condition, perturbation, guide_identity, guide_ids,
/// TargetGenes, target_gene, gene, …) the one is taken whose targets are known genes most often, ties by that order;
/// other columns only when half of their labels are known genes.
/// Control: all labels that are guides without a target (NT, NTC_g1, safe-harbor, …) together; without one, the only
/// kind of label for cells without a guide (WT, GFP, untreated, …).
/// Separator: the one that turns most labels into known names: genes, control's words, labels that stand alone, or
/// guides of these; labels of control itself do not count. Where no label shows one, that of the published form whose
/// column and control these are, if it holds no label or cuts them into what could be symbols; else "+", ",", ";", "|",
/// "&" or "/" where most pieces come back in other labels; else none.
/// Guides by shape whose targets are not known are taken for guides where half of the perturbed labels have the shape,
/// and eight of ten targets several guides.
/// InputError: no column qualifies (the text columns with their most frequent labels); two columns that qualify equally
/// and mean different regimes; the column that was asked for is absent (nearest names), or holds no label that looks
/// like control (the most frequent labels).
DetectedLabels detect_labels(const DataFrame& obs, const KnownGenes& genes, const LabelRequest& request);

}  // namespace gracevae::impl
