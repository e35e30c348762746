// SPDX-License-Identifier: GPL-2.0
/*
 * How a pool grows and shrinks, slab by slab.
 */
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/sched.h>

#include "internal.h"

/* May memory be had here at all? On PREEMPT_RT the page allocator takes sleeping locks. */
static bool may_grow(struct mpool *pool)
{
	if (in_nmi() || mpool_dying(pool))
		return false;
	return !IS_ENABLED(CONFIG_PREEMPT_RT) || preemptible();
}

/* Add a slab that came out well. */
static void add_slab(struct mpool *pool, struct mpool_slab *slab)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pool->lock, flags);
	pool->in_transit -= slab->nr;
	slab_publish(pool, slab);
	pool->grows++;
	mpool_came_home(pool);
	mpool_end_drought(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

/*
 * Doom a slab whose constructor failed, and give back the limit's room for what it did not
 * make. What it did make is unmade by tidy.c, for a destructor may sleep, and at once if we may.
 */
static void doom_slab(struct mpool *pool, struct mpool_slab *slab, unsigned long unmade, gfp_t gfp)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pool->lock, flags);
	pool->in_transit -= unmade;
	list_add(&slab->link, &pool->doomed);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	if (gfpflags_allow_blocking(gfp))
		grow_back(pool, ULONG_MAX, ULONG_MAX, true);
	else
		mpool_kick(pool);
}

/**
 * grow_pool() - make a slab
 * @pool: for which
 * @gfp: what may be done to get memory
 *
 * The slab's pages come first, for that can take long and depend on others who use this pool;
 * only then is the limits' room claimed, for the time that constructors take.
 *
 * Context: any; sleeps if @gfp says so.
 * Return: 0; -ENOSPC if there is no room, and only then; -EDQUOT if the limit in bytes of a sized
 * pool forbids it; -ENOBUFS if too much is pending; -EAGAIN if not here; or -ENOMEM.
 */
int grow_pool(struct mpool *pool, gfp_t gfp)
{
	unsigned long flags, nr;
	struct mpool_slab *slab;
	int err = 0;

	if (!may_grow(pool))
		return -EAGAIN;
	/* Each is looked at once: room may come between two looks. */
	if (!mpool_room(pool))
		return -ENOSPC;
	if (!group_has_room(pool->group, pool->slab_bytes))
		return -EDQUOT;
	if (defer_over_budget(pool))
		return -ENOBUFS;
	slab = slab_alloc(pool, gfp);
	if (!slab)
		return -ENOMEM;

	raw_spin_lock_irqsave(&pool->lock, flags);
	nr = min_t(unsigned long, mpool_room(pool), pool->per_slab);
	if (!nr)
		err = -ENOSPC;
	else if (!slab_charge(pool))
		err = -EDQUOT;
	else
		pool->in_transit += nr;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	if (err) {
		slab_discard(pool, slab);
		return err;
	}
	if (slab_construct(pool, slab, nr, gfp & ~MPOOL_PRIVILEGED)) {
		doom_slab(pool, slab, nr - slab->nr, gfp);
		return -ENOMEM;
	}
	add_slab(pool, slab);
	return 0;
}

/* A slab that should go, now or since its constructor failed. It counts against the limit. */
static struct mpool_slab *next_to_go(struct mpool *pool, unsigned long keep)
{
	struct mpool_slab *slab;

	slab = list_first_entry_or_null(&pool->doomed, struct mpool_slab, link);
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

/*
 * The objects of a slab that is no more are not there any more. If there was no room for others,
 * the pool can grow for those in line now; if there was, that is not what it failed for, and it
 * will be tried again in its time.
 */
static void end_transit(struct mpool *pool, unsigned int nr)
{
	unsigned long flags;
	bool full;

	raw_spin_lock_irqsave(&pool->lock, flags);
	full = !mpool_room(pool);
	pool->in_transit -= nr;
	if (full && !list_empty(&pool->waiting))
		mpool_kick(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

/**
 * grow_back() - give unused slabs back
 * @pool: whose
 * @keep: free objects that must be left
 * @slabs: how many slabs at most
 * @may_sleep: may we?
 *
 * Context: process context if there are destructors; else where slab_free() may be called.
 * Return: how many objects went.
 */
unsigned long grow_back(struct mpool *pool, unsigned long keep, unsigned long slabs,
			bool may_sleep)
{
	unsigned long flags, released = 0;
	struct mpool_slab *slab;
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
		end_transit(pool, nr);
		if (may_sleep)
			cond_resched();
	}
	return released;
}
