#include "run/history.hpp"

#include <gmock/gmock.h>

#include <cstdio>

#include "base/error.hpp"
#include "base/files.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const std::string kFirst = R"({"epoch":0})", kSecond = R"({"epoch":1})", kThird = R"({"epoch":2})";

class History : public testing::Test {
 protected:
  std::string text() const { return read_text(file_); }
  void add(const std::string& text) const {
    std::FILE* const file = std::fopen(file_.c_str(), "a");
    std::fputs(text.c_str(), file);
    std::fclose(file);
  }
  TemporaryFolder folder_;
  fs::path file_ = folder_.path() / "history.jsonl";
};

TEST_F(History, GrowsByLines) {
  HistoryFile history;
  history.write(file_, {});
  EXPECT_EQ(text(), "");
  history.write(file_, {kFirst});
  const fs::path link = folder_.path() / "link";
  fs::create_hard_link(file_, link);
  history.write(file_, {kFirst, kSecond, kThird});
  EXPECT_EQ(text(), kFirst + "\n" + kSecond + "\n" + kThird + "\n");
  EXPECT_EQ(read_text(link), text()) << "the same file: it was not written anew";
  history.write(file_, {kFirst, kSecond, kThird});
  EXPECT_EQ(read_history(file_).size(), 3U);
  const fs::path other = folder_.path() / "other.jsonl";
  history.write(other, {kFirst, kSecond});
  EXPECT_EQ(read_text(other), kFirst + "\n" + kSecond + "\n") << "another file is written whole";
}

/// A crash cuts the last line off; a resumed run has the lines of its checkpoint.
TEST_F(History, AResumedRunWritesOverWhatACrashLeft) {
  write_text(file_, kFirst + "\n" + kSecond + "\n" + R"({"epoch":2,"lo)");
  EXPECT_EQ(read_history(file_).size(), 2U);
  HistoryFile resumed;
  resumed.write(file_, {kFirst, kSecond});
  EXPECT_EQ(text(), kFirst + "\n" + kSecond + "\n");
}

TEST_F(History, AFileThatSomebodyChangedIsWrittenWhole) {
  HistoryFile history;
  history.write(file_, {kFirst});
  add("more");
  history.write(file_, {kFirst, kSecond});
  EXPECT_EQ(text(), kFirst + "\n" + kSecond + "\n");
  fs::remove(file_);
  history.write(file_, {kFirst, kSecond, kThird});
  EXPECT_EQ(read_history(file_).size(), 3U);
}

TEST_F(History, OtherFaultsAreNamed) {
  const auto error_of = [&](const std::string& content) {
    write_text(file_, content);
    try {
      read_history(file_);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(error_of(kFirst + "\n{\"epoch\n" + kSecond + "\n"), HasSubstr("line 2: not a JSON object"));
  EXPECT_THAT(error_of(kFirst + "\n\n{\"epoch\n"), HasSubstr("line 3")) << "a line with an end was not cut off";
  EXPECT_THAT(error_of("{}"), HasSubstr("line 1"));
  EXPECT_EQ(error_of(kFirst + "\n" + kSecond), "no error");
  EXPECT_THROW(read_history(folder_.path() / "none"), IoError);
}

TEST_F(History, TheValidationScoreIsOfTheScoredWeights) {
  write_text(file_, R"({"epoch":0,"validation":2})"
                    "\n"
                    R"({"epoch":1,"validation":3})"
                    "\n"
                    R"({"epoch":2,"validation":null})"
                    "\n");
  EXPECT_EQ(validation_score_of(read_history(file_), false), 3);
  EXPECT_EQ(validation_score_of(read_history(file_), true), 2) << "the best epoch's";
  EXPECT_EQ(validation_score_of({}, false), std::nullopt);
}

}  // namespace
}  // namespace gracevae::impl
