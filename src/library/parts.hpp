#pragma once
/// @file What stands behind the public classes. For src/library and src/session only. The Impl of a class is hidden,
/// and what one library takes from the other is in impl: the public names are the interface (cmake/exports.map.in).
#include <gracevae/context_graph.hpp>
#include <gracevae/evaluate.hpp>
#include <gracevae/options.hpp>
#include <gracevae/screen.hpp>
#include <gracevae/split.hpp>

#include "effects/plan_files.hpp"
#include "evaluate/evaluate.hpp"
#include "experiment/sweep_file.hpp"
#include "explain/cell_embedding.hpp"
#include "explain/programs.hpp"
#include "network/context_graph.hpp"
#include "predict/predict.hpp"
#include "report/report.hpp"
#include "run/run_options.hpp"
#include "screen/prepare.hpp"
#include "screen/quality_drop.hpp"
#include "screen/screen.hpp"
#include "screen/split.hpp"
#include "simulate/simulate.hpp"

namespace gracevae {

struct __attribute__((visibility("hidden"))) Options::Impl {
  impl::RunOptions run;
  impl::PrepareOptions prepare;
  impl::GuideOptions guides;
  impl::DropOptions drop;
  impl::PredictOptions predict;
  impl::EffectOptions effects;
  impl::DesignOptions design;
  impl::PowerOptions power;
  impl::EvaluateOptions evaluate;
  impl::ExplainOptions explain;
  impl::EmbeddingOptions embedding;
  impl::ReportOptions report;
  impl::SimulateOptions simulate;
  impl::SweepOptions sweep;

  void bind(impl::OptionTable& table) {
    run.bind(table);
    prepare.bind(table);
    guides.bind(table);
    drop.bind(table);
    predict.bind(table);
    effects.bind(table);
    design.bind(table);
    power.bind(table);
    evaluate.bind(table);
    explain.bind(table);
    embedding.bind(table);
    report.bind(table);
    simulate.bind(table);
    sweep.bind(table);
  }
};

struct __attribute__((visibility("hidden"))) Screen::Impl {
  impl::Screen screen;
  impl::ScreenOptions options;  ///< as it was read: what was found filled in; no file for a screen from memory
  std::vector<Condition> conditions;
  bool in_memory = false;
};

struct __attribute__((visibility("hidden"))) ContextGraph::Impl {
  impl::ContextGraph graph;
  impl::NetworkOptions options;  ///< that find its files
  std::shared_ptr<const std::filesystem::path>
      files;  ///< of a network from memory: a folder that goes with the last copy
};

struct __attribute__((visibility("hidden"))) Split::Impl {
  Screen screen;
  impl::Split split;
  impl::SplitOptions options;
};

}  // namespace gracevae

namespace gracevae::impl {

/// The public class over what was read.
gracevae::Screen make_screen(Screen screen, ScreenOptions options, bool in_memory);
/// Index of a condition. InputError with the nearest labels.
std::size_t condition_index(const gracevae::Screen& screen, const std::string& label);
gracevae::Split make_public_split(const gracevae::Screen& screen, Split split, SplitOptions options);
/// Scores as data from metrics.json's content.
gracevae::Scores scores_of(const nlohmann::ordered_json& metrics);
/// Sets options of a table by their words. ConfigError with the nearest names.
void set_words(OptionTable& table, const OptionWords& words);

}  // namespace gracevae::impl
