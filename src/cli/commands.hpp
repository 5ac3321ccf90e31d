#pragma once
/// @file One function a command: adds its options to the program, calls a public header and prints.
#include <CLI/CLI.hpp>

namespace gracevae::cli {

inline constexpr const char* kScreenHelp = "The screen: .h5ad, a 10x folder, a table, … (docs/your-data.md)";

void add_inspect(CLI::App& program);
void add_split(CLI::App& program);
void add_prepare(CLI::App& program);
void add_train(CLI::App& program);
void add_predict(CLI::App& program);
void add_effects(CLI::App& program);
void add_design(CLI::App& program);
void add_power(CLI::App& program);
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

}  // namespace gracevae::cli
