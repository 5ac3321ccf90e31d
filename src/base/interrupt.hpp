#pragma once
/// @file The wish to stop, which long work asks for between steps: the stop token of the call's Context.
#include <string_view>

namespace gracevae::impl {

bool interrupt_requested();
/// Throws Interrupted, "stopped while `doing`: nothing was written", on request.
void stop_if_requested(std::string_view doing);

}  // namespace gracevae::impl
