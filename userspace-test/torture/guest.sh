# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
#
# What tools/torture.sh has the guest do, after it has set SECONDS_TO_RUN, UNTIL_ERROR, STAT_INTERVAL
# and KASAN.

debug=/sys/kernel/debug
parameters=/sys/module/mpool_torture/parameters

# What leaves ordinary tasks some time miscounts in 6.12 when CPUs go: it is mended in later kernels ("Stop
# dl_server before CPU goes offline"), and until then it says "Dying CPU not properly vacated!".
stop_fair_servers()
{
	for server in "$debug"/sched/fair_server/*/runtime; do
		[ ! -e "$server" ] || echo 0 >"$server"
	done
}

# What the module says, as it comes.
show_log()
{
	# The device gives whole records only, for which the shell reads too little at a time.
	# shellcheck disable=SC2002
	cat /dev/kmsg | while read -r line; do
		case $line in
		*mpool-torture*)	echo "${line#*;}" ;;
		esac
	done
}

# Have allocations of torture's tasks fail, one in some hundred of each kind.
inject_faults()
{
	for fault in failslab fail_page_alloc fail_mpool; do
		echo 0 >$debug/$fault/verbose
		echo 1 >$debug/$fault/task-filter
		echo 0 >$debug/$fault/ignore-gfp-wait
		echo -1 >$debug/$fault/times
		echo 1 >$debug/$fault/probability
	done
	echo 0 >$debug/fail_page_alloc/min-order
	for process in /proc/[0-9]*; do
		case $(cat "$process/comm" 2>/dev/null) in
		mpool_torture*)	echo 1 >"$process/make-it-fail" ;;
		esac
	done
}

# Take more and more memory, until there is nearly none; then give it back, and have caches dropped.
press_memory()
{
	available=$(awk '/MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
	if [ "$available" -gt 60 ]; then
		dd if=/dev/zero bs=1M count=20 2>/dev/null >>/tmp/fill
	else
		rm -f /tmp/fill
		echo 2 >/proc/sys/vm/drop_caches
	fi
}

# Not by who looks at the time, for it may take long.
press_memory_again_and_again()
{
	while sleep 1; do
		press_memory
	done
}

# The uptime in seconds.
now()
{
	cut -d. -f1 /proc/uptime
}

# May it go on?
goes_on()
{
	[ "$(now)" -lt "$end" ] || return
	[ -z "$UNTIL_ERROR" ] || [ "$(cat $parameters/errors)" -eq 0 ]
}

# unload MODULE: it must not take for ever, nor may pools that were abandoned.
unload()
{
	limit=$(($(now) + 120))
	until rmmod "$1" 2>/dev/null; do
		[ "$(now)" -lt $limit ] || return 1
		sleep 1
	done
}

uname -srv
mount -o remount,size=95% /tmp
stop_fair_servers
inject=0
[ ! -d $debug/failslab ] || inject=1
[ -z "$KASAN" ] || leaks forget
insmod /modules/torture.ko && insmod /modules/mpool.ko || exit
show_log &
insmod /modules/mpool_torture.ko onoff_interval=100 stat_interval="$STAT_INTERVAL" inject=$inject || exit
[ $inject -eq 0 ] || inject_faults
end=$(($(now) + SECONDS_TO_RUN))
press_memory_again_and_again &
presser=$!
while goes_on; do
	sleep 1
done
kill $presser
# With that, who unloads may wait for ever.
[ -z "$UNTIL_ERROR" ] || [ "$(cat $parameters/errors)" -eq 0 ] || exit 1
unload mpool_torture & # likewise
waiter=$!
limit=$(($(now) + 120))
while kill -0 $waiter 2>/dev/null; do
	[ "$(now)" -lt $limit ] || exit 1
	sleep 1
done
[ -z "$KASAN" ] || leaks
unload mpool || { echo 'mpool.ko: pools have not ended'; cat /dev/mempool; exit 1; }
exit 0
