#include "io/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::ElementsAre;

TEST(Table, ReadsHeaderAndRows) {
  const TemporaryFolder folder;
  const Table table = read_tsv(folder.write("a.tsv",
                                            "\xEF\xBB\xBF"
                                            "cell\tfold\r\nc1\ttrain\r\nc2\t"));
  EXPECT_THAT(table.columns, ElementsAre("cell", "fold"));
  EXPECT_THAT(table.rows, ElementsAre(ElementsAre("c1", "train"), ElementsAre("c2", "")));
  EXPECT_EQ(table.column("fold", "a.tsv"), 1u);
  EXPECT_TRUE(table.has("cell"));
  EXPECT_FALSE(table.has("control"));
}

TEST(Table, Errors) {
  const TemporaryFolder folder;
  EXPECT_THAT(message_of<InputError>([&] { read_tsv(folder.write("a.tsv", "cell\tfold\nc1\ttrain\nc2\n")); }),
              At("a.tsv line 3", "1", "2"));
  EXPECT_THAT(message_of<InputError>([&] { read_tsv(folder.write("a.tsv", "a\n1\t2\n")); }),
              At("a.tsv line 2", "2", "1"));
  EXPECT_THAT(message_of<InputError>([&] { read_tsv(folder.write("a.tsv", "")); }), At("a.tsv"));
  const Table table = read_tsv(folder.write("a.tsv", "cell\tfold\n"));
  const Thrown message = message_of<InputError>([&] { (void)table.column("folds", "a.tsv"); });
  EXPECT_THAT(message, At("a.tsv", "folds", "fold"));
}

TEST(Table, SurvivesWritingAndReading) {
  const TemporaryFolder folder;
  const Table table{{"a", "b"}, {{"1", "x y"}, {"", "tab\there\nand line"}}};
  write_tsv(folder.file("a.tsv"), table);
  EXPECT_EQ(bytes_of(folder.file("a.tsv")), "a\tb\n1\tx y\n\ttab here and line\n");
  EXPECT_THAT(read_tsv(folder.file("a.tsv")).rows[1], ElementsAre("", "tab here and line"));
  EXPECT_EQ(folder.n_files(), 1u);
}

TEST(Table, TextAlignsNumbersToTheRight) {
  const Table table{{"model", "R2", "mmd", "note"}, {{"größer", "0.9", "0.07±0.01", "7 up"}, {"b", "12.25", "NA", ""}}};
  EXPECT_EQ(to_text(table),
            "model      R2        mmd  note\n"
            "──────  ─────  ─────────  ────\n"
            "größer    0.9  0.07±0.01  7 up\n"
            "b       12.25         NA\n");
}

TEST(Table, TextOfAnEmptyTable) { EXPECT_EQ(to_text({{"a", "bc"}, {}}), "a  bc\n─  ──\n"); }

}  // namespace
}  // namespace gracevae::impl
