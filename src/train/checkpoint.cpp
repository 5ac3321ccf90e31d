#include "train/checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/files.hpp"
#include "run/json_file.hpp"
#include "run/run_folder.hpp"

namespace gracevae::impl {

namespace {

using Json = nlohmann::json;

std::int64_t whole_at(const Json& state, const char* key, std::int64_t low, std::int64_t high) {
  const Json& value = state.at(key);
  const bool fits = value.is_number_integer() && value >= low && value <= high;
  if (!fits)
    throw InputError(
        {.found = fmt::format("{} is {}", key, value.dump()), .expected = fmt::format("{} to {}", low, high)});
  return value.get<std::int64_t>();
}

double finite_at(const Json& state, const char* key) {
  const Json& value = state.at(key);
  if (!value.is_number() || !std::isfinite(value.get<double>()))
    throw InputError({.found = fmt::format("{} is {}", key, value.dump()), .expected = "a number"});
  return value.get<double>();
}

/// What is read again of a line of history.jsonl.
void check_history_line(const std::string& line, std::size_t number) {
  const Json epoch = parsed_json<Json>(line);
  const bool sound = epoch.is_object() && epoch.contains("epoch") && epoch.contains("validation") &&
                     (epoch["validation"].is_number() || epoch["validation"].is_null());
  if (!sound) throw InputError(fmt::format("line {} of its history is no epoch", number));
}

/// The state of the position, checked by itself; what depends on the run is checked by TrainingRun.
Position position_of(const Json& state) {
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  Position position;
  position.epoch = whole_at(state, "epoch", 0, kMost);
  position.step = whole_at(state, "step", 0, kMost);
  position.best_epoch = whole_at(state, "best_epoch", -1, position.epoch - 1);
  if (position.best_epoch >= 0) position.best_score = finite_at(state, "best_score");
  position.sums = state.at("sums").get<std::vector<double>>();
  position.seconds = finite_at(state, "seconds");
  position.history = state.at("history").get<std::vector<std::string>>();
  for (std::size_t i = 0; i < position.history.size(); ++i) check_history_line(position.history[i], i + 1);
  position.start.values = parsed_json<nlohmann::ordered_json>(state.at("start").get<std::string>());
  const auto& start = position.start.values;
  if (!start.is_null() && !start.is_object()) throw InputError("its record of the start is no object");
  if (start.contains("threshold")) static_cast<void>(start["threshold"].get<double>());
  return position;
}

constexpr const char* kAgain = "it is damaged: remove the folder and train again";

}  // namespace

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
  Position position;
  try {
    const auto text = content.metadata.find("state");
    const auto state = parsed_json<Json>(text == content.metadata.end() ? "" : text->second);
    position = position_of(state);
    adam.set_n_steps(whole_at(state, "adam_steps", 0, std::int64_t{1} << 53));
  } catch (const InputError& error) {
    throw InputError({.place = file.string(), .found = error.found(), .expected = error.expected()}, kAgain);
  } catch (const Json::exception& error) {
    throw InputError({.place = file.string(), .found = error.what()}, kAgain);
  }
  for (const Parameter& parameter : parameters.all()) {
    if (parameter.name != "G" || !content.tensors.contains("start/G")) continue;
    position.start.graph = at::empty_like(parameter.value.detach());
    load_tensor(content, "start/G", position.start.graph, file);
  }
  load_tensors(content, "weight/", parameters, parameters.tensors(), file);
  load_tensors(content, "adam.m/", parameters, adam.first_moments(), file);
  load_tensors(content, "adam.v/", parameters, adam.second_moments(), file);
  if (position.best_epoch >= 0) {
    for (const Tensor& weight : parameters.tensors()) position.best_weights.push_back(at::empty_like(weight.detach()));
    load_tensors(content, "best/", parameters, position.best_weights, file);
  }
  position.file = file;
  return position;
}

}  // namespace gracevae::impl
