#include "causal/scm.hpp"

namespace gracevae::impl {

Tensor solve_linear_scm(const Tensor& z, const Tensor& shift, const Tensor& g) {
  const Tensor noise = shift.defined() ? z + shift : z;
  // u·A = noise with A = I − triu(G, 1): the unit diagonal is implied.
  return at::linalg_solve_triangular(-at::triu(g, 1), noise, /*upper=*/true, /*left=*/false, /*unitriangular=*/true);
}

namespace {

template <class T>
MatrixView<const T> view_of(const Tensor& rows) {
  return {rows.data_ptr<T>(), rows.size(0), rows.size(1)};
}

template <class T>
MatrixView<T> writable(const Tensor& rows) {
  return {rows.data_ptr<T>(), rows.size(0), rows.size(1)};
}

template <class T>
kernels::ScmInput<T> input_of(const Tensor& noise, const Tensor& w, const Tensor& g, kernels::Mechanism mechanism) {
  kernels::ScmInput<T> input{.noise = view_of<T>(noise), .graph = view_of<T>(g), .mechanism = mechanism};
  if (w.numel() > 0) {
    input.incoming = w.data_ptr<T>();
    input.incoming_row_stride = w.size(0) == 1 ? 0 : w.size(1);
  }
  return input;
}

/// Calls `work(T{})` with T the tensor's type.
template <class Work>
void with_type_of(const Tensor& tensor, const Work& work) {
  if (tensor.scalar_type() == at::kDouble)
    work(double{});
  else
    work(float{});
}

/// kernels::solve_scm as a node of the autograd graph. An empty w: no factors.
struct ScmFunction : torch::autograd::Function<ScmFunction> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& noise, const Tensor& w,
                        const Tensor& g, std::int64_t mechanism) {
    const Tensor rows = noise.contiguous(), graph = g.contiguous(), factors = w.contiguous();
    const Tensor u = at::empty_like(rows);
    with_type_of(rows, [&]<class T>(T) {
      kernels::solve_scm<T>(input_of<T>(rows, factors, graph, kernels::Mechanism(mechanism)), writable<T>(u));
    });
    context->save_for_backward({rows, factors, graph, u});
    context->saved_data["mechanism"] = mechanism;
    return u;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& grads) {
    const auto saved = context->get_saved_variables();
    const Tensor &noise = saved[0], &w = saved[1], &g = saved[2], &u = saved[3];
    const auto mechanism = kernels::Mechanism(context->saved_data["mechanism"].toInt());
    const Tensor grad_u = grads[0].contiguous(), grad_noise = at::empty_like(u), grad_g = at::empty_like(g);
    const bool has_factors = w.numel() > 0;
    const Tensor grad_w = has_factors ? at::empty_like(u) : Tensor();
    with_type_of(u, [&]<class T>(T) {
      const auto input = input_of<T>(noise, w, g, mechanism);
      kernels::solve_scm_backward<T>(input, view_of<T>(u), view_of<T>(grad_u), writable<T>(grad_noise),
                                     has_factors ? grad_w.data_ptr<T>() : nullptr);
      kernels::scm_graph_gradient<T>(input, view_of<T>(u), view_of<T>(grad_noise), writable<T>(grad_g));
    });
    return {grad_noise, has_factors && w.size(0) == 1 ? grad_w.sum(0, true) : grad_w, grad_g, Tensor()};
  }
};

}  // namespace

Tensor solve_scm(const Tensor& noise, const Tensor& w, const Tensor& g, kernels::Mechanism mechanism) {
  if (!noise.is_cpu()) return solve_scm_by_tensors(noise, w, g, mechanism);
  return ScmFunction::apply(noise, w.defined() ? w : at::empty({0, noise.size(1)}, noise.options()), g,
                            static_cast<std::int64_t>(mechanism));
}

Tensor solve_scm_by_tensors(const Tensor& noise, const Tensor& w, const Tensor& g, kernels::Mechanism mechanism) {
  const std::int64_t d = g.size(0);
  std::vector<Tensor> passed, u;  // columns [B, 1]
  for (std::int64_t j = 0; j < d; ++j) {
    Tensor value = noise.narrow(1, j, 1);
    if (j > 0) {
      const Tensor sum = at::mm(at::cat(passed, 1), g.narrow(0, 0, j).narrow(1, j, 1));
      value = value + (w.defined() ? w.narrow(1, j, 1) * sum : sum);
    }
    u.push_back(value);
    passed.push_back(mechanism == kernels::Mechanism::relu ? at::clamp_min(value, 0) : value);
  }
  return at::cat(u, 1);
}

}  // namespace gracevae::impl
