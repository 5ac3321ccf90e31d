#pragma once
/// @file Everything of LibTorch that gracevae uses, from narrow headers (torch/torch.h costs 20 s a file), and the only
/// place that knows of differences between LibTorch 1.13 and 2.x. Operators are called as functions of namespace at:
/// they carry autograd.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/add.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/clamp_min.h>
#include <ATen/ops/diag.h>
#include <ATen/ops/div.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/linalg_cholesky_ex.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_eigvalsh.h>
#include <ATen/ops/linalg_inv.h>
#include <ATen/ops/linalg_solve.h>
#include <ATen/ops/linalg_solve_triangular.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/log.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/neg.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rsub.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/sparse_csr_tensor.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/square.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/sub.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/triu.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/version.h>

#if TORCH_VERSION_MAJOR < 1 || (TORCH_VERSION_MAJOR == 1 && TORCH_VERSION_MINOR < 13)
#error "gracevae needs LibTorch 1.13 or later"
#endif

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace gracevae {

using Tensor = at::Tensor;

namespace torch_compat {

/// "1.13.0"
std::string version();
/// True when this LibTorch was built with CUDA and a device answers.
bool has_cuda();
/// Threads of LibTorch's own loops; OpenMP's are set by base/runtime.hpp.
void set_threads(int threads);
int threads();

/// Gradients of a scalar with respect to `inputs` (undefined where a tensor has no part in it).
inline std::vector<Tensor> gradients(const Tensor& scalar, const std::vector<Tensor>& inputs) {
  return torch::autograd::grad({scalar}, inputs, {}, /*retain_graph=*/false, /*create_graph=*/false,
                               /*allow_unused=*/true);
}

/// A list of whole numbers as a tensor of its own, for index_select.
inline Tensor index_tensor(const std::vector<std::int64_t>& numbers) {
  Tensor index = at::empty({static_cast<std::int64_t>(numbers.size())}, at::TensorOptions().dtype(at::kLong));
  std::copy(numbers.begin(), numbers.end(), index.data_ptr<std::int64_t>());
  return index;
}

/// A minimum of loss() over `parameters` (leaves, changed in place) by L-BFGS with a strong-Wolfe line search: at most
/// so many iterations, fewer where loss or parameters change by no more than `tolerance`. `masks`: of a parameter's
/// shape, 0 where an entry must stay as it is; undefined: all are free. Returns the last loss.
double minimise(const std::function<Tensor()>& loss, const std::vector<Tensor>& parameters,
                const std::vector<Tensor>& masks, int max_iterations, double tolerance);

}  // namespace torch_compat

}  // namespace gracevae
