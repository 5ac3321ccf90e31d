#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "report/html.hpp"
#include "report/sections.hpp"
#include "run/diagnostics.hpp"
#include "run/model_options.hpp"
#include "run/train_options.hpp"

namespace gracevae::impl {

namespace {

/// What the history itself tells.
std::vector<std::string> history_warnings(const RunFiles& run) {
  std::vector<std::string> warnings;
  const auto asked = run.options.value("train", nlohmann::json::object()).value("epochs", nlohmann::json());
  const bool stopped_early = option_text(run, "train", "early_stopping") == "true" && run.latent_warnings;
  if (!stopped_early && !run.history.empty() && asked.is_number_integer() &&
      static_cast<std::int64_t>(run.history.size()) < asked.get<std::int64_t>())
    warnings.emplace_back(fmt::format(
        "Training has done {} of {} epochs: the weights of the loss have not reached their last values. Continue with "
        "--resume.",
        run.history.size(), asked.get<std::int64_t>()));
  for (const auto& epoch : run.history)
    if (!std::isfinite(number_at(epoch, "loss"))) {
      warnings.emplace_back(fmt::format("The loss of epoch {} is not a number: nothing after it can be trusted.",
                                        short_text(number_at(epoch, "epoch"))));
      break;
    }
  return warnings;
}

/// What the run says of its latents, or, where it is not finished, what the last diagnostics tell.
std::vector<std::string> latent_warnings(const RunFiles& run) {
  if (run.latent_warnings) return *run.latent_warnings;
  for (auto epoch = run.history.rbegin(); epoch != run.history.rend(); ++epoch) {
    const auto found = epoch->find("diagnostics");
    if (found == epoch->end() || !found->is_object()) continue;
    Diagnostics diagnostics = diagnostics_of(*found);
    diagnostics.mechanism = option_text(run, "model", "mechanism", ModelOptions{}.mechanism);
    diagnostics.random_start = option_text(run, "train", "start", TrainOptions{}.start) == "random";
    return warnings_of(diagnostics);
  }
  return {};
}

/// Results of a model that was trained on since.
std::vector<std::string> outdated_warnings(const RunFiles& run) {
  if (run.outdated.empty()) return {};
  return {fmt::format("Older than the model, and so of other weights: {}. Make them again.",
                      fmt::join(run.outdated, ", "))};
}

std::vector<std::string> warnings_of(const RunFiles& run) {
  std::vector<std::string> texts;
  if (run.metrics)
    for (const auto& warning : run.metrics->at("warnings")) texts.push_back(warning.get<std::string>());
  for (const auto& warnings : {outdated_warnings(run), history_warnings(run), latent_warnings(run)})
    for (const auto& text : warnings)  // evaluate keeps those of the latents too
      if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
  return texts;
}

}  // namespace

std::string warnings_section(const Runs& runs) {
  std::vector<std::pair<std::string, std::vector<std::string>>> texts;  // with the runs that they are of
  for (const RunFiles& run : runs)
    for (const std::string& text : warnings_of(run)) {
      const auto same = [&](const auto& entry) { return entry.first == text; };
      auto found = std::find_if(texts.begin(), texts.end(), same);
      if (found == texts.end()) found = texts.insert(texts.end(), {text, {}});
      found->second.push_back(run.name);
    }
  if (texts.empty()) return "";
  std::string html =
      "<section class=\"warnings\" aria-label=\"Warnings\" id=\"warnings\">\n<h2>Read this first</h2>\n<ul>\n";
  for (const auto& [text, names] : texts) {
    const std::string whose = runs.size() == 1              ? ""
                              : names.size() == runs.size() ? "All runs: "
                                                            : fmt::format("{}: ", fmt::join(names, ", "));
    html += fmt::format("<li>{}{}</li>\n", escape_html(whose), escape_html(text));
  }
  return html + "</ul>\n</section>\n";
}

}  // namespace gracevae::impl
