#include <gracevae/simulate.hpp>

#include "base/call_scope.hpp"
#include "base/error.hpp"
#include "base/nearest.hpp"
#include "simulate/simulate.hpp"

namespace gracevae {

void simulate(const std::filesystem::path& folder, const std::string& preset,
              const std::map<std::string, OptionValue>& changes, const Context& context) {
  const impl::CallScope scope(context);
  impl::SimulateOptions options = impl::simulate_preset(preset);
  impl::OptionTable table;
  options.bind(table);
  for (const auto& [name, value] : changes) {
    impl::Option* option = table.find("simulate." + name);
    if (!option) {
      std::vector<std::string> names;
      for (const impl::Option& known : table.options()) names.push_back(known.name);
      throw ConfigError("there is no option '" + name + "' of a simulation", impl::nearest_hint(name, names));
    }
    option->set(std::visit([](const auto& held) { return nlohmann::json(held); }, value), "option");
  }
  table.validate();
  options.validate();
  impl::simulate_screen(folder, options);
}

}  // namespace gracevae
