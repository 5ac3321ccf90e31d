#pragma once
/// @file The machine under us: threads, BLAS flavour, and the record of them that stands beside every
/// result.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace gracevae::impl {

/// Number of processors this process may use, or OMP_NUM_THREADS where that is less.
int available_threads();
/// Sets this thread's number of OpenMP threads; 0 means available_threads(). Inside a public call the host's wish
/// counts. Returns what was set.
int set_threads(int threads);

/// The pthread flavour of OpenBLAS has threads of its own, which fight ours: turns them off and returns how many there
/// were, 0 with any other BLAS.
int quiet_blas();
void restore_blas(int threads);
/// Warns, once a process, of a BLAS that makes training slow.
void warn_of_slow_blas();

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
