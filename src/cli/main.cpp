#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <gracevae/errors.hpp>
#include <gracevae/text.hpp>
#include <gracevae/version.hpp>

#include "cli/commands.hpp"
#include "cli/console.hpp"
#include "cli/events.hpp"
#include "cli/process.hpp"

namespace {

using namespace gracevae::cli;

/// CLI11 itself only says that a command is required.
void require_known_command(CLI::App& program, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  std::vector<std::string> names;
  bool is_known = false;
  for (const CLI::App* command : program.get_subcommands(nullptr)) {
    is_known |= command->get_name() == argv[1];
    if (!command->get_group().empty()) names.push_back(command->get_name());  // hidden ones are not proposed
  }
  if (!is_known)
    throw gracevae::ConfigError(fmt::format("no command '{}'", argv[1]), gracevae::near_names(argv[1], names));
}

/// Words and the working folder come into files and scripts.
void require_plain_words(int argc, char** argv) {
  std::vector<std::string> words(argv, argv + argc);
  words.push_back(std::filesystem::current_path().string());
  for (const std::string& word : words)
    if (!gracevae::is_plain_text(word))
      throw gracevae::ConfigError({.found = "'" + gracevae::escaped_text(word) + "'",
                                   .expected = "UTF-8 without control characters"},
                                  "give the file or folder another name");
}

int run(int argc, char** argv) {
  require_plain_words(argc, argv);
  CLI::App program{"gracevae: the latent causal programs behind single-cell CRISPR screens"};
  program.set_version_flag("--version", gracevae::kVersion);
  program.require_subcommand(1);
  program.fallthrough();
  program.get_formatter()->column_width(34);
  bool quiet = false, verbose = false;
  program.add_flag("-q,--quiet", quiet, "Warnings and errors only");
  program.add_flag("-v,--verbose", verbose, "More messages");
  program.parse_complete_callback([&] {
    console().set_verbosity(quiet ? Verbosity::quiet : verbose ? Verbosity::verbose : Verbosity::normal);
  });
  add_inspect(program);
  add_split(program);
  add_prepare(program);
  add_train(program);
  add_predict(program);
  add_effects(program);
  add_design(program);
  add_power(program);
  add_evaluate(program);
  add_explain(program);
  add_consensus(program);
  add_umap(program);
  add_report(program);
  add_sweep(program);
  add_table(program);
  add_simulate(program);
  add_options(program);
  add_reference(program);
  require_known_command(program, argc, argv);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = program.exit(error);
    return code == 0 ? 0 : 2;
  }
  return 0;
}

int exit_code(gracevae::ErrorCode code) {
  switch (code) {
    case gracevae::ErrorCode::config: return 2;
    case gracevae::ErrorCode::input: return 3;
    case gracevae::ErrorCode::io: return 4;
    case gracevae::ErrorCode::numerical: return 5;
    case gracevae::ErrorCode::interrupted: return 130;
  }
  return 70;
}

constexpr const char* kNoMemory =
    "error: not enough memory\n  hint: --backed where it is training, a smaller --batch-size, fewer genes or cells, or a larger machine";

int fail(const std::string& message, int code) {
  console().finish();
  std::fflush(stdout);
  std::fprintf(stderr, "gracevae: %s\n", message.c_str());
  return code;
}

/// Of an exception that left a thread or a parallel loop, which nobody can catch.
[[noreturn]] void end_of_exception() {
  try {
    if (const auto exception = std::current_exception()) std::rethrow_exception(exception);
  } catch (const std::bad_alloc&) {
    std::_Exit(fail(kNoMemory, 4));
  } catch (const gracevae::Error& error) {
    std::_Exit(fail("error: " + error_text(error), exit_code(error.code())));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "gracevae: internal error: %s\n", error.what());
  }
  std::abort();
}

/// `code`, or what standard output says at the end.
int with_output_written(int code) {
  constexpr int kBrokenPipe = 141;  // what a shell says of SIGPIPE
  if (code != 0 || (std::fflush(stdout) == 0 && std::ferror(stdout) == 0)) return code;
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  const bool nobody_reads = ::poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
  return nobody_reads ? kBrokenPipe : fail("error: standard output cannot be written", 4);
}

int run_to_an_exit_code(int argc, char** argv) {
  keep_standard_streams();
  end_with_parent();
  restart_with_environment(argv);
  open_events();
  keep_freed_memory();
  bound_memory();
  std::set_terminate(end_of_exception);
  try {
    return with_output_written(run(argc, argv));
  } catch (const gracevae::Interrupted& error) {
    if (has_events()) send(error);
    const char* signal = signal_received();
    return fail((signal ? std::string(signal) + ": " : "") + error_text(error), exit_code(error.code()));
  } catch (const gracevae::Error& error) {
    if (has_events()) send(error);
    return fail("error: " + error_text(error), exit_code(error.code()));
  } catch (const std::bad_alloc&) {
    return fail(kNoMemory, 4);
  } catch (const std::length_error&) {  // more than any vector holds
    return fail(kNoMemory, 4);
  } catch (const std::system_error& error) {  // of files, or a thread that cannot be started
    return fail(std::string("error: ") + error.what(), 4);
  } catch (const std::exception& error) {
    return fail(std::string("internal error: ") + error.what() + "\nThis is a bug in gracevae, please report it.", 70);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int code = run_to_an_exit_code(argc, argv);
  if (code == 0) return code;
  std::fflush(nullptr);
  std::_Exit(code);  // HDF5 crashes when it tidies up after a file that it could not write
}
