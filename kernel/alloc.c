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

/*
 * Those in line come first, and what is owed to the reserve is left. The quarantine gives only if
 * @all is to: where the pool can grow, that comes before.
 */
static void *take_from_stock(struct mpool *pool, bool all)
{
	void *obj;

	if (unlikely(!list_empty(&pool->waiting)))
		return NULL;
	obj = magazine_reload(pool);
	while (!obj && !mpool_dying(pool)) {
		/* If none is taken, one was lost, and there may be none to spare any more. */
		if (mpool_spare(pool)) {
			if (slab_take(pool, &obj, 1))
				pool->allocs++;
			else
				obj = NULL;
		} else if ((!all && pool->depot.objects <= pool->quarantine.n) ||
			   !depot_flush_one(pool)) {
			break;
		}
	}
	return obj;
}

/* Take one object from the depot or the slabs. */
static void *take_one(struct mpool *pool, bool all)
{
	unsigned long flags;
	void *obj;

	if (!mpool_lock_any(pool, &flags))
		return NULL;
	obj = take_from_stock(pool, all);
	if (mpool_stock(pool) < pool->low && mpool_may_grow(pool))
		mpool_kick(pool);
	else if (obj)
		mpool_arm(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return obj;
}

/* Take one object from the reserve; marked as held. */
static void *take_reserved(struct mpool *pool)
{
	unsigned long flags;
	void *obj = NULL;

	if (!mpool_lock_any(pool, &flags))
		return NULL;
	while (mpool_reserved(pool) && list_empty(&pool->privileged) && pool->free_slab) {
		/* If none is taken, one was lost. */
		if (!slab_take_held(pool, &obj, 1, MARK_HELD | MARK_RESERVE)) {
			obj = NULL;
			continue;
		}
		pool->reserve_held++;
		pool->allocs++;
		break;
	}
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return obj;
}

/*
 * An object that was cached is not free. It was freed twice at the same moment, was in two places,
 * and has been handed out from one; or the head of its slab was overwritten.
 */
static noinline void report_not_free(struct mpool *pool, const void *obj)
{
	if (!slab_check_damage(pool, obj))
		report_free(pool, MISUSE_DOUBLE_FREE, obj, 0);
}

/* What search() found. */
enum search {
	SEARCH_AGAIN,		/* something has come: try once more */
	SEARCH_STRIP,		/* CPUs may cache objects: take their magazines away */
	SEARCH_WAIT,		/* objects are being made or unmade elsewhere */
	SEARCH_NOTHING,		/* there is no free object, nor room for one */
};

/*
 * An allocation found nothing and growth failed with @why. Is there nothing, really? If so,
 * somebody holds each object, or it is @pending: that is looked at under the lock too, for nothing
 * comes home meanwhile.
 */
static enum search search(struct mpool *pool, int why, bool *pending)
{
	enum search found;
	unsigned long flags;

	if (!mpool_dying(pool))
		defer_collect(pool);
	raw_spin_lock_irqsave(&pool->lock, flags);
	*pending = atomic_long_read(&pool->pending);
	if (mpool_dying(pool)) {
		found = SEARCH_NOTHING;
	} else if (list_empty(&pool->waiting) && (mpool_spare(pool) || pool->depot.objects)) {
		found = SEARCH_AGAIN;
	} else if ((why == -ENOSPC || why == -EDQUOT) && mpool_may_grow(pool)) {
		found = SEARCH_AGAIN;
	} else if (pool->magazine_size && !pool->stripped) {
		magazine_begin_drought(pool);
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

/*
 * Called when growth failed with @why. Return true if it is worth trying again; else @pending says
 * whether what is pending is worth waiting for.
 */
static bool look_harder(struct mpool *pool, gfp_t gfp, int why, bool *pending)
{
	bool may_wait = gfpflags_allow_blocking(gfp);

	/* An NMI does not wait for the lock, nor try it again and again. */
	if (in_nmi())
		return false;
	switch (search(pool, why, pending)) {
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

/* Is what a failed growth was refused for something that can pass any time? */
static bool may_pass(int err)
{
	return err == -ENOSPC || err == -EDQUOT || err == -ENOBUFS;
}

/*
 * A free object from anywhere: where there is none, the pool grows, takes what CPUs cache, or has
 * what is pending come home; as long as something is, for others may be faster.
 */
static void *find_one(struct mpool *pool, gfp_t gfp)
{
	bool may_flush = gfpflags_allow_blocking(gfp) && !in_nmi();
	bool pending = false;
	int err = 0;
	void *obj;

	for (;;) {
		obj = take_one(pool, false);
		if (obj)
			return obj;
		/* What was refused once is not asked for again, but room can come any time. */
		if (!err || may_pass(err))
			err = grow_pool(pool, gfp);
		if (!err)
			continue;
		obj = take_one(pool, true);
		if (obj)
			return obj;
		if (look_harder(pool, gfp, err, &pending))
			continue;
		if (!may_flush || (!pending && err != -ENOBUFS))
			return NULL;
		/* What is late in a slab that was overwritten stays pending: once more, then. */
		may_flush = list_empty(&pool->damaged);
		defer_flush(pool);
	}
}

/* Likewise, marked as held. */
static void *find_held(struct mpool *pool, gfp_t gfp)
{
	void *obj;

	while ((obj = find_one(pool, gfp))) {
		if (likely(slab_hand_out(pool, obj)))
			break;
		report_not_free(pool, obj);
	}
	return obj;
}

/* What a privileged request does before it takes from the reserve: nothing that takes long. */
static gfp_t in_passing(gfp_t gfp)
{
	return (gfp & ~__GFP_DIRECT_RECLAIM) | __GFP_NOWARN | __GFP_NORETRY | __GFP_NOMEMALLOC;
}

/* Likewise, or from the reserve. */
static void *find_privileged(struct mpool *pool, gfp_t gfp)
{
	void *obj = find_held(pool, in_passing(gfp)) ?: take_reserved(pool);

	if (!obj && gfpflags_allow_blocking(gfp))
		obj = find_held(pool, gfp) ?: take_reserved(pool);
	return obj;
}

/* What the fast lane need not do, for a pool that is watched never gets there. */
static void watch_alloc(struct mpool *pool, void *obj, unsigned long caller)
{
	checks_alloc(pool, obj);
	track_alloc(pool, obj, caller);
}

/* Take one object by the slow way; marked as held. */
static noinline void *alloc_slow(struct mpool *pool, gfp_t gfp, unsigned long caller)
{
	void *obj;

	if (unlikely(gfp & MPOOL_PRIVILEGED))
		obj = find_privileged(pool, gfp);
	else
		obj = find_held(pool, gfp);
	if (unlikely(pool->checks) && obj)
		watch_alloc(pool, obj, caller);
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
	if (!pool_check_zero(pool, gfp, caller))
		return obj;
	mpool_free(pool, obj);
	return NULL;
}

static __always_inline void *alloc_one(struct mpool *pool, gfp_t gfp, unsigned long caller)
{
	void *obj;

	might_alloc(gfp);
	if (fault_hits(pool, gfp))
		return NULL;
	if (unlikely(!mpool_lane_alloc(&pool->lane, &obj) && !magazine_pop_bulk(pool, 1, &obj))) {
		obj = alloc_slow(pool, gfp, caller);
		if (!obj)
			return NULL;
	}
	debug_alloc(pool, obj, gfp);
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
 * __mpool_alloc() - mpool_alloc() for what the fast lane cannot do
 * @pool: from which
 * @gfp: as for mpool_alloc()
 *
 * Context: as mpool_alloc().
 * Return: as mpool_alloc().
 */
void *__mpool_alloc(struct mpool *pool, gfp_t gfp)
{
	void *obj = alloc_one(pool, gfp, _RET_IP_);

	if (unlikely(!obj))
		atomic_long_inc(&pool->fails);
	return obj;
}
EXPORT_SYMBOL_GPL(__mpool_alloc);

/**
 * __mpool_init_object() - zero an object that the fast lane has allocated
 * @pool: whose
 * @gfp: of the request
 * @obj: the object
 *
 * Context: any.
 * Return: as mpool_alloc().
 */
void *__mpool_init_object(struct mpool *pool, gfp_t gfp, void *obj)
{
	obj = init_object(pool, gfp, obj, _RET_IP_);
	if (unlikely(!obj))
		atomic_long_inc(&pool->fails);
	return obj;
}
EXPORT_SYMBOL_GPL(__mpool_init_object);

/**
 * pool_check_zero() - may a request have its objects zeroed, if it wants that?
 * @pool: by which pool
 * @gfp: of the request
 * @caller: who asked, for a report
 *
 * Context: any.
 * Return: 0 or -EINVAL.
 */
int pool_check_zero(struct mpool *pool, gfp_t gfp, unsigned long caller)
{
	if (likely(!(gfp & __GFP_ZERO) || !pool->ctor))
		return 0;
	report_misuse(&pool->entry, MISUSE_ZERO, caller, NULL);
	return -EINVAL;
}

static void init_objects(struct mpool *pool, gfp_t gfp, size_t n, void **objs)
{
	size_t i;

	for (i = 0; i < n; i++)
		debug_alloc(pool, objs[i], gfp);
	if (!want_init_on_alloc(gfp) || pool->ctor)
		return;
	for (i = 0; i < n; i++)
		memset(objs[i], 0, pool->size);
}

/**
 * pool_deliver() - prepare objects that were taken for somebody
 * @pool: whose
 * @gfp: of the request, which pool_check_zero() has passed
 * @n: how many
 * @objs: the objects, marked as held
 * @caller: who asked for them
 *
 * Context: as @gfp says, but not in an NMI.
 */
void pool_deliver(struct mpool *pool, gfp_t gfp, size_t n, void **objs, unsigned long caller)
{
	size_t i;

	for (i = 0; pool->checks && i < n; i++)
		watch_alloc(pool, objs[i], caller);
	init_objects(pool, gfp, n, objs);
}

/**
 * pool_alloc_bulk() - mpool_alloc_bulk() for who knows better what a failure means
 * @pool: from which
 * @gfp: as for mpool_alloc(); pool_check_zero() has passed it
 * @n: how many
 * @objs: where to put them
 * @caller: who asked, for a report
 *
 * Context: as mpool_alloc().
 * Return: 0, or -ENOMEM, which is not counted as a failure.
 */
int pool_alloc_bulk(struct mpool *pool, gfp_t gfp, size_t n, void **objs, unsigned long caller)
{
	size_t got = 0;

	might_alloc(gfp);
	if (fault_hits(pool, gfp))
		return -ENOMEM;
	for (;;) {
		got += magazine_pop_bulk(pool, n - got, objs + got);
		if (got == n)
			break;
		objs[got] = alloc_slow(pool, gfp, caller);
		if (!objs[got]) {
			init_objects(pool, gfp, got, objs);
			mpool_free_bulk(pool, got, objs);
			return -ENOMEM;
		}
		got++;
	}
	init_objects(pool, gfp, n, objs);
	return 0;
}

/**
 * mpool_alloc_bulk() - allocate several objects, or none
 * @pool: from which
 * @gfp: as for mpool_alloc()
 * @n: how many
 * @objs: where to put them; undefined after a failure
 *
 * Faster than @n calls of mpool_alloc(). Several callers who each get a part of what they need
 * near the limit can all fail: see mpool_alloc_wait_bulk(). A failure counts once, and what had
 * been taken by then counts as allocated and freed.
 *
 * Context: as mpool_alloc().
 * Return: 0, or -ENOMEM.
 */
int mpool_alloc_bulk(struct mpool *pool, gfp_t gfp, size_t n, void **objs)
{
	if (likely(!pool_check_zero(pool, gfp, _RET_IP_) &&
		   !pool_alloc_bulk(pool, gfp, n, objs, _RET_IP_)))
		return 0;
	atomic_long_inc(&pool->fails);
	return -ENOMEM;
}
EXPORT_SYMBOL_GPL(mpool_alloc_bulk);

/* NULL is no slab's, so it comes here, where it costs the others nothing. */
static noinline void refuse(struct mpool *pool, const void *obj, enum misuse misuse,
			    unsigned long caller)
{
	if (obj)
		report_free(pool, misuse, obj, caller);
}

/* One that is held is of the reserve no more: another takes its place, which tidy.c may make. */
static bool leave_reserve(struct mpool *pool)
{
	unsigned long flags;

	if (!mpool_lock_any(pool, &flags))
		return false;
	pool->reserve_held--;
	mpool_kick(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return true;
}

static void withhold(struct mpool *pool, void *obj, bool reserved)
{
	if (reserved && leave_reserve(pool))
		reserved = false;
	preempt_disable();
	slab_withhold(pool, obj, reserved ? MARK_RESERVE : 0);
	preempt_enable();
}

/*
 * Has nobody written beyond an object that is being freed? If somebody has, it is withheld; but not
 * where the pool waits for it to end.
 */
static bool watch_free(struct mpool *pool, void *obj, bool reserved, unsigned long caller)
{
	enum misuse misuse;
	long where;

	track_free(pool, obj, caller);
	misuse = checks_free(pool, obj, &where);
	if (likely(!misuse))
		return true;
	report_overwritten(pool, misuse, obj, where, caller);
	checks_mend(pool, obj);
	if (mpool_dying(pool))
		return true;
	withhold(pool, obj, reserved);
	return false;
}

/* Return an object that has left its owner to where it can be found. */
static void bring_home(struct mpool *pool, void *obj, bool reserved)
{
	unsigned long flags;

	if (!debug_hears() || !mpool_lock_any(pool, &flags)) {
		defer_free(pool, obj, false, reserved);
		return;
	}
	if (reserved) {
		slab_put(pool, &obj, 1);
		pool->frees++;
		pool->reserve_held--;
	} else if (!magazine_unload(pool, obj)) {
		quarantine_put(pool, &obj, 1);
		pool->frees++;
	}
	mpool_came_home(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

/* The way of a free that the magazine had no room for, or that is no magazine's business. */
static noinline void free_slow(struct mpool *pool, void *obj, bool reserved, unsigned long caller)
{
	/* The pool cannot end before this object is home. */
	if (unlikely(READ_ONCE(pool->abandoned)))
		report_free(pool, MISUSE_DESTROYED, obj, caller);
	if (unlikely(pool->checks)) {
		checks_poison(pool, obj);
		if (!watch_free(pool, obj, reserved, caller))
			return;
	}
	bring_home(pool, obj, reserved);
}

/* What is no ordinary object in use is one of the reserve, or a mistake. */
static noinline void free_odd(struct mpool *pool, void *obj, enum misuse misuse,
			      unsigned long caller)
{
	bool reserved = false;

	if (misuse == MISUSE_DOUBLE_FREE) {
		preempt_disable();
		reserved = slab_take_back_reserved(pool, obj);
		preempt_enable();
	}
	if (!reserved) {
		refuse(pool, obj, misuse, caller);
		return;
	}
	slab_let_go(pool, obj);
	free_slow(pool, obj, true, caller);
}

static __always_inline void free_one(struct mpool *pool, void *obj, unsigned long caller)
{
	enum misuse misuse;
	bool done = false;

	preempt_disable();
	misuse = slab_take_back(pool, obj);
	if (likely(!misuse)) {
		slab_let_go(pool, obj);
		done = debug_hears() && magazine_push(pool, obj);
	}
	preempt_enable();
	if (unlikely(misuse))
		free_odd(pool, obj, misuse, caller);
	else if (unlikely(!done))
		free_slow(pool, obj, false, caller);
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
 * __mpool_free() - mpool_free() for what the fast lane cannot do
 * @pool: as for mpool_free()
 * @obj: likewise
 *
 * Context: as mpool_free().
 */
void __mpool_free(struct mpool *pool, void *obj)
{
	free_one(pool, obj, _RET_IP_);
}
EXPORT_SYMBOL_GPL(__mpool_free);

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
	size_t done;

	/* If the pool was destroyed with these objects out, it must not go under us. */
	rcu_read_lock();
	for (done = 0; done < n; done++) {
		done += magazine_push_bulk(pool, n - done, objs + done);
		if (done == n)
			break;
		free_one(pool, objs[done], _RET_IP_);
	}
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(mpool_free_bulk);

/* --- frees that come to effect later --- */

/* An object that somebody holds leaves its owner, but for those who read it under RCU. */
static void leave_late(struct mpool *pool, void *obj, bool rcu, bool reserved,
		       unsigned long caller)
{
	if (unlikely(READ_ONCE(pool->abandoned)))
		report_free(pool, MISUSE_DESTROYED, obj, caller);
	/* Nothing refers to it any more but its mark: for kmemleak that would be a leak. */
	if (debug_hears())
		debug_leak_free(pool, obj);
	if (unlikely(pool->checks) && !watch_free(pool, obj, reserved, caller))
		return;
	defer_free(pool, obj, rcu, reserved);
}

static void free_later(struct mpool *pool, void *obj, bool rcu, unsigned long caller)
{
	enum misuse misuse;
	u8 *mark;

	preempt_disable();
	misuse = slab_check(pool, obj, &mark);
	if (likely(!misuse))
		leave_late(pool, obj, rcu, READ_ONCE(*mark) & MARK_RESERVE, caller);
	preempt_enable();
	if (unlikely(misuse))
		refuse(pool, obj, misuse, caller);
}

/**
 * mpool_free_deferred() - free an object in the background
 * @pool: the pool that it is from
 * @obj: the object; NULL is fine. It is gone for the caller.
 *
 * For who frees where each nanosecond counts or where mpool.ko should do nothing: what is left
 * then goes home in batches, soon after. Until it is there, an object counts as in use, and as
 * pending. With more than mpool_params.budget pending, it is freed at once. Refuses what
 * mpool_free() would.
 *
 * Context: Any, an NMI too.
 */
void mpool_free_deferred(struct mpool *pool, void *obj)
{
	if (unlikely(defer_over_budget(pool)))
		free_one(pool, obj, _RET_IP_);
	else
		free_later(pool, obj, false, _RET_IP_);
}
EXPORT_SYMBOL_GPL(mpool_free_deferred);

/**
 * mpool_free_rcu() - free an object after a grace period
 * @pool: the pool that it is from
 * @obj: the object, which new readers cannot find any more; NULL is fine
 *
 * Its content stays as it is for those who read it under rcu_read_lock(), or with preemption
 * or interrupts off, until they are done. The object needs no rcu_head, and nothing is
 * allocated: frees are noted in a byte beside the object, one grace period serves all of a pool
 * that came by then, and after it the marks of each slab concerned are looked through once.
 *
 * Until it is home, an object counts as in use, and as pending. With more than
 * mpool_params.budget pending, grace periods are short ones. Refuses what mpool_free() would.
 *
 * Context: Any, an NMI too.
 */
void mpool_free_rcu(struct mpool *pool, void *obj)
{
	free_later(pool, obj, true, _RET_IP_);
}
EXPORT_SYMBOL_GPL(mpool_free_rcu);
