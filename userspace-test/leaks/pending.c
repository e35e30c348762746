// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that have been freed and are on their way home for as long as a test wants: on another
 * CPU there is a reader whom RCU waits for, and who lets nobody else run there. If that CPU is the
 * only one where the kernel's unbound works may run, nothing comes home.
 */
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/nmi.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

#include "leaks.h"

static struct mpool *pool;
static struct task_struct *reader;
static DECLARE_COMPLETION(reading);

/* As an idle CPU does, so that a virtual machine's host is not kept busy by it. */
static void rest(void)
{
#ifdef CONFIG_X86
	native_safe_halt();
#else
	cpu_relax();
#endif
}

static int read_on(void *unused)
{
	rcu_read_lock();
	preempt_disable();
	complete(&reading);
	while (!kthread_should_stop()) {
		touch_softlockup_watchdog();
		rest();
	}
	preempt_enable();
	rcu_read_unlock();
	return 0;
}

/* On the last CPU, which is not the first one. From now on nothing else runs there. */
static int start_reader(void)
{
	unsigned int cpu = cpumask_last(cpu_online_mask);

	reader = kthread_create(read_on, NULL, "mpool_reader");
	if (IS_ERR(reader))
		return PTR_ERR(reader);
	kthread_bind(reader, cpu);
	reinit_completion(&reading);
	wake_up_process(reader);
	wait_for_completion(&reading);
	return 0;
}

static noinline int pend_objects(void)
{
	unsigned int i;
	void *obj;

	for (i = 0; i < 2 * LOST; i++) {
		obj = mpool_zalloc(pool, GFP_KERNEL);
		if (!obj)
			return -ENOMEM;
		if (i % 2)
			mpool_free_rcu(pool, obj);
		else
			mpool_free_deferred(pool, obj);
	}
	return 0;
}

/* ENODEV if there is no other CPU: then they come home at once. */
int pend(void)
{
	int err;

	pool = mpool_create(&(struct mpool_params){ .name = "pending", .size = 304 });
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	if (num_online_cpus() > 1) {
		err = start_reader();
		if (err)
			return err;
	}
	err = pend_objects();
	wipe_stack();
	return err ?: reader ? 0 : -ENODEV;
}

/* Are they all still on their way? */
int check_pending(void)
{
	struct mpool_stats stats;

	mpool_read_stats(pool, &stats);
	return stats.pending == 2 * LOST ? 0 : -EUCLEAN;
}

int end_pending(void)
{
	if (!IS_ERR_OR_NULL(reader))
		kthread_stop(reader);
	reader = NULL;
	if (!IS_ERR_OR_NULL(pool))
		mpool_destroy(pool);
	pool = NULL;
	return 0;
}
