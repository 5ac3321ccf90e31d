#include <gracevae/sweep.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "base/call_scope.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "base/progress.hpp"
#include "base/runtime.hpp"
#include "experiment/score_table.hpp"
#include "experiment/slurm.hpp"
#include "experiment/sweep_run.hpp"
#include "library/parts.hpp"

namespace gracevae {

namespace fs = std::filesystem;

namespace {

std::int64_t threads_of(const impl::SweepRun& run) { return std::max<std::int64_t>(1, run.options.run.train.threads); }

/// Runs at a time: what was asked for, else one for each `threads` processors.
std::int64_t at_once(const SweepRequest& request, const impl::SweepPlan& plan) {
  if (request.jobs > 0) return request.jobs;
  return std::max<std::int64_t>(1, impl::available_threads() / threads_of(plan.jobs.front().run));
}

impl::SweepPlan plan_of(const SweepRequest& request) {
  if (request.jobs < 0)
    throw ConfigError({.found = fmt::format("sweep.jobs is {}", request.jobs), .expected = "1 or more"},
                      "0: as many as processors");
  Options options;
  impl::OptionTable table;
  options.impl().bind(table);
  impl::set_words(table, request.words);
  std::vector<impl::Override> overrides;
  if (!request.screen.empty()) overrides.push_back({"screen.file", request.screen.string()});
  for (const auto& [key, text] : request.words) overrides.push_back({key, table.find(key)->value()});
  const impl::Sweep sweep = impl::read_sweep(request.file, overrides);
  impl::set_threads(static_cast<int>(threads_of(sweep.runs.front())));
  return impl::plan_sweep(sweep, request.folder, impl::measure_speed());
}

}  // namespace

std::string describe_sweep(const SweepRequest& request, const Context& context) {
  const impl::CallScope scope(context);
  const impl::TaskPart part = impl::TaskPart::parse(request.task);
  const impl::SweepPlan plan = plan_of(request);
  return impl::plan_text(plan, part, at_once(request, plan));
}

SweepOutcome run_sweep(const SweepRequest& request, const Context& context) {
  const impl::CallScope scope(context);
  const impl::TaskPart part = impl::TaskPart::parse(request.task);
  const impl::SweepPlan plan = plan_of(request);
  impl::write_manifest(plan);
  impl::SweepOutcome outcome = impl::run_sweep(plan, part, at_once(request, plan), request.program);
  return {outcome.n_finished, outcome.n_found, std::move(outcome.failed), outcome.seconds};
}

fs::path write_slurm_script(const SweepRequest& request, const std::vector<std::string>& command,
                            const std::vector<std::string>& options, const Context& context) {
  const impl::CallScope scope(context);
  const impl::SweepPlan plan = plan_of(request);
  impl::write_manifest(plan);
  const fs::path folder = fs::absolute(request.folder), script = folder / "slurm.sh";
  impl::SlurmArray array{.name = "gracevae-" + request.file.stem().string(),
                         .words = command,
                         .working_folder = fs::current_path(),
                         .logs = folder / "slurm",
                         .n_runs = plan.jobs.size(),
                         .at_once = request.jobs,
                         .threads = threads_of(plan.jobs.front().run),
                         .options = options};
  for (const impl::TrainingEstimate& estimate : plan.estimates)
    array.memory_bytes = std::max(array.memory_bytes, estimate.memory_bytes);
  impl::require_writable_folder(array.logs);
  impl::write_text(script, impl::slurm_script(array));
  impl::log::info("wrote {}: {} runs, a task each", script.string(), plan.jobs.size());
  return script;
}

std::string paper_table(const TableRequest& request, const Context& context) {
  const impl::CallScope scope(context);
  const impl::TableRequest table{impl::paper_table(request.number), request.dataset, request.reference};
  const impl::SweepResults results = impl::read_sweep_results(request.runs);
  impl::log::info("the finished runs took {} one after the other", impl::duration_text(results.seconds));
  const auto document = [&] { return impl::score_document(results, table); };
  const std::string text = request.format == "tsv"     ? impl::to_tsv(impl::score_tsv(results, table))
                           : request.format == "latex" ? impl::to_latex(document())
                                                       : impl::to_markdown(document());
  if (!request.output.empty()) impl::write_text(request.output, text);
  return text;
}

}  // namespace gracevae
