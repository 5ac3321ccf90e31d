#include "screen/shift_model.hpp"

#include <gmock/gmock.h>

namespace gracevae::impl {
namespace {

using ::testing::ElementsAre;
using ::testing::Pointwise;

MATCHER(Near6, "within 1e-6") { return std::abs(std::get<0>(arg) - std::get<1>(arg)) < 1e-6; }

/// Five genes G0 … G4; labels on G1, on G3 and on a gene that is not measured; G0 is tested and never trained.
Screen screen() {
  Screen screen;
  screen.genes = {"G0", "G1", "G2", "G3", "G4"};
  for (const std::string target : {"G0", "G1", "G3", "elsewhere"}) screen.regimes.push_back({target, {target}, {}});
  return screen;
}

TrainedShifts trained() {
  return {{1, 2, 3, 4, 0.5},
          {{"G1", {0.5, -1, 0, 0.2, 0.1}}, {"G3", {0, 0.3, 1.1, -0.7, 0.4}}, {"elsewhere", {1, 1, -0.5, 0, 0.25}}},
          {}};
}

std::vector<double> shift(const std::string& model, const std::vector<std::string>& targets) {
  return make_shift_model(model, screen(), trained())->shift(targets).value();
}

TEST(ShiftModel, LinearAgreesWithTheClosedFormInNumpy) {
  // Singular value decomposition of the centred means and two matrix inverses, by numpy 1.24.
  EXPECT_THAT(shift("linear", {"G1"}),
              Pointwise(Near6(), std::vector<double>{0.58577136, -0.80633615, 0.17675102, 0.26837727, 0.22543651}));
  EXPECT_THAT(shift("linear", {"G3"}),
              Pointwise(Near6(), std::vector<double>{-0.10959235, 0.1387105, 0.94972879, -0.80515307, 0.27630613}));
  EXPECT_THAT(shift("linear", {"G0"}),
              Pointwise(Near6(), std::vector<double>{0.35286054, -0.48979448, 0.43565853, -0.09119978, 0.24247519}));
  EXPECT_THAT(shift("linear", {"G1", "G3"}),
              Pointwise(Near6(), std::vector<double>{0.22617901, -0.31762565, 0.57647981, -0.2867758, 0.25174263}));
}

TEST(ShiftModel, Others) {
  EXPECT_THAT(shift("control", {"G1"}), ElementsAre(0, 0, 0, 0, 0));
  EXPECT_THAT(shift("mean-shift", {"never seen"}), Pointwise(Near6(), {0.5, 0.1, 0.2, -0.5 / 3, 0.25}));
  EXPECT_THAT(shift("additive", {"G1", "G3"}), Pointwise(Near6(), {0.5, -0.7, 1.1, -0.5, 0.5}));
}

TEST(ShiftModel, NoneWhereNothingIsKnown) {
  EXPECT_FALSE(make_shift_model("additive", screen(), trained())->shift({"G1", "G0"}).has_value());
  EXPECT_FALSE(make_shift_model("linear", screen(), trained())->shift({"G1", "elsewhere"}).has_value());
  TrainedShifts unmeasured = trained(), nothing = trained();
  unmeasured.of_target = {{"elsewhere", {1, 1, 1, 1, 1}}};
  nothing.of_target.clear();
  EXPECT_FALSE(make_shift_model("linear", screen(), unmeasured).has_value());
  EXPECT_FALSE(make_shift_model("linear", screen(), nothing).has_value());
  EXPECT_FALSE(make_shift_model("mean-shift", screen(), nothing).has_value());
  EXPECT_TRUE(make_shift_model("control", screen(), nothing).has_value());
}

TEST(ShiftModel, ScaledAdditiveLearnsItsFactorFromCombinations) {
  TrainedShifts known = trained();
  EXPECT_FALSE(scaled_additive_model(known).has_value()) << "no combination trains";
  const std::vector<double> sum = shift("additive", {"G1", "G3"});
  for (int i = 0; i < 20; ++i) {
    std::vector<double> half = sum;
    for (double& value : half) value *= 0.5;
    known.conditions.push_back({{"G1", "G3"}, 10, half});
  }
  known.conditions.push_back({{"G1", "unknown"}, 10, sum});
  const ShiftModel model = scaled_additive_model(known).value();
  EXPECT_NEAR(model.scale, 0.5, 0.01);
  EXPECT_THAT(model.shift({"G1"}).value(), Pointwise(Near6(), shift("additive", {"G1"})));
  EXPECT_NEAR(model.shift({"G1", "G3"}).value()[0], model.scale * sum[0], 1e-12);
}

TEST(ShiftModel, RegressionPlacesTargetsThatTrainWithinCombinationsOnly) {
  TrainedShifts known{{1, 1}, {{"A", {1, 0}}}, {{{"A"}, 1000, {1, 0}}}};
  EXPECT_FALSE(regression_model(known, {1, 1}).has_value());
  known.conditions.push_back({{"A", "B"}, 1000, {1, 2}});
  const ShiftModel model = regression_model(known, {1, 1}).value();
  EXPECT_NEAR(model.shift({"B"}).value()[0], 0, 1e-3);
  EXPECT_NEAR(model.shift({"B"}).value()[1], 2, 1e-3);
  EXPECT_FALSE(model.shift({"C"}).has_value());
}

}  // namespace
}  // namespace gracevae::impl
