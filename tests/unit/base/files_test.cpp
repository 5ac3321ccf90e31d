#include "base/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/call_scope.hpp"
#include "base/error.hpp"
#include "base/interrupt.hpp"
#include "base/nearest.hpp"
#include "base/progress.hpp"
#include "base/temporary_names.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::size_t n_files(const fs::path& folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(Files, FailureLeavesTheOldFileAndNothingElse) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "a.txt";
  write_text(file, "old");
  EXPECT_THROW(write_atomically(file,
                                [](const fs::path& temporary) {
                                  std::ofstream(temporary) << "half";
                                  throw InputError("stop");
                                }),
               InputError);
  EXPECT_EQ(read_text(file), "old");
  EXPECT_EQ(n_files(folder.path()), 1U);
}

TEST(Files, WhatKilledProcessesLeftGoesAtTheNextWrite) {
  const TemporaryFolder folder;
  const pid_t gone = ::fork();
  if (gone == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(gone, nullptr, 0), gone);
  const std::string end = temporary_end(), own = fmt::format(".{}.", ::getpid());
  const auto end_of = [&](pid_t pid) {
    return std::string(end).replace(end.rfind(own), own.size(), fmt::format(".{}.", pid));
  };
  const std::vector<std::string> stale{".model.safetensors" + end_of(gone), ".a.b" + end_of(gone)};
  const std::vector<std::string> kept{".running" + end_of(::getppid()),
                                      ".elsewhere.other-host." + std::to_string(gone) + ".gracevae.tmp",
                                      ".theirs." + std::to_string(gone) + ".tmp", "visible" + end_of(gone)};
  for (const auto* names : {&stale, &kept})
    for (const std::string& name : *names) std::ofstream(folder.path() / name) << "half";
  write_text(folder.path() / "a.txt", "whole");
  for (const std::string& name : stale) EXPECT_FALSE(fs::exists(folder.path() / name)) << name;
  for (const std::string& name : kept) EXPECT_TRUE(fs::exists(folder.path() / name)) << name;
}

TEST(Files, AbsentFileNamesTheNearest) {
  const TemporaryFolder folder;
  write_text(folder.path() / "screen.h5ad", "x");
  try {
    require_readable_file(folder.path() / "scren.h5ad", "screen");
    FAIL();
  } catch (const IoError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no such screen"));
    EXPECT_THAT(error.what(), HasSubstr("did you mean screen.h5ad"));
  }
  EXPECT_THROW(require_readable_file(folder.path(), "screen"), IoError);
}

TEST(Files, AFileIsNoFolder) {
  const TemporaryFolder folder;
  write_text(folder.path() / "file", "x");
  EXPECT_THROW(require_writable_folder(folder.path() / "file" / "run"), IoError);
  EXPECT_THROW(write_text(folder.path() / "absent" / "a.txt", "x"), IoError);
  require_writable_folder(folder.path() / "a" / "b");
  EXPECT_EQ(n_files(folder.path() / "a" / "b"), 0U);
}

TEST(Files, AFullDiskIsAnErrorThatSaysSo) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  std::ofstream stream("/dev/full");
  stream << "x";
  stream.close();
  EXPECT_FALSE(stream.good());  // what write_text relies on
}

TEST(Files, HashTellsContentsApart) {
  const TemporaryFolder folder;
  write_text(folder.path() / "a", "one");
  write_text(folder.path() / "b", "one");
  write_text(folder.path() / "c", "two");
  EXPECT_EQ(file_hash(folder.path() / "a"), file_hash(folder.path() / "b"));
  EXPECT_NE(file_hash(folder.path() / "a"), file_hash(folder.path() / "c"));
  EXPECT_EQ(file_hash(folder.path() / "a").size(), 32U);
  EXPECT_EQ(text_hash("one"), file_hash(folder.path() / "a")) << "of a text as of a file that holds it";
}

TEST(Files, HashOfAFolderIsThatOfWhatIsReadOfIt) {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& name, const std::string& text) {
    fs::create_directories((folder.path() / name).parent_path());
    write_text(folder.path() / name, text);
    return file_hash(folder.path() / name.substr(0, name.find('/')));
  };
  const std::string tenx = write("tenx/matrix.mtx", "m");
  EXPECT_EQ(write("tenx/more/other.mtx", "x"), tenx) << "the folder below is not read";
  EXPECT_NE(write("tenx/genes.tsv", "g"), tenx);
  const std::string outs = write("outs/filtered/matrix.mtx.gz", "m");
  EXPECT_EQ(write("outs/reads.bam", "many"), outs);
  EXPECT_NE(write("outs/filtered/features.tsv.gz", "f"), outs);
  write("store/.zgroup", "{}");
  const std::string store = write("store/X/0", "one");
  EXPECT_NE(write("store/X/0", "two"), store);
  const std::string networks = write("networks/pathways.gmt", "p");
  EXPECT_EQ(write("networks/old/pathways.txt", "q"), networks);
  EXPECT_NE(write("networks/pathways.gmt", "r"), networks);
}

TEST(Nearest, DistanceAndHints) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("KLF1", "klf1"), 0);
  const std::vector<std::string> names{"condition", "cell_type", "ncounts"};
  EXPECT_EQ(nearest_names("conditon", names).front(), "condition");
  EXPECT_EQ(nearest_hint("conditon", names), "did you mean condition?");
  EXPECT_EQ(nearest_hint("zzzzzzzz", names), "there are: condition, cell_type, ncounts");
  EXPECT_EQ(nearest_hint("x", std::vector<std::string>{}), "");
  EXPECT_GE(edit_distance(std::string(1 << 20, 'a'), std::string(1 << 20, 'b')), 1);  // a huge name costs nothing
}

TEST(Nearest, OffersWhatASlipOfTheKeyboardMakes) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(edit_distance("trian", "train"), 1) << "two neighbours swapped";
  EXPECT_EQ(edit_distance("ca", "abc"), 3) << "but no letter between them";
  EXPECT_EQ(nearest_names("trian", Names{"train", "trail"}), Names({"train"}));
  EXPECT_EQ(nearest_names("BPGM", Names{"CPM", "BPGN"}), Names({"BPGN"})) << "one edit up to five letters";
  EXPECT_EQ(nearest_names("conditoin", Names{"cnoditoin", "condition", "additions"}),
            Names({"cnoditoin", "condition"}));
  EXPECT_EQ(nearest_names("intervention_endocer", Names{"intervention_encoder"}), Names({"intervention_encoder"}));
  EXPECT_EQ(nearest_names("KLF1", Names{"KLF2"}), Names({"KLF2"})) << "any name but a gene's";
}

TEST(Nearest, GenesThatDifferInDigitsAreOtherGenes) {
  using Names = std::vector<std::string>;
  const Names genes{"MLL3", "MLH1", "KLF2", "KLF", "CEBPA", "HLA-A", "NKX2-1", "MAP2K6", "klf1"};
  EXPECT_EQ(nearest_gene_names("MLL2", genes), Names());
  EXPECT_EQ(nearest_gene_names("KLF1", genes), Names({"klf1"}));
  EXPECT_EQ(nearest_gene_names("CEBPX", genes), Names({"CEBPA"}));
  EXPECT_EQ(nearest_gene_names("HLA.A", genes), Names({"HLA-A"}));
  EXPECT_EQ(nearest_gene_names("NKX21", genes), Names({"NKX2-1"}));
  EXPECT_EQ(nearest_gene_names("MAP2K", genes), Names());
  EXPECT_EQ(nearest_gene_hint("CEBPX", genes), "did you mean CEBPA?");
}

TEST(Progress, Durations) {
  EXPECT_EQ(duration_text(1.44), "1.4 s");
  EXPECT_EQ(duration_text(59.4), "59 s");
  EXPECT_EQ(duration_text(125), "2 min 05 s");
  EXPECT_EQ(duration_text(11400), "3 h 10 min");
}

TEST(Interrupt, IsTheHostsWish) {
  EXPECT_FALSE(interrupt_requested()) << "nobody asks outside of a call";
  std::stop_source stop;
  Context context;
  context.stop = stop.get_token();
  const CallScope scope(context);
  stop_if_requested("testing");
  stop.request_stop();
  EXPECT_TRUE(interrupt_requested());
  EXPECT_THROW(stop_if_requested("testing"), Interrupted);
}

}  // namespace
}  // namespace gracevae::impl
