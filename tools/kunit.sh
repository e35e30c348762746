#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run the KUnit tests in User Mode Linux by kunit.py, in a private copy of the kernel's source.
# This repository is only read.
#
# usage: tools/kunit.sh 6.1|6.12 [kunit.py run options]
#        tools/kunit.sh --i386 6.1|6.12 [kunit.py run options]	as a 32-bit kernel
#        tools/kunit.sh --prepare 6.1|6.12	make the tree ready and print its folder

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

prepare=
word=
case ${1:-} in
--prepare)	prepare=yes; shift ;;
--i386)		word=i386; shift ;;
esac
series=${1:-}
case $series in
6.1|6.12)	shift ;;
*)		die "usage: tools/kunit.sh [--prepare|--i386] 6.1|6.12 [kunit.py run options]" ;;
esac

unpack_source()
{
	local tree=$1 work=$1.unpacking

	rm -rf "$work" "$tree"
	unpack_package "linux-source-$series" "$work"
	say "unpacking linux-source-$series"
	mkdir "$tree"
	tar -xf "$work/usr/src/linux-source-$series.tar.xz" -C "$tree" --strip-components=1
	rm -rf "$work"
	sed -i '/^endmenu/i source "drivers/misc/mpool/kernel/Kconfig"' "$tree/drivers/misc/Kconfig"
	echo 'obj-y += mpool/' >>"$tree/drivers/misc/Makefile"
	touch "$tree.complete"
}

# Copied by content, without times: a file gets a new time only when it changes, so that
# the next build is right whichever checkout came before.
overlay()
{
	rsync -rc --delete --include='/kernel/***' --include='/include/***' \
		--include='/kunit/***' --include='/Kbuild' --exclude='*' \
		"$MPOOL_TOP/" "$1/drivers/misc/mpool/"
}

run()
{
	local tree=$1 build=$1.kunit arguments=()

	shift
	if [ -n "$word" ]; then
		build=$tree.kunit-$word
		arguments+=(--make_options "SUBARCH=$word")
		# Where the 64-bit C library has its headers is not where gcc -m32 looks.
		export C_INCLUDE_PATH=/usr/include/x86_64-linux-gnu
	fi
	[ -e "$tree.complete" ] || unpack_source "$tree"
	overlay "$tree"
	if [ -n "$prepare" ]; then
		printf '%s\n' "$tree"
		return
	fi
	# There is no preemption in UML before 6.12, and so no counting of it.
	[ "$series" = 6.1 ] || arguments+=(--kconfig_add CONFIG_DEBUG_ATOMIC_SLEEP=y)
	say "KUnit on $series${word:+, $word}: build (minutes at first, seconds later) and run"
	# UML keeps its memory in a file. In /dev/shm, where it would be, a container may have room
	# for 64 MB only, and UML dies of the first page too many.
	export TMPDIR=$MPOOL_CACHE
	cd "$tree" || exit
	./tools/testing/kunit/kunit.py run --build_dir="$build" --jobs="$(nproc)" \
		--kunitconfig="$MPOOL_TOP/kunit/.kunitconfig" "${arguments[@]}" "$@" 'mpool*' </dev/null
}

# gcc-multilib would put cross compilers out of place; this does not.
[ -z "$word" ] || need_packages gcc-12-multilib
need_packages gcc libc6-dev make flex bison bc libelf-dev libssl-dev rsync xz-utils python3
tree=$MPOOL_CACHE/source/linux-source-${series}_$(package_version "linux-source-$series")
mkdir -p "$MPOOL_CACHE/source"
with_lock "source-$series" run "$tree" "$@"
