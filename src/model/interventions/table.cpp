#include "model/parts.hpp"

namespace gracevae::impl {

namespace {

constexpr double kStart = 3;  // on the label's own latent, 0 on the others

/// b = softmax(τ·T_k), one free row per label, initially on a latent of its own (label k on latent k mod d), so that
/// labels do not start out sharing latents as with the MLP; s = c_shift of the label.
/// @test tests/contract/registry_test.cpp
class TableInterventionEncoder : public InterventionEncoder {
 public:
  explicit TableInterventionEncoder(const PartContext& context)
      : table_(context.parameters.add_constant("label_table", {context.shape.n_labels, context.shape.n_latents}, 0)),
        c_shift_(context.parameters.add_constant("c_shift", {context.shape.n_labels}, 1)) {
    const at::NoGradGuard no_grad;
    for (std::int64_t k = 0; k < context.shape.n_labels; ++k)
      table_.select(0, k).select(0, k % context.shape.n_latents).fill_(kStart);
  }

  EncodedTarget encode(const Tensor& shares, double tau, const Tensor&) const override {
    return {.hidden = Tensor(), .b = at::softmax(at::mm(shares, table_) * tau, 1), .s = (shares * c_shift_).sum(1)};
  }
  std::optional<LabelWeights> label_weights() const override {
    return LabelWeights{.table = table_, .strength = c_shift_};
  }

 private:
  Tensor table_, c_shift_;
};

const RegisteredInterventionEncoder kTable("table", make_part<InterventionEncoder, TableInterventionEncoder>);
}  // namespace

}  // namespace gracevae::impl
