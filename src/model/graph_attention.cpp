#include "model/graph_attention.hpp"

#include <limits>

#include "base/error.hpp"
#include "kernels/graph_attention.hpp"

namespace gracevae {

struct GraphAttention::Edges {
  std::int64_t n_nodes = 0, n_out = 0;
  CsrMatrix<double> incoming, outgoing;
  Tensor source, target;  ///< [edges and self loops] of the nodes that are computed
};

namespace {

kernels::Neighbours pattern(const CsrMatrix<double>& a) { return {a.indptr, a.indices}; }

template <class T>
kernels::AttentionHead<T> head_of(const Tensor& values, const Tensor& source, const Tensor& target, std::int64_t k) {
  const std::int64_t n_channels = values.size(0) / source.size(0), plane = source.size(1) * source.size(2);
  return {values.data_ptr<T>() + k * n_channels * plane,
          source.data_ptr<T>() + k * plane,
          target.data_ptr<T>() + k * plane,
          n_channels,
          source.size(1),
          source.size(2)};
}

/// Calls `work(T{}, k)` for every head, T the tensors' own type.
template <class Work>
void for_each_head(const Tensor& source, const Work& work) {
  for (std::int64_t k = 0; k < source.size(0); ++k)
    if (source.scalar_type() == at::kDouble)
      work(double{}, k);
    else
      work(float{}, k);
}

/// Edges outlive every graph made with them, so their address is what the node keeps.
struct Attention : torch::autograd::Function<Attention> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& values, const Tensor& source,
                        const Tensor& target, const GraphAttention::Edges* edges) {
    const Tensor v = values.contiguous(), s = source.contiguous(), t = target.contiguous();
    const std::int64_t n_cells = v.size(2), plane = edges->n_out * n_cells;
    const Tensor out = at::empty({v.size(0), edges->n_out, n_cells}, v.options());
    const Tensor log_sum = at::empty({s.size(0), edges->n_out, n_cells}, v.options());
    for_each_head(s, [&]<class T>(T, std::int64_t k) {
      const auto head = head_of<T>(v, s, t, k);
      kernels::attend<T>(pattern(edges->incoming), head, edges->n_out, out.data_ptr<T>() + k * head.n_channels * plane,
                         log_sum.data_ptr<T>() + k * plane);
    });
    context->save_for_backward({v, s, t, out, log_sum});
    context->saved_data["edges"] = reinterpret_cast<std::int64_t>(edges);
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& grads) {
    const auto* edges = reinterpret_cast<const GraphAttention::Edges*>(context->saved_data["edges"].toInt());
    const auto saved = context->get_saved_variables();
    const Tensor &v = saved[0], &s = saved[1], &t = saved[2], &out = saved[3], &log_sum = saved[4];
    const Tensor grad = grads[0].contiguous(), grad_v = at::empty_like(v), grad_s = at::empty_like(s),
                 grad_t = at::empty_like(t);
    const std::int64_t n_cells = v.size(2), plane = edges->n_out * n_cells, nodes = edges->n_nodes * n_cells;
    for_each_head(s, [&]<class T>(T, std::int64_t k) {
      const auto head = head_of<T>(v, s, t, k);
      const std::int64_t first = k * head.n_channels;
      kernels::attend_backward<T>(pattern(edges->incoming), pattern(edges->outgoing), head, edges->n_out,
                                  out.data_ptr<T>() + first * plane, log_sum.data_ptr<T>() + k * plane,
                                  grad.data_ptr<T>() + first * plane, grad_v.data_ptr<T>() + first * nodes,
                                  grad_s.data_ptr<T>() + k * nodes, grad_t.data_ptr<T>() + k * nodes);
    });
    return {grad_v, grad_s, grad_t, Tensor()};
  }
};

}  // namespace

GraphAttention::GraphAttention(const CsrMatrix<double>& neighbours, std::int64_t n_out) {
  GRACEVAE_CHECK(n_out <= neighbours.n_rows, "more output nodes than the graph has");
  auto edges = std::make_shared<Edges>();
  edges->n_nodes = neighbours.n_rows;
  edges->n_out = n_out;
  edges->incoming = neighbours;
  edges->outgoing = transposed(neighbours, neighbours.n_rows);
  std::vector<std::int64_t> source, target;
  for (std::int64_t i = 0; i < n_out; ++i) {
    for (const std::int32_t j : neighbours.row_indices(i)) {
      source.push_back(j);
      target.push_back(i);
    }
    source.push_back(i);
    target.push_back(i);
  }
  edges->source = torch_compat::index_tensor(source);
  edges->target = torch_compat::index_tensor(target);
  edges_ = edges;
}

GraphAttention::~GraphAttention() = default;

Tensor GraphAttention::apply(const Tensor& values, const Tensor& source, const Tensor& target) const {
  return values.is_cpu() ? Attention::apply(values, source, target, edges_.get())
                         : apply_by_tensors(values, source, target);
}

Tensor GraphAttention::apply_by_tensors(const Tensor& values, const Tensor& source, const Tensor& target) const {
  const std::int64_t n_heads = source.size(0), n_cells = source.size(2), n_channels = values.size(0) / n_heads;
  const Tensor from = edges_->source.to(values.device()), to = edges_->target.to(values.device());
  const Tensor logits = at::leaky_relu(source.index_select(1, from) + target.index_select(1, to), 0.2);  // [K, E, B]
  const Tensor lowest =
      at::zeros({n_heads, edges_->n_out, n_cells}, values.options()).fill_(-std::numeric_limits<double>::infinity());
  const Tensor top = lowest.scatter_reduce(1, to.unsqueeze(0).unsqueeze(2).expand_as(logits), logits.detach(), "amax");
  const Tensor weights = at::exp(logits - top.index_select(1, to));
  const Tensor sums = at::zeros_like(top).index_add(1, to, weights);
  const Tensor alpha = weights / sums.index_select(1, to);
  const Tensor moved =
      values.view({n_heads, n_channels, -1, n_cells}).index_select(2, from) * alpha.unsqueeze(1);  // [K, F, E, B]
  return at::zeros({n_heads, n_channels, edges_->n_out, n_cells}, values.options())
      .index_add(2, to, moved)
      .view({n_heads * n_channels, edges_->n_out, n_cells});
}

}  // namespace gracevae
