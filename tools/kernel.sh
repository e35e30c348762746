#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Fetch a stock Debian kernel and its headers into the cache, installing nothing,
# and print the folder. It holds:
#   vmlinuz   the kernel
#   modules   its lib/modules/<release>
#   headers   a folder to pass as KDIR
# A debug kernel is one that checks itself: locks, sleeping where that is not allowed, lists and
# objects; one with KASAN watches memory besides, and looks for leaks; one with KCSAN watches for
# data races. They are built of Debian's source, small, in some minutes.
#
# usage: tools/kernel.sh 6.1|6.12[-rt|-cloud|-kasan|-kcsan] or 6.12[-rt]-debug

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

# What tinyconfig is given, so that the tests of userspace-test/ can run, and what checks.
DEBUG=(64BIT SMP MODULES MODULE_UNLOAD BLOCK SWAP SHMEM TMPFS PROC_FS PROC_SYSCTL SYSFS
	SYSCTL DEVTMPFS BLK_DEV_INITRD RD_GZIP BINFMT_ELF BINFMT_SCRIPT FUTEX EPOLL EVENTFD
	SIGNALFD TIMERFD POSIX_TIMERS HIGH_RES_TIMERS AIO ADVISE_SYSCALLS MEMBARRIER MULTIUSER
	PRINTK TTY SERIAL_8250 SERIAL_8250_CONSOLE EXPERT SLUB KALLSYMS BUG DEBUG_BUGVERBOSE
	HOTPLUG_CPU NUMA ACPI X86_64_ACPI_NUMA ACPI_NUMA PCI CGROUPS MEMCG FILE_LOCKING INOTIFY_USER
	COMPACTION MIGRATION NET INET NETFILTER KERNEL_GZIP NR_CPUS=8
	DEBUG_KERNEL DEBUG_FS PROVE_LOCKING DEBUG_ATOMIC_SLEEP DEBUG_LIST
	DEBUG_OBJECTS DEBUG_OBJECTS_FREE DEBUG_OBJECTS_WORK DEBUG_OBJECTS_TIMERS
	DETECT_HUNG_TASK SOFTLOCKUP_DETECTOR)

# What comes with these, and would only take time to build.
DEBUG+=(IPV6=n ETHTOOL_NETLINK=n INPUT=n SERIO=n VT=n HID_SUPPORT=n INTEL_MEI=n VGA_ARB=n
	SERIAL_8250_PCI=n PERF_EVENTS_INTEL_UNCORE=n PERF_EVENTS_INTEL_RAPL=n
	PERF_EVENTS_INTEL_CSTATE=n UPROBE_EVENTS=n
	RD_BZIP2=n RD_LZMA=n RD_XZ=n RD_LZO=n RD_LZ4=n RD_ZSTD=n)

# What each sanitizer's kernel has, so that one serves all that is run on it: KUnit, as a module,
# the modules' tests, and torture. A sanitizer notes who was there, which is done much faster with
# frame pointers.
SANITIZED=(PREEMPT DEBUG_PREEMPT STACKDEPOT UNWINDER_FRAME_POINTER SLUB_TINY=n SLUB_DEBUG
	HARDENED_USERCOPY SLAB_FREELIST_HARDENED DEBUG_OBJECTS_RCU_HEAD DEBUG_OBJECTS_PERCPU_COUNTER
	FAULT_INJECTION FAULT_INJECTION_DEBUG_FS FAILSLAB FAIL_PAGE_ALLOC FAULT_INJECTION_USERCOPY
	FTRACE ENABLE_DEFAULT_TRACERS TRACEPOINTS
	KUNIT=m KUNIT_DEBUGFS LOCK_TORTURE_TEST=m TORTURE_TEST=m)

# What watches memory. Leaks are looked for when a test says so.
KASAN=(KASAN KASAN_GENERIC KASAN_INLINE KASAN_VMALLOC DEBUG_KMEMLEAK
	DEBUG_KMEMLEAK_DEFAULT_OFF=n DEBUG_KMEMLEAK_AUTO_SCAN=n DEBUG_KMEMLEAK_MEM_POOL_SIZE=40000)

# What watches for data races, by the memory model's letter: a plain access races with any other, and
# a barrier that is missing shows. Of two places that race, there is one report in a while.
KCSAN=(KCSAN KCSAN_STRICT KCSAN_WEAK_MEMORY KCSAN_VERBOSE=n KCSAN_REPORT_ONCE_IN_MS=100000)

# debug_config OPTION...: as lines of a configuration. An option is NAME or NAME=VALUE.
debug_config()
{
	local option

	for option in "${DEBUG[@]}" "$@"; do
		case $option in
		*=*)	echo "CONFIG_$option" ;;
		*)	echo "CONFIG_$option=y" ;;
		esac
	done
}

# not_in CONFIG: the lines read that are not so there. An option that it does not know is n.
not_in()
{
	local line

	while read -r line; do
		case $line in
		*=n)	! grep -q "^${line%n}" "$1" ;;
		*)	grep -qxF "$line" "$1" ;;
		esac || echo "$line"
	done
}

# configure_debug BUILD OPTION...: in the kernel's source. What was asked for, and is not to be
# had, would be checks that nobody does.
configure_debug()
{
	local build=$1 missing

	shift
	make ARCH=x86_64 O="$build" tinyconfig &&
		debug_config "$@" >>"$build/.config" &&
		make ARCH=x86_64 O="$build" olddefconfig || return
	missing=$(debug_config "$@" | not_in "$build/.config")
	[ -z "$missing" ] || { printf 'not to be had:\n%s\n' "$missing"; return 1; }
}

# build_debug ROOT TREE OPTION...: the kernel, and what modules for it need.
build_debug()
{
	local root=$1 tree=$2 release

	# Another script may have built it while this one waited for the lock.
	[ ! -e "$root/complete" ] || return 0
	shift 2
	mkdir -p "$root/headers"
	say "building the debug kernel (minutes; log: $root/log)"
	(
		cd "$tree" &&
			configure_debug "$root/headers" "$@" &&
			make ARCH=x86_64 O="$root/headers" -j "$(nproc)" bzImage modules
	) >"$root/log" 2>&1 || { tail -n 30 "$root/log" >&2; die "the build: see $root/log"; }
	# With it, modules_install would want to know the kernel's own modules.
	rm "$root/headers/System.map"
	release=$(cat "$root/headers/include/config/kernel.release")
	mkdir -p "$root/lib/modules/$release-$flavour"
	ln -sfn "$root/headers/arch/x86/boot/bzImage" "$root/vmlinuz"
	ln -sfn "$root/lib/modules/$release-$flavour" "$root/modules"
	mkdir -p "$root/modules/kernel"
	find "$root/headers" -name '*.ko' -exec cp -t "$root/modules/kernel" {} +
	touch "$root/complete"
}

# debug_kernel NAME OPTION...: NAME is the series, and what kind of kernel.
debug_kernel()
{
	local series=${1%%-*} flavour=${1#*-} tree root

	need_packages gcc libc6-dev make flex bison bc libelf-dev libssl-dev rsync xz-utils
	tree=$("$MPOOL_TOP/tools/kunit.sh" --prepare "$series")
	root=$MPOOL_CACHE/kernel/$1_$(basename "$tree")_$(debug_config "${@:2}" | cksum | cut -d' ' -f1)
	# The same lock as for all who use the tree.
	[ -e "$root/complete" ] || with_lock "source-$series" build_debug "$root" "$tree" "${@:2}"
	printf '%s\n' "$root"
	exit
}

case ${1:-} in
6.12-debug)	debug_kernel "$1" PREEMPT DEBUG_PREEMPT ;;
6.12-rt-debug)	debug_kernel "$1" PREEMPT_RT DEBUG_PREEMPT ;;
6.1-kasan)	debug_kernel "$1" "${SANITIZED[@]}" "${KASAN[@]}" ;;
6.12-kasan)	debug_kernel "$1" "${SANITIZED[@]}" "${KASAN[@]}" \
			INIT_ON_ALLOC_DEFAULT_ON INIT_ON_FREE_DEFAULT_ON ;;
6.1-kcsan|6.12-kcsan)	debug_kernel "$1" "${SANITIZED[@]}" "${KCSAN[@]}" ;;
6.1)		flavour=amd64 ;;
6.12)		flavour=6.12-amd64 ;;
6.1-rt)		flavour=rt-amd64 ;;
6.12-rt)	flavour=6.12-rt-amd64 ;;
6.1-cloud)	flavour=cloud-amd64 ;;
6.12-cloud)	flavour=6.12-cloud-amd64 ;;
*)		die "usage: $(sed -n 's/^# usage: //p' "$0")" ;;
esac

# linux_depends PACKAGE: the linux-* packages that it depends on directly.
linux_depends()
{
	apt-cache depends --important "$1" |
		awk '$1 == "Depends:" && $2 ~ /^linux-/ { print $2 }'
}

# headers_closure PACKAGE: it and all linux-* packages below it.
headers_closure()
{
	local package

	for package in $(linux_depends "$1"); do
		headers_closure "$package"
	done
	printf '%s\n' "$1"
}

# relocate FOLDER: the headers' Makefiles and links name /usr; make them name FOLDER.
relocate()
{
	local root=$1 file link target

	for file in "$root"/usr/src/linux-headers-*/Makefile; do
		sed -i "s,\(^\|[ =]\)/usr/,\1$root/usr/,g" "$file"
	done
	find "$root"/usr/src "$root"/lib/modules -type l | while read -r link; do
		target=$(readlink "$link")
		case $target in
		/usr/*|/lib/*) ln -sfn "$root$target" "$link" ;;
		esac
	done
}

fetch()
{
	local image=$1 headers=$2 root=$3 package release

	rm -rf "$root"
	unpack_package "$image" "$root"
	for package in $(headers_closure "$headers" | sort -u); do
		unpack_package "$package" "$root"
	done
	relocate "$root"
	release=$(basename "$root"/lib/modules/*)
	ln -sfn "$root/boot/vmlinuz-$release" "$root/vmlinuz"
	ln -sfn "$root/lib/modules/$release" "$root/modules"
	ln -sfn "$root/usr/src/linux-headers-$release" "$root/headers"
	touch "$root/complete"
}

apt_ready
image=$(linux_depends "linux-image-$flavour" | head -n 1)
headers=$(linux_depends "linux-headers-$flavour" | head -n 1)
if [ -z "$image" ] || [ -z "$headers" ]; then
	die "apt has no linux-image-$flavour: is this Debian 12 with its updates?"
fi
root=$MPOOL_CACHE/kernel/${image#linux-image-}_$(package_version "$image")
[ -e "$root/complete" ] || with_lock kernel fetch "$image" "$headers" "$root"
printf '%s\n' "$root"
