#pragma once
/// @file Checks of messages.
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace gracevae::impl::test {

/// Runs `action` and checks that it throws an E whose message holds every one of `parts`.
template <class E, class Action>
void expect_error(Action&& action, const std::vector<std::string>& parts) {
  try {
    action();
  } catch (const E& error) {
    for (const auto& part : parts)
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
          << "'" << part << "' is not in: " << error.what();
    return;
  }
  ADD_FAILURE() << "nothing was thrown, expected: " << (parts.empty() ? "" : parts.front());
}

}  // namespace gracevae::impl::test
