#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# mpool without any of its options, in a kernel with hardly anything else: 32-bit, one CPU, the
# kernel's own tinyconfig. Build it with the KUnit tests of what is left, and run them in a
# virtual machine with 32 MiB of memory.
#
# usage: tools/tiny.sh 6.1|6.12		build, run, print what the kernel prints
#        tools/tiny.sh --build 6.1|6.12	only build, and print the folder

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

only_build=
if [ "${1:-}" = --build ]; then
	only_build=yes
	shift
fi
series=${1:-6.12}

# What tinyconfig is given: a console, the tests, and what fails memory on purpose for them, which
# 6.1's SLOB cannot.
fragment()
{
	cat <<-'END'
		CONFIG_PRINTK=y
		CONFIG_TTY=y
		CONFIG_SERIAL_8250=y
		CONFIG_SERIAL_8250_CONSOLE=y
		CONFIG_EXPERT=y
		CONFIG_SLUB=y
		CONFIG_KUNIT=y
		CONFIG_DEBUG_KERNEL=y
		CONFIG_SYSFS=y
		CONFIG_DEBUG_FS=y
		CONFIG_FAULT_INJECTION=y
		CONFIG_FAULT_INJECTION_DEBUG_FS=y
		CONFIG_FAILSLAB=y
		CONFIG_FAIL_PAGE_ALLOC=y
		CONFIG_MPOOL=y
		CONFIG_MPOOL_KUNIT_TEST=y
		CONFIG_MPOOL_SIZED=n
		CONFIG_MPOOL_OBJECTS=n
		CONFIG_MPOOL_DEVICE=n
		CONFIG_MPOOL_DIAGNOSTICS=n
	END
}

configure()
{
	local tree=$1 build=$2

	[ "$build/.config" -nt "$0" ] && return
	make -C "$tree" ARCH=i386 O="$build" tinyconfig &&
		fragment >>"$build/.config" &&
		make -C "$tree" ARCH=i386 O="$build" olddefconfig
}

build()
{
	local tree=$1 build=$2

	mkdir -p "$build"
	say "tiny kernel $series: build (minutes at first; log: $build/log)"
	{
		configure "$tree" "$build" &&
			make -C "$tree" ARCH=i386 O="$build" -j "$(nproc)" bzImage
	} >"$build/log" 2>&1 || { tail -n 30 "$build/log" >&2; die "the build: see $build/log"; }
}

# It panics in the end, for there is no program to run.
boot()
{
	timeout --foreground 120 qemu-system-i386 -accel tcg -cpu max -m 32 -nodefaults \
		-no-user-config -no-reboot -display none -kernel "$1/arch/x86/boot/bzImage" \
		-append "console=ttyS0 panic=-1" -serial stdio </dev/null
}

need_packages gcc libc6-dev make flex bison bc libelf-dev libssl-dev rsync xz-utils \
	qemu-system-x86
tree=$("$MPOOL_TOP/tools/kunit.sh" --prepare "$series")
build=$tree.tiny
# The same lock as for all who use the tree.
with_lock "source-$series" build "$tree" "$build"
if [ -n "$only_build" ]; then
	printf '%s\n' "$build"
else
	say "booting it with 32 MiB"
	boot "$build"
fi
