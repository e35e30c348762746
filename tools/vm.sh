# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Boot a kernel in QEMU with a file system made of files of this machine; or User Mode Linux, as
# a program. Sourced after lib.sh; the caller sets KERNEL_ROOT to what tools/kernel.sh printed, or
# tools/kunit.sh --build-san.
#
#   vm_root			make the folder $VM_ROOT that becomes the file system
#   vm_add FILE [AS]		copy a file there
#   vm_add_program NAME		copy a program of this machine, with its libraries
#   vm_add_module NAME		copy a module of that kernel with those it needs; in the guest
#				they are loaded by: load NAME
#   vm_run CPUS MEGABYTES SECONDS	boot, run /run.sh in the guest, return its exit code;
#				with VM_NODES set, that are the megabytes of each NUMA node, the
#				first of which has the CPUs; VM_APPEND has more words for the kernel;
#				with VM_COUNT=1, a nanosecond of the guest is an instruction
#
# In the guest of a kernel that has kmemleak, "leaks" prints one test's result: whether all memory
# that is in use has somebody who points to it. "leaks forget" is for what has none already.
#
# What /run.sh prints comes out here; the kernel's own messages go to $VM_CONSOLE. Where they say
# that something went wrong, vm_run fails; VM_ALLOWED names reports that are to be expected:
#
#   oom-kill		the OOM killer's

# shellcheck disable=SC2034 # for those who source this
VM_PACKAGES=(qemu-system-x86 cpio kmod xz-utils)

VM_NODES=()
VM_ALLOWED=()
VM_APPEND=()
VM_COUNT=

vm_root()
{
	# Of no use once the guest has ended, or whatever ended us.
	[ -z "${VM_ROOT:-}" ] || rm -rf "$VM_ROOT" "$VM_ROOT".*
	VM_ROOT=$(mktemp -d -p "$MPOOL_CACHE")
	VM_CONSOLE=$VM_ROOT.console
	trap 'rm -rf "$VM_ROOT" "$VM_ROOT".*' EXIT
	chmod 755 "$VM_ROOT"
	mkdir -p "$VM_ROOT"/{bin,sbin,usr/bin,usr/sbin,proc,sys,dev,tmp,mnt,etc,lib/load}
	echo 'root:x:0:0:root:/:/bin/sh' >"$VM_ROOT/etc/passwd"
	# Not installed: Debian's static busybox would put the one that is there out of place.
	[ -e "$MPOOL_CACHE/busybox/bin/busybox" ] ||
		with_lock busybox unpack_package busybox-static "$MPOOL_CACHE/busybox"
	vm_add "$MPOOL_CACHE/busybox/bin/busybox" bin/busybox
	ln -s busybox "$VM_ROOT/bin/sh"
	cat >"$VM_ROOT/bin/load" <<-'END'
		#!/bin/sh
		# load NAME: insert a module and those that it needs, if they are not there.
		while read -r module; do
			insmod "/lib/load/$module" 2>/tmp/insmod.err ||
				grep -q 'File exists' /tmp/insmod.err ||
				{ cat /tmp/insmod.err; exit 1; }
		done <"/lib/load/$1.order"
	END
	cat >"$VM_ROOT/bin/leaks" <<-'END'
		#!/bin/sh
		leaks=/sys/kernel/debug/kmemleak
		# Nothing is lost before it is 5 s old, and has stayed the same from one scan to the
		# next. A kmemleak that has disabled itself, as it does at an error, refuses this.
		scan()
		{
			sleep 6 && echo scan >$leaks && echo scan >$leaks
		}
		# KUnit of 6.1 itself loses the log of each suite that was chosen by its name.
		lost()
		{
			awk 'BEGIN { RS = "unreferenced object " }
			     NR > 1 && !/kunit_debugfs_create_suite/ { printf "%s%s", RS, $0 }' $leaks
		}
		if [ "$1" = forget ]; then
			scan && echo clear >$leaks
			exit
		fi
		if ! scan || ! lost >/tmp/leaks || ! echo stack=on >$leaks; then
			echo "not ok 1 kmemleak: it is not there, or has disabled itself"
		elif [ -s /tmp/leaks ]; then
			head -n 200 /tmp/leaks
			echo "not ok 1 kmemleak: the memory above is lost"
		else
			echo "ok 1 kmemleak"
		fi
	END
	cat >"$VM_ROOT/init" <<-'END'
		#!/bin/sh
		/bin/busybox mount -t proc proc /proc
		/bin/busybox --install -s
		mount -t sysfs sysfs /sys
		mount -t devtmpfs devtmpfs /dev
		mount -t tmpfs tmpfs /tmp
		mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
		export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/
		stty -onlcr </dev/ttyS1 2>/dev/null
		echo vm-begins >/dev/ttyS1
		sh /run.sh </dev/null >/dev/ttyS1 2>&1
		echo "vm-exit-code $?" >/dev/ttyS1
		sync
		poweroff -f
	END
	chmod +x "$VM_ROOT/init" "$VM_ROOT"/bin/{load,leaks}
}

vm_add()
{
	local as=$VM_ROOT/${2:-$1}

	mkdir -p "$(dirname "$as")"
	cp -L "$1" "$as"
}

vm_add_program()
{
	local program library

	program=$(command -v "$1") || program=/sbin/$1
	[ -e "$program" ] || die "$1 is not on this machine"
	vm_add "$program" "bin/$(basename "$program")"
	# A static program has none.
	for library in $(ldd "$program" 2>/dev/null | grep -o '/[^ ]*'); do
		vm_add "$library"
	done
}

# A module's file, whichever of - and _ its name has.
vm_module_file()
{
	find "$KERNEL_ROOT/modules/kernel" -name "${1//[_-]/[_-]}.ko*" -print -quit
}

# The module's name after those of all that it needs, in the order to load them.
vm_module_order()
{
	local file need

	file=$(vm_module_file "$1")
	[ -n "$file" ] || die "the kernel has no module $1"
	for need in $(modinfo -F depends "$file" | tr ',' ' '); do
		vm_module_order "$need"
	done
	echo "$1"
}

vm_add_module()
{
	local module file

	vm_module_order "$1" | awk '!seen[$0]++ { print $0 ".ko" }' >"$VM_ROOT/lib/load/$1.order"
	while read -r module; do
		file=$(vm_module_file "${module%.ko}")
		case $file in
		*.xz)	xz -dc "$file" >"$VM_ROOT/lib/load/$module" ;;
		*)	cp "$file" "$VM_ROOT/lib/load/$module" ;;
		esac
	done <"$VM_ROOT/lib/load/$1.order"
}

# vm_pack: make the file system for vm_boot of $VM_ROOT.
vm_pack()
{
	(cd "$VM_ROOT" && find . | cpio -o -H newc --quiet) >"$VM_ROOT.cpio"
}

# vm_boot_uml MEGABYTES SECONDS: what the guest prints, on stdout. Its memory is a file; see
# tools/kunit.sh.
vm_boot_uml()
{
	TMPDIR=$MPOOL_CACHE timeout --foreground "$2" "$KERNEL_ROOT/linux" "mem=$1M" \
		initrd="$VM_ROOT.cpio" console=tty0 con=null con0=fd:2 ssl=null ssl1=fd:1 \
		printk.devkmsg=on "${VM_APPEND[@]}" </dev/null 2>"$VM_CONSOLE"
}

# vm_boot ACCELERATOR CPUS MEGABYTES SECONDS: likewise.
vm_boot()
{
	local numa=() count=() node=0 size

	if [ "$1" = uml ]; then
		vm_boot_uml "$3" "$4"
		return
	fi
	for size in "${VM_NODES[@]}"; do
		numa+=(-object "memory-backend-ram,size=${size}M,id=node$node")
		numa+=(-numa "node,nodeid=$node,memdev=node$node$([ $node -gt 0 ] || echo ",cpus=0-$(($2 - 1))")")
		node=$((node + 1))
	done
	[ -z "$VM_COUNT" ] || count=(-icount "shift=0,sleep=off")
	timeout --foreground "$4" qemu-system-x86_64 -accel "$1" "${count[@]}" -cpu max -smp "$2" -m "$3" \
		"${numa[@]}" -nodefaults -no-user-config -no-reboot -display none \
		-kernel "$KERNEL_ROOT/vmlinuz" -initrd "$VM_ROOT.cpio" \
		-append "console=ttyS0 panic=-1 oops=panic printk.devkmsg=on nokaslr ${VM_APPEND[*]}" \
		-serial "file:$VM_CONSOLE" -serial stdio </dev/null
}

# KVM where a guest gets as far as its first word with it in a few seconds; TCG elsewhere, for
# a /dev/kvm that is there may still hang. User Mode Linux is a program and needs neither.
vm_accelerator()
{
	local answer

	if [ -x "$KERNEL_ROOT/linux" ]; then
		echo uml
		return
	fi
	if [ -n "$VM_COUNT" ]; then
		echo "tcg,thread=single"
		return
	fi
	answer=$MPOOL_CACHE/accelerator.$(cut -c1-8 /proc/sys/kernel/random/boot_id)
	if [ ! -e "$answer" ]; then
		echo "tcg,thread=multi" >"$answer"
		if [ -w /dev/kvm ]; then
			say "trying KVM for 15 s"
			vm_boot kvm 1 256 15 >/dev/null 2>&1 || true
			! grep -q 'Linux version' "$VM_CONSOLE" 2>/dev/null || echo kvm >"$answer"
			rm -f "$VM_CONSOLE"
		fi
	fi
	cat "$answer"
}

# Signs in a kernel's log that something went wrong, whoever did it.
VM_SPLATS='BUG:|WARNING:|Oops|Kernel panic|general protection|soft lockup|hard LOCKUP'
VM_SPLATS+='|rcu.* stall|INFO: task .* blocked|possible .*deadlock|sleeping function|Call Trace'

# vm_without_oom_kills: the log, but for the one line by which an OOM kill's report looks like a
# fault's. It follows on who has called for the killer, with nothing between that is a sign; any
# other, in the midst of such a report too, is left.
vm_without_oom_kills()
{
	awk '/ invoked oom-killer: / { report = 1 }
	     / Mem-Info:/ { report = 0 }
	     report && / Call Trace:/ { report = 0; next }
	     { print }'
}

# vm_without_uml_flush: the log, but for what lockdep says of User Mode Linux 6.1 itself, which goes
# over a new process's memory without a lock. Any other report is left.
vm_without_uml_flush()
{
	awk '/WARNING:/ { printf "%s", held; held = ""; left = /suspicious RCU usage/ ? 60 : 0 }
	     left && /\] force_flush_all\+/ { held = ""; left = 0; next }
	     left { held = held $0 "\n"; left--; next }
	     { printf "%s", held; held = ""; print }
	     END { printf "%s", held }'
}

# Data races of the kernel's own, by the functions that the first line of KCSAN's report names:
#
#   __hrtimer_run_queues / hrtimer_active	which timer runs now is read under a sequence count
#   timekeeping_cycles_to_ns	so is the clock for NMIs, which may be set meanwhile
VM_OWN_RACES='__hrtimer_run_queues / hrtimer_active|timekeeping_cycles_to_ns\+0x[0-9a-f/x]+'

# vm_without_own_races: the log, but for these lines. Any other report is left.
vm_without_own_races()
{
	sed -E "\\,BUG: KCSAN: data-race in ($VM_OWN_RACES)[[:space:]]*\$,d"
}

# vm_unplanned LOG: without what tests provoke, which say so around it, and what User Mode Linux
# says of itself at each start.
vm_unplanned()
{
	sed -e '/planned splat: begin/,/planned splat: end/d' \
		-e '/WARNING: .*virt-pci.c/,/end trace/d' "$1" | vm_without_uml_flush |
		vm_without_own_races
}

# vm_log: the kernel's log, without what is allowed.
vm_log()
{
	case " ${VM_ALLOWED[*]} " in
	*" oom-kill "*)	vm_unplanned "$VM_CONSOLE" | vm_without_oom_kills ;;
	*)		vm_unplanned "$VM_CONSOLE" ;;
	esac
}

# Did a kernel of Debian's die before it came to anything of ours? QEMU's TCG does that to one in some
# hundred boots with several CPUs: one runs into an instruction that another is changing.
vm_died_at_boot()
{
	! grep -q '^vm-begins' "$VM_ROOT.output" && grep -q 'Kernel panic' "$VM_CONSOLE" &&
		[ ! -x "$KERNEL_ROOT/linux" ]
}

# With VM_COUNT, QEMU may lose the flags of an instruction at which it stops to count: the kernel then
# hears of a breakpoint that nobody has set.
vm_lost_count()
{
	[ -n "$VM_COUNT" ] && grep -q 'asm_exc_debug' "$VM_CONSOLE"
}

vm_run()
{
	local code accelerator try

	vm_pack
	accelerator=$(vm_accelerator)
	say "booting $(basename "$(readlink "$KERNEL_ROOT/modules")") with $1 CPUs, $2 MiB, $accelerator"
	for try in 1 2 3; do
		vm_boot "$accelerator" "$1" "$2" "$3" | tee "$VM_ROOT.output" | grep -v '^vm-' || true
		if vm_died_at_boot; then
			say "the kernel died before it came to any code of mpool's (boot $try of 3):"
		elif vm_lost_count; then
			say "QEMU lost the flags of an instruction (boot $try of 3), again from the start:"
		else
			break
		fi
		grep -m 1 -A 4 -E "$VM_SPLATS" "$VM_CONSOLE" >&2
	done
	code=$(awk '/^vm-exit-code/ { print $2 + 0 }' "$VM_ROOT.output")
	if vm_log | grep -aE "$VM_SPLATS" >&2; then
		tail -n 60 "$VM_CONSOLE" >&2
		say "the kernel complained (above)"
		return 1
	fi
	if [ -z "$code" ]; then
		tail -n 20 "$VM_CONSOLE" >&2
		say "the guest did not come to its end within $3 s (its last words are above)"
		return 1
	fi
	return "$code"
}
