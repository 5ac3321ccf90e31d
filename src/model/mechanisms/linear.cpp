#include "causal/scm.hpp"
#include "model/parts.hpp"

namespace gracevae::impl {

namespace {
/// u = (z + shift)·(I − triu(G, 1))^{-1}. Followed by a linear layer any G can be moved into that layer, so with shifts
/// alone no data tell one G from another; a factor on the incoming weights does.
/// @paper GraCE-VAE (causal decoder)
/// @test tests/golden/golden_test.cpp
class LinearMechanism : public Mechanism {
 public:
  Tensor solve(const Tensor& noise, const Tensor& incoming, const Tensor& g) const override {
    return incoming.defined() ? solve_scm(noise, incoming, g, kernels::Mechanism::linear)
                              : solve_linear_scm(noise, Tensor(), g);
  }
};

const RegisteredMechanism kRegistered("linear", make_part<Mechanism, LinearMechanism>);
}  // namespace

}  // namespace gracevae::impl
