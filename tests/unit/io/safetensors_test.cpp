#include "io/safetensors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/error.hpp"
#include "base/random.hpp"
#include "test_folder.hpp"

namespace gracevae::impl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class T>
StoredTensor tensor(const std::string& dtype, std::vector<std::int64_t> shape, const std::vector<T>& values) {
  StoredTensor result{dtype, std::move(shape), std::vector<std::byte>(values.size() * sizeof(T))};
  if (!values.empty()) std::memcpy(result.bytes.data(), values.data(), result.bytes.size());
  return result;
}

/// A file of a header as text and bytes of data.
std::string file_of(const std::string& header, std::size_t data_bytes) {
  const std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + std::string(data_bytes, '\1');
}

SafeTensors example() {
  SafeTensors content;
  content.tensors["b.weight"] = tensor<float>("F32", {2, 3}, {1, 2, 3, 4, 5, 6});
  content.tensors["a.bias"] = tensor<double>("F64", {2}, {0.5, -1});
  content.tensors["step"] = tensor<std::int64_t>("I64", {}, {42});
  content.tensors["none"] = tensor<float>("F32", {0, 4}, {});
  content.metadata = {{"format", "gracevae"}, {"targets", "A,B"}};
  return content;
}

TEST(Safetensors, SurvivesWritingAndReading) {
  const TemporaryFolder folder;
  write_safetensors(folder.file("a.safetensors"), example());
  const SafeTensors read = read_safetensors(folder.file("a.safetensors")), written = example();
  EXPECT_EQ(read.metadata, written.metadata);
  ASSERT_EQ(read.tensors.size(), written.tensors.size());
  for (const auto& [name, stored] : written.tensors) {
    EXPECT_EQ(read.tensors.at(name).dtype, stored.dtype);
    EXPECT_EQ(read.tensors.at(name).shape, stored.shape);
    EXPECT_EQ(read.tensors.at(name).bytes, stored.bytes);
  }
  EXPECT_EQ(folder.n_files(), 1u);
}

TEST(Safetensors, BytesAreAsTheFormatSays) {
  const TemporaryFolder folder;
  SafeTensors content;
  content.tensors["x"] = tensor<float>("F32", {1}, {1.0f});
  write_safetensors(folder.file("a.safetensors"), content);
  std::string expected = R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})";
  expected.append(56 - expected.size(), ' ');  // so that the data begin at a multiple of 8
  EXPECT_EQ(bytes_of(folder.file("a.safetensors")),
            std::string("\x38\0\0\0\0\0\0\0", 8) + expected + std::string("\0\0\x80\x3f", 4));
}

TEST(Safetensors, EmptyContent) {
  const TemporaryFolder folder;
  write_safetensors(folder.file("a.safetensors"), {});
  EXPECT_TRUE(read_safetensors(folder.file("a.safetensors")).tensors.empty());
}

TEST(Safetensors, MalformedFilesSayWhere) {
  const TemporaryFolder folder;
  const auto error = [&](const std::string& bytes) {
    return message_of<InputError>([&] { read_safetensors(folder.write("a.safetensors", bytes)); });
  };
  const auto of_header = [&](const std::string& header, std::size_t data_bytes = 4) {
    return error(file_of(header, data_bytes));
  };
  EXPECT_THAT(error("abc"), At("a.safetensors", "3", "at least 8"));
  EXPECT_THAT(error(std::string(8, '\x7f')), At("", "9187201950435737471", "at most 0"));
  EXPECT_THAT(of_header("[1]"), At("", "JSON"));
  EXPECT_THAT(of_header("{\"x\""), At("", "JSON"));
  EXPECT_THAT(of_header(R"({"x":{"shape":[1],"data_offsets":[0,4]}})"), At("", "x", "data_offsets"));
  EXPECT_THAT(of_header(R"({"x":5})"), At("", "x", "data_offsets"));
  EXPECT_THAT(of_header(R"({"x":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})"), At("", "x", "F31"));
  EXPECT_THAT(of_header(R"({"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})"),
              At("", "x", "F32", "2", "8", "data_offsets", "4"));
  EXPECT_THAT(of_header(R"({"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}})"),
              At("", "data_offsets", "4"));
  EXPECT_THAT(of_header(R"({"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})"), At("", "data_offsets", "4"));
  EXPECT_THAT(of_header(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})"), At("", "data_offsets"));
  EXPECT_THAT(of_header(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0.5,4.5]}})"),
              HasSubstr("not two ascending numbers"));
  EXPECT_THAT(
      of_header(
          R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}})",
          6),
      At("", "y", "2", "4"));
  EXPECT_THAT(of_header(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 3), At("", "3", "4"));
  EXPECT_THAT(of_header(R"({"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 5), At("", "5", "4"));
  EXPECT_THAT(of_header(R"({"__metadata__":{"a":1}})", 0), At("", "__metadata__"));
  EXPECT_THAT(message_of<IoError>([&] { read_safetensors(folder.file("absent")); }), HasSubstr("absent"));
}

TEST(Safetensors, DamagedFilesNeverCrash) {
  const TemporaryFolder folder;
  write_safetensors(folder.file("good"), example());
  const std::string good = bytes_of(folder.file("good"));
  const auto read = [&](const std::string& bytes) {
    try {
      const SafeTensors content = read_safetensors(folder.write("bad", bytes));
      return content.tensors.size() < 10;
    } catch (const Error&) {
      return false;
    }
  };
  for (std::size_t length = 0; length < good.size(); ++length) EXPECT_FALSE(read(good.substr(0, length))) << length;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    Random random(1, "safetensors", i);
    std::string bytes = good;
    bytes[random.below(bytes.size())] ^= static_cast<char>(1 + random.below(255));
    read(bytes);
  }
}

}  // namespace
}  // namespace gracevae::impl
