#include "io/h5mu.hpp"

#include <gmock/gmock.h>

#include "base/error.hpp"
#include "dense_rows.hpp"
#include "io/open_cells.hpp"
#include "support/messages.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Names = std::vector<std::string>;
using Rows = std::vector<std::vector<float>>;

void write_frame(hdf5::File& file, const std::string& node, const Names& index,
                 const std::vector<std::pair<std::string, Names>>& columns = {}) {
  file.write_strings(node + "/_index", index);
  file.write_attribute(node, "_index", std::string("_index"));
  file.write_attribute(node, "encoding-type", std::string("dataframe"));
  Names order;
  for (const auto& [name, values] : columns) {
    file.write_strings(node + "/" + name, values);
    order.push_back(name);
  }
  file.write_attribute(node, "column-order", std::span<const std::string>(order));
}

void write_modality(hdf5::File& file, const std::string& name, const Names& cells, const Names& features,
                    const std::vector<float>& x, const std::string& type = "") {
  const std::string root = "/mod/" + name;
  file.write_floats(root + "/X", x,
                    {static_cast<std::int64_t>(cells.size()), static_cast<std::int64_t>(features.size())});
  write_frame(file, root + "/obs", cells);
  if (type.empty())
    write_frame(file, root + "/var", features);
  else
    write_frame(file, root + "/var", features, {{"feature_types", Names(features.size(), type)}});
}

class H5mu : public ::testing::Test {
 protected:
  std::filesystem::path made(const std::string& genes = "rna") const {
    hdf5::File file = hdf5::File::create(folder_.file("s.h5mu"));
    write_modality(file, genes, {"a", "b", "c"}, {"KLF1", "TP53"}, {1, 0, 0, 2, 3, 4}, "Gene Expression");
    write_modality(file, "guide", {"c", "a", "z"}, {"sg1", "sg2"}, {7, 0, 0, 8, 9, 9}, "CRISPR Guide Capture");
    write_frame(file, "/obs", {"c", "a", "b"}, {{"condition", {"NT", "KLF1", "TP53"}}});
    write_frame(file, "/var", {"KLF1", "TP53", "sg1", "sg2"});
    file.close();
    return folder_.file("s.h5mu");
  }
  TemporaryFolder folder_;
};

TEST_F(H5mu, TheGenesAreOfRnaAndTheOthersAreBeside) {
  Messages messages;
  CellSource source = open_cells(made(), {});
  EXPECT_THAT(messages.take(), AllOf(HasSubstr("the genes are read from the modality rna; also there: guide"),
                                     HasSubstr("/obs: columns joined to those of rna: condition")));
  EXPECT_EQ(source.format, "MuData, modality rna");
  EXPECT_THAT(source.obs.index, ElementsAre("a", "b", "c"));
  EXPECT_THAT(column_as_strings(*source.obs.find("condition")), ElementsAre("KLF1", "TP53", "NT"));
  EXPECT_THAT(source.var.index, ElementsAre("KLF1", "TP53"));
  EXPECT_EQ(source.matrix, "X");
  EXPECT_EQ(dense_of(source), (Rows{{1, 0}, {0, 2}, {3, 4}}));
  ASSERT_EQ(source.others.size(), 2u);
  EXPECT_EQ(source.others[0].type, "guide");
  EXPECT_EQ(source.others[1].type, "CRISPR Guide Capture");
  for (const auto& other : source.others) {
    EXPECT_THAT(other.names, ElementsAre("sg1", "sg2"));
    messages.take();
    EXPECT_EQ(dense_of(other.counts()), (Rows{{0, 8}, {0, 0}, {7, 0}}));
    EXPECT_THAT(messages.take(), HasSubstr("1 of 3 cells are not in the modality guide"));
  }
}

TEST_F(H5mu, TheModalityIsChosen) {
  EXPECT_THAT(open_cells(made("gex"), {}).var.index, ElementsAre("KLF1", "TP53"));
  CellSourceOptions options;
  options.modality = "protein";
  EXPECT_THAT(message_of<InputError>([&] { open_cells(made(), options); }), At("", "protein"));
  options.modality = "guide";
  EXPECT_THAT(message_of<InputError>([&] { open_cells(made(), options); }), At("", "2", "CRISPR"));
  hdf5::File file = hdf5::File::create(folder_.file("two.h5mu"));
  write_modality(file, "one", {"a"}, {"A"}, {1});
  write_modality(file, "two", {"a"}, {"A"}, {2});
  file.close();
  EXPECT_THAT(message_of<InputError>([&] { open_cells(folder_.file("two.h5mu"), {}); }),
              AllOf(At("", "screen.modality"), HasSubstr("holds the modalities one, two, none of them named rna")));
  options.modality = "two";
  CellSource source = open_cells(folder_.file("two.h5mu"), options);
  EXPECT_EQ(dense_of(source), (Rows{{2}}));
}

}  // namespace
}  // namespace gracevae::impl
