// Compiled with -mavx512f (cmake/rooms.cmake).
#include "kernels/cpu/block_product.hpp"

#ifdef GRACEVAE_X86_KERNELS
#define GRACEVAE_KERNELS avx512
#define GRACEVAE_VECTOR_BYTES 64
#define GRACEVAE_TILE_ROWS 8
#define GRACEVAE_TILE_VECTORS 2
#include "kernels/cpu/block_product_kernels.hpp"

namespace gracevae::impl::kernels::detail {
const ProductKernels kAvx512Products = avx512::kKernels;
}
#endif
