#include "causal/scm.hpp"

namespace gracevae {

Tensor solve_linear_scm(const Tensor& z, const Tensor& shift, const Tensor& g) {
  const Tensor noise = shift.defined() ? z + shift : z;
  // u·A = noise with A = I − triu(G, 1): the unit diagonal is implied.
  return at::linalg_solve_triangular(-at::triu(g, 1), noise, /*upper=*/true, /*left=*/false, /*unitriangular=*/true);
}

}  // namespace gracevae
