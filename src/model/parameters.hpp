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

/// Weights in the order in which the parts made them. All have one dtype and one device.
class Parameters {
 public:
  /// Where new weights live, and the seed of their start.
  Parameters(at::TensorOptions options, std::uint64_t seed) : options_(options), seed_(seed) {}

  // Each makes, keeps and returns a weight. The numbers come from the stream "init/<name>" of the seed, so that adding
  // a weight changes no other.
  Tensor add_normal(const std::string& name, std::vector<std::int64_t> shape, double standard_deviation);
  Tensor add_uniform(const std::string& name, std::vector<std::int64_t> shape, double bound);
  Tensor add_constant(const std::string& name, std::vector<std::int64_t> shape, double value);

  const std::vector<Parameter>& all() const { return items_; }
  std::vector<Tensor> tensors() const;
  /// The weight of this name; internal check that it is there.
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
