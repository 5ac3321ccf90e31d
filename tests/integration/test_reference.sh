#!/usr/bin/env bash
# Man pages and completion, which the program writes of itself: nothing of --help is missing in a page, the pages and scripts are
# well formed, and bash completes commands, options, values and files with them.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"

check "the pages are written" "$GRACEVAE" reference --man man1
"$GRACEVAE" --help | sed -n '/^Subcommands:/,$s/^  \([a-z]\+\).*/\1/p' >commands
some_commands() { grep -qx train commands && (($(wc -l <commands) > 10)); }
check "--help lists the commands" some_commands
one_page_each() { [[ $(ls man1) == $( (echo gracevae.1; sed 's/.*/gracevae-&.1/' commands) | LC_ALL=C sort) ]]; }
check "every command has a page, and nothing else has" one_page_each

# What a reader sees of a page.
text_of() { MANWIDTH=500 LC_ALL=C.UTF-8 man -E UTF-8 -l "$1" | sed 's/.\x08//g'; }
# well_formed PAGE: neither man nor mandoc, each where it is there, has a complaint.
well_formed() {
  : >complaints
  if command -v mandoc >/dev/null; then mandoc -T lint "$1" >>complaints 2>&1 || true; fi
  if command -v man >/dev/null; then
    LC_ALL=C.UTF-8 MANROFFSEQ='' MANWIDTH=80 man --warnings -E UTF-8 -l -Tutf8 -Z "$1" 2>>complaints >/dev/null || true
  fi
  cat complaints
  [[ ! -s complaints ]]
}
for page in man1/*.1; do
  check "$(basename "$page") is well formed" well_formed "$page"
done

# pages_say_all: options, choices and defaults of --help are in the pages; examples use no others; exit codes are there.
cat >pages_say_all.py <<'PY'
import os, pathlib, re, subprocess, sys
program = os.environ["GRACEVAE"]
plain = lambda page: re.sub(r"\\f[BIR]", "", page).replace("\\-", "-").replace("\\(aq", "'").replace("\\e", "\\")
for command in ["", *pathlib.Path("commands").read_text().split()]:
    name = f"gracevae-{command}" if command else "gracevae"
    page = plain(pathlib.Path(f"man1/{name}.1").read_text(encoding="ascii"))
    words = re.sub(r"\s+", " ", page)
    usage = subprocess.run([program, *command.split(), "--help"], capture_output=True, text=True, check=True).stdout
    options = set(re.findall(r"(?m)^  (?:-\w,)?(--[\w-]+|-\w)", usage))
    assert "--help" in options, (command, options)
    for option in options:
        assert re.search(rf"(?m)^(-\w.*, )?{option}([= ]|$)", page), f"{name}: {option} is not in the page"
    for choices in re.findall(r"One of: ((?:[\w+:-]+, )*[\w+:-]+)\.", usage):
        assert f"One of {choices}." in words, f"{name}: {choices}"
    for default in re.findall(r"\[default: ([^\]\s]+)\]", usage):
        assert f"Default: {default}" in words, f"{name}: default {default}"
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "EXAMPLES", "SEE ALSO"):
        assert f"\n.SH {section}\n" in page, f"{name}: no {section}"
    examples = page.split(".SH EXAMPLES\n")[1].split("\n.SH ")[0]
    for line in re.findall(r"gracevae [^&\n]*", examples):
        of = subprocess.run([program, line.split()[1], "--help"], capture_output=True, text=True, check=True).stdout
        for option in re.findall(r" (--?[a-z][\w-]*)", line):
            assert re.search(rf"(?m)^  (-\w,)?{option}\b", of) or re.search(rf"(?m)^  {option},", of), f"{name}: {line}: no {option}"
    for code in ("0", "2", "3", "4", "5", "130"):
        assert re.search(rf"(?m)^\.TP\n{code}\n", page), f"{name}: exit code {code}"
PY
check "the pages say what --help says, and their examples use options that are there" "$PYTHON" pages_say_all.py
readable() {
  command -v man >/dev/null || return 0
  text_of man1/gracevae-train.1 >train.txt
  grep -q -- '--encoder=TEXT' train.txt && grep -q 'One of identity, sage, gcn, gat, multihot. Default: sage.' train.txt
}
check "options, choices and defaults stand in the page as they are typed" readable

simulate toy
program train toy/screen.h5ad --model cmvae --epochs 1 --hidden 8 --threads 1 --report -o toy/run
if ((status == 0)); then
  files_are_there() {
    local file
    for file in $(sed -n '/^\.SH FILES/,/^\.SH EX/p' man1/gracevae.1 | grep -o 'RUN/[a-z_.5]*' | grep -v explain); do
      [[ -e toy/run/${file#RUN/} ]] || { echo "no $file"; return 1; }
    done
  }
  check "the files of a run that the page lists are there" files_are_there
else
  skip "the files of a run: this build has no LibTorch"
fi

# ---- completion ------------------------------------------------------------------------------------------------------

"$GRACEVAE" reference --completion bash >completion.bash
"$GRACEVAE" reference --completion zsh >_gracevae
check "bash can read its script" bash -n completion.bash
# shellcheck source=/dev/null
source completion.bash
is_set() { [[ $(complete -p gracevae) == "complete -F _gracevae gracevae" ]]; }
check "and completes gracevae with it" is_set

# completes "words so far" "what is offered": the last word is the one being typed; bash makes a word of "=".
completes() {
  local typed=${1//=/ = }
  read -ra COMP_WORDS <<<"$typed"
  [[ $1 != *[\ =] ]] || COMP_WORDS+=("")
  if [[ $1 == *= ]]; then unset 'COMP_WORDS[-1]'; fi
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  COMPREPLY=()
  _gracevae || true
  if [[ ${COMPREPLY[*]} == "$2" ]]; then ok "'$1' offers '$2'"; else failed "'$1' offers '${COMPREPLY[*]}', expected '$2'"; fi
}
mkdir -p place/run_a place/run_b
touch place/screen.h5ad "place/a b.h5ad"
completes "gracevae tr" "train"
completes "gracevae s" "split sweep simulate"
completes "gracevae ref" ""
completes "gracevae --ver" "--version --verbose"
completes "gracevae -q tr" "train"
completes "gracevae train --enc" "--encoder"
completes "gracevae train --encoder " "identity sage gcn gat multihot"
completes "gracevae train --encoder g" "gcn gat"
completes "gracevae train --encoder=" "identity sage gcn gat multihot"
completes "gracevae train --encoder=g" "gcn gat"
completes "gracevae -q train x.h5ad --level g" "gg gg+pg gg+pg+pp"
completes "gracevae train --epochs " ""
completes "gracevae train --resume place/s" "place/screen.h5ad"
completes "gracevae train place/s" "place/screen.h5ad"
completes "gracevae train place/screen.h5ad -o place/" "place/run_a place/run_b"
completes "gracevae evaluate place/" "place/run_a place/run_b"
completes "gracevae report place/run_a place/run_" "place/run_a place/run_b"
completes "gracevae simulate place/r" "place/run_a place/run_b"
completes "gracevae table 1 --format " "markdown latex tsv"
completes "gracevae nothing --e" ""
all_options() {
  local command usage
  while read -r command; do
    COMP_WORDS=(gracevae "$command" --) COMP_CWORD=2
    _gracevae
    usage=$("$GRACEVAE" "$command" --help | grep -oE '^  (-[a-z],)?--[a-z0-9-]+' | sed 's/.*--/--/' | sort)
    [[ $(printf '%s\n' "${COMPREPLY[@]}" | sort) == "$usage" ]] || { echo "$command"; return 1; }
  done <commands
}
check "every option of every command is offered" all_options
if command -v zsh >/dev/null; then
  check "zsh can read its script" zsh -n _gracevae
  check "zsh finds it" zsh -fc 'fpath=($PWD $fpath); autoload -U compinit; compinit -u -D; [[ $_comps[gracevae] == _gracevae ]]'
  check "zsh can source it" zsh -fc 'autoload -U compinit; compinit -u -D; source ./_gracevae; [[ $_comps[gracevae] == _gracevae ]]'
else
  skip "zsh: it is not there"
fi

# ---- as installed ----------------------------------------------------------------------------------------------------

build=$(dirname "$GRACEVAE")
if [[ -f $build/cmake_install.cmake && -d $build/reference ]]; then
  installed() {
    cmake --install "$build" --prefix prefix >/dev/null
    local page=prefix/share/man/man1/gracevae-train.1
    [[ -f $page || -f $page.gz ]] || return
    cmp completion.bash prefix/share/bash-completion/completions/gracevae && cmp _gracevae prefix/share/zsh/site-functions/_gracevae
  }
  check "they are installed" installed
fi
finish
