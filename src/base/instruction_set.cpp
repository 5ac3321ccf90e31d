#include "base/instruction_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <string>

#include "base/error.hpp"

namespace gracevae::impl {

namespace {

constexpr std::array<std::string_view, 4> kNames{"baseline", "avx2", "avx512", "avx512_bf16"};
constexpr int kNotChosen = -1;
std::atomic<int> in_use{kNotChosen};

}  // namespace

std::string_view name_of(InstructionSet set) { return kNames[static_cast<std::size_t>(set)]; }

std::vector<InstructionSet> available_instruction_sets() {
  std::vector<InstructionSet> sets{InstructionSet::baseline};
#ifdef __x86_64__
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return sets;
  sets.push_back(InstructionSet::avx2);
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw")) return sets;
  sets.push_back(InstructionSet::avx512);
  if (__builtin_cpu_supports("avx512bf16")) sets.push_back(InstructionSet::avx512_bf16);
#endif
  return sets;
}

InstructionSet instruction_set_named(std::string_view name, std::string_view source) {
  std::string names;
  for (const InstructionSet set : available_instruction_sets()) {
    if (name == name_of(set)) return set;
    names += (names.empty() ? "" : ", ") + std::string(name_of(set));
  }
  const bool known = std::find(kNames.begin(), kNames.end(), name) != kNames.end();
  throw ConfigError(fmt::format("{} is '{}', which {}", source, name,
                                known ? "this processor does not have" : "is not an instruction set"),
                    "this processor has " + names);
}

InstructionSet instruction_set() {
  if (const int set = in_use.load(std::memory_order_relaxed); set != kNotChosen)
    return static_cast<InstructionSet>(set);
  const char* const name = std::getenv("GRACEVAE_INSTRUCTIONS");
  const InstructionSet set = name && *name
                                 ? instruction_set_named(name, "the environment variable GRACEVAE_INSTRUCTIONS")
                                 : available_instruction_sets().back();
  set_instruction_set(set);
  return set;
}

void set_instruction_set(InstructionSet set) { in_use.store(static_cast<int>(set), std::memory_order_relaxed); }

}  // namespace gracevae::impl
