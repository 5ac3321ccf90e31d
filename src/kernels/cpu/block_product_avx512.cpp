// Compiled with -mavx512f (cmake/rooms.cmake).
#include "kernels/cpu/block_product_template.hpp"

#ifdef __x86_64__
namespace gracevae::impl::kernels {
const ProductTables kAvx512Products = BlockProducts<TileShape{.vector_bytes = 64, .rows = 8, .vectors = 2}>::kTables;
}
#endif
