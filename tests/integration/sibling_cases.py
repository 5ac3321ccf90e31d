"""Siblings of the inputs after public bug reports: screens of our own with each of their kinds."""
import itertools

import sibling_files
import sibling_inputs
import sibling_labels


def checks(only=""):
    """The checks whose name begins with `only`."""
    every = itertools.chain(sibling_labels.checks(), sibling_files.checks(), sibling_inputs.checks())
    return (check for check in every if check.name.startswith(only))
