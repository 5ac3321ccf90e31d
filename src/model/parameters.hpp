#pragma once
/// @file The named weights of a model.
#include <string>
#include <vector>

#include "causal/torch_compat.hpp"

namespace gracevae::impl {

struct Parameter {
  std::string name;  ///< "fc1.weight"
  Tensor value;      ///< a leaf that requires gradients
};

/// Weights in the order in which the parts added them, all of one dtype on one device.
class Parameters {
 public:
  /// Dtype and device of new weights, and the seed of their initial values.
  Parameters(at::TensorOptions options, std::uint64_t seed) : options_(options), seed_(seed) {}

  // Each adds and returns a weight. Its numbers come from the random stream "init/<name>", so that adding a weight
  // changes no other.
  Tensor add_normal(const std::string& name, std::vector<std::int64_t> shape, double standard_deviation);
  Tensor add_uniform(const std::string& name, std::vector<std::int64_t> shape, double bound);
  Tensor add_constant(const std::string& name, std::vector<std::int64_t> shape, double value);

  const std::vector<Parameter>& all() const { return items_; }
  std::vector<Tensor> tensors() const;
  /// The weight of this name, which must exist.
  const Tensor& at(const std::string& name) const;
  /// Total number of entries.
  std::int64_t count() const;
  const at::TensorOptions& options() const { return options_; }

 private:
  Tensor add(const std::string& name, const std::vector<std::int64_t>& shape, const std::vector<double>& values);

  at::TensorOptions options_;
  std::uint64_t seed_;
  std::vector<Parameter> items_;
};

}  // namespace gracevae::impl
