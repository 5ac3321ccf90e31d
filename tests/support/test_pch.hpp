#pragma once
// Precompiled for the tests of every room that does not see LibTorch.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/core_pch.hpp"
