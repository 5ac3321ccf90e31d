#include "kernels/cpu/block_product_template.hpp"

namespace gracevae::impl::kernels {
const ProductTables kBaselineProducts = BlockProducts<TileShape{.vector_bytes = 16, .rows = 4, .vectors = 2}>::kTables;
}
