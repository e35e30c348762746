#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Have mpool and its peers do the same work, in turn, and compare them. What a figure is depends
# on the lens, and no two lenses are compared:
#
#   uml-6.12	User Mode Linux: native instructions, real time, one CPU
#   6.1, 6.12	a stock kernel in a virtual machine with two CPUs: emulated where there is no KVM,
#		so that only the ratios mean something
#   count-6.12	the same with one instruction a nanosecond: the figures are instructions, the same
#		in each run
#   user	mpool's code as a program, beside allocators that programs have: real time, real CPUs
#   misses	the same, with caches that valgrind simulates: the figures are lines of memory that
#		were not in them, the same in each run
#
# Leaves a line of JSON for each figure in build/bench.jsonl, and pictures beside it; prints a
# table of ratios. The method stands in Documentation/performance.md.
#
# usage: tools/bench.sh [LENS...]	all of the above if none is named
#        tools/bench.sh --guard		have instructions become more than tools/bench.guard says?
#        tools/bench.sh --new-guard	write that file

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/build.sh
. "$(dirname "$0")/build.sh"
# shellcheck source=tools/vm.sh
. "$(dirname "$0")/vm.sh"

LENSES=(uml-6.12 6.1 6.12 count-6.12 user misses)
RESULTS=$MPOOL_TOP/build/bench.jsonl
GUARD=$MPOOL_TOP/tools/bench.guard

# What of the peers can do what is slow for the others.
FEW=mpool,kmem_cache,array

# Benches as /dev/mpool_bench takes them: name, size, n, CPUs, peers.
ONE_CPU=("pair 64" "pair 256" "pair 1024" "pair 4096"
	"bulk 256 16" "bulk 256 64" "bulk 256 256"
	"batch 256 1000" "batch 256 100000 0 $FEW" "shuffled 256 1000"
	"live 64 1000 0 $FEW" "live 64 10000 0 $FEW" "live 64 100000 0 $FEW" "live 64 1000000 0 $FEW"
	"many 64 1 0 $FEW" "many 64 64 0 $FEW" "many 64 4096 0 $FEW"
	"grow 256 100000 0 $FEW" "irq 256 20 0 mpool,kmem_cache" "objects 128" "sized")
WITH_RESERVE=mpool,kmem_cache,mempool_t
MORE_CPUS=(footprint "scale 256 100 1" "scale 256 100 2" "remote 256 64" "hop 256 64"
	"worst 256 500 0 $WITH_RESERVE" "worst 256 990 0 $WITH_RESERVE"
	"worst 256 999 0 $WITH_RESERVE" "worst 256 1000 0 $WITH_RESERVE" ramdisk)
COUNTED=("pair 64" "pair 256" "bulk 256 64" "shuffled 256 1000" "live 64 100000 0 $FEW"
	"grow 256 10000 0 $FEW" "irq 256 20 0 mpool,kmem_cache" "hop 256 64 0 mpool,kmem_cache"
	"objects 128" "sized" footprint)
# Of programs: what takes too much memory for some, or too long.
MOST=mpool,mimalloc,jemalloc,tcmalloc,array
USER_SPACE=("pair 64" "pair 256" "pair 1024" "pair 4096" "bulk 256 16" "bulk 256 64" "bulk 256 256"
	"batch 256 1000" "shuffled 256 1000" "shuffled 256 100000" "live 64 1000" "live 64 100000"
	"live 64 1000000" "live 64 10000000 0 $MOST" "many 64 64" "many 64 4096 0 $MOST" "grow 256 100000" "sized"
	"scale 256 100 1" "scale 256 100 2" "remote 256 64")
MISSED="shuffled 256 100000 0"
MISSING=(mpool mimalloc jemalloc tcmalloc glibc array)
GUARDED=("pair 256 0 0 mpool" "bulk 256 64 0 mpool" "hop 256 64 0 mpool")

# What 100000 objects of these sizes take.
FOOTPRINT_SIZES=(40 64 100 256 700 1500 4000)
FOOTPRINT_OBJECTS=100000

# guest_script BENCH...: what runs in the guest. A kernel that has just started is not at rest yet.
# The benches "footprint" and "ramdisk" are scripts of their own.
guest_script()
{
	local bench

	echo 'insmod /modules/mpool.ko && insmod /modules/mpool_bench.ko && sleep 6 || exit'
	for bench in "$@"; do
		echo "echo '# $bench'"
		# Not all kernels have all peers.
		case $bench in
		footprint)	footprint_script "${FOOTPRINT_SIZES[@]}" ;;
		ramdisk)	ramdisk_script ;;
		*)		echo "echo '$bench' >/dev/mpool_bench && cat /dev/mpool_bench || exit" ;;
		esac
	done
}

# footprint_script SIZE...: what a peer holds is what it says itself: mpool with all there is
# outside of slabs, /proc/slabinfo without.
footprint_script()
{
	cat <<-'END'
		do_it() { echo "$*" >/dev/mpool_bench || exit; }
		bytes() {
			case $1 in
			mpool)	sed -n 's/.*name=bench-.* footprint=\([0-9]*\).*/\1/p' /dev/mempool ;;
			*)	awk '$1 == "mpool-bench" { printf "%.0f", $15 * $6 * 4096 }' /proc/slabinfo ;;
			esac
		}
		show() {
			echo "{\"kernel\":\"$(uname -r)\",\"bench\":\"$1\",\"impl\":\"$2\",\"size\":$3," \
				"\"n\":$4,\"cpus\":1,\"bytes\":$(bytes "$2")}"
		}
	END
	printf 'for size in %s; do\n' "$*"
	cat <<-END
		for peer in mpool kmem_cache; do
			do_it hold \$peer \$size $FOOTPRINT_OBJECTS; show held \$peer \$size $FOOTPRINT_OBJECTS
			do_it thin; show thinned \$peer \$size $FOOTPRINT_OBJECTS
			do_it shrink; show shrunk \$peer \$size $FOOTPRINT_OBJECTS
			do_it drop
		done; done
	END
}

# ramdisk_script: the sample's disk, in turn with mpool and with the kernel's own allocators. Each block
# is discarded and then written again. A line of fio has, of the writes, how many there were in a
# second, and how long one in a hundred took at least, in microseconds.
ramdisk_script()
{
	cat <<-'END'
		disk() {
			insmod "/modules/$2.ko" size_mb=64 || exit
			fio --name=disk --filename=/dev/mpool_ramdisk --thread --direct=1 --ioengine=libaio \
				--iodepth=8 --rw=randtrimwrite --bs=4k --time_based --runtime=3 \
				--clocksource=clock_gettime --output-format=terse >/tmp/fio || exit
			rmmod "$2"
			awk -F ';' '{ for (i = 60; !/99.000000%/ || $i !~ /^99.000000%/; i++) ;
				split($i, p99, "="); print $49, p99[2] }' /tmp/fio >>"/tmp/disk-$1"
		}
		figure() {
			echo "{\"kernel\":\"$(uname -r)\",\"bench\":\"$1\",\"impl\":\"$2\",\"size\":4096," \
				"\"n\":8,\"cpus\":2,\"ns\":$3}"
		}
		for round in 1 2 3 4 5 6 7 8 9; do
			disk mpool mpool_ramdisk; disk kmem_cache mpool_ramdisk_slab
		done
		for peer in mpool kmem_cache; do
			figure ramdisk $peer $(sort -n /tmp/disk-$peer |
				awk 'NR == 5 { printf "%.0f", 1000000000 / $1 }')
			figure ramdisk-p99 $peer $(sort -nk 2 /tmp/disk-$peer |
				awk 'NR == 5 { printf "%.0f", 1000 * $2 }')
		done
	END
}

# run_bench LENS KERNEL_ROOT CPUS MEGABYTES BENCH...: adds to RESULTS.
run_bench()
{
	local lens=$1 cpus=$3 memory=$4 log=$MPOOL_TOP/build/bench-$1.log module

	KERNEL_ROOT=$2
	shift 4
	build_modules
	vm_root
	for module in mpool mpool_bench; do
		vm_add "$BUILD/modules/$module.ko" "modules/$module.ko"
	done
	case " $* " in
	*" ramdisk "*)
		vm_add_program fio
		vm_add "$BUILD/modules/mpool_ramdisk.ko" modules/mpool_ramdisk.ko
		vm_add "$BUILD/modules/mpool_ramdisk_slab.ko" modules/mpool_ramdisk_slab.ko ;;
	esac
	guest_script "$@" >"$VM_ROOT/run.sh"
	# Memory is zeroed for nobody.
	VM_APPEND=(init_on_alloc=0 init_on_free=0)
	vm_run "$cpus" "$memory" 1800 | tee "$log" | sed -u '/^{/d' >&2 ||
		die "$lens: see $log; the kernel's last words are above"
	sed -n "s/^{/{\"lens\":\"$lens\",/p" "$log" >>"$RESULTS"
}

run_user()
{
	local program

	program=$("$MPOOL_TOP/tools/core.sh" bench)
	"$program" "${USER_SPACE[@]}" | tee "$MPOOL_TOP/build/bench-user.log" | sed -u '/^{/d' >&2 ||
		die "user: see build/bench-user.log"
	sed -n 's/^{/{"lens":"user",/p' "$MPOOL_TOP/build/bench-user.log" >>"$RESULTS"
}

# missed PROGRAM PEER FUNCTION NAME: lines that were in no cache of that size, for each object. The
# program allocates and frees ten times as many as there are, and valgrind's figures are those of
# the function that does one of both: instructions, reads, writes, and then, of instructions, reads
# and writes, those that the first level did not have, and those that the last did not.
missed()
{
	local out=$MPOOL_TOP/build/callgrind.out kernel

	kernel=$(uname -r)
	valgrind -q --tool=callgrind --cache-sim=yes --D1=32768,8,64 --LL=1048576,16,64 \
		--collect-atstart=no --toggle-collect="peer_$2_$3" --callgrind-out-file="$out" \
		"$1" "$MISSED $2" >"$MPOOL_TOP/build/bench-misses.log" 2>&1 ||
		die "misses: see build/bench-misses.log"
	awk -v kernel="$kernel" -v peer="$2" -v name="$4" '/^totals:/ {
		form = "{\"lens\":\"misses\",\"kernel\":\"%s\",\"bench\":\"%s-%s\",\"impl\":\"%s\"," \
			"\"size\":256,\"n\":100000,\"cpus\":1,\"misses\":%.2f}\n"
		printf form, kernel, name, "l1", peer, ($6 + $7) / 1e6
		printf form, kernel, name, "l2", peer, ($9 + $10) / 1e6
	}' "$out" >>"$RESULTS"
}

run_misses()
{
	local program peer

	need_packages valgrind
	program=$("$MPOOL_TOP/tools/core.sh" bench)
	for peer in "${MISSING[@]}"; do
		say "misses of $peer"
		missed "$program" "$peer" fill alloc
		missed "$program" "$peer" drain free
	done
}

# run_lens LENS
run_lens()
{
	VM_COUNT=
	case $1 in
	user)	run_user ;;
	misses)	run_misses ;;
	uml-*)	run_bench "$1" "$("$MPOOL_TOP/tools/kunit.sh" --build-bench "${1#uml-}")" 1 2048 \
			"${ONE_CPU[@]}" ;;
	count-*)
		VM_COUNT=1
		run_bench "$1" "$("$MPOOL_TOP/tools/kernel.sh" "${1#count-}")" 2 2048 "${COUNTED[@]}" ;;
	*)	run_bench "$1" "$("$MPOOL_TOP/tools/kernel.sh" "$1")" 2 2048 \
			"${ONE_CPU[@]}" "${MORE_CPUS[@]}" ;;
	esac
}

need_packages "${BUILD_PACKAGES[@]}" "${VM_PACKAGES[@]}" python3 fio
mkdir -p "$MPOOL_TOP/build"
case ${1:-} in
--guard|--new-guard)
	RESULTS=$MPOOL_TOP/build/bench-guard.jsonl
	: >"$RESULTS"
	VM_COUNT=1
	run_bench guard "$("$MPOOL_TOP/tools/kernel.sh" 6.12)" 2 1024 "${GUARDED[@]}"
	"$MPOOL_TOP/tools/bench_table.py" "$1" "$RESULTS" "$GUARD"
	exit ;;
esac
[ $# -gt 0 ] || set -- "${LENSES[@]}"
: >"$RESULTS"
for lens in "$@"; do
	run_lens "$lens"
done
need_packages python3-matplotlib
"$MPOOL_TOP/tools/bench_table.py" --table "$RESULTS" "$MPOOL_TOP/build"
