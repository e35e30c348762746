#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Show that the tests notice when the code is broken: apply each line of a list to a copy of the
# repository and expect them to fail. Takes about 20 s for each, after the first. Ends with one line,
# "N passed, N failed"; a mutation that no test notices has failed.
#
# usage: tools/mutate.sh [SERIES]	kunit/mutations, with KUnit on that kernel; 6.12 if none is given
#        tools/mutate.sh programs	userspace-test/core/mutations, with random programs

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

what=${1:-6.12}
copy=$(mktemp -d -p "$MPOOL_CACHE")
trap 'rm -rf "$copy"' EXIT
passed=0
failed=0

# A test that runs into a broken pool may never come back: kunit.py's timeout ends it.
run_tests()
{
	if [ "$what" = programs ]; then
		timeout 300 "$copy/tools/programs.sh" 1 1000 >"$copy/log" 2>&1
	else
		"$copy/tools/kunit.sh" "$what" --timeout=150 >"$copy/log" 2>&1
	fi
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

caught_by()
{
	if [ "$what" = programs ]; then caught_by_programs; else caught_by_kunit; fi
}

try()
{
	local file=$1 from=$2 to=$3 tests

	rsync -rc --delete --exclude=/build --exclude=/.git "$MPOOL_TOP/" "$copy/"
	python3 - "$copy/kernel/$file" "$from" "$to" <<-'END' || die "no longer applies: $file: $from"
		import sys
		name, old, new = sys.argv[1:]
		text = open(name).read()
		if old not in text:
		    sys.exit(1)
		open(name, "w").write(text.replace(old, new, 1))
	END
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

need_packages rsync python3
list=$MPOOL_TOP/kunit/mutations
[ "$what" != programs ] || list=$MPOOL_TOP/userspace-test/core/mutations
while IFS= read -r line; do
	case $line in
	'#'*|'') continue ;;
	esac
	line=${line//' | '/$'\x1f'}
	line=${line//'\|'/'|'}
	IFS=$'\x1f' read -r file from to <<<"$line"
	try "$file" "$from" "$to"
done <"$list"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
