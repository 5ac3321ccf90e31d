#include "io/anndata_add.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/shell.hpp"
#include "io/anndata_parts.hpp"
#include "io/unpacked.hpp"

namespace gracevae::impl {

namespace {

using hdf5::File;
using hdf5::NodeKind;

void require_groups(const File& file) {
  for (const char* group : {"/obsm", "/varm", "/uns"})
    if (file.kind(group) == NodeKind::dataset)
      throw InputError({.place = fmt::format("{} {}", file.path().string(), group),
                        .found = "a table of records, as anndata before 0.7 wrote it; expected a group"},
                       "write it again in Python: anndata.read_h5ad(\"in.h5ad\").write_h5ad(\"out.h5ad\")");
}

void refuse_gzip(const std::filesystem::path& path) {
  if (!is_gzip_file(path)) return;
  const std::string name = shell_word(path.string()), packed = shell_word(path.string() + ".gz");
  throw IoError({.place = path.string(), .found = "is compressed with gzip, and nothing can be added to such a file"},
                path.extension() == ".gz"
                    ? fmt::format("unpack it first: gunzip {}", name)
                    : fmt::format("unpack it first: mv {} {} && gunzip {}", name, packed, packed));
}

void remove_replaced(File& file, const AnnDataAdditions& additions) {
  for (const auto& [name, matrix] : additions.obsm) file.remove("/obsm/" + name);
  for (const auto& [name, matrix] : additions.varm) file.remove("/varm/" + name);
  for (const auto& [name, value] : additions.uns) file.remove("/uns/" + name.substr(0, name.find('/')));
}

}  // namespace

void add_to_anndata(const std::filesystem::path& path, const AnnDataAdditions& additions) {
  require_readable_file(path, "file of cells");
  refuse_gzip(path);
  write_atomically(path, [&](const std::filesystem::path& temporary) {
    std::filesystem::copy_file(path, temporary, std::filesystem::copy_options::overwrite_existing);
    File file = File::extend(temporary, path);
    require_groups(file);
    remove_replaced(file, additions);
    anndata::write_rest(file, additions.obsm, additions.varm, additions.uns);
    file.close();
  });
}

}  // namespace gracevae::impl
