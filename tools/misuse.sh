#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Commit every misuse of userspace-test/misuse/ on purpose, in a virtual machine: on a kmem_cache,
# on a pool, and on a pool with all checks; and print who noticed what, as the table that is in
# Documentation/misuse.md. A kernel that dies of a misuse is booted again for the next one. On a
# kernel with sanitizers a pool has their checks, and there is no third column.
#
# It fails if a pool ever did not go on, or missed what a kmem_cache notices.
#
# usage: tools/misuse.sh [--check] KERNEL...	6.1, 6.12, 6.1-kasan, 6.12-kasan
#	--check: compare with the document instead, "ok" or "not ok" for each cell

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/build.sh
. "$(dirname "$0")/build.sh"
# shellcheck source=tools/vm.sh
. "$(dirname "$0")/vm.sh"

DOCUMENT=$MPOOL_TOP/Documentation/misuse.md

# guest_script FROM: what runs in the guest, from that misuse on. What WARN_ON_ONCE() says is to be
# said each time; and for what leaks, kmemleak is asked, where there is one.
guest_script()
{
	printf 'victims="%s" parameters="%s" from=%d\n' "$victims" "$parameters" "$1"
	cat <<-'END_OF_SCRIPT'
		commands=/dev/mpool_misuse

		looks_for_leaks()
		{
			[ "$1" = leaked-object ] && [ -w /sys/kernel/debug/kmemleak ]
		}

		# one VICTIM NAME, by a process of its own, whose stack goes with it: a pointer may be
		# left there. What it writes is at the same time the memory for user copies.
		one()
		{
			echo 1 >/sys/kernel/debug/clear_warn_once
			! looks_for_leaks "$2" || leaks forget
			(printf '%-128s' "begin $1 $2" >$commands) || return
			! looks_for_leaks "$2" || leaks | while read -r line; do
				echo "$line" >/dev/kmsg
			done
			echo end >$commands
		}

		insmod /modules/mpool.ko $parameters && insmod /modules/mpool_misuse.ko || exit
		grep -E "^($victims) " $commands >/tmp/list
		sed 's/^/list: /' /tmp/list
		tail -n "+$from" /tmp/list | while read -r victim name what; do
			one "$victim" "$name" || exit
		done
	END_OF_SCRIPT
}

# boot FROM LOG: go on from that misuse; false if the guest did not come to its end.
boot()
{
	guest_script "$1" >"$VM_ROOT/run.sh"
	vm_pack
	vm_boot "$(vm_accelerator)" 1 "$memory" 600 >"$VM_ROOT.output" || true
	{
		echo 'misuse: boot'
		grep -a '^list: ' "$VM_ROOT.output"
		cat "$VM_CONSOLE"
	} >>"$2"
	grep -q '^vm-exit-code 0' "$VM_ROOT.output"
}

# commit_all KERNEL: all misuses, as often as it takes; leaves the log in build/misuse-KERNEL.log.
commit_all()
{
	local log=$MPOOL_TOP/build/misuse-$1.log victims='pool|checked|cache' parameters='' memory=256
	local begun=0 before=-1 module

	KERNEL_ROOT=$("$MPOOL_TOP/tools/kernel.sh" "$1")
	VM_APPEND=()
	case $1 in
	*-kasan)
		# KASAN has a quarantine for a kmem_cache, and so pools have one too.
		victims='pool|cache' parameters='quarantine=4096' memory=768
		VM_APPEND=(kasan_multi_shot) ;;
	esac
	build_modules
	vm_root
	for module in mpool mpool_misuse; do
		vm_add "$BUILD/modules/$module.ko" "modules/$module.ko"
	done
	: >"$log"
	until boot $((begun + 1)) "$log"; do
		begun=$(grep -ac 'misuse: begin' "$log") || true
		if [ "$begun" -eq "$before" ]; then
			tail -n 20 "$log" "$VM_ROOT.output" >&2
			die "the guest with $1 does not begin misuse $((begun + 1))"
		fi
		before=$begun
		say "$1 died of $(grep -a 'misuse: begin' "$log" | tail -n 1 | sed 's/.*begin //')"
	done
	say "$1: $(grep -ac 'misuse: begin' "$log") misuses committed"
}

check=() logs=()
[ "${1:-}" != --check ] || { check=(--check "$DOCUMENT"); shift; }
[ $# -gt 0 ] || die "usage: tools/misuse.sh [--check] KERNEL..."
need_packages "${BUILD_PACKAGES[@]}" "${VM_PACKAGES[@]}" python3
for kernel in "$@"; do
	commit_all "$kernel"
	logs+=("$MPOOL_TOP/build/misuse-$kernel.log")
done
python3 "$MPOOL_TOP/tools/misuse_table.py" "${check[@]}" "${logs[@]}"
