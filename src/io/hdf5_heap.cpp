#include "io/hdf5_heap.hpp"

#include <fmt/format.h>

#include "base/error.hpp"

namespace gracevae::impl::hdf5 {

namespace {

constexpr std::uint64_t kMoreThanFile =
    64 << 20;  // strings may exceed the file by this much in total: few share their bytes

std::uint64_t decode(const unsigned char* bytes, std::size_t count) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
  return value;
}

void require(bool condition, const std::string& place) {
  if (!condition)
    throw InputError({.place = place, .found = "its strings cannot be found in the file"},
                     "the file seems to be damaged: fetch it or write it again");
}

}  // namespace

GlobalHeap::GlobalHeap(const std::filesystem::path& path, const Format& format)
    : format_(format), stream_(path, std::ios::binary), file_bytes_(std::filesystem::file_size(path)) {}

std::vector<std::string> GlobalHeap::read(std::span<const unsigned char> descriptors, const std::string& place) {
  std::vector<std::string> strings;
  strings.reserve(descriptors.size() / descriptor_bytes());
  std::uint64_t total = 0;
  for (const unsigned char* next = descriptors.data(); strings.size() < strings.capacity();
       next += descriptor_bytes()) {
    const std::uint64_t length = decode(next, 4), address = decode(next + 4, format_.address_bytes);
    const std::uint64_t index = decode(next + 4 + format_.address_bytes, 4);
    if (length == 0 || address == 0) {
      strings.emplace_back();
      continue;
    }
    const auto& objects = collection(address, place).objects;
    require(index > 0 && index < objects.size() && length <= objects[index].size(), place);
    const std::string_view text = objects[index].substr(0, length);
    require((total += length) <= file_bytes_ + kMoreThanFile, place);
    strings.emplace_back(text.substr(0, text.find('\0')));
  }
  return strings;
}

const GlobalHeap::Collection& GlobalHeap::collection(std::uint64_t address, const std::string& place) {
  const auto [found, fresh] = collections_.try_emplace(address);
  Collection& collection = found->second;
  if (!fresh) return collection;
  // Signature, version, three reserved bytes, size.
  std::vector<unsigned char> header(8 + format_.length_bytes);
  const std::uint64_t start = address + static_cast<std::uint64_t>(format_.base);
  require(start < file_bytes_ && file_bytes_ - start >= header.size(), place);
  stream_.seekg(static_cast<std::streamoff>(start));
  stream_.read(reinterpret_cast<char*>(header.data()), static_cast<std::streamsize>(header.size()));
  require(stream_.good() && std::string_view(reinterpret_cast<char*>(header.data()), 4) == "GCOL" && header[4] == 1,
          place);
  const std::uint64_t size = decode(header.data() + 8, format_.length_bytes);
  require(size >= header.size() && size <= file_bytes_ - start, place);
  require((bytes_read_ += size) <= file_bytes_, place);  // collections do not overlap
  collection.bytes.resize(size);
  stream_.seekg(static_cast<std::streamoff>(start));
  stream_.read(reinterpret_cast<char*>(collection.bytes.data()), static_cast<std::streamsize>(size));
  require(stream_.good(), place);
  parse(collection, place);
  return collection;
}

void GlobalHeap::parse(Collection& collection, const std::string& place) const {
  // Each object: index and count of references (2 bytes each), 4 reserved bytes, size, then its bytes up to a multiple
  // of 8.
  const std::size_t header = 8 + format_.length_bytes, end = collection.bytes.size();
  for (std::size_t at = header; at + header <= end;) {
    const unsigned char* object = collection.bytes.data() + at;
    const std::size_t index = decode(object, 2);
    const std::uint64_t size = decode(object + 8, format_.length_bytes);
    if (index == 0) return;  // the free space at the end
    at += header;
    require(size <= end - at, place);
    if (collection.objects.size() <= index) collection.objects.resize(index + 1);
    collection.objects[index] = {reinterpret_cast<const char*>(object + header), size};
    at += (size + 7) / 8 * 8;
  }
}

}  // namespace gracevae::impl::hdf5
