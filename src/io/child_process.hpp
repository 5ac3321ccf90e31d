#pragma once
/// @file Work that may crash, in a process of its own. Only for src/io.
#include <functional>

namespace gracevae::impl {

/// Runs `work` in a forked copy of this process that says nothing and changes nothing here. False when it returned
/// false, ended by a signal or took more than 20 s of processor time; an exception counts as true, and so does a system
/// that makes no process.
bool survives(const std::function<bool()>& work);

}  // namespace gracevae::impl
