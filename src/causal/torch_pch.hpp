#pragma once
// Precompiled for every room that sees LibTorch.
#include "causal/torch_compat.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
