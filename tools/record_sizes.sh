#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Record which sizes a kernel asks kmalloc() for, and in which order it frees them: by its own trace
# events, in a virtual machine that copies, packs and searches files and starts programs. Writes
# userspace-test/bench/sizes.c, which the bench "sized" replays.
#
# usage: tools/record_sizes.sh [KERNEL]		6.12 if it is not given

# shellcheck source=tools/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tools/vm.sh
. "$(dirname "$0")/vm.sh"

DATA=$MPOOL_TOP/userspace-test/bench/sizes.c

# Events of more than one allocation at a time, and frees of what came before, are left out.
guest_script()
{
	cat <<-'END'
		tracing=/sys/kernel/debug/tracing
		work()
		{
			find / -xdev
			tar cf - /bin /lib /etc | gzip >/tmp/files.tar.gz
			mkdir -p /tmp/files
			tar xzf /tmp/files.tar.gz -C /tmp/files
			grep -r root /etc
			ls -lR /tmp/files
			rm -rf /tmp/files
			for i in 1 2 3 4 5 6; do
				sh -c 'ps | sort | head -n 3; echo hi | cat | cat'
			done
			mount -t tmpfs none /mnt
			dd if=/dev/zero of=/mnt/file bs=64k count=20
			umount /mnt
		}
		echo 16384 >$tracing/buffer_size_kb
		echo 1 >$tracing/events/kmem/kmalloc/enable
		echo 1 >$tracing/events/kmem/kfree/enable
		for i in 1 2 3; do
			work >/dev/null 2>&1
		done
		echo 0 >$tracing/tracing_on
		awk '
			function value(name,  word) {
				for (word = 1; word <= NF; word++)
					if (index($word, name "=") == 1)
						return substr($word, length(name) + 2)
			}
			$5 == "kmalloc:" && value("bytes_req") <= 8192 {
				for (slot = 1; used[slot]; slot++);
				used[slot] = 1
				slots[value("ptr")] = slot
				print value("bytes_req")
			}
			$5 == "kfree:" && (at = value("ptr")) in slots {
				print -slots[at]
				delete used[slots[at]]
				delete slots[at]
			}' $tracing/trace
	END
}

need_packages "${VM_PACKAGES[@]}"
KERNEL_ROOT=$("$MPOOL_TOP/tools/kernel.sh" "${1:-6.12}")
vm_root
guest_script >"$VM_ROOT/run.sh"
sizes=$(vm_run 2 1024 300)
cat >"$DATA" <<END
// SPDX-License-Identifier: GPL-2.0
/*
 * What a kernel asked of kmalloc(), as tools/record_sizes.sh recorded it: a positive number is an
 * allocation of so many bytes, which takes the first place that is free, of those numbered from 1
 * on; a negative one frees what is in that place. It was $(basename "$KERNEL_ROOT" | cut -d_ -f1).
 */
#include <linux/kernel.h>

#include "bench.h"

const s16 bench_sizes[] = {
$(tr '\n' ' ' <<<"$sizes" | fold -s -w 70 | sed 's/ *$//; s/ /, /g; s/^/	/; s/$/,/')
};

const size_t bench_nr_sizes = ARRAY_SIZE(bench_sizes);
END
say "$(wc -w <<<"$sizes") operations in $DATA"
