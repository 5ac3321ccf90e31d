#pragma once
/// @file The parts of a report, each as HTML. All take the runs in the order in which they were named; with several the
/// part compares them.
#include <string>
#include <vector>

#include "report/run_files.hpp"

namespace gracevae::impl {

extern const char* const kReportStyle;  ///< the style sheet

/// A part of the page under a heading.
struct Section {
  std::string id, title;  ///< a valid XML name; plain text
  std::string body;       ///< "" = nothing to say, the part is left out
};

using Runs = std::vector<RunFiles>;

/// "name" with several runs, "" with one: what tells a run's part from the others' in a heading.
std::string run_suffix(const Runs& runs, std::size_t run);

/// What was run, and, for one run, the numbers to see first.
std::string header_section(const Runs& runs);
/// Sentences from metrics.json and from the training history.
std::string warnings_section(const Runs& runs);
/// Summary by kind, methods by metrics, with the published values of `dataset` ("" = none), then every condition: model
/// beside additive. Says how to make metrics.json where it is missing.
std::vector<Section> metrics_sections(const Runs& runs, const std::string& dataset);
/// Labels and guides of quality.json: own genes, effects, agreement, cells that look like control. Left out without it.
Section quality_section(const Runs& runs, std::size_t run);
/// Predicted against observed means, distributions of the strongest genes and the map of cells, for every condition.
/// `open`: small drawings are unfolded.
std::vector<Section> prediction_sections(const Runs& runs, bool open);
/// The learned graph against the truth that the run was evaluated with, beside chance.
Section structure_section(const Runs& runs, std::size_t run);
/// Programs with their genes, gene sets and labels, the latent graph with its verdict, interactions; says how to make
/// explain.json where it is missing.
Section programs_section(const Runs& runs, std::size_t run);
/// Small multiples of everything in history.jsonl.
Section training_section(const Runs& runs);
/// All sections of options.toml; of several runs first those that differ.
std::vector<Section> settings_sections(const Runs& runs);
/// Version and how to cite.
std::string footer_section(const Runs& runs);

}  // namespace gracevae::impl
