#pragma once
/// @file The interfaces of what a model is made of. Adding one: a .cpp in its folder, with the maker registered under
/// its name, and a row with that name in run/model_parts.hpp.
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include "causal/torch_compat.hpp"
#include "model/parameters.hpp"
#include "network/target_graph.hpp"
#include "run/model_options.hpp"
#include <gracevae/matrix.hpp>

namespace gracevae::impl {

/// Input of the makers. Parts add their weights to `parameters`.
struct PartContext {
  const ModelOptions& options;
  const ModelShape& shape;
  const CsrMatrix<double>*
      neighbours;  ///< mean adjacency of the context graph, genes then pathways; nullptr without a graph
  Parameters& parameters;
  const TargetGraph* target_graph = nullptr;  ///< if its nodes are what one-hots encode; nullptr without
};

/// From measured genes to the input of fc1.
class Encoder {
 public:
  virtual ~Encoder() = default;
  /// x [B, p] expression; pathway_values [q] (shared) or [B, q]; undefined if the model has no pathways. → [B,
  /// n_outputs()].
  virtual Tensor forward(const Tensor& x, const Tensor& pathway_values) const = 0;
  virtual std::int64_t n_outputs() const = 0;
  /// Weights [1, 1], [1, 1], [1] of an encoder whose genes are own·x + neighbours·(mean of x over the node's
  /// neighbours) + offset.
  struct NeighbourMean {
    Tensor own, neighbours, offset;
  };
  virtual std::optional<NeighbourMean> neighbour_mean() const { return std::nullopt; }
};

/// An encoded intervention label (or the targets of a regime together): soft latent target and shift.
struct EncodedTarget {
  Tensor hidden;  ///< [r, H] or undefined
  Tensor b;       ///< [r, d], rows sum to 1; argmax is the label's latent target
  Tensor s;       ///< [r], size of the shift
};

/// From exogenous noise to latents, over the DAG.
class Mechanism {
 public:
  virtual ~Mechanism() = default;
  /// noise [B, d], interventions on it included; incoming [1 or B, d], factor on the contribution of parents
  /// (undefined: 1); g [d, d], strict upper triangle. → u [B, d].
  virtual Tensor solve(const Tensor& noise, const Tensor& incoming, const Tensor& g) const = 0;
};

class InterventionEncoder {
 public:
  virtual ~InterventionEncoder() = default;
  /// shares [r, c]: one row for a batch of one regime, or one per cell; 1 at a label, or 1/n at each of n that are
  /// encoded together. `tau`: temperature, larger is sharper. dropout [n_dropout()]: uniform numbers in [0, 1];
  /// undefined: no dropout, as in prediction.
  virtual EncodedTarget encode(const Tensor& shares, double tau, const Tensor& dropout) const = 0;
  /// Whether several targets are encoded together; else each alone, and their shifts add up.
  virtual bool encodes_together() const { return false; }
  /// Number of random numbers that a training pass reads; they are an input, so that a pass can be repeated exactly.
  virtual std::int64_t n_dropout() const { return 0; }
  /// Weights of an encoder with b = softmax(τ·(W2·LeakyReLU(W1·onehot + b1) + b2)), or softmax(τ·row of the table).
  struct LabelWeights {
    Tensor first_weight{}, first_bias{}, second_weight{}, second_bias{};  ///< [H, c], [H], [d, H], [d]
    Tensor table{};                                                       ///< [c, d]
    Tensor strength;                                                      ///< [c]
  };
  virtual std::optional<LabelWeights> label_weights() const { return std::nullopt; }
};

/// Makers by name. The file of a part has one object of this for each of its names.
/// @test tests/contract/registry_test.cpp
template <class Make>
struct Registered {
  Registered(const char* name, Make* make) { makers().emplace(name, make); }
  static std::map<std::string, Make*>& makers() {
    static std::map<std::string, Make*> all;
    return all;
  }
};
template <class Part, class Kind>
std::unique_ptr<Part> make_part(const PartContext& context) {
  if constexpr (std::is_default_constructible_v<Kind>)
    return std::make_unique<Kind>();
  else
    return std::make_unique<Kind>(context);
}
using RegisteredEncoder = Registered<std::unique_ptr<Encoder>(const PartContext&)>;
using RegisteredInterventionEncoder = Registered<std::unique_ptr<InterventionEncoder>(const PartContext&)>;
using RegisteredMechanism = Registered<std::unique_ptr<Mechanism>(const PartContext&)>;

}  // namespace gracevae::impl
