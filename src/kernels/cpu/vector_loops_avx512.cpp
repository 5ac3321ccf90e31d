// Compiled with -mavx512f (cmake/rooms.cmake).
#include "kernels/cpu/vector_loops_template.hpp"

#ifdef __x86_64__
namespace gracevae::impl::kernels {
const VectorLoopTables kAvx512Loops{table<float>(), table<double>()};
}
#endif
