#pragma once
/// @file Checks whether the names in a network's files match the screen's, and recognises what they are if not. Only
/// for src/network.
#include <cstdint>
#include <string>
#include <vector>

#include "network/gene_nodes.hpp"
#include "screen/screen.hpp"

namespace gracevae::impl {

/// What most of the names look like: "Entrez ids", "Ensembl ids", "STRING's protein ids", "Ensembl protein ids",
/// "HGNC ids", "UniProt accessions", "names between quotes", "several names joined together", "mouse symbols" (Klf1),
/// "human symbols" (KLF1), else "names".
std::string kind_of_names(const std::vector<std::string>& names);

struct NameCheck {
  const std::vector<std::string>& genes;  ///< of the screen
  const Screen* screen = nullptr;         ///< may be absent
  std::int64_t n_gg = 0, n_pg = 0;        ///< edges of the graph, for hints
  bool allow_empty = false;
};

/// Warnings about the parts of which less than a tenth of the names (PartNames::share) is known, each with what the
/// names look like. @throws InputError for a part without known names, or with less than a tenth where the rest differs
/// in letter case alone (two species); with `allow_empty` these are warnings, too.
/// @test tests/unit/network/name_check_test.cpp
std::vector<std::string> check_names(const std::vector<PartNames>& parts, const NameCheck& check);

}  // namespace gracevae::impl
