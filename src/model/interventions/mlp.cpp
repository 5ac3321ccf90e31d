#include "model/layers.hpp"
#include "model/parts.hpp"

namespace gracevae::impl {

namespace {
/// b = softmax(τ·c2(LeakyReLU(c1 onehot))), s = c_shift of the label. c → H → d.
/// @paper GraCE-VAE (intervention encoder)
/// @test tests/golden/golden_test.cpp
class MlpInterventionEncoder : public InterventionEncoder {
 public:
  explicit MlpInterventionEncoder(const PartContext& context)
      : c1_(context.parameters, "c1", context.shape.n_labels, context.shape.hidden, Linear::Start::uniform),
        c2_(context.parameters, "c2", context.shape.hidden, context.shape.n_latents, Linear::Start::uniform),
        c_shift_(context.parameters.add_constant("c_shift", {context.shape.n_labels}, 1)) {}

  EncodedTarget encode(const Tensor& shares, double tau, const Tensor&) const override {
    EncodedTarget encoded;
    encoded.hidden = activation(c1_(shares));
    encoded.b = at::softmax(c2_(encoded.hidden) * tau, 1);
    encoded.s = (shares * c_shift_).sum(1);
    return encoded;
  }
  std::optional<LabelWeights> label_weights() const override {
    return LabelWeights{.first_weight = c1_.weight(),
                        .first_bias = c1_.bias(),
                        .second_weight = c2_.weight(),
                        .second_bias = c2_.bias(),
                        .strength = c_shift_};
  }

 private:
  Linear c1_, c2_;
  Tensor c_shift_;
};

const RegisteredInterventionEncoder kMlpEncoder("mlp", make_part<InterventionEncoder, MlpInterventionEncoder>);
}  // namespace

}  // namespace gracevae::impl
