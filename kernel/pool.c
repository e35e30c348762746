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
#define PARAMS_FLAGS	(MPOOL_HWCACHE_ALIGN | MPOOL_NODE | MPOOL_NODE_STRICT)

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
	if (params->gfp || params->flags & (MPOOL_NODE | MPOOL_NODE_STRICT))
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
	if (params->limit && params->keep > params->limit)
		return -ERANGE;
	if (params->flags & ~PARAMS_FLAGS || params->gfp & ~PARAMS_GFP || params->reserve ||
	    params->backing > MPOOL_BUFFER)
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

/* The end of a pool whose objects have all come home and gone. */
static void pool_finish(struct mpool *pool)
{
	release_owner(pool);
	/* This waits also for a free in an NMI that is about to kick us. */
	registry_remove(&pool->entry);
	tidy_stop(pool);
	if (pool->user)
		pool->user->ended(pool->user_data);
	magazine_exit(pool);
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

static const struct entry_ops pool_entry_ops = {
	.destroy = destroy_entry,
	.read_stats = read_entry,
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
	pool->node = params->flags & MPOOL_NODE ? params->node : NUMA_NO_NODE;
	pool->gfp = params->gfp;
	if (params->flags & MPOOL_NODE_STRICT)
		pool->gfp |= __GFP_THISNODE;
	pool->backing = params->backing;
	pool->buffer = params->buffer;
	pool->buffer_bytes = params->buffer_bytes;
	pool->base = backing_base(params->buffer);
	pool->ctor = params->ctor;
	pool->dtor = params->dtor;
	pool->ctx = params->ctx;
	pool->group = extra->group;
	pool->user = extra->user;
	pool->user_data = extra->user_data;
	raw_spin_lock_init(&pool->lock);
	err = slab_layout(pool, params->size, align, extra->slab_bytes);
	if (err)
		return err;
	if (extra->cookie)
		pool->cookie = extra->cookie;
	if (pool->buffer)
		pool->limit = pool->per_slab;
	magazine_layout(pool);
	tidy_setup(pool);
	INIT_WORK(&pool->end, pool_end);
	return 0;
}

/* Make all objects that a buffer has room for. None of them is ever given back. */
static int fill_buffer(struct mpool *pool)
{
	struct slab *slab;
	unsigned long flags;
	int err;

	if (!backing_check_buffer(pool->buffer, pool->buffer_bytes))
		return -ENXIO;
	slab = slab_alloc(pool, GFP_KERNEL);
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
	err = magazine_init(pool);
	if (err)
		goto err_free;
	err = cpuhp_state_add_instance_nocalls(hotplug_state, &pool->hotplug);
	if (err)
		goto err_magazine;
	err = registry_add(&pool->entry);
	if (err)
		goto err_hotplug;
	/* Not before the registry has seen that the buffer is nobody else's. */
	if (pool->buffer) {
		err = fill_buffer(pool);
		if (err)
			goto err_registry;
	}
	/* mpool.ko stays for as long as there is a pool, abandoned ones included. */
	__module_get(THIS_MODULE);
	return pool;

err_registry:
	registry_remove(&pool->entry);
err_hotplug:
	cpuhp_state_remove_instance_nocalls(hotplug_state, &pool->hotplug);
err_magazine:
	magazine_exit(pool);
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
	pool->abandoned = true;
	mpool_kick(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

/* The objects in use, if any, go with the owner's buffer. */
static void forget_objects(struct mpool *pool)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pool->lock, flags);
	slab_forget(pool);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

/* Does what is left of a pool need its owner's text or data? */
static bool needs_owner(const struct mpool *pool)
{
	return pool->dtor || pool->buffer || (pool->user && pool->user->orphaned);
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
 * Context: Process context, may sleep.
 */
void mpool_destroy(struct mpool *pool)
{
	unsigned long flags, objects, in_use;
	bool stays;

	if (!pool)
		return;
	might_sleep();
	raw_spin_lock_irqsave(&pool->lock, flags);
	WRITE_ONCE(pool->entry.dying, true);
	raw_spin_unlock_irqrestore(&pool->lock, flags);

	/* Before we are deaf to CPUs that go off line, and after: one may have gone between. */
	tidy_drain(pool);
	cpuhp_state_remove_instance_nocalls(hotplug_state, &pool->hotplug);
	tidy_stop(pool);
	tidy_drain(pool);
	tidy_release(pool, 0);

	raw_spin_lock_irqsave(&pool->lock, flags);
	objects = pool->objects;
	in_use = objects - pool->free_slab;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	pool->owner_held = objects && needs_owner(pool) && hold_owner(pool);
	stays = objects && (pool->owner_held || !pool->buffer);
	if (in_use)
		debug_report_leak(&pool->entry, in_use, stays);
	if (stays) {
		pool_abandon(pool);
	} else {
		forget_objects(pool);
		pool_finish(pool);
	}
}
EXPORT_SYMBOL_GPL(mpool_destroy);

/* --- events from outside --- */

static int pool_cpu_dead(unsigned int cpu, struct hlist_node *node)
{
	struct mpool *pool = hlist_entry(node, struct mpool, hotplug);
	unsigned long flags;

	magazine_rescue(pool, cpu);
	/* The pool may have been at rest, and what it looked for was on that CPU. */
	raw_spin_lock_irqsave(&pool->lock, flags);
	tidy_arm(pool);
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
		pool->abandoned = false;
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
			tidy_wait(NULL);
			continue;
		}
		WRITE_ONCE(pool->dtor, NULL);
		tidy_wait(pool);
		if (pool->buffer)
			forget_objects(pool);
		release_owner(pool);
		pool_abandon(pool);
	}
}

/* A module that goes without destroying its pools would leave us its constructors' addresses. */
static int pool_module_event(struct notifier_block *block, unsigned long event, void *data)
{
	struct entry *entry;

	if (event != MODULE_STATE_GOING)
		return NOTIFY_DONE;
	while ((entry = entry_owned_by(data))) {
		debug_report_forgotten(entry);
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
