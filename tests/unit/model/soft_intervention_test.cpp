#include "model/soft_intervention.hpp"

#include <gtest/gtest.h>

#include "support/tensors.hpp"

namespace gracevae::impl {
namespace {

/// Two labels on three latents: b of label 0 is (1, 0, 0), of label 1 (0, ¼, ¾).
struct Fixture {
  ModelOptions options;
  ModelShape shape{.n_labels = 2, .n_latents = 3};
  Parameters parameters{at::TensorOptions().dtype(at::kDouble), 1};
  Tensor z = at::ones({2, 3}, at::TensorOptions().dtype(at::kDouble)) * 2;
  std::vector<Tensor> one_hots;
  std::vector<EncodedTarget> encoded;

  Fixture() {
    const at::TensorOptions real = at::TensorOptions().dtype(at::kDouble);
    const Tensor b0 = at::zeros({1, 3}, real), b1 = at::zeros({1, 3}, real);
    b0.select(1, 0).fill_(1);
    b1.select(1, 1).fill_(0.25);
    b1.select(1, 2).fill_(0.75);
    for (int k = 0; k < 2; ++k) one_hots.push_back(at::eye(2, real).narrow(0, k, 1));
    encoded = {{.hidden = {}, .b = b0, .s = at::ones({1}, real) * 5},
               {.hidden = {}, .b = b1, .s = at::ones({1}, real) * -4}};
  }
  PartContext context() { return {options, shape, nullptr, parameters}; }
};

std::vector<double> row(const Tensor& values) {
  const Tensor first = values.detach().select(0, 0).contiguous();
  return {first.data_ptr<double>(), first.data_ptr<double>() + first.numel()};
}

TEST(SoftIntervention, ShiftAddsOverTargets) {
  Fixture f;
  const IntervenedNoise out = SoftIntervention("shift", f.context()).apply(f.z, f.one_hots, f.encoded);
  EXPECT_EQ(row(out.shift), (std::vector<double>{5, -1, -3}));
  EXPECT_EQ(row(out.noise), (std::vector<double>{7, 1, -1}));
  EXPECT_FALSE(out.incoming.defined());
  EXPECT_EQ(f.parameters.count(), 0);
}

TEST(SoftIntervention, AFactorMultipliesTheSumOfShiftsOnly) {
  Fixture f;
  const Tensor factor = at::zeros({1, 1}, f.z.options()).fill_(0.5);
  for (const char* kind : {"shift", "scale", "cut"}) {
    const SoftIntervention intervention(kind, f.context());
    const IntervenedNoise plain = intervention.apply(f.z, f.one_hots, f.encoded),
                          half = intervention.apply(f.z, f.one_hots, f.encoded, factor);
    EXPECT_EQ(row(half.shift), (std::vector<double>{2.5, -0.5, -1.5})) << kind;
    EXPECT_TRUE((half.noise - half.shift).equal(plain.noise - plain.shift)) << kind;
    EXPECT_EQ(half.incoming.defined(), plain.incoming.defined()) << kind;
  }
}

TEST(SoftIntervention, ARowOfZerosIsNoTarget) {
  Fixture f;
  for (const char* kind : {"shift", "scale", "cut"}) {
    Fixture g;
    const SoftIntervention intervention(kind, g.context());
    const at::NoGradGuard no_grad;
    for (const Parameter& weight : g.parameters.all()) Tensor(weight.value).fill_(0.3);
    const IntervenedNoise alone = intervention.apply(g.z, {g.one_hots[0]}, {g.encoded[0]});
    EncodedTarget nothing = g.encoded[1];
    nothing.s = at::zeros_like(nothing.s);
    const IntervenedNoise padded =
        intervention.apply(g.z, {g.one_hots[0], at::zeros_like(g.one_hots[1])}, {g.encoded[0], nothing});
    EXPECT_TRUE(padded.noise.equal(alone.noise)) << kind;
    if (alone.incoming.defined()) {
      EXPECT_TRUE(padded.incoming.equal(alone.incoming)) << kind;
    }
  }
}

TEST(SoftIntervention, ScaleMultipliesNoiseAndIncomingWeightsOfItsTargets) {
  Fixture f;
  const SoftIntervention scale("scale", f.context());
  const at::NoGradGuard no_grad;
  EXPECT_EQ(row(scale.apply(f.z, f.one_hots, f.encoded).incoming), (std::vector<double>{1, 1, 1})) << "at the start";
  Tensor(f.parameters.at("intervention.noise_factor")).select(0, 0).fill_(3);
  Tensor(f.parameters.at("intervention.noise_factor")).select(0, 1).fill_(0);
  Tensor(f.parameters.at("intervention.incoming_factor")).select(0, 1).fill_(5);
  const IntervenedNoise out = scale.apply(f.z, f.one_hots, f.encoded);
  EXPECT_EQ(row(out.noise), (std::vector<double>{2 * 3 + 5, 2 * 0.75 - 1, 2 * 0.25 - 3}));
  EXPECT_EQ(row(out.incoming), (std::vector<double>{1, 2, 4}));
}

TEST(SoftIntervention, CutTakesAShareOfTheIncomingWeights) {
  Fixture f;
  const SoftIntervention cut("cut", f.context());
  const IntervenedNoise out = cut.apply(f.z, f.one_hots, f.encoded);
  EXPECT_EQ(row(out.incoming), (std::vector<double>{0.5, 1 - 0.25 / 2, 1 - 0.75 / 2}));
  EXPECT_EQ(row(out.noise), (std::vector<double>{7, 1, -1}));
}

TEST(SoftIntervention, NoTargetsNoChange) {
  Fixture f;
  const IntervenedNoise out = SoftIntervention("cut", f.context()).apply(f.z, {}, {});
  EXPECT_TRUE(out.noise.equal(f.z));
  EXPECT_FALSE(out.incoming.defined());
  EXPECT_FALSE(out.shift.defined());
}

}  // namespace
}  // namespace gracevae::impl
