#pragma once
// A small AnnData as a zarr store of version 2, as the zarr library lays it out, for tests.
#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "gzip_text.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {

template <class T>
std::string bytes_of_values(const std::vector<T>& values) {
  std::string bytes(values.size() * sizeof(T), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// Strings as the filter vlen-utf8 writes them.
inline std::string vlen_bytes(const std::vector<std::string>& strings) {
  std::string bytes = bytes_of_values(std::vector<std::uint32_t>{static_cast<std::uint32_t>(strings.size())});
  for (const auto& text : strings)
    bytes += bytes_of_values(std::vector<std::uint32_t>{static_cast<std::uint32_t>(text.size())}) + text;
  return bytes;
}

inline std::string zarray(const std::string& shape, const std::string& chunks, const std::string& type,
                          const std::string& more = "\"compressor\": null, \"filters\": null") {
  return fmt::format(
      R"({{"zarr_format": 2, "shape": [{}], "chunks": [{}], "dtype": "{}", "order": "C", "fill_value": 0, {}}})", shape,
      chunks, type, more);
}

constexpr const char* kVlen = "\"compressor\": null, \"filters\": [{\"id\": \"vlen-utf8\"}]";
constexpr const char* kGzip = "\"compressor\": {\"id\": \"gzip\", \"level\": 1}, \"filters\": null";

/// 3 cells x 2 genes in CSR: {5, 0}, {0, 0}, {1, 7}; data in gzip and in two chunks; a categorical in obs.
inline void write_store(const TemporaryFolder& folder, const std::string& at) {
  const auto group = [&](const std::string& node, const std::string& attributes) {
    folder.write(at + node + "/.zgroup", R"({"zarr_format": 2})");
    folder.write(at + node + "/.zattrs", attributes);
  };
  const auto array = [&](const std::string& node, const std::string& meta, const std::string& chunk) {
    folder.write(at + node + "/.zarray", meta);
    folder.write(at + node + "/0", chunk);
  };
  group("", R"({"encoding-type": "anndata", "encoding-version": "0.1.0"})");
  group("/X", R"({"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": [3, 2]})");
  array("/X/data", zarray("3", "2", "<f4", kGzip), gzipped(bytes_of_values(std::vector<float>{5, 1})));
  folder.write(at + "/X/data/1", gzipped(bytes_of_values(std::vector<float>{7, 0})));
  array("/X/indices", zarray("3", "3", "<i4"), bytes_of_values(std::vector<std::int32_t>{0, 0, 1}));
  array("/X/indptr", zarray("4", "4", "<i8"), bytes_of_values(std::vector<std::int64_t>{0, 1, 1, 3}));
  group("/obs", R"({"_index": "_index", "column-order": ["condition", "n"], "encoding-type": "dataframe"})");
  array("/obs/_index", zarray("3", "3", "|O", kVlen), vlen_bytes({"c1", "c2", "c3"}));
  array("/obs/n", zarray("3", "3", "<f8"), bytes_of_values(std::vector<double>{0.1, 2, 3}));
  group("/obs/condition", R"({"encoding-type": "categorical", "encoding-version": "0.2.0", "ordered": false})");
  array("/obs/condition/codes", zarray("3", "3", "|i1"), std::string("\x01\x00\xff", 3));
  array("/obs/condition/categories", zarray("2", "2", "|O", kVlen), vlen_bytes({"A", "NT"}));
  group("/var", R"({"_index": "_index", "column-order": [], "encoding-type": "dataframe"})");
  array("/var/_index", zarray("2", "2", "<U4"),
        bytes_of_values(std::vector<std::uint32_t>{'K', 'L', 'F', '1', 0xB5, 'x', 0, 0}));
  group("/uns", "{}");
}

}  // namespace gracevae::impl
