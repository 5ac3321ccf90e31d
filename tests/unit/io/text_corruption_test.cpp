// Damaged text inputs, plain and gzip: every one gives an error of ours or a right reading, never a crash, a hang or
// all the memory. Run under sanitizers, too (cmake -DGRACEVAE_SANITIZE=address,undefined).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "gzip_text.hpp"
#include "io/dense_table.hpp"
#include "io/label_table.hpp"
#include "io/matrix_market.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

constexpr int kCells = 12, kGenes = 9;

int value_of(int cell, int gene) { return (3 * cell + 5 * gene) % 7 > 3 ? 1 + cell * gene : 0; }

std::string matrix_text() {
  std::string entries;
  int n = 0;
  for (int cell = 0; cell < kCells; ++cell)
    for (int gene = 0; gene < kGenes; ++gene)
      if (const int value = value_of(cell, gene)) {
        entries += fmt::format("{} {} {}\n", gene + 1, cell + 1, value);
        ++n;
      }
  return fmt::format("%%MatrixMarket matrix coordinate integer general\n%x\n{} {} {}\n{}", kGenes, kCells, n, entries);
}

std::string table_text() {
  std::string text = "cell,\"condition\"";
  for (int gene = 0; gene < kGenes; ++gene) text += fmt::format(",g{}", gene);
  for (int cell = 0; cell < kCells; ++cell) {
    text += fmt::format("\nc{},\"A,\"\"B{}\"\"\"", cell, cell % 3);
    for (int gene = 0; gene < kGenes; ++gene) text += fmt::format(",{}", 0.5 * value_of(cell, gene));
  }
  return text + "\n";
}

std::string names_text(const char* letter, int n) {
  std::string text;
  for (int i = 0; i < n; ++i) text += fmt::format("{}{}\ts{}\n", letter, i, i);
  return text;
}

std::string labels_text() {
  std::string text = "cell,label,depth\n";
  for (int cell = 0; cell < kCells; ++cell) text += fmt::format("c{},\"A,B{}\",{}\n", cell, cell % 3, 0.5 * cell);
  return text;
}

/// Genes in rows, found by the barcodes above them; decimal commas, a row and columns that are no genes.
std::string turned_text() {
  std::string text = "Geneid;symbol;Length";
  for (int cell = 0; cell < kCells; ++cell) text += fmt::format(";GATTACA{}.1", std::string(2 + cell, 'C'));
  for (int gene = 0; gene < kGenes; ++gene) {
    text += fmt::format("\nG{};s{};{}", gene, gene, 100 * gene);
    for (int cell = 0; cell < kCells; ++cell)
      text += fmt::format(";{},{}", value_of(cell, gene), gene == 8 ? "25" : "0");
  }
  return text + "\n__no_feature" + std::string(2, ';') + [] {
    std::string numbers;
    for (int cell = 0; cell < kCells; ++cell) numbers += fmt::format(";{}", cell);
    return numbers;
  }() + "\n";
}

std::string repeated_words() {
  std::string text;
  for (int cell = 0; cell < kCells; ++cell) text += fmt::format("rep_{}\n", cell % 3);
  return text;
}

/// Names that fit with a change.
std::string changed_labels() {
  std::string text = "cell;label;depth\n";
  for (int cell = 0; cell < kCells; ++cell) text += fmt::format("c{}-1;\"A;B{}\";{},5\n", cell, cell % 3, cell);
  return text;
}

/// One input of a 10x folder, a table or its labels; the others beside it are whole.
struct Input {
  const char* name;
  std::string (*text)();
};

const Input kInputs[] = {
    {"matrix.mtx", matrix_text},
    {"barcodes.tsv", [] { return names_text("c", kCells); }},
    {"features.tsv", [] { return names_text("g", kGenes); }},
    {"table.csv", table_text},
    {"labels.csv", labels_text},
    {"turned.csv", turned_text},
    {"order.txt", repeated_words},
    {"changed.csv", changed_labels},
};

class TextCorruption : public ::testing::TestWithParam<std::tuple<int, bool>> {
 protected:
  void SetUp() override {
    log::set_level(log::Level::quiet);
    for (const auto& input : kInputs) folder_.write(input.name, input.text());
    const auto& [which, packed] = GetParam();
    name_ = kInputs[which].name;
    good_ = packed ? gzipped(kInputs[which].text()) : kInputs[which].text();
  }
  void TearDown() override { log::set_level(log::Level::normal); }

  /// Reads everything with this input in place of the whole one; true when it was refused. What is read must be whole.
  bool refused(const std::string& bytes) const {
    folder_.write(name_, bytes);
    testing::internal::CaptureStderr();
    bool is_refused = false;
    try {
      const bool table = name_ == "table.csv" || name_ == "turned.csv";
      CellSource source = table ? open_table(folder_.file(name_), {}) : open_matrix_market(folder_.path(), {});
      if (name_ == "labels.csv" || name_ == "changed.csv") join_labels(source, folder_.file(name_));
      if (name_ == "order.txt") join_labels(source, folder_.file(name_), "order");
      const CsrMatrix<float> x = read_all_rows(source);
      EXPECT_EQ(x.indptr.size(), source.obs.index.size() + 1);
      EXPECT_EQ(x.n_cols, static_cast<std::int64_t>(source.var.index.size()));
      for (const float value : x.values) EXPECT_TRUE(std::isfinite(value) && value != 0);
      for (const std::int32_t index : x.indices) EXPECT_TRUE(index >= 0 && index < x.n_cols);
      for (const auto& [name, column] : source.obs.columns)
        EXPECT_EQ(column_as_strings(column).size(), source.obs.index.size());
    } catch (const Error& error) {
      is_refused = true;
      EXPECT_NE(std::string(error.what()).find(folder_.path().string()), std::string::npos) << error.what();
    }
    testing::internal::GetCapturedStderr();
    return is_refused;
  }
  bool packed() const { return std::get<1>(GetParam()); }

  TemporaryFolder folder_;
  std::string name_, good_;
};

TEST_P(TextCorruption, WholeFilesAreRead) { EXPECT_FALSE(refused(good_)); }

TEST_P(TextCorruption, CutFiles) {
  int n_refused = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    const bool is_refused = refused(good_.substr(0, good_.size() * i / 40));
    n_refused += is_refused ? 1 : 0;
    // A table or a list that ends behind a line is a whole one; packed files and matrices know their length.
    EXPECT_TRUE(is_refused || !(packed() || name_ == "matrix.mtx")) << i;
  }
  EXPECT_GT(n_refused, 0);
}

TEST_P(TextCorruption, FlippedBits) {
  constexpr int n_files = 150;
  int n_refused = 0;
  for (int i = 0; i < n_files; ++i) {
    Random random(1, "flip", static_cast<std::uint64_t>(i));
    std::string bytes = good_;
    const auto n_flips = 1 + random.below(3);
    for (std::uint64_t k = 0; k < n_flips; ++k)
      bytes[random.below(bytes.size())] ^=
          static_cast<char>(random.below(2) ? 1 << random.below(8) : 1 + random.below(255));
    n_refused += refused(bytes) ? 1 : 0;
  }
  EXPECT_GT(n_refused, packed() ? n_files * 9 / 10 : 0);
}

std::string case_name(const ::testing::TestParamInfo<std::tuple<int, bool>>& info) {
  std::string name = kInputs[std::get<0>(info.param)].name;
  name = name.substr(0, name.find('.'));
  return name + (std::get<1>(info.param) ? "_gzip" : "_plain");
}

INSTANTIATE_TEST_SUITE_P(Inputs, TextCorruption,
                         ::testing::Combine(::testing::Range(0, static_cast<int>(std::size(kInputs))),
                                            ::testing::Bool()),
                         case_name);

}  // namespace
}  // namespace gracevae::impl
