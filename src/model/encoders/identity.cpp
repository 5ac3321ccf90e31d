#include "model/parts.hpp"

namespace gracevae::impl {

namespace {
/// CMVAE's encoder: fc1 reads the genes unchanged. @paper GraCE-VAE (baseline CMVAE)
class IdentityEncoder : public Encoder {
 public:
  explicit IdentityEncoder(const PartContext& context) : n_genes_(context.shape.n_genes) {}
  Tensor forward(const Tensor& x, const Tensor&) const override { return x; }
  std::int64_t n_outputs() const override { return n_genes_; }

 private:
  std::int64_t n_genes_;
};

const RegisteredEncoder kIdentity("identity", make_part<Encoder, IdentityEncoder>);
}  // namespace

}  // namespace gracevae::impl
