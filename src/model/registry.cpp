#include <fmt/format.h>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "model/model.hpp"

namespace gracevae::impl {

// The lists are included twice: to declare the makers, and to fill the tables of names.
#define GRACEVAE_PART(symbol, name, meaning, ...) std::unique_ptr<Encoder> symbol(const PartContext&);
#include "model/encoders/encoders.inc"
#undef GRACEVAE_PART
#define GRACEVAE_PART(symbol, name, meaning, ...) std::unique_ptr<InterventionEncoder> symbol(const PartContext&);
#include "model/interventions/interventions.inc"
#undef GRACEVAE_PART
#define GRACEVAE_PART(symbol, name, meaning, ...) std::unique_ptr<Mechanism> symbol(const PartContext&);
#include "model/mechanisms/mechanisms.inc"
#undef GRACEVAE_PART
#define GRACEVAE_PART(symbol, name, meaning, ...) \
  std::unique_ptr<Model> symbol(const ModelOptions&, const ModelContext&);
#include "model/models/models.inc"
#undef GRACEVAE_PART

namespace {

template <class Maker>
struct Entry {
  std::string name;
  Maker* make;
};

template <class Maker, std::size_t n>
Maker* find(const Entry<Maker> (&entries)[n], const std::string& name, const char* what) {
  std::vector<std::string> names;
  for (const auto& entry : entries) {
    if (entry.name == name) return entry.make;
    names.push_back(entry.name);
  }
  throw ConfigError("there is no " + std::string(what) + " '" + name + "'", nearest_hint(name, names));
}

#define GRACEVAE_PART(symbol, name, meaning, ...) {name, symbol},
const Entry<std::unique_ptr<Encoder>(const PartContext&)> kEncoders[] = {
#include "model/encoders/encoders.inc"
};
const Entry<std::unique_ptr<InterventionEncoder>(const PartContext&)> kInterventionEncoders[] = {
#include "model/interventions/interventions.inc"
};
const Entry<std::unique_ptr<Mechanism>(const PartContext&)> kMechanisms[] = {
#include "model/mechanisms/mechanisms.inc"
};
const Entry<std::unique_ptr<Model>(const ModelOptions&, const ModelContext&)> kModels[] = {
#include "model/models/models.inc"
};
#undef GRACEVAE_PART

}  // namespace

std::unique_ptr<Encoder> make_encoder(const std::string& name, const PartContext& context) {
  return find(kEncoders, name, "encoder")(context);
}

std::unique_ptr<InterventionEncoder> make_intervention_encoder(const std::string& name, const PartContext& context) {
  return find(kInterventionEncoders, name, "intervention encoder")(context);
}

std::unique_ptr<Mechanism> make_mechanism(const std::string& name, const PartContext& context) {
  return find(kMechanisms, name, "mechanism")(context);
}

std::unique_ptr<Model> make_model(const ModelOptions& options, const ModelContext& context) {
  ModelContext complete = context;
  if (complete.shape.hidden == 0) complete.shape.hidden = options.hidden;
  if (complete.shape.n_latents == 0)
    complete.shape.n_latents = options.n_latents > 0 ? options.n_latents : complete.shape.n_labels;
  auto* make = find(kModels, options.model, "model");
  if (needs_network(options) && !context.neighbours)
    throw ConfigError(
        fmt::format("--model {}{} with --intervention-encoder {} needs a context graph, and none was given",
                    options.model, reads_encoder_option(options.model) ? " --encoder " + options.encoder : "",
                    options.intervention_encoder),
        "give --network FOLDER, or train --model cmvae --intervention-encoder mlp, which need none");
  return make(options, complete);
}

}  // namespace gracevae::impl
