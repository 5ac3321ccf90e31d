#include "base/instruction_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/error.hpp"

namespace gracevae::impl {
namespace {

TEST(InstructionSet, EveryAvailableOneIsFoundByItsName) {
  const auto available = available_instruction_sets();
  EXPECT_EQ(available.front(), InstructionSet::baseline);
  EXPECT_TRUE(std::is_sorted(available.begin(), available.end()));
  for (const InstructionSet set : available) EXPECT_EQ(instruction_set_named(name_of(set), "here"), set);
}

TEST(InstructionSet, OthersAreRefusedWithTheirSourceAndTheNamesThereAre) {
  for (const char* name : {"sse9", "AVX2", "", "avx512_bf16"}) {
    const auto available = available_instruction_sets();
    if (std::any_of(available.begin(), available.end(), [&](auto set) { return name_of(set) == name; })) continue;
    try {
      instruction_set_named(name, "the test");
      ADD_FAILURE() << "accepted " << name;
    } catch (const ConfigError& error) {
      EXPECT_TRUE(error.message().starts_with("the test is '" + std::string(name) + "'")) << error.message();
      for (const InstructionSet set : available)
        EXPECT_NE(error.hint().find(name_of(set)), std::string::npos) << error.hint();
    }
  }
}

TEST(InstructionSet, CanBeChanged) {
  const InstructionSet before = instruction_set();
  set_instruction_set(InstructionSet::baseline);
  EXPECT_EQ(instruction_set(), InstructionSet::baseline);
  set_instruction_set(before);
}

}  // namespace
}  // namespace gracevae::impl
