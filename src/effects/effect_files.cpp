#include "effects/effect_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <numeric>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/log.hpp"
#include "effects/effect_cards.hpp"
#include "effects/effect_inputs.hpp"
#include "effects/pair_model.hpp"
#include "io/anndata.hpp"
#include "io/table.hpp"

namespace gracevae::impl {

namespace fs = std::filesystem;

namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }
std::string number(double value) { return std::isfinite(value) ? fmt::format("{:.4g}", value) : "NA"; }

using Shares = std::vector<std::pair<std::string, double>>;

/// What stands of one condition in conditions.tsv, beside its prediction.
struct ConditionText {
  std::string condition;
  Shares sources, nearest;
  double interaction = std::nan("");  ///< of pairs ‖d̂ − (A + B)‖/‖A + B‖
  double false_rate = std::nan("");   ///< of pairs (FalseRates)
};

/// "string_pairs 0.61, reactome 0.39"
std::string listed(const Shares& shares) {
  std::string text;
  for (const auto& [name, value] : shares) text += fmt::format("{}{} {:.2f}", text.empty() ? "" : ", ", name, value);
  return text;
}

/// Writes predictions as they come.
class EffectWriter {
 public:
  EffectWriter(const EffectFolder& folder, const EffectOptions& options, const EffectTable& measured)
      : genes_(measured.genes), cards_(measured.source, options.level, genes_) {
    if (options.format == "h5ad") {
      DataFrame var;
      var.index = genes_;
      h5ad_.start(folder.effects_h5ad(), var);
      is_h5ad_ = true;
      return;
    }
    file_.emplace(folder.effects());
    stream_.reset(std::fopen(file_->temporary().c_str(), "wb"));
    if (!stream_) throw IoError("cannot write " + folder.effects().string());
    std::fputs("condition\tgene\teffect\tlow\thigh\n", stream_.get());
  }

  void add(const ConditionText& text, const EffectPrediction& said) {
    conditions_.rows.push_back({text.condition, said.measured ? "yes" : "no", said.abstained ? "yes" : "no",
                                number(said.rho), number(said.bound), listed(text.sources), listed(text.nearest),
                                number(text.interaction), number(text.false_rate)});
    cards_.add(text.condition, said, {text.sources, text.nearest, text.interaction, text.false_rate});
    if (is_h5ad_) {
      CsrMatrix<float> row;
      row.n_rows = 1;
      row.n_cols = std::ssize(genes_);
      for (std::size_t g = 0; g < genes_.size(); ++g) {
        row.indices.push_back(static_cast<std::int32_t>(g));
        row.values.push_back(static_cast<float>(said.effect[g]));
      }
      row.indptr.push_back(std::ssize(row.values));
      h5ad_.append(row);
      return;
    }
    lines_.clear();
    for (std::size_t g = 0; g < genes_.size(); ++g) {
      const double effect = said.effect[g], half = said.half_width(g);
      fmt::format_to(std::back_inserter(lines_), "{}\t{}\t{:.5g}\t", text.condition, genes_[g], effect);
      if (std::isfinite(half))
        fmt::format_to(std::back_inserter(lines_), "{:.5g}\t{:.5g}\n", effect - half, effect + half);
      else
        lines_.append(std::string_view("NA\tNA\n"));
    }
    if (std::fwrite(lines_.data(), 1, lines_.size(), stream_.get()) != lines_.size())
      throw IoError("cannot write " + file_->path().string() + ": the disk may be full");
  }

  void finish(const EffectFolder& folder) {
    if (is_h5ad_) {
      DataFrame obs;
      for (std::size_t column = 1; column < 5; ++column) {
        std::vector<std::string> values;
        for (const auto& row : conditions_.rows) values.push_back(row[column]);
        obs.add(conditions_.columns[column], values);
      }
      for (const auto& row : conditions_.rows) obs.index.push_back(row.front());
      h5ad_.finish({.obs = obs});
    } else {
      if (std::fclose(stream_.release()) != 0)
        throw IoError("cannot write " + file_->path().string() + ": the disk may be full");
      file_->commit();
    }
    write_tsv(folder.conditions(), conditions_);
    record_ = cards_.json();
    write_text(effects_record(folder.path), record_.dump(1) + "\n");
  }
  /// Of few conditions their cards.
  std::string text() const {
    constexpr std::size_t kFew = 10;
    return n_conditions() <= kFew ? cards_text(record_) : "";
  }
  std::size_t n_conditions() const { return conditions_.rows.size(); }

 private:
  struct Close {
    void operator()(std::FILE* stream) const { std::fclose(stream); }
  };
  const std::vector<std::string>& genes_;
  bool is_h5ad_ = false;
  AnnDataWriter h5ad_;
  std::optional<AtomicFile> file_;
  std::unique_ptr<std::FILE, Close> stream_;
  fmt::memory_buffer lines_;
  EffectCards cards_;
  nlohmann::ordered_json record_;
  Table conditions_{{"condition", "measured", "abstained", "rho", "bound", "sources", "nearest", "interaction",
                     "false_rate"},
                    {}};
};

/// The largest first; parts that do nothing are left out.
Shares sources_of(const std::vector<double>& shares, const Kernels& kernels) {
  std::vector<std::size_t> order(shares.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return shares[a] > shares[b]; });
  Shares result;
  for (const std::size_t part : order)
    if (std::abs(shares[part]) >= 0.005) result.emplace_back(kernels.name(part), shares[part]);
  return result;
}

Shares nearest_of(const EffectPrediction& said, const EffectTable& measured) {
  Shares result;
  for (const auto& [row, similarity] : said.nearest)
    result.emplace_back(fmt::format("{}", fmt::join(measured.conditions[at(row)], "+")), similarity);
  return result;
}

/// Singles and pairs that are asked for, each once.
struct AskedConditions {
  std::vector<std::string> singles;
  std::vector<std::vector<std::string>> pairs;

  void add(const std::string& name) {
    std::vector<std::string> targets = targets_of_name(name);
    if (!seen_.insert(targets).second) return;
    if (targets.size() == 1)
      singles.push_back(targets.front());
    else
      pairs.push_back(std::move(targets));
  }

 private:
  std::set<std::vector<std::string>> seen_;
};

AskedConditions asked_conditions(const EffectOptions& options) {
  AskedConditions asked;
  for (const std::string& name : options.targets) asked.add(name);
  if (!options.all_targets.empty())
    for (const std::string& name : read_names(options.all_targets)) asked.add(name);
  return asked;
}

void add_all_pairs(const EffectInputs& inputs, AskedConditions& asked) {
  std::set<std::vector<std::string>> measured(inputs.pairs.conditions.begin(), inputs.pairs.conditions.end());
  std::vector<std::string> names;
  for (const auto& condition : inputs.singles.conditions) names.push_back(condition.front());
  std::ranges::sort(names);
  for (std::size_t i = 0; i < names.size(); ++i)
    for (std::size_t j = i + 1; j < names.size(); ++j)
      if (!measured.contains({names[i], names[j]})) asked.add(names[i] + "+" + names[j]);
}

double length(const std::vector<double>& x) {
  return std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0));
}

std::string weights_line(const EffectModel::Pattern& parts, const KernelWeights& weights, const Kernels& kernels) {
  std::string text;
  for (std::size_t k = 0; k < parts.size(); ++k)
    text += fmt::format("{} {:.3g}, ", kernels.name(parts[k]), weights.of_part[k]);
  return text + fmt::format("own {:.3g}", weights.own);
}

/// Predicts single targets, writes those in `written`, and keeps the effects of all.
EffectTable predict_singles(const EffectInputs& inputs, const EffectOptions& options,
                            const std::vector<std::string>& written, const std::vector<std::string>& also,
                            EffectWriter& writer, Table& weights) {
  std::vector<std::int64_t> items;
  std::set<std::int64_t> to_write;
  for (const std::string& name : written) {
    items.push_back(inputs.targets->find(name));
    to_write.insert(items.back());
  }
  EffectTable with_predicted = inputs.singles;
  for (const std::string& name : also)
    if (const std::int64_t item = inputs.targets->find(name);
        item >= std::ssize(inputs.singles.conditions) && !to_write.contains(item))
      items.push_back(item);
  std::set<std::string> of_pairs(also.begin(), also.end());
  const EffectModel model(inputs.singles, inputs.measured_items(), *inputs.kernels, model_options(options));
  const auto of_patterns = model.predict(items, [&](EffectPrediction&& said) {
    const std::string& name = inputs.targets->names()[at(said.item)];
    if (to_write.contains(said.item))
      writer.add({name, sources_of(said.shares, *inputs.kernels), nearest_of(said, inputs.singles)}, said);
    if (said.measured || !of_pairs.contains(name)) return;
    with_predicted.conditions.push_back({name});
    with_predicted.noise.push_back(0);
    with_predicted.effects.values.insert(with_predicted.effects.values.end(), said.effect.begin(), said.effect.end());
    ++with_predicted.effects.n_rows;
  });
  for (const auto& [parts, of_parts] : of_patterns)
    weights.rows.push_back({weights_line(parts, of_parts, *inputs.kernels), fmt::format("{}", of_parts.n_steps)});
  return with_predicted;
}

void predict_pairs(const EffectInputs& inputs, const EffectTable& singles, const EffectOptions& options,
                   const std::vector<std::vector<std::string>>& asked, EffectWriter& writer) {
  std::vector<TargetPair> pairs;
  for (const auto& targets : asked) {
    const auto rows = rows_of_targets(singles, targets);
    pairs.emplace_back(rows[0], rows[1]);
  }
  const EffectTable& measured = inputs.pairs;
  const PairModel model(singles, measured, pairs, model_options(options));
  if (measured.conditions.empty())
    log::warning("no pair is measured: pairs are predicted as the sum of their targets' effects");
  else
    log::info("pairs do {:.3f} times the sum of their targets' effects, by {} measured pairs{}", model.scale(),
              measured.conditions.size(), model.has_process() ? "" : "; too few to say how pairs differ");
  const FalseRates rates = model.false_rates();
  model.predict([&](EffectPrediction&& said) {
    std::vector<double> sum = model.sum(said.item), deviation = sum;
    for (std::size_t g = 0; g < sum.size(); ++g) deviation[g] = said.effect[g] - sum[g];
    const double of_sum = length(sum);
    writer.add({fmt::format("{}", fmt::join(asked[at(said.item)], "+")), sources_of(said.shares, model.kernels()),
                nearest_of(said, measured), of_sum > 0 ? length(deviation) / of_sum : std::nan(""),
                model.has_process() ? rates.of(said.rho) : std::nan("")},
               said);
  });
}

}  // namespace

std::string write_effects(const fs::path& source, const ScreenOptions& screen, const EffectOptions& options,
                          const EffectFolder& folder) {
  if (!options.asks_for_predictions())
    throw ConfigError("no condition to predict",
                      "name some with effects.targets, effects.all_targets or effects.all_pairs, or give "
                      "effects.cross_validate");
  AskedConditions asked = asked_conditions(options);
  std::vector<std::string> names = asked.singles, of_pairs;
  for (const auto& pair : asked.pairs) of_pairs.insert(of_pairs.end(), pair.begin(), pair.end());
  names.insert(names.end(), of_pairs.begin(), of_pairs.end());
  FurtherInputs further;
  further.names = names;
  const EffectInputs inputs = read_effect_inputs(source, screen, options, further);
  if (options.all_pairs) add_all_pairs(inputs, asked);
  require_writable_folder(folder.path);

  EffectWriter writer(folder, options, inputs.singles);
  Table weights{{"weights", "steps"}, {}};
  const EffectTable singles = predict_singles(inputs, options, asked.singles, of_pairs, writer, weights);
  if (!asked.pairs.empty()) predict_pairs(inputs, singles, options, asked.pairs, writer);
  writer.finish(folder);
  write_tsv(folder.weights(), weights);
  return fmt::format("{}{} conditions in {} and {}\n", writer.text(), writer.n_conditions(),
                     folder.conditions().string(),
                     (options.format == "h5ad" ? folder.effects_h5ad() : folder.effects()).string());
}

std::string cross_validate_effects(const fs::path& source, const ScreenOptions& screen, const EffectOptions& options,
                                   const EffectFolder& folder) {
  FurtherInputs further;
  further.other_effects = true;
  const EffectInputs inputs = read_effect_inputs(source, screen, options, further);
  if (!folder.path.empty()) require_writable_folder(folder.path);
  std::string text;
  const auto report = [&](const CrossValidation& result, const std::string& what, const fs::path& scores,
                          const fs::path& coverage) {
    text += fmt::format(
        "{} {}\n{}\n{}\nexpected cosine {}, rank correlation with the cosines {}; kept {:.0f} %, cosine {}; left out "
        "{}\n",
        result.n_conditions, what, to_text(scores_table(result)), to_text(coverage_table(result)),
        number(result.expected), number(result.rank_correlation), 100 * result.kept, number(result.kept_cosine),
        number(result.left_cosine));
    if (folder.path.empty()) return;
    write_tsv(scores, scores_table(result));
    write_tsv(coverage, coverage_table(result));
  };
  report(cross_validate_targets(inputs.singles, inputs.measured_items(), *inputs.kernels, inputs.others,
                                options.cross_validate, model_options(options)),
         "single targets", folder.scores(), folder.coverage());
  if (std::ssize(inputs.pairs.conditions) >= std::max<std::int64_t>(2, options.cross_validate))
    report(cross_validate_pairs(inputs.singles, inputs.pairs, options.cross_validate, model_options(options)), "pairs",
           folder.pair_scores(), folder.pair_coverage());
  return text;
}

}  // namespace gracevae::impl
