#include "causal/losses.hpp"

#include <cmath>

namespace gracevae::impl {

Tensor reconstruction_error(const Tensor& reconstructed, const Tensor& x) {
  return at::square(reconstructed - x).mean();
}

Tensor gaussian_nll(const Tensor& reconstructed, const Tensor& x, const Tensor& log_variance) {
  const Tensor squares = at::square(reconstructed - x) * at::exp(-log_variance);
  return 0.5 * (squares.sum() / static_cast<double>(x.size(0)) + log_variance.sum());
}

Tensor gaussian_kl(const Tensor& mu, const Tensor& var) {
  return -0.5 * (1 + at::log(var) - at::square(mu) - var).sum() / static_cast<double>(mu.size(0));
}

Tensor gaussian_kl_per_latent(const Tensor& mu, const Tensor& var) {
  return -0.5 * (1 + at::log(var) - at::square(mu) - var).mean(0);
}

Tensor kl_with_free_bits(const Tensor& per_latent, double free_bits) {
  return free_bits > 0 ? at::clamp_min(per_latent, free_bits).sum() : per_latent.sum();
}

Tensor sparsity(const Tensor& g) { return at::abs(at::triu(g, 1)).sum(); }

namespace {

template <class T>
MatrixView<const T> view_of(const Tensor& rows) {
  return {rows.data_ptr<T>(), rows.size(0), rows.size(1)};
}

/// kernels::mmd2 as a node of the autograd graph: the gradient is computed in the forward pass, where the Gram matrix
/// is at hand.
struct MmdFunction : torch::autograd::Function<MmdFunction> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& generated, const Tensor& observed,
                        const kernels::MmdOptions& options) {
    const Tensor a = generated.contiguous();
    const Tensor b = observed.contiguous();
    Tensor gradient = at::empty_like(a);
    double value = 0;
    if (a.scalar_type() == at::kDouble)
      value = kernels::mmd2<double>(view_of<double>(a), view_of<double>(b), options, gradient.data_ptr<double>());
    else
      value = kernels::mmd2<float>(view_of<float>(a), view_of<float>(b), options, gradient.data_ptr<float>());
    context->save_for_backward({gradient});
    return at::scalar_tensor(value, a.options());
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& grads) {
    return {context->get_saved_variables()[0] * grads[0], Tensor(), Tensor()};
  }
};

}  // namespace

Tensor mmd2(const Tensor& generated, const Tensor& observed, const kernels::MmdOptions& options) {
  return generated.is_cpu() ? MmdFunction::apply(generated, observed, options)
                            : mmd2_by_tensors(generated, observed, options);
}

Tensor mmd2_by_tensors(const Tensor& generated, const Tensor& observed, const kernels::MmdOptions& options) {
  const auto n = generated.size(0), m = observed.size(0);
  const Tensor rows = at::cat({generated, observed});
  const Tensor norms = at::square(rows).sum(1);
  const Tensor distances = at::clamp(norms.unsqueeze(0) + norms.unsqueeze(1) - 2 * at::mm(rows, rows.t()), 0);
  const double widest = options.sigma * std::pow(2.0, options.n_kernels - 1 - options.n_kernels / 2);
  Tensor kernel = at::exp(distances / -widest);
  Tensor sum = kernel;
  for (int i = 1; i < options.n_kernels; ++i) {
    kernel = at::square(kernel);  // half the bandwidth
    sum = sum + kernel;
  }
  const auto block_mean = [&](const Tensor& block, std::int64_t count) {
    if (!options.unbiased) return block.mean();
    const auto c = static_cast<double>(count);
    return (block.sum() - block.diagonal().sum()) / (c * (c - 1));
  };
  return block_mean(sum.narrow(0, 0, n).narrow(1, 0, n), n) + block_mean(sum.narrow(0, n, m).narrow(1, n, m), m) -
         2 * sum.narrow(0, 0, n).narrow(1, n, m).mean();
}

}  // namespace gracevae::impl
