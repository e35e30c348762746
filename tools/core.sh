#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Build mpool's own code as a program, in build/core: see userspace-test/core/Makefile. Prints what
# was built.
#
# usage: tools/core.sh bench	mpool_bench, with the allocators that programs can take

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

case ${1:-} in
bench)	packages=(libmimalloc-dev libjemalloc-dev libgoogle-perftools-dev libdpdk-dev pkg-config) ;;
*)	die "usage: tools/core.sh bench" ;;
esac
need_packages gcc libc6-dev make "${packages[@]}"
tree=$("$MPOOL_TOP/tools/kunit.sh" --prepare 6.12)
out=$MPOOL_TOP/build/core
mkdir -p "$out"
make -s -C "$MPOOL_TOP/userspace-test/core" -j"$(nproc)" TREE="$tree" OUT="$out" \
	"$out/mpool_$1" >"$out/log" 2>&1 ||
	{ grep -E 'error|warning|undefined' "$out/log" | head -n 20 >&2; die "the build: see $out/log"; }
printf '%s\n' "$out/mpool_$1"
