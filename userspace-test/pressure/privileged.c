// SPDX-License-Identifier: GPL-2.0
/*
 * Privileged requests, while others take all that an ordinary request can have.
 */
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "pressure.h"

/* One who takes all that an ordinary request can have. */
struct rival {
	struct arena *arena;
	struct task_struct *task;
	unsigned long objects, refused;
};

static int rival_thread(void *data)
{
	struct rival *rival = data;
	struct chain chain = {};
	unsigned long n;

	set_user_nice(current, MAX_NICE);
	while (!kthread_should_stop()) {
		n = chain_take(rival->arena, &chain, 64, GFP_KERNEL | __GFP_NORETRY);
		rival->objects += n;
		if (n < 64) {
			rival->refused++;
			chain_drop(rival->arena, &chain, 8);
		}
		cond_resched();
	}
	chain_drop(rival->arena, &chain, ULONG_MAX);
	return 0;
}

/* Take the whole reserve; how many of these requests failed. */
static unsigned long take_reserve(struct arena *arena, void **objs, bool irqs_off)
{
	unsigned long i, failed = 0, flags = 0;

	for (i = 0; i < arena->reserve; i++) {
		if (irqs_off)
			local_irq_save(flags);
		objs[i] = mpool_alloc(arena->pool, GFP_NOWAIT | __GFP_NOWARN | MPOOL_PRIVILEGED);
		if (irqs_off)
			local_irq_restore(flags);
		if (objs[i])
			stamp_on(arena, objs[i], HOLDER_PRIVILEGED);
		else
			failed++;
	}
	return failed;
}

/* Give it back, by one way or the other; it is home before the next batch. */
static void return_reserve(struct arena *arena, void **objs, unsigned long batch)
{
	free_function *free = mpool_free;
	unsigned long i;

	for (i = 0; i < arena->reserve; i++) {
		if (objs[i])
			stamp_off(arena, objs[i], HOLDER_PRIVILEGED);
	}
	if (batch % 2) {
		mpool_free_bulk(arena->pool, arena->reserve, objs);
		return;
	}
	if (batch % 1024 == 0)
		free = mpool_free_deferred;
	else if (batch % 1024 == 512)
		free = mpool_free_rcu;
	for (i = 0; i < arena->reserve; i++)
		free(arena->pool, objs[i]);
	if (free != mpool_free)
		mpool_flush(arena->pool);
}

static void privileged_run(struct arena *arena, void **objs, unsigned long n)
{
	unsigned long batches = DIV_ROUND_UP(n, arena->reserve), failed = 0, i;
	u64 start = ktime_get_ns();

	for (i = 0; i < batches && !signal_pending(current); i++) {
		failed += take_reserve(arena, objs, i % 16 == 0);
		return_reserve(arena, objs, i);
		cond_resched();
	}
	figures_clear();
	figures_add("privileged", i * arena->reserve);
	figures_add("failed", failed);
	figures_add("ms", div64_ul(ktime_get_ns() - start, NSEC_PER_MSEC));
}

static void rivals_stop(struct rival *rivals, unsigned int n)
{
	unsigned long objects = 0, refused = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (IS_ERR(rivals[i].task)) {
			broke("no thread");
			continue;
		}
		kthread_stop(rivals[i].task);
		objects += rivals[i].objects;
		refused += rivals[i].refused;
	}
	figures_add("ordinary", objects);
	figures_add("refused", refused);
}

int do_privileged(struct arena *arena, char *args)
{
	unsigned int rivals_nr = num_online_cpus() + 1, i;
	struct rival *rivals;
	unsigned long n;
	void **objs;
	int err = -ENOMEM;

	if (kstrtoul(args, 0, &n) || !n || !arena->reserve || !arena->limit)
		return -EINVAL;
	objs = vzalloc(array_size(arena->reserve, sizeof(void *)));
	rivals = kcalloc(rivals_nr, sizeof(*rivals), GFP_KERNEL);
	if (!objs || !rivals)
		goto out;
	for (i = 0; i < rivals_nr; i++) {
		rivals[i].arena = arena;
		rivals[i].task = kthread_run(rival_thread, &rivals[i], "mpool_rival/%u", i);
	}
	/* Until there is nothing left. */
	msleep(100);
	privileged_run(arena, objs, n);
	rivals_stop(rivals, rivals_nr);
	err = 0;
out:
	kfree(rivals);
	vfree(objs);
	return err;
}
