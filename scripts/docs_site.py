#!/usr/bin/env python3
"""Checks the links of README.md and the docs; also the hooks of mkdocs.yml.

usage: docs_site.py [--self-test]

Every relative link must lead to a file of the repository, and its anchor to a heading, by GitHub's rule for anchors and by mkdocs'. Every page
of docs/ must be in mkdocs.yml and, but for the design notes, in the index docs/README.md. Exit code 1 with file:line of what is wrong.

As mkdocs' hooks it adds the pages outside docs/ (EXTRA_PAGES) and the tutorials with their outputs (build/tutorials, by run_tutorials.py) to the
site, and turns links to other files of the repository, which the site does not have, into plain text.
"""
import os
import pathlib
import re
import sys
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parent.parent
TUTORIALS = ROOT / "build/tutorials"
EXTRA_PAGES = ("experiments/README.md", "bench/README.md", "CHANGELOG.md")  # of the site, outside docs/
CODE_OR_LINK = re.compile(r"(`+)(?:.+?)\1|(?P<image>!?)\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]\((?P<target>[^()\s]+)\)")


def prose_lines(text):
    """(line number, line) outside fenced code."""
    fence = None
    for number, line in enumerate(text.splitlines(), 1):
        mark = re.match(r"\s*(```+|~~~+)", line)
        if mark and fence is None:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = None
        elif fence is None:
            yield number, line


def links(text):
    """(line number, target) of every link and image that is not code."""
    for number, line in prose_lines(text):
        for match in CODE_OR_LINK.finditer(line):
            if match["target"]:
                yield number, match["target"]


def github_slug(heading):
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def mkdocs_slug(heading):
    ascii_only = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", ascii_only).strip().lower())


def anchors(text):
    """The anchors that a page has both on GitHub and in the site."""
    seen = {github_slug: [], mkdocs_slug: []}
    for _, line in prose_lines(text):
        match = re.match(r"#{1,6}\s+(.*?)\s*#*$", line)
        if not match:
            continue
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", match[1]).replace("`", "").replace("*", "")
        for slug, found in seen.items():
            found.append(slug(heading))
    return set(seen[github_slug]) & set(seen[mkdocs_slug])


def is_external(target):
    return re.match(r"[a-z][a-z0-9+.-]*:|//", target) is not None


def complaints(root):
    """What is wrong, as file:line: text."""
    pages = [root / "README.md", *sorted((root / "docs").rglob("*.md")), *(root / page for page in EXTRA_PAGES)]
    found = []
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for number, target in links(text):
            if is_external(target):
                continue
            place = f"{page.relative_to(root)}:{number}"
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            if not file.exists():
                found.append(f"{place}: {target} is not there")
            elif anchor and (file.suffix != ".md" or anchor not in anchors(file.read_text(encoding="utf-8"))):
                found.append(f"{place}: {target}: no heading gives this anchor on GitHub and in the site")
    site = (root / "mkdocs.yml").read_text(encoding="utf-8")
    index = {target.partition("#")[0] for _, target in links((root / "docs/README.md").read_text(encoding="utf-8"))}
    for page in sorted((root / "docs").rglob("*.md")):
        name = str(page.relative_to(root / "docs"))
        if not re.search(rf"[ :]{re.escape(name)}$", site, re.MULTILINE):
            found.append(f"mkdocs.yml: docs/{name} is not in nav")
        if name not in index and name != "README.md" and not name.startswith("design/"):
            found.append(f"docs/README.md: no link to {name}")
    return found


# ---- mkdocs ----------------------------------------------------------------------------------------------------------


def site_path(path):
    """Where a file of the repository stands in the site's sources, or None."""
    if path.startswith("docs/"):
        return path[len("docs/"):]
    return path if path in EXTRA_PAGES else None


def for_site(text, page):
    """`text` of the repository's file `page` with links as the site needs them."""
    def replace(match):
        target = match["target"]
        if not target or is_external(target) or target.startswith("#"):
            return match[0]
        path, mark, anchor = target.partition("#")
        there = site_path(os.path.normpath(os.path.join(os.path.dirname(page), path)))
        if there is None:
            return match["text"]
        return f"{match['image']}[{match['text']}]({os.path.relpath(there, os.path.dirname(site_path(page)) or '.')}{mark}{anchor})"

    lines = text.splitlines()
    for number, line in prose_lines(text):
        lines[number - 1] = CODE_OR_LINK.sub(replace, line)
    return "\n".join(lines) + "\n"


def on_config(config):
    pages = [f"tutorials/{page.name}" for page in sorted(TUTORIALS.glob("*.md"))]
    if pages:
        config["nav"].append({"Python tutorials": pages})
    return config


def on_files(files, config):
    from mkdocs.structure.files import File
    for folder, paths in ((ROOT, EXTRA_PAGES), (TUTORIALS.parent, [f"tutorials/{file.name}" for file in sorted(TUTORIALS.glob("*"))])):
        for path in paths:
            files.append(File(path, str(folder), config["site_dir"], config["use_directory_urls"]))
    return files


def on_page_markdown(markdown, page, config, files):
    path = page.file.src_uri
    if path.startswith("tutorials/"):
        return markdown
    return for_site(markdown, path if path in EXTRA_PAGES else f"docs/{path}")


# ----------------------------------------------------------------------------------------------------------------------


def self_test():
    import tempfile
    assert github_slug("5. Compare many: sweeps and the paper's tables") == "5-compare-many-sweeps-and-the-papers-tables"
    assert (github_slug("A → B"), mkdocs_slug("A → B")) == ("a--b", "a-b")
    assert list(links("[a](b.md) `[c](d)`\n```\n[e](f)\n```\n![g](h.png)")) == [(1, "b.md"), (5, "h.png")]
    text = "[x](../experiments/README.md#y) [`z`](../src/z.cpp) ![i](images/i.png) [w](https://w)\n"
    assert for_site(text, "docs/p.md") == "[x](experiments/README.md#y) `z` ![i](images/i.png) [w](https://w)\n"
    assert for_site("[m](../docs/metrics.md)\n", "experiments/README.md") == "[m](../metrics.md)\n"
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder).resolve()
        for page in ("README.md", "docs/README.md", "docs/a.md", *EXTRA_PAGES):
            (root / page).parent.mkdir(exist_ok=True)
            (root / page).write_text("# Title\n")
        (root / "mkdocs.yml").write_text("nav:\n  - README.md\n  - a.md\n")
        (root / "docs/README.md").write_text("# Title\n[a](a.md#title)\n")
        assert complaints(root) == [], complaints(root)
        (root / "README.md").write_text("[b](docs/b.md)\n[a](docs/a.md#no)\n")
        (root / "docs/c.md").write_text("# C\n")
        assert [c.split(": ")[0] for c in complaints(root)] == ["README.md:1", "README.md:2", "mkdocs.yml", "docs/README.md"], complaints(root)
    print("docs_site.py: links and anchors are read as expected")


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return 0
    if sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 2
    found = complaints(ROOT)
    for complaint in found:
        print(complaint, file=sys.stderr)
    if not found:
        print("docs: every link leads somewhere")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
