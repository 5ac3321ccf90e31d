#pragma once
/// @file All options by key: flags of the command line, keys of options.toml and docs/options.md are the same list.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace gracevae {

enum class ModelKind { grace_vae, cmvae, cmvae_multihot, vgae, sena, control, mean_shift, additive, linear };
enum class EncoderKind { identity, sage, gcn, gat, multihot };
enum class Device { cpu, cuda };

using OptionValue = std::variant<bool, std::int64_t, double, std::string, std::vector<std::string>>;

/// One option: what it is called, what it means and what it may be.
struct OptionInfo {
  std::string key;                   ///< "train.epochs"
  std::string help;                  ///< meaning, unit, and when it is ignored
  OptionValue value;                 ///< the default
  std::vector<std::string> choices;  ///< allowed words; empty = any
  double low, high;                  ///< of numbers, both allowed; infinite = no limit
};

/// Keys and values as text, lists with commas between their items: options as a person types them.
using OptionWords = std::vector<std::pair<std::string, std::string>>;

/// The options of every section of docs/options.md; a function reads the sections that it names. Value semantics.
/// @code
/// Options options;
/// options.model(ModelKind::cmvae).epochs(20).set("screen.control", "non-targeting*");
/// @endcode
class Options {
 public:
  /// The objective whose fit is identified and calibrated (docs/calibrated.md): the default.
  static Options calibrated();
  /// The paper's objective and settings.
  static Options published();
  /// Options of a TOML file (none if the path is empty), then `words`, over the defaults of the objective and of the
  /// preset that they name. @throws ConfigError an unknown key (line and nearest names) or a bad value; IoError
  static Options read(const std::filesystem::path& file, const OptionWords& words = {});
  Options();  ///< calibrated()
  ~Options();
  Options(const Options&);
  Options(Options&&) noexcept;
  Options& operator=(const Options&);
  Options& operator=(Options&&) noexcept;

  /// Sets one option. A key may leave its section out where its name is unique, or unique among the options of training
  /// and scoring ("epochs"). ConfigError: an unknown key
  /// (nearest names), a value of another type, out of range, or not among the choices.
  Options& set(std::string_view key, const OptionValue& value);
  Options& set(std::string_view key, const char* value) { return set(key, OptionValue(std::string(value))); }
  Options& set(std::string_view key, int value) { return set(key, OptionValue(std::int64_t{value})); }
  OptionValue get(std::string_view key) const;
  /// Every option with its present value, in the order of docs/options.md.
  std::vector<OptionInfo> list() const;

  Options& model(ModelKind kind);
  Options& encoder(EncoderKind kind);
  Options& device(Device device);
  Options& epochs(std::int64_t n);
  Options& seed(std::int64_t seed);

  struct Impl;
  const Impl& impl() const { return *impl_; }  ///< for the library itself
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace gracevae
