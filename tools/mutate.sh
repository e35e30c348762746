#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Show that the tests notice when the code is broken: apply each line of a list to a copy of the
# repository and expect them to fail. Ends with one line, "N passed, N failed"; a mutation that no test
# notices has failed.
#
# usage: tools/mutate.sh [SERIES]	kunit/mutations, with KUnit on that kernel; 6.12 if none is given.
#				Takes about 20 s for each, after the first
#        tools/mutate.sh programs	userspace-test/core/mutations, with random programs; likewise
#        tools/mutate.sh PART	userspace-test/mutations.failnth, or .attack, with that part of
#				tools/check.sh, such as failnth-6.12-kasan; takes minutes for each
#        tools/mutate.sh --smp [WORD]	tools/smp.mutations, or those of its lines that have the word: a
#				part of tools/check.sh must fail, and its kernel must say what the
#				line says; takes some minutes for each

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/vm.sh
. "$(dirname "$0")/vm.sh"

what=${1:-6.12}
copy=$(mktemp -d -p "$MPOOL_CACHE")
trap 'rm -rf "$copy"' EXIT
passed=0
failed=0

copy_and_mutate()
{
	rsync -rc --delete --exclude=/build --exclude=/.git --exclude=/log "$MPOOL_TOP/" "$copy/"
	mutate "$copy" "$@"
}

# A test that runs into a broken pool may never come back: kunit.py's timeout ends it.
run_tests()
{
	case $what in
	programs)	timeout 300 "$copy/tools/programs.sh" 1 1000 400 ;;
	*-*)		"$copy/tools/check.sh" "$what" ;;
	*)		"$copy/tools/kunit.sh" "$what" --timeout=150 ;;
	esac >"$copy/log" 2>&1
}

# Tests that saw it; a crash or a hang is a way of seeing it. False if it did not compile.
caught_by_kunit()
{
	local tests

	tests=$(sed -nE 's/.*\] \[FAILED\] ([a-z_]+)$/\1/p' "$copy/log" | sort -u | tr '\n' ' ')
	if grep -q 'Building KUnit Kernel' "$copy/log" && ! grep -q 'Starting KUnit Kernel' "$copy/log"; then
		return 1
	fi
	printf '%s' "${tests:-a crash}"
}

caught_by_programs()
{
	local again

	again=$(grep -oE 'tools/programs.sh [0-9]+' "$copy/log") || return
	printf 'the program of seed %s: %s' "${again#* }" \
		"$(grep -aE -m 1 'WRONG|ERROR|runtime error|^[a-z]' "$copy/log" | cut -c1-100)"
}

caught_by_part()
{
	! grep -q '^FAILED: the build' "$copy/log" || return
	{ grep -aE '^not ok ' "$copy/log" || grep -aE -m 1 "$VM_SPLATS" "$copy/log" ||
		echo 'the guest did not come to its end'; } | cut -c1-100 | tr '\n' ' '
}

caught_by()
{
	case $what in
	programs)	caught_by_programs ;;
	*-*)		caught_by_part ;;
	*)		caught_by_kunit ;;
	esac
}

try()
{
	local file=$1 to=$3 tests

	copy_and_mutate "$@"
	if run_tests; then
		say "NOT NOTICED: $file: $to"
		failed=$((failed + 1))
	elif tests=$(caught_by); then
		say "$file: $to: caught by $tests"
		passed=$((passed + 1))
	else
		say "DOES NOT COMPILE: $file: $to"
		failed=$((failed + 1))
	fi
}

# try_smp PART SAYS FILE FROM TO [FROM TO...]: what the kernel says stands in one of the logs.
try_smp()
{
	local part=$1 says=$2 said

	copy_and_mutate "${@:3}"
	find "$copy/build" -name '*.log*' -delete 2>/dev/null || true
	if "$copy/tools/check.sh" "$part" >"$copy/log" 2>&1; then
		say "NOT NOTICED by $part: $3: $5"
		failed=$((failed + 1))
	elif said=$(grep -rahEm 1 --include='*.log*' "$says" "$copy/build"); then
		say "$3: $5: caught by $part: $said"
		passed=$((passed + 1))
	else
		tail -n 20 "$copy/log" >&2
		say "$part has not said \"$says\": $3: $5"
		failed=$((failed + 1))
	fi
}

# each COMMAND LIST [WORD]: for each line there, with its fields.
each()
{
	local fields

	while IFS=$'\x1f' read -r -a fields <&3; do
		"$1" "${fields[@]}"
	done 3< <(mutations "$2" | grep -F -- "${3:-}")
}

need_packages rsync python3
case $what in
--smp)		each try_smp "$MPOOL_TOP/tools/smp.mutations" "${2:-}" ;;
programs)	each try "$MPOOL_TOP/userspace-test/core/mutations" ;;
*-*)		each try "$MPOOL_TOP/userspace-test/mutations.${what%%-*}" ;;
*)		each try "$MPOOL_TOP/kunit/mutations" ;;
esac
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
