#pragma once
/// @file The commands design and power: what to measure next, and with how many cells.
#include <filesystem>
#include <string>

#include "effects/effect_options.hpp"
#include "effects/power.hpp"
#include "screen/screen.hpp"

namespace gracevae::impl {

/// Section [design].
struct DesignOptions {
  std::string plan = "targets";
  std::string criterion = "reduction";
  std::int64_t budget = 24;
  std::int64_t batch = 0;    ///< conditions measured at a time; 0 = all
  std::string candidates;    ///< file; "" = genes with a source, or pairs of measured targets
  std::string exclude;       ///< file
  std::string interest;      ///< file; "" = the candidates
  double error = 0;          ///< of a measured effect, root mean square over genes; 0 = the median of those measured
  std::int64_t most = 5000;  ///< candidates; more are drawn at random

  void bind(OptionTable& table);
};

/// Plans which conditions to measure next and writes the table (to `file` unless it is empty): step, batch, condition,
/// share of the variance that it is expected to take away, share left, expected cosine. Returns it for people.
/// @throws InputError no candidate; of pairs fewer than PairModel::kFewestForProcess measured; and as
/// read_effect_inputs
std::string plan_experiment(const std::filesystem::path& source, const ScreenOptions& screen,
                            const EffectOptions& effects, const DesignOptions& options,
                            const std::filesystem::path& file);

/// The tables of power.hpp for a pilot screen, written beside `file` unless it is empty. Returns them for people.
std::string plan_cells(const ScreenOptions& screen, const PowerOptions& options, const std::filesystem::path& file);

}  // namespace gracevae::impl
