#!/usr/bin/env bash
# The documentation: every link leads somewhere, and the site builds strictly, with images and search. Needs no built program; without
# mkdocs the links alone are checked, and the test counts as skipped.
set -euo pipefail
GRACEVAE=${GRACEVAE:-/bin/true}
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"

LINKS=$GRACEVAE_SOURCE_DIR/scripts/docs_site.py
check "the checker finds what is broken" "$PYTHON" "$LINKS" --self-test
check "every link of README.md and docs/ leads somewhere" "$PYTHON" "$LINKS"
if ! command -v mkdocs >/dev/null; then
  ((n_failed == 0)) || finish
  skip_all "no mkdocs, so the site was not built (./run docs installs it); the links are right"
fi

check "the site builds, and mkdocs has nothing to warn of" \
  mkdocs build --quiet --strict --config-file "$GRACEVAE_SOURCE_DIR/mkdocs.yml" --site-dir "$WORK/site"
check "every page, image and anchor of the site is there, nothing comes from the network, and search knows the pages" "$PYTHON" - "$WORK/site" <<'PY'
import html.parser, json, pathlib, sys, urllib.parse
site = pathlib.Path(sys.argv[1])

class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.ids, self.loaded = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.ids |= {attributes[key] for key in ("id", "name") if attributes.get(key)}
        if tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])
        if tag in ("img", "script", "link"):
            self.loaded += [attributes[key] for key in ("src", "href") if attributes.get(key)]

pages = {file.resolve(): Page(file.read_text(encoding="utf-8")) for file in site.rglob("*.html") if file.name not in ("404.html", "search.html")}
assert len(pages) > 20, len(pages)
for file, page in pages.items():
    for target in page.links + page.loaded:
        url = urllib.parse.urlsplit(target)
        if url.scheme or url.netloc:
            assert target in page.links, f"{file}: {target} is loaded from the network"
            continue
        there = (file.parent / urllib.parse.unquote(url.path)).resolve() if url.path and url.path != "." else file
        there = there / "index.html" if there.is_dir() else there
        assert there.exists(), f"{file}: {target}"
        if url.fragment and there in pages:
            assert url.fragment in pages[there].ids, f"{file}: {target}"
assert (site / "images/report.png").exists()
known = {entry["location"].partition("#")[0] for entry in json.loads((site / "search/search_index.json").read_text())["docs"]}
assert {str(file.relative_to(site.resolve())) for file in pages} <= known | {"index.html"}, sorted(known)
PY
finish
