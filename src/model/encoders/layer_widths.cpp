#include "model/encoders/layer_widths.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {

std::vector<std::int64_t> whole_numbers(const std::vector<std::string>& words, const char* flag) {
  std::vector<std::int64_t> numbers;
  for (const std::string& word : words) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
    if (error != std::errc{} || end != word.data() + word.size() || number < 1 || number > 1024)
      throw ConfigError({.place = flag, .found = fmt::format("'{}' is not a whole number from 1 to 1024", word)},
                        fmt::format("give one number for each hidden layer, as in {} 4,8", flag));
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace

std::vector<LayerWidth> layer_widths(const ModelOptions& options) {
  const auto channels = whole_numbers(options.gnn_channels, "model.gnn_channels");
  auto heads = whole_numbers(options.gnn_heads, "model.gnn_heads");
  if (!heads.empty() && options.encoder != "gat")
    throw ConfigError(fmt::format("model.gnn_heads is for model.encoder gat; the encoder is {}", options.encoder),
                      "leave it out; more model.gnn_channels make the layers wider");
  if (heads.empty()) heads.assign(channels.size(), 1);
  if (heads.size() != channels.size())
    throw ConfigError(fmt::format("model.gnn_heads has {} numbers, model.gnn_channels {}", heads.size(),
                                  channels.size()),
                      "give one number of heads for each hidden layer; the last layer has one head and one channel");
  std::vector<LayerWidth> layers;
  std::int64_t n_in = 1;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    layers.push_back({n_in, channels[i], heads[i]});
    n_in = layers.back().n_out();
  }
  layers.push_back({n_in, 1, 1});
  return layers;
}

}  // namespace gracevae::impl
