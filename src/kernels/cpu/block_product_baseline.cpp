#include "kernels/cpu/block_product.hpp"

#define GRACEVAE_KERNELS baseline
#define GRACEVAE_VECTOR_BYTES 16
#define GRACEVAE_TILE_ROWS 4
#define GRACEVAE_TILE_VECTORS 2
#include "kernels/cpu/block_product_kernels.hpp"

namespace gracevae::impl::kernels::detail {
const ProductKernels kBaselineProducts = baseline::kKernels;
}
