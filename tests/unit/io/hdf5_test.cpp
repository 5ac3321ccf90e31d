#include "io/hdf5.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>
#include <sys/resource.h>

#include <array>
#include <cmath>
#include <csignal>
#include <cstddef>
#include <limits>

#include "base/error.hpp"
#include "test_folder.hpp"

namespace gracevae::impl::hdf5 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Writes one data set with the C API itself, for what our own writer never writes.
void write_raw(const std::filesystem::path& path, hid_t file_type, hid_t memory_type, std::vector<hsize_t> shape,
               const void* values, hid_t creation = H5P_DEFAULT, hid_t file_creation = H5P_DEFAULT) {
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, file_creation, H5P_DEFAULT);
  const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
  const hid_t data = H5Dcreate2(file, "a", file_type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  ASSERT_GE(data, 0);
  ASSERT_GE(H5Dwrite(data, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
  H5Dclose(data);
  H5Sclose(space);
  H5Fclose(file);
}

template <class Write>
File written(const TemporaryFolder& folder, Write&& write) {
  const auto path = folder.file("a.h5");
  File file = File::create(path);
  write(file);
  file.close();
  return File::open(path);
}

TEST(Hdf5, NumbersSurviveWritingAndReading) {
  const TemporaryFolder folder;
  const std::vector<double> doubles{0.1, -1e300, std::numeric_limits<double>::infinity(), 0};
  const std::vector<float> floats{0.5f, -2, 3, 4, 5, 6};
  const std::vector<std::int64_t> integers{std::numeric_limits<std::int64_t>::min(), 0,
                                           std::numeric_limits<std::int64_t>::max()};
  const std::vector<std::int32_t> integers32{-5, 7};
  const File file = written(folder, [&](File& out) {
    out.write_doubles("/deep/in/groups/doubles", doubles);
    out.write_floats("/floats", floats, {2, 3});
    out.write_integers("/integers", integers);
    out.write_integers32("/integers32", integers32);
    out.write_integers8("/integers8", std::vector<std::int8_t>{-1, 127});
    out.write_booleans("/booleans", {true, false, true});
    out.write_double("/pi", 3.25);
    out.write_integer("/answer", 42);
    out.write_doubles("/none", {});
  });
  EXPECT_EQ(file.read_doubles("/deep/in/groups/doubles"), doubles);
  EXPECT_EQ(file.read_floats("/floats"), floats);
  EXPECT_EQ(file.read_integers("/integers"), integers);
  EXPECT_EQ(file.read_integers32("/integers32"), integers32);
  EXPECT_THAT(file.read_integers("/integers8"), ElementsAre(-1, 127));
  EXPECT_THAT(file.read_integers("/booleans"), ElementsAre(1, 0, 1));
  EXPECT_THAT(file.read_doubles("/integers32"), ElementsAre(-5.0, 7.0));
  EXPECT_THAT(file.read_doubles("/pi"), ElementsAre(3.25));
  EXPECT_THAT(file.read_integers("/answer"), ElementsAre(42));
  EXPECT_TRUE(file.read_doubles("/none").empty());
  EXPECT_EQ(file.kind("/deep/in"), NodeKind::group);
  EXPECT_EQ(file.kind("/deep/in/groups/doubles"), NodeKind::dataset);
  EXPECT_EQ(file.kind("/deep/out/groups"), NodeKind::absent);
  EXPECT_EQ(file.kind("/floats/below"), NodeKind::absent);
  EXPECT_EQ(file.kind("/"), NodeKind::group);
  EXPECT_EQ(file.info("/floats").shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(file.info("/floats").kind, ValueKind::real);
  EXPECT_EQ(file.info("/integers").kind, ValueKind::integer);
  EXPECT_EQ(file.info("/booleans").kind, ValueKind::boolean);
  EXPECT_TRUE(file.info("/pi").shape.empty());
  EXPECT_EQ(file.info("/pi").size(), 1);
  EXPECT_THAT(file.children("/"),
              ElementsAre("answer", "booleans", "deep", "floats", "integers", "integers32", "integers8", "none", "pi"));
}

TEST(Hdf5, StringsSurviveWritingAndReading) {
  const TemporaryFolder folder;
  std::vector<std::string> strings{"", "a", "größer", std::string(70000, 'x')};
  for (int i = 0; i < 5000; ++i) strings.push_back(fmt::format("cell {}", i));
  const File file = written(folder, [&](File& out) {
    out.write_strings("/strings", strings);
    out.write_strings("/none", {});
    out.write_string("/one", "the only");
  });
  EXPECT_EQ(file.read_strings("/strings"), strings);
  EXPECT_TRUE(file.read_strings("/none").empty());
  EXPECT_THAT(file.read_strings("/one"), ElementsAre("the only"));
  EXPECT_EQ(file.info("/strings").kind, ValueKind::string);
}

TEST(Hdf5, AttributesSurviveWritingAndReading) {
  const TemporaryFolder folder;
  const std::vector<std::int64_t> shape{3, 4};
  const std::vector<std::string> names{"x", "", "zwölf"};
  const File file = written(folder, [&](File& out) {
    out.make_group("/g");
    out.write_attribute("/g", "text", std::string("hello"));
    out.write_attribute("/g", "shape", std::span<const std::int64_t>(shape));
    out.write_attribute("/g", "names", std::span<const std::string>(names));
    out.write_attribute("/g", "no names", std::span<const std::string>());
    out.write_boolean_attribute("/g", "ordered", true);
  });
  EXPECT_EQ(file.read_string_attribute("/g", "text"), "hello");
  EXPECT_EQ(file.read_integer_attribute("/g", "shape"), shape);
  EXPECT_EQ(file.read_strings_attribute("/g", "names"), names);
  EXPECT_TRUE(file.read_strings_attribute("/g", "no names").empty());
  EXPECT_THAT(file.read_integer_attribute("/g", "ordered"), ElementsAre(1));
  EXPECT_TRUE(file.has_attribute("/g", "text"));
  EXPECT_FALSE(file.has_attribute("/g", "other"));
  EXPECT_FALSE(file.has_attribute("/absent", "text"));
  EXPECT_THAT(message_of<InputError>([&] { file.read_string_attribute("/g", "other"); }),
              At("a.h5 /g attribute 'other'"));
  EXPECT_THAT(message_of<InputError>([&] { file.read_string_attribute("/g", "shape"); }), At("", "strings"));
  EXPECT_THAT(message_of<InputError>([&] { file.read_string_attribute("/g", "names"); }), At("", "3", "1"));
  EXPECT_THAT(message_of<InputError>([&] { file.read_integer_attribute("/g", "text"); }), At("", "whole numbers"));
}

TEST(Hdf5, LongListsAreCompressedAndReadBack) {
  const TemporaryFolder folder;
  std::vector<float> values(300000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 100);
  const File file = written(folder, [&](File& out) {
    out.write_floats("/matrix", values, {3000, 100});
    out.write_floats("/list", values);
  });
  EXPECT_LT(std::filesystem::file_size(folder.file("a.h5")), 300000u);  // 2.4 MB of values
  EXPECT_EQ(file.read_floats("/matrix"), values);
  EXPECT_EQ(file.read_floats("/list"), values);
  EXPECT_EQ(file.info("/matrix").chunk_rows, 2621);  // 1 MiB of rows of 400 bytes
  const auto rows = file.read_float_rows("/matrix", 2620, 2);
  EXPECT_EQ(rows, std::vector<float>(values.begin() + 262000, values.begin() + 262200));
  EXPECT_TRUE(file.read_float_rows("/matrix", 3000, 0).empty());
  EXPECT_THAT(message_of<InputError>([&] { file.read_float_rows("/list", 0, 1); }), At("/list", "1", "2"));
}

TEST(Hdf5, EqualContentGivesEqualFiles) {
  const TemporaryFolder folder;
  const auto make = [&](const std::string& name) {
    File file = File::create(folder.file(name));
    file.write_floats("/deep/a", std::vector<float>(5000, 2.0f));
    file.write_strings("/deep/names", std::vector<std::string>{"a", "b"});
    file.write_attribute("/deep", "text", std::string("hello"));
    file.close();
    return bytes_of(folder.file(name));
  };
  EXPECT_EQ(make("a.h5"), make("b.h5"));
}

TEST(Hdf5, EveryWidthAndByteOrderConverts) {
  const TemporaryFolder folder;
  const auto path = folder.file("raw.h5");
  const std::vector<double> values{-3, 0, 7};
  for (const hid_t type : {H5T_STD_I8LE, H5T_STD_I16BE, H5T_STD_I32BE, H5T_STD_I64LE, H5T_IEEE_F32BE, H5T_IEEE_F64BE}) {
    write_raw(path, type, H5T_NATIVE_DOUBLE, {3}, values.data());
    const File file = File::open(path);
    EXPECT_EQ(file.read_doubles("/a"), values);
    EXPECT_THAT(file.read_floats("/a"), ElementsAre(-3.0f, 0.0f, 7.0f));
    EXPECT_THAT(file.read_integers("/a"), ElementsAre(-3, 0, 7));
    EXPECT_THAT(file.read_integers32("/a"), ElementsAre(-3, 0, 7));
  }
  const hid_t half = H5Tcopy(H5T_IEEE_F32LE);  // numpy's float16
  H5Tset_fields(half, 15, 10, 5, 0, 10);
  H5Tset_size(half, 2);
  H5Tset_ebias(half, 15);
  write_raw(path, half, H5T_NATIVE_DOUBLE, {3}, values.data());
  EXPECT_EQ(File::open(path).read_doubles("/a"), values);
  H5Tclose(half);
}

TEST(Hdf5, ValuesThatDoNotFitAreRefused) {
  const TemporaryFolder folder;
  const std::vector<double> halves{1, 0.5}, large{1e300};
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::nan("");
  const std::vector<std::int64_t> wide{1LL << 40};
  const File file = written(folder, [&](File& out) {
    out.write_doubles("/halves", halves);
    out.write_doubles("/large", large);
    out.write_doubles("/special", std::vector<double>{infinity, -infinity, nan});
    out.write_integers("/wide", wide);
  });
  EXPECT_THAT(message_of<InputError>([&] { file.read_integers("/halves"); }), At("a.h5 /halves", "64"));
  EXPECT_THAT(message_of<InputError>([&] { file.read_integers32("/wide"); }), At("", "32"));
  EXPECT_THAT(message_of<InputError>([&] { file.read_floats("/large"); }), At("", "float32"));
  EXPECT_THAT(message_of<InputError>([&] { file.read_integers("/special"); }), HasSubstr("does not fit"));
  const auto special = file.read_floats("/special");
  EXPECT_EQ(special[0], std::numeric_limits<float>::infinity());
  EXPECT_EQ(special[1], -std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(special[2]));
}

TEST(Hdf5, FixedLengthStringsLoseTheirPadding) {
  const TemporaryFolder folder;
  const auto path = folder.file("raw.h5");
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, 4);
  H5Tset_strpad(type, H5T_STR_NULLPAD);
  write_raw(path, type, type, {3}, "ab\0\0abcd\0\0\0\0");
  EXPECT_THAT(File::open(path).read_strings("/a"), ElementsAre("ab", "abcd", ""));
  H5Tset_strpad(type, H5T_STR_SPACEPAD);
  write_raw(path, type, type, {2}, "ab  a b ");
  EXPECT_THAT(File::open(path).read_strings("/a"), ElementsAre("ab", "a b"));
  H5Tclose(type);
}

TEST(Hdf5, StringsBehindAUserBlockAndInCompressedChunks) {
  const TemporaryFolder folder;
  const hid_t file_creation = H5Pcreate(H5P_FILE_CREATE), creation = H5Pcreate(H5P_DATASET_CREATE),
              type = H5Tcopy(H5T_C_S1);
  H5Pset_userblock(file_creation, 1024);
  const hsize_t chunk = 2;
  H5Pset_chunk(creation, 1, &chunk);
  H5Pset_deflate(creation, 4);
  H5Tset_size(type, H5T_VARIABLE);
  const std::array<const char*, 3> strings{"first", "second", "third"};
  write_raw(folder.file("raw.h5"), type, type, {3}, strings.data(), creation, file_creation);
  EXPECT_THAT(File::open(folder.file("raw.h5")).read_strings("/a"), ElementsAre("first", "second", "third"));
  H5Pclose(file_creation);
  H5Pclose(creation);
  H5Tclose(type);
}

TEST(Hdf5, AbsentFiltersAreNamedBeforeReading) {
  const TemporaryFolder folder;
  const auto path = folder.file("raw.h5");
  const std::vector<float> values(100);
  const std::vector<std::array<std::string, 3>> filters{{"32000", "lzf", "apt-get install hdf5-plugin-lzf, or write"},
                                                        {"32015", "zstd", "write the file again in Python"},
                                                        {"31999", "number 31999", "write the file again in Python"}};
  for (const auto& [id, name, mend] : filters) {
    const auto number = static_cast<H5Z_filter_t>(std::stoi(id));
    if (H5Zfilter_avail(number) > 0) GTEST_SKIP() << "the plugin for " << name << " is installed";
    const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t chunk = 10;
    H5Pset_chunk(creation, 1, &chunk);
    H5Pset_filter(creation, number, H5Z_FLAG_OPTIONAL, 0, nullptr);
    write_raw(path, H5T_IEEE_F32LE, H5T_NATIVE_FLOAT, {100}, values.data(), creation);
    H5Pclose(creation);
    const File file = File::open(path);
    EXPECT_EQ(file.info("/a").size(), 100);
    const Thrown message = message_of<InputError>([&] { file.read_floats("/a"); });
    EXPECT_THAT(message, At("raw.h5 /a", name));
    EXPECT_THAT(message, HasSubstr(mend));
  }
}

TEST(Hdf5, KindsOfValues) {
  const TemporaryFolder folder;
  const auto path = folder.file("raw.h5");
  const std::array<std::int32_t, 2> pair{1, 2};
  const hid_t record = H5Tcreate(H5T_COMPOUND, 8);
  H5Tinsert(record, "x", 0, H5T_STD_I32LE);
  H5Tinsert(record, "y", 4, H5T_STD_I32LE);
  write_raw(path, record, record, {1}, pair.data());
  {
    const File file = File::open(path);
    EXPECT_EQ(file.info("/a").kind, ValueKind::compound);
    EXPECT_THAT(message_of<InputError>([&] { file.read_doubles("/a"); }), At("raw.h5 /a", "numbers"));
    EXPECT_THAT(message_of<InputError>([&] { file.read_strings("/a"); }), At("/a", "strings"));
    EXPECT_THAT(message_of<InputError>([&] { file.read_doubles("/b"); }), At("raw.h5 /b"));
    EXPECT_THAT(message_of<InputError>([&] { file.read_doubles("/"); }), At("raw.h5 /"));
    EXPECT_THAT(message_of<InputError>([&] { file.children("/a"); }), At("/a"));
  }
  H5Tclose(record);
  const hid_t odd = H5Tcopy(H5T_STD_I32LE);  // 13 bits somewhere in four bytes: only damage makes such a type
  H5Tset_precision(odd, 13);
  write_raw(path, odd, H5T_NATIVE_INT32, {2}, pair.data());
  H5Tclose(odd);
  EXPECT_EQ(File::open(path).info("/a").kind, ValueKind::other);
}

TEST(Hdf5, TheLargestWholeNumbersOfEveryType) {
  const TemporaryFolder folder;
  const auto path = folder.file("raw.h5");
  const std::array<std::uint64_t, 1> ones{~std::uint64_t{0}};  // all bits set, in every byte order
  for (const auto& [type, largest] : {std::pair<hid_t, double>{H5T_STD_U8LE, 255},
                                      {H5T_STD_U8BE, 255},
                                      {H5T_STD_U16LE, 65535},
                                      {H5T_STD_U16BE, 65535},
                                      {H5T_STD_U32LE, 4294967295},
                                      {H5T_STD_U32BE, 4294967295},
                                      {H5T_STD_U64LE, 18446744073709551616.0},
                                      {H5T_STD_U64BE, 18446744073709551616.0},
                                      {H5T_STD_I8LE, -1},
                                      {H5T_STD_I16BE, -1},
                                      {H5T_STD_I32LE, -1},
                                      {H5T_STD_I64BE, -1}}) {
    SCOPED_TRACE(largest);
    write_raw(path, type, type, {1}, ones.data());
    const File file = File::open(path);
    EXPECT_THAT(file.read_doubles("/a"), ElementsAre(largest));
    EXPECT_THAT(file.read_floats("/a", 0, 1), ElementsAre(static_cast<float>(largest)));
    if (largest < 1e10)
      EXPECT_THAT(file.read_integers("/a"), ElementsAre(static_cast<std::int64_t>(largest)));
    else
      EXPECT_THAT(message_of<InputError>([&] { file.read_integers("/a"); }), HasSubstr("does not fit"));
    if (largest < 1e5)
      EXPECT_THAT(file.read_integers32("/a", 0, 1), ElementsAre(static_cast<std::int32_t>(largest)));
    else
      EXPECT_THAT(message_of<InputError>([&] { file.read_integers32("/a", 0, 1); }), HasSubstr("does not fit"));
  }
}

TEST(Hdf5, RecordsSurviveWritingAndReading) {
  const TemporaryFolder folder;
  const RecordTable table{{{"name", std::vector<std::string>{"a", "größer", ""}, 1},
                           {"score", std::vector<float>{1.5f, -2, 0}, 1},
                           {"p", std::vector<double>{1e-300, 0.5, 1}, 1},
                           {"count", std::vector<std::int64_t>{1LL << 40, -1, 0}, 1},
                           {"kept", std::vector<bool>{true, false, true}, 1},
                           {"pair", std::vector<double>{1, 2, 3, 4, 5, 6}, 2}}};
  const File file = written(folder, [&](File& out) { out.write_records("/uns/table", table); });
  EXPECT_EQ(file.info("/uns/table").kind, ValueKind::compound);
  const RecordTable read = file.read_records("/uns/table");
  ASSERT_EQ(read.fields.size(), table.fields.size());
  EXPECT_EQ(read.n_records(), 3);
  for (std::size_t i = 0; i < table.fields.size(); ++i) {
    EXPECT_EQ(read.fields[i].name, table.fields[i].name);
    EXPECT_EQ(read.fields[i].values, table.fields[i].values) << table.fields[i].name;
    EXPECT_EQ(read.fields[i].width, table.fields[i].width);
  }
  EXPECT_EQ(read.find("score"), &read.fields[1]);
  EXPECT_EQ(read.find("absent"), nullptr);
  EXPECT_THAT(message_of<InputError>([&] { file.read_records("/uns"); }), At("/uns"));
}

TEST(Hdf5, RecordsOfOtherMachines) {
  const TemporaryFolder folder;
  struct Record {
    std::int16_t big_endian;
    std::uint8_t small;
    char gap, text[4];
  };
  const std::array<Record, 2> records{{{0x0100, 255, 'x', {'a', 'b', 0, 0}}, {0x0200, 7, 'x', {'w', 'x', 'y', 'z'}}}};
  const hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(Record)), text = H5Tcopy(H5T_C_S1);
  H5Tset_size(text, 4);
  H5Tset_strpad(text, H5T_STR_NULLPAD);
  H5Tinsert(type, "big", offsetof(Record, big_endian), H5T_STD_I16BE);
  H5Tinsert(type, "small", offsetof(Record, small), H5T_STD_U8LE);
  H5Tinsert(type, "text", offsetof(Record, text), text);
  write_raw(folder.file("raw.h5"), type, type, {2}, records.data());
  const RecordTable read = File::open(folder.file("raw.h5")).read_records("/a");
  EXPECT_THAT(std::get<std::vector<std::int64_t>>(read.find("big")->values), ElementsAre(1, 2));
  EXPECT_THAT(std::get<std::vector<std::int64_t>>(read.find("small")->values), ElementsAre(255, 7));
  EXPECT_THAT(std::get<std::vector<std::string>>(read.find("text")->values), ElementsAre("ab", "wxyz"));
  H5Tclose(text);
  H5Tclose(type);
}

TEST(Hdf5, TooManyFieldsSuggestALongTable) {
  const TemporaryFolder folder;
  RecordTable table;
  for (int i = 0; i < 1080; ++i) table.fields.push_back({fmt::format("GENE{}", i), std::vector<float>{1}, 1});
  File file = File::create(folder.file("a.h5"), "shown.h5");
  file.write_records("/fits", table);
  for (int i = 1080; i < 1082; ++i) table.fields.push_back({fmt::format("GENE{}", i), std::vector<float>{1}, 1});
  const Thrown message = message_of<InputError>([&] { file.write_records("/names", table); });
  EXPECT_THAT(message, AllOf(At("shown.h5 /names", "1082"), HasHint()));
  file.close();
  EXPECT_EQ(File::open(folder.file("a.h5")).read_records("/fits").fields.size(), 1080u);
}

TEST(Hdf5, RangesAreThoseOfTheWhole) {
  const TemporaryFolder folder;
  const std::int64_t size = 3'000'000;  // some pieces of 8 MiB, some chunks of 1 MiB
  std::vector<double> doubles;
  std::vector<std::int64_t> integers;
  for (std::int64_t i = 0; i < size; ++i) {
    doubles.push_back(static_cast<double>(i % 1000) / 4);
    integers.push_back(i);
  }
  const File file = written(folder, [&](File& out) {
    out.write_doubles("/doubles", doubles);
    out.write_integers("/integers", integers);
    out.write_doubles("/plain", doubles, {}, false);
    out.write_doubles("/matrix", std::vector<double>(doubles.begin(), doubles.begin() + 6), {3, 2});
  });
  for (const auto& [first, count] : {std::pair<std::int64_t, std::int64_t>{0, size},
                                     {1, 5},
                                     {131071, 2},
                                     {size - 1, 1},
                                     {size, 0},
                                     {7, 2'500'000}}) {
    const auto from = static_cast<std::ptrdiff_t>(first), to = static_cast<std::ptrdiff_t>(first + count);
    const std::vector<float> floats(doubles.begin() + from, doubles.begin() + to);
    EXPECT_EQ(file.read_floats("/doubles", first, count), floats);
    EXPECT_EQ(file.read_floats("/plain", first, count), floats);
    const std::vector<std::int32_t> narrow(integers.begin() + from, integers.begin() + to);
    EXPECT_EQ(file.read_integers32("/integers", first, count), narrow);
    EXPECT_EQ(file.read_integers("/integers", first, count),
              (std::vector<std::int64_t>(integers.begin() + from, integers.begin() + to)));
  }
  EXPECT_EQ(file.read_integers32("/integers").back(), size - 1);
  EXPECT_THAT(message_of<InputError>([&] { file.read_floats("/matrix", 0, 1); }), At("/matrix", "2", "1"));
  EXPECT_DEATH(file.read_floats("/doubles", size - 1, 2), "range beyond the data set");
}

TEST(Hdf5, ListsGrowByAppending) {
  const TemporaryFolder folder;
  std::vector<float> floats;
  std::vector<std::int32_t> integers;
  const File file = written(folder, [&](File& out) {
    out.append_floats("/x/none", {});
    for (std::int32_t n = 0; n < 700; n += 7) {  // 245,000 values: blocks of every length across chunks of 262,144
      std::vector<float> block;
      for (std::int32_t k = 0; k < 10 * n; ++k) block.push_back(static_cast<float>(k % 97) / 8);
      const std::vector<std::int32_t> numbers(block.size(), n);
      out.append_floats("/x/floats", block);
      out.append_integers32("/x/integers", numbers);
      floats.insert(floats.end(), block.begin(), block.end());
      integers.insert(integers.end(), numbers.begin(), numbers.end());
    }
  });
  EXPECT_GT(floats.size(), 300'000u);
  EXPECT_EQ(file.read_floats("/x/floats"), floats);
  EXPECT_EQ(file.read_integers32("/x/integers"), integers);
  EXPECT_EQ(file.info("/x/none").size(), 0);
  EXPECT_EQ(file.info("/x/floats").chunk_rows, 1 << 18);
}

TEST(Hdf5, ReferencesBecomePaths) {
  const TemporaryFolder folder;
  const auto path = folder.file("a.h5");
  written(folder, [](File& out) {
    out.write_strings("/obs/__categories/label", std::vector<std::string>{"a"});
    out.make_group("/obs/label");
  });
  const hid_t id = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), space = H5Screate(H5S_SCALAR);
  hobj_ref_t reference = 0;
  H5Rcreate(&reference, id, "/obs/__categories/label", H5R_OBJECT, -1);
  const hid_t attribute =
      H5Acreate_by_name(id, "/obs/label", "categories", H5T_STD_REF_OBJ, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, H5T_STD_REF_OBJ, &reference);
  H5Aclose(attribute);
  H5Sclose(space);
  H5Fclose(id);
  EXPECT_EQ(File::open(path).read_reference_attribute("/obs/label", "categories"), "/obs/__categories/label");
}

TEST(Hdf5, ForeignAndAbsentFiles) {
  const TemporaryFolder folder;
  const auto text = folder.write("text.h5", "this is no HDF5 file");
  const Thrown message = message_of<InputError>([&] { File::open(text); });
  EXPECT_THAT(message, AllOf(At("text.h5"), HasHint()));
  EXPECT_THAT(message_of<InputError>([&] { File::open(folder.write("empty.h5", "")); }), At("empty.h5", "HDF5"));
  EXPECT_THAT(message_of<IoError>([&] { File::open(folder.file("texd.h5")); }), At("", "text.h5"));
  EXPECT_THAT(message_of<IoError>([&] { File::create(folder.file("no/such/folder.h5")); }),
              HasSubstr("cannot be written"));
  EXPECT_THAT(message_of<IoError>([&] { File::create(folder.file("no/such/folder.h5"), "shown.h5"); }), At("shown.h5"));
}

TEST(Hdf5, TruncatedFileSaysSo) {
  const TemporaryFolder folder;
  written(folder, [](File& out) { out.write_doubles("/a", std::vector<double>(2000, 0.1)); });
  const std::string whole = bytes_of(folder.file("a.h5"));
  const std::string message =
      message_of<InputError>([&] { File::open(folder.write("cut.h5", whole.substr(0, whole.size() / 2))); });
  EXPECT_THAT(message, HasSubstr("cut.h5: is not a whole HDF5 file: truncated file"));
}

TEST(Hdf5, AShapeBeyondTheStoredBytesIsRefused) {
  const TemporaryFolder folder;
  const hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
  const hsize_t chunk = 4, space_size = hsize_t{1} << 40;
  H5Pset_chunk(creation, 1, &chunk);
  const hid_t file_id = H5Fcreate(folder.file("raw.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t space = H5Screate_simple(1, &space_size, nullptr);
  const hid_t data = H5Dcreate2(file_id, "a", H5T_IEEE_F32LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  H5Dclose(data);
  H5Sclose(space);
  H5Pclose(creation);
  H5Fclose(file_id);
  const File file = File::open(folder.file("raw.h5"));
  EXPECT_THAT(message_of<InputError>([&] { file.read_floats("/a"); }), At("", "4398046511104", "0"));
}

TEST(Hdf5, AFullDiskIsAnIoError) {
  const TemporaryFolder folder;
  const auto write_much = [&] {  // in a process of its own, whose files may not grow beyond 64 KiB
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{1 << 16, 1 << 16};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    try {
      File file = File::create(folder.file("full.h5"), "shown.h5");
      std::vector<double> values(100000);
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<double>(i));
      file.write_doubles("/a", values, {}, false);
      file.close();
    } catch (const IoError& error) {
      std::fprintf(stderr, "%s\n", error.what());
      std::_Exit(error.code() == ErrorCode::io ? 4 : 1);
    }
    std::_Exit(0);
  };
  EXPECT_EXIT(write_much(), ::testing::ExitedWithCode(4), "shown.h5.*cannot be written(.|\n)*is the disk full");
}

TEST(Hdf5, MatricesGrowByRows) {
  const TemporaryFolder folder;
  std::vector<float> all;
  const File file = written(folder, [&](File& out) {
    out.append_float_rows("/x/none", {}, 4);
    for (std::int32_t n = 0; n < 300; n += 3) {  // rows of 7 values: blocks across chunks of 37,449 rows
      std::vector<float> block;
      for (std::int32_t k = 0; k < 7 * n * 3; ++k) block.push_back(static_cast<float>(k % 89) - 40);
      out.append_float_rows("/x/rows", block, 7);
      all.insert(all.end(), block.begin(), block.end());
    }
    EXPECT_DEATH(out.append_float_rows("/x/rows", std::vector<float>(8), 7), "whole rows");
  });
  EXPECT_EQ(file.read_floats("/x/rows"), all);
  EXPECT_THAT(file.info("/x/rows").shape, ElementsAre(static_cast<std::int64_t>(all.size()) / 7, 7));
  EXPECT_THAT(file.info("/x/none").shape, ElementsAre(0, 4));
}

}  // namespace
}  // namespace gracevae::impl::hdf5
