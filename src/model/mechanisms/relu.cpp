#include "causal/scm.hpp"
#include "model/parts.hpp"

namespace gracevae::impl {

namespace {
/// u_j = z_j + shift_j + Σ_{i<j} relu(u_i) G_ij, in order of j.
/// @paper GraCE-VAE (causal decoder, non-linear mechanism)
/// @test tests/unit/causal/scm_test.cpp
class ReluMechanism : public Mechanism {
 public:
  Tensor solve(const Tensor& noise, const Tensor& incoming, const Tensor& g) const override {
    return solve_scm(noise, incoming, g, kernels::Mechanism::relu);
  }
};

const RegisteredMechanism kRelu("relu", make_part<Mechanism, ReluMechanism>);
}  // namespace

}  // namespace gracevae::impl
