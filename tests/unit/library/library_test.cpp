// The public headers that need no LibTorch: options, screens, splits, scores, sinks.
#include <gracevae/context_graph.hpp>
#include <gracevae/errors.hpp>
#include <gracevae/options.hpp>
#include <gracevae/split.hpp>
#include <gracevae/version.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/call_scope.hpp"
#include "base/interrupt.hpp"
#include "base/log.hpp"
#include "base/progress.hpp"
#include "base/runtime.hpp"
#include "support/temporary_folder.hpp"
#include "support/thrown.hpp"

namespace gracevae {
namespace {

using impl::At;
using testing::ElementsAre;
using testing::HasSubstr;

template <class Call>
impl::Thrown error_of(Call call) {
  return impl::message_of<Error>(call);
}

/// Nine cells: control, A, A+B in turn; three genes.
ScreenData nine_cells() {
  ScreenData data;
  data.genes = {"A", "B", "C"};
  Matrix<float> values(9, 3);
  for (std::int64_t i = 0; i < 9; ++i) {
    data.labels.push_back(i % 3 == 0 ? "NT" : i % 3 == 1 ? "A" : "B;A");
    for (std::int64_t j = 0; j < 3; ++j)
      values(i, j) = static_cast<float>(i % 3 == j ? 0 : 0.5 + 0.1 * static_cast<double>(i));
  }
  data.values = sparse_of(values);
  return data;
}

TEST(PublicScreen, ColumnsOfCellsCanBeCovariates) {
  ScreenData data = nine_cells();
  const std::vector<std::string> nine = data.labels;
  for (int copy = 0; copy < 3; ++copy) data.labels.insert(data.labels.end(), nine.begin(), nine.end());
  Matrix<float> values(36, 3);
  for (std::int64_t i = 0; i < 36; ++i) {
    values(i, 0) = values(i, 2) = 0.5F + static_cast<float>(i) / 40;
    data.columns["batch"].push_back(i % 2 == 0 ? "one" : "two");
  }
  data.values = sparse_of(values);
  Options options;
  options.set("screen.covariates", std::vector<std::string>{"batch"});
  EXPECT_EQ(Screen::from_data(data, options).n_cells(), 36);
  EXPECT_THAT(Screen::from_data(data, options).describe(), HasSubstr("batch=one, batch=two"));
  data.columns["batch"].pop_back();
  EXPECT_THAT(error_of([&] { Screen::from_data(data, options); }), At("", "35", "36"));
  data.columns.clear();
  EXPECT_THAT(error_of([&] { Screen::from_data(data, options); }), At("", "batch"));
}

TEST(PublicOptions, AreFoundByKeyWithOrWithoutSection) {
  Options options;
  options.set("epochs", 7).set("screen.control", "NT*").model(ModelKind::cmvae).encoder(EncoderKind::gcn);
  EXPECT_EQ(std::get<std::int64_t>(options.get("train.epochs")), 7);
  EXPECT_EQ(std::get<std::string>(options.get("model.model")), "cmvae");
  EXPECT_EQ(std::get<std::string>(options.get("train.objective")), "calibrated");
  EXPECT_EQ(std::get<std::string>(Options::published().get("train.objective")), "published");
  EXPECT_EQ(std::get<std::string>(Options::published().get("model.likelihood")), "mse");
  EXPECT_THAT(error_of([&] { options.set("epoch", 1); }), At("", "epochs"));
  EXPECT_THAT(error_of([&] { options.set("train.epochs", "many"); }), At("", "train.epochs", "many"));
  EXPECT_THAT(error_of([&] { options.set("train.epochs", -1); }), At("", "epochs"));
  EXPECT_THAT(error_of([&] { options.set("model.model", "gracevea"); }), At("", "grace-vae"));
  EXPECT_THAT(error_of([&] { options.set("train.objective", "published"); }), At("", "Options::published"));
}

TEST(PublicOptions, AWrongValueLeavesTheOldOne) {
  Options options = Options::published();
  EXPECT_THROW(options.set("train.epochs", -1), ConfigError);
  EXPECT_EQ(std::get<std::int64_t>(options.get("train.epochs")), 100);
}

TEST(PublicOptions, EnumsAreTheWordsOfTheOptions) {
  const auto n_choices = [](const std::string& key) {
    const std::vector<OptionInfo> list = Options().list();
    return std::find_if(list.begin(), list.end(), [&](const OptionInfo& o) { return o.key == key; })->choices.size();
  };
  EXPECT_EQ(n_choices("model.model"), static_cast<std::size_t>(ModelKind::linear) + 1);
  EXPECT_EQ(n_choices("model.encoder"), static_cast<std::size_t>(EncoderKind::multihot) + 1);
  for (int kind = 0; kind <= static_cast<int>(ModelKind::linear); ++kind)
    EXPECT_NO_THROW(Options().model(static_cast<ModelKind>(kind)));
}

TEST(PublicOptions, AreReadFromAFile) {
  const impl::TemporaryFolder folder;
  const auto read = [&](const std::string& objective) {
    return Options::read(folder.write("options.toml", "[train]\n" + objective + "epochs = 3\n"));
  };
  for (const auto& [objective, likelihood] : {std::pair{"", "gaussian"},
                                              {"objective = \"calibrated\"\n", "gaussian"},
                                              {"objective = \"published\"\n", "mse"}}) {
    const Options options = read(objective);
    EXPECT_EQ(std::get<std::string>(options.get("model.likelihood")), likelihood) << "a default of the objective";
    EXPECT_EQ(std::get<std::int64_t>(options.get("epochs")), 3);
  }
}

TEST(PublicScreen, FromMemory) {
  const Screen screen = Screen::from_data(nine_cells());
  ASSERT_EQ(screen.conditions().size(), 3U);
  EXPECT_EQ(screen.conditions()[0].label, "control");
  EXPECT_EQ(screen.conditions()[2].label, "A+B");
  EXPECT_EQ(screen.conditions()[2].n_cells, 3);
  EXPECT_EQ(screen.cell(1), std::vector<float>({0.6F, 0, 0.6F}));
  EXPECT_NEAR(screen.mean("control")[1], 0.8, 1e-6);
  EXPECT_THAT(screen.condition_of_cell(), ElementsAre(0, 1, 2, 0, 1, 2, 0, 1, 2));
  EXPECT_THAT(error_of([&] { screen.mean("A+C"); }), At("", "A+B"));
  EXPECT_THROW(screen.cell(9), InputError);
  EXPECT_THAT(screen.describe(), HasSubstr("A+B"));
}

TEST(PublicScreen, WrongSizesAreNamed) {
  const auto refused = [](auto change) {
    ScreenData data = nine_cells();
    change(data);
    return error_of([&] { Screen::from_data(data); });
  };
  EXPECT_THAT(refused([](ScreenData& d) { d.genes.pop_back(); }), At("", "2 genes", "3"));
  EXPECT_THAT(refused([](ScreenData& d) { d.labels.pop_back(); }), At("", "8 labels", "9"));
  EXPECT_THAT(refused([](ScreenData& d) { d.cells = {"x"}; }), At("", "1 cells", "9"));
  EXPECT_THAT(refused([](ScreenData& d) { d.values.indices[0] = 7; }), At("", "row 0"));
  EXPECT_THAT(refused([](ScreenData& d) { d.labels.assign(9, "A"); }), At("", "control"));
}

TEST(PublicSplit, FoldsOfTheCallersOwn) {
  const Screen screen = Screen::from_data(nine_cells());
  std::vector<Fold> folds(9, Fold::train);
  for (const std::size_t test : {2, 5, 8, 7}) folds[test] = Fold::test;
  const Split split = Split::from_folds(screen, folds);
  EXPECT_THAT(split.test_conditions(), ElementsAre("A", "A+B"));
  EXPECT_THAT(split.test_cells("A+B"), ElementsAre(2, 5, 8));
  EXPECT_TRUE(std::equal(folds.begin(), folds.end(), split.folds().begin()));
  EXPECT_THROW(Split::from_folds(screen, {Fold::train}), InputError);
  folds[0] = Fold::test;
  EXPECT_THROW(Split::from_folds(screen, folds), InputError) << "control cells that test";
}

TEST(CallScope, MessagesProgressAndStopAreTheHosts) {
  std::vector<std::string> messages;
  std::vector<ProgressReport> reports;
  std::stop_source stop;
  Context context{.threads = 2,
                  .log = [&](const Message& m) { messages.push_back(m.text); },
                  .progress = [&](const ProgressReport& r) { reports.push_back(r); },
                  .stop = stop.get_token()};
  {
    const impl::CallScope scope(context);
    impl::log::info("one");
    impl::log::warning("two");
    impl::Progress progress("work", 10);
    progress.update(10, "done");
    EXPECT_EQ(impl::set_threads(0), 2);
    EXPECT_FALSE(impl::interrupt_requested());
    stop.request_stop();
    EXPECT_TRUE(impl::interrupt_requested());
    {
      const impl::CallScope inner((Context()));
      EXPECT_FALSE(impl::interrupt_requested()) << "the innermost counts";
      impl::log::warning("dropped");
    }
  }
  EXPECT_THAT(messages, ElementsAre("one", "two"));
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].task, "work");
  EXPECT_EQ(reports[0].done, 10);
  EXPECT_FALSE(impl::interrupt_requested());
}

TEST(Version, IsTheProjects) { EXPECT_THAT(kVersion, HasSubstr(std::to_string(kVersionMajor) + ".")); }

}  // namespace
}  // namespace gracevae
