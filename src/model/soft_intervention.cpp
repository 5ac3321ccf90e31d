#include "model/soft_intervention.hpp"

namespace gracevae::impl {

namespace {

/// b ⊙ amount, row by row: b [r, d], amount [r].
Tensor on_target(const Tensor& b, const Tensor& amount) { return b * amount.unsqueeze(1); }

/// a·b, where undefined stands for 1.
Tensor times(const Tensor& a, const Tensor& b) { return a.defined() ? a * b : b; }

}  // namespace

SoftIntervention::SoftIntervention(const std::string& kind, const PartContext& context) {
  const std::vector<std::int64_t> labels{context.shape.n_labels};
  if (kind == "scale") {
    noise_factor_ = context.parameters.add_constant("intervention.noise_factor", labels, 1);
    incoming_factor_ = context.parameters.add_constant("intervention.incoming_factor", labels, 1);
  } else if (kind == "cut") {
    cut_ = context.parameters.add_constant("intervention.cut", labels, 0);  // before the sigmoid
  }
}

Tensor SoftIntervention::total_shift(const std::vector<EncodedTarget>& encoded) {
  Tensor total;
  for (const EncodedTarget& target : encoded) {
    const Tensor shift = on_target(target.b, target.s);
    total = total.defined() ? total + shift : shift;
  }
  return total;
}

IntervenedNoise SoftIntervention::apply(const Tensor& z, const std::vector<Tensor>& one_hots,
                                        const std::vector<EncodedTarget>& encoded, const Tensor& factor) const {
  IntervenedNoise result;
  result.shift = total_shift(encoded);
  if (result.shift.defined() && factor.defined()) result.shift = result.shift * factor;
  Tensor noise_factor;
  for (std::size_t k = 0; k < encoded.size(); ++k) {
    const Tensor& b = encoded[k].b;
    const auto of_label = [&](const Tensor& values) { return (one_hots[k] * values).sum(1); };
    if (noise_factor_.defined()) {
      noise_factor = times(noise_factor, 1 + on_target(b, of_label(noise_factor_ - 1)));
      result.incoming = times(result.incoming, 1 + on_target(b, of_label(incoming_factor_ - 1)));
    }
    if (cut_.defined()) result.incoming = times(result.incoming, 1 - on_target(b, of_label(at::sigmoid(cut_))));
  }
  result.noise = noise_factor.defined() ? z * noise_factor : z;
  if (result.shift.defined()) result.noise = result.noise + result.shift;
  return result;
}

}  // namespace gracevae::impl
