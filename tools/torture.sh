#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Torture mpool in a virtual machine with four CPUs: mpool_torture.ko does everything at once on pools
# of every kind, while CPUs go and come and memory becomes short, and on a kernel that can inject
# faults, allocations fail. Fails if the module says that anything was broken, if it does not come to
# its end, or if the kernel complains of anything.
#
# usage: tools/torture.sh MINUTES KERNEL CONFIG	KERNEL is 6.1 or 6.12; CONFIG is stock, rt, or a
#				debug kernel of tools/kernel.sh: kasan, kcsan
#        tools/torture.sh --until-error SECONDS KERNEL CONFIG	likewise, but it ends at the first
#				error, and says what that was and when it came
#        tools/torture.sh --seeded [KERNEL [CONFIG]]	break a copy of mpool in each of the ways
#				that userspace-test/torture/seeds names, and see it caught

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/build.sh
. "$(dirname "$0")/build.sh"
# shellcheck source=tools/vm.sh
. "$(dirname "$0")/vm.sh"

CPUS=4

# Whoever finds something says so with three of these.
ERRORS="torture:!!!|$VM_SPLATS"

# Who wipes what is handed out wipes the traces of who had it. And an emulator on a busy machine stands
# still now and then: what hangs does so for longer.
APPEND=(printk.time=1 kasan_multi_shot init_on_alloc=0 init_on_free=0 watchdog_thresh=60
	rcupdate.rcu_cpu_stall_timeout=150 sysctl.kernel.hung_task_timeout_secs=300)

# Whatever a kernel complains of, it ends then.
PANIC=(panic_on_warn=1 softlockup_panic=1 hung_task_panic=1 sysctl.kernel.panic_on_rcu_stall=1)

# guest_script SECONDS UNTIL_ERROR: what runs in the guest. Each part prints nothing unless it fails.
guest_script()
{
	cat <<-END
		SECONDS_TO_RUN=$1
		UNTIL_ERROR=$2
		STAT_INTERVAL=60
		KASAN=$KASAN
	END
	cat "$MPOOL_TOP/userspace-test/torture/guest.sh"
}

# torture SECONDS UNTIL_ERROR KERNEL: the kernel's log is left in $LOG.console.
torture()
{
	local module code=0 memory=448

	LOG=$MPOOL_TOP/build/torture-$3.log
	KASAN=
	# Sanitizers keep books on all memory.
	case $3 in
	*-kasan)	KASAN=1; memory=1024 ;;
	*-kcsan)	memory=1024 ;;
	esac
	KERNEL_ROOT=$("$MPOOL_TOP/tools/kernel.sh" "$3")
	build_modules
	vm_root
	for module in torture mpool mpool_torture; do
		vm_add "$BUILD/modules/$module.ko" "modules/$module.ko"
	done
	guest_script "$1" "$2" >"$VM_ROOT/run.sh"
	VM_APPEND=("${APPEND[@]}")
	[ -z "$2" ] || VM_APPEND+=("${PANIC[@]}")
	vm_run "$CPUS" "$memory" $(($1 + 600)) | tee "$LOG" || code=$?
	cp "$VM_CONSOLE" "$LOG.console"
	grep -q 'mpool-torture: End of test: SUCCESS' "$LOG.console" || code=1
	return "$code"
}

# first_error CONSOLE: the seconds from the start of torture to the first sign of an error, and that.
first_error()
{
	sed -nE 's/^\[ *([0-9.]+)\] /\1 /p' "$1" | awk -v errors="$ERRORS" '
		/Start of test/ { start = $1 }
		start && $0 ~ errors { printf "%.0f %s\n", $1 - start, substr($0, length($1) + 2); exit }'
}

# build_little COPY: have nothing else be built there.
build_little()
{
	: >"$1/samples/Kbuild"
	sed -i -E '/^(# SPDX|MPOOL_PREFIX|ccflags-y|mpool_torture-y)/!d' "$1/userspace-test/Kbuild"
	echo 'obj-m := mpool_torture.o' >>"$1/userspace-test/Kbuild"
}

fresh_copy()
{
	rsync -rc --delete --exclude=/build --exclude=/.git "$MPOOL_TOP/" "$copy/"
	build_little "$copy"
}

# Who sees mistakes where there are none has not caught anything.
try_without()
{
	fresh_copy
	if ! "$copy/tools/torture.sh" --until-error 60 "$series" "$config" >"$copy/log" 2>&1; then
		tail -n 30 "$copy/log" >&2
		die "something is wrong without a mistake built in (above)"
	fi
	printf '%-50s  60 s  %s\n' "nothing" "nothing"
}

# try_seed WHAT FILE FROM TO
try_seed()
{
	local found

	fresh_copy
	mutate "$copy" "${@:2}"
	if "$copy/tools/torture.sh" --until-error 60 "$series" "$config" >"$copy/log" 2>&1; then
		say "NOT CAUGHT: $1"
		missed=$((missed + 1))
		return
	fi
	found=$(first_error "$copy/build/torture-$kernel.log.console") || true
	if [ -z "$found" ]; then
		say "$1: NO TORTURE: see below"
		tail -n 30 "$copy/log" >&2
		missed=$((missed + 1))
		return
	fi
	printf '%-50s %3d s  %s\n' "$1" "${found%% *}" "${found#* }"
	caught=$((caught + 1))
}

# Ends with "N caught, N missed".
seeded()
{
	local caught=0 missed=0 what file from to

	copy=$(mktemp -d -p "$MPOOL_CACHE")
	trap 'rm -rf "$copy"' EXIT
	try_without
	while IFS=$'\x1f' read -r what file from to; do
		try_seed "$what" "$file" "$from" "$to" </dev/null
	done < <(mutations "$MPOOL_TOP/userspace-test/torture/seeds")
	printf '%d caught, %d missed\n' "$caught" "$missed"
	[ "$missed" -eq 0 ] && [ "$caught" -ge 10 ]
}

usage()
{
	die "usage: $(sed -n 's/^# usage: //p' "$0"), or as said in that file"
}

# set_kernel SERIES CONFIG
set_kernel()
{
	series=$1
	config=$2
	kernel=$1
	[ "$config" = stock ] || kernel+=-$config
}

need_packages "${BUILD_PACKAGES[@]}" "${VM_PACKAGES[@]}" python3
case ${1:-} in
--seeded)
	set_kernel "${2:-6.12}" "${3:-stock}"
	seeded
	;;
--until-error)
	[ $# -eq 4 ] || usage
	set_kernel "$3" "$4"
	torture "$2" 1 "$kernel"
	;;
[0-9]*)
	[ $# -eq 3 ] || usage
	set_kernel "$2" "$3"
	torture "$(($1 * 60))" "" "$kernel" || die "torture on $kernel: see $LOG and $LOG.console"
	;;
*)	usage ;;
esac
