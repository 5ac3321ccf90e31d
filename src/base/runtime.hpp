#pragma once
/// @file The machine under us: threads, BLAS flavour, allocator, and the record of them that stands beside every result.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace gracevae {

/// Call first in main(): stops glibc from giving memory back at every step (docs/design/001), and checks which BLAS was loaded.
void prepare_runtime();

/// Number of processors this process may use.
int available_threads();
/// Sets OpenMP's thread count for this process; 0 means available_threads(). Returns what was set.
int set_threads(int threads);

/// Flavour of the BLAS in this process: "openblas-openmp", "openblas-pthread", "openblas-serial", or "unknown" (netlib, MKL).
std::string blas_flavour();
/// OpenBLAS's own description (version, kernel), empty when it is not OpenBLAS.
std::string blas_description();

/// Largest resident size of this process so far, bytes.
std::int64_t peak_memory();

/// Version, build, compiler, processor, threads, BLAS: written beside every result.
nlohmann::ordered_json environment_record();

}  // namespace gracevae
