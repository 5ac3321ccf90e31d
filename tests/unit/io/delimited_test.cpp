#include "io/delimited.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/error.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::ElementsAre;

using Records = std::vector<std::vector<std::string>>;

Records records_of(const std::filesystem::path& path, char separator = 0) {
  Records records;
  DelimitedReader reader(path, separator);
  for (std::vector<std::string_view> fields; reader.next(fields);) records.emplace_back(fields.begin(), fields.end());
  return records;
}

TEST(Delimited, SeparatorFromTheHeader) {
  const TemporaryFolder folder;
  EXPECT_THAT(records_of(folder.write("a", "a,b\tc\n1\t2,3\n")),
              ElementsAre(ElementsAre("a,b", "c"), ElementsAre("1", "2,3")));
  EXPECT_THAT(records_of(folder.write("a", "a,b;c,d\n")), ElementsAre(ElementsAre("a", "b;c", "d")));
  EXPECT_THAT(records_of(folder.write("a", "a;b\n0,5;1\n")),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("0,5", "1")));
  EXPECT_THAT(records_of(folder.write("a", "\"a;b;c\",d\n")), ElementsAre(ElementsAre("a;b;c", "d")));
  EXPECT_THAT(records_of(folder.write("a", "gene\ncell;1\n")),
              ElementsAre(ElementsAre("gene"), ElementsAre("cell", "1")));
  EXPECT_THAT(records_of(folder.write("a", "a,b\n"), '\t'), ElementsAre(ElementsAre("a,b")));
}

TEST(Delimited, Quotes) {
  const TemporaryFolder folder;
  EXPECT_THAT(records_of(folder.write("a", "a,\"b,\"\"c\"\"\",\"\"\r\n\"d\ne\",f\"g,\n")),
              ElementsAre(ElementsAre("a", "b,\"c\"", ""), ElementsAre("d\ne", "f\"g", "")));
  EXPECT_THAT(records_of(folder.write("a", "\"\"\t\"x\"\n\"r\"\t1")),
              ElementsAre(ElementsAre("", "x"), ElementsAre("r", "1")));
}

TEST(Delimited, BlankLinesAndPlaces) {
  const TemporaryFolder folder;
  DelimitedReader reader(folder.write("a.csv", "a,b\n\n \r\n\"c\nd\",e\nf,g\n\n"));
  std::vector<std::string_view> fields;
  std::vector<std::int64_t> lines;
  while (reader.next(fields)) lines.push_back(reader.line());
  EXPECT_THAT(lines, ElementsAre(1, 4, 6));
  EXPECT_EQ(reader.place(), folder.file("a.csv").string() + " line 6");
}

TEST(Delimited, BadQuotes) {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& text) {
    return message_of<InputError>([&] { records_of(folder.write("a.csv", text)); });
  };
  EXPECT_THAT(error("a,b\n1,\"2\"x\n"), At("a.csv line 2", "x", "2"));
  EXPECT_THAT(error("a,b\n1,\"2\n3\n"), At("a.csv line 2", "2"));
  std::string many = "a,b\n1,\"2\n";
  for (int i = 0; i < 2000; ++i) many += "3,4\n";
  EXPECT_THAT(error(many), At("a.csv line 2", "2", "1000"));
}

TEST(Delimited, Numbers) {
  const auto number = [](std::string_view text) {
    double value = -77;
    return parse_number(text, value) ? value : -77;
  };
  EXPECT_EQ(number("3"), 3);
  EXPECT_EQ(number("-0.5"), -0.5);
  EXPECT_EQ(number("+1e-3"), 1e-3);
  EXPECT_EQ(number("1e-999"), 0);
  EXPECT_TRUE(std::isinf(number("1e999")));
  EXPECT_TRUE(std::isnan(number("nan")));
  for (const char* word : {"", "+", "+-1", "1x", "0x10", " 1", "1,5", "A"}) EXPECT_EQ(number(word), -77) << word;
}

}  // namespace
}  // namespace gracevae::impl
