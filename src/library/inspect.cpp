#include <gracevae/inspect.hpp>

#include <algorithm>
#include <optional>

#include "base/call_scope.hpp"
#include "base/runtime.hpp"
#include "experiment/inspection.hpp"
#include "library/parts.hpp"
#include "screen/quality.hpp"

namespace gracevae {

namespace {

/// In the order of the table.
std::vector<impl::GivenOption> given_options(const impl::OptionTable& table, const OptionWords& words) {
  std::vector<impl::GivenOption> given;
  for (const impl::Option& option : table.options()) {
    const auto is_it = [&](const auto& word) { return word.first == option.key(); };
    if (std::none_of(words.begin(), words.end(), is_it) || option.key() == "screen.file") continue;
    const nlohmann::json value = option.value();
    given.push_back(
        {option.key(), option.flag(), value.is_string() ? value.get<std::string>() : value.dump(), value.is_boolean()});
  }
  return given;
}

/// The quality that was asked for, in the files that were asked for.
impl::Quality quality_as_asked(const impl::GuidedScreen& guided, std::int64_t seed, const QualityRequest& request) {
  impl::Quality quality = impl::quality_of(guided.screen, guided.guides, seed);
  if (!request.json.empty()) impl::write_quality(request.json, quality);
  if (!request.cells.empty()) impl::write_cell_quality(request.cells, guided.screen, guided.guides, quality);
  return quality;
}

}  // namespace

Inspection inspect(const OptionWords& words, const QualityRequest& request, const Context& context) {
  const impl::CallScope scope(context);
  Options options = Options::read({}, words);
  impl::OptionTable table;
  options.impl().bind(table);
  const auto& [run, guides] = std::tie(options.impl().run, options.impl().guides);
  const impl::ScreenOptions named = impl::with_names_of(run.network, run.screen);
  const bool wants_quality = request.wanted || !request.cells.empty() || !request.json.empty();
  const impl::GuidedScreen guided =
      wants_quality ? impl::load_guided_screen(named, guides) : impl::GuidedScreen{impl::load_screen(named), {}};
  std::optional<impl::Quality> quality;
  if (wants_quality) quality = quality_as_asked(guided, guides.quality_seed, request);
  const impl::ScreenSummary summary = impl::summarise_screen(guided.screen);
  const impl::Inspection inspection =
      impl::inspect(guided.screen, summary, run.network, impl::measure_speed(), given_options(table, words));
  nlohmann::ordered_json json = {{"screen", impl::screen_json(guided.screen, summary)}};
  json.update(impl::to_json(inspection));
  if (quality) json["quality"] = impl::quality_json(*quality);
  return {impl::describe_screen(guided.screen, summary) + "\n" + (quality ? impl::to_text(*quality) + "\n" : "") +
              impl::to_text(inspection),
          json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n"};
}

}  // namespace gracevae
