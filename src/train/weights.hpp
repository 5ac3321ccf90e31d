#pragma once
/// @file Tensors in safetensors files.
#include <filesystem>
#include <string>
#include <vector>

#include "io/safetensors.hpp"
#include "model/parameters.hpp"

namespace gracevae::impl {

/// Keeps a copy of each tensor as prefix + parameter name.
void store_tensors(SafeTensors& content, const std::string& prefix, const Parameters& names,
                   const std::vector<Tensor>& tensors);

/// Keeps a copy of one tensor under a given name.
void store_tensor(SafeTensors& content, const std::string& name, const Tensor& tensor);

/// Copies the stored tensor of this name into an existing one; InputError as load_tensors.
void load_tensor(const SafeTensors& content, const std::string& name, const Tensor& target,
                 const std::filesystem::path& file);

/// Copies the stored tensors into existing ones. @throws InputError naming file and tensor if one is missing, has
/// another dtype or shape, or values that are not finite.
void load_tensors(const SafeTensors& content, const std::string& prefix, const Parameters& names,
                  const std::vector<Tensor>& tensors, const std::filesystem::path& file);

}  // namespace gracevae::impl
