# Sourced by tests/integration/*.sh and tests/real/*.sh: runs the program and looks at what it says and leaves behind.
# Environment: GRACEVAE (the program), GRACEVAE_SOURCE_DIR (the repository); ctest sets both.
# shellcheck shell=bash disable=SC2034
set -euo pipefail
GRACEVAE=$(realpath "${GRACEVAE:?set GRACEVAE to the built program}")
GRACEVAE_SOURCE_DIR=${GRACEVAE_SOURCE_DIR:-$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")}
SUPPORT=$GRACEVAE_SOURCE_DIR/tests/support
export OMP_WAIT_POLICY=passive  # tests run side by side: threads that wait must not spin
PYTHON=/usr/bin/python3  # Debian's, which has anndata and h5py
WORK=$(mktemp -d)        # what the test makes; the program runs in it
LOGS=$(mktemp -d)        # what the program said last: out, err
trap 'rm -rf "$WORK" "$LOGS"' EXIT
cd "$WORK"
n_ok=0 n_failed=0

ok() { n_ok=$((n_ok + 1)); echo "ok      $*"; }
failed() { n_failed=$((n_failed + 1)); echo "FAILED  $*"; }
skip() { echo "skipped $*"; }
finish() { echo "$n_ok ok, $n_failed failed"; exit $((n_failed > 0)); }
skip_all() { echo "skipped: $*"; exit 77; }

# check "what" command...: the command must succeed.
check() {
  local what=$1
  shift
  if "$@" >"$LOGS/check" 2>&1; then ok "$what"; else failed "$what"; sed 's/^/        /' "$LOGS/check"; fi
}

# program argument...: runs it; status, $LOGS/out and $LOGS/err tell what came of it. Commands that need LibTorch run in forks
# of one process that has loaded it (fork_server.cpp), with the environment that the first of them had. VARIABLE=value anew
# program argument...: a process of its own.
program() {
  status=0
  case $1 in
    train | predict | evaluate | explain | umap | report) if serve "$@"; then return; fi ;;
  esac
  "$GRACEVAE" "$@" >"$LOGS/out" 2>"$LOGS/err" </dev/null || status=$?
}

anew() { local in_server=no; "$@"; }

# serve argument...: runs the command in the server; fails if there is none.
in_server=yes
serve() {
  local folder preload library
  folder=$(dirname "$GRACEVAE")
  preload=$folder/tests/fork_server.so
  library=$(compgen -G "$folder/libgracevae_model.so.*" | head -1) || true
  [[ $in_server == yes && -e $preload && -n $library && $* != */dev/fd/* ]] || return 1  # the server has no <(...) of this shell
  if [[ -z ${SERVER_PID:-} ]]; then
    coproc SERVER { LD_PRELOAD=$preload FORK_SERVER_LOADS=$library GLIBC_TUNABLES=glibc.malloc.hugetlb=1 exec "$GRACEVAE"; }
    exec {server_in}>&"${SERVER[1]}" {server_out}<&"${SERVER[0]}"
  fi
  printf '%s\0' $(($# + 4)) "$PWD" "$LOGS/out" "$LOGS/err" "$GRACEVAE" "$@" >&"$server_in"
  read -r _ <&"$server_out"
  read -r status <&"$server_out" || status=126
  if ((status < 0)); then status=$((128 - status)); fi
}

show_last() { sed 's/^/        /' "$LOGS/out" "$LOGS/err"; }

# accepts "what" [pattern...] -- argument...: exit code 0, and output that matches every pattern (grep -E, any letter case).
# refuses CODE "what" [pattern...] -- argument...: this exit code, an error that matches every pattern, and nothing written.
accepts() { run_case 0 "$@"; }
refuses() { run_case "$@"; }
run_case() {
  local code=$1 what=$2 patterns=() pattern before
  shift 2
  while [[ $1 != -- ]]; do patterns+=("$1"); shift; done
  shift
  before=$(snapshot)
  program "$@"
  if ((status != code)); then failed "$what: exit code $status, expected $code"; show_last; return; fi
  for pattern in "${patterns[@]}"; do
    if ! grep -qiE -- "$pattern" "$LOGS/out" "$LOGS/err"; then
      failed "$what: nothing said matches '$pattern'"; show_last; return
    fi
  done
  if ((code != 0)); then
    if [[ ! -s $LOGS/err ]]; then failed "$what: no message on standard error"; return; fi
    if [[ $(snapshot) != "$before" ]]; then
      failed "$what: files changed"; diff <(echo "$before") <(snapshot) | sed 's/^/        /' || true; return
    fi
  fi
  ok "$what"
}

# Every file and folder below the working folder with size and time of change.
snapshot() { find . -printf '%p %y %s %T@\n' | sort; }

# simulate FOLDER: a small screen (FOLDER/screen.h5ad) and its networks (FOLDER/network).
simulate() {
  "$GRACEVAE" simulate "$1" --latents 4 --genes 80 --control-cells 120 --cells-per-single 100 --cells-per-double 40 \
    --doubles 3 --genes-per-program 15 >"$LOGS/out" 2>"$LOGS/err" || { show_last; exit 1; }
}
