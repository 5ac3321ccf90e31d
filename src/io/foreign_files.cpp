#include "io/foreign_files.hpp"

#include <fmt/format.h>

#include <string>
#include <system_error>

#include "base/error.hpp"
#include "base/letters.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

/// Lines of R that write an object `x` as a folder that we read.
std::string lines_of_r(const std::string& reading, const std::string& folder) {
  return fmt::format(
      "write it as a folder, in R (counts(x) and as.data.frame(colData(x)) of a SingleCellExperiment):\n"
      "    x <- {0}; dir.create(\"{1}\"); Matrix::writeMM(x[[\"RNA\"]]$counts, \"{1}/matrix.mtx\"); write.csv(x[[]], "
      "\"{1}/labels.csv\")\n"
      "    writeLines(rownames(x), \"{1}/genes.tsv\"); writeLines(colnames(x), \"{1}/barcodes.tsv\")\n"
      "  then give {1} and screen.labels_file {1}/labels.csv",
      reading, folder);
}

[[noreturn]] void refuse(const fs::path& path, const std::string& what, const std::string& hint) {
  throw InputError({.place = path.string(), .found = fmt::format("is {}, which we do not read", what)}, hint);
}

}  // namespace

void refuse_foreign_files(const fs::path& path) {
  const std::string lower = lower_case(path.filename().string());
  const std::string name = path.filename().string(), stem = name.substr(0, name.find('.'));
  const auto ends = [&](const char* ending) { return lower.ends_with(ending); };
  std::error_code error;
  if (fs::is_directory(path, error)) {
    if (fs::exists(path / "zarr.json", error))
      refuse(path, "a zarr store of version 3",
             fmt::format("in Python: anndata.read_zarr(\"{}\").write_h5ad(\"{}.h5ad\")", name, stem));
    return;
  }
  if (ends(".rds") || ends(".rds.gz"))
    refuse(path, "an R object", lines_of_r(fmt::format("readRDS(\"{}\")", name), stem));
  if (ends(".rdata") || ends(".rda"))
    refuse(path, "a file of R objects", lines_of_r(fmt::format("get(load(\"{}\")[1])", name), stem));
  if (ends(".h5seurat"))
    refuse(path, "a SeuratDisk .h5seurat",
           fmt::format("make a .h5ad of it, in R:\n    library(SeuratDisk)\n    Convert(\"{}\", dest = \"h5ad\")",
                       name));
  if (ends(".zarr.zip"))
    refuse(
        path, "a zipped zarr store",
        fmt::format("in Python: anndata.read_zarr(zarr.storage.ZipStore(\"{}\", mode=\"r\")).write_h5ad(\"{}.h5ad\")",
                    name, stem));
  if (ends(".xlsx") || ends(".xls"))
    refuse(path, "an Excel sheet",
           fmt::format("save it as CSV, or in Python: pandas.read_excel(\"{}\", index_col=0).to_csv(\"{}.csv\")", name,
                       stem));
  if (ends(".parquet"))
    refuse(path, "a Parquet table",
           fmt::format("in Python: pandas.read_parquet(\"{}\").to_csv(\"{}.csv\")", name, stem));
  if (ends(".tar") || ends(".tar.gz") || ends(".tgz"))
    refuse(path, "an archive", fmt::format("unpack it with tar xf {} and give what is in it", name));
  if (ends(".zip")) refuse(path, "an archive", fmt::format("unpack it with unzip {} and give what is in it", name));
}

}  // namespace gracevae::impl
