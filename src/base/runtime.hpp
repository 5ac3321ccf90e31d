#pragma once
/// @file The machine under us: threads, BLAS flavour, allocator, and the record of them that stands beside every
/// result.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace gracevae::impl {

/// Call first in main(). Some of what this program wants is read from the environment when its libraries are loaded, so
/// it starts itself anew with what the user did not set:
/// - OMP_WAIT_POLICY=passive and a short GOMP_SPINCOUNT (unless either is set): libgomp's threads would spin between
///   loops, which costs five times the training time on a machine that does something else too;
/// - GLIBC_TUNABLES=glibc.malloc.hugetlb=1: large blocks ask for huge pages where the system gives them to those who
/// do.
///   Reading and scoring a screen take a fifth less time so.
/// Goes on as it is where that fails.
/// @test tests/unit/base/runtime_test.cpp
void restart_with_environment(char** argv);

/// Call in main() before any work: stops glibc from giving memory back at every step (docs/design/001), and checks
/// which BLAS was loaded. @throws ConfigError where GRACEVAE_INSTRUCTIONS is wrong.
void prepare_runtime();

/// Number of processors this process may use.
int available_threads();
/// Sets this thread's number of OpenMP threads; 0 means available_threads(). Inside a public call the host's wish
/// counts. Returns what was set.
int set_threads(int threads);

/// Flavour of the BLAS in this process: "openblas-openmp", "openblas-pthread", "openblas-serial", or "unknown" (netlib,
/// MKL).
std::string blas_flavour();
/// OpenBLAS's own description (version, kernel), empty when it is not OpenBLAS.
std::string blas_description();

/// Largest resident size of this process so far, bytes.
std::int64_t peak_memory();

/// Hash over the files of this program: itself, the library of this function and the one with LibTorch beside it. The
/// same build gives the same results.
std::string build_id();

/// Version, build, compiler, processor, instruction set, threads, BLAS: written beside every result.
nlohmann::ordered_json environment_record();

}  // namespace gracevae::impl
