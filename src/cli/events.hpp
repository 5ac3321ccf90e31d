#pragma once
/// @file Messages, progress and errors as JSON lines, for a program that started this one and shows them itself: to the
/// descriptor that GRACEVAE_EVENTS names (docs/formats.md). Texts name options by their keys.
#include <gracevae/context.hpp>
#include <gracevae/errors.hpp>

namespace gracevae::cli {

/// Call after restart_with_environment. Programs that this one starts do not get the descriptor.
void open_events();
/// Whether there is somebody to tell; the console is quiet then.
bool has_events();
void send(const Message& message);
void send(const ProgressReport& report);
void send(const Error& error);

}  // namespace gracevae::cli
