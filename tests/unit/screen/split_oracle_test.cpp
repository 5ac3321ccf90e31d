// Every kind against tests/support/split_oracle.py, which makes the same splits from their written rules.
#include <fstream>

#include "unit/screen/split_fixture.hpp"

namespace gracevae::impl {
namespace {

using test::kind;

SplitOptions oracle_options(const std::string& name) {
  SplitOptions options = kind(name);
  options.norman_min_cells = 6;
  options.norman_test_cells = 2;
  options.norman_validation_cells = 1;
  options.hold_out_targets = 0.3;
  options.double_fraction = 0.5;
  if (name == "unseen-single") options.test_fraction = 0.4;
  return options;
}

TEST(SplitOracle, EveryKindIsMadeTheSame) {
  const char* source = std::getenv("GRACEVAE_SOURCE_DIR");
  if (!source || std::system("python3 -c '' >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "needs python3 and GRACEVAE_SOURCE_DIR (ctest sets it)";
  const TemporaryFolder folder;
  const auto file = folder.file("expected.txt");
  const std::string command = "python3 '" + std::string(source) +
                              "/tests/support/split_oracle.py' 0 1 2 3 5 4294967296 > '" + file.string() + "'";
  ASSERT_EQ(std::system(command.c_str()), 0);
  const Screen screen = test::screen_of(test::repeated({{"control", 2},
                                                        {"A", 8},
                                                        {"B", 6},
                                                        {"C", 7},
                                                        {"D", 5},
                                                        {"A+B", 2},
                                                        {"A+C", 2},
                                                        {"B+D", 2},
                                                        {"C+D", 2},
                                                        {"C+X", 2}}));
  std::ifstream lines(file);
  std::string name, letters;
  std::uint64_t seed = 0;
  int n = 0;
  for (; lines >> name >> seed >> letters; ++n)
    EXPECT_EQ(test::letters(make_split(screen, oracle_options(name), seed)), letters) << name << " " << seed;
  EXPECT_EQ(n, 6 * 4);
}

}  // namespace
}  // namespace gracevae::impl
