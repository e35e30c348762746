// SPDX-License-Identifier: GPL-2.0
/*
 * What a pool does by itself, in process context: give surplus back, grow for those who wait and
 * where the stock is low, make the magazines that were asked for, and larger ones where CPUs wait
 * for each other, take the magazines away from a pool that ran dry, and see an abandoned pool to
 * its end. A pool at rest for two intervals retains what its keep says, and no more.
 */
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/math.h>
#include <linux/sched.h>

#include "internal.h"

/* What could not be done is tried so often: to get memory while somebody waits, above all. */
#define RETRY_INTERVAL	(HZ / 10)

/*
 * In the background memory is not waited for: who frees it may be waiting for us, as when a disk
 * has its buffers from the pool.
 */
#define BACKGROUND_GFP	(GFP_NOIO | __GFP_NORETRY | __GFP_NOWARN)

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
	return grow_back(pool, keep, ULONG_MAX, true);
}

static void flush_depot(struct mpool *pool, bool quarantine_too)
{
	unsigned long flags;
	bool more;

	defer_collect(pool);
	do {
		raw_spin_lock_irqsave(&pool->lock, flags);
		more = (quarantine_too || pool->depot.objects > pool->quarantine.n) &&
		       depot_flush_one(pool);
		if (!more)
			wait_serve(pool);
		raw_spin_unlock_irqrestore(&pool->lock, flags);
	} while (more);
}

/**
 * tidy_drain() - bring every free object home to its slab
 * @pool: which
 * @quarantine_too: those that are kept back from reuse as well
 *
 * Context: process context, may sleep.
 */
void tidy_drain(struct mpool *pool, bool quarantine_too)
{
	magazine_strip(pool);
	flush_depot(pool, quarantine_too);
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
	bool dry;

	raw_spin_lock_irqsave(&pool->lock, flags);
	dry = pool->dry;
	droughts = pool->droughts;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	strip_patiently(pool);
	raw_spin_lock_irqsave(&pool->lock, flags);
	/* If this very drought was there before, no CPU has had magazines since. */
	if (dry && pool->dry && pool->droughts == droughts)
		WRITE_ONCE(pool->stripped, true);
	wait_serve(pool);
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
	flush_depot(pool, true);
	grow_back(pool, 0, DIV_ROUND_UP(bytes, pool->slab_bytes), may_sleep);
}

/**
 * tidy_report() - say what was noticed where nothing could be said
 * @pool: of which pool
 *
 * Context: process context; for one caller at a time.
 */
void tidy_report(struct mpool *pool)
{
	struct spoiled spoiled;
	unsigned long flags, twice, slabs;

	raw_spin_lock_irqsave(&pool->lock, flags);
	spoiled = pool->spoiled;
	twice = pool->freed_twice;
	slabs = pool->damaged_slabs;
	pool->spoiled.n = 0;
	pool->freed_twice = 0;
	pool->damaged_slabs = 0;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	if (spoiled.n || twice || slabs)
		report_unseen(pool, &spoiled, twice, slabs);
}

/* How much was done with the pool so far; unchanged means nobody uses it. */
static unsigned long pool_ops(struct mpool *pool)
{
	struct magazine_count count = magazine_count(pool);

	return count.allocs + count.frees + mpool_peek(pool->allocs) + mpool_peek(pool->frees);
}

/* How many free objects there should be before a pool stops growing by itself. */
static unsigned long wanted_stock(struct mpool *pool)
{
	return READ_ONCE(pool->low) > mpool_stock(pool) ? pool->keep : 0;
}

/* Is there less than @stock, or than what belongs to the reserve? Some may have been lost. */
static bool stock_lacks(struct mpool *pool, unsigned long stock)
{
	unsigned long flags;
	bool lacks;

	raw_spin_lock_irqsave(&pool->lock, flags);
	while (pool->free_slab < mpool_reserved(pool) && depot_flush_one(pool))
		;
	lacks = pool->free_slab < mpool_reserved(pool) || mpool_stock(pool) < stock;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return lacks;
}

/* Grow for those in line, and up to @stock; false if it should be tried again. */
static bool make_stock(struct mpool *pool, unsigned long stock)
{
	int err = 0;

	while (!err && mpool_may_grow(pool) &&
	       (!list_empty(&pool->waiting) || stock_lacks(pool, stock)))
		err = grow_pool(pool, BACKGROUND_GFP);
	return list_empty(&pool->waiting) || (err != -ENOMEM && err != -ENOBUFS);
}

/* What is to be done, as it is at the start. */
struct agenda {
	bool strip;			/* those who look for objects want the magazines stripped */
	bool drain;			/* at rest, above the limit, or memory is short */
	bool scarce;			/* not just at rest: the quarantine has to give too */
	unsigned long stock;		/* as wanted_stock() said */
	bool nothing;			/* mpool_destroy() is at work and does all this itself */
};

static struct agenda make_agenda(struct mpool *pool, bool idle)
{
	struct agenda agenda;
	unsigned long flags;

	raw_spin_lock_irqsave(&pool->lock, flags);
	WRITE_ONCE(pool->urgent, false);
	WRITE_ONCE(pool->armed, false);
	agenda.strip = mpool_must_strip(pool);
	agenda.scarce = mpool_excess(pool) || READ_ONCE(pool->pressed);
	agenda.drain = idle || agenda.scarce;
	WRITE_ONCE(pool->pressed, false);
	agenda.stock = wanted_stock(pool);
	agenda.nothing = mpool_dying(pool) && !pool->abandoned;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return agenda;
}

/*
 * What is left to do later; true if the pool, an abandoned one, is at its end. If it is not, with
 * all objects home, somebody looked at a slab that should have gone, in slab_defer(), and tells
 * nobody when he has done.
 */
static bool end_agenda(struct mpool *pool, bool idle)
{
	unsigned long flags;
	bool ended, again;

	raw_spin_lock_irqsave(&pool->lock, flags);
	/* It was for lack of memory, or objects have gone since. */
	if (pool->stripped && mpool_may_grow(pool))
		mpool_end_drought(pool);
	ended = pool->abandoned && !pool->objects;
	again = pool->abandoned && pool->objects && pool->free_slab == pool->objects;
	if (ended)
		WRITE_ONCE(pool->abandoned, false);
	else if (!idle)
		mpool_arm(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	if (again)
		kick_tidy(pool, RETRY_INTERVAL);
	return ended;
}

static void tidy_work(struct work_struct *work)
{
	struct mpool *pool = container_of(to_delayed_work(work), struct mpool, tidy);
	unsigned long ops = pool_ops(pool);
	bool idle = ops == pool->tidy_ops;
	struct agenda agenda;

	pool->tidy_ops = ops;
	agenda = make_agenda(pool, idle);
	if (agenda.nothing)
		return;
	tidy_report(pool);
	if (pool->abandoned)
		defer_restore(pool);

	defer_collect(pool);
	if (agenda.strip)
		tidy_strip(pool);
	magazine_enlarge(pool);
	magazine_supply(pool);
	if (!make_stock(pool, agenda.stock))
		kick_tidy(pool, RETRY_INTERVAL);
	if (agenda.drain)
		tidy_drain(pool, agenda.scarce);
	tidy_release(pool, pool->abandoned ? 0 : READ_ONCE(pool->keep));
	if (end_agenda(pool, idle))
		kick_end(pool);
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
	tidy_drain(pool, true);
	return tidy_release(pool, READ_ONCE(pool->keep));
}
EXPORT_SYMBOL_GPL(mpool_trim);

/**
 * tidy_setup() - prepare a new pool for being tidied
 * @pool: the pool
 */
void tidy_setup(struct mpool *pool)
{
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
 * tidy_wait() - wait until what is being tidied now has been
 * @pool: a dying pool
 *
 * Context: process context, may sleep.
 */
void tidy_wait(struct mpool *pool)
{
	flush_delayed_work(&pool->tidy);
}
