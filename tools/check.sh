#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run all tests and end with one line, "N passed, N failed". What is counted is test cases; a
# suite that did not run all the cases that its source has counts as one more failure.
#
# usage: tools/check.sh [PART...]	parts: kunit-6.1 kunit-6.12 vm-6.1 vm-6.12 vm-6.1-rt
#					vm-6.12-rt; the first four if none is named

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/build.sh
. "$(dirname "$0")/build.sh"
# shellcheck source=tools/vm.sh
. "$(dirname "$0")/vm.sh"

PARTS=(kunit-6.1 kunit-6.12 vm-6.1 vm-6.12)
PROGRAMS=(module_test device_test smp_test)

passed=0
failed=0

# count WHAT PASSED FAILED EXPECTED: add the result of a part to the sum.
count()
{
	local what=$1 good=$2 bad=$3 expected=$4

	if [ $((good + bad)) -ne "$expected" ]; then
		say "$what: $((good + bad)) cases ran, but there are $expected"
		bad=$((bad + 1))
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
	say "$what: $good passed, $bad failed"
}

# kunit.py may exit with 0 after a crash: only the cases that it saw pass are believed.
kunit_part()
{
	local series=$1 log=$MPOOL_TOP/build/kunit-$1.log good bad

	mkdir -p "$MPOOL_TOP/build"
	"$MPOOL_TOP/tools/kunit.sh" "$series" >"$log" ||
		say "kunit.py failed: see $log"
	good=$(grep -cE '\] \[PASSED\] ' "$log") || true
	bad=$(grep -cE '\] \[(FAILED|CRASHED|TIMEOUT|SKIPPED|NO TESTS RUN)\] ' "$log") || true
	if ! grep -q 'Testing complete' "$log" || grep -qE 'Testing complete.*(errors|crashed)' "$log"; then
		bad=$((bad + 1))
	fi
	[ "$bad" -eq 0 ] || grep -E -A 6 'FAILED|CRASHED|TIMEOUT|rror' "$log" | head -n 60 >&2
	count "KUnit on $series" "$good" "$bad" \
		"$(cat "$MPOOL_TOP"/kunit/*.c | grep -c '^	KUNIT_CASE')"
}

# The tests' harness is the kernel's own.
build_programs()
{
	local harness program

	harness=$("$MPOOL_TOP/tools/kunit.sh" --prepare 6.1)/tools/testing/selftests
	for program in "${PROGRAMS[@]}"; do
		gcc -O2 -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Werror -static \
			-I"$harness" -o "$BUILD/$program" \
			"$MPOOL_TOP/userspace-test/$program.c" "$MPOOL_TOP/userspace-test/pools.c"
	done
}

guest_script()
{
	cat <<-'END'
		echo "Linux $(uname -rv)"
		/bin/module_test
		insmod /modules/mpool.ko && insmod /modules/mpool_playground.ko || exit
		/bin/device_test
		/bin/smp_test
		rmmod mpool_playground && rmmod mpool
	END
}

vm_part()
{
	local kernel=$1 log=$MPOOL_TOP/build/vm-$1.log good bad module program code=0

	KERNEL_ROOT=$("$MPOOL_TOP/tools/kernel.sh" "$kernel")
	build_modules
	build_programs
	vm_root
	for module in "$BUILD"/modules/*.ko; do
		vm_add "$module" "modules/$(basename "$module")"
	done
	for program in "${PROGRAMS[@]}"; do
		vm_add "$BUILD/$program" "bin/$program"
	done
	guest_script >"$VM_ROOT/run.sh"
	vm_run 2 512 600 | tee "$log" >&2 || code=$?
	cp "$VM_CONSOLE" "$log.console"
	# What was skipped did not run, and is missed in the count.
	good=$(grep -E '^ok ' "$log" | grep -cv '# SKIP') || true
	bad=$(grep -cE '^not ok ' "$log") || true
	[ "$code" -eq 0 ] || bad=$((bad + 1))
	count "virtual machine with $kernel" "$good" "$bad" "$(expected_in_vm)"
}

expected_in_vm()
{
	(cd "$MPOOL_TOP/userspace-test" && cat "${PROGRAMS[@]/%/.c}") | grep -cE '^TEST(_F|_F_TIMEOUT)?\('
}

need_packages "${BUILD_PACKAGES[@]}" "${VM_PACKAGES[@]}"
[ $# -gt 0 ] || set -- "${PARTS[@]}"
for part in "$@"; do
	case $part in
	kunit-*)	kunit_part "${part#kunit-}" ;;
	vm-*)		vm_part "${part#vm-}" ;;
	*)		die "no part $part; there are: ${PARTS[*]} vm-6.1-rt vm-6.12-rt" ;;
	esac
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
