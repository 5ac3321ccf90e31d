#pragma once
/// @file The part of a report about effects that were predicted without the model.
#include "report/sections.hpp"

namespace gracevae::impl {

/// Cards of predicted effects, pairs by predicted interaction, scores of unseen targets and the plan of `design`, from
/// effects/effects.json, metrics.json and effects/plan.tsv; left out without any. @throws InputError a malformed file
Section effects_section(const Runs& runs, std::size_t run);

}  // namespace gracevae::impl
