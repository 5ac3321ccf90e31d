"""Commands that show hints, and the same commands given again by someone who follows the hint."""
import itertools
import re
import shlex

import lab_screens as lab
from case_program import hinted_options, with_options
from sibling_files import NAMES, counts, labels

NUMBER = itertools.count()
TRAINING = "--fill-short --epochs 1 --hidden 8 --threads 1".split()
FILTERS = "--highly-variable none --de-method none --min-genes 0 --min-cells 0".split()
SILENT = [["the-hint-gives-nothing-to-follow"]]  # a command that fails


def h5ad(place, labels_of=None, name="screen", **more):
    """The screen of sibling_files as counts, with other labels or what else write_h5ad takes."""
    return lab.write_h5ad(f"{place}/{name}.h5ad", labels() if labels_of is None else labels_of, counts(), names=NAMES, **more)


def logged(place, **more):
    """The same screen on a log1p scale, as training takes it."""
    return lab.write_h5ad(f"{place}/logged.h5ad", labels(), lab.log1p_of(counts(), 1e4), names=NAMES, **more)


def table_of_labels(place, change=str, head="cell", name="labels.csv"):
    return lab.write_lines(f"{place}/{name}", [f"{head},perturbation", *map(",".join, zip(map(change, NAMES), labels()))])


def labels_file(place):
    return ["--labels-file", table_of_labels(place)]


def without(words, *options):
    """The command without these options; one that ends in '!' has no value."""
    kept, skip = [], False
    for word in words:
        if not skip and word not in options and f"{word}!" not in options:
            kept.append(word)
        skip = not skip and word in options
    return kept


def fresh(words):
    """With an output that nothing has been written to yet."""
    if words[0] == "inspect":
        return words
    return [*without(words, "-o"), "-o", f"output{next(NUMBER)}{'' if words[0] == 'train' else '.h5ad'}"]


def prepare(args, *more):
    return fresh(["prepare", *args, *FILTERS, *more])


def train(args, *more):
    return fresh(["train", *args, *TRAINING, *more])


def words_of(result):
    return shlex.split(result.command)[1:]


def again(result, *added, leave=()):
    """The command with options put in and others left out."""
    return fresh(with_options(without(words_of(result), *leave), added))


def on(result, args, leave=()):
    """The same command on another screen, whose options come with it."""
    words = without(words_of(result), *leave)
    return fresh(with_options([words[0], args[0], *words[2:]], args[1:]))


def hint_of(result):
    """From the first hint or warning on."""
    return (re.findall(r"(?:hint|warning):(?s:.*)", result.err) or [""])[0]


def obey(result, place=None):
    """The command once with every option of the hint that has its value there."""
    return [again(result, *words) for words in hinted_options(result.err)] or SILENT


def saying(words, follow):
    """A follow for hints that say these words; where they do not, it fails."""
    return lambda result, place: follow(result, place) if all(word in hint_of(result) for word in words.split()) else SILENT


def leaving(*options):
    return saying(options[0].rstrip("!"), lambda result, place: [again(result, leave=options)])


def meant(option, before=""):
    """A follow for "did you mean X?": the command with X as the option's value."""
    def follow(result, place):
        name = re.search(r"did you mean (.*?)(?: or |, |[?])", hint_of(result))
        return [again(result, option, before + name.group(1))] if name else SILENT
    return follow


def giving(*ways):
    """The command with each of these options alone, all of which the hint names: words, or a function of the place that
    writes what it takes a file for and returns them."""
    def follow(result, place):
        given = [way(place) if callable(way) else way for way in ways]
        named = all(way[0] in hint_of(result) for way in given)
        return [again(result, *way) for way in given] if named else SILENT
    return follow
