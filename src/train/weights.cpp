#include "train/weights.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {
const char* dtype_name(const Tensor& tensor) { return tensor.scalar_type() == at::kDouble ? "F64" : "F32"; }

template <class T>
bool all_finite(const std::vector<std::byte>& bytes) {
  const auto* const values = reinterpret_cast<const T*>(bytes.data());
  return std::all_of(values, values + bytes.size() / sizeof(T), [](T value) { return std::isfinite(value); });
}
}  // namespace

void store_tensor(SafeTensors& content, const std::string& name, const Tensor& tensor) {
  const Tensor value = tensor.detach().to(at::kCPU).contiguous();
  StoredTensor stored{dtype_name(value), value.sizes().vec(), std::vector<std::byte>(value.nbytes())};
  std::memcpy(stored.bytes.data(), value.data_ptr(), value.nbytes());
  content.tensors[name] = std::move(stored);
}

void store_tensors(SafeTensors& content, const std::string& prefix, const Parameters& names,
                   const std::vector<Tensor>& tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i) store_tensor(content, prefix + names.all()[i].name, tensors[i]);
}

void load_tensor(const SafeTensors& content, const std::string& name, const Tensor& target,
                 const std::filesystem::path& file) {
  const at::NoGradGuard no_grad;
  const auto found = content.tensors.find(name);
  if (found == content.tensors.end())
    throw InputError({.place = file.string(), .found = fmt::format("no tensor '{}'", name)},
                     "the file belongs to another model or version");
  const StoredTensor& stored = found->second;
  if (stored.dtype != dtype_name(target) || stored.shape != target.sizes().vec())
    throw InputError({.place = file.string(),
                      .found = fmt::format("tensor '{}' is {} {}", name, stored.dtype, fmt::join(stored.shape, "x")),
                      .expected = fmt::format("{} {}", dtype_name(target), fmt::join(target.sizes().vec(), "x"))},
                     "the file belongs to another model, or the screen or network changed since");
  if (!(stored.dtype == "F64" ? all_finite<double>(stored.bytes) : all_finite<float>(stored.bytes)))
    throw InputError({.place = file.string(), .found = fmt::format("tensor '{}' has values that are not finite", name)},
                     "the file is damaged: train the run again");
  target.copy_(at::from_blob(const_cast<std::byte*>(stored.bytes.data()), stored.shape,
                             at::TensorOptions().dtype(target.scalar_type())));
}

void load_tensors(const SafeTensors& content, const std::string& prefix, const Parameters& names,
                  const std::vector<Tensor>& tensors, const std::filesystem::path& file) {
  for (std::size_t i = 0; i < tensors.size(); ++i) load_tensor(content, prefix + names.all()[i].name, tensors[i], file);
}

}  // namespace gracevae::impl
