// Inconsistent .h5ad files (tests/support/h5ad_faults.py): each has its own error, with the file and the HDF5 path in
// it.
#include <gmock/gmock.h>
#include <hdf5.h>

#include <map>

#include "anndata_python.hpp"
#include "base/error.hpp"
#include "io/cell_source.hpp"
#include "support/messages.hpp"

namespace gracevae::impl {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// What the message must say after the file's path, by the file's name.
const std::map<std::string, std::string>& expected() {
  static const std::map<std::string, std::string> messages{
      {"indptr_decreases", " /X/indptr: falls from 12 to 9 at position 4, expected ascending"},
      {"indptr_ends_early", " /X/indptr: goes from 0 to 95, expected 0 to 96"},
      {"indptr_begins_late", " /X/indptr: goes from 1 to 96, expected 0 to 96"},
      {"indptr_short", " /X/indptr: has 30 values, expected 31"},
      {"indices_beyond", " /X/indices: holds 30 at position 5, expected 0 to 29"},
      {"indices_negative", " /X/indices: holds -1 at position 5, expected 0 to 7"},
      {"indices_wide", " /X/indices: holds a value that does not fit in a whole number of 32 bits"},
      {"values_claimed", " /X/data: claims 40000000000 bytes of values, but the file stores only 0 bytes for it"},
      {"chunk_larger_than_all", " /X: has chunks of 100000000 bytes for 960 bytes of values"},
      {"indices_fewer", ": /X/data has 96 values and /X/indices 95, expected as many"},
      {"indices_are_text", " /X/indices: holds strings, expected numbers"},
      {"indices_absent", " /X/indices: is absent, expected a data set"},
      {"data_two_dimensional", " /X/data: has 2 dimensions, expected 1"},
      {"value_nan", " /X: cell cell2 (row 3), gene g0: is nan, expected a finite number"},
      {"value_infinite", " /X: cell cell0 (row 1), gene g1: is inf, expected a finite number"},
      {"value_nan_half", " /X: cell cell7 (row 8), gene g2: is nan, expected a finite number"},
      {"value_huge", " /X/data: holds a value that does not fit in a float32"},
      {"gene_twice", " /X: cell cell0 (row 1), gene g1: given twice"},
      {"dense_transposed", " /X: is 8 x 30, expected 30 x 8 as /obs and /var have names"},
      {"dense_text", " /X: holds strings, expected numbers"},
      {"raw_other_shape", " /raw/X: is 30 x 8, expected 30 x 9 as /obs and /raw/var have names"},
      {"raw_without_var", " /raw/var: is absent, expected a group or data set"},
      {"format_unknown", " /X: has the encoding 'coo_matrix', expected csr_matrix, csc_matrix or a data set"},
      {"shape_absent", " /X attribute 'shape': is absent"},
      {"codes_beyond", " /obs/condition/codes: row 10 has code 3, expected −1 to 2"},
      {"codes_beyond_07", " /obs/condition: row 10 has code 3, expected −1 to 2"},
      {"codes_beyond_06", " /obs field 'condition': row 10 has code -2, expected −1 to 2"},
      {"categories_empty", " /obs/condition/codes: row 1 has code 0, expected −1, as there are no categories"},
      {"codes_fewer", " /obs/condition: has 29 rows, expected 30 as the index"},
      {"record_of_records", " /obs field 'pair': holds records, expected numbers, booleans or strings"},
      {"record_of_lists", " /obs field 'list': holds values of an unknown type, expected numbers, booleans or strings"},
      {"record_index_is_a_list", " /obs field 'index': has 2 values a record, expected names"},
      {"record_fewer", " /X: is 30 x 8, expected 29 x 8 as /obs and /var have names"},
      {"obs_is_a_list", " /obs: holds whole numbers, expected records"},
      {"obsm_fewer", " /obsm: has 29 rows, expected 30 as /obs"},
      {"lzf_records", " /obs: is compressed with the HDF5 filter lzf, which is not installed here"},
      {"lzf_x", " /X: is compressed with the HDF5 filter lzf, which is not installed here"},
      {"zstd_x", " /X: is compressed with the HDF5 filter zstd, which is not installed here"},
      {"blosc_x", " /X: is compressed with the HDF5 filter blosc, which is not installed here"},
      {"no_x_and_two_layers", " /X: is absent; there are raw, layers/counts"},
  };
  return messages;
}

/// Then a file that needs a filter is no fault here.
bool filter_is_installed(const std::string& name) {
  for (const auto& [start, filter] : {std::pair("lzf_", 32000), {"blosc_", 32001}, {"zstd_", 32015}})
    if (name.starts_with(start)) return H5Zfilter_avail(filter) > 0;
  return false;
}

class AnndataFaults : public WithPython {
 protected:
  void SetUp() override {
    WithPython::SetUp();
    if (IsSkipped()) return;
    ASSERT_EQ(run("h5ad_faults.py", "make", folder_.path()), 0);
  }
  std::filesystem::path fine(const std::string& name) const { return folder_.file("fine_" + name + ".h5ad"); }
};

TEST_F(AnndataFaults, EachHasItsOwnError) {
  std::size_t n_faults = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    const std::string name = entry.path().stem().string();
    if (name.starts_with("fine_")) continue;
    SCOPED_TRACE(name);
    ++n_faults;
    if (filter_is_installed(name)) continue;
    const std::string message =
        message_of<InputError>([&] { read_anndata(entry.path(), {.matrix = name.starts_with("raw_") ? "raw" : ""}); });
    ASSERT_TRUE(expected().contains(name)) << message;
    EXPECT_THAT(message, StartsWith(entry.path().string() + expected().at(name)));
  }
  EXPECT_EQ(n_faults, expected().size());
}

TEST_F(AnndataFaults, OddFilesAreRead) {
  EXPECT_EQ(read_anndata(fine("categories_unused")).x.n_nonzero(), 96);
  EXPECT_EQ(read_anndata(fine("negative")).x.values[0], -3);
  EXPECT_EQ(read_anndata(fine("names_twice")).obs.index[29], "cell");
  EXPECT_EQ(read_anndata(fine("long_names")).obs.index[3], std::string(1'000'000, 'x'));
  const AnnData from_layer = read_anndata(fine("x_null"));
  EXPECT_EQ(from_layer.x_path, "/layers/counts");
  EXPECT_EQ(from_layer.x.values[0], 9);
  const AnnData newer = read_anndata(fine("new_columns"));
  const auto text = column_as_strings(*newer.obs.find("text"));
  EXPECT_EQ(text[1], "t1");
  EXPECT_EQ(text[2], "");
  EXPECT_THAT(std::get<Categorical>(*newer.obs.find("condition")).categories, ElementsAre("control", "A", "A+B"));
  EXPECT_EQ(newer.var.index[7], "g7");
  EXPECT_FALSE(newer.uns.contains("nothing"));
}

/// Categories stand at /obs/__categories/condition whatever the attribute says; a column that cannot be read is left
/// out, and the others are there.
TEST_F(AnndataFaults, AttributesThatCannotBeReadRefuseNoFile) {
  const auto expected = column_as_strings(*read_anndata(fine("categories_07")).obs.find("condition"));
  EXPECT_EQ(expected[0], "control");
  for (const auto& [name, message] : {std::pair("reference_null", "refers to nothing"),
                                      {"reference_to_group", "refers to /layers, a group"},
                                      {"reference_is_text", "holds strings, expected a reference"}}) {
    Messages messages;
    const AnnData data = read_anndata(fine(name));
    EXPECT_THAT(messages.take(), AllOf(HasSubstr("/obs/condition attribute 'categories'"), HasSubstr(message),
                                       HasSubstr("the categories of its name are taken")));
    ASSERT_NE(data.obs.find("condition"), nullptr) << name;
    EXPECT_EQ(column_as_strings(*data.obs.find("condition")), expected) << name;
  }
  Messages messages;
  EXPECT_EQ(read_anndata(fine("categories_deleted")).obs.find("condition"), nullptr);
  EXPECT_THAT(messages.take(), HasSubstr("refers to nothing, expected a reference to a data set: "
                                         "the column is left out"));
  const AnnData odd = read_anndata(fine("odd_attributes"));
  EXPECT_THAT(messages.take(),
              AllOf(HasSubstr(
                        "/obs/odd attribute 'encoding-type': holds numbers, expected strings: the column is left"),
                    HasSubstr("/obs/condition attribute 'ordered'")));
  EXPECT_EQ(odd.obs.find("odd"), nullptr);
  EXPECT_FALSE(std::get<Categorical>(*odd.obs.find("condition")).ordered);
}

}  // namespace
}  // namespace gracevae::impl
