#include "predict/loaded_run.hpp"

#include "base/error.hpp"
#include "base/runtime.hpp"
#include "base/shell.hpp"
#include "train/run_inputs.hpp"
#include "train/weights.hpp"

namespace gracevae::impl {

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
  run.tau = (tau == "run" ? train.evaluation_tau : tau) == "final" ? final_tau(train) : 1;
  return run;
}

}  // namespace gracevae::impl
