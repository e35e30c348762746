#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# See mpool at work: a stock Debian kernel in a virtual machine, a RAM disk whose blocks live in
# a pool, an ext4 file system on it, real files, and the pool's figures all the while.
#
# usage: tools/demo.sh 6.1|6.12|6.1-rt|6.12-rt

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/build.sh
. "$(dirname "$0")/build.sh"
# shellcheck source=tools/vm.sh
. "$(dirname "$0")/vm.sh"

kernel=${1:-6.1}

# What runs in the guest.
guest_script()
{
	cat <<-'END'
		step() { echo; echo "==> $*"; }
		fail() { echo "FAILED: $1"; echo "    What to do: $2"; exit 1; }
		# The figures of each pool that say most; "cat /dev/mempool" has all.
		pools()
		{
			awk -F '[ =]' 'NR == 1 { printf "%-18s %8s %8s %8s %6s %10s\n", "POOL",
					"OBJECTS", "IN USE", "FREE", "SLABS", "FOOTPRINT"; next }
				{ for (i = 1; i < NF; i += 2) v[$i] = $(i + 1)
				printf "%-18s %8d %8d %8d %6d %9dK\n", v["name"], v["objects"],
					v["in_use"], v["objects"] - v["in_use"], v["slabs"],
					v["footprint"] / 1024 }' /dev/mempool
		}

		step "Linux $(uname -rv)"
		step "load mpool and the RAM disk that is built on it"
		insmod /modules/mpool.ko || fail "insmod mpool" "see the kernel's messages"
		insmod /modules/mpool_ramdisk.ko size_mb=96 ||
			fail "insmod mpool_ramdisk" "see the kernel's messages"
		cat /dev/mempool

		step "make an ext4 file system on it and mount it"
		load crc32c_generic && load ext4 || fail "the ext4 module" "rm -rf the cache folder and try again"
		mkfs.ext4 -q /dev/mpool_ramdisk || fail "mkfs.ext4" "see above"
		mount -t ext4 -o discard /dev/mpool_ramdisk /mnt || fail "mount" "see above"
		pools

		step "copy real files in, and out again, and compare"
		(cd /files && find . -type f | sort | xargs sha256sum) >/tmp/sums
		cp -r /files /mnt/ && sync && echo 3 >/proc/sys/vm/drop_caches
		cp -r /mnt/files /tmp/back || fail "copying" "see above"
		(cd /tmp/back && sha256sum -c /tmp/sums >/tmp/compared) ||
			fail "checksums differ" "grep FAILED: $(grep FAILED /tmp/compared)"
		echo "$(wc -l </tmp/sums) files, $(du -sh /files | cut -f1): the same"
		pools

		step "fio writes at random, reads all back and verifies it"
		fio --name=verify --filename=/mnt/fio --size=24M --bs=4k --rw=randwrite --iodepth=32 \
			--ioengine=libaio --direct=1 --verify=crc32c --verify_fatal=1 --do_verify=1 \
			--randrepeat=1 --output=/tmp/fio.out --status-interval=5 &
		sleep 2
		echo "during:"
		pools
		wait $! || fail "fio: $(tail -n 3 /tmp/fio.out)" "this is a bug in the sample or in mpool"
		grep -E '^ *(read|write):' /tmp/fio.out | sed 's/^ */    /'

		step "delete everything: discarded blocks go back to the pool, and the pool's to the system"
		rm -rf /mnt/files /mnt/fio && sync && fstrim /mnt && umount /mnt ||
			fail "rm, fstrim or umount" "see above"
		blkdiscard /dev/mpool_ramdisk || fail "blkdiscard" "see above"
		grep -q 'name=ramdisk_blocks .* in_use=0 ' /dev/mempool ||
			fail "blocks are still in use after a discard of all" "a bug: report it"
		i=0
		until grep -q 'name=ramdisk_blocks .* slabs=0 ' /dev/mempool; do
			i=$((i + 1))
			[ $i -lt 20 ] || fail "slabs are still held after 20 s of rest" "a bug: report it"
			sleep 1
		done
		pools
		echo "all slabs of ramdisk_blocks went back within $i s of rest"

		step "unload everything"
		rmmod mpool_ramdisk || fail "rmmod mpool_ramdisk" "see the kernel's messages"
		[ "$(wc -l </dev/mempool)" = 1 ] || fail "a pool is left" "a bug: report it"
		rmmod mpool || fail "rmmod mpool" "see the kernel's messages"
	END
}

need_packages "${BUILD_PACKAGES[@]}" "${VM_PACKAGES[@]}" fio e2fsprogs util-linux
KERNEL_ROOT=$("$MPOOL_TOP/tools/kernel.sh" "$kernel")
build_modules
vm_root
for module in mpool mpool_ramdisk; do
	vm_add "$BUILD/modules/$module.ko" "modules/$module.ko"
done
for program in mkfs.ext4 fio fstrim blkdiscard; do
	vm_add_program "$program"
done
vm_add_module ext4
vm_add_module crc32c_generic
# Real files: this repository and a part of the C library's headers and the kernel's modules.
mkdir "$VM_ROOT/files"
cp -r "$MPOOL_TOP"/{kernel,include,kunit,samples,tools} "$BUILD/modules" /usr/include/linux \
	"$VM_ROOT/files/"
guest_script >"$VM_ROOT/run.sh"

if vm_run 2 1024 240; then
	printf '\ndemo on %s: PASSED in %d s\n' "$kernel" "$SECONDS"
else
	printf '\ndemo on %s: FAILED; what failed and what to do is above\n' "$kernel"
	exit 1
fi
