#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Check the models in Documentation/models with spin, every state of each: those that are as the
# code is must have no error, and those with a bug one; and each step of a model must be made in one
# that is as the code is. Then, where herd7 is on the PATH, the litmus tests in
# Documentation/litmus by the kernel's memory model: what each says can never happen must not, and must be possible without the
# barrier that it is about. A line "ok" or "not ok" for each case; exits with 0 if all are ok.
#
# usage: tools/models.sh [MODEL...]	all if none is named: magazine, wait, ...
#        tools/models.sh --count	how many cases there are here

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"

MODELS=$MPOOL_TOP/Documentation/models
LITMUS=$MPOOL_TOP/Documentation/litmus
# A line in a model's head: what is defined for a case, and what it is.
CASE='^ \* SCENE=[0-9]+ BUG=[0-9]+: '
# For one case.
MEGABYTES=2000

number=0
failed=0

models()
{
	local model

	for model in "$MODELS"/*.pml; do
		basename "$model" .pml
	done
}

# One for each case, one for each model, and two for each litmus test.
count_cases()
{
	local cases

	cases=$(cat "$MODELS"/*.pml | grep -cE "$CASE")
	cases=$((cases + $(models | wc -l)))
	! command -v herd7 >/dev/null || cases=$((cases + 2 * $(find "$LITMUS" -name '*.litmus' | wc -l)))
	echo "$cases"
}

# result CODE NAME: a case is over.
result()
{
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number $2"
	else
		echo "not ok $number $2"
		failed=$((failed + 1))
	fi
}

# cases MODEL: "SCENE BUG TEXT" for each case: a line in the model's head.
cases()
{
	sed -nE 's/^ \* SCENE=([0-9]+) BUG=([0-9]+): (.*)/\1 \2 \3/p' "$MODELS/$1.pml"
}

# explore MODEL SCENE BUG: leave what there is to know in a folder of that name.
explore()
{
	local work=$WORK/$1-$2-$3 reduction=()

	# The rule by which spin leaves out what commutes does not hold with these.
	! grep -q '^proctype .* provided' "$MODELS/$1.pml" || reduction=(-DNOREDUCE)
	mkdir "$work"
	cd "$work"
	# To have it optimised takes longer than that saves; and of lines that are merged only the first
	# counts as reached.
	spin -o3 -a -DSCENE="$2" -DBUG="$3" "$MODELS/$1.pml" >log 2>&1 &&
		gcc -w -DSAFETY -DMEMLIM="$MEGABYTES" "${reduction[@]}" -o pan pan.c &&
		./pan -d >lines && ./pan -m100000 >log 2>&1
	say "$1, scene $2, bug $3: $(states "$1-$2-$3") states"
}

states()
{
	sed -nE 's/^ *([0-9]+) states, stored.*/\1/p' "$WORK/$1/log"
}

# is_complete LOG: has all been looked at?
is_complete()
{
	grep -q '^Full statespace search' "$1" &&
		! grep -qE 'Search not completed|search depth too small|out of memory|aborted' "$1"
}

# has_errors N MODEL-SCENE-BUG
has_errors()
{
	local log=$WORK/$2/log

	grep -qE "errors: $1\$" "$log" || return
	[ "$1" -gt 0 ] || is_complete "$log"
}

# steps_of WHICH MODEL-SCENE-BUG: steps of the model that are in it at all, or were made.
steps_of()
{
	awk -v which="$1" '
		/^proctype |^init/ { name = $NF }
		/^unreached in / { name = $NF; unreached = 1 }
		FILENAME ~ /lines$/ && match($0, /pml:[0-9]+ => .*/) {
			all[name "," $2] = substr($0, RSTART + 4)
		}
		unreached && match($0, /state [0-9]+,/) {
			dead[name "," substr($0, RSTART + 6, RLENGTH - 7)] = 1
		}
		END {
			for (state in all)
				if (which == "all" || !(state in dead))
					print all[state]
		}' "$WORK/$2/lines" "$WORK/$2/log"
}

# unmade MODEL: steps, as "LINE => WHAT", that are made in no scene.
unmade()
{
	local which scene

	for which in all made; do
		for scene in "$WORK/$1"-*-0; do
			steps_of "$which" "$(basename "$scene")"
		done | sort -u >"$WORK/$which"
	done
	comm -23 "$WORK/all" "$WORK/made" | sort -n | sed "s/^/$1.pml:/"
}

judge()
{
	local model=$1 scene bug text code

	while read -r scene bug text; do
		code=0
		has_errors $((bug > 0)) "$model-$scene-$bug" || code=1
		result "$code" "$model, scene $scene, $([ "$bug" -eq 0 ] || echo "bug $bug, found: ")$text"
		[ "$code" -eq 0 ] || grep -E '^pan|rror' "$WORK/$model-$scene-$bug/log" >&2 || true
	done < <(cases "$model")
	unmade "$model" >"$WORK/unmade"
	code=0
	[ ! -s "$WORK/unmade" ] || code=1
	result "$code" "$model, every step is made"
	cat "$WORK/unmade" >&2
}

# As many at a time as there are CPUs; those without a bug take longest, so they come first.
explore_all()
{
	local model

	for model in "$@"; do
		cases "$model" | sed "s/^/$model /"
	done | sort -s -k3,3n | cut -d' ' -f1-3 |
		xargs -P "$(nproc)" -L 1 "$0" --explore "$WORK"
}

# herd TEST: what becomes of it.
herd()
{
	(cd "$MEMORY_MODEL" && herd7 -conf linux-kernel.cfg "$1" 2>&1) |
		sed -n 's/^Observation [^ ]* \([^ ]*\).*/\1/p'
}

# litmus FILE: as it is, and without what the comment "weak" stands at.
litmus()
{
	local name code=0

	name=$(basename "$1" .litmus)
	[ "$(herd "$1")" = Never ] || code=1
	result "$code" "$name, never"
	sed -E 's,^([[:space:]]*).*// weak:[[:space:]]*(.*)$,\1\2,' "$1" >"$WORK/$name-weak.litmus"
	code=0
	[ "$(herd "$WORK/$name-weak.litmus")" = Sometimes ] || code=1
	result "$code" "$name without its barrier, sometimes"
}

check_models()
{
	local model

	explore_all "$@"
	for model in "$@"; do
		judge "$model"
	done
}

check_litmus()
{
	local file

	if ! command -v herd7 >/dev/null; then
		say "the litmus tests were NOT run: no herd7, see Documentation/litmus/README.md"
		return
	fi
	MEMORY_MODEL=$("$MPOOL_TOP/tools/kunit.sh" --prepare 6.12)/tools/memory-model
	for file in "$LITMUS"/*.litmus; do
		litmus "$file"
	done
}

case ${1:-} in
--count)	count_cases; exit ;;
--explore)	WORK=$2; explore "$3" "$4" "$5"; exit ;;
esac
need_packages spin gcc libc6-dev
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
if [ $# -gt 0 ]; then
	check_models "$@"
else
	mapfile -t names < <(models)
	check_models "${names[@]}"
	check_litmus
fi
[ "$failed" -eq 0 ] && [ "$number" -gt 0 ]
