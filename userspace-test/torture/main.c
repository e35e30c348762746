// SPDX-License-Identifier: GPL-2.0
/*
 * mpool_torture: everything at once, for as long as one likes, in the manner of rcutorture and on
 * the same framework of the kernel's.
 *
 * Owners make pools of every kind, tend them and end them; visitors, their interrupts, NMIs and
 * CPUs that go and come use them meanwhile, by every call, in every context. Objects carry what
 * shows whether they are somebody else's too. It runs from insmod to rmmod, and says then whether
 * anything was broken, and how much was done.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/sched.h>

#include "torture.h"

MODULE_DESCRIPTION("Torture of mpool");
MODULE_AUTHOR("The mpool authors");
MODULE_LICENSE("GPL");

torture_param(int, nvisitors, -1, "Number of tasks that use pools, -1 for two for each CPU");
torture_param(int, nowners, 4, "Number of tasks that make pools, one at a time each");
torture_param(int, onoff_holdoff, 1, "Seconds before CPUs go off line");
torture_param(int, onoff_interval, 0, "Jiffies between CPUs' goings and comings, 0 for none");
torture_param(int, shuffle_interval, 2, "Seconds between shuffles of tasks, 0 for none");
torture_param(int, shutdown_secs, 0, "Seconds after which the system is shut down, 0 for never");
torture_param(int, stat_interval, 60, "Seconds between statistics, 0 for none");
torture_param(int, stutter, 3, "Seconds from one pause of all to the next, 0 for none");
torture_param(int, verbose, 0, "Talk of what tasks begin and end");

bool inject;
module_param(inject, bool, 0444);
MODULE_PARM_DESC(inject, "Faults are injected, so any request may fail");

/* Promises that were broken so far. */
static atomic_t errors = ATOMIC_INIT(0);
module_param_named(errors, errors.counter, int, 0444);
MODULE_PARM_DESC(errors, "Promises that were broken so far");

static char *torture_type = "mpool";
static struct task_struct *stats_task;

/* The first of them are worth reading. */
#define MOST_ERRORS	20

/* Whoever finds that a promise was broken, in any context, says so here. */
void broke(const struct arena *arena, const char *what)
{
	if (atomic_inc_return(&errors) > MOST_ERRORS)
		return;
	TOROUT_ERRSTRING(what);
	if (!arena)
		return;
	pr_alert("%s" TORTURE_FLAG "    %s, %s: size=%zu limit=%lu keep=%lu low=%lu reserve=%lu\n",
		 torture_type, arena->name, arena->kind->name, arena->size, arena->limit,
		 arena->keep, arena->low, arena->reserve);
	pr_alert("%s" TORTURE_FLAG "    flags=%lx backing=%d constructed=%d fragile=%d\n",
		 torture_type, arena->flags, arena->backing, arena->constructed, arena->fragile);
}

/* --- statistics --- */

static void print_statistics(void)
{
	figures_print();
	pr_alert("%s" TORTURE_FLAG " errors=%d\n", torture_type, atomic_read(&errors));
}

static int mpool_torture_stats(void *arg)
{
	do {
		schedule_timeout_interruptible(stat_interval * HZ);
		if (!torture_must_stop())
			print_statistics();
		torture_shutdown_absorb("mpool_torture_stats");
	} while (!torture_must_stop());
	torture_kthread_stopping("mpool_torture_stats");
	return 0;
}

/* --- beginning and end --- */

static void print_result(void)
{
	const char *missing = figures_missing(onoff_interval);
	const char *result = "SUCCESS";

	if (missing)
		pr_alert("%s" TORTURE_FLAG "!!! it never came to: %s\n", torture_type, missing);
	if (atomic_read(&errors) || missing)
		result = "FAILURE";
	else if (torture_onoff_failures())
		result = "MPOOL_HOTPLUG";
	pr_alert("%s" TORTURE_FLAG " End of test: %s\n", torture_type, result);
}

static void torture_cleanup(void)
{
	if (torture_cleanup_begin())
		return;
	hotplug_end();
	nmi_end();
	visitors_end();
	arenas_end();
	torture_stop_kthread(mpool_torture_stats, stats_task);
	print_statistics();
	print_result();
	torture_cleanup_end();
}

/* What the framework does to tasks and CPUs. */
static int torture_framework(void)
{
	int err = 0;

	if (shuffle_interval > 0)
		err = torture_shuffle_init(shuffle_interval * HZ);
	if (!err && stutter > 0)
		err = torture_stutter_init(HZ / 4, stutter * HZ);
	if (!err && onoff_interval > 0)
		err = torture_onoff_init(onoff_holdoff * HZ, onoff_interval, NULL);
	if (!err && shutdown_secs > 0)
		err = torture_shutdown_init(shutdown_secs, torture_cleanup);
	return err;
}

static int torture_tasks(void)
{
	int err;

	err = arenas_begin(max(nowners, 1));
	if (!err)
		err = visitors_begin(nvisitors < 0 ? 2 * num_online_cpus() : nvisitors);
	if (!err)
		err = nmi_begin();
	if (!err)
		err = hotplug_begin();
	if (!err && stat_interval > 0)
		err = torture_create_kthread(mpool_torture_stats, NULL, stats_task);
	return err;
}

static int __init mpool_torture_init(void)
{
	int err;

	if (!torture_init_begin(torture_type, verbose))
		return -EBUSY;
	pr_alert("%s" TORTURE_FLAG " Start of test: nvisitors=%d nowners=%d onoff_interval=%d\n",
		 torture_type, nvisitors, nowners, onoff_interval);
	pr_alert("%s" TORTURE_FLAG "    shuffle_interval=%d stutter=%d inject=%d\n",
		 torture_type, shuffle_interval, stutter, inject);
	err = torture_tasks();
	if (!err)
		err = torture_framework();
	torture_init_end();
	if (err)
		torture_cleanup();
	return err;
}

module_init(mpool_torture_init);
module_exit(torture_cleanup);
