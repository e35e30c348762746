#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Show that KUnit notices when the code is broken: apply each line of kunit/mutations to a copy
# of the repository and expect the tests to fail. Takes about 20 s for each, after the first.
# Ends with one line, "N passed, N failed"; a mutation that no test notices has failed.
#
# usage: tools/mutate.sh [SERIES]	a kernel series, 6.12 if it is not given

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

series=${1:-6.12}
copy=$(mktemp -d -p "$MPOOL_CACHE")
trap 'rm -rf "$copy"' EXIT
passed=0
failed=0

# A test that runs into a broken pool may never come back: kunit.py's timeout ends it.
run_kunit()
{
	"$copy/tools/kunit.sh" "$series" --timeout=150 >"$copy/log" 2>&1
}

# Tests that saw it; a crash or a hang is a way of seeing it.
caught_by()
{
	local tests

	tests=$(sed -nE 's/.*\] \[FAILED\] ([a-z_]+)$/\1/p' "$copy/log" | sort -u | tr '\n' ' ')
	if grep -q 'Building KUnit Kernel' "$copy/log" && ! grep -q 'Starting KUnit Kernel' "$copy/log"; then
		return 1
	fi
	printf '%s' "${tests:-a crash}"
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
	if run_kunit; then
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
while IFS= read -r line; do
	case $line in
	'#'*|'') continue ;;
	esac
	line=${line//' | '/$'\x1f'}
	line=${line//'\|'/'|'}
	IFS=$'\x1f' read -r file from to <<<"$line"
	try "$file" "$from" "$to"
done <"$MPOOL_TOP/kunit/mutations"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
