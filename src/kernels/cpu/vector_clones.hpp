#pragma once
/// @file Functions that are compiled for several widths of vectors, of which the program takes the widest that the
/// processor has.

// Sanitizers run before the choice is made. Built with -ffp-contract=off, so that every width gives the same bits.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define GRACEVAE_VECTOR_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define GRACEVAE_VECTOR_CLONES
#endif
