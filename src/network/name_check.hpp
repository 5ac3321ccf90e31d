#pragma once
/// @file Whether the names of a network's files are those of the screen, and what they are where they are not. Only for
/// src/network.
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
  std::int64_t n_gg = 0, n_pg = 0;        ///< edges that the graph has, for hints that lead on
  bool allow_empty = false;
};

/// Warnings of the parts of which less than a tenth of the names (PartNames::share) is found, each with what was seen
/// in it. @throws InputError for a part of which none is found, or less than a tenth where letter case alone parts the
/// names (two species), unless `allow_empty`: then these are warnings too.
/// @test tests/unit/network/name_check_test.cpp
std::vector<std::string> check_names(const std::vector<PartNames>& parts, const NameCheck& check);

}  // namespace gracevae::impl
