#include "predict/loaded_run.hpp"

#include "base/error.hpp"
#include "base/runtime.hpp"
#include "base/shell.hpp"
#include "train/run_inputs.hpp"
#include "train/weights.hpp"

namespace gracevae::impl {

void require_finite(const Tensor& made, const LoadedRun& run) {
  // x·0 is 0, or no number where x is not finite
  if (!made.defined() || (made.detach() * 0).sum().item<double>() == 0) return;
  throw NumericalError({.place = run.file.string(),
                        .found = "with these weights the model makes numbers that are not finite"},
                       "train the run again; is the file damaged?");
}

LoadedRun load_run(const RunFolder& folder, const std::string& weights, const std::string& tau) {
  LoadedRun run{.options = load_run_options(folder), .data = {}, .model = nullptr};
  const TrainOptions& train = run.options.train;
  torch_compat::set_threads(set_threads(static_cast<int>(train.threads)));
  const std::filesystem::path file = weights == "best" ? folder.best_model() : folder.model();
  if (!std::filesystem::exists(file))
    throw IoError({.place = file.string(), .found = "no such file: the run has not finished"},
                  "finish it with: gracevae train --resume -o " + shell_word(folder.path.string()));
  check_inputs_unchanged(run.options, folder);
  run.data = load_run_data(run.options, folder.split());
  run.model = make_run_model(run.options, run.data);
  load_tensors(read_safetensors(file), "", run.model->parameters(), run.model->parameters().tensors(), file);
  run.file = file;
  run.tau = (tau == "run" ? train.evaluation_tau : tau) == "final" ? final_tau(train) : 1;
  return run;
}

}  // namespace gracevae::impl
