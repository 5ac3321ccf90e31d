#include "kernels/cpu/vector_loops.hpp"

#include <type_traits>

#include "base/instruction_set.hpp"

namespace gracevae::impl::kernels {

namespace {

const VectorLoopTables& tables() {
#ifdef __x86_64__
  switch (instruction_set()) {
    case InstructionSet::baseline: break;
    case InstructionSet::avx2: return kAvx2Loops;
    case InstructionSet::avx512:
    case InstructionSet::avx512_bf16: return kAvx512Loops;
  }
#endif
  return kBaselineLoops;
}

}  // namespace

template <class T>
const VectorLoops<T>& vector_loops() {
  if constexpr (std::is_same_v<T, float>)
    return tables().float32;
  else
    return tables().float64;
}
template const VectorLoops<float>& vector_loops();
template const VectorLoops<double>& vector_loops();

}  // namespace gracevae::impl::kernels
