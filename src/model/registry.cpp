#include <fmt/format.h>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "model/model.hpp"
#include "run/model_parts.hpp"

namespace gracevae::impl {

namespace {

/// The maker of a row; `makers` are those of the files.
template <class Makers>
auto maker_of(const Makers& makers, std::span<const PartName> rows, const std::string& name, const char* what) {
  const auto found = makers.find(name);
  if (found == makers.end())
    throw ConfigError("there is no " + std::string(what) + " '" + name + "'", nearest_hint(name, names_of(rows)));
  return found->second;
}

}  // namespace

std::unique_ptr<Encoder> make_encoder(const std::string& name, const PartContext& context) {
  return maker_of(RegisteredEncoder::makers(), kEncoderNames, name, "encoder")(context);
}

std::unique_ptr<InterventionEncoder> make_intervention_encoder(const std::string& name, const PartContext& context) {
  return maker_of(RegisteredInterventionEncoder::makers(), kInterventionEncoderNames, name,
                  "intervention encoder")(context);
}

std::unique_ptr<Mechanism> make_mechanism(const std::string& name, const PartContext& context) {
  return maker_of(RegisteredMechanism::makers(), kMechanismNames, name, "mechanism")(context);
}

std::unique_ptr<Model> make_model(const ModelOptions& options, const ModelContext& context) {
  ModelContext complete = context;
  if (complete.shape.hidden == 0) complete.shape.hidden = options.hidden;
  if (complete.shape.n_latents == 0)
    complete.shape.n_latents = options.n_latents > 0 ? options.n_latents : complete.shape.n_labels;
  auto* make = maker_of(RegisteredModel::makers(), kModelNames, options.model, "model");
  if (needs_network(options) && !context.neighbours)
    throw ConfigError(
        fmt::format("model.model {}{} with model.intervention_encoder {} needs a context graph, and none was given",
                    options.model, reads_encoder_option(options.model) ? " model.encoder " + options.encoder : "",
                    options.intervention_encoder),
        "give network.network FOLDER, or train model.model cmvae model.intervention_encoder mlp, which need none");
  return make(options, complete);
}

}  // namespace gracevae::impl
