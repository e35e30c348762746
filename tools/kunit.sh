#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run the KUnit tests in User Mode Linux by kunit.py, in a private copy of the kernel's source.
# This repository is only read.
#
# usage: tools/kunit.sh 6.1|6.12 [kunit.py run options]
#        tools/kunit.sh --i386 6.1|6.12 [kunit.py run options]	as a 32-bit kernel
#        tools/kunit.sh --arm64|--arm64-64k|--s390 6.1|6.12 [kunit.py run options]	not there, but in
#				a virtual machine with 4 CPUs: of 64 bits with pages of 4 KiB, and
#				of 64; of 64 bits in the other order of bytes
#        tools/kunit.sh --smp KERNEL [CPUS]	not there, but by kunit.py in a virtual machine, with a
#				kernel of tools/kernel.sh that has KUnit as a module, such as
#				6.12-kasan. The log is build/RELEASE/kunit/test.log then.
#        tools/kunit.sh --san 6.1|6.12 [FOLDER]	with KASAN and kmemleak. The kernel goes on after
#				the tests, and looks for memory that they have lost. With FOLDER
#				it is booted once more, without KUnit's tests, gets the content
#				as files, runs /tests.sh, and looks again.
#        tools/kunit.sh --build-san 6.1|6.12	only build that and print its folder
#        tools/kunit.sh --build-bench 6.1|6.12	likewise, of one that checks nothing, without mpool
#        tools/kunit.sh --prepare 6.1|6.12	make the tree ready and print its folder

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/build.sh
. "$(dirname "$0")/build.sh"
# shellcheck source=tools/vm.sh
. "$(dirname "$0")/vm.sh"

only=
variant=
case ${1:-} in
--smp)		variant=smp; shift; kernel=${1:-}; set -- "${kernel%%-*}" "${@:2}" ;;
--prepare)	only=prepare; shift ;;
--i386|--arm64|--arm64-64k|--s390)	variant=${1#--}; shift ;;
--san)		variant=san; shift ;;
--build-san)	variant=san; only=build; shift ;;
--build-bench)	variant=bench; only=build; shift ;;
esac
series=${1:-}
case $series in
6.1|6.12)	shift ;;
*)		die "usage: tools/kunit.sh [--i386|--arm64|--arm64-64k|--s390|--san|--build-san|--build-bench|--prepare]
       6.1|6.12 ...
or tools/kunit.sh --smp KERNEL [CPUS]" ;;
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

# kunit_py COMMAND ARGUMENT...: in the tree. It says what passes as that does.
kunit_py()
{
	(cd "$tree" && PYTHONUNBUFFERED=1 ./tools/testing/kunit/kunit.py "$@" </dev/null)
}

# build_root BUILD ARGUMENT...: a folder like those of tools/kernel.sh.
build_root()
{
	local build=$1

	shift
	say "User Mode Linux $series, $variant: build (minutes at first; log: $build.log)"
	kunit_py build "$@" >"$build.log" 2>&1 ||
		{ tail -n 30 "$build.log" >&2; die "the build: see $build.log"; }
	# With it, modules_install would want to know the kernel's own modules.
	rm -f "$build/System.map"
	mkdir -p "$build/lib/modules/uml-$series-$variant"
	ln -sfn "$build" "$build/headers"
	ln -sfn "$build/lib/modules/uml-$series-$variant" "$build/modules"
}

# boot_san BUILD SUITES FOLDER SCRIPT: its messages are in $VM_CONSOLE then.
boot_san()
{
	KERNEL_ROOT=$1
	vm_root
	[ -z "$3" ] || cp -r "$3/." "$VM_ROOT/"
	printf '%s\n' "$4" leaks >"$VM_ROOT/run.sh"
	VM_APPEND=("kunit.filter_glob=$2" kasan_multi_shot)
	vm_run 1 2048 900
}

# run_san BUILD [FOLDER]: kunit.py would power off after the tests; so it gets their log only. What
# thousands of test cases leave in User Mode Linux's memory looks to kmemleak like pointers to what is
# lost; so who tests kmemleak has a memory of his own.
run_san()
{
	local code=0 log=$1/test.log

	boot_san "$1" 'mpool*' "" "" || code=$?
	cp "$VM_CONSOLE" "$log"
	kunit_py parse "$log" || code=1
	if [ -n "${2:-}" ]; then
		boot_san "$1" none "$2" 'sh /tests.sh || exit' || code=$?
		cat "$VM_CONSOLE" >>"$log"
	fi
	return "$code"
}

# smp_script: what runs in the guest. KUnit of 6.1 does not say where a module's tests begin. Who loads
# them waits for each, as long as KUnit lets it run, which is not to be taken for a hang.
smp_script()
{
	echo 'echo 600 >/proc/sys/kernel/hung_task_timeout_secs'
	[ "$series" != 6.1 ] || echo 'echo TAP version 14 >/dev/kmsg'
	echo 'load kunit && insmod /modules/mpool.ko && insmod /modules/mpool_kunit.ko || exit'
	echo 'rmmod mpool_kunit && rmmod mpool || exit'
	! grep -qx CONFIG_DEBUG_KMEMLEAK=y "$KERNEL_ROOT/headers/.config" || echo leaks
}

# run_smp [CPUS]: kunit.py has the console; what the script prints comes by a second line. A kernel that
# wipes what is freed would do so for millions of objects, and keep them from the fast lane.
run_smp()
{
	local cpus=${1:-4} folder=$BUILD/kunit code=0 module qemu

	vm_root
	vm_add_module kunit
	for module in mpool mpool_kunit; do
		vm_add "$BUILD/modules/$module.ko" "modules/$module.ko"
	done
	smp_script >"$VM_ROOT/run.sh"
	vm_pack
	mkdir -p "$folder/arch/x86/boot"
	ln -sfn "$KERNEL_ROOT/vmlinuz" "$folder/arch/x86/boot/bzImage"
	qemu="-accel $(vm_accelerator) -cpu max -smp $cpus -m 2048 -initrd $VM_ROOT.cpio"
	say "KUnit on $kernel with $cpus CPUs"
	kunit_py exec --arch=x86_64 --build_dir="$folder" --timeout=1800 \
		--kernel_args='panic=-1 oops=panic printk.devkmsg=on kasan_multi_shot' \
		--kernel_args='init_on_alloc=0 init_on_free=0' \
		--qemu_args="$qemu -serial file:$VM_ROOT.output" || code=$?
	cat "$VM_ROOT.output"
	return "$code"
}

# elsewhere: what kunit.py is to be told of a machine that is not like this one.
elsewhere()
{
	local smp=(--kconfig_add CONFIG_SMP=y --qemu_args='-smp 4' --timeout=1200)
	local arm64=(--arch=arm64 --cross_compile=aarch64-linux-gnu-)

	case $variant in
	i386)	arguments+=(--make_options SUBARCH=i386)
		# Where the 64-bit C library has its headers is not where gcc -m32 looks.
		export C_INCLUDE_PATH=/usr/include/x86_64-linux-gnu ;;
	arm64)	arguments+=("${arm64[@]}" "${smp[@]}") ;;
	arm64-64k)	arguments+=("${arm64[@]}" --kconfig_add CONFIG_ARM64_64K_PAGES=y "${smp[@]}") ;;
	s390)	arguments+=(--arch=s390 --cross_compile=s390x-linux-gnu- "${smp[@]}") ;;
	esac
}

# prepare TREE
prepare()
{
	[ -e "$1.complete" ] || unpack_source "$1"
	overlay "$1"
}

# run TREE [ARGUMENT...]: builds in the tree, and runs what was built.
run()
{
	local tree=$1 build=$1.kunit${variant:+-$variant} arguments

	shift
	prepare "$tree"
	arguments=(--build_dir="$build" --jobs="$(nproc)")
	if [ "$variant" = bench ]; then
		build_root "$build" "${arguments[@]}" --kunitconfig="$MPOOL_TOP/tools/bench.config"
		printf '%s\n' "$build"
		return
	fi
	arguments+=(--kunitconfig="$MPOOL_TOP/kunit/.kunitconfig")
	# There is no preemption in UML before 6.12, and so no counting of it.
	[ "$series" = 6.1 ] || arguments+=(--kconfig_add CONFIG_DEBUG_ATOMIC_SLEEP=y)
	if [ "$variant" = san ]; then
		build_root "$build" "${arguments[@]}" --kunitconfig="$MPOOL_TOP/kunit/sanitizers.config"
		if [ "$only" = build ]; then
			printf '%s\n' "$build"
		else
			run_san "$build" "$@"
		fi
		return
	fi
	elsewhere
	say "KUnit on $series${variant:+, $variant}: build (minutes at first, seconds later) and run"
	# UML keeps its memory in a file. In /dev/shm, where it would be, a container may have room
	# for 64 MB only, and UML dies of the first page too many.
	TMPDIR=$MPOOL_CACHE kunit_py run "${arguments[@]}" "$@" 'mpool*'
}

case $variant in
# gcc-multilib would put cross compilers out of place; this does not.
i386)	need_packages gcc-12-multilib ;;
arm64*)	need_packages gcc-aarch64-linux-gnu qemu-system-arm ;;
s390)	need_packages gcc-s390x-linux-gnu qemu-system-misc ;;
esac
[ "$only" = prepare ] || [ -z "$variant" ] || need_packages cpio
need_packages gcc libc6-dev make flex bison bc libelf-dev libssl-dev rsync xz-utils python3
tree=$MPOOL_CACHE/source/linux-source-${series}_$(package_version "linux-source-$series")
mkdir -p "$MPOOL_CACHE/source"
if [ "$only" = prepare ]; then
	with_lock "source-$series" prepare "$tree"
	printf '%s\n' "$tree"
elif [ "$variant" = smp ]; then
	need_packages "${BUILD_PACKAGES[@]}" "${VM_PACKAGES[@]}"
	KERNEL_ROOT=$("$MPOOL_TOP/tools/kernel.sh" "$kernel")
	build_modules
	# Nothing is built there, so that others may.
	with_lock "source-$series" prepare "$tree"
	run_smp "$@"
else
	with_lock "source-$series" run "$tree" "$@"
fi
