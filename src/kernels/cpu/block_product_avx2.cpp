// Compiled with -mavx2 -mfma (cmake/rooms.cmake).
#include "kernels/cpu/block_product_template.hpp"

#ifdef __x86_64__
namespace gracevae::impl::kernels {
const ProductTables kAvx2Products = BlockProducts<TileShape{.vector_bytes = 32, .rows = 6, .vectors = 2}>::kTables;
}
#endif
