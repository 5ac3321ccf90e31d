// Compiled with -mavx2 (cmake/rooms.cmake).
#include "kernels/cpu/vector_loops_template.hpp"

#ifdef __x86_64__
namespace gracevae::impl::kernels {
const VectorLoopTables kAvx2Loops{table<float>(), table<double>()};
}
#endif
