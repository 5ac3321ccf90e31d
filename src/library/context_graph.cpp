#include <gracevae/context_graph.hpp>

#include <cstdlib>

#include "base/call_scope.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "io/gene_sets.hpp"
#include "library/parts.hpp"

namespace gracevae {

namespace {

namespace fs = std::filesystem;

/// A folder that goes with the last who holds it.
std::shared_ptr<const fs::path> temporary_folder() {
  std::string pattern = (fs::temp_directory_path() / "gracevae-network-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw IoError({.place = pattern, .found = "cannot make a temporary folder"});
  return {new fs::path(pattern), [](const fs::path* path) {
            std::error_code ignored;
            fs::remove_all(*path, ignored);
            delete path;
          }};
}

ContextGraph build(const Screen& screen, impl::NetworkOptions options, std::shared_ptr<const fs::path> files) {
  options.make_paths_absolute();
  impl::ContextGraph graph = impl::build_context_graph(screen.genes(), options, &screen.impl().screen);
  for (const std::string& note : graph.notes) impl::log::info("{}", note);
  for (const std::string& warning : graph.warnings) impl::log::warning("{}", warning);
  return ContextGraph(std::make_shared<const ContextGraph::Impl>(
      ContextGraph::Impl{std::move(graph), std::move(options), std::move(files)}));
}

}  // namespace

ContextGraph ContextGraph::read(const Screen& screen, const fs::path& folder, const Options& options,
                                const Context& context) {
  const impl::CallScope scope(context);
  impl::NetworkOptions network = options.impl().run.network;
  if (!folder.empty()) network.network = folder.string();
  return build(screen, network, nullptr);
}

ContextGraph ContextGraph::from_data(const Screen& screen, const NetworkData& data, const Options& options,
                                     const Context& context) {
  const impl::CallScope scope(context);
  const auto files = temporary_folder();
  impl::NetworkOptions network = options.impl().run.network;
  network.network.clear();
  if (!data.pathways.empty()) {
    std::vector<impl::GeneSet> sets;
    for (const Pathway& pathway : data.pathways) sets.push_back({pathway.name, pathway.id, pathway.genes});
    network.gmt = (*files / "pathways.gmt").string();
    impl::write_gmt(network.gmt, sets);
  }
  const auto write = [&](const auto& pairs, const char* name, std::string& option) {
    if (pairs.empty()) return;
    option = (*files / name).string();
    impl::write_pairs(option, pairs);
  };
  write(data.pathway_relations, "pathway_relations.txt", network.relations);
  write(data.interactions, "protein_edgelist.txt", network.edges);
  return build(screen, network, files);
}

std::int64_t ContextGraph::n_genes() const { return impl_->graph.n_genes; }
std::int64_t ContextGraph::n_pathways() const { return impl_->graph.n_pathways(); }
const std::vector<std::string>& ContextGraph::pathway_names() const { return impl_->graph.pathway_names; }
const std::vector<std::pair<std::int32_t, std::int32_t>>& ContextGraph::edges() const { return impl_->graph.edges; }
std::int64_t ContextGraph::n_genes_with_edges() const { return impl_->graph.n_genes_with_edges; }
const std::vector<std::string>& ContextGraph::warnings() const { return impl_->graph.warnings; }

}  // namespace gracevae
