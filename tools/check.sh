#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Run all tests and end with one line, "N passed, N failed". What is counted is test cases; a
# suite that did not run all the cases that its source has counts as one more failure.
#
# usage: tools/check.sh [PART...]	those of PARTS below if none is named; there are MORE_PARTS

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/build.sh
. "$(dirname "$0")/build.sh"
# shellcheck source=tools/vm.sh
. "$(dirname "$0")/vm.sh"

PARTS=(kunit-6.1 kunit-6.12 kunit-6.12-i386 tiny-6.12 vm-6.1 vm-6.12 pressure-6.1 pressure-6.12@4)
PARTS+=(swap-6.12 oom-6.12 large-6.12 misuse-6.12 instructions-6.12)
PARTS+=(core-test core-race programs models mempooltop)
MORE_PARTS=(kunit-6.1-i386 kunit-6.1-san kunit-6.12-san tiny-6.1 large-6.1 vm-6.1-rt vm-6.12-rt)
MORE_PARTS+=(swap-6.1 misuse-6.1 misuse-6.1-kasan misuse-6.12-kasan)
MORE_PARTS+=(pressure-6.1-rt@4 pressure-6.12-rt vm-6.12-rt-debug pressure-6.12-rt-debug)
MORE_PARTS+=(vm-6.1-kasan vm-6.12-kasan pressure-6.12-kasan kmemleak-6.1-kasan kmemleak-6.12-kasan)
MORE_PARTS+=(failnth-6.1-kasan failnth-6.12-kasan attack-6.12-kasan readers-6.12 packages)
# Those of make check-smp and make matrix besides.
MORE_PARTS+=(kunit-6.1-kasan@4 kunit-6.12-kasan@4 kunit-6.1-kcsan@4 kunit-6.12-kcsan@4)
MORE_PARTS+=(vm-6.1-kcsan vm-6.12-kcsan pressure-6.1-kasan@4 pressure-6.1-kcsan@4 pressure-6.12-kcsan@4)
MORE_PARTS+=(kunit-6.1-arm64 kunit-6.12-arm64 kunit-6.1-arm64-64k kunit-6.12-arm64-64k kunit-6.1-s390)
MORE_PARTS+=(kunit-6.12-s390 vm-6.1-cloud vm-6.12-cloud)
PROGRAMS=(module_test device_test ioctl_test poll_test smp_test backing_test watch_test top_test)
# Those that User Mode Linux with sanitizers runs after KUnit's tests.
SAN_PROGRAMS=(device_test kmemleak_test)

PROGRAMS_IN_CHECK=300

# Programs of this machine that the guest gets besides, and NAME=VALUE for its environment.
GUEST_PROGRAMS=()
GUEST_ENVIRONMENT=()

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

# What a kernel that checks itself has found, but for what tests provoke.
kunit_splats()
{
	vm_unplanned "$1" | grep -aE "$VM_SPLATS|ODEBUG|circular|inconsistent lock"
}

# kunit_cases VARIANT: how many test cases there are. With KASAN, there are those of its suite, and one
# that looks for leaks, besides. In User Mode Linux there are those of programs, and one more of these.
kunit_cases()
{
	local cases kasan

	cases=$(cat "$MPOOL_TOP"/kunit/*.c | grep -c '^	KUNIT_CASE')
	kasan=$(grep -c '^	KUNIT_CASE' "$MPOOL_TOP/kunit/kasan_test.c")
	case $1 in
	san)	echo $((cases + $(expected_in_vm "${SAN_PROGRAMS[@]}") + 2)) ;;
	kasan)	echo $((cases + 1)) ;;
	*)	echo $((cases - kasan)) ;;
	esac
}

# san_files SERIES: make a folder with what SAN_PROGRAMS need and a script that runs them, for
# tools/kunit.sh --san. mpool itself is in that kernel.
san_files()
{
	KERNEL_ROOT=$("$MPOOL_TOP/tools/kunit.sh" --build-san "$1")
	build_modules
	build_programs "${SAN_PROGRAMS[@]}"
	rm -rf "$BUILD/files"
	mkdir -p "$BUILD/files/bin"
	cp -r "$BUILD/modules" "$BUILD/files/"
	cp "${SAN_PROGRAMS[@]/#/$BUILD/}" "$BUILD/files/bin/"
	{
		echo 'insmod /modules/mpool_playground.ko && insmod /modules/mpool_leaks.ko || exit'
		printf '/bin/%s\n' "${SAN_PROGRAMS[@]}"
		echo 'rmmod mpool_playground && rmmod mpool_leaks'
	} >"$BUILD/files/tests.sh"
}

# kunit_result NAME KERNEL'S-LOG EXPECTED: what tools/kunit.sh has said to build/kunit-NAME.log.
# kunit.py may exit with 0 after a crash: only the cases that it saw pass are believed.
kunit_result()
{
	local log=$MPOOL_TOP/build/kunit-$1.log good bad

	good=$(grep -E '\] \[PASSED\] |^ok ' "$log" | grep -cv '# SKIP') || true
	bad=$(grep -cE '\] \[(FAILED|CRASHED|TIMEOUT|SKIPPED|NO TESTS RUN)\] |^not ok ' "$log") || true
	if ! grep -q 'Testing complete' "$log" || grep -qE 'Testing complete.*(errors|crashed)' "$log"; then
		bad=$((bad + 1))
	fi
	! kunit_splats "$2" >&2 || bad=$((bad + 1))
	[ "$bad" -eq 0 ] || grep -E -A 6 'FAILED|CRASHED|TIMEOUT|rror|^not ok|^unreferenced' "$log" | head -n 60 >&2
	count "KUnit on $1" "$good" "$bad" "$3"
}

# On a kernel with a sanitizer, with as many CPUs as are named: 6.12-kasan@4.
kunit_smp_part()
{
	local kernel=${1%@*}

	mkdir -p "$MPOOL_TOP/build"
	KERNEL_ROOT=$("$MPOOL_TOP/tools/kernel.sh" "$kernel")
	"$MPOOL_TOP/tools/kunit.sh" --smp "$kernel" "${1#*@}" >"$MPOOL_TOP/build/kunit-$1.log" ||
		say "kunit.py failed: see build/kunit-$1.log"
	kunit_result "$1" "$(build_folder)/kunit/test.log" "$(kunit_cases "${kernel#*-}")"
}

# A part is a series, or a series and a variant: 6.12, 6.12-i386, 6.12-san.
kunit_part()
{
	local series=${1%%-*} variant="" log=$MPOOL_TOP/build/kunit-$1.log arguments=() raw

	mkdir -p "$MPOOL_TOP/build"
	if [ "$series" != "$1" ]; then
		variant=${1#*-}
		arguments=("--$variant")
	fi
	arguments+=("$series")
	if [ "$variant" = san ]; then
		san_files "$series"
		arguments+=("$BUILD/files")
	fi
	"$MPOOL_TOP/tools/kunit.sh" "${arguments[@]}" >"$log" ||
		say "kunit.py failed: see $log"
	raw=$("$MPOOL_TOP/tools/kunit.sh" --prepare "$series").kunit${variant:+-$variant}
	kunit_result "$1" "$raw/test.log" "$(kunit_cases "$variant")"
}

# The suites that Kbuild takes in whatever the options are, and none of them skipped.
tiny_part()
{
	local series=$1 log=$MPOOL_TOP/build/tiny-$1.log good bad suites

	mkdir -p "$MPOOL_TOP/build"
	"$MPOOL_TOP/tools/tiny.sh" "$series" >"$log" || true
	good=$(grep -E '^ +ok ' "$log" | grep -cv '# SKIP') || true
	bad=$(grep -cE '^ +not ok ' "$log") || true
	[ "$bad" -eq 0 ] || grep -E -B 6 '^ +not ok ' "$log" | head -n 60 >&2
	suites=$(sed -n 's/^mpool_kunit-y [:+]= //p' "$MPOOL_TOP/kunit/Kbuild" |
		tr ' ' '\n' | sed "s,\(.*\)\.o,$MPOOL_TOP/kunit/\1.c,")
	# shellcheck disable=SC2086 # one word each
	count "KUnit in the tiny kernel $series" "$good" "$bad" \
		"$(cat $suites | grep -c '^	KUNIT_CASE')"
}

# The tests' harness is the kernel's own.
build_programs()
{
	local harness program

	harness=$("$MPOOL_TOP/tools/kunit.sh" --prepare 6.1)/tools/testing/selftests
	for program in "$@"; do
		gcc -O2 -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare -Werror -static \
			-I"$harness" -I"$MPOOL_TOP/include/uapi" -o "$BUILD/$program" \
			"$MPOOL_TOP/userspace-test/$program.c" "$MPOOL_TOP/userspace-test/pools.c"
	done
}

# guest_script MODULE PROGRAM...: what runs in the guest.
guest_script()
{
	local module=$1

	shift
	echo 'uname -srv'
	[ ${#GUEST_ENVIRONMENT[@]} -eq 0 ] || printf 'export %s\n' "${GUEST_ENVIRONMENT[@]}"
	[ "$1" != module_test ] || { echo /bin/module_test; shift; }
	echo "insmod /modules/mpool.ko && insmod /modules/$module.ko || exit"
	printf '/bin/%s\n' "$@"
	echo "rmmod $module && rmmod mpool || exit"
}

# guest_script with a search for leaks, which is one test more, around it.
guest_script_kasan()
{
	echo 'leaks forget'
	guest_script "$@"
	echo leaks
}

expected_in_vm()
{
	(cd "$MPOOL_TOP/userspace-test" && cat "${@/%/.c}") | grep -cE '^TEST(_F|_F_TIMEOUT)?\('
}

# has_kasan KERNEL: and kmemleak; see tools/kernel.sh.
has_kasan()
{
	[ "${1%-kasan}" != "$1" ]
}

# run_in_vm WHAT KERNEL CPUS MEGABYTES MODULE PROGRAM...: run test programs that use that module.
run_in_vm()
{
	local log=$MPOOL_TOP/build/$1.log kernel=$2 cpus=$3 memory=$4 user=$5
	local good bad expected module program code=0 seconds=600

	shift 5
	KERNEL_ROOT=$("$MPOOL_TOP/tools/kernel.sh" "$kernel")
	build_modules
	build_programs "$@"
	vm_root
	for module in "$BUILD"/modules/*.ko; do
		vm_add "$module" "modules/$(basename "$module")"
	done
	for program in "$@"; do
		vm_add "$BUILD/$program" "bin/$program"
	done
	for program in "${GUEST_PROGRAMS[@]}"; do
		vm_add_program "$program"
	done
	vm_add /lib/terminfo/v/vt100
	expected=$(expected_in_vm "$@")
	guest_script "$user" "$@" >"$VM_ROOT/run.sh"
	# With either sanitizer everything takes several times as long.
	[ "${kernel%-k?san}" = "$kernel" ] || seconds=1200
	if has_kasan "$kernel"; then
		guest_script_kasan "$user" "$@" >"$VM_ROOT/run.sh"
		expected=$((expected + 1))
		# Each of its reports, not the first only.
		VM_APPEND+=(kasan_multi_shot)
	fi
	vm_run "$cpus" "$memory" "$seconds" | tee "$log" >&2 || code=$?
	VM_APPEND=()
	cp "$VM_CONSOLE" "$log.console"
	# What was skipped did not run, and is missed in the count.
	good=$(grep -E '^ok ' "$log" | grep -cv '# SKIP') || true
	bad=$(grep -cE '^not ok ' "$log") || true
	[ "$code" -eq 0 ] || bad=$((bad + 1))
	count "virtual machine with $kernel, $cpus CPUs, $memory MiB" "$good" "$bad" "$expected"
}

# MiB that a kernel takes before any test does: KASAN and kmemleak keep books on all memory.
overhead()
{
	if has_kasan "$1"; then echo 256; else echo 0; fi
}

# Two NUMA nodes, the second one small.
vm_part()
{
	local more

	more=$(overhead "$1")
	VM_NODES=($((416 + more)) 96)
	need_packages "${TOP_PACKAGES[@]}"
	make -s -C "$MPOOL_TOP/tools/mempooltop" >&2
	GUEST_PROGRAMS=("$MPOOL_TOP/build/mempooltop/mempooltop")
	GUEST_ENVIRONMENT=(TERMINFO=/lib/terminfo)
	# These wipe what is freed; see smp_test.
	case $1 in
	6.12-rt|6.12-kasan)	VM_APPEND=(init_on_free=1) ;;
	esac
	run_in_vm "vm-$1" "$1" 2 $((512 + more)) mpool_playground "${PROGRAMS[@]}"
	VM_NODES=()
	GUEST_PROGRAMS=()
	GUEST_ENVIRONMENT=()
}

# With two CPUs, or as many as are named: pressure-6.12@4.
pressure_part()
{
	local cpus=2

	[ "${1%@*}" = "$1" ] || cpus=${1#*@}
	run_in_vm "pressure-$1" "${1%@*}" "$cpus" $((512 + $(overhead "${1%@*}"))) \
		mpool_pressure pressure_test
}

kmemleak_part()
{
	run_in_vm "kmemleak-$1" "$1" 2 512 mpool_leaks kmemleak_test
}

# Everything that a program can do to the device. Each race lasts some seconds, or as many as are
# named: attack-6.12-kasan@60.
attack_part()
{
	need_packages stress-ng trinity
	GUEST_PROGRAMS=(stress-ng trinity)
	[ "${1%@*}" = "$1" ] || GUEST_ENVIRONMENT=("ATTACK_SECONDS=${1#*@}")
	run_in_vm "attack-$1" "${1%@*}" 2 512 mpool_playground attack_test
	GUEST_PROGRAMS=()
	GUEST_ENVIRONMENT=()
}

# What those who read the device cost those who allocate.
readers_part()
{
	run_in_vm "readers-$1" "$1" 2 512 mpool_bench readers_test
}

# Each call of mpool, failing at each point where it can.
failnth_part()
{
	# Whose slab caches can fail; and there is a grace period for each pool that goes.
	VM_APPEND=("slub_debug=A;-,kmemleak*,debug_objects_cache" rcupdate.rcu_expedited=1)
	run_in_vm "failnth-$1" "$1" 2 512 mpool_failnth failnth_test
}

oom_part()
{
	need_packages stress-ng
	GUEST_PROGRAMS=(stress-ng)
	VM_ALLOWED=(oom-kill)
	run_in_vm "oom-$1" "$1" 2 512 mpool_pressure oom_test
	GUEST_PROGRAMS=()
	VM_ALLOWED=()
}

# So little memory that half of it, as a RAM disk, is worth being swapped to.
swap_part()
{
	VM_NODES=()
	run_in_vm "swap-$1" "$1" 2 512 mpool_playground swap_test
}

large_part()
{
	run_in_vm "large-$1" "$1" 2 4096 mpool_playground large_test
}

# Each cell of the table in Documentation/misuse.md is a case: a column for each victim, and a row for
# each misuse and their sum.
misuse_part()
{
	local log=$MPOOL_TOP/build/misuse-$1.cells victims=3 classes good bad code=0

	[ "${1%-kasan}" = "$1" ] || victims=2
	mkdir -p "$MPOOL_TOP/build"
	"$MPOOL_TOP/tools/misuse.sh" --check "$1" >"$log" || code=$?
	good=$(grep -c '^ok ' "$log") || true
	bad=$(grep -c '^not ok ' "$log") || true
	grep '^not ok ' "$log" >&2 || true
	# It fails for other reasons too: see there.
	[ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
	classes=$(cat "$MPOOL_TOP"/userspace-test/misuse/*.c | grep -c '^	{ "')
	count "misuses on $1" "$good" "$bad" $(((classes + 1) * victims))
}

# Has the fast lane become longer? A line of tools/bench.guard is a case.
instructions_part()
{
	local log=$MPOOL_TOP/build/instructions-$1.log good bad

	mkdir -p "$MPOOL_TOP/build"
	"$MPOOL_TOP/tools/bench.sh" --guard >"$log" || true
	grep -E '^(not )?ok ' "$log" >&2
	good=$(grep -c '^ok ' "$log") || true
	bad=$(grep -c '^not ok ' "$log") || true
	count "instructions on $1" "$good" "$bad" "$(grep -vc '^#' "$MPOOL_TOP/tools/bench.guard")"
}

# The code as a program, with CPUs that run at the same time. What an interrupt calls is safe there,
# but the sanitizer of races does not know that interrupts can be off.
core_part()
{
	local log=$MPOOL_TOP/build/core-$1.log program good bad

	mkdir -p "$MPOOL_TOP/build"
	program=$("$MPOOL_TOP/tools/core.sh" "$1")
	TSAN_OPTIONS=report_signal_unsafe=0 "$program" >"$log" 2>&1 || true
	good=$(grep -cE '^ok ' "$log") || true
	bad=$(grep -cE '^not ok |WARNING: ThreadSanitizer' "$log") || true
	[ "$bad" -eq 0 ] || head -n 60 "$log" >&2
	count "the code as a program ($1)" "$good" "$bad" \
		"$(grep -c '^TEST_F(' "$MPOOL_TOP/userspace-test/core/test/core_test.c")"
}

# Random programs: one that goes wrong ends it. Each is a case.
programs_part()
{
	local log=$MPOOL_TOP/build/programs.log bad=0 good

	mkdir -p "$MPOOL_TOP/build"
	"$MPOOL_TOP/tools/programs.sh" 1 "$PROGRAMS_IN_CHECK" 400 >"$log" 2>&1 || bad=1
	[ "$bad" -eq 0 ] || tail -n 20 "$log" >&2
	good=$(sed -n 's/^\([0-9]*\) programs, .*/\1/p' "$log" | tail -n 1)
	count "random programs" "${good:-0}" "$bad" "$PROGRAMS_IN_CHECK"
}

# The Debian packages: what tools/packages.sh does with them.
packages_part()
{
	local log=$MPOOL_TOP/build/packages.log good bad

	mkdir -p "$MPOOL_TOP/build"
	"$MPOOL_TOP/tools/packages.sh" >"$log" || true
	good=$(grep -c '^ok ' "$log") || true
	bad=$(grep -c '^not ok ' "$log") || true
	count "Debian packages" "$good" "$bad" "$("$MPOOL_TOP/tools/packages.sh" --count)"
}

# Where there is no herd7, the litmus tests are not run, nor counted.
models_part()
{
	local log=$MPOOL_TOP/build/models.log good bad

	mkdir -p "$MPOOL_TOP/build"
	"$MPOOL_TOP/tools/models.sh" >"$log" || true
	good=$(grep -c '^ok ' "$log") || true
	bad=$(grep -c '^not ok ' "$log") || true
	[ "$bad" -eq 0 ] || grep -A 20 '^not ok ' "$log" | head -n 60 >&2
	count "models" "$good" "$bad" "$("$MPOOL_TOP/tools/models.sh" --count)"
}

# The program for operators, over recordings and on terminals, under the sanitizers for programs.
mempooltop_part()
{
	local log=$MPOOL_TOP/build/mempooltop.log good bad

	need_packages "${TOP_PACKAGES[@]}" groff tmux
	mkdir -p "$MPOOL_TOP/build"
	make -s -C "$MPOOL_TOP/tools/mempooltop" OUTPUT="$MPOOL_TOP/build/mempooltop-test" CFLAGS="-O1 -g" \
		SANITIZE=address,undefined >&2
	MEMPOOLTOP=$MPOOL_TOP/build/mempooltop-test/mempooltop \
		"$MPOOL_TOP/userspace-test/mempooltop/run.py" >"$log" || true
	good=$(grep -c '^ok ' "$log") || true
	bad=$(grep -c '^not ok ' "$log") || true
	[ "$bad" -eq 0 ] || grep -E '^(#|not ok) ' "$log" | head -n 60 >&2
	count "mempooltop" "$good" "$bad" \
		"$(cat "$MPOOL_TOP"/userspace-test/mempooltop/test_*.py | grep -c '^    def test_')"
}

need_packages "${BUILD_PACKAGES[@]}" "${VM_PACKAGES[@]}"
[ $# -gt 0 ] || set -- "${PARTS[@]}"
for part in "$@"; do
	case $part in
	kunit-*@*)	kunit_smp_part "${part#kunit-}" ;;
	kunit-*)	kunit_part "${part#kunit-}" ;;
	tiny-*)		tiny_part "${part#tiny-}" ;;
	vm-*)		vm_part "${part#vm-}" ;;
	pressure-*)	pressure_part "${part#pressure-}" ;;
	kmemleak-*)	kmemleak_part "${part#kmemleak-}" ;;
	failnth-*)	failnth_part "${part#failnth-}" ;;
	attack-*)	attack_part "${part#attack-}" ;;
	readers-*)	readers_part "${part#readers-}" ;;
	swap-*)		swap_part "${part#swap-}" ;;
	oom-*)		oom_part "${part#oom-}" ;;
	large-*)	large_part "${part#large-}" ;;
	misuse-*)	misuse_part "${part#misuse-}" ;;
	instructions-*)	instructions_part "${part#instructions-}" ;;
	core-*)		core_part "${part#core-}" ;;
	packages)	packages_part ;;
	programs)	programs_part ;;
	models)		models_part ;;
	mempooltop)	mempooltop_part ;;
	*)		die "no part $part; there are: ${PARTS[*]} ${MORE_PARTS[*]}" ;;
	esac
done
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
