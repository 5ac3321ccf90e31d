#include "model/parameters.hpp"

#include "base/error.hpp"
#include "base/random.hpp"

namespace gracevae::impl {

namespace {
std::size_t count_of(const std::vector<std::int64_t>& shape) {
  std::int64_t count = 1;
  for (const auto size : shape) count *= size;
  return static_cast<std::size_t>(count);
}
}  // namespace

Tensor Parameters::add(const std::string& name, const std::vector<std::int64_t>& shape,
                       const std::vector<double>& values) {
  Tensor value = at::empty(shape, at::TensorOptions().dtype(at::kDouble));
  std::copy(values.begin(), values.end(), value.data_ptr<double>());
  value = value.to(options_).detach();
  value.set_requires_grad(true);
  items_.push_back({name, value});
  return value;
}

Tensor Parameters::add_normal(const std::string& name, std::vector<std::int64_t> shape, double standard_deviation) {
  std::vector<double> values(count_of(shape));
  Random(seed_, "init/" + name).fill_normal(std::span<double>(values), standard_deviation);
  return add(name, std::move(shape), values);
}

Tensor Parameters::add_uniform(const std::string& name, std::vector<std::int64_t> shape, double bound) {
  std::vector<double> values(count_of(shape));
  Random random(seed_, "init/" + name);
  for (double& value : values) value = random.uniform(-bound, bound);
  return add(name, std::move(shape), values);
}

Tensor Parameters::add_constant(const std::string& name, std::vector<std::int64_t> shape, double value) {
  const std::vector<double> values(count_of(shape), value);
  return add(name, std::move(shape), values);
}

std::vector<Tensor> Parameters::tensors() const {
  std::vector<Tensor> result;
  for (const auto& item : items_) result.push_back(item.value);
  return result;
}

const Tensor& Parameters::at(const std::string& name) const {
  for (const auto& item : items_)
    if (item.name == name) return item.value;
  GRACEVAE_CHECK(false, "no parameter named " + name);
  std::abort();
}

std::int64_t Parameters::count() const {
  std::int64_t count = 0;
  for (const auto& item : items_) count += item.value.numel();
  return count;
}

}  // namespace gracevae::impl
