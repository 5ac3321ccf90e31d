#pragma once
/// @file One function a command: adds its options to the program and runs it. Logic is in the rooms above.
#include <CLI/CLI.hpp>
#include <string>

namespace gracevae::impl::cli {

void add_inspect(CLI::App& program);
void add_split(CLI::App& program);
void add_prepare(CLI::App& program);
void add_train(CLI::App& program);
void add_predict(CLI::App& program);
void add_evaluate(CLI::App& program);
void add_explain(CLI::App& program);
void add_consensus(CLI::App& program);
void add_umap(CLI::App& program);
void add_report(CLI::App& program);
void add_sweep(CLI::App& program);
void add_table(CLI::App& program);
void add_simulate(CLI::App& program);
void add_options(CLI::App& program);
void add_reference(CLI::App& program);

/// What `gracevae evaluate RUN` does.
void evaluate_run(const std::string& run_folder);

}  // namespace gracevae::impl::cli
