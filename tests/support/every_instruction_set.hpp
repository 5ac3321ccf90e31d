#pragma once
/// @file Tests that run with every instruction set, and are skipped for those that this processor lacks.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/instruction_set.hpp"

namespace gracevae::impl {

class EveryInstructionSet : public testing::TestWithParam<InstructionSet> {
 protected:
  void SetUp() override {
    const auto available = available_instruction_sets();
    if (std::find(available.begin(), available.end(), GetParam()) == available.end())
      GTEST_SKIP() << "this processor has no " << name_of(GetParam());
    set_instruction_set(GetParam());
  }
  void TearDown() override { set_instruction_set(before_); }

 private:
  InstructionSet before_ = instruction_set();
};

}  // namespace gracevae::impl

/// Runs the TEST_P tests of a fixture.
#define WITH_EVERY_INSTRUCTION_SET(Fixture)                                                                        \
  INSTANTIATE_TEST_SUITE_P(With, Fixture,                                                                          \
                           testing::Values(InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512, \
                                           InstructionSet::avx512_bf16),                                           \
                           [](const auto& test) { return std::string(name_of(test.param)); })
