#pragma once
/// @file What the program does to its own process, and a library must not: environment, allocator, signals.
#include <stop_token>

namespace gracevae::cli {

/// Call first in main(). Some of what this program wants is read from the environment when its libraries are loaded, so
/// it starts itself anew with what the user did not set:
/// - OMP_WAIT_POLICY=passive and a short GOMP_SPINCOUNT (unless either is set): libgomp's threads would spin between
///   loops, which costs five times the training time on a machine that does something else too;
/// - GLIBC_TUNABLES=glibc.malloc.hugetlb=1: large blocks ask for huge pages where the system gives them to those who
/// do.
///   Reading and scoring a screen take a fifth less time so.
/// Goes on as it is where that fails.
/// @test tests/unit/cli/process_test.cpp
void restart_with_environment(char** argv);

/// Ends this process when the sweep that started it dies, however it does (GRACEVAE_PARENT: its process id).
void end_with_parent();

/// Stops glibc from giving memory back at every step (docs/design/001).
void keep_freed_memory();

/// Opens /dev/null for standard streams that are closed: else the next file that is opened would take their place, and
/// messages would be written into it. A pipe that nobody reads is an error of writing from now on, not a signal.
void keep_standard_streams();

/// Lets allocations beyond the machine's (or container's) memory fail, so that what asks for too much ends with an
/// error and not by the kernel's hand. Mapped files do not count.
void bound_memory();

/// From now on the first SIGINT or SIGTERM requests a stop of this token; a second one ends the program at once.
std::stop_token stop_on_signals();
/// "SIGINT", "SIGTERM", or nullptr when none came.
const char* signal_received();

}  // namespace gracevae::cli
