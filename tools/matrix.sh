#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run the tests on each kind of kernel and of machine that can be had here, and end with a table of
# what passed where, and of what did not run. Takes hours the first time, for the kernels of other
# architectures are built. The last line is "N passed, N failed".
#
# usage: tools/matrix.sh [PART...]	those parts of tools/check.sh only

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

# A part of tools/check.sh, and what it runs on.
ROWS=$(cat <<-'END'
	kunit-6.1|User Mode Linux 6.1, x86-64
	kunit-6.12|User Mode Linux 6.12, x86-64
	kunit-6.1-i386|User Mode Linux 6.1, 32 bits
	kunit-6.12-i386|User Mode Linux 6.12, 32 bits
	kunit-6.1-arm64|6.1, arm64, pages of 4 KiB, 4 CPUs
	kunit-6.12-arm64|6.12, arm64, pages of 4 KiB, 4 CPUs
	kunit-6.1-arm64-64k|6.1, arm64, pages of 64 KiB, 4 CPUs
	kunit-6.12-arm64-64k|6.12, arm64, pages of 64 KiB, 4 CPUs
	kunit-6.1-s390|6.1, s390, big-endian, 4 CPUs
	kunit-6.12-s390|6.12, s390, big-endian, 4 CPUs
	vm-6.1|Debian's 6.1, x86-64, 2 CPUs
	vm-6.12|Debian's 6.12, x86-64, 2 CPUs
	vm-6.1-rt|Debian's 6.1-rt, x86-64, 2 CPUs
	vm-6.12-rt|Debian's 6.12-rt, x86-64, 2 CPUs
	vm-6.1-cloud|Debian's 6.1 for clouds, x86-64, 2 CPUs
	vm-6.12-cloud|Debian's 6.12 for clouds, x86-64, 2 CPUs
END
)

# What cannot be run here, and why.
NOT_RUN=$(cat <<-'END'
	any|a real machine: all of the above are programs or virtual machines
	vm-*|the device and the modules' tests on arm64 and s390: their programs are built for x86-64
	any|arm64's weak order of memory: an x86-64 processor that emulates it keeps its own, stronger one
	any|other architectures: powerpc, riscv, mips, 32-bit arm
END
)

passed=0
failed=0
table=$(mktemp)
log=$(mktemp)
trap 'rm -f "$table" "$log"' EXIT

# row PART WHAT: a part that says nothing at its end has failed.
row()
{
	local sums=(0 1)

	say "$1: $2"
	"$MPOOL_TOP/tools/check.sh" "$1" 2>&1 </dev/null | tee "$log" || true
	if grep -qE '^[0-9]+ passed, [0-9]+ failed$' "$log"; then
		read -r -a sums <<<"$(tail -n 1 "$log" | tr -dc '0-9 ')"
	fi
	passed=$((passed + sums[0]))
	failed=$((failed + sums[1]))
	printf '%-22s %7d %7d  %s\n' "$1" "${sums[0]}" "${sums[1]}" "$2" >>"$table"
}

# wanted PART NAME...: is it one of these, or are there none?
wanted()
{
	[ $# -eq 1 ] || [[ " ${*:2} " == *" $1 "* ]]
}

while IFS='|' read -r part what; do
	! wanted "$part" "$@" || row "$part" "$what"
done <<<"$ROWS"
echo
printf '%-22s %7s %7s  %s\n' PART PASSED FAILED ON
cat "$table"
while IFS='|' read -r part what; do
	printf '%-22s %15s  %s\n' "$part" 'not run' "$what"
done <<<"$NOT_RUN"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
