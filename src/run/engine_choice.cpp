#include "run/engine_choice.hpp"

#include "base/error.hpp"
#include "screen/shift_model.hpp"

namespace gracevae::impl {

std::string why_not_sliced(const RunOptions& options) {
  const ModelOptions& model = options.model;
  if (options.train.device != "cpu") return "train.device is " + options.train.device;
  if (!reads_encoder_option(model.model)) return {};
  if (model.encoder != "sage") return "model.encoder is " + model.encoder;
  if (!model.gnn_channels.empty()) return "model.gnn_channels gives the graph encoder more than one layer";
  return {};
}

bool fits_graph(const RunOptions& options) {
  const ModelOptions& model = options.model;
  const bool has_graph = model.model != "vgae" && !is_shift_model(model.model);
  const bool can = model.intervention_encoder == "table" && model.linear_skip && model.decoder_output == "linear";
  return has_graph && can && (options.train.start == "moments" || options.train.start == "auto");
}

Engine engine_of(const RunOptions& options) {
  if (options.train.engine != "autograd" && why_not_sliced(options).empty()) return Engine::sliced;
  return options.train.device != "cpu" && !options.batches.backed ? Engine::device : Engine::autograd;
}

Engine choose_engine(const RunOptions& options) {
  const bool rounds = options.model.precision == "bf16";
  if (rounds && options.model.dtype != "float32")
    throw ConfigError("model.precision is bf16, but model.dtype is " + options.model.dtype, "leave one of them out");
  const std::string why_not = options.train.engine == "autograd" ? "train.engine is autograd" : why_not_sliced(options);
  if (rounds && !why_not.empty())
    throw ConfigError("model.precision is bf16, but " + why_not + ", and only the sliced engine has such products",
                      "leave model.precision out");
  if (options.train.engine == "sliced" && !why_not.empty())
    throw ConfigError("train.engine is sliced, but " + why_not + ", which that engine cannot do",
                      "leave train.engine out: it is then taken wherever it can be");
  return engine_of(options);
}

}  // namespace gracevae::impl
