#!/usr/bin/env bash
# `cmake --install` gives a program that runs from its new place, public headers that compile each on its own, and a package
# that other projects find with CMake and with pkg-config: the example programs of docs/ are built with both, and run.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
build=$(dirname "$GRACEVAE")
[[ -f $build/cmake_install.cmake ]] || skip_all "$build is no build folder"
prefix=$WORK/prefix
examples=$GRACEVAE_SOURCE_DIR/docs/examples

check "install" cmake --install "$build" --prefix "$prefix"
check "the installed program runs" "$prefix/bin/gracevae" --version

header_alone() { echo "#include <gracevae/$1>" | c++ -std=c++20 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"$prefix/include" -x c++ -; }
for header in "$prefix"/include/gracevae/*.hpp; do
  check "$(basename "$header") compiles on its own" header_alone "$(basename "$header")"
done
only_public() { [[ $(find "$prefix/include" -type f | wc -l) == $(find "$prefix/include/gracevae" -maxdepth 1 -name '*.hpp' | wc -l) ]]; }
check "nothing but the public headers is installed" only_public
plain() { ! grep -nE '#define|nlohmann|torch/|ATen|CLI/|spdlog|fmt/' "$prefix"/include/gracevae/*.hpp; }
check "no macro and no other library is in a public header" plain

compgen -G "$prefix/lib*/**/libgracevae_model.so" >/dev/null || compgen -G "$prefix/lib*/libgracevae_model.so" >/dev/null ||
  { echo "skipped: the example programs: this build has no LibTorch"; finish; exit; }
symbols() {
  find "$prefix" -name 'libgracevae_*.so' -exec "$PYTHON" "$GRACEVAE_SOURCE_DIR/tests/package/check_exports.py" "$prefix/include/gracevae" {} +
}
check "the libraries export the public headers' functions, private ones for each other, and nothing else" symbols
check "configure a project that finds it" cmake -S "$GRACEVAE_SOURCE_DIR/tests/package" -B consumer -G Ninja \
  -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Debug -DEXAMPLES="$examples"
check "build the examples" cmake --build consumer
"$prefix/bin/gracevae" -q simulate screen --control-cells 60 --cells-per-single 40 --genes 40 >/dev/null
scores() { consumer/train_and_predict screen/screen.h5ad screen/network >scores.txt && grep -q additive scores.txt; }
check "train_and_predict prints scores" scores
stops() { consumer/in_memory >log.txt && grep -q "stopped at epoch 10 step 0, as asked" log.txt; }
check "in_memory stops when it is asked" stops

pc=$(dirname "$(find "$prefix" -name gracevae.pc)")
# shellcheck disable=SC2046
with_pkg_config() {
  c++ -std=c++20 "$examples/in_memory.cpp" -o by_pkg_config $(PKG_CONFIG_PATH=$pc pkg-config --cflags --libs gracevae) \
    -Wl,-rpath,"$(PKG_CONFIG_PATH=$pc pkg-config --variable=libdir gracevae)" && ./by_pkg_config >/dev/null
}
check "the same with pkg-config" with_pkg_config
finish
