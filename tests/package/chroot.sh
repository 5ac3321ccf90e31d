#!/usr/bin/env bash
# The packages of ./run package in a Debian that has nothing else: installs them in a new chroot, goes through the demo's steps, builds an
# example program with pkg-config and with CMake, and goes through a first screen in Python. By hand, as root: it downloads 400 MB and takes some minutes.
# usage: chroot.sh FOLDER [PACKAGES]     FOLDER: where the chroot is made, or was; PACKAGES: build/packages by default
# Environment: SUITE (bookworm), MIRROR (http://deb.debian.org/debian)
set -euo pipefail
root=$(realpath -m "${1:?usage: chroot.sh FOLDER [PACKAGES]}")
packages=$(realpath "${2:-$(dirname "${BASH_SOURCE[0]}")/../../build/packages}")
suite=${SUITE:-bookworm}
((EUID == 0)) || { echo "chroot.sh: needs root" >&2; exit 2; }
compgen -G "$packages/*.deb" >/dev/null || { echo "chroot.sh: no packages in $packages: ./run package first" >&2; exit 2; }
n_ok=0

say() { echo "== $*"; }
# check "what" command...: run in the chroot; the script stops where it fails.
check() {
  local what=$1
  shift
  if inside "$@" >"$root/log" 2>&1; then n_ok=$((n_ok + 1)); echo "ok      $what"; else echo "FAILED  $what"; tail -40 "$root/log"; exit 1; fi
}
inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"; }
# script "what": the same for lines of shell on standard input.
script() { check "$1" bash -euxc "cd /root; $(cat)"; }

if [[ ! -e $root/etc/debian_version ]]; then
  say "debootstrap $suite in $root"
  debootstrap --variant=minbase "$suite" "$root" "${MIRROR:-http://deb.debian.org/debian}" >"$root.log" 2>&1 || { tail "$root.log"; exit 1; }
  rm "$root.log"
fi
mountpoint -q "$root/proc" || mount -t proc proc "$root/proc"  # the program reads its own path there
trap 'umount "$root/proc"' EXIT
cp /etc/resolv.conf "$root/etc/resolv.conf"
mkdir -p "$root/packages"
cp "$packages"/*.deb "$root/packages"

say "the program's package brings what it needs"
check "update" apt-get update
check "no gracevae is there" bash -c '! command -v gracevae && ! ldconfig -p | grep gracevae'
script "install the program and the libraries" <<'INSIDE'
apt-get install -y --no-install-recommends --reinstall /packages/gracevae_*.deb /packages/libgracevae0*.deb
apt-get clean
INSIDE
check "no compiler came along" bash -c 'dpkg --audit && ! command -v g++'
check "gracevae --version" gracevae --version
script "simulate, train, predict, evaluate, explain, report" <<'INSIDE'
rm -rf screen run
gracevae simulate screen --control-cells 120 --cells-per-single 100 --genes 80
gracevae inspect screen/screen.h5ad --network screen/network
gracevae train screen/screen.h5ad --network screen/network --epochs 3 -o run
gracevae predict run
gracevae evaluate run
gracevae explain run
gracevae report run
test -s run/report.html && test -s run/metrics.json
INSIDE
script "the BLAS is OpenBLAS with OpenMP, whichever the alternatives prefer" <<'INSIDE'
apt-get install -y --no-install-recommends libopenblas0-pthread
readlink -f /usr/lib/*/libopenblas.so.0 | grep pthread
gracevae train screen/screen.h5ad --network screen/network --epochs 1 -o again 2>&1 | tee train.log
! grep -q "the BLAS in use" train.log
grep '^blas = "openblas-openmp"' again/options.toml
rm -rf again
apt-get remove -y libopenblas0-pthread
INSIDE

say "the development package"
script "install it, a compiler and CMake" <<'INSIDE'
apt-get install -y --no-install-recommends --reinstall /packages/libgracevae-dev_*.deb g++ pkg-config cmake make
apt-get clean
INSIDE
script "an example with pkg-config" <<'INSIDE'
c++ -std=c++20 /usr/share/doc/libgracevae-dev/examples/train_and_predict.cpp -o example $(pkg-config --cflags --libs gracevae)
./example screen/screen.h5ad screen/network | tee scores.txt
grep -q additive scores.txt
INSIDE
script "an example with CMake" <<'INSIDE'
rm -rf project; mkdir project; cd project
cp /usr/share/doc/libgracevae-dev/examples/in_memory.cpp .
cat >CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(example LANGUAGES CXX)
find_package(gracevae 0.1 REQUIRED)
add_executable(example in_memory.cpp)
target_link_libraries(example PRIVATE gracevae::gracevae)
CMAKE
cmake -S . -B build && cmake --build build
./build/example | grep "as asked"
INSIDE

say "the Python package"
script "install it" <<'INSIDE'
apt-get install -y --no-install-recommends --reinstall /packages/python3-gracevae_*.deb
apt-get clean
INSIDE
script "simulate, train, score, predict, explain, report" <<'INSIDE'
cat >first_screen.py <<'PYTHON'
import gracevae as gv

sim = gv.simulate(control_cells=120, cells_per_single=100, genes=80)
gv.setup_anndata(sim.adata, labels_key="condition", control="control")
model = gv.GraceVAE(sim.adata, network=sim.network).train(max_epochs=3)
scores = model.evaluate(truth=sim.truth_file)
assert {"model", "additive", "replicate"} <= set(scores["method"])
cells = model.predict(["TF01+TF02"], n_cells=20)
assert (cells.obs["source"] == "Generated Cells").sum() == 20 and "X_gracevae" in cells.obsm
assert len(model.programs()) and len(gv.context_graph(sim.adata, sim.network).edges)
gv.tl.rank_genes(sim.adata, key_added="rank_genes_groups")
assert "<iframe" in model.report("from_python.html")._repr_html_()
model.save("from_python")
print("trained with", gv.__version__)
PYTHON
python3 first_screen.py | grep "trained with"
gracevae evaluate from_python
test -z "$(find /tmp/gracevae-0 -mindepth 1 -not -name .lock)"
INSIDE

say "away again"
check "remove" apt-get purge -y gracevae libgracevae-dev libgracevae0.1 python3-gracevae
check "nothing is left" bash -c '! ls -d /usr/bin/gracevae /usr/lib/python3/dist-packages/gracevae /usr/lib/*/libgracevae* /usr/include/gracevae /usr/share/doc/*gracevae* && ! ldconfig -p | grep gracevae'
echo "$n_ok ok, 0 failed"
