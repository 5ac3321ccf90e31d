"""Hints of effects, design and power."""
import lab_screens as lab
from hint_commands import again, giving, leaving, saying
from hint_support import Scenario

NAMES = [f"T{i}" for i in range(20)]


def table(place):
    """Effects of 20 targets, four groups of five, on six genes."""
    rows = [f"{name}\t" + "\t".join(str((i // 5 + 2) * (g - 2) % 7 + i % 5 / 10) for g in range(6)) for i, name in enumerate(NAMES)]
    return lab.write_lines(f"{place}/effects.tsv", ["target\t" + "\t".join(f"G{g}" for g in range(6)), *rows])


def sets(place, change=str, name="groups.gmt"):
    """The groups as gene sets, each with a target that was not measured."""
    return lab.write_lines(f"{place}/{name}", [f"group{k}\tg{k}\t" + "\t".join(map(change, [*NAMES[5 * k:5 * k + 5], f"NEW{k}"])) for k in range(4)])


def of_effects(command, place, *options):
    return [command, table(place), "--gene-sets", sets(place), *options]


def aliased(result, place):
    file = lab.write_lines(f"{place}/aliases.tsv", ["old\tnew", *(f"old_{name}\t{name}" for name in NAMES)])
    return [again(result, "--aliases", file)]


def scenarios():
    yield Scenario("effects: nothing is asked", lambda place: of_effects("effects", place, "-o", "nothing"),
                   giving(["--targets", "NEW1"], lambda place: ["--all-targets", lab.write_lines(f"{place}/asked.txt", ["NEW2"])],
                          ["--all-pairs"], ["--cross-validate", "4"]))
    yield Scenario("effects: a source that knows nobody",
                   lambda place: ["effects", table(place), "--gene-sets", sets(place, "old_{}".format, "old.gmt"), "--targets", "NEW1", "-o",
                                  "with_old_names"],
                   saying("--aliases", aliased), warns=True)
    yield Scenario("design: nothing to choose from",
                   lambda place: of_effects("design", place, "--candidates", lab.write_lines(f"{place}/new.txt", ["NEW1"]), "--exclude",
                                            f"{place}/new.txt", "-o", "plan.tsv"), leaving("--exclude"))
    yield Scenario("design: more candidates than are taken",
                   lambda place: of_effects("design", place, "--candidates", lab.write_lines(f"{place}/new.txt", ["NEW1", "NEW2", "NEW3"]),
                                            "--most-candidates", "2", "-o", "plan.tsv"),
                   saying("--most-candidates", lambda result, place: [again(result, "--most-candidates", "3")]), warns=True)


SCENARIOS = [*scenarios()]
EXEMPT = {}
