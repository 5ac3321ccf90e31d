#pragma once
/// @file The parts of a report, each as HTML.
#include <string>
#include <vector>

#include "report/run_files.hpp"

namespace gracevae {

extern const char* const kReportStyle;  ///< the style sheet

/// What was run, and the numbers to see first.
std::string header_section(const RunFiles& run);
/// Sentences from metrics.json and from the training history.
std::string warnings_section(const RunFiles& run);
/// Summary by kind, methods by metrics, then every condition: model beside additive. Says how to make metrics.json
/// where it is missing.
std::string metrics_section(const RunFiles& run);
/// The learned graph against the truth that the run was evaluated with, beside chance; "" without one.
std::string structure_section(const RunFiles& run);
/// Programs with their genes, gene sets and labels, the latent graph with its verdict, interactions; says how to make
/// explain.json where it is missing.
std::string programs_section(const RunFiles& run);
/// Small multiples of everything in history.jsonl.
std::string training_section(const RunFiles& run);
/// All sections of options.toml.
std::string settings_section(const RunFiles& run);
/// Version and how to cite.
std::string footer_section(const RunFiles& run);

}  // namespace gracevae
