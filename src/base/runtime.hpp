#pragma once
/// @file The machine under us: threads, BLAS flavour, allocator, and the record of them that stands beside every
/// result.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace gracevae {

/// Call first in main(): libgomp's threads spin between loops unless told otherwise when it is loaded, which costs five
/// times the training time on a machine that does something else too. Starts the program anew with
/// OMP_WAIT_POLICY=passive and a short GOMP_SPINCOUNT unless the user set OMP_WAIT_POLICY or GOMP_SPINCOUNT; goes on as
/// it is where that fails.
void restart_with_passive_threads(char** argv);

/// Call in main() before any work: stops glibc from giving memory back at every step (docs/design/001), and checks
/// which BLAS was loaded.
void prepare_runtime();

/// Number of processors this process may use.
int available_threads();
/// Sets OpenMP's thread count for this process; 0 means available_threads(). Returns what was set.
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

/// Version, build, compiler, processor, threads, BLAS: written beside every result.
nlohmann::ordered_json environment_record();

}  // namespace gracevae
