"""What a test of a hint is made of, and where the hints are in the source."""
import pathlib
import re
from typing import Callable, NamedTuple


class Scenario(NamedTuple):
    """A mistake, and what someone does who follows the hint."""

    name: str
    make: Callable  # (place) -> words of the command that shows the hint; writes its files into the folder `place`
    follow: Callable  # (result, place) -> commands (lists of words) that do what the hint says: all must succeed
    warns: bool = False  # the first command succeeds, and its warning is the hint


LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
COMMAND = re.compile(r"gracevae [a-z]+ ")


def literals(text):
    """(position, text) of every string of C++, those that follow each other with nothing between joined."""
    blank = lambda match: " " * len(match.group())
    found = list(LITERAL.finditer(re.sub(r"(?m)//.*$", blank, re.sub(r"'\\?\"'", blank, text))))  # '"' opens no string
    i = 0
    while i < len(found):
        first, value = i, found[i].group(1)
        while i + 1 < len(found) and not text[found[i].end() : found[i + 1].start()].strip():
            i += 1
            value += found[i].group(1)
        yield found[first].start(), value.replace('\\"', '"')
        i += 1


# Strings that are no advice: the names of options alone, and what binds or describes options.
BARE = re.compile(r"\s*(-[a-z],)?(--?[a-z][a-z-]*[ ,=]*)+")
DESCRIBED = re.compile(r"add_(option|flag|subcommand)(_function)?\(|->description\(")


def bodies_of_bind(text):
    """Where functions called bind stand: names, meanings and ranges of options."""
    for match in re.finditer(r"^\w.*\bbind\(OptionTable& table\).*\{$", text, re.MULTILINE):
        yield match.start(), text.index("\n}\n", match.start())


# Of public functions, which are no options of Options.
REQUESTS = ["consensus.min_frequency", "consensus.threshold", "evaluate.truth", "prepare.output", "sweep.jobs", "sweep.screen", "sweep.task", "splits.force"]


def keys_of_options(source):
    """A pattern of the keys by which the library names options; the program spells them as flags."""
    keys, section = list(REQUESTS), ""
    for line in pathlib.Path(source, "docs/options.md").read_text().splitlines():
        if match := re.match(r"## \[(\w+)\]", line):
            section = match[1]
        elif match := re.match(r"\| (\w+) \| `", line):
            keys.append(f"{section}.{match[1]}")
    return re.compile(r"(?<![\w/.-])(" + "|".join(map(re.escape, keys)) + r")(?![\w/-])")


def flag_of(key):
    return "SCREEN" if key == "screen.file" else "--" + key.split(".")[1].replace("_", "-")


def advice(source):
    """(file:line, text) of every string in src/ that names an option or a command: what messages advise, as the program
    spells it. What binds or describes options and the report's style sheet are left out."""
    keys = keys_of_options(source)
    for file in sorted(pathlib.Path(source, "src").rglob("*.cpp")):
        if file.name in ("style.cpp", "simulate_options.cpp") or file.name.startswith("reference"):
            continue
        text = file.read_text()
        bound = list(bodies_of_bind(text))
        for position, value in literals(text):
            value = keys.sub(lambda match: flag_of(match[1]), value)
            if not OPTION.search(value) and not COMMAND.search(value) or BARE.fullmatch(value):
                continue
            statement = text[text.rfind(";", 0, position) + 1 : position]
            if any(begin < position < end for begin, end in bound) or DESCRIBED.search(statement):
                continue
            yield f"{file.relative_to(source)}:{text.count(chr(10), 0, position) + 1}", value


def pattern_of(value):
    """What the string looks like when it is printed: {} may be anything."""
    pieces = re.split(r"(?<!\{)\{[^{}]*\}(?!\})", value.replace("\\n", "\n"))
    while pieces and not pieces[0].strip():
        pieces.pop(0)
    while pieces and not pieces[-1].strip():
        pieces.pop()
    return re.compile(".{0,600}?".join(re.escape(re.sub(r"\s+", " ", piece)) for piece in pieces), re.DOTALL)
