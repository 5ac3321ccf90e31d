#include "kernels/cpu/vector_loops_template.hpp"

namespace gracevae::impl::kernels {
const VectorLoopTables kBaselineLoops{table<float>(), table<double>()};
}
