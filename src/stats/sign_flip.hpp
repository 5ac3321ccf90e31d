#pragma once
/// @file The sign-flip test of paired differences.
#include <span>

namespace gracevae::impl {

/// Two-sided p of the sign-flip test: the share of all 2^n ways to sign the differences whose |sum| is at least the
/// observed one. Exact up to n = 20, above that from 100,000 drawn ways (the same ones in every call). The smallest
/// possible value is 2^(1−n). 1 for n = 0. Assumes that without a difference each sign is as likely.
/// @test tests/unit/stats/sign_flip_test.cpp
double sign_flip_p(std::span<const double> differences);

}  // namespace gracevae::impl
