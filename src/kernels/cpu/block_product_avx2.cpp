// Compiled with -mavx2 -mfma (cmake/rooms.cmake).
#include "kernels/cpu/block_product.hpp"

#ifdef GRACEVAE_X86_KERNELS
#define GRACEVAE_KERNELS avx2
#define GRACEVAE_VECTOR_BYTES 32
#define GRACEVAE_TILE_ROWS 6
#define GRACEVAE_TILE_VECTORS 2
#include "kernels/cpu/block_product_kernels.hpp"

namespace gracevae::impl::kernels::detail {
const ProductKernels kAvx2Products = avx2::kKernels;
}
#endif
