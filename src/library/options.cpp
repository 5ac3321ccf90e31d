#include <gracevae/options.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "library/parts.hpp"

namespace gracevae {

namespace {

constexpr const char* kModels[] = {"grace-vae", "cmvae",      "cmvae-multihot", "vgae",  "sena",
                                   "control",   "mean-shift", "additive",       "linear"};
constexpr const char* kEncoders[] = {"identity", "sage", "gcn", "gat", "multihot"};
constexpr const char* kDevices[] = {"cpu", "cuda"};

template <std::size_t n, class Enum>
const char* word_of(const char* const (&words)[n], Enum value) {
  return words[static_cast<std::size_t>(value)];
}

/// Sections whose names may stand alone, though options of other sections have the same.
bool is_of_a_run(const impl::Option& option) {
  static const std::vector<std::string> sections{"screen", "network", "features", "split",
                                                 "model",  "train",   "evaluate"};
  return std::find(sections.begin(), sections.end(), option.section) != sections.end();
}

/// The option of a key with or without its section. ConfigError with the nearest names.
impl::Option& option_of(impl::OptionTable& table, std::string_view key) {
  if (impl::Option* found = table.find(std::string(key))) return *found;
  std::vector<std::string> names;
  impl::Option* only = nullptr;
  for (impl::Option& option : table.options()) {
    names.push_back(key.find('.') == std::string_view::npos ? option.name : option.key());
    if (option.name != key || (only && is_of_a_run(*only) && !is_of_a_run(option))) continue;
    if (only && is_of_a_run(*only) == is_of_a_run(option))
      throw ConfigError(fmt::format("option '{}' stands in several sections", key),
                        fmt::format("say which: {} or {}", only->key(), option.key()));
    only = &option;
  }
  if (only) return *only;
  throw ConfigError(fmt::format("there is no option '{}'", key), impl::nearest_hint(key, names));
}

nlohmann::json json_of(const OptionValue& value) {
  return std::visit([](const auto& held) { return nlohmann::json(held); }, value);
}

OptionValue value_of(const impl::Option& option) {
  return std::visit([](const auto* field) { return OptionValue(*field); }, option.target);
}

}  // namespace

void impl::set_words(OptionTable& table, const OptionWords& words) {
  for (const auto& [key, text] : words) {
    Option& option = option_of(table, key);
    option.set_text(text, option.key());
  }
}

Options::Options() : impl_(std::make_unique<Impl>()) { impl_->run = impl::calibrated_options(); }
Options::~Options() = default;
Options::Options(const Options& other) : impl_(std::make_unique<Impl>(*other.impl_)) {}
Options::Options(Options&&) noexcept = default;
Options& Options::operator=(const Options& other) {
  *impl_ = *other.impl_;
  return *this;
}
Options& Options::operator=(Options&&) noexcept = default;

Options Options::published() {
  Options options;
  options.impl_->run = {};
  return options;
}

Options Options::calibrated() { return {}; }

Options Options::read(const std::filesystem::path& file, const OptionWords& words) {
  Options options;
  impl::OptionTable table;
  options.impl_->bind(table);
  const auto apply = [&] {
    if (!file.empty()) table.load_toml(file, impl::kRecordSections);
    impl::set_words(table, words);
  };
  impl::apply_over_defaults(options.impl_->run, [&] {
    apply();
    const std::string preset = options.impl_->simulate.preset;
    if (preset == impl::SimulateOptions{}.preset) return;
    // What is given wins over the preset that is given too.
    options.impl_->simulate = impl::simulate_preset(preset);
    apply();
  });
  table.validate();
  return options;
}

Options& Options::set(std::string_view key, const OptionValue& value) {
  Impl changed = *impl_;
  impl::OptionTable table;
  changed.bind(table);
  impl::Option& option = option_of(table, key);
  if (option.key() == "train.objective" && json_of(value) != option.value())
    throw ConfigError("the objective is chosen first, since other defaults follow from it",
                      "begin with Options::published() or Options::calibrated()");
  option.set(json_of(value), "option");
  if (option.key() == "simulate.preset") changed.simulate = impl::simulate_preset(changed.simulate.preset);
  table.validate();
  *impl_ = std::move(changed);
  return *this;
}

OptionValue Options::get(std::string_view key) const {
  impl::OptionTable table;
  Impl copy = *impl_;
  copy.bind(table);
  return value_of(option_of(table, key));
}

std::vector<OptionInfo> Options::list() const {
  impl::OptionTable table;
  Impl copy = *impl_;
  copy.bind(table);
  std::vector<OptionInfo> list;
  for (const impl::Option& option : table.options())
    list.push_back({option.key(), option.help, value_of(option), option.choices, option.low, option.high});
  return list;
}

Options& Options::model(ModelKind kind) { return set("model.model", word_of(kModels, kind)); }
Options& Options::encoder(EncoderKind kind) { return set("model.encoder", word_of(kEncoders, kind)); }
Options& Options::device(Device device) { return set("train.device", word_of(kDevices, device)); }
Options& Options::epochs(std::int64_t n) { return set("train.epochs", OptionValue(n)); }
Options& Options::seed(std::int64_t seed) { return set("train.seed", OptionValue(seed)); }

}  // namespace gracevae
