#include "predict/predict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "io/anndata.hpp"
#include "io/mapped_cells.hpp"
#include "run/prediction_names.hpp"
#include "simulate/simulate.hpp"
#include "support/simulated_screen.hpp"
#include "support/temporary_folder.hpp"
#include "train/trainer.hpp"

namespace gracevae::impl {
namespace {

class PredictTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = new TemporaryFolder;
    simulate_screen(folder->path() / "sim", tiny_simulation());
    RunOptions options = options_on(folder->path() / "sim");
    options.model.hidden = 8;
    options.batches.batch_size = 8;
    options.train.epochs = 7;  // so that the last temperature is not the first
    options.train.resolve("grace-vae");
    train({.options = options, .folder = {folder->path() / "run"}});
    screen = new Screen(load_screen(options.screen));
  }
  static void TearDownTestSuite() {
    delete screen;
    delete folder;
  }
  static TemporaryFolder* folder;
  static Screen* screen;
  RunFolder run() const { return {folder->path() / "run"}; }
};
TemporaryFolder* PredictTest::folder = nullptr;
Screen* PredictTest::screen = nullptr;

TEST_F(PredictTest, TheTemperatureIsTheRunsOwnUnlessAskedFor) {
  const auto cells = [](const RunFolder& of, const std::string& tau) {
    PredictOptions options;
    options.tau = tau;
    return read_anndata(predict(of, options)).x.values;
  };
  EXPECT_EQ(cells(run(), "run"), cells(run(), "one"));
  EXPECT_NE(cells(run(), "run"), cells(run(), "final"));
  // The same run, told to be evaluated at its last temperature.
  const RunFolder other{folder->path() / "final"};
  std::filesystem::copy(run().path, other.path, std::filesystem::copy_options::recursive);
  std::string options = read_text(other.options());
  const std::string one = "evaluation_tau = \"one\"";
  options.replace(options.find(one), one.size(), "evaluation_tau = \"final\"");
  write_text(other.options(), options);
  EXPECT_EQ(cells(other, "run"), cells(run(), "final"));
}

TEST_F(PredictTest, OneGeneratedCellForEachTestCell) {
  const AnnData data = read_anndata(predict(run(), {}));
  const Split split = read_split(run().split(), *screen);
  const auto source = column_as_strings(*data.obs.find("source")), cell = column_as_strings(*data.obs.find("cell")),
             control = column_as_strings(*data.obs.find("paired_control")),
             condition = column_as_strings(*data.obs.find("condition"));
  const auto n_test = std::count(split.fold.begin(), split.fold.end(), Fold::test);
  EXPECT_EQ(std::count(source.begin(), source.end(), "Generated Cells"), n_test);
  EXPECT_EQ(std::count(source.begin(), source.end(), "Actual Cells"), n_test);
  EXPECT_GT(std::count(source.begin(), source.end(), "NA"), 0);
  EXPECT_EQ(data.x.n_cols, screen->n_genes());
  const DataFrame var = read_anndata(screen->source).var;
  EXPECT_EQ(data.var.index, var.index);
  EXPECT_EQ(data.var.names(), var.names());
  for (const char* key : {"mu", "z", "u"}) {
    const Matrix<float>& latents = data.obsm.at(key);
    EXPECT_EQ(latents.n_cols, 3);
    for (std::int64_t i = 0; i < latents.n_rows; ++i)
      EXPECT_EQ(std::isnan(latents(i, 0)), source[static_cast<std::size_t>(i)] != "Generated Cells");
  }
  for (std::size_t i = 0; i < source.size(); ++i)
    if (source[i] == "Generated Cells") {
      EXPECT_FALSE(cell[i].empty());
      EXPECT_FALSE(control[i].empty());
      EXPECT_NE(condition[i], "control");
    }
}

TEST_F(PredictTest, SameBitsTwice) {
  PredictOptions a, b;
  a.output = (folder->path() / "a.h5ad").string();
  b.output = (folder->path() / "b.h5ad").string();
  const AnnData first = read_anndata(predict(run(), a)), second = read_anndata(predict(run(), b));
  EXPECT_EQ(first.x.values, second.x.values);
}

TEST_F(PredictTest, TheTemperatureChangesWhatIsGenerated) {
  PredictOptions one, final;
  one.output = (folder->path() / "one.h5ad").string();
  final.output = (folder->path() / "final.h5ad").string();
  one.tau = "one";
  final.tau = "final";
  const AnnData first = read_anndata(predict(run(), one)), second = read_anndata(predict(run(), final));
  EXPECT_NE(first.x.values, second.x.values);
  EXPECT_EQ(first.obsm.at("mu").n_rows, second.obsm.at("mu").n_rows);
}

TEST_F(PredictTest, AnyNumberOfTargetsFromAnyNumberOfControls) {
  std::vector<std::string> singles;
  for (const auto& regime : screen->regimes)
    if (regime.targets.size() == 1) singles.push_back(regime.targets[0]);
  ASSERT_EQ(singles.size(), 3U);
  PredictOptions options;
  options.targets = {singles[2] + "+" + singles[0] + "+" + singles[1], singles[0]};
  options.cells = 5;
  options.output = (folder->path() / "asked.h5ad").string();
  const AnnData data = read_anndata(predict(run(), options));
  const auto source = column_as_strings(*data.obs.find("source")),
             condition = column_as_strings(*data.obs.find("condition"));
  EXPECT_EQ(std::count(source.begin(), source.end(), "Generated Cells"), 10);
  EXPECT_EQ(condition[0], singles[0] + "+" + singles[1] + "+" + singles[2]) << "labels are sorted";
}

TEST_F(PredictTest, AnUntrainedTargetWritesNothing) {
  PredictOptions options;
  options.targets = {"NOSUCH"};
  options.output = (folder->path() / "none.h5ad").string();
  EXPECT_THROW(predict(run(), options), InputError);
  EXPECT_FALSE(std::filesystem::exists(options.output));
}

TEST_F(PredictTest, ATargetThatNeverTrainedWhereTheGraphHasAPlaceForIt) {
  RunOptions options = load_run_options(run());
  options.model.intervention_encoder = "tri-value";
  options.train.epochs = 1;
  std::string edges;
  for (std::size_t i = 1; i < screen->genes.size(); ++i) edges += screen->genes[i - 1] + " " + screen->genes[i] + "\n";
  for (const auto& regime : screen->regimes)
    if (regime.targets.size() == 1) edges += regime.targets[0] + " " + screen->genes[4] + "\n";
  write_text(folder->path() / "edges.txt", edges);
  options.network.edges = (folder->path() / "edges.txt").string();
  const RunFolder placed{folder->path() / "placed"};
  train({.options = options, .folder = placed});
  PredictOptions asked;
  asked.targets = {screen->genes[7], screen->genes[8] + "+" + screen->genes[9]};
  asked.cells = 4;
  const AnnData data = read_anndata(predict(placed, asked));
  const auto source = column_as_strings(*data.obs.find("source"));
  EXPECT_EQ(std::count(source.begin(), source.end(), "Generated Cells"), 8);
  for (const float value : data.x.values) EXPECT_TRUE(std::isfinite(value));
  asked.targets = {"NOSUCH"};
  try {
    predict(placed, asked);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("'NOSUCH' was never trained and has no protein interactions"),
              std::string::npos)
        << error.what();
  }
}

TEST_F(PredictTest, AMappedFolderHoldsWhatAFileHolds) {
  PredictOptions file, mapped;
  file.output = (folder->path() / "cells.h5ad").string();
  mapped.output = (folder->path() / "test.cells").string();
  const AnnData expected = read_anndata(predict(run(), file));
  CellSource found = open_mapped_cells(predict(run(), mapped));
  const CsrMatrix<float> x = read_all_rows(found);
  EXPECT_EQ(x.indptr, expected.x.indptr);
  EXPECT_EQ(x.indices, expected.x.indices);
  EXPECT_EQ(x.values, expected.x.values);
  const AnnData rest = read_anndata(annotation_file(mapped.output));
  EXPECT_EQ(rest.obs.index, expected.obs.index);
  EXPECT_EQ(rest.obs.names(), expected.obs.names());
  EXPECT_EQ(rest.obsm.at("u").values.size(), expected.obsm.at("u").values.size());
  EXPECT_EQ(rest.varm.at(kExpectedMeans).values, expected.varm.at(kExpectedMeans).values);
  EXPECT_THROW(predict(run(), mapped), IoError) << "it is there already";
  mapped.output = (folder->path() / "none.cells").string();
  mapped.targets = {"NOSUCH"};
  EXPECT_THROW(predict(run(), mapped), InputError);
  EXPECT_FALSE(std::filesystem::exists(mapped.output));
}

TEST_F(PredictTest, AFolderThatIsNoRun) { EXPECT_THROW(predict({folder->path() / "absent"}, {}), IoError); }

}  // namespace
}  // namespace gracevae::impl
