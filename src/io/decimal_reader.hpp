#pragma once
/// @file Numbers of a table, possibly with decimal commas. Only for src/io.
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace gracevae::impl {

/// Reads finite numbers with decimal points or, throughout a file, decimal commas: 0.5 or 0,5. Thousands separators are
/// not guessed.
/// @test tests/unit/io/dense_table_test.cpp
class DecimalReader {
 public:
  explicit DecimalReader(std::filesystem::path path) : path_(std::move(path)) {}

  /// False if the field is not a finite number in single precision. `line` and `column` (from 0) are for messages.
  /// @throws InputError a decimal comma in a file with decimal points, or the other way round.
  bool read(std::string_view field, std::int64_t line, std::size_t column, float& value);

  /// Call at the end of the file. @throws InputError all numbers with commas could have them between thousands. Says
  /// once that decimal commas were read.
  void check() const;

 private:
  /// Where a kind of number came first.
  struct Seen {
    std::string field;
    std::int64_t line = 0;
    std::size_t column = 0;
  };
  void see(Seen& kind, const Seen& other_kind, std::string_view field, std::int64_t line, std::size_t column) const;
  std::string place(const Seen& seen) const;

  std::filesystem::path path_;
  Seen point_, comma_, decimal_;  ///< decimal_: with a comma that cannot be between thousands
};

}  // namespace gracevae::impl
