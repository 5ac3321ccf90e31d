#include <gracevae/simulate.hpp>

#include "base/call_scope.hpp"
#include "base/log.hpp"
#include "library/parts.hpp"

namespace gracevae {

void simulate(const std::filesystem::path& folder, const Options& options, const Context& context) {
  const impl::CallScope scope(context);
  const impl::SimulateOptions& simulation = options.impl().simulate;
  simulation.validate();
  impl::simulate_screen(folder, simulation);
  impl::log::info("wrote {}: screen.h5ad, network/, truth.json", folder.string());
}

}  // namespace gracevae
