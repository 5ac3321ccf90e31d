#include <gracevae/training.hpp>

#include <omp.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/anndata.hpp"
#include "library/parts.hpp"
#include "session/fitted_model.hpp"
#include "session/scope.hpp"
#include "train/run_inputs.hpp"
#include "train/training_run.hpp"

namespace gracevae {

namespace fs = std::filesystem;

struct __attribute__((visibility("hidden"))) TrainingSession::Impl {
  Context context;
  std::shared_ptr<const fs::path> network_files;  ///< of a network from memory
  bool screen_in_memory = false;
  std::unique_ptr<impl::TrainingRun> run;
  std::vector<EpochRecord> history;
  fs::path saved_to;
};

namespace {

LossTerms terms_of(const impl::LossValue& loss) { return {loss[0], loss[1], loss[2], loss[3], loss[4], loss[5]}; }

/// A line of history.jsonl.
EpochRecord record_of(const std::string& line) {
  const nlohmann::json json = nlohmann::json::parse(line);
  EpochRecord record;
  record.epoch = json.at("epoch");
  impl::LossValue loss{};
  for (std::size_t i = 0; i < loss.size(); ++i) loss[i] = json.value(impl::kTerms[i], 0.0);
  record.loss = terms_of(loss);
  record.seconds = json.at("seconds");
  if (json.at("validation").is_number()) record.validation = json.at("validation").get<double>();
  return record;
}

/// Files that saved options name, moved into the run's folder.
void copy_into(const fs::path& folder, std::string& file) {
  if (file.empty()) return;
  fs::create_directories(folder);
  const fs::path copy = folder / fs::path(file).filename();
  if (fs::absolute(file) != fs::absolute(copy)) fs::copy_file(file, copy, fs::copy_options::overwrite_existing);
  file = fs::absolute(copy).lexically_normal().string();
}

/// A screen from memory as a file that reads the same.
void write_screen(const fs::path& file, const impl::Screen& screen) {
  impl::AnnData data;
  data.x = screen.x;
  data.obs.index = screen.cells;
  std::vector<std::string> labels;
  for (const std::int32_t regime : screen.regime_of_cell)
    labels.push_back(screen.regimes[static_cast<std::size_t>(regime)].label);
  data.obs.add("condition", std::move(labels));
  data.var.index = screen.genes;
  for (const auto& [name, values] : screen.kept)
    if (!data.obs.find(name)) data.obs.add(name, values);
  impl::write_anndata(file, data);
}

std::unique_ptr<TrainingSession::Impl> begin(const Screen& screen, const Split& split, const Options& options,
                                             const ContextGraph* graph, Context context) {
  auto session = std::make_unique<TrainingSession::Impl>();
  session->context = std::move(context);
  impl::RunOptions run = options.impl().run;
  const impl::SessionScope scope(session->context, run.train.threads);
  run.screen = screen.impl().options;
  run.split = split.impl().options;
  if (graph) {
    run.network = graph->impl().options;
    session->network_files = graph->impl().files;
  }
  session->screen_in_memory = screen.impl().in_memory;
  run.train.resolve(run.model.model);
  if (run.batches.backed)
    throw ConfigError("a session holds its screen in memory, and train.backed is true",
                      "leave train.backed out, or train with the command line");
  impl::RunData data = impl::make_run_data(run, screen.impl().screen, split.impl().split, false);
  session->run = std::make_unique<impl::TrainingRun>(impl::begin_run(run, std::move(data)), omp_get_max_threads());
  return session;
}

}  // namespace

TrainingSession::TrainingSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TrainingSession::TrainingSession(const Screen& screen, const Split& split, const Options& options, Context context)
    : impl_(begin(screen, split, options, nullptr, std::move(context))) {}
TrainingSession::TrainingSession(const Screen& screen, const Split& split, const Options& options,
                                 const ContextGraph& graph, Context context)
    : impl_(begin(screen, split, options, &graph, std::move(context))) {}
TrainingSession::TrainingSession(TrainingSession&&) noexcept = default;
TrainingSession& TrainingSession::operator=(TrainingSession&&) noexcept = default;
TrainingSession::~TrainingSession() = default;

TrainingSession TrainingSession::resume(const fs::path& run, Context context) {
  auto session = std::make_unique<Impl>();
  session->context = std::move(context);
  const impl::RunFolder folder{run};
  impl::RunOptions options = impl::load_run_options(folder);
  const impl::SessionScope scope(session->context, options.train.threads);
  options.train.resolve(options.model.model);
  impl::check_inputs_unchanged(options, folder);
  impl::RunData data = impl::load_run_data(options, folder.split());
  session->run =
      std::make_unique<impl::TrainingRun>(impl::resume_run(options, std::move(data), folder), omp_get_max_threads());
  for (const std::string& line : session->run->position().history) session->history.push_back(record_of(line));
  session->saved_to = run;
  return TrainingSession(std::move(session));
}

std::int64_t TrainingSession::epoch() const { return impl_->run->position().epoch; }
std::int64_t TrainingSession::epochs() const { return impl_->run->options().train.epochs; }
std::int64_t TrainingSession::steps_per_epoch() const { return impl_->run->steps_per_epoch(); }
bool TrainingSession::finished() const { return impl_->run->finished(); }
const std::vector<EpochRecord>& TrainingSession::history() const { return impl_->history; }

LossTerms TrainingSession::step() {
  if (finished()) throw ConfigError("training is finished: there is no step to take", "begin another session");
  const impl::SessionScope scope(impl_->context, impl_->run->options().train.threads);
  const LossTerms terms = terms_of(impl_->run->step());
  const auto& lines = impl_->run->position().history;
  if (lines.size() > impl_->history.size()) impl_->history.push_back(record_of(lines.back()));
  return terms;
}

EpochRecord TrainingSession::run_epoch() {
  if (finished()) throw ConfigError("training is finished: there is no epoch to run", "begin another session");
  const impl::SessionScope scope(impl_->context, impl_->run->options().train.threads);
  impl_->run->finish_epoch();
  impl_->history.push_back(record_of(impl_->run->position().history.back()));
  return impl_->history.back();
}

void TrainingSession::save(const fs::path& run) {
  const impl::SessionScope scope(impl_->context, impl_->run->options().train.threads);
  const impl::RunFolder folder{run};
  const bool ours = !impl_->saved_to.empty() && fs::absolute(run) == fs::absolute(impl_->saved_to);
  if (!ours && fs::exists(folder.options()))
    throw ConfigError({.place = run.string(), .found = "holds a run already"}, "choose another folder, or remove it");
  if (!ours) {
    impl::require_writable_folder(run);
    impl::RunOptions& options = impl_->run->files();
    if (impl_->screen_in_memory) {
      const fs::path file = fs::absolute(folder.screen()).lexically_normal();
      write_screen(file, impl_->run->data().screen);
      options.screen = {};
      options.screen.file = file.string();
      options.screen.label_column = "condition";
      options.screen.control = "control";
      options.screen.separator = "+";
      options.screen.gene_column = "index";
    }
    if (impl_->network_files)
      for (std::string* file : {&options.network.gmt, &options.network.relations, &options.network.edges})
        copy_into(folder.network(), *file);
    impl_->run->write_start(folder);
    impl_->saved_to = run;
  }
  impl_->run->write_history(folder);
  impl_->run->write_checkpoint(folder);
  if (finished()) impl_->run->write_result(folder);
}

Model TrainingSession::model() const {
  const impl::SessionScope scope(impl_->context, impl_->run->options().train.threads);
  impl::TrainingRun& run = *impl_->run;
  run.store();
  impl::LoadedRun fitted{.options = run.options(), .data = run.data(), .model = nullptr};
  fitted.model = impl::make_run_model(fitted.options, fitted.data);
  const at::NoGradGuard no_grad;
  const auto &from = run.model().parameters().tensors(), &to = fitted.model->parameters().tensors();
  for (std::size_t i = 0; i < from.size(); ++i) to[i].copy_(from[i]);
  const impl::TrainOptions& train = fitted.options.train;
  if (train.evaluation_tau == "final") fitted.tau = impl::final_tau(train);
  return impl::make_fitted_model(std::move(fitted));
}

}  // namespace gracevae
