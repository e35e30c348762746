// SPDX-License-Identifier: GPL-2.0
/*
 * Frees that come to effect later: those of an NMI that found mpool.lock taken, those that
 * mpool_free_deferred() leaves for a batch, and those that a grace period must come before.
 *
 * Nothing is stored in an object, nor allocated: its mark says what it waits for (MARK_LATE and
 * the following), and its slab goes on a lockless list of the pool. Who collects looks through the
 * marks of each slab on the list, a byte an object, which is what this costs: in a large slab few
 * late objects cost as much as many.
 *
 * For RCU there are two lists, taken in turn. What is freed now goes to the one that
 * mpool.rcu_phase names. Once the phase has changed, a grace period sees two things to their end:
 * the readers of what was freed before, and those who freed it, for they look at the phase and
 * leave the object in one section with preemption off. So after it the list that the phase named
 * before is complete, and can go home.
 */
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "internal.h"

/* Objects that go home at a time, with interrupts off. */
#define BATCH	32

/* Take back objects of a slab that are late; how many of them we were the first to ask for. */
static size_t claim(struct mpool *pool, struct mpool_slab *slab, enum late late,
		    const unsigned int *index, size_t n, void **objs, unsigned int *reserved)
{
	unsigned long flags;
	size_t claimed = 0;

	raw_spin_lock_irqsave(&pool->lock, flags);
	while (n--) {
		objs[claimed] = slab_claim_late(pool, slab, index[n], late, reserved);
		claimed += !!objs[claimed];
	}
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return claimed;
}

static void end_batch(struct mpool *pool, struct mpool_slab *slab, enum late late,
		      const unsigned int *index, size_t n)
{
	unsigned int reserved = 0;
	unsigned long flags;
	void *objs[BATCH];
	size_t i;

	n = claim(pool, slab, late, index, n, objs, &reserved);
	for (i = 0; i < n; i++) {
		/* One that is withheld may never have been handed out. */
		debug_kasan_open(pool, objs[i]);
		slab_wipe(pool, objs[i]);
		checks_prepare(pool, objs[i]);
		debug_free(pool, objs[i]);
	}
	raw_spin_lock_irqsave(&pool->lock, flags);
	pool->reserve_held -= reserved;
	quarantine_put(pool, objs, n);
	pool->frees += n;
	atomic_long_sub(n, late == LATE_WITHHELD ? &pool->withheld : &pool->pending);
	mpool_came_home(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

static void collect_slab(struct mpool *pool, struct mpool_slab *slab, enum late late)
{
	unsigned int index[BATCH], from = 0;
	size_t n;

	/* Fully ordered, as in slab_defer(): we see the mark, or it queues again. */
	test_and_clear_bit(late, &slab->late_queued);
	do {
		n = slab_find_late(slab, late, &from, index, BATCH);
		if (n)
			end_batch(pool, slab, late, index, n);
	} while (n == BATCH);
}

/* Bring home what is on a list. */
static void collect(struct mpool *pool, enum late late)
{
	struct llist_node *node, *next;
	unsigned long flags;

	/* As in slab_defer(), for as long as we look at heads of slabs. */
	atomic_inc(&pool->late_users);
	/* Pairs with the barriers in slab_withdraw(). */
	smp_mb__after_atomic();
	llist_for_each_safe(node, next, llist_del_all(&pool->late[late]))
		collect_slab(pool, container_of(node - late, struct mpool_slab, late[0]), late);
	/* No head is touched after this. */
	smp_mb__before_atomic();
	atomic_dec(&pool->late_users);
	/* Until now nobody could take a slab away. */
	raw_spin_lock_irqsave(&pool->lock, flags);
	mpool_came_home(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

/**
 * defer_collect() - bring home what waits for nothing but this
 * @pool: to which
 *
 * Context: any but NMI.
 */
void defer_collect(struct mpool *pool)
{
	if (!llist_empty(&pool->late[LATE_NOW]))
		collect(pool, LATE_NOW);
}

/**
 * defer_restore() - bring home what was withheld
 * @pool: a pool that has been destroyed
 *
 * Who goes on writing to it harms others now; but the pool must end, and its destructor see all.
 *
 * Context: process context; for one caller at a time.
 */
void defer_restore(struct mpool *pool)
{
	if (!llist_empty(&pool->late[LATE_WITHHELD]))
		collect(pool, LATE_WITHHELD);
}

/* Bring home what was given to mpool_free_rcu() before. */
static void end_phase(struct mpool *pool)
{
	unsigned int phase;

	mutex_lock(&pool->rcu_mutex);
	phase = pool->rcu_phase;
	if (!llist_empty(&pool->late[LATE_RCU + phase])) {
		WRITE_ONCE(pool->rcu_phase, !phase);
		if (defer_over_budget(pool))
			synchronize_rcu_expedited();
		else
			synchronize_rcu();
		collect(pool, LATE_RCU + phase);
	}
	mutex_unlock(&pool->rcu_mutex);
}

static void end_now(struct mpool *pool)
{
	mutex_lock(&pool->collect_mutex);
	defer_collect(pool);
	mutex_unlock(&pool->collect_mutex);
}

/**
 * defer_flush() - bring home all that is pending
 * @pool: to which
 *
 * Context: process context, may sleep, for a grace period.
 */
void defer_flush(struct mpool *pool)
{
	if (!atomic_long_read(&pool->pending))
		return;
	end_now(pool);
	end_phase(pool);
	/* An allocation elsewhere may be bringing some home, which does not take long. */
	while (atomic_read(&pool->late_users))
		schedule_timeout_uninterruptible(1);
}

static void collect_work(struct work_struct *work)
{
	end_now(container_of(work, struct mpool, collect));
}

static void rcu_work(struct work_struct *work)
{
	end_phase(container_of(work, struct mpool, rcu));
}

/**
 * defer_free() - leave a freed object for later
 * @pool: whose
 * @obj: the object
 * @rcu: until a grace period is over?
 * @reserved: is it of the reserve?
 *
 * Context: any, with preemption off; so the pool cannot end before: registry_remove() waits.
 */
void defer_free(struct mpool *pool, void *obj, bool rcu, bool reserved)
{
	enum late late = LATE_NOW;

	atomic_long_inc(&pool->pending);
	/* The phase is read after new readers could not find the object: see end_phase(). */
	smp_mb__after_atomic();
	if (rcu)
		late = LATE_RCU + READ_ONCE(pool->rcu_phase);
	slab_defer(pool, obj, late, reserved ? MARK_RESERVE : 0);
	irq_work_queue(&pool->kick);
}

/**
 * defer_setup() - prepare a new pool for frees that come to effect later
 * @pool: the pool
 */
void defer_setup(struct mpool *pool)
{
	mutex_init(&pool->collect_mutex);
	mutex_init(&pool->rcu_mutex);
	INIT_WORK(&pool->collect, collect_work);
	INIT_WORK(&pool->rcu, rcu_work);
}

/**
 * defer_stop() - wait until nothing is being brought home any more
 * @pool: the pool, where nothing is pending
 *
 * Context: process context, may sleep.
 */
void defer_stop(struct mpool *pool)
{
	cancel_work_sync(&pool->collect);
	cancel_work_sync(&pool->rcu);
}
