#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# See mpool at work on a stock Debian kernel in a virtual machine, in two acts: a RAM disk whose
# blocks live in a pool, with a file system and real files on it; and a table of network flows
# that are objects of several pieces, bounded in bytes, with real traffic. All the while the
# pools' figures are shown, and checked.
#
# usage: tools/demo.sh 6.1|6.12|6.1-rt|6.12-rt

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/build.sh
. "$(dirname "$0")/build.sh"
# shellcheck source=tools/vm.sh
. "$(dirname "$0")/vm.sh"

kernel=${1:-6.1}

# What runs in the guest: what both acts use, and then one after the other.
guest_script()
{
	guest_functions
	act_one
	act_two
}

guest_functions()
{
	cat <<-'END'
		act() { echo; echo "######## $*"; }
		step() { echo; echo "==> $*"; }
		fail() { echo "FAILED: $1"; echo "    What to do: $2"; exit 1; }
		# The figures of each pool that say most; "cat /dev/mempool" has all.
		pools()
		{
			awk -F '[ =]' 'NR == 1 { printf "%-16s %-5s %7s %7s %7s %7s %7s %5s %10s\n",
					"POOL", "KIND", "OBJECTS", "IN USE", "FREE", "RESERVE",
					"WAITING", "SLABS", "FOOTPRINT"; next }
				{ for (i = 1; i < NF; i += 2) v[$i] = $(i + 1)
				printf "%-16s %-5s %7d %7d %7d %7d %7d %5d %9dK\n", v["name"],
					v["kind"], v["objects"], v["in_use"],
					v["objects"] - v["in_use"], v["reserve"], v["waiting"],
					v["slabs"], v["footprint"] / 1024 }' /dev/mempool
		}

		echo; echo "Linux $(uname -rv)"
	END
}

act_one()
{
	cat <<-'END'
		# writes N AT: so many times 64 KiB to the disk itself, past the page cache
		writes()
		{
			dd if=/dev/zero of=/dev/mpool_ramdisk bs=64k count="$1" seek="$2" \
				oflag=direct conv=notrunc >/tmp/dd.out 2>&1
		}

		act "Act one: a RAM disk"
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

		step "unload the RAM disk"
		rmmod mpool_ramdisk || fail "rmmod mpool_ramdisk" "see the kernel's messages"
		[ "$(wc -l </dev/mempool)" = 1 ] || fail "a pool is left" "a bug: report it"

		step "a disk of 96 MiB that has memory for 8, as its pool's reserve: it is soon full"
		insmod /modules/mpool_ramdisk.ko size_mb=96 limit_kb=8192 preallocate=1 wait_ms=30000 ||
			fail "insmod mpool_ramdisk" "see the kernel's messages"
		writes 128 0 || fail "writing 8 MiB: $(tail -n 1 /tmp/dd.out)" "a bug: report it"
		writes 1 800 &
		i=0
		until grep -q 'name=ramdisk_blocks .* waiting=1 ' /dev/mempool; do
			i=$((i + 1))
			[ $i -lt 100 ] || fail "no write waits for a block" "a bug: report it"
			sleep 0.1
		done
		pools

		step "a write of 64 KiB waits; a discard of 64 KiB elsewhere lets it go on"
		blkdiscard -o 1048576 -l 65536 /dev/mpool_ramdisk || fail "blkdiscard" "see above"
		wait $! || fail "the write: $(tail -n 1 /tmp/dd.out)" "a bug: report it"
		pools
		rmmod mpool_ramdisk || fail "rmmod mpool_ramdisk" "see the kernel's messages"
		[ "$(wc -l </dev/mempool)" = 1 ] || fail "a pool is left" "a bug: report it"
	END
}

act_two()
{
	cat <<-'END'
		act "Act two: a table of network flows"
		limit_kb=32
		max_flows=400
		# Look once at what the limits are for, and whether they are kept.
		looks=0
		most=0
		look()
		{
			set -- $(awk -F '[ =]' '
				/^name=flow_parts / {
					for (i = 1; i < NF; i += 2) v[$i] = $(i + 1)
					print v["kind"], v["limit_bytes"], v["footprint"] - v["metadata"] }
				/^flows=/ { print $2, $4, $6, $8; exit }' /dev/mempool /proc/mpool_flows)
			[ "$#,$1,$2" = "7,sized,$((limit_kb * 1024))" ] ||
				fail "no sized pool flow_parts with its limit in /dev/mempool: $*" "a bug: report it"
			bytes=$3 flows=$4 created=$5 evicted=$6 missed=$7
			[ "$bytes" -le $((limit_kb * 1024)) ] ||
				fail "flow_parts has $bytes bytes of slabs, its limit is $limit_kb KiB" \
					"a bug: report it with: $(grep '^name=flow_parts' /dev/mempool)"
			[ "$flows" -le $max_flows ] || fail "$flows flows, of $max_flows" "a bug: report it"
			looks=$((looks + 1))
			[ "$bytes" -le "$most" ] || most=$bytes
		}
		row() { printf '%7s %7s %8s %8s %7s %11s %7s\n' "$@"; }
		# Whole seconds since boot.
		now() { read -r up _ </proc/uptime; echo "${up%.*}"; }
		# run NAME COMMAND...: in the background, with its output and exit code in /tmp/NAME.*
		run()
		{
			name=$1
			shift
			{ "$@" >"/tmp/$name.out" 2>&1; echo $? >"/tmp/$name.code"; } &
		}
		went_well()
		{
			[ "$(cat "/tmp/$1.code")" = 0 ] || fail "$1: $(tail -n 3 "/tmp/$1.out")" \
				"run the demo again on a machine that does less; if it stays, report it"
		}
		# What the table has when it is over is kept: flows without packets may be evicted.
		streams()
		{
			timeout 60 iperf3 -c 127.0.0.1 -P 4 -t 8 -J || return
			cat /proc/mpool_flows >/tmp/flows.iperf3
		}
		# For 5 s at least, a connection after the other, to addresses of different lengths, so
		# that the labels are.
		connections()
		{
			until [ $(($(now) - start)) -ge 5 ] && [ "$(cat /tmp/connections)" -ge 200 ]; do
				seq 10 | sed 's,.*,http://127.0.0.&/ http://127.100.200.1&/,' |
					xargs timeout 30 wget -q -O /tmp/wget.file || return
				echo $(($(cat /tmp/connections) + 20)) >/tmp/connections
			done
		}

		step "load it: at most $limit_kb KiB for labels and histograms, and $max_flows flows"
		insmod /modules/mpool_flows.ko limit_kb=$limit_kb max_flows=$max_flows ||
			fail "insmod mpool_flows" "see the kernel's messages"
		ip link set lo up || fail "ip link set lo up" "see above"
		pools

		step "real traffic: iperf3 with 4 streams, and meanwhile short connections to a web server"
		mkdir /tmp/www && echo "it works" >/tmp/www/index.html && echo 0 >/tmp/connections
		run httpd httpd -f -p 80 -h /tmp/www
		run iperf3-server iperf3 -s -1
		i=0
		until [ "$(netstat -ltn | grep -cE ':(80|5201) ')" = 2 ]; do
			i=$((i + 1))
			[ $i -lt 100 ] || fail "the servers do not listen" \
				"see what they said: $(cat /tmp/httpd.out /tmp/iperf3-server.out)"
			sleep 0.1
		done
		row SECOND FLOWS CREATED EVICTED MISSED SLAB-BYTES LIMIT
		start=$(now)
		shown=
		run iperf3 streams
		run wget connections
		until [ -e /tmp/iperf3.code ] && [ -e /tmp/wget.code ]; do
			look
			second=$(($(now) - start))
			[ "$second" = "$shown" ] || row "$second" "$flows" "$created" "$evicted" \
				"$missed" "$bytes" $((limit_kb * 1024))
			shown=$second
			sleep 0.2
		done
		went_well iperf3
		went_well wget
		ping -c 1 127.0.0.1 >/dev/null && traceroute -n -q 1 -w 1 127.0.0.1 >/dev/null 2>&1 ||
			fail "ping or traceroute" "if it stays, report it: the sample stops packets"
		look
		pools
		echo "$looks looks: at most $most bytes of slabs, of $((limit_kb * 1024)) allowed"

		step "is everything in the table that should be?"
		cat /proc/mpool_flows >/tmp/flows
		sent=$(cat /tmp/connections)
		[ "$created" -ge $((2 * sent)) ] ||
			fail "$created flows, for $sent connections of two directions each" "a bug: report it"
		[ "$evicted" -gt 0 ] || fail "no flow was evicted" "set max_flows in tools/demo.sh to 100"
		[ "$created" = $((flows + evicted)) ] ||
			fail "flows are lost: $(head -n 1 /tmp/flows)" "a bug in the sample: report it"
		for protocol in tcp udp icmp; do
			grep -q " label=$protocol " /tmp/flows || fail "no $protocol flow" "a bug: report it"
		done
		end='127(\.[0-9]+){3}:[0-9]+'
		sed '1d; s/.* label=//' /tmp/flows |
			grep -vE "^(tcp|udp|icmp) $end > $end by lo, first of [0-9]+ bytes$" >/tmp/wrong &&
			fail "labels are not as they were written: $(head -n 3 /tmp/wrong)" "a bug: report it"
		awk -F '[ =]' 'NR > 1 { sum = 0; n = split($10, sizes, ",")
				for (i = 1; i < n; i++) { split(sizes[i], pair, ":"); sum += pair[2] }
				if (sum != $2) print }' /tmp/flows >/tmp/wrong
		[ ! -s /tmp/wrong ] ||
			fail "sizes that are not those of all packets: $(head -n 3 /tmp/wrong)" "a bug: report it"
		# The streams were never the longest idle, and so must not have been evicted.
		for port in $(sed -n 's/.*"local_port":[^0-9]*\([0-9]*\).*/\1/p' /tmp/iperf3.out); do
			grep " label=tcp 127.0.0.1:$port > 127.0.0.1:5201 by lo, first of 60 bytes$" \
				/tmp/flows.iperf3
		done >/tmp/streams
		received=$(awk '/"sum_received"/ { found = 1 }
				found && /"bytes"/ { gsub(/[^0-9]/, ""); print; exit }' /tmp/iperf3.out)
		counted=$(awk -F '[ =]' '{ sum += $4 } END { printf "%.0f\n", sum }' /tmp/streams)
		[ "$(wc -l </tmp/streams)" = 4 ] && [ "$counted" -ge "$received" ] ||
			fail "iperf3 got $received bytes by 4 streams, but there is: $(cat /tmp/streams)" \
				"a bug in the sample: report it"
		cat /tmp/streams
		for label in 'tcp .* > 127.0.*:80 ' 'tcp .* > 127.100.*:80 ' 'udp ' 'icmp '; do
			grep -m 1 " label=$label" /tmp/flows
		done
		echo "$flows labels and histograms are right, and iperf3's $received bytes were all counted"

		step "unload everything"
		kill $(pidof httpd)
		rmmod mpool_flows || fail "rmmod mpool_flows" "see the kernel's messages"
		[ "$(wc -l </dev/mempool)" = 1 ] ||
			fail "a pool is left: $(tail -n +2 /dev/mempool)" "a bug: report it"
		dmesg | grep -E 'pool .*(in use|did not destroy|refused|twice)' &&
			fail "mpool found leaks or bad frees (above)" "a bug: report it"
		rmmod mpool || fail "rmmod mpool" "see the kernel's messages"
		echo "no pool is left, and nothing has leaked"
	END
}

need_packages "${BUILD_PACKAGES[@]}" "${VM_PACKAGES[@]}" fio e2fsprogs util-linux \
	iperf3
KERNEL_ROOT=$("$MPOOL_TOP/tools/kernel.sh" "$kernel")
build_modules
vm_root
for module in mpool mpool_ramdisk mpool_flows; do
	vm_add "$BUILD/modules/$module.ko" "modules/$module.ko"
done
for program in mkfs.ext4 fio fstrim blkdiscard iperf3; do
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
