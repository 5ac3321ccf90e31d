#include "train/checkpoint.hpp"

#include "base/error.hpp"
#include "base/files.hpp"
#include "run/run_folder.hpp"

namespace gracevae::impl {

void save_checkpoint(const std::filesystem::path& file, const Parameters& parameters, Adam& adam,
                     const Position& position) {
  SafeTensors content;
  store_tensors(content, "weight/", parameters, parameters.tensors());
  store_tensors(content, "adam.m/", parameters, adam.first_moments());
  store_tensors(content, "adam.v/", parameters, adam.second_moments());
  store_tensors(content, "best/", parameters, position.best_weights);
  nlohmann::json state = {{"epoch", position.epoch},      {"step", position.step},
                          {"sums", position.sums},        {"seconds", position.seconds},
                          {"adam_steps", adam.n_steps()}, {"best_epoch", position.best_epoch},
                          {"history", position.history},  {"start", position.start.values.dump()}};
  if (position.best_epoch >= 0) state["best_score"] = position.best_score;
  if (position.start.graph.defined()) store_tensor(content, "start/G", position.start.graph);
  content.metadata = {{"format", kCheckpointFormat}, {"state", state.dump()}};
  write_safetensors(file, content);
}

Position load_checkpoint(const std::filesystem::path& file, const Parameters& parameters, Adam& adam) {
  require_readable_file(file, "checkpoint");
  const SafeTensors content = read_safetensors(file);
  const auto format = content.metadata.find("format");
  if (format == content.metadata.end() || format->second != kCheckpointFormat)
    throw InputError({.place = file.string(),
                      .found = "is not a checkpoint of this version",
                      .expected = "format " + std::string(kCheckpointFormat)});
  const auto state = nlohmann::json::parse(content.metadata.at("state"));
  Position position;
  position.epoch = state.at("epoch");
  position.step = state.at("step");
  position.sums = state.at("sums").get<std::vector<double>>();
  position.seconds = state.at("seconds");
  position.best_epoch = state.at("best_epoch");
  position.history = state.at("history").get<std::vector<std::string>>();
  position.start.values = nlohmann::ordered_json::parse(state.at("start").get<std::string>());
  if (content.tensors.contains("start/G")) position.start.graph = at::empty_like(parameters.at("G").detach());
  if (position.start.graph.defined()) load_tensor(content, "start/G", position.start.graph, file);
  adam.set_n_steps(state.at("adam_steps"));
  load_tensors(content, "weight/", parameters, parameters.tensors(), file);
  load_tensors(content, "adam.m/", parameters, adam.first_moments(), file);
  load_tensors(content, "adam.v/", parameters, adam.second_moments(), file);
  if (position.best_epoch >= 0) {
    position.best_score = state.at("best_score");
    for (const Tensor& weight : parameters.tensors()) position.best_weights.push_back(at::empty_like(weight.detach()));
    load_tensors(content, "best/", parameters, position.best_weights, file);
  }
  return position;
}

}  // namespace gracevae::impl
