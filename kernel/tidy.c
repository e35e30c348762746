// SPDX-License-Identifier: GPL-2.0
/*
 * What a pool does by itself, in process context: give surplus back, make the magazines that
 * were asked for, take the magazines away from a pool that ran dry, and see an abandoned pool
 * to its end. A pool at rest for two intervals retains what its keep says, and no more.
 */
#include <linux/jiffies.h>
#include <linux/math.h>
#include <linux/sched.h>

#include "internal.h"

/* A pool that nobody uses gives its surplus back after at most two of these. */
#define TIDY_INTERVAL	HZ

/* Runs mpool.tidy and mpool.end. Reclaim may wait for it. */
static struct workqueue_struct *tidy_wq;

/**
 * tidy_arm() - have a pool looked at in a while, if it can have surplus
 * @pool: which
 *
 * Called whenever objects move beyond the magazines, so that none can lie about unnoticed.
 *
 * Context: under mpool.lock.
 */
void tidy_arm(struct mpool *pool)
{
	lockdep_assert_held(&pool->lock);
	if (pool->armed || pool->objects <= pool->keep)
		return;
	pool->armed = true;
	irq_work_queue(&pool->kick);
}

/* From irq_work, because only that may be started in an NMI or under the scheduler's locks. */
static void tidy_kicked(struct irq_work *work)
{
	struct mpool *pool = container_of(work, struct mpool, kick);

	if (READ_ONCE(pool->urgent))
		mod_delayed_work(tidy_wq, &pool->tidy, 0);
	else
		queue_delayed_work(tidy_wq, &pool->tidy, TIDY_INTERVAL);
}

/* A slab that should go, now or since its constructor failed. It counts against the limit. */
static struct slab *next_to_go(struct mpool *pool, unsigned long keep)
{
	struct slab *slab;

	slab = list_first_entry_or_null(&pool->doomed, struct slab, link);
	if (slab) {
		list_del(&slab->link);
		return slab;
	}
	slab = slab_withdraw(pool, keep);
	if (slab) {
		pool->in_transit += slab->nr;
		pool->shrinks++;
	}
	return slab;
}

static unsigned long release(struct mpool *pool, unsigned long keep, unsigned long slabs,
			     bool may_sleep)
{
	unsigned long flags, released = 0;
	struct slab *slab;
	unsigned int nr;

	while (slabs--) {
		raw_spin_lock_irqsave(&pool->lock, flags);
		slab = next_to_go(pool, keep);
		raw_spin_unlock_irqrestore(&pool->lock, flags);
		if (!slab)
			break;

		nr = slab->nr;
		slab_free(pool, slab);
		released += nr;
		raw_spin_lock_irqsave(&pool->lock, flags);
		pool->in_transit -= nr;
		raw_spin_unlock_irqrestore(&pool->lock, flags);
		if (may_sleep)
			cond_resched();
	}
	return released;
}

/**
 * tidy_release() - give unused slabs back
 * @pool: whose
 * @keep: free objects that must be left
 *
 * Context: process context, may sleep.
 * Return: how many objects went.
 */
unsigned long tidy_release(struct mpool *pool, unsigned long keep)
{
	return release(pool, keep, ULONG_MAX, true);
}

static void flush_depot(struct mpool *pool)
{
	unsigned long flags;
	bool more;

	do {
		raw_spin_lock_irqsave(&pool->lock, flags);
		slab_collect_late(pool);
		more = depot_flush_one(pool);
		raw_spin_unlock_irqrestore(&pool->lock, flags);
	} while (more);
}

/**
 * tidy_drain() - bring every free object home to its slab
 * @pool: which
 *
 * Context: process context, may sleep.
 */
void tidy_drain(struct mpool *pool)
{
	magazine_strip(pool);
	flush_depot(pool);
}

/*
 * A CPU that is going off line is waited for, but not for long: who asks may be what it waits for.
 */
static void strip_patiently(struct mpool *pool)
{
	unsigned int tries;

	for (tries = 0; tries < 10 && !magazine_strip(pool); tries++)
		schedule_timeout_uninterruptible(1);
}

/**
 * tidy_strip() - take the magazines away until mpool_end_drought()
 * @pool: whose; mpool.dry has been set
 *
 * After this all free objects are where an allocation looks.
 *
 * Context: process context, may sleep.
 */
void tidy_strip(struct mpool *pool)
{
	unsigned long flags, droughts;

	raw_spin_lock_irqsave(&pool->lock, flags);
	droughts = pool->droughts;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	strip_patiently(pool);
	raw_spin_lock_irqsave(&pool->lock, flags);
	if (pool->dry && pool->droughts == droughts)
		pool->stripped = true;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

/* Free objects that could make a slab unused. */
static unsigned long yieldable(struct mpool *pool, bool cached_too)
{
	unsigned long flags, free = 0;

	/* In the direction in which objects come home: none is missed on its way. */
	if (cached_too)
		free = magazine_count(pool).cached;
	raw_spin_lock_irqsave(&pool->lock, flags);
	free += pool->depot.objects + pool->free_slab;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return free;
}

/**
 * tidy_yield() - give back what is unused, for the sake of another pool
 * @pool: which gives; a class of a sized pool
 * @bytes: how much is wanted
 * @may_sleep: may we? If not, what CPUs cache stays there.
 *
 * Context: any but NMI, and not in atomic sections on PREEMPT_RT.
 */
void tidy_yield(struct mpool *pool, unsigned long bytes, bool may_sleep)
{
	/* What is mapped can be unmapped only where one may sleep. */
	if (!may_sleep && pool->backing != MPOOL_PAGES)
		return;
	if (yieldable(pool, may_sleep) < pool->per_slab)
		return;
	if (may_sleep)
		strip_patiently(pool);
	flush_depot(pool);
	release(pool, 0, DIV_ROUND_UP(bytes, pool->slab_bytes), may_sleep);
}

/* How much was done with the pool so far; unchanged means nobody uses it. */
static unsigned long pool_ops(struct mpool *pool)
{
	struct magazine_count count = magazine_count(pool);

	return count.allocs + count.frees + READ_ONCE(pool->allocs) + READ_ONCE(pool->frees);
}

static void tidy_work(struct work_struct *work)
{
	struct mpool *pool = container_of(to_delayed_work(work), struct mpool, tidy);
	unsigned long flags, freed_twice, ops = pool_ops(pool);
	bool idle = ops == pool->tidy_ops;
	bool dry, done;

	pool->tidy_ops = ops;
	raw_spin_lock_irqsave(&pool->lock, flags);
	WRITE_ONCE(pool->urgent, false);
	pool->armed = false;
	dry = pool->dry && !pool->stripped;
	slab_collect_late(pool);
	freed_twice = pool->freed_twice;
	pool->freed_twice = 0;
	/* mpool_destroy() is at work and does all this itself. */
	done = mpool_dying(pool) && !pool->abandoned;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	if (freed_twice)
		debug_report_twice(&pool->entry, freed_twice);
	if (done)
		return;

	if (dry)
		tidy_strip(pool);
	magazine_supply(pool);
	if (idle)
		tidy_drain(pool);
	tidy_release(pool, pool->abandoned ? 0 : pool->keep);

	raw_spin_lock_irqsave(&pool->lock, flags);
	/* It was for lack of memory, or objects have gone since. */
	if (pool->stripped && mpool_may_grow(pool))
		mpool_end_drought(pool);
	done = pool->abandoned && !pool->objects;
	if (done)
		pool->abandoned = false;
	else if (!idle)
		tidy_arm(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	if (done)
		queue_work(tidy_wq, &pool->end);
}

/**
 * mpool_trim() - give free objects above the pool's keep back to the system now
 * @pool: the pool
 *
 * A pool does so by itself within seconds of coming to rest; this is for who cannot wait.
 *
 * Context: Process context, may sleep.
 * Return: how many objects were given back.
 */
unsigned long mpool_trim(struct mpool *pool)
{
	might_sleep();
	tidy_drain(pool);
	return tidy_release(pool, pool->keep);
}
EXPORT_SYMBOL_GPL(mpool_trim);

/**
 * tidy_setup() - prepare a new pool for being tidied
 * @pool: the pool
 */
void tidy_setup(struct mpool *pool)
{
	/* A hard one: the threads of others are parked before a CPU that goes off line dies. */
	pool->kick = IRQ_WORK_INIT_HARD(tidy_kicked);
	INIT_DELAYED_WORK(&pool->tidy, tidy_work);
}

/**
 * tidy_stop() - wait until the tidying of a pool has ended
 * @pool: the pool; it is dying, so that what is started later does nothing
 *
 * Context: process context, may sleep.
 */
void tidy_stop(struct mpool *pool)
{
	irq_work_sync(&pool->kick);
	cancel_delayed_work_sync(&pool->tidy);
}

/**
 * tidy_wait() - wait until what is being tidied, or ended, now has been
 * @pool: a dying pool; NULL for all pools that have ended by then
 *
 * Context: process context, may sleep.
 */
void tidy_wait(struct mpool *pool)
{
	if (pool)
		flush_delayed_work(&pool->tidy);
	else
		flush_workqueue(tidy_wq);
}

/**
 * tidy_init() - set up what the tidying of all pools shares
 *
 * Return: 0 or -ENOMEM.
 */
int __init tidy_init(void)
{
	tidy_wq = alloc_workqueue("mpool", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return tidy_wq ? 0 : -ENOMEM;
}

/**
 * tidy_exit() - undo tidy_init()
 *
 * There is no pool left; the work that ended the last one may be about to return.
 */
void tidy_exit(void)
{
	destroy_workqueue(tidy_wq);
}
