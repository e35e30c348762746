#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Build mpool's own code as a program, in build/core: see userspace-test/core/Makefile. Prints what
# was built.
#
# usage: tools/core.sh bench	mpool_bench, with the allocators that programs can take
#        tools/core.sh test	core_test, with the sanitizers of addresses and of undefined behaviour

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

packages=(gcc libc6-dev make)
flags=
out=$MPOOL_TOP/build/core
case ${1:-} in
bench)	packages+=(libmimalloc-dev libjemalloc-dev libgoogle-perftools-dev libdpdk-dev pkg-config)
	program=$out/mpool_bench ;;
test)	flags="-fsanitize=address,undefined -fno-sanitize-recover=all"
	out+=-san
	program=$out/core_test ;;
*)	die "usage: tools/core.sh bench|test" ;;
esac
need_packages "${packages[@]}"
tree=$("$MPOOL_TOP/tools/kunit.sh" --prepare 6.12)
mkdir -p "$out"
make -s -C "$MPOOL_TOP/userspace-test/core" -j"$(nproc)" TREE="$tree" OUT="$out" \
	EXTRA_CFLAGS="$flags" "$program" >"$out/log" 2>&1 ||
	{ grep -E 'error|warning|undefined' "$out/log" | head -n 20 >&2; die "the build: see $out/log"; }
if grep 'warning:' "$out/log" >&2; then
	die "the build has warnings (above): see $out/log"
fi
printf '%s\n' "$program"
