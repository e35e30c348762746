// SPDX-License-Identifier: GPL-2.0
/*
 * What has been done so far, counted on each CPU for itself, in any context.
 */
#include <linux/array_size.h>
#include <linux/build_bug.h>
#include <linux/cpumask.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/printk.h>

#include "torture.h"

static const char * const names[] = {
	[DID_ALLOC]		= "alloc",
	[DID_ZALLOC]		= "zalloc",
	[DID_BULK]		= "bulk",
	[DID_PRIVILEGED]	= "privileged",
	[DID_FREE]		= "free",
	[DID_DEFERRED]		= "deferred",
	[DID_RCU]		= "rcu",
	[DID_WAIT]		= "wait",
	[DID_WAIT_BULK]		= "wait_bulk",
	[DID_TIME_OUT]		= "time_out",
	[DID_ASYNC]		= "async",
	[DID_CALLBACK]		= "callback",
	[DID_CANCEL]		= "cancel",
	[DID_SET]		= "set",
	[DID_TRIM]		= "trim",
	[DID_FLUSH]		= "flush",
	[DID_PUBLISH]		= "publish",
	[DID_READ]		= "read",
	[DID_HAND_OVER]		= "hand_over",
	[DID_PIECE]		= "piece",
	[DID_RESIZE]		= "resize",
	[DID_TREE]		= "tree",
	[DID_MOVE]		= "move",
	[DID_DOUBLE_FREE]	= "double_free",
	[DID_REFUSED]		= "refused",
	[IN_PROCESS]		= "process",
	[IN_PREEMPT_OFF]	= "preempt_off",
	[IN_BH_OFF]		= "bh_off",
	[IN_IRQ_OFF]		= "irq_off",
	[IN_SOFTIRQ]		= "softirq",
	[IN_HARDIRQ]		= "hardirq",
	[IN_IRQ_WORK]		= "irq_work",
	[IN_NMI]		= "nmi",
	[IN_HOTPLUG]		= "hotplug",
	[POOLS_OF_PAGES]	= "pages",
	[POOLS_MAPPED]		= "vmalloc",
	[POOLS_HUGE]		= "huge",
	[POOLS_IN_BUFFER]	= "buffer",
	[POOLS_STATIC]		= "static",
	[POOLS_WATCHED]		= "watched",
	[POOLS_CONSTRUCTED]	= "constructed",
	[POOLS_SIZED]		= "sized",
	[POOLS_OF_TREES]	= "trees",
	[POOLS_ABANDONED]	= "abandoned",
};

static_assert(ARRAY_SIZE(names) == NR_FIGURES);

struct figures {
	unsigned long n[NR_FIGURES];
};

static DEFINE_PER_CPU(struct figures, figures);

void did(enum figure figure)
{
	this_cpu_inc(figures.n[figure]);
}

static unsigned long sum(enum figure figure)
{
	unsigned long total = 0;
	unsigned int cpu;

	for_each_possible_cpu(cpu)
		total += READ_ONCE(per_cpu(figures, cpu).n[figure]);
	return total;
}

static void print(const char *what, enum figure from, enum figure to)
{
	char line[512];
	size_t length = 0;
	enum figure figure;

	for (figure = from; figure < to; figure++)
		length += scnprintf(line + length, sizeof(line) - length, " %s=%lu", names[figure],
				    sum(figure));
	pr_alert("mpool" TORTURE_FLAG " %s:%s\n", what, line);
}

void figures_print(void)
{
	print("calls", 0, IN_PROCESS);
	print("contexts", IN_PROCESS, POOLS_OF_PAGES);
	print("pools", POOLS_OF_PAGES, NR_FIGURES);
}

/* The first thing that should have happened and did not, NULL if there is none. */
const char *figures_missing(bool hotplug)
{
	enum figure figure;

	for (figure = 0; figure < NR_FIGURES; figure++) {
		if (!sum(figure) && (hotplug || figure != IN_HOTPLUG))
			return names[figure];
	}
	return NULL;
}
