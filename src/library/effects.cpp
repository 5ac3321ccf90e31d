#include <gracevae/effects.hpp>

#include "base/call_scope.hpp"
#include "effects/effect_files.hpp"
#include "effects/plan_files.hpp"
#include "library/parts.hpp"

namespace gracevae {

std::string predict_effects(const std::filesystem::path& source, const std::filesystem::path& folder,
                            const Options& options, const Context& context) {
  const impl::CallScope scope(context);
  return impl::write_effects(source, options.impl().run.screen, options.impl().effects, {folder});
}

std::string cross_validate_effects(const std::filesystem::path& source, const std::filesystem::path& folder,
                                   const Options& options, const Context& context) {
  const impl::CallScope scope(context);
  return impl::cross_validate_effects(source, options.impl().run.screen, options.impl().effects, {folder});
}

std::string plan_experiment(const std::filesystem::path& source, const std::filesystem::path& file,
                            const Options& options, const Context& context) {
  const impl::CallScope scope(context);
  return impl::plan_experiment(source, options.impl().run.screen, options.impl().effects, options.impl().design, file);
}

std::string plan_cells(const std::filesystem::path& file, const Options& options, const Context& context) {
  const impl::CallScope scope(context);
  return impl::plan_cells(options.impl().run.screen, options.impl().power, file);
}

}  // namespace gracevae
