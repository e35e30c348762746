#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What mpool takes: the code and data of the full build and of the smallest, and what a pool
# holds that has no object. Prints the table that is in Documentation/footprint.md.
#
# usage: tools/sizes.sh

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/build.sh
. "$(dirname "$0")/build.sh"
# shellcheck source=tools/vm.sh
. "$(dirname "$0")/vm.sh"

NOTHING=(CONFIG_MPOOL_SIZED=n CONFIG_MPOOL_OBJECTS=n CONFIG_MPOOL_DEVICE=n
	CONFIG_MPOOL_DIAGNOSTICS=n)

# row WHAT FILE... BYTES: a line of the table; BYTES are "empty=N bare=N".
row()
{
	local what=$1 bytes=${*: -1} text data bss empty

	read -r text data bss < <(size "${@:2:$#-2}" |
		awk 'NR > 1 { t += $1; d += $2; b += $3 } END { print t, d, b }')
	empty=${bytes#*empty=}
	printf '| %s | %d | %d | %d | %d | %d |\n' "$what" "$text" "$data" "$bss" \
		"${empty%% *}" "${bytes##*bare=}"
}

# Without the options: the module alone, beside the full one.
build_smallest()
{
	local copy=$BUILD/smallest

	rm -rf "$copy"
	mkdir -p "$copy"
	cp -r "$MPOOL_TOP"/{Kbuild,Makefile,kernel,include} "$copy/"
	make -C "$copy" KDIR="$KERNEL_ROOT/headers" W=1 "${NOTHING[@]}" >"$copy.log" 2>&1 ||
		die "the smallest build: see $copy.log"
	! grep -E 'warning:|WARNING:' "$copy.log" >&2 || die "warnings: see $copy.log"
}

# What mpool_bytes prints with each of the two modules, a line each.
bytes_of_both()
{
	vm_root
	vm_add "$BUILD/modules/mpool.ko" full/mpool.ko
	vm_add "$BUILD/smallest/mpool.ko" smallest/mpool.ko
	vm_add "$BUILD/modules/mpool_bytes.ko" mpool_bytes.ko
	cat >"$VM_ROOT/run.sh" <<-'END'
		for build in full smallest; do
			insmod /$build/mpool.ko || exit
			# It refuses to be loaded once it has printed them.
			insmod /mpool_bytes.ko 2>/dev/null
			dmesg | grep -o 'empty=.*' | tail -n 1
			rmmod mpool || exit
		done
	END
	vm_run 2 512 60 || tail -n 20 "$VM_CONSOLE" >&2
}

need_packages "${BUILD_PACKAGES[@]}" "${VM_PACKAGES[@]}" binutils
KERNEL_ROOT=$("$MPOOL_TOP/tools/kernel.sh" 6.12)
build_modules
build_smallest
mapfile -t bytes < <(bytes_of_both)
[ ${#bytes[@]} -eq 2 ] || die "the virtual machine gave no figures"
tiny=$("$MPOOL_TOP/tools/tiny.sh" --build 6.12)
bytes+=("$("$MPOOL_TOP/tools/tiny.sh" 6.12 | grep -o 'empty=.*' | tr -d '\r')")

echo "| build | text | data | bss | empty pool | without magazines |"
echo "|---|---|---|---|---|---|"
row "module, x86-64, all options, 2 CPUs" "$BUILD/modules/mpool.ko" "${bytes[0]}"
row "module, x86-64, no option, 2 CPUs" "$BUILD/smallest/mpool.ko" "${bytes[1]}"
row "built in, 32-bit tinyconfig, no option, 1 CPU" "$tiny"/drivers/misc/mpool/kernel/*.o \
	"${bytes[2]}"
