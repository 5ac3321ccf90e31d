#pragma once
/// @file Which of the processor's vector instructions the kernels use.
#include <string_view>
#include <vector>

namespace gracevae::impl {

/// Each one includes those before it. avx2 stands for AVX2 with FMA, avx512 for AVX512F with AVX512BW, avx512_bf16 for
/// AVX512_BF16 besides.
enum class InstructionSet { baseline, avx2, avx512, avx512_bf16 };

/// As GRACEVAE_INSTRUCTIONS spells it: "baseline", "avx2", "avx512", "avx512_bf16".
std::string_view name_of(InstructionSet set);
/// Those that this processor has, lowest first; baseline is always there.
std::vector<InstructionSet> available_instruction_sets();
/// The set of this name. @throws ConfigError where there is none or this processor lacks it; `source` says who asked.
InstructionSet instruction_set_named(std::string_view name, std::string_view source);

/// The set in use: what the environment variable GRACEVAE_INSTRUCTIONS says at the first call, else the best there is.
/// @throws ConfigError like instruction_set_named. Kernels ask inside parallel regions, where nothing may be thrown, so
/// programs and public calls ask first.
/// @test tests/unit/base/instruction_set_test.cpp
InstructionSet instruction_set();
/// From now on, in the whole process, use another that this processor has: for tests, which run the kernels with all.
void set_instruction_set(InstructionSet set);

}  // namespace gracevae::impl
