#include "base/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

using testing::HasSubstr;

struct Sample {
  bool flag = false;
  std::int64_t count = 3;
  double rate = 0.5;
  std::string kind = "a";
  std::vector<std::string> names;
  void bind(OptionTable& t) {
    t.add("one", "flag", flag, "A flag.");
    t.add("one", "batch_count", count, "A count.").range(1, 10);
    t.add("two", "rate", rate, "A rate.").at_least(0);
    t.add("two", "kind", kind, "A kind.").one_of({"a", "bee"});
    t.add("two", "names", names, "Names.");
  }
};

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no ConfigError";
}

class Options : public testing::Test {
 protected:
  Options() { sample.bind(table); }
  std::filesystem::path file(const std::string& text) {
    write_text(folder.path() / "options.toml", text);
    return folder.path() / "options.toml";
  }
  TemporaryFolder folder;
  Sample sample;
  OptionTable table;
};

TEST_F(Options, TomlRoundTrip) {
  sample.flag = true;
  sample.count = 7;
  sample.rate = 1e-4;
  sample.kind = "bee";
  sample.names = {"x", "quo\"te", "new\nline"};
  const auto text = to_toml(table.to_json());
  Sample other;
  OptionTable other_table;
  other.bind(other_table);
  other_table.load_toml(file(text));
  EXPECT_EQ(other.flag, true);
  EXPECT_EQ(other.count, 7);
  EXPECT_EQ(other.rate, 1e-4);
  EXPECT_EQ(other.kind, "bee");
  EXPECT_EQ(other.names, sample.names);
}

TEST_F(Options, WholeNumbersServeAsReals) {
  table.load_toml(file("[two]\nrate = 2\n"));
  EXPECT_EQ(sample.rate, 2.0);
}

TEST_F(Options, UnknownKeyNamesLineAndNearest) {
  const auto message = message_of([&] { table.load_toml(file("[one]\n\nbatch_coutn = 3\n")); });
  EXPECT_THAT(message, HasSubstr("line 3"));
  EXPECT_THAT(message, HasSubstr("batch_coutn"));
  EXPECT_THAT(message, HasSubstr("did you mean batch_count"));
}

TEST_F(Options, UnknownSectionIsRefusedUnlessIgnored) {
  EXPECT_THAT(message_of([&] { table.load_toml(file("[three]\nx = 1\n")); }), HasSubstr("unknown section [three]"));
  EXPECT_NO_THROW(table.load_toml(file("[three]\nx = 1\n"), {"three"}));
  EXPECT_NO_THROW(table.load_toml(file("[three]\nx = 1\n"), {}, true));
}

TEST_F(Options, MalformedTomlNamesThePlace) {
  EXPECT_THAT(message_of([&] { table.load_toml(file("[one]\nflag = = 1\n")); }), HasSubstr("line 2"));
}

TEST_F(Options, WrongTypeNamesWhatWasExpected) {
  EXPECT_THAT(message_of([&] { table.load_toml(file("[one]\nbatch_count = \"many\"\n")); }),
              HasSubstr("expected a whole number"));
  EXPECT_THAT(message_of([&] { table.find("one.batch_count")->set_text("3.5", "--batch-count"); }),
              HasSubstr("not a whole number"));
}

TEST_F(Options, RangesAndChoices) {
  sample.count = 11;
  EXPECT_THAT(message_of([&] { table.validate(); }), HasSubstr("one.batch_count is 11, expected 1 to 10"));
  sample.count = 1;
  sample.kind = "be";
  EXPECT_THAT(message_of([&] { table.validate(); }), HasSubstr("did you mean"));
  sample.kind = "a";
  sample.rate = std::nan("");
  EXPECT_THAT(message_of([&] { table.validate(); }), HasSubstr("two.rate"));
}

TEST_F(Options, TextOfEveryType) {
  table.find("one.flag")->set_text("true", "--flag");
  table.find("two.names")->set_text("a,b+c", "--names");
  EXPECT_TRUE(sample.flag);
  EXPECT_EQ(sample.names, (std::vector<std::string>{"a", "b+c"}));
}

}  // namespace
}  // namespace gracevae::impl
