// SPDX-License-Identifier: GPL-2.0
/*
 * What a pool is: its parameters, its making and its end, and what happens to it from outside.
 */
#include <linux/cache.h>
#include <linux/cpuhotplug.h>
#include <linux/err.h>
#include <linux/log2.h>
#include <linux/nodemask.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"

/* Bits of mpool_params.gfp that mean something for a slab. */
#define PARAMS_GFP	(GFP_DMA | GFP_DMA32 | __GFP_ACCOUNT | __GFP_NOWARN)
#define PARAMS_FLAGS	(MPOOL_HWCACHE_ALIGN | MPOOL_NODE | MPOOL_NODE_STRICT | MPOOL_CHECKS)

/* What a pool's name may consist of; it needs no quoting anywhere. */
#define NAME_CHARACTERS	"abcdefghijklmnopqrstuvwxyz0123456789_-"

/* The hotplug state whose instances are the pools. */
static enum cpuhp_state hotplug_state;

/**
 * pool_check_name() - may a pool be called so?
 * @name: the name, or NULL
 * @room: bytes that there are for it
 *
 * Return: 0, -ENODATA, -ENAMETOOLONG or -EILSEQ.
 */
int pool_check_name(const char *name, size_t room)
{
	size_t i, len;

	if (!name || !*name)
		return -ENODATA;
	len = strnlen(name, room);
	if (len == room)
		return -ENAMETOOLONG;
	for (i = 0; i < len; i++)
		if (!strchr(NAME_CHARACTERS, name[i]))
			return -EILSEQ;
	return 0;
}

/**
 * pool_check_size() - can objects be of that size?
 * @size: bytes of an object
 * @align: its alignment, 0 for the default
 *
 * Return: 0, -EINVAL, -EDOM, -EOVERFLOW or -E2BIG.
 */
int pool_check_size(size_t size, size_t align)
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
	if (!(params->flags & MPOOL_NODE)) {
		if (params->flags & MPOOL_NODE_STRICT)
			return -ENODEV;
		return params->node && params->node != NUMA_NO_NODE ? -ENODEV : 0;
	}
	if (params->node < 0 || params->node >= MAX_NUMNODES || !node_online(params->node))
		return -ENODEV;
	return 0;
}

static int check_buffer(const struct mpool_params *params)
{
	size_t align = max_t(size_t, params->align, __alignof__(u64));

	if (params->backing != MPOOL_BUFFER)
		return params->buffer || params->buffer_bytes ? -EBADF : 0;
	if (!params->buffer)
		return -EBADF;
	if (params->gfp || params->low || params->flags & (MPOOL_NODE | MPOOL_NODE_STRICT))
		return -EOPNOTSUPP;
	if (params->flags & MPOOL_HWCACHE_ALIGN)
		align = max_t(size_t, align, cache_line_size());
	if (!IS_ALIGNED((unsigned long)params->buffer, align))
		return -EADDRNOTAVAIL;
	if (!params->buffer_bytes)
		return -ENOSPC;
	return params->buffer_bytes >= SZ_2G ? -E2BIG : 0;
}

static int check_params(const struct mpool_params *params)
{
	int err;

	if (!params)
		return -EFAULT;
	err = pool_check_name(params->name, MPOOL_NAME_LEN);
	if (err)
		return err;
	err = pool_check_size(params->size, params->align);
	if (err)
		return err;
	if (params->limit && (params->keep > params->limit || params->reserve > params->limit))
		return -ERANGE;
	if (params->low > params->keep)
		return -ERANGE;
	if (params->flags & ~PARAMS_FLAGS || params->gfp & ~PARAMS_GFP ||
	    params->backing > MPOOL_BUFFER || (params->flags & MPOOL_POISON && params->ctor))
		return -EOPNOTSUPP;
	err = check_node(params);
	if (err)
		return err;
	return check_buffer(params);
}

#ifdef CONFIG_MODULES

/* Keep the owner's text, if it is to stay. If its init fails yet, see let_owner_go(). */
static bool hold_owner(struct mpool *pool)
{
	return try_module_get(pool->entry.owner);
}

#else

static bool hold_owner(struct mpool *pool)
{
	return true;
}

#endif /* CONFIG_MODULES */

/* Under this lock let_owner_go() looks who holds the owner: who does is on the list. */
static void release_owner(struct mpool *pool)
{
	registry_lock();
	if (pool->owner_held) {
		pool->owner_held = false;
		module_put(pool->entry.owner);
	}
	registry_unlock();
}

/* What a pool has besides its slabs. */
static void free_parts(struct mpool *pool)
{
	track_exit(pool);
	quarantine_exit(pool);
	magazine_exit(pool);
}

static int make_parts(struct mpool *pool)
{
	int err = magazine_init(pool);

	if (err)
		return err;
	err = quarantine_init(pool) ?: track_init(pool);
	if (err)
		free_parts(pool);
	return err;
}

/* Those that kick come first, then the kick, then what it starts. */
static void stop_works(struct mpool *pool)
{
	defer_stop(pool);
	tidy_stop(pool);
}

/* The end of a pool whose objects have all come home and gone. Not in one of its callbacks. */
static void pool_finish(struct mpool *pool)
{
	/* A callback that destroyed the pool returns to its owner's text. */
	async_stop(pool);
	release_owner(pool);
	/* This waits also for a free in an NMI that is about to kick us. */
	registry_remove(&pool->entry);
	stop_works(pool);
	if (pool->user)
		pool->user->ended(pool->user_data);
	free_parts(pool);
	kfree(pool);
	module_put(THIS_MODULE);
}

static void pool_end(struct work_struct *work)
{
	pool_finish(container_of(work, struct mpool, end));
}

static void destroy_entry(struct entry *entry)
{
	mpool_destroy(entry_pool(entry));
}

static void read_entry(struct entry *entry, struct mpool_stats *stats)
{
	mpool_read_stats(entry_pool(entry), stats);
}

static unsigned long trim_entry(struct entry *entry)
{
	return mpool_trim(entry_pool(entry));
}

static const struct entry_ops pool_entry_ops = {
	.destroy = destroy_entry,
	.read_stats = read_entry,
	.trim = trim_entry,
};

static const struct pool_extra plain_pool = { .kind = ENTRY_POOL };

static void setup_entry(struct entry *entry, const char *name, const struct pool_extra *extra,
			struct module *owner, const char *owner_name)
{
	strscpy(entry->name, name, sizeof(entry->name));
	strscpy(entry->owner_name, owner_name, sizeof(entry->owner_name));
	entry->owner = owner;
	entry->kind = extra->kind;
	entry->of = extra->of;
	entry->ops = extra->ops ?: &pool_entry_ops;
	report_setup(entry);
}

/* A pool that is set up but for what needs memory. */
static int pool_setup(struct mpool *pool, const struct mpool_params *params,
		      const struct pool_extra *extra)
{
	size_t align = params->align;
	int err;

	if (params->flags & MPOOL_HWCACHE_ALIGN)
		align = max_t(size_t, align, cache_line_size());
	pool->limit = params->limit ?: ULONG_MAX;
	pool->keep = params->keep;
	pool->low = params->low;
	pool->budget = params->budget ?: MPOOL_BUDGET;
	pool->node = params->flags & MPOOL_NODE ? params->node : NUMA_NO_NODE;
	pool->gfp = params->gfp;
	if (params->flags & MPOOL_NODE_STRICT)
		pool->gfp |= __GFP_THISNODE;
	pool->backing = params->backing;
	pool->buffer = params->buffer;
	pool->buffer_bytes = params->buffer_bytes;
	pool->lane.base = backing_base(params->buffer);
	pool->ctor = params->ctor;
	pool->dtor = params->dtor;
	pool->ctx = params->ctx;
	pool->checks = checks_wanted(params);
	pool->leaks_seen = !pool->buffer;
	pool->constructed = params->ctor && params->dtor;
	pool->group = extra->group;
	pool->user = extra->user;
	pool->user_data = extra->user_data;
	raw_spin_lock_init(&pool->lock);
	err = slab_layout(pool, params->size, align, extra->slab_bytes);
	if (err)
		return err;
	if (extra->cookie)
		pool->lane.cookie = extra->cookie;
	if (pool->buffer)
		pool->limit = pool->per_slab;
	if (params->reserve > pool->limit)
		return -ERANGE;
	quarantine_layout(pool, checks_quarantine(params));
	magazine_layout(pool, params->reserve);
	kick_setup(pool);
	defer_setup(pool);
	tidy_setup(pool);
	async_setup(pool);
	INIT_WORK(&pool->end, pool_end);
	return 0;
}

/* Make all objects that a buffer has room for. None of them is ever given back. */
static int fill_buffer(struct mpool *pool)
{
	struct mpool_slab *slab;
	unsigned long flags;
	int err;

	if (!backing_check_buffer(pool->buffer, pool->buffer_bytes))
		return -ENXIO;
	slab = slab_alloc(pool, GFP_KERNEL);
	if (!slab)
		return -ENOMEM;
	debug_leak_begin(pool);
	err = slab_construct(pool, slab, pool->per_slab, GFP_KERNEL);
	if (err) {
		slab_free(pool, slab);
		return err;
	}
	raw_spin_lock_irqsave(&pool->lock, flags);
	slab_publish(pool, slab);
	pool->grows++;
	pool->keep = pool->objects;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return 0;
}

/* Set objects aside; false if there are not so many free ones. */
static bool try_reserve(struct mpool *pool, unsigned long reserve)
{
	unsigned long flags, needed;
	bool enough;

	raw_spin_lock_irqsave(&pool->lock, flags);
	needed = reserve > pool->reserve_held ? reserve - pool->reserve_held : 0;
	while (pool->free_slab < needed && depot_flush_one(pool))
		;
	enough = pool->free_slab >= needed && reserve <= pool->limit;
	/* What there is so far is kept from those who would take it, or give it back. */
	if (!enough)
		WRITE_ONCE(pool->reserve, max(pool->reserve, min(reserve, pool->reserve_held +
								 pool->free_slab)));
	if (enough) {
		WRITE_ONCE(pool->reserve, reserve);
		/* Those in line may have got less to wait for, or nothing any more. */
		wait_refuse(pool, false, -E2BIG);
		wait_serve(pool);
	}
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return enough;
}

/* More than the machine has: to find that out would take from all others what they have. */
static bool exceeds_memory(const struct mpool *pool, unsigned long objects)
{
	return !pool->buffer && objects / pool->per_slab >
				totalram_pages() / (pool->slab_bytes >> PAGE_SHIFT);
}

/* Make objects until so many can be set aside. */
static int make_reserve(struct mpool *pool, unsigned long reserve)
{
	unsigned long before = READ_ONCE(pool->reserve);
	bool drained = false;
	int err;

	if (exceeds_memory(pool, reserve))
		return -ENOMEM;
	while (!try_reserve(pool, reserve)) {
		err = grow_pool(pool, GFP_KERNEL | __GFP_RETRY_MAYFAIL);
		if (!err)
			continue;
		/* What there may be is there: in magazines, on its way home, or in use. */
		if (drained || (err != -ENOSPC && err != -ENOBUFS)) {
			try_reserve(pool, before);
			return err == -ENOSPC || err == -ENOBUFS ? -EBUSY : -ENOMEM;
		}
		drained = true;
		defer_flush(pool);
		tidy_drain(pool, true);
	}
	return 0;
}

/* What a new pool has from the beginning. */
static int fill_pool(struct mpool *pool, unsigned long reserve)
{
	int err = 0;

	/* Not before the registry has seen that the buffer is nobody else's. */
	if (pool->buffer)
		err = fill_buffer(pool);
	if (!err && reserve)
		err = make_reserve(pool, reserve);
	if (!err && pool->low)
		mpool_kick(pool);
	return err;
}

/* Undo fill_pool(), which failed. */
static void empty_pool(struct mpool *pool)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pool->lock, flags);
	WRITE_ONCE(pool->entry.dying, true);
	pool->reserve = 0;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	tidy_stop(pool);
	tidy_release(pool, 0);
}

/**
 * pool_create() - make a pool, for itself or for something that is made of pools
 * @params: what it is to be
 * @extra: the part of that which no owner can say
 * @owner: the module that makes it, NULL for built-in code
 * @owner_name: that module's name
 *
 * Context: process context, may sleep.
 * Return: as mpool_create().
 */
struct mpool *pool_create(const struct mpool_params *params, const struct pool_extra *extra,
			  struct module *owner, const char *owner_name)
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
	setup_entry(&pool->entry, params->name, extra, owner, owner_name);
	err = pool_setup(pool, params, extra);
	if (err)
		goto err_free;
	err = make_parts(pool);
	if (err)
		goto err_free;
	err = cpuhp_state_add_instance_nocalls(hotplug_state, &pool->hotplug);
	if (err)
		goto err_parts;
	err = registry_add(&pool->entry);
	if (err)
		goto err_hotplug;
	err = fill_pool(pool, params->reserve);
	if (err)
		goto err_registry;
	/* mpool.ko stays for as long as there is a pool, abandoned ones included. */
	__module_get(THIS_MODULE);
	registry_open(&pool->entry);
	return pool;

err_registry:
	empty_pool(pool);
	registry_remove(&pool->entry);
	stop_works(pool);
err_hotplug:
	cpuhp_state_remove_instance_nocalls(hotplug_state, &pool->hotplug);
err_parts:
	free_parts(pool);
err_free:
	kfree(pool);
	return ERR_PTR(err);
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
	return pool_create(params, &plain_pool, owner, owner_name);
}
EXPORT_SYMBOL_GPL(__mpool_create);

/*
 * Leave a pool with objects out to tidy.c. Its destructor is called for them when they come
 * home, unless the owner is on its way out and takes the destructor's text along.
 */
static void pool_abandon(struct mpool *pool)
{
	unsigned long flags;

	if (!pool->owner_held) {
		pool->dtor = NULL;
		if (pool->user && pool->user->orphaned)
			pool->user->orphaned(pool->user_data);
	}
	raw_spin_lock_irqsave(&pool->lock, flags);
	WRITE_ONCE(pool->abandoned, true);
	mpool_kick(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

/* Does what is left of a pool need its owner's text or data? */
static bool needs_owner(const struct mpool *pool)
{
	return pool->dtor || pool->buffer || (pool->user && pool->user->orphaned);
}

/* Now; but if one of its callbacks has destroyed it, when that has returned. */
static void let_pool_end(struct mpool *pool)
{
	/* The objects in use, if any, go with the owner's buffer. */
	slab_forget(pool);
	if (!async_in_callback(pool)) {
		pool_finish(pool);
		return;
	}
	/* The callback is the owner's. */
	pool->owner_held = hold_owner(pool);
	kick_end(pool);
}

/**
 * mpool_destroy() - destroy a pool
 * @pool: the pool; NULL is fine, an ERR_PTR is not
 *
 * All objects should have been freed. If some are not, nothing is taken from under who holds
 * them: that is reported once, with their number; the name is free for a new pool; the pool
 * shows as dying at /dev/mempool and goes when its last object is freed. Only a pool whose
 * buffer goes with its owner, which is being unloaded, ends at once.
 *
 * Requests in line are answered with %-ESHUTDOWN: those who sleep return, and callbacks have
 * returned when this does. What was given to mpool_free_deferred() and mpool_free_rcu() is home
 * first. A callback may destroy its pool; those of others are then called from here.
 *
 * Context: Process context, may sleep.
 */
void mpool_destroy(struct mpool *pool)
{
	unsigned long flags, objects, in_use;
	bool stays;

	if (!pool)
		return;
	might_sleep();
	registry_close(&pool->entry);
	raw_spin_lock_irqsave(&pool->lock, flags);
	WRITE_ONCE(pool->entry.dying, true);
	WRITE_ONCE(pool->reserve, 0);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	async_shutdown(pool);
	defer_flush(pool);

	/* Before we are deaf to CPUs that go off line, and after: one may have gone between. */
	tidy_drain(pool, true);
	cpuhp_state_remove_instance_nocalls(hotplug_state, &pool->hotplug);
	tidy_stop(pool);
	tidy_report(pool);
	defer_restore(pool);
	tidy_drain(pool, true);
	tidy_release(pool, 0);
	/* What was noticed on the way. */
	tidy_report(pool);

	raw_spin_lock_irqsave(&pool->lock, flags);
	objects = pool->objects;
	in_use = objects - pool->free_slab;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	pool->owner_held = objects && needs_owner(pool) && hold_owner(pool);
	stays = objects && (pool->owner_held || !pool->buffer);
	if (in_use)
		report_leak(pool, in_use, stays);
	if (stays)
		pool_abandon(pool);
	else
		let_pool_end(pool);
}
EXPORT_SYMBOL_GPL(mpool_destroy);

/* --- changes while it is in use --- */

/**
 * mpool_set_limit() - change how many objects may exist
 * @pool: the pool
 * @limit: the new limit, 0 for none
 *
 * If more exist, none is made from now on, and what is free goes back in the background, in
 * whole slabs; until no more than @limit exist, ordinary requests get nothing that would bring
 * the number of those in use above it, but for what other CPUs cache and use before it has been
 * fetched, very soon. Requests in line that ask for more than @limit are answered with %-E2BIG. If
 * the limit becomes higher, the pool grows for those in line.
 *
 * How many objects a CPU may cache at first, and the quarantine keep back, follows from the limit
 * that the pool was made with.
 *
 * Context: Any but NMI.
 * Return: 0; %-ERANGE if the pool's keep or reserve is above @limit; %-EOPNOTSUPP for a pool in
 * the caller's memory.
 */
int mpool_set_limit(struct mpool *pool, unsigned long limit)
{
	unsigned long flags;
	int err = 0;

	if (pool->buffer)
		return -EOPNOTSUPP;
	limit = limit ?: ULONG_MAX;
	raw_spin_lock_irqsave(&pool->lock, flags);
	if (limit < pool->keep || limit < pool->reserve) {
		err = -ERANGE;
	} else {
		if (limit < pool->limit)
			magazine_reset(pool);
		WRITE_ONCE(pool->limit, limit);
		if (mpool_excess(pool))
			magazine_begin_drought(pool);
		wait_refuse(pool, false, -E2BIG);
		wait_serve(pool);
		mpool_kick(pool);
	}
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return err;
}
EXPORT_SYMBOL_GPL(mpool_set_limit);

/**
 * mpool_set_keep() - change how many free objects are retained
 * @pool: the pool
 * @keep: the new number
 *
 * Context: Any but NMI.
 * Return: 0; %-ERANGE if @keep is above the pool's limit or below its low; %-EOPNOTSUPP for a
 * pool in the caller's memory.
 */
int mpool_set_keep(struct mpool *pool, unsigned long keep)
{
	unsigned long flags;
	int err = 0;

	if (pool->buffer)
		return -EOPNOTSUPP;
	raw_spin_lock_irqsave(&pool->lock, flags);
	if (keep > pool->limit || keep < pool->low) {
		err = -ERANGE;
	} else {
		WRITE_ONCE(pool->keep, keep);
		depot_allow(pool);
		mpool_kick(pool);
	}
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return err;
}
EXPORT_SYMBOL_GPL(mpool_set_keep);

/**
 * mpool_set_reserve() - change how many objects only privileged requests may take
 * @pool: the pool
 * @reserve: the new number
 *
 * For a higher one objects are made, or taken from the free ones. If not enough are to be had,
 * the old reserve stays.
 *
 * Context: Process context, may sleep.
 * Return: 0; %-ERANGE if @reserve is above the limit; %-EBUSY if the limit leaves no room, because
 * others hold the objects; or %-ENOMEM, also if a constructor fails.
 */
int mpool_set_reserve(struct mpool *pool, unsigned long reserve)
{
	might_sleep();
	if (reserve > READ_ONCE(pool->limit))
		return -ERANGE;
	return make_reserve(pool, reserve);
}
EXPORT_SYMBOL_GPL(mpool_set_reserve);

/* --- events from outside --- */

static int pool_cpu_dead(unsigned int cpu, struct hlist_node *node)
{
	struct mpool *pool = hlist_entry(node, struct mpool, hotplug);
	unsigned long flags;

	magazine_rescue(pool, cpu);
	/* The pool may have been at rest, and what it or others looked for was on that CPU. */
	raw_spin_lock_irqsave(&pool->lock, flags);
	mpool_came_home(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return 0;
}

#ifdef CONFIG_MODULES

/* The next live entry of a module, or NULL. */
static struct entry *entry_owned_by(struct module *owner)
{
	struct entry *entry;
	unsigned long id;

	registry_lock();
	for (id = 0; (entry = registry_next(&id)); id++) {
		if (entry->owner == owner && !entry->dying && entry->ops->destroy)
			break;
	}
	registry_unlock();
	return entry;
}

/* A dying pool that holds its owner, which is kept from ending; NULL if there is none. */
static struct mpool *catch_pool_that_holds(struct module *owner, bool *ending)
{
	struct mpool *pool = NULL;
	struct entry *entry;
	unsigned long id;

	registry_lock();
	for (id = 0; (entry = registry_next(&id)); id++) {
		pool = entry_pool(entry);
		if (pool && entry->owner == owner && pool->owner_held)
			break;
		pool = NULL;
	}
	if (pool) {
		raw_spin_lock_irq(&pool->lock);
		*ending = !pool->abandoned;
		WRITE_ONCE(pool->abandoned, false);
		raw_spin_unlock_irq(&pool->lock);
	}
	registry_unlock();
	return pool;
}

/* A module whose init has failed goes, whoever holds it. What needs it has to do without. */
static void let_owner_go(struct module *owner)
{
	struct mpool *pool;
	bool ending;

	while ((pool = catch_pool_that_holds(owner, &ending))) {
		if (ending) {
			kick_wait();
			continue;
		}
		WRITE_ONCE(pool->dtor, NULL);
		tidy_wait(pool);
		if (pool->buffer)
			slab_forget(pool);
		release_owner(pool);
		pool_abandon(pool);
	}
}

/* Drop the requests in all pools whose callback goes; false if there are none. */
static bool forget_requests(struct module *module)
{
	unsigned long id, dropped;
	struct entry *entry;
	struct mpool *pool;
	bool any = false;

	registry_lock();
	for (id = 0; (entry = registry_next(&id)); id++) {
		pool = entry_pool(entry);
		dropped = pool ? async_forget(pool, module) : 0;
		if (dropped)
			report_dropped(entry, module->name, dropped);
		any |= dropped;
	}
	registry_unlock();
	return any;
}

/* A module that goes without destroying its pools would leave us its constructors' addresses. */
static int pool_module_event(struct notifier_block *block, unsigned long event, void *data)
{
	struct entry *entry;
	bool any;

	if (event != MODULE_STATE_GOING)
		return NOTIFY_DONE;
	do {
		any = forget_requests(data);
		/* A callback that was running may have submitted its request again. */
		any |= async_wait_for(data);
	} while (any);
	while ((entry = entry_owned_by(data))) {
		report_forgotten(entry);
		entry->ops->destroy(entry);
	}
	let_owner_go(data);
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
 * pool_init() - hear of what happens to pools from outside
 *
 * Return: 0 or a negative errno.
 */
int __init pool_init(void)
{
	int err;

	err = cpuhp_setup_state_multi(CPUHP_BP_PREPARE_DYN, "mpool:prepare", NULL, pool_cpu_dead);
	if (err < 0)
		return err;
	hotplug_state = err;
	err = watch_modules();
	if (err)
		cpuhp_remove_multi_state(hotplug_state);
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
}
