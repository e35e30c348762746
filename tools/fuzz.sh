#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Have libFuzzer look for programs of calls that go wrong: from those in userspace-test/core/corpus
# on, it tries what reaches code that none has reached. What it finds is a file, and so is what it
# has learned: see below for where.
#
# usage: tools/fuzz.sh [SECONDS]	60 if nothing is said
#        tools/fuzz.sh --again FILE	what does this one do?
#        tools/fuzz.sh --keep		put what was learned into the corpus, without what adds nothing

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

corpus=$MPOOL_TOP/userspace-test/core/corpus
learned=$MPOOL_TOP/build/fuzz
program=$("$MPOOL_TOP/tools/core.sh" fuzz)
# As long as nothing was kept, there is none.
mkdir -p "$corpus" "$learned/corpus" "$learned/wrong"
# What a program leaves is looked for by itself, and far sooner.
options=(-max_len=2000 -len_control=0 -timeout=60 -detect_leaks=0 "-artifact_prefix=$learned/wrong/")

case ${1:-} in
--again)
	exec "$program" "${options[@]}" "${2:?which file?}" ;;
--keep)
	"$program" -merge=1 "${options[@]}" "$corpus" "$learned/corpus" 2>"$learned/log" ||
		die "libFuzzer: see $learned/log"
	say "the corpus has $(find "$corpus" -type f | wc -l) programs now" ;;
*)
	say "fuzzing for ${1:-60} s (log: $learned/log)"
	if ! "$program" "${options[@]}" -max_total_time="${1:-60}" -print_final_stats=1 \
		"$learned/corpus" "$corpus" 2>&1 | tee "$learned/log" |
		grep -E 'WRONG|ERROR|SUMMARY|runtime error|stat::|pulse|Test unit'; then
		die "something went wrong: tools/fuzz.sh --again FILE, with the newest of $learned/wrong"
	fi
	say "$(find "$learned/corpus" -type f | wc -l) programs were learned: tools/fuzz.sh --keep" ;;
esac
