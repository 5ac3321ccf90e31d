#!/usr/bin/env bash
# `cmake --install` gives a program that runs from its new place, and a package that another project finds and links.
# shellcheck source-path=SCRIPTDIR source=../support/program.sh
source "$(dirname "${BASH_SOURCE[0]}")/../support/program.sh"
build=$(dirname "$GRACEVAE")
[[ -f $build/cmake_install.cmake ]] || skip_all "$build is no build folder"

check "install" cmake --install "$build" --prefix "$WORK/prefix"
check "the installed program runs" "$WORK/prefix/bin/gracevae" --version
check "configure the consumer" cmake -S "$GRACEVAE_SOURCE_DIR/tests/package" -B consumer -G Ninja -DCMAKE_PREFIX_PATH="$WORK/prefix" -DCMAKE_BUILD_TYPE=Debug
check "build the consumer" cmake --build consumer
check "run the consumer" test "$(consumer/consumer)" = "A+B"
finish
