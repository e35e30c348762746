#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Build mpool's own code as a program, in build/: see userspace-test/core/Makefile. Prints what was
# built.
#
# usage: tools/core.sh bench	mpool_bench, with the allocators that programs can take
#        tools/core.sh test	core_test, with the sanitizers of addresses and of undefined behaviour
#        tools/core.sh race	likewise, with the sanitizer of races between threads
#        tools/core.sh programs	random programs, on CPUs that take turns: see tools/programs.sh
#        tools/core.sh fuzz	likewise, for a fuzzer: see tools/fuzz.sh

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

ADDRESSES="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
# Who else may go on is asked before each access to memory.
POINTS=-fsanitize-coverage=inline-8bit-counters,pc-table,trace-loads,trace-stores

packages=(gcc libc6-dev make)
clang=(clang libclang-rt-14-dev)
compiler=gcc
kind=${1:-}
flags=
kernel_flags=
case $kind in
bench)	packages+=(libmimalloc-dev libjemalloc-dev libgoogle-perftools-dev libdpdk-dev pkg-config)
	program=mpool_bench ;;
test)	flags=$ADDRESSES
	program=core_test ;;
race)	flags=-fsanitize=thread
	program=core_test ;;
programs|fuzz)
	packages+=("${clang[@]}")
	compiler=clang
	flags=$ADDRESSES
	kernel_flags=$POINTS
	program=$kind ;;
*)	die "usage: tools/core.sh bench|test|race|programs|fuzz" ;;
esac
# The same objects do for both.
[ "$kind" != fuzz ] || kind=programs
out=$MPOOL_TOP/build/core-$kind
need_packages "${packages[@]}"
tree=$("$MPOOL_TOP/tools/kunit.sh" --prepare 6.12)
mkdir -p "$out"
make -s -C "$MPOOL_TOP/userspace-test/core" -j"$(nproc)" TREE="$tree" OUT="$out" CC="$compiler" \
	EXTRA_CFLAGS="$flags" KERNEL_CFLAGS="$kernel_flags" "$out/$program" >"$out/log" 2>&1 ||
	{ grep -E 'error|warning|undefined' "$out/log" | head -n 20 >&2; die "the build: see $out/log"; }
if grep 'warning:' "$out/log" >&2; then
	die "the build has warnings (above): see $out/log"
fi
printf '%s\n' "$out/$program"
