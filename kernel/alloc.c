// SPDX-License-Identifier: GPL-2.0
/*
 * The way of an allocation and of a free: the magazine, and what there is beyond it.
 */
#include <linux/instruction_pointer.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/string.h>

#include "internal.h"

/* May memory be had here at all? On PREEMPT_RT the page allocator takes sleeping locks. */
static bool may_grow(struct mpool *pool)
{
	if (in_nmi() || mpool_dying(pool))
		return false;
	return !IS_ENABLED(CONFIG_PREEMPT_RT) || preemptible();
}

/* Add a slab that came out well. */
static void add_slab(struct mpool *pool, struct slab *slab)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pool->lock, flags);
	pool->in_transit -= slab->nr;
	slab_publish(pool, slab);
	pool->grows++;
	if (pool->dry)
		mpool_end_drought(pool);
	tidy_arm(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

/*
 * Doom a slab whose constructor failed, and give back the limit's room for what it did not
 * make. What it did make is unmade by tidy.c, for a destructor may sleep, and at once if we may.
 */
static void doom_slab(struct mpool *pool, struct slab *slab, unsigned long unmade, gfp_t gfp)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pool->lock, flags);
	pool->in_transit -= unmade;
	list_add(&slab->link, &pool->doomed);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	if (gfpflags_allow_blocking(gfp))
		tidy_release(pool, ULONG_MAX);
	else
		mpool_kick(pool);
}

/*
 * Make a slab. Its pages come first, for that can take long and depend on others who use this
 * pool; only then is the limits' room claimed, for the time that constructors take.
 *
 * Returns -ENOSPC if there is no room, and only then; -EDQUOT if the limit in bytes of a sized
 * pool forbids it.
 */
static int grow(struct mpool *pool, gfp_t gfp)
{
	unsigned long flags, nr;
	struct slab *slab;
	int err = 0;

	if (!may_grow(pool))
		return -EAGAIN;
	if (!mpool_may_grow(pool))
		return mpool_room(pool) ? -EDQUOT : -ENOSPC;
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
	if (slab_construct(pool, slab, nr, gfp)) {
		doom_slab(pool, slab, nr - slab->nr, gfp);
		return -ENOMEM;
	}
	add_slab(pool, slab);
	return 0;
}

/* Take one object from the depot or the slabs. */
static void *take_one(struct mpool *pool)
{
	unsigned long flags;
	void *obj = NULL;

	if (!mpool_lock_any(pool, &flags))
		return NULL;
	obj = magazine_reload(pool);
	while (!obj && !mpool_dying(pool)) {
		if (slab_take(pool, &obj, 1))
			pool->allocs++;
		else if (!depot_flush_one(pool))
			break;
	}
	if (obj)
		tidy_arm(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return obj;
}

/* It was freed twice at the same moment, was in two places, and has been handed out from one. */
static noinline void report_twice(struct mpool *pool, const void *obj)
{
	debug_report_misuse(&pool->entry, MISUSE_DOUBLE_FREE, obj, 0, NULL);
}

/* What search() found. */
enum search {
	SEARCH_AGAIN,		/* something has come: try once more */
	SEARCH_STRIP,		/* CPUs may cache objects: take their magazines away */
	SEARCH_WAIT,		/* objects are being made or unmade elsewhere */
	SEARCH_NOTHING,		/* there is no free object, nor room for one */
};

/* An allocation found nothing and growth failed with @why. Is there nothing, really? */
static enum search search(struct mpool *pool, int why)
{
	enum search found;
	unsigned long flags;

	raw_spin_lock_irqsave(&pool->lock, flags);
	slab_collect_late(pool);
	if (mpool_dying(pool)) {
		found = SEARCH_NOTHING;
	} else if (pool->free_slab || pool->depot.objects) {
		found = SEARCH_AGAIN;
	} else if ((why == -ENOSPC || why == -EDQUOT) && mpool_may_grow(pool)) {
		found = SEARCH_AGAIN;
	} else if (pool->magazine_size && !pool->stripped) {
		pool->dry = true;
		found = SEARCH_STRIP;
	} else if (why == -ENOSPC || why == -EDQUOT) {
		found = pool->in_transit ? SEARCH_WAIT : SEARCH_NOTHING;
	} else {
		/* The limit is not why, so there is no telling when the pool will grow again. */
		mpool_end_drought(pool);
		found = SEARCH_NOTHING;
	}
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return found;
}

/* Called when growth failed with @why. Return true if it is worth trying again. */
static bool look_harder(struct mpool *pool, gfp_t gfp, int why)
{
	bool may_wait = gfpflags_allow_blocking(gfp);

	/* An NMI does not wait for the lock, nor try it again and again. */
	if (in_nmi())
		return false;
	switch (search(pool, why)) {
	case SEARCH_AGAIN:
		return true;
	case SEARCH_STRIP:
		if (may_wait) {
			tidy_strip(pool);
			return true;
		}
		/* We cannot wait for other CPUs. Those who come after us will find it. */
		mpool_kick(pool);
		break;
	case SEARCH_WAIT:
		if (may_wait) {
			/* As long as a constructor or destructor takes. */
			schedule_timeout_uninterruptible(1);
			return true;
		}
		break;
	case SEARCH_NOTHING:
		break;
	}
	return why == -EDQUOT && pool->group->make_room(pool->group, pool, gfp);
}

/* A free object from anywhere: where there is none, the pool grows, or takes what CPUs cache. */
static void *find_one(struct mpool *pool, gfp_t gfp)
{
	int err = 0;
	void *obj;

	for (;;) {
		obj = take_one(pool);
		if (obj)
			return obj;
		/* What was refused once is not asked for again, but room can come any time. */
		if (!err || err == -ENOSPC || err == -EDQUOT)
			err = grow(pool, gfp);
		if (err && !look_harder(pool, gfp, err))
			return NULL;
	}
}

/* Take one object by the slow way; marked as held. */
static noinline void *alloc_slow(struct mpool *pool, gfp_t gfp)
{
	void *obj;

	while ((obj = find_one(pool, gfp))) {
		if (likely(slab_hand_out(pool, obj)))
			break;
		report_twice(pool, obj);
	}
	return obj;
}

/*
 * Zero an object that was just allocated, unless that would wipe out what a constructor wrote:
 * then init_on_alloc does not apply, and __GFP_ZERO is refused.
 */
static noinline void *init_object(struct mpool *pool, gfp_t gfp, void *obj,
				  unsigned long caller)
{
	if (!pool->ctor)
		return memset(obj, 0, pool->size);
	if (!(gfp & __GFP_ZERO))
		return obj;
	debug_report_misuse(&pool->entry, MISUSE_ZERO, NULL, caller, NULL);
	mpool_free(pool, obj);
	return NULL;
}

static __always_inline void *alloc_one(struct mpool *pool, gfp_t gfp, unsigned long caller)
{
	void *obj;

	might_alloc(gfp);
	preempt_disable();
	obj = magazine_pop(pool);
	preempt_enable();
	if (unlikely(!obj || !slab_hand_out(pool, obj))) {
		if (obj)
			report_twice(pool, obj);
		obj = alloc_slow(pool, gfp);
		if (!obj)
			return NULL;
	}
	if (want_init_on_alloc(gfp))
		return init_object(pool, gfp, obj, caller);
	return obj;
}

/**
 * pool_alloc() - mpool_alloc() for who knows better what a failure means
 * @pool: from which
 * @gfp: as for mpool_alloc()
 * @caller: who asked, for a report
 *
 * Context: as mpool_alloc().
 * Return: the object, or NULL, which is not counted as a failure.
 */
void *pool_alloc(struct mpool *pool, gfp_t gfp, unsigned long caller)
{
	return alloc_one(pool, gfp, caller);
}

/**
 * mpool_alloc() - allocate an object
 * @pool: from which
 * @gfp: what may be done to get memory when the pool must grow. __GFP_ZERO zeroes the object,
 *	and is refused and reported by a pool with a constructor. Zone bits are ignored: the
 *	pool's own count. __GFP_NOFAIL cannot be honoured and is ignored too.
 *
 * Without a constructor the content is undefined, unless init_on_alloc is on.
 *
 * A request that may sleep fails only if all objects up to the limit are in use, or the
 * system has no memory: objects that other CPUs cache are fetched first. One that may not
 * sleep cannot wait for other CPUs; it has them fetched for those who come after it.
 *
 * Context: Any. Sleeps only if @gfp has __GFP_DIRECT_RECLAIM. In an NMI, and with preemption
 * or interrupts off on PREEMPT_RT, the pool does not grow.
 * Return: the object, or NULL. Free it with mpool_free().
 */
void *mpool_alloc(struct mpool *pool, gfp_t gfp)
{
	void *obj = alloc_one(pool, gfp, _RET_IP_);

	if (unlikely(!obj))
		atomic_long_inc(&pool->fails);
	return obj;
}
EXPORT_SYMBOL_GPL(mpool_alloc);

/* Mark objects as held; how many there were. */
static size_t hand_out(struct mpool *pool, void **objs, size_t n)
{
	size_t i, good = 0;

	for (i = 0; i < n; i++) {
		if (likely(slab_hand_out(pool, objs[i])))
			objs[good++] = objs[i];
		else
			report_twice(pool, objs[i]);
	}
	return good;
}

/**
 * mpool_alloc_bulk() - allocate several objects, or none
 * @pool: from which
 * @gfp: as for mpool_alloc()
 * @n: how many
 * @objs: where to put them; undefined after a failure
 *
 * Faster than @n calls of mpool_alloc(). Several callers who each get a part of what they need
 * near the limit can all fail. A failure counts once, and what had been taken by then counts
 * as allocated and freed.
 *
 * Context: as mpool_alloc().
 * Return: 0, or -ENOMEM.
 */
int mpool_alloc_bulk(struct mpool *pool, gfp_t gfp, size_t n, void **objs)
{
	size_t got = 0, i;

	might_alloc(gfp);
	while (got < n) {
		preempt_disable();
		i = magazine_pop_bulk(pool, objs + got, n - got);
		preempt_enable();
		got += hand_out(pool, objs + got, i);
		if (got == n)
			break;
		objs[got] = alloc_slow(pool, gfp);
		if (!objs[got])
			goto err_free;
		got++;
	}
	if (want_init_on_alloc(gfp)) {
		for (i = 0; i < n; i++) {
			if (!init_object(pool, gfp, objs[i], _RET_IP_))
				goto err_refused;
		}
	}
	return 0;

err_refused:
	/* The first one: it is free already. */
	objs[0] = NULL;
err_free:
	atomic_long_inc(&pool->fails);
	mpool_free_bulk(pool, got, objs);
	return -ENOMEM;
}
EXPORT_SYMBOL_GPL(mpool_alloc_bulk);

static noinline void report_misuse(struct mpool *pool, const void *obj, enum misuse misuse,
				   unsigned long caller)
{
	char name[MPOOL_NAME_LEN];

	/* NULL is no slab's, so it comes here, where it costs the others nothing. */
	if (!obj)
		return;
	if (misuse == MISUSE_FOREIGN && registry_owner_of(obj, pool, name))
		debug_report_misuse(&pool->entry, MISUSE_WRONG_POOL, obj, caller, name);
	else
		debug_report_misuse(&pool->entry, misuse, obj, caller, NULL);
}

/* The way of a free that the magazine had no room for. */
static noinline void free_slow(struct mpool *pool, void *obj)
{
	unsigned long flags;

	if (!mpool_lock_any(pool, &flags)) {
		/* In an NMI. The pool cannot end before we return: registry_remove() waits. */
		slab_free_late(pool, obj);
		mpool_kick(pool);
		return;
	}
	if (!magazine_unload(pool, obj)) {
		slab_put(pool, &obj, 1);
		pool->frees++;
	}
	/* After this unlock a pool that was abandoned may be gone. */
	if (pool->abandoned)
		mpool_kick(pool);
	else
		tidy_arm(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

static __always_inline void init_on_free_object(struct mpool *pool, void *obj)
{
	if (want_init_on_free() && !pool->ctor)
		memset(obj, 0, pool->size);
}

static __always_inline void free_one(struct mpool *pool, void *obj, unsigned long caller)
{
	enum misuse misuse;
	bool done = false;

	preempt_disable();
	misuse = slab_take_back(pool, obj);
	if (likely(!misuse)) {
		init_on_free_object(pool, obj);
		done = magazine_push(pool, obj);
	}
	preempt_enable();
	if (unlikely(misuse))
		report_misuse(pool, obj, misuse, caller);
	else if (unlikely(!done))
		free_slow(pool, obj);
}

/**
 * pool_free() - mpool_free() on behalf of somebody
 * @pool: the pool that it is from
 * @obj: the object
 * @caller: who called, for a report
 *
 * Context: any, an NMI too.
 */
void pool_free(struct mpool *pool, void *obj, unsigned long caller)
{
	free_one(pool, obj, caller);
}

/**
 * mpool_free() - free an object
 * @pool: the pool that it is from
 * @obj: the object; NULL is fine
 *
 * An object that is not of this pool, is not the start of one, or is free already, is
 * refused: the pool stays as it was, and the log says which pool, what was wrong and who
 * called. Only a double free whose two calls run within the same few nanoseconds on two CPUs
 * can escape; see slab_take_back().
 *
 * Context: Any, an NMI too.
 */
void mpool_free(struct mpool *pool, void *obj)
{
	free_one(pool, obj, _RET_IP_);
}
EXPORT_SYMBOL_GPL(mpool_free);

/* Take back objects up to the first bad one, or all; how many, and what is wrong with the next. */
static size_t take_back_run(struct mpool *pool, void **objs, size_t n, enum misuse *misuse)
{
	size_t good;

	*misuse = MISUSE_NONE;
	for (good = 0; good < n; good++) {
		preempt_disable();
		*misuse = slab_take_back(pool, objs[good]);
		preempt_enable();
		if (unlikely(*misuse))
			break;
		init_on_free_object(pool, objs[good]);
	}
	return good;
}

/* Put objects that were taken back where there is room. */
static void push_run(struct mpool *pool, void **objs, size_t n)
{
	size_t pushed = 0;

	while (pushed < n) {
		preempt_disable();
		pushed += magazine_push_bulk(pool, objs + pushed, n - pushed);
		preempt_enable();
		if (pushed < n)
			free_slow(pool, objs[pushed++]);
	}
}

/**
 * mpool_free_bulk() - free several objects
 * @pool: the pool that they are from
 * @n: how many
 * @objs: the objects; a NULL among them is skipped, a bad one is refused as by mpool_free()
 *
 * Context: Any, an NMI too.
 */
void mpool_free_bulk(struct mpool *pool, size_t n, void **objs)
{
	enum misuse misuse;
	size_t i, good;

	/* If the pool was destroyed with these objects out, it must not go under us. */
	rcu_read_lock();
	for (i = 0; i < n; i += good + !!misuse) {
		good = take_back_run(pool, objs + i, n - i, &misuse);
		push_run(pool, objs + i, good);
		if (unlikely(misuse))
			report_misuse(pool, objs[i + good], misuse, _RET_IP_);
	}
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(mpool_free_bulk);
