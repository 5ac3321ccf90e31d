#include <gmock/gmock.h>

#include <filesystem>
#include <functional>

#include "base/error.hpp"
#include "evaluate/evaluate.hpp"
#include "io/anndata.hpp"
#include "io/mapped_cells.hpp"
#include "run/prediction_names.hpp"
#include "support/temporary_folder.hpp"
#include "support/thrown.hpp"
#include "unit/evaluate/small_screen.hpp"

namespace gracevae::impl {
namespace {

using test::small_screen;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PredictionsFile : public ::testing::Test {
 protected:
  /// Rows: A+B for cell 13, then A for 7 and 6, an actual cell, a control cell, and a generated cell of targets nobody
  /// observed.
  AnnData content() const {
    Matrix<float> x(6, 4);
    for (std::int64_t i = 0; i < 6; ++i)
      for (std::int64_t g = 0; g < 4; ++g) x(i, g) = static_cast<float>(10 * i + g);
    AnnData data;
    data.x = test::sparse(x);
    data.var.index = {"ENSG0", "ENSG1", "ENSG2", "ENSG3"};
    for (int i = 0; i < 6; ++i) data.obs.index.push_back("row" + std::to_string(i));
    data.obs.add("condition", std::vector<std::string>{"A+B", "A", "A", "A", "control", "B+C"});
    data.obs.add("source", std::vector<std::string>{"Generated Cells", "Generated Cells", "Generated Cells",
                                                    "Actual Cells", "NA", "Generated Cells"});
    data.obs.add("cell", std::vector<std::string>{"cell13", "cell7", "cell6", "cell7", "cell0", ""});
    data.obs.add("paired_control", std::vector<std::string>{"cell3", "cell2", "cell0", "", "", "cell1"});
    return data;
  }

  std::vector<Prediction> read(const AnnData& data) const {
    write_anndata(folder_.file("predictions.h5ad"), data);
    return read_predictions(folder_.file("predictions.h5ad"), small_screen());
  }
  /// The InputError that reading gives.
  Thrown refusal(const std::function<void(AnnData&)>& spoil) const {
    AnnData data = content();
    spoil(data);
    return message_of<InputError>([&] { read(data); });
  }

  static std::vector<std::string>& words(AnnData& data, const std::string& column) {
    for (auto& [name, values] : data.obs.columns)
      if (name == column) return std::get<std::vector<std::string>>(values);
    throw std::runtime_error(column);
  }

  TemporaryFolder folder_;
};

TEST_F(PredictionsFile, GeneratedTestCellsByCondition) {
  const auto predictions = read(content());
  ASSERT_EQ(predictions.size(), 2U);
  EXPECT_EQ(predictions[0].condition, "A");  // the screen's order of regimes
  EXPECT_THAT(predictions[0].cells, ElementsAre(7, 6));
  EXPECT_THAT(predictions[0].controls, ElementsAre(2, 0));
  EXPECT_EQ(predictions[0].values(0, 3), 13);
  EXPECT_EQ(predictions[0].values(1, 0), 20);
  EXPECT_EQ(predictions[1].condition, "A+B");
  EXPECT_THAT(predictions[1].cells, ElementsAre(13));
}

TEST_F(PredictionsFile, AMappedFolderIsReadAsAFile) {
  AnnData data = content();
  data.varm[kExpectedMeans] = Matrix<float>(4, 1, 0.5F);
  data.uns[kExpectedConditions] = std::vector<std::string>{"A"};
  const auto expected = read(data);
  const std::filesystem::path folder = folder_.file("asked.cells");
  MappedCellsWriter writer(folder, data.x.n_rows, data.x.n_cols);
  writer.append(data.x);
  writer.finish(data);
  const auto found = read_predictions(folder, small_screen());
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].values.values, expected[i].values.values);
    EXPECT_EQ(found[i].controls, expected[i].controls);
    EXPECT_EQ(found[i].expected, expected[i].expected);
  }
  EXPECT_EQ(found[0].expected.size(), 4U);
}

TEST_F(PredictionsFile, Refusals) {
  EXPECT_THAT(refusal([](AnnData& data) { words(data, "cell")[1] = "cel7"; }),
              ::testing::AllOf(HasSubstr("row 2: cell 'cel7' is no cell of small.h5ad"), HasSubstr("cell7")));
  EXPECT_THAT(refusal([](AnnData& data) { words(data, "condition")[0] = "B"; }),
              At("row 1", "B", "cell13", "small.h5ad", "A+B"));
  EXPECT_THAT(refusal([](AnnData& data) { words(data, "paired_control")[2] = "cell5"; }),
              At("row 3", "paired_control", "cell5", "A"));
  EXPECT_THAT(refusal([](AnnData& data) { words(data, "paired_control")[2] = ""; }), At("", "paired_control"));
  EXPECT_THAT(refusal([](AnnData& data) { data.var.index[2] = "ENSG9"; }), At("", "3", "ENSG9", "ENSG2", "small.h5ad"));
  EXPECT_THAT(refusal([](AnnData& data) { data.obs.columns[1].first = "sauce"; }),
              ::testing::AllOf(HasSubstr("obs has no column 'source'"), HasSubstr("sauce")));
  EXPECT_THAT(refusal([](AnnData& data) { words(data, "source").assign(6, "Actual Cells"); }),
              HasSubstr("nothing to score"));
  EXPECT_THAT(refusal([](AnnData& data) {
                data.x = test::sparse(Matrix<float>(6, 3, 1));
                data.var.index.pop_back();
              }),
              At("", "3", "small.h5ad", "4"));
  EXPECT_THROW(read_predictions(folder_.file("nowhere.h5ad"), small_screen()), IoError);
}

/// Rows come from the file in blocks: wanted ones stand in several, and between them are others.
TEST_F(PredictionsFile, RowsOfALongFileFindTheirPlace) {
  const AnnData short_file = content();
  AnnData data = short_file;
  data.x = CsrMatrix<float>();
  data.x.n_cols = 4;
  data.obs = DataFrame();
  for (const auto& [name, values] : short_file.obs.columns) data.obs.add(name, std::vector<std::string>{});
  const std::int64_t n_rows = 9000;
  for (std::int64_t row = 0; row < n_rows; ++row) {
    const std::int64_t from = row % 4000 == 999 ? (row / 4000) % 3 : 4;  // rows 999, 4999, 8999 are generated cells
    append_rows(short_file.x, from, from + 1, data.x);
    data.obs.index.push_back("row" + std::to_string(row));
    for (const auto& [name, values] : short_file.obs.columns)
      words(data, name).push_back(std::get<std::vector<std::string>>(values)[static_cast<std::size_t>(from)]);
  }
  const auto expected = read(short_file), found = read(data);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].condition, expected[i].condition);
    EXPECT_EQ(found[i].cells, expected[i].cells);
    EXPECT_EQ(found[i].values.values, expected[i].values.values);
  }
}

TEST_F(PredictionsFile, ExpectedMeansAreReadByCondition) {
  AnnData data = content();
  Matrix<float> expected(4, 2);
  expected.values = {1, 5, 2, 6, 3, 7, 4, 8};
  data.varm["gracevae_expected"] = expected;
  data.uns["gracevae/expected_conditions"] = std::vector<std::string>{"A", "other"};
  const auto predictions = read(data);
  ASSERT_EQ(predictions.size(), 2U);
  EXPECT_EQ(predictions[0].condition, "A");
  EXPECT_THAT(predictions[0].expected, ElementsAre(1, 2, 3, 4));
  EXPECT_TRUE(predictions[1].expected.empty());
  EXPECT_THAT(refusal([&](AnnData& broken) {
                broken.varm["gracevae_expected"] = expected;
                broken.uns["gracevae/expected_conditions"] = std::vector<std::string>{"A"};
              }),
              HasSubstr("does not name as many conditions"));
}

}  // namespace
}  // namespace gracevae::impl
