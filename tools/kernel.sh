#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Fetch a stock Debian kernel and its headers into the cache, installing nothing,
# and print the folder. It holds:
#   vmlinuz   the kernel
#   modules   its lib/modules/<release>
#   headers   a folder to pass as KDIR
# A debug kernel is one that checks itself: locks, sleeping where that is not allowed, lists and
# objects. It is built of Debian's source, small, in some minutes.
#
# usage: tools/kernel.sh 6.1|6.12|6.1-rt|6.12-rt|6.12-debug|6.12-rt-debug

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

# What tinyconfig is given, so that the tests of userspace-test/ can run, and what checks.
debug_config()
{
	local option

	for option in 64BIT SMP MODULES MODULE_UNLOAD BLOCK SWAP SHMEM TMPFS PROC_FS PROC_SYSCTL SYSFS \
		SYSCTL DEVTMPFS BLK_DEV_INITRD RD_GZIP BINFMT_ELF BINFMT_SCRIPT FUTEX EPOLL EVENTFD \
		SIGNALFD TIMERFD POSIX_TIMERS HIGH_RES_TIMERS AIO ADVISE_SYSCALLS MEMBARRIER MULTIUSER \
		PRINTK TTY SERIAL_8250 SERIAL_8250_CONSOLE EXPERT SLUB KALLSYMS BUG DEBUG_BUGVERBOSE \
		HOTPLUG_CPU NUMA ACPI X86_64_ACPI_NUMA ACPI_NUMA PCI CGROUPS MEMCG FILE_LOCKING INOTIFY_USER \
		COMPACTION MIGRATION NET INET NETFILTER \
		DEBUG_KERNEL DEBUG_FS PROVE_LOCKING DEBUG_ATOMIC_SLEEP DEBUG_LIST DEBUG_PREEMPT \
		DEBUG_OBJECTS DEBUG_OBJECTS_FREE DEBUG_OBJECTS_WORK DEBUG_OBJECTS_TIMERS \
		DETECT_HUNG_TASK SOFTLOCKUP_DETECTOR $1; do
		echo "CONFIG_$option=y"
	done
	echo 'CONFIG_NR_CPUS=8'
}

# build_debug ROOT TREE OPTION: the kernel, and what modules for it need.
build_debug()
{
	local root=$1 tree=$2 release

	mkdir -p "$root/headers"
	say "building the debug kernel (minutes; log: $root/log)"
	(
		set -e
		cd "$tree"
		make ARCH=x86_64 O="$root/headers" tinyconfig
		debug_config "$3" >>"$root/headers/.config"
		make ARCH=x86_64 O="$root/headers" olddefconfig
		make ARCH=x86_64 O="$root/headers" -j "$(nproc)" bzImage modules
	) >"$root/log" 2>&1 || { tail -n 30 "$root/log" >&2; die "the build: see $root/log"; }
	# What was asked for, and is not to be had, would be checks that nobody does.
	debug_config "$3" | grep -vxFf "$root/headers/.config" >&2 &&
		die "these are not in the configuration: see $root/headers/.config"
	# With it, modules_install would want to know the kernel's own modules.
	rm "$root/headers/System.map"
	release=$(cat "$root/headers/include/config/kernel.release")
	mkdir -p "$root/lib/modules/$release-debug"
	ln -sfn "$root/headers/arch/x86/boot/bzImage" "$root/vmlinuz"
	ln -sfn "$root/lib/modules/$release-debug" "$root/modules"
	touch "$root/complete"
}

# debug_kernel NAME OPTION...
debug_kernel()
{
	local tree root

	need_packages gcc libc6-dev make flex bison bc libelf-dev libssl-dev rsync xz-utils
	tree=$("$MPOOL_TOP/tools/kunit.sh" --prepare 6.12)
	root=$MPOOL_CACHE/kernel/$1_$(basename "$tree")_$(debug_config "$2" | cksum | cut -d' ' -f1)
	# The same lock as for all who use the tree.
	[ -e "$root/complete" ] || with_lock source-6.12 build_debug "$root" "$tree" "$2"
	printf '%s\n' "$root"
	exit
}

case ${1:-} in
6.12-debug)	debug_kernel "$1" PREEMPT ;;
6.12-rt-debug)	debug_kernel "$1" PREEMPT_RT ;;
6.1)		flavour=amd64 ;;
6.12)		flavour=6.12-amd64 ;;
6.1-rt)		flavour=rt-amd64 ;;
6.12-rt)	flavour=6.12-rt-amd64 ;;
*)		die "usage: tools/kernel.sh 6.1|6.12|6.1-rt|6.12-rt|6.12-debug|6.12-rt-debug" ;;
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
