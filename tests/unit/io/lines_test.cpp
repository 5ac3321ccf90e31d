#include "io/lines.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "gzip_text.hpp"
#include "io/gene_sets.hpp"
#include "io/table.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::vector<std::string> lines;
  for_each_line(path, [&](std::string_view line, std::int64_t number) {
    lines.emplace_back(line);
    EXPECT_EQ(number, static_cast<std::int64_t>(lines.size()));
  });
  return lines;
}

/// Numbered lines of growing length: some megabytes, so that blocks end within lines.
std::vector<std::string> many_lines() {
  std::vector<std::string> lines;
  for (int i = 0; i < 3000; ++i)
    lines.push_back(fmt::format("{} {}", i, std::string(static_cast<std::size_t>(i), 'x')));
  return lines;
}

std::string joined(const std::vector<std::string>& lines) { return fmt::format("{}\n", fmt::join(lines, "\n")); }

class Lines : public ::testing::TestWithParam<bool> {
 protected:
  /// The text as it is or as gzip; the name never tells which.
  std::filesystem::path write(const std::string& text) const {
    return folder_.write("a.txt", GetParam() ? gzipped(text) : text);
  }
  TemporaryFolder folder_;
};

TEST_P(Lines, EndsAndByteOrderMark) {
  EXPECT_THAT(lines_of(write("")), IsEmpty());
  EXPECT_THAT(lines_of(write("\xEF\xBB\xBF")), IsEmpty());
  EXPECT_THAT(lines_of(write("a")), ElementsAre("a"));
  EXPECT_THAT(lines_of(write("\xEF\xBB\xBF"
                             "a\r\n\nb \r\r\n")),
              ElementsAre("a", "", "b \r"));
  EXPECT_THAT(lines_of(write("\n")), ElementsAre(""));
  EXPECT_THAT(lines_of(write("a\n\xEF\xBB\xBF")), ElementsAre("a", "\xEF\xBB\xBF"));
}

TEST_P(Lines, BlocksEndAnywhere) {
  const auto lines = many_lines();
  EXPECT_EQ(lines_of(write(joined(lines))), lines);
  // A text whose length is a block's, one less and one more.
  for (const std::size_t length : {(1u << 20) - 2, (1u << 20) - 1, 1u << 20, (1u << 20) + 1}) {
    const std::string text(length, 'x');
    EXPECT_THAT(lines_of(write(text)), ElementsAre(text));
    EXPECT_THAT(lines_of(write(text + '\n')), ElementsAre(text));
    EXPECT_THAT(lines_of(write("a\n" + text + "\nb")), ElementsAre("a", text, "b"));
  }
}

/// Only the file begins with a byte order mark, not a block.
TEST_P(Lines, BlockThatBeginsLikeAFile) {
  const std::string first(600'000, 'x'), second = "\xEF\xBB\xBF" + first;
  EXPECT_THAT(lines_of(write(first + "\n" + second)), ElementsAre(first, second));
}

TEST_P(Lines, OfAnyLength) {
  const std::string line(5'000'000, 'x');
  EXPECT_THAT(lines_of(write("a\n" + line + "\nb")), ElementsAre("a", line, "b"));
}

TEST_P(Lines, EveryReaderOfTextTakesBoth) {
  EXPECT_THAT(read_pairs(write("A B\nC,D\n")), ElementsAre(Pair("A", "B"), Pair("C", "D")));
  EXPECT_EQ(read_gmt(write("x\tR-1\tA\n"))[0].id, "R-1");
  EXPECT_THAT(read_tsv(write("cell\tfold\nc1\ttrain\n")).rows, ElementsAre(ElementsAre("c1", "train")));
}

INSTANTIATE_TEST_SUITE_P(PlainAndGzip, Lines, ::testing::Bool());

TEST(Gzip, SeveralMembersAndPadding) {
  const TemporaryFolder folder;
  const std::string two = gzipped("a\nb") + gzipped("c\n") + gzipped("") + gzipped("d");
  EXPECT_THAT(lines_of(folder.write("a.gz", two)), ElementsAre("a", "bc", "d"));
  EXPECT_THAT(lines_of(folder.write("a.gz", two + std::string(1024, '\0'))), ElementsAre("a", "bc", "d"));
}

TEST(Gzip, CutFilesNameTheLine) {
  const TemporaryFolder folder;
  const std::string packed = gzipped(joined(many_lines()));
  for (const std::size_t length :
       {packed.size() - 1, packed.size() - 8, packed.size() / 2, std::size_t{20}, std::size_t{2}})
    EXPECT_THAT(message_of<IoError>([&] { lines_of(folder.write("a.gz", packed.substr(0, length))); }),
                HasSubstr("the gzip data break off here"))
        << length;
  EXPECT_THAT(message_of<IoError>([&] { lines_of(folder.write("a.gz", packed.substr(0, 20))); }), At("a.gz line 1"));
  EXPECT_THAT(message_of<IoError>([&] { lines_of(folder.write("a.gz", packed.substr(0, packed.size() - 1))); }),
              At("a.gz line 3001"));
}

TEST(Gzip, DamageIsSeen) {
  const TemporaryFolder folder;
  const std::string packed = gzipped(joined(many_lines()));
  const auto error = [&](std::string bytes) {
    return message_of<IoError>([&] { lines_of(folder.write("a.gz", bytes)); });
  };
  std::string bytes = packed;
  bytes[bytes.size() - 6] ^= 1;  // of the check sum
  EXPECT_THAT(error(bytes), At("a.gz line 3001"));
  bytes = packed;
  bytes[2] = 7;
  EXPECT_THAT(error(bytes), At("a.gz line 1"));
  EXPECT_THAT(error(packed + "text"), At("a.gz line 3001"));
  EXPECT_THAT(error(packed + std::string("\0\0x", 3)), HasSubstr("but more bytes follow"));
  EXPECT_THAT(error(packed + "\x1f"), HasSubstr("break off"));
}

TEST(Gzip, OtherPackersAreNamed) {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& bytes) {
    return message_of<InputError>([&] { lines_of(folder.write("a.gz", bytes)); });
  };
  EXPECT_THAT(error("BZh91AY"), At("a.gz", "bzip2", "gzip"));
  EXPECT_THAT(error("PK\x03\x04....."), HasSubstr("is a zip archive or an Excel file"));
  EXPECT_THAT(error(std::string("\xFD\x37\x7A\x58\x5A\0..", 8)), At("a.gz", "xz"));
  EXPECT_THAT(error("\x28\xB5\x2F\xFD...."), At("a.gz", "zstd"));
  EXPECT_THAT(error(std::string("\xFF\xFE"
                                "a\0",
                                4)),
              At("", "UTF-16"));
  EXPECT_THAT(message_of<IoError>([&] { lines_of(folder.file("absent.gz")); }), At("absent.gz"));
  EXPECT_THAT(message_of<IoError>([&] { lines_of(folder.path()); }), HasSubstr("is a folder"));
}

TEST(Shown, CutsAndCleans) {
  EXPECT_EQ(shown("a\tb\x01"), "a?b?");
  EXPECT_EQ(shown(std::string(60, 'x')), std::string(60, 'x'));
  EXPECT_EQ(shown(std::string(1'000'000, 'x')), std::string(60, 'x') + "... (1000000 characters)");
  EXPECT_EQ(shown(std::string(59, 'x') + "é" + std::string(10, 'y')), std::string(59, 'x') + "... (71 characters)");
}

}  // namespace
}  // namespace gracevae::impl
