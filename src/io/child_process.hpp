#pragma once
/// @file Work that may crash, in a process of its own. Only for src/io.
#include <functional>

namespace gracevae {

/// Runs `work` in a forked copy of this process that says nothing and changes nothing here, and tells whether it lived to the end.
/// Exceptions count as an end; a signal, or more than a minute of processor time, does not. True, too, where no process can be made.
bool survives(const std::function<void()>& work);

}  // namespace gracevae
