// SPDX-License-Identifier: GPL-2.0
/*
 * From any context to where work can be done: a pool's irq_work, which an NMI may start too,
 * wakes who waits and starts the works that there is something to do for.
 */
#include <linux/jiffies.h>

#include "internal.h"

/* Runs all works of pools but callbacks. Reclaim may wait for them. */
static struct workqueue_struct *tidy_wq;

/* Somebody waits for a callback. What it does may let memory be reclaimed. */
static struct workqueue_struct *callback_wq;

/**
 * kick_tidy() - have mpool.tidy run in a while, or sooner if that was agreed
 * @pool: the pool
 * @delay: jiffies; 0 is at once
 *
 * Context: any but NMI.
 */
void kick_tidy(struct mpool *pool, unsigned long delay)
{
	if (!delay)
		mod_delayed_work(tidy_wq, &pool->tidy, 0);
	else
		queue_delayed_work(tidy_wq, &pool->tidy, delay);
}

/**
 * kick_end() - have mpool.end run
 * @pool: the pool, about to end
 *
 * Context: any but NMI.
 */
void kick_end(struct mpool *pool)
{
	queue_work(tidy_wq, &pool->end);
}

/**
 * kick_callbacks() - have mpool.callbacks run, if there is a request to call back
 * @pool: the pool
 *
 * Context: any but NMI.
 */
void kick_callbacks(struct mpool *pool)
{
	if (!list_empty(&pool->answered))
		queue_work(callback_wq, &pool->callbacks);
}

static void kicked(struct irq_work *work)
{
	struct mpool *pool = container_of(work, struct mpool, kick);

	wait_wake(pool);
	kick_callbacks(pool);
	if (!llist_empty(&pool->late[LATE_NOW]))
		queue_work(tidy_wq, &pool->collect);
	if (!llist_empty(&pool->late[LATE_RCU]) || !llist_empty(&pool->late[LATE_RCU + 1]))
		queue_work(tidy_wq, &pool->rcu);
	if (READ_ONCE(pool->urgent))
		kick_tidy(pool, 0);
	else if (READ_ONCE(pool->armed))
		kick_tidy(pool, TIDY_INTERVAL);
}

/**
 * kick_wait() - wait until what has been started has been done, for all pools
 *
 * Context: process context, may sleep.
 */
void kick_wait(void)
{
	flush_workqueue(tidy_wq);
}

/**
 * kick_setup() - prepare a new pool for being kicked
 * @pool: the pool
 */
void kick_setup(struct mpool *pool)
{
	/* A hard one: the threads of others are parked before a CPU that goes off line dies. */
	pool->kick = IRQ_WORK_INIT_HARD(kicked);
}

/**
 * kick_init() - set up what all pools share
 *
 * Return: 0 or -ENOMEM.
 */
int __init kick_init(void)
{
	tidy_wq = alloc_workqueue("mpool", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!tidy_wq)
		return -ENOMEM;
	callback_wq = alloc_workqueue("mpool_callbacks",
				      WQ_UNBOUND | WQ_MEM_RECLAIM | WQ_HIGHPRI, 0);
	if (!callback_wq) {
		destroy_workqueue(tidy_wq);
		return -ENOMEM;
	}
	return 0;
}

/**
 * kick_exit() - undo kick_init()
 *
 * There is no pool left; the work that ended the last one may be about to return.
 */
void kick_exit(void)
{
	destroy_workqueue(callback_wq);
	destroy_workqueue(tidy_wq);
}
