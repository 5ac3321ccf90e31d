// The files of a run by their hashes: a changed, new or missing one is named.
#include "train/run_inputs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "support/temporary_folder.hpp"

namespace gracevae::impl {
namespace {

using testing::HasSubstr;

class RunInputs : public testing::Test {
 protected:
  RunInputs() {
    for (const char* name : {"screen.tsv", "pathway.tsv", "embedding.h5ad", "net/sets.gmt", "net/ppi.txt"})
      folder_.write(name, name);
    options_.screen.file = path("screen.tsv");
    options_.features.pathway_file = path("pathway.tsv");
    options_.features.embedding_file = path("embedding.h5ad");
    options_.network.network = path("net");
    write_text(run_.options(), to_toml({{"inputs", record_inputs(options_)}}));
  }
  std::string path(const std::string& name) const { return folder_.file(name).string(); }
  std::string refusal() const {
    try {
      check_inputs_unchanged(options_, run_);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }

  TemporaryFolder folder_;
  RunFolder run_{folder_.path()};
  RunOptions options_;
};

TEST_F(RunInputs, TheSameBytesAreTheSameFileWhereverTheyLie) {
  EXPECT_EQ(refusal(), "");
  std::filesystem::rename(path("net/ppi.txt"), path("net/other_ppi.txt"));
  EXPECT_EQ(refusal(), "");
}

TEST_F(RunInputs, AChangedFileIsNamed) {
  for (const char* name : {"screen.tsv", "pathway.tsv", "embedding.h5ad", "net/sets.gmt", "net/ppi.txt"}) {
    folder_.write(name, "other");
    EXPECT_THAT(refusal(), HasSubstr(path(name) + ": not the file"));
    folder_.write(name, name);
  }
}

TEST_F(RunInputs, AFileThatCameOrWentIsNamed) {
  folder_.write("net/relations.txt", "P1 P2\n");
  EXPECT_THAT(refusal(),
              HasSubstr(path("net/relations.txt") + ": the run in " + run_.path.string() + " began without"));
  std::filesystem::remove(path("net/relations.txt"));
  std::filesystem::remove(path("net/ppi.txt"));
  EXPECT_THAT(refusal(), HasSubstr(path("net/ppi.txt") + ": the run in " + run_.path.string() + " began with this"));
}

TEST_F(RunInputs, ANetworkThatTheModelDoesNotReadMayChange) {
  options_.model.model = "cmvae";
  write_text(run_.options(), to_toml({{"inputs", record_inputs(options_)}}));
  folder_.write("net/ppi.txt", "other");
  EXPECT_EQ(refusal(), "");
}

}  // namespace
}  // namespace gracevae::impl
