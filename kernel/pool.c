// SPDX-License-Identifier: GPL-2.0
/*
 * What a pool is: create and destroy, the list of all pools, the limit, and the way of an
 * allocation or a free once the fast lane could not serve it.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/cpuhotplug.h>
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/overflow.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "internal.h"

/* A pool that nobody uses gives its surplus back after at most two of these. */
#define TIDY_INTERVAL	HZ

/* Bits of mpool_params.gfp that mean something for a slab. */
#define PARAMS_GFP	(GFP_DMA | GFP_DMA32 | __GFP_ACCOUNT | __GFP_NOWARN)
#define PARAMS_FLAGS	(MPOOL_HWCACHE_ALIGN | MPOOL_NODE)

/* What a pool's name may consist of; it needs no quoting anywhere. */
#define NAME_CHARACTERS	"abcdefghijklmnopqrstuvwxyz0123456789_-"

/* All pools by id. Changed under pools_mutex; read under it or under RCU. */
static DEFINE_XARRAY_ALLOC1(pools);
static DEFINE_MUTEX(pools_mutex);
static u32 pools_next_id;

/* Runs mpool.tidy. Reclaim may wait for it. */
static struct workqueue_struct *tidy_wq;

/* The hotplug state whose instances are the pools. */
static enum cpuhp_state hotplug_state;

/* --- giving surplus back --- */

/* Have @tidy look at the pool in a while, if there can be surplus. Under mpool.lock. */
static void pool_arm(struct mpool *pool)
{
	if (pool->armed || pool->objects <= pool->keep)
		return;
	pool->armed = true;
	irq_work_queue(&pool->kick);
}

/* From irq_work, because only that may be started in an NMI or under the scheduler's locks. */
static void pool_kicked(struct irq_work *work)
{
	struct mpool *pool = container_of(work, struct mpool, kick);

	if (READ_ONCE(pool->urgent))
		mod_delayed_work(tidy_wq, &pool->tidy, 0);
	else
		queue_delayed_work(tidy_wq, &pool->tidy, TIDY_INTERVAL);
}

/* Give unused slabs back while at least @keep free objects are left. */
static unsigned long pool_release(struct mpool *pool, unsigned long keep)
{
	unsigned long flags, released = 0;
	struct slab *slab;
	unsigned int nr;

	for (;;) {
		raw_spin_lock_irqsave(&pool->lock, flags);
		slab = slab_withdraw(pool, keep);
		if (slab) {
			/* They count against the limit until their destructor has run. */
			pool->in_transit += slab->nr;
			pool->shrinks++;
		}
		raw_spin_unlock_irqrestore(&pool->lock, flags);
		if (!slab)
			return released;

		nr = slab->nr;
		slab_free(pool, slab);
		released += nr;
		raw_spin_lock_irqsave(&pool->lock, flags);
		pool->in_transit -= nr;
		raw_spin_unlock_irqrestore(&pool->lock, flags);
		cond_resched();
	}
}

/* Bring every free object home to its slab. */
static void pool_drain(struct mpool *pool)
{
	unsigned long flags;
	bool more;

	magazine_strip(pool);
	do {
		raw_spin_lock_irqsave(&pool->lock, flags);
		slab_collect_late(pool);
		more = depot_flush_one(pool);
		raw_spin_unlock_irqrestore(&pool->lock, flags);
	} while (more);
}

/*
 * Take the magazines away for good, or until mpool_end_drought(): then all free objects are
 * where an allocation looks. @dry has been set.
 */
static void pool_strip(struct mpool *pool)
{
	unsigned long flags, droughts;

	raw_spin_lock_irqsave(&pool->lock, flags);
	droughts = pool->droughts;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	magazine_strip(pool);
	raw_spin_lock_irqsave(&pool->lock, flags);
	if (pool->dry && pool->droughts == droughts)
		pool->stripped = true;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

/* How much was done with the pool so far; unchanged means nobody uses it. */
static unsigned long pool_ops(struct mpool *pool)
{
	struct magazine_count count = magazine_count(pool);

	return count.allocs + count.frees + READ_ONCE(pool->allocs) + READ_ONCE(pool->frees);
}

static void pool_finish(struct mpool *pool);

static void pool_tidy(struct work_struct *work)
{
	struct mpool *pool = container_of(to_delayed_work(work), struct mpool, tidy);
	unsigned long flags, ops = pool_ops(pool);
	bool idle = ops == pool->tidy_ops;
	bool dry, done;

	pool->tidy_ops = ops;
	raw_spin_lock_irqsave(&pool->lock, flags);
	WRITE_ONCE(pool->urgent, false);
	pool->armed = false;
	dry = pool->dry && !pool->stripped;
	slab_collect_late(pool);
	done = pool->dying && !pool->abandoned;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	/* mpool_destroy() is at work and does all this itself. */
	if (done)
		return;

	if (dry)
		pool_strip(pool);
	magazine_supply(pool);
	if (idle)
		pool_drain(pool);
	pool_release(pool, pool->abandoned ? 0 : pool->keep);

	raw_spin_lock_irqsave(&pool->lock, flags);
	if (!idle)
		pool_arm(pool);
	done = pool->abandoned && !pool->objects;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	if (done)
		pool_finish(pool);
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
	pool_drain(pool);
	return pool_release(pool, pool->keep);
}
EXPORT_SYMBOL_GPL(mpool_trim);

/* --- allocation --- */

/* How many more objects may come to exist. Under mpool.lock, or for a first look. */
static unsigned long pool_room(struct mpool *pool)
{
	unsigned long existing = READ_ONCE(pool->objects) + READ_ONCE(pool->in_transit);

	return existing < pool->limit ? pool->limit - existing : 0;
}

/* May memory be had here at all? On PREEMPT_RT the page allocator takes sleeping locks. */
static bool pool_may_grow(struct mpool *pool)
{
	if (in_nmi() || READ_ONCE(pool->dying))
		return false;
	return !IS_ENABLED(CONFIG_PREEMPT_RT) || preemptible();
}

/*
 * Make a slab. Its pages come first, for that can take long and depend on others who use this
 * pool; only then is the limit's room claimed, for the time that constructors take.
 */
static int pool_grow(struct mpool *pool, gfp_t gfp)
{
	unsigned long flags, nr;
	struct slab *slab;
	int err;

	if (!pool_may_grow(pool))
		return -EAGAIN;
	if (!pool_room(pool))
		return -ENOSPC;
	slab = slab_alloc(pool, gfp);
	if (!slab)
		return -ENOMEM;

	raw_spin_lock_irqsave(&pool->lock, flags);
	nr = min_t(unsigned long, pool_room(pool), pool->per_slab);
	pool->in_transit += nr;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	err = nr ? slab_construct(pool, slab, nr, gfp) : -ENOSPC;
	raw_spin_lock_irqsave(&pool->lock, flags);
	pool->in_transit -= nr;
	if (!err) {
		slab_publish(pool, slab);
		pool->grows++;
		if (pool->dry)
			mpool_end_drought(pool);
		pool_arm(pool);
	}
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	if (err)
		slab_free(pool, slab);
	return err;
}

/* Take one object from the depot or the slabs. */
static void *pool_take(struct mpool *pool)
{
	unsigned long flags;
	void *obj = NULL;

	if (!mpool_lock_any(pool, &flags))
		return NULL;
	obj = magazine_reload(pool);
	while (!obj && !pool->dying) {
		if (slab_take(pool, &obj, 1))
			pool->allocs++;
		else if (!depot_flush_one(pool))
			break;
	}
	if (obj)
		pool_arm(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return obj;
}

/* It was freed twice at the same moment, was in two places, and has been handed out from one. */
static noinline void pool_report_twice(struct mpool *pool, const void *obj)
{
	debug_report_misuse(pool, MISUSE_DOUBLE_FREE, obj, 0, NULL);
}

/* What pool_search() found. */
enum search {
	SEARCH_AGAIN,		/* something has come: try once more */
	SEARCH_STRIP,		/* CPUs may cache objects: take their magazines away */
	SEARCH_WAIT,		/* objects are being made or unmade elsewhere */
	SEARCH_NOTHING,		/* there is no free object, nor room for one */
};

/* An allocation found nothing and growth failed with @why. Is there nothing, really? */
static enum search pool_search(struct mpool *pool, int why)
{
	enum search found;
	unsigned long flags;

	if (!mpool_lock_any(pool, &flags))
		return SEARCH_NOTHING;
	slab_collect_late(pool);
	if (pool->dying) {
		found = SEARCH_NOTHING;
	} else if (pool->free_slab || pool->depot.objects) {
		found = SEARCH_AGAIN;
	} else if (why == -ENOSPC && pool_room(pool)) {
		found = SEARCH_AGAIN;
	} else if (pool->magazine_size && !pool->stripped) {
		pool->dry = true;
		found = SEARCH_STRIP;
	} else {
		found = pool->in_transit && why == -ENOSPC ? SEARCH_WAIT : SEARCH_NOTHING;
	}
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return found;
}

/* Called when growth failed with @why. Return true if it is worth trying again. */
static bool pool_look_harder(struct mpool *pool, gfp_t gfp, int why)
{
	switch (pool_search(pool, why)) {
	case SEARCH_AGAIN:
		return true;
	case SEARCH_STRIP:
		if (!gfpflags_allow_blocking(gfp)) {
			/* We cannot wait for other CPUs. Those who come after us will find it. */
			mpool_kick(pool);
			return false;
		}
		pool_strip(pool);
		return true;
	case SEARCH_WAIT:
		if (!gfpflags_allow_blocking(gfp))
			return false;
		/* As long as a constructor or destructor takes. */
		schedule_timeout_uninterruptible(1);
		return true;
	case SEARCH_NOTHING:
		break;
	}
	return false;
}

/* A free object from anywhere: where there is none, the pool grows, or takes what CPUs cache. */
static void *pool_find(struct mpool *pool, gfp_t gfp)
{
	int err = 0;
	void *obj;

	for (;;) {
		obj = pool_take(pool);
		if (obj)
			return obj;
		/* What was refused once is not asked for again, but room can come any time. */
		if (!err || err == -ENOSPC)
			err = pool_grow(pool, gfp);
		if (err && !pool_look_harder(pool, gfp, err)) {
			atomic_long_inc(&pool->fails);
			return NULL;
		}
	}
}

/* Take one object by the slow way; marked as held. */
static noinline void *pool_alloc_slow(struct mpool *pool, gfp_t gfp)
{
	void *obj;

	while ((obj = pool_find(pool, gfp))) {
		if (likely(slab_hand_out(pool, obj)))
			break;
		pool_report_twice(pool, obj);
	}
	return obj;
}

/*
 * Zero an object that was just allocated, unless that would wipe out what a constructor wrote:
 * then init_on_alloc does not apply, and __GFP_ZERO is refused.
 */
static noinline void *pool_init_object(struct mpool *pool, gfp_t gfp, void *obj,
				       unsigned long caller)
{
	if (!pool->ctor)
		return memset(obj, 0, pool->size);
	if (!(gfp & __GFP_ZERO))
		return obj;
	debug_report_misuse(pool, MISUSE_ZERO, NULL, caller, NULL);
	atomic_long_inc(&pool->fails);
	mpool_free(pool, obj);
	return NULL;
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
	void *obj;

	might_alloc(gfp);
	obj = magazine_pop(pool);
	if (unlikely(!obj || !slab_hand_out(pool, obj))) {
		if (obj)
			pool_report_twice(pool, obj);
		obj = pool_alloc_slow(pool, gfp);
		if (!obj)
			return NULL;
	}
	if (want_init_on_alloc(gfp))
		return pool_init_object(pool, gfp, obj, _RET_IP_);
	return obj;
}
EXPORT_SYMBOL_GPL(mpool_alloc);

/* Mark objects as held; how many there were. */
static size_t pool_hand_out(struct mpool *pool, void **objs, size_t n)
{
	size_t i, good = 0;

	for (i = 0; i < n; i++) {
		if (likely(slab_hand_out(pool, objs[i])))
			objs[good++] = objs[i];
		else
			pool_report_twice(pool, objs[i]);
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
		i = magazine_pop_bulk(pool, objs + got, n - got);
		got += pool_hand_out(pool, objs + got, i);
		if (got == n)
			break;
		objs[got] = pool_alloc_slow(pool, gfp);
		if (!objs[got])
			goto err_free;
		got++;
	}
	if (want_init_on_alloc(gfp)) {
		for (i = 0; i < n; i++) {
			if (!pool_init_object(pool, gfp, objs[i], _RET_IP_))
				goto err_refused;
		}
	}
	return 0;

err_refused:
	/* The first one: it is free already. */
	objs[0] = NULL;
err_free:
	mpool_free_bulk(pool, got, objs);
	return -ENOMEM;
}
EXPORT_SYMBOL_GPL(mpool_alloc_bulk);

/* --- free --- */

/* Is this an object of another pool? Of which? */
static bool pool_of(const void *obj, const struct mpool *not_this, char *name)
{
	struct mpool *pool;
	unsigned long id;
	bool found = false;

	rcu_read_lock();
	xa_for_each(&pools, id, pool) {
		if (pool == not_this || !slab_is_ours(pool, slab_of(pool, obj)))
			continue;
		strscpy(name, pool->name, MPOOL_NAME_LEN);
		found = true;
		break;
	}
	rcu_read_unlock();
	return found;
}

static noinline void pool_report_misuse(struct mpool *pool, const void *obj,
					enum misuse misuse, unsigned long caller)
{
	char name[MPOOL_NAME_LEN];

	/* NULL is no slab's, so it comes here, where it costs the others nothing. */
	if (!obj)
		return;
	if (misuse == MISUSE_FOREIGN && pool_of(obj, pool, name))
		debug_report_misuse(pool, MISUSE_WRONG_POOL, obj, caller, name);
	else
		debug_report_misuse(pool, misuse, obj, caller, NULL);
}

/* The way of a free that the magazine had no room for. */
static noinline void pool_free_slow(struct mpool *pool, void *obj)
{
	unsigned long flags;

	if (!mpool_lock_any(pool, &flags)) {
		/* In an NMI. The pool cannot end before we return: pool_finish() waits. */
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
		pool_arm(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

static __always_inline void pool_init_on_free(struct mpool *pool, void *obj)
{
	if (want_init_on_free() && !pool->ctor)
		memset(obj, 0, pool->size);
}

/**
 * mpool_free() - free an object
 * @pool: the pool that it is from
 * @obj: the object; NULL is fine
 *
 * An object that is not of this pool, is not the start of one, or is free already, is
 * refused: the pool stays as it was, and the log says which pool, what was wrong and who
 * called.
 *
 * Context: Any, an NMI too.
 */
void mpool_free(struct mpool *pool, void *obj)
{
	enum misuse misuse = slab_take_back(pool, obj);

	if (unlikely(misuse)) {
		pool_report_misuse(pool, obj, misuse, _RET_IP_);
		return;
	}
	pool_init_on_free(pool, obj);
	if (unlikely(!magazine_push(pool, obj)))
		pool_free_slow(pool, obj);
}
EXPORT_SYMBOL_GPL(mpool_free);

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
	enum misuse misuse = MISUSE_NONE;
	size_t i, good, pushed;

	for (i = 0; i < n; i += good + 1) {
		/* A run of good ones, up to the first bad one or the end. */
		for (good = 0; i + good < n; good++) {
			misuse = slab_take_back(pool, objs[i + good]);
			if (unlikely(misuse))
				break;
			pool_init_on_free(pool, objs[i + good]);
		}
		if (unlikely(misuse))
			pool_report_misuse(pool, objs[i + good], misuse, _RET_IP_);
		for (pushed = 0; pushed < good; pushed++) {
			pushed += magazine_push_bulk(pool, objs + i + pushed, good - pushed);
			if (pushed < good)
				pool_free_slow(pool, objs[i + pushed]);
		}
	}
}
EXPORT_SYMBOL_GPL(mpool_free_bulk);

/* --- create and destroy --- */

static int check_name(const char *name)
{
	size_t i, len;

	if (!name || !*name)
		return -ENODATA;
	len = strnlen(name, MPOOL_NAME_LEN);
	if (len == MPOOL_NAME_LEN)
		return -ENAMETOOLONG;
	for (i = 0; i < len; i++)
		if (!strchr(NAME_CHARACTERS, name[i]))
			return -EILSEQ;
	return 0;
}

static int check_size(size_t size, size_t align)
{
	size_t sum;

	if (!size)
		return -EINVAL;
	if (align && !is_power_of_2(align))
		return -EDOM;
	if (check_add_overflow(size, align, &sum))
		return -EOVERFLOW;
	if (size > MPOOL_SIZE_MAX || align > PAGE_SIZE)
		return -E2BIG;
	return 0;
}

static int check_node(const struct mpool_params *params)
{
	if (!(params->flags & MPOOL_NODE))
		return params->node && params->node != NUMA_NO_NODE ? -ENODEV : 0;
	if (params->node < 0 || params->node >= MAX_NUMNODES || !node_online(params->node))
		return -ENODEV;
	return 0;
}

static int check_params(const struct mpool_params *params)
{
	int err;

	if (!params)
		return -EFAULT;
	err = check_name(params->name);
	if (err)
		return err;
	err = check_size(params->size, params->align);
	if (err)
		return err;
	if (params->limit && params->keep > params->limit)
		return -ERANGE;
	if (params->flags & ~PARAMS_FLAGS || params->gfp & ~PARAMS_GFP || params->reserve)
		return -EOPNOTSUPP;
	return check_node(params);
}

/* A pool that is set up but for what can fail. */
static void pool_setup(struct mpool *pool, const struct mpool_params *params,
		       struct module *owner, const char *owner_name)
{
	size_t align = params->align;

	if (params->flags & MPOOL_HWCACHE_ALIGN)
		align = max_t(size_t, align, cache_line_size());
	strscpy(pool->name, params->name, sizeof(pool->name));
	strscpy(pool->owner_name, owner_name, sizeof(pool->owner_name));
	pool->owner = owner;
	pool->limit = params->limit ?: ULONG_MAX;
	pool->keep = params->keep;
	pool->node = params->flags & MPOOL_NODE ? params->node : NUMA_NO_NODE;
	pool->gfp = params->gfp;
	pool->ctor = params->ctor;
	pool->dtor = params->dtor;
	pool->ctx = params->ctx;
	raw_spin_lock_init(&pool->lock);
	slab_layout(pool, params->size, align);
	magazine_layout(pool);
	init_irq_work(&pool->kick, pool_kicked);
	INIT_DELAYED_WORK(&pool->tidy, pool_tidy);
}

/* Enter a pool in the list of all, if no live one has its name. */
static int pool_register(struct mpool *pool)
{
	struct mpool *other;
	unsigned long id;
	int err = 0;

	mutex_lock(&pools_mutex);
	xa_for_each(&pools, id, other) {
		if (!other->dying && !strcmp(other->name, pool->name))
			err = -EEXIST;
	}
	if (!err)
		err = xa_alloc_cyclic(&pools, &pool->id, pool, xa_limit_32b, &pools_next_id,
				      GFP_KERNEL);
	mutex_unlock(&pools_mutex);
	return min(err, 0);
}

static void pool_unregister(struct mpool *pool)
{
	mutex_lock(&pools_mutex);
	xa_erase(&pools, pool->id);
	mutex_unlock(&pools_mutex);
}

/**
 * __mpool_create() - what mpool_create() calls
 * @params: what the pool is to be
 * @owner: the module that makes it, NULL for built-in code
 * @owner_name: that module's name
 *
 * Context: Process context, may sleep.
 * Return: as mpool_create().
 */
struct mpool *__mpool_create(const struct mpool_params *params, struct module *owner,
			     const char *owner_name)
{
	struct mpool *pool;
	int err;

	might_sleep();
	err = check_params(params);
	if (err)
		return ERR_PTR(err);

	pool = kzalloc(sizeof(*pool), GFP_KERNEL);
	if (!pool)
		return ERR_PTR(-ENOMEM);
	pool_setup(pool, params, owner, owner_name);
	err = magazine_init(pool);
	if (err)
		goto err_free;
	err = cpuhp_state_add_instance_nocalls(hotplug_state, &pool->hotplug);
	if (err)
		goto err_magazine;
	err = pool_register(pool);
	if (err)
		goto err_hotplug;
	/* mpool.ko stays for as long as there is a pool, abandoned ones included. */
	__module_get(THIS_MODULE);
	return pool;

err_hotplug:
	cpuhp_state_remove_instance_nocalls(hotplug_state, &pool->hotplug);
err_magazine:
	magazine_exit(pool);
err_free:
	kfree(pool);
	return ERR_PTR(err);
}
EXPORT_SYMBOL_GPL(__mpool_create);

/* The end of a pool whose objects have all come home and gone. */
static void pool_finish(struct mpool *pool)
{
	pool_unregister(pool);
	/* For a free in an NMI that is about to kick us, and for pool_of(). */
	synchronize_rcu();
	irq_work_sync(&pool->kick);
	/* This may be its own work, which runs on to its end without the pool. */
	if (current_work() == &pool->tidy.work)
		cancel_delayed_work(&pool->tidy);
	else
		cancel_delayed_work_sync(&pool->tidy);
	if (pool->owner_held)
		module_put(pool->owner);
	magazine_exit(pool);
	kfree(pool);
	module_put(THIS_MODULE);
}

/*
 * Leave a pool with objects out to pool_tidy(). Its destructor is called for them when they
 * come home, unless the owner is on its way out and takes the destructor's text along.
 */
static void pool_abandon(struct mpool *pool, unsigned long in_use)
{
	unsigned long flags;

	debug_report_leak(pool, in_use);
	if (pool->dtor && try_module_get(pool->owner))
		pool->owner_held = true;
	else
		pool->dtor = NULL;
	raw_spin_lock_irqsave(&pool->lock, flags);
	pool->abandoned = true;
	mpool_kick(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

/**
 * mpool_destroy() - destroy a pool
 * @pool: the pool; NULL is fine, an ERR_PTR is not
 *
 * All objects should have been freed. If some are not, nothing is taken from under who holds
 * them: that is reported once, with their number; the name is free for a new pool; the pool
 * shows as dying at /dev/mempool and goes when its last object is freed.
 *
 * Context: Process context, may sleep.
 */
void mpool_destroy(struct mpool *pool)
{
	unsigned long flags, left;

	if (!pool)
		return;
	might_sleep();
	mutex_lock(&pools_mutex);
	raw_spin_lock_irqsave(&pool->lock, flags);
	WRITE_ONCE(pool->dying, true);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	mutex_unlock(&pools_mutex);

	cpuhp_state_remove_instance_nocalls(hotplug_state, &pool->hotplug);
	/* What ran before it saw dying has ended after this; what runs later does nothing. */
	irq_work_sync(&pool->kick);
	cancel_delayed_work_sync(&pool->tidy);
	pool_drain(pool);
	raw_spin_lock_irqsave(&pool->lock, flags);
	left = pool->objects - pool->free_slab;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	pool_release(pool, 0);
	if (left)
		pool_abandon(pool, left);
	else
		pool_finish(pool);
}
EXPORT_SYMBOL_GPL(mpool_destroy);

/* --- the list of pools, for who shows them --- */

/**
 * pool_list_lock() - keep pools from coming and going
 *
 * Context: process context, may sleep.
 */
void pool_list_lock(void)
{
	mutex_lock(&pools_mutex);
}

/**
 * pool_list_unlock() - end what pool_list_lock() began
 */
void pool_list_unlock(void)
{
	mutex_unlock(&pools_mutex);
}

/**
 * pool_next() - find the first pool from an id on
 * @id: the id to start from; set to that of the pool found
 *
 * Context: under pool_list_lock().
 * Return: the pool, or NULL.
 */
struct mpool *pool_next(unsigned long *id)
{
	return xa_find(&pools, id, ULONG_MAX, XA_PRESENT);
}

/* --- events from outside --- */

static int pool_cpu_dead(unsigned int cpu, struct hlist_node *node)
{
	magazine_rescue(hlist_entry(node, struct mpool, hotplug), cpu);
	return 0;
}

#ifdef CONFIG_MODULES

/* The next live pool of a module, or NULL. */
static struct mpool *pool_owned_by(struct module *owner)
{
	struct mpool *pool;
	unsigned long id;

	mutex_lock(&pools_mutex);
	xa_for_each(&pools, id, pool) {
		if (pool->owner == owner && !pool->dying)
			break;
	}
	mutex_unlock(&pools_mutex);
	return pool;
}

/* A module that goes without destroying its pools would leave us its constructors' addresses. */
static int pool_module_event(struct notifier_block *block, unsigned long event, void *data)
{
	struct mpool *pool;

	if (event != MODULE_STATE_GOING)
		return NOTIFY_DONE;
	while ((pool = pool_owned_by(data))) {
		pr_err("pool %s (id %u): its owner %s is unloaded and did not destroy it\n",
		       pool->name, pool->id, pool->owner_name);
		mpool_destroy(pool);
	}
	return NOTIFY_OK;
}

static struct notifier_block module_block = { .notifier_call = pool_module_event };

static int watch_modules(void)
{
	return register_module_notifier(&module_block);
}

static void unwatch_modules(void)
{
	unregister_module_notifier(&module_block);
}

#else

static int watch_modules(void)
{
	return 0;
}

static void unwatch_modules(void)
{
}

#endif /* CONFIG_MODULES */

/**
 * pool_init() - set up what all pools share
 *
 * Return: 0 or a negative errno.
 */
int __init pool_init(void)
{
	int err;

	tidy_wq = alloc_workqueue("mpool", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!tidy_wq)
		return -ENOMEM;
	err = cpuhp_setup_state_multi(CPUHP_BP_PREPARE_DYN, "mpool:prepare", NULL, pool_cpu_dead);
	if (err < 0)
		goto err_wq;
	hotplug_state = err;
	err = watch_modules();
	if (err)
		goto err_hotplug;
	return 0;

err_hotplug:
	cpuhp_remove_multi_state(hotplug_state);
err_wq:
	destroy_workqueue(tidy_wq);
	return err;
}

/**
 * pool_exit() - undo pool_init()
 *
 * There is no pool left, for each holds this module.
 */
void pool_exit(void)
{
	unwatch_modules();
	cpuhp_remove_multi_state(hotplug_state);
	/* The work that ended the last pool may be about to return. */
	destroy_workqueue(tidy_wq);
}
