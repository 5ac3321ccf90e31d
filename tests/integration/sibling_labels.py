"""Labels as laboratories write them: spellings of control, names of guides, symbols that hold separators, cells without one."""
import collections

import lab_screens as lab
from case_checks import Check
from case_program import Unlike, hinted_options
from lab_screens import CONTROL, DOUBLE, SINGLE

NO_DOUBLES = lab.plan(doubles=())
WITH_DOUBLES = lab.plan()


def labelled(labels, cells, *options, **more):
    """Arguments of a screen with these labels, written when they are asked for."""
    def write(place):
        return [lab.write_h5ad(f"{place}/labelled.h5ad", labels, lab.counts_of(cells), **more), *options]
    return write


def check(name, labels, cells, *options, regimes=None, said=(), **more):
    """Labels that are to be read as the targets of the cells, which is what `prepare` writes."""
    regimes = lab.regimes_of(cells) if regimes is None else regimes
    want = {"cells": sum(regimes.values()), "genes": len(lab.GENES), "regimes": regimes, "said": said}
    kept = more.pop("kept", None)
    if kept:
        want["kept"] = kept
    return Check(name, labelled(labels, cells, *options), want, how="prepare", **more)


# The words for control of published screens, each of which stands alone in its screen.
PUBLISHED = """control ctrl NT NTC non-targeting NonTarget NTC_g1 NTg4 sgNTC scramble AAVS1 safe-harbor intergenic Rosa26
non-targeting_00023 NegCtrl0 nontargeting NEG_CTRL Scrambled safe_targeting_12 sgControl CTRL-1 negative_control
Non-Targeting-Control-3 neg-ctrl-7 NO_TARGET sgNT_2 Intergenic_114 non-targeting_sgRNA_5 nontargeting-sgRNA-2""".split()
# Several of them in one screen.
FAMILIES = {
    "NTC_g1 to NTC_g5": [f"NTC_g{i}" for i in range(1, 6)],
    "non-targeting_00001 to 00060": [f"non-targeting_{i:05d}" for i in range(60)],
    "NegCtrl0, NegCtrl1": ["NegCtrl0", "NegCtrl1"],
    "sgNTC-1 to sgNTC-4": [f"sgNTC-{i}" for i in range(1, 5)],
    "NTg1 to NTg10": [f"NTg{i}" for i in range(1, 11)],
    "control, Control and CTRL": ["control", "Control", "CTRL"],
    "safe-targeting_1 and non-targeting_1": ["safe-targeting_1", "non-targeting_1", "non-targeting_2"],
    "AAVS1, Rosa26 and scramble": ["AAVS1", "Rosa26", "scramble"],
    "spaces: 'NTC', ' NTC '": ["NTC", " NTC ", "NTC "],
}


def controls():
    for word in PUBLISHED:
        yield check(f"labels control '{word}'", lab.rotated(NO_DOUBLES, [word]), NO_DOUBLES, question=True,
                    answer=["--control", word], group="labels 30 published spellings of control, each alone")
    for name, words in FAMILIES.items():
        yield check(f"labels control: {name}", lab.rotated(NO_DOUBLES, words), NO_DOUBLES, question=True,
                    answer=["--control", ",".join(words)], group="labels several words for control together")
    words = [f"non-targeting_{i:03d}" for i in range(7)] + ["safe-targeting_1", "safe-targeting_2", "AAVS1"]
    yield check("labels control: patterns given", lab.rotated(NO_DOUBLES, words), NO_DOUBLES, "--control",
                "non-targeting*,safe-targeting*,AAVS1")
    yield check("labels control: several given, of which one is there", lab.rotated(NO_DOUBLES, ["NTC"]), NO_DOUBLES,
                "--control", "NTC,safe-targeting*")
    yield Check("labels control: a word that no cell has, beside guides without a target", labelled(lab.rotated(
        NO_DOUBLES, ["NTC_1", "NTC_2"]), NO_DOUBLES, "--control", "DMSO"), how="prepare", refused=("no label is 'DMSO'", "NTC_"))
    yield Check("labels control: a word that no cell has", labelled(lab.rotated(NO_DOUBLES, ["NTC"]), NO_DOUBLES, "--control", "DMSO"),
                how="prepare", refused=("DMSO", "NTC"))
    in_pairs = ["+".join(cell) if len(cell) == 2 else f"{cell[0]}+NTC_{i % 3}" if cell else "NTC_1+NTC_2"
                for i, cell in enumerate(WITH_DOUBLES)]
    yield check("labels control: NTC_1 beside a target, and NTC_1+NTC_2", in_pairs, WITH_DOUBLES)
    # a symbol that begins as a word for control does is that gene
    for word, gene in (("NT", "NT5E"), ("NT", "NTRK1"), ("WT", "WT1"), ("GFP", "GFPT1"), ("CTRL", "CTRB1")):
        cells = lab.plan(["KLF1", "CEBPA", gene], doubles=())
        yield check(f"labels control '{word}' beside gene {gene}", lab.rotated(cells, [word]), cells, question=True,
                    answer=["--control", word], group="labels genes that begin as control's word does")


JUNK = ["", "*", "multiplet", "unassigned", "NaN"]


def without_a_label():
    cells = WITH_DOUBLES
    labels = lab.rotated(cells, ["NTC"])
    singles = [i for i, cell in enumerate(cells) if len(cell) == 1][:50]
    for k, i in enumerate(singles):
        labels[i] = JUNK[k % len(JUNK)]
    kept = lab.regimes_of([cell for i, cell in enumerate(cells) if i not in set(singles)])
    yield check("labels: empty, '*', multiplet, unassigned and NaN are neither control nor targets", labels, cells, regimes=kept,
                said=[r"\b50\b|multiplet"], question=True, answer=["--missing-labels", "drop"])
    for word in JUNK[:-1]:
        replaced = lab.rotated(NO_DOUBLES, [word])
        yield Check(f"labels: nothing '{word}' as control", act=lambda bench, word=word, replaced=replaced:
                    not_offered(bench, word, replaced), group="labels: words for no label are not offered as control")


def not_offered(bench, word, labels):
    path = lab.write_h5ad(f"{bench.work}/junk.h5ad", labels, lab.counts_of(NO_DOUBLES))
    result = bench.prepare([path])
    if result.code == 0:
        raise Unlike(f"taken: {result.regimes}")
    for words in hinted_options(result.err):
        if words == ["--control", word] or words == ["--control", f"{word}*"]:
            raise Unlike(f"offered: {' '.join(words)}")


FORMS = {
    "KLF1_1": ("{gene}_{i}", "NTC_{i}"),
    "KLF1-2": ("{gene}-{i}", "NTC-{i}"),
    "KLF1g2": ("{gene}g{i}", "NTg{i}"),
    "KLF1_g2": ("{gene}_g{i}", "NTC_g{i}"),
    "sgKLF1_3": ("sg{gene}_{i}", "sgNTC_{i}"),
    "sgKLF1-3": ("sg{gene}-{i}", "sgNTC-{i}"),
    "KLF1_pDS260": ("{gene}_pDS26{i}", "non-targeting_pDS2{i}"),
    "KLF1_+_23278712.23-P1P2": ("{gene}_+_2327871{i}.23-P1P2", "non-targeting_0002{i}"),
    "KLF1.1": ("{gene}.{i}", "NTC.{i}"),
    "KLF1_sgRNA2": ("{gene}_sgRNA{i}", "NTC_sgRNA{i}"),
}


def guides_of(cells, form):
    """A guide for every target of a cell, and one against nothing where it has none."""
    gene_form, control_form = form
    return [[gene_form.format(gene=gene, i=1 + (i + k) % 2) for k, gene in enumerate(cell)] or [control_form.format(i=1 + i % 3)]
            for i, cell in enumerate(cells)]


def guides():
    for name, form in FORMS.items():
        labels = ["|".join(called) for called in guides_of(NO_DOUBLES, form)]
        kept = form[0].format(gene="KLF1", i=2)
        yield check(f"guides {name}", labels, NO_DOUBLES, kept=kept, group="guides: each published form, singles")
        labels = ["|".join(called) for called in guides_of(WITH_DOUBLES, form)]
        yield check(f"guides pairs {name}", labels, WITH_DOUBLES, group="guides: each published form, pairs with '|'")
    genes = ["HLA-A", "NKX2-1", "MT-ND1", "H2AC6", "AC010980.1", "KLF1", "KLF10"]
    cells = lab.plan(genes, doubles=(("HLA-A", "NKX2-1"), ("KLF1", "KLF10")))
    for name in ("KLF1_1", "KLF1-2", "KLF1g2", "sgKLF1_3", "KLF1_+_23278712.23-P1P2"):
        labels = ["|".join(called) for called in guides_of(cells, FORMS[name])]
        yield check(f"guides symbols {name}", labels, cells,
                    group="guides: symbols that hold separators or end in digits")
    yield from combinations()
    elements = [f"chr8.{100 + i // 2 % 4}-E{1 + i % 2}" if cell else "NTC_1" for i, cell in enumerate(NO_DOUBLES)]
    yield Check("guides chr8.123-E1: never cut into two targets", labelled(elements, NO_DOUBLES),
                {"kinds": {"control": 1, "double": 0, "more": 0}})
    plain = ["|".join(called) for called in guides_of(NO_DOUBLES, FORMS["KLF1_1"])]
    as_they_are = collections.Counter("control" if label.startswith("NTC") else label for label in plain)
    yield check("guides: --guides none leaves them as they are", plain, NO_DOUBLES, "--guides", "none", "--control", "NTC*",
                "--separator", "", regimes=dict(as_they_are))
    odd = [f"lib7.{cell[0]}.cut{i % 2}" if cell else f"lib7.ctl.cut{i % 2}" for i, cell in enumerate(NO_DOUBLES)]
    yield check("guides: an expression", odd, NO_DOUBLES, "--guides", r"^lib7\.(.*)\.cut[01]$", "--control", "ctl")
    numbers = {gene: i for i, gene in enumerate(["ctl", *lab.TARGETS])}
    named = [f"guide{2 * numbers[cell[0] if cell else 'ctl'] + i % 2}" for i, cell in enumerate(NO_DOUBLES)]

    def with_table(place):
        rows = [f"guide{2 * k + j}\t{'non-targeting' if gene == 'ctl' else gene}" for gene, k in numbers.items() for j in (0, 1)]
        return [*labelled(named, NO_DOUBLES)(place), "--guides", lab.write_lines(f"{place}/guides.tsv", ["guide\ttarget", *rows])]
    yield Check("guides: a table of guides and targets", with_table,
                {"cells": len(NO_DOUBLES), "regimes": lab.regimes_of(NO_DOUBLES), "kept": "guide3"}, how="prepare")
    swapped = {"guide2": "KLF1"}

    def with_short_table(place):
        rows = [f"{guide}\t{gene}" for guide, gene in swapped.items()]
        return [*labelled(named, NO_DOUBLES)(place), "--guides", lab.write_lines(f"{place}/guides.tsv", ["guide\ttarget", *rows])]
    yield Check("guides: a table that lacks most guides is said", with_short_table, how="prepare", refused=("guide[013-9]",))


def combinations():
    """Guides of control in combinations: NTg4|CMTM6g2 is CMTM6."""
    targets = ["CMTM6", "STAT1", "IRF1"]
    cells = lab.plan(targets, doubles=(("CMTM6", "STAT1"),))
    labels = []
    for i, cell in enumerate(cells):
        called = [f"{gene}g{1 + i % 3}" for gene in cell] or [f"NTg{1 + i % 5}"]
        if i % 4 == 0:
            called.insert(i % 2, f"NTg{1 + i % 5}")
        labels.append("|".join(called))
    yield check("guides NTg4|CMTM6g2 is CMTM6, NTg1|NTg2 is control", labels, cells)
    twice = [f"{cell[0]}g1|{cell[0]}g2" if len(cell) == 1 and i % 3 == 0 else label for i, (cell, label) in enumerate(zip(cells, labels))]
    yield check("guides CMTM6g1|CMTM6g2 is CMTM6", twice, cells)


def symbols():
    """Symbols that hold a separator, and those that end in digits, beside combinations with each separator."""
    genes = ["HLA-A", "NKX2-1", "MT-ND1", "AC010980.1", "KLF1", "KLF10"]
    cells = lab.plan(genes, doubles=(("HLA-A", "NKX2-1"), ("KLF1", "KLF10"), ("AC010980.1", "MT-ND1")))
    for separator in ("+", "_", "-", "|", ";", ",", "/", "&"):
        labels = lab.rotated(cells, ["control"], separator)
        yield check(f"labels between '{separator}'", labels, cells,
                    group="labels: symbols that hold a separator, each separator between")
    alone = lab.plan(genes, doubles=())
    yield check("labels symbols that hold a separator, no combinations", lab.rotated(alone, ["control"]), alone)
    variants = {"KLF1": "TP53_R175H", "MAP2K6": "TP53_R248Q", "CEBPA": "IFNG_LPS", "HLA-A": "TP53_WT"}
    labels = [variants[cell[0]] if cell else "control" for cell in NO_DOUBLES]
    regimes = {"control": CONTROL, **{label: SINGLE for label in variants.values()}}
    yield check("labels TP53_R175H with --guides none", labels, NO_DOUBLES, "--guides", "none", regimes=regimes)
    drugs = {"KLF1": "Drug A (low/high)", "MAP2K6": "anti-CD3+anti-CD28", "CEBPA": "TGF-β", "HLA-A": "a & b"}
    labels = [drugs[cell[0]] if cell else "vehicle" for cell in NO_DOUBLES]
    regimes = {"control": CONTROL, **{label: SINGLE for label in drugs.values()}}
    yield check("labels of drugs: 'anti-CD3+anti-CD28' is one target", labels, NO_DOUBLES, regimes=regimes, question=True,
                answer=["--control", "vehicle"])
    foreign = [f"{cell[0]}+{cell[1]}" if len(cell) == 2 else cell[0] if cell else "control" for cell in WITH_DOUBLES]
    strange = [label.replace("MAP2K6", "NOTAGENE7").replace("KLF1", "NOTAGENE3") for label in foreign]
    regimes = {"control": CONTROL, "NOTAGENE3": SINGLE, "NOTAGENE7": SINGLE, "CEBPA": SINGLE, "HLA-A": SINGLE,
               "NOTAGENE3+NOTAGENE7": DOUBLE}
    yield check("labels A+B of targets that stand alone and are not measured", strange, WITH_DOUBLES, regimes=regimes)


def known_elsewhere():
    """Combinations of targets that are not measured and never stand alone: a network or a table of aliases knows them."""
    pairs = [("FOXA1", "FOXA2"), ("FOXA2", "NKX2-5"), ("FOXA1", "NKX2-5")]
    labels = ["_".join(pairs[i % 3]) if i % 4 else "NT" for i in range(80)]
    wanted = {"kinds": {"control": 1, "single": 0, "double": 3}, "unmeasured": ["FOXA1", "FOXA2", "NKX2-5"]}
    cells = [()] * len(labels)

    def with_edges(place):
        lines = ["KLF1\tFOXA1", "FOXA2\tNKX2-5", "KLF1\tMAP2K6", "MYC\tJUN", "1\tFOS"]
        return [*labelled(labels, cells)(place), "--level", "gg", "--edges", lab.write_lines(f"{place}/edges.tsv", lines)]
    yield Check("labels A_B of targets that only the network has", with_edges, wanted)

    def with_aliases(place):
        lines = ["symbol\talias_symbol", "FOXA1\tHNF3A", "FOXA2\tHNF3B", "NKX2-5\tCSX1", "PPP1R12C\tAAVS1"]
        return [*labelled(labels, cells)(place), "--aliases", lab.write_lines(f"{place}/aliases.tsv", lines)]
    yield Check("labels A_B of targets that only --aliases has", with_aliases, wanted)


def checks():
    yield from known_elsewhere()
    yield from controls()
    yield from without_a_label()
    yield from symbols()
    yield from guides()
