#!/usr/bin/env bash
# Whether train/gpu.cpp compiles where LibTorch has CUDA: checked on machines with CUDA's headers and a LibTorch without
# it, whose headers lack one generated file. Nothing is linked or run.
set -euo pipefail
cd "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/.."
cuda=$(ls -d /usr/local/cuda*/include /usr/include 2>/dev/null | while read -r folder; do [[ -f $folder/cuda_runtime_api.h ]] && echo "$folder" && break; done || true)
if [[ -z $cuda || ! -f /usr/include/ATen/cuda/CUDAGraph.h ]]; then
  echo "check_cuda: skipped, there are no headers of CUDA or of LibTorch"
  exit 0
fi
stub=$(mktemp -d)
trap 'rm -rf "$stub"' EXIT
mkdir -p "$stub/c10/cuda/impl"
echo '#define C10_CUDA_BUILD_SHARED_LIBS' >"$stub/c10/cuda/impl/cuda_cmake_macros.h"
"${CXX:-g++}" -std=c++20 -fsyntax-only -Wall -Wextra -Werror -DGRACEVAE_WITH_CUDA -Iinclude -Isrc -isystem "$stub" -isystem "$cuda" \
  -isystem /usr/include/torch/csrc/api/include src/train/gpu.cpp
echo "check_cuda: train/gpu.cpp compiles with CUDA"
