#include "model/graph_attention.hpp"

#include <limits>

#include "base/error.hpp"
#include "kernels/activation.hpp"
#include "kernels/graph_attention.hpp"

namespace gracevae::impl {

struct GraphAttention::Edges {
  std::int64_t n_nodes = 0, n_out = 0;
  CsrMatrix<double> incoming, outgoing;
  Tensor source, target;  ///< [edges and self loops] of the computed nodes
};

namespace {

/// The kernel for every head: high, low and from [K, N, B], values [K, N, F, B], to [K, M, B] → both sums [K, M, F, B].
std::pair<Tensor, Tensor> split_sums(const CsrMatrix<double>& neighbours, const Tensor& from, const Tensor& high,
                                     const Tensor& low, const std::vector<Tensor>& values, const Tensor& to) {
  std::vector<Tensor> parts{from.unsqueeze(2), high.unsqueeze(2), low.unsqueeze(2)};
  parts.insert(parts.end(), values.begin(), values.end());
  const Tensor rows = at::cat(parts, 2), t = to.contiguous();
  const std::int64_t n_heads = rows.size(0), n_from = rows.size(1), n_channels = rows.size(2) - 3,
                     n_cells = rows.size(3), n_to = t.size(1);
  std::pair<Tensor, Tensor> sums{at::empty({n_heads, n_to, n_channels, n_cells}, rows.options()), Tensor()};
  sums.second = at::empty_like(sums.first);
  const auto run = [&]<class T>(T) {
    for (std::int64_t k = 0; k < n_heads; ++k) {
      const auto head = [k](const Tensor& tensor) { return tensor.data_ptr<T>() + k * tensor.stride(0); };
      kernels::split_sums<T>({neighbours.indptr, neighbours.indices},
                             {head(rows), head(t), n_channels, n_from, n_to, n_cells}, head(sums.first),
                             head(sums.second));
    }
  };
  if (rows.scalar_type() == at::kDouble)
    run(double{});
  else
    run(float{});
  return sums;
}

constexpr double kSlope = kernels::kLeakySlope;

/// Softmax weights without an exponential per edge. With s_j = source, t_i = target and S = max_j s_j, the weight of j
/// → i before normalising is e^(LeakyReLU(s_j + t_i) − LeakyReLU(S + t_i)), which is P_j where s_j + t_i > 0 and
/// Q_j·R_i elsewhere: P = e^(s − S), Q = e^(0.2(s − S)), R = e^(−0.8·max(S + t, 0)). All are at most 1, and no weight
/// is below e^−(S − min s). So out = (H + R·L)/Z with the sums H of P_j v_j over the edges of the first kind, L of Q_j
/// v_j over the others, and Z the same sum with v = 1.
struct Factors {
  Tensor p, q, r;
};
Factors factors(const Tensor& source, const Tensor& target) {
  const Tensor top = source.amax({1}, true), below = source - top;
  return {at::exp(below), at::exp(kSlope * below), at::exp((kSlope - 1) * at::clamp_min(top + target, 0))};
}

/// Edges outlive every autograd graph made with them, so the node stores their address.
struct Attention : torch::autograd::Function<Attention> {
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& values, const Tensor& source,
                        const Tensor& target, const GraphAttention::Edges* edges) {
    const Tensor v = values.view({source.size(0), -1, source.size(1), source.size(2)}).transpose(1, 2);  // [K, N, F, B]
    const Tensor t = target.slice(1, 0, edges->n_out);
    const auto [p, q, r] = factors(source, t);
    auto [high, low] = split_sums(edges->incoming, source, p, q, {at::ones_like(v.slice(2, 0, 1)), v}, t);
    low.mul_(r.unsqueeze(2)).add_(high);  // H + R·L [K, n_out, 1 + F, B], Z first
    const Tensor z = low.slice(2, 0, 1).clone(), out = low.slice(2, 1) / z;
    context->save_for_backward({values, source, target, out, high.div_(z), z});
    context->saved_data["edges"] = reinterpret_cast<std::int64_t>(edges);
    return out.transpose(1, 2).reshape({values.size(0), edges->n_out, values.size(2)});
  }

  /// With g the slope of out and c = Σ_f g_f·out_f, the logit of j → i has the slope α(Σ_f g_if v_jf − c_i)·{1 or 0.2}.
  /// Over all senders it sums to 0 without the last factor, so target's slope is 0.8 times the sum over logits above
  /// 0, which the forward sums hold; source's and values' are the same split sums of c/Z and g/Z along reversed edges.
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& grads) {
    const auto* edges = reinterpret_cast<const GraphAttention::Edges*>(context->saved_data["edges"].toInt());
    const auto saved = context->get_saved_variables();
    const Tensor &values = saved[0], &source = saved[1], &target = saved[2], &out = saved[3], &share = saved[4],
                 &z = saved[5];
    const std::int64_t n_heads = source.size(0), n_cells = source.size(2);
    const auto by_node = [&](const Tensor& x) {
      return x.reshape({n_heads, -1, x.size(1), n_cells}).transpose(1, 2);  // [K·F, N, B] → [K, N, F, B]
    };
    const Tensor v = by_node(values), g = by_node(grads[0]), t = target.slice(1, 0, edges->n_out);
    const auto [p, q, r] = factors(source, t);
    const Tensor c = (g * out).sum(2, true);
    const Tensor grad_target = at::zeros_like(target);
    grad_target.slice(1, 0, edges->n_out)
        .copy_((1 - kSlope) * ((g * share.slice(2, 1)).sum(2) - c.squeeze(2) * share.select(2, 0)));
    const auto [high, low] = split_sums(edges->outgoing, t, at::ones_like(r), r, {c / z, g / z}, source);
    const auto slope = [&](const Tensor& sums) { return (v * sums.slice(2, 1)).sum(2) - sums.select(2, 0); };
    const Tensor grad_source = p * slope(high) + kSlope * q * slope(low);
    const Tensor grad_values = p.unsqueeze(2) * high.slice(2, 1) + q.unsqueeze(2) * low.slice(2, 1);
    return {grad_values.transpose(1, 2).reshape(values.sizes()), grad_source, grad_target, Tensor()};
  }
};

/// Whether no weight underflows: Attention's weights are at least e^−(S − min s).
bool is_narrow(const Tensor& source) {
  const double widest = (source.amax({1}) - source.amin({1})).max().item<double>();
  return widest <= (source.scalar_type() == at::kDouble ? 600 : 80);
}

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
  return values.is_cpu() && is_narrow(source.detach())
             ? Attention::apply(values.contiguous(), source.contiguous(), target, edges_.get())
             : apply_by_tensors(values, source, target);
}

Tensor GraphAttention::apply_by_tensors(const Tensor& values, const Tensor& source, const Tensor& target) const {
  const std::int64_t n_heads = source.size(0), n_cells = source.size(2), n_channels = values.size(0) / n_heads;
  const Tensor from = edges_->source.to(values.device()), to = edges_->target.to(values.device());
  const Tensor logits = at::leaky_relu(source.index_select(1, from) + target.index_select(1, to), kSlope);  // [K, E, B]
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

}  // namespace gracevae::impl
