// SPDX-License-Identifier: GPL-2.0
/*
 * Free objects that are kept back from reuse, so that whoever uses them still is noticed: by their
 * poison, by KASAN, or because nobody else gets hurt. What was freed first leaves first, when
 * there is no more room, or when an allocation would fail.
 */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "internal.h"

/* Objects that leave at a time. */
#define BATCH	32

/**
 * quarantine_layout() - decide how many objects a pool's quarantine has room for
 * @pool: the pool, whose stride and limit are set
 * @bytes: that objects in it may have together, 0 for none
 */
void quarantine_layout(struct mpool *pool, size_t bytes)
{
	unsigned long objects = bytes / pool->lane.stride + !!(bytes % pool->lane.stride);

	/* With a limit, all that exist are the most that it could ever hold. */
	pool->quarantine.size = min(objects, pool->limit);
}

/**
 * quarantine_init() - make a new pool's quarantine
 * @pool: the pool, laid out
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int quarantine_init(struct mpool *pool)
{
	struct quarantine *quarantine = &pool->quarantine;

	if (!quarantine->size)
		return 0;
	quarantine->objs = kvcalloc(quarantine->size, sizeof(void *), GFP_KERNEL | __GFP_NOWARN);
	if (!quarantine->objs)
		return -ENOMEM;
	debug_leak_nothing(quarantine->objs);
	return 0;
}

/**
 * quarantine_bytes() - bytes that a pool's quarantine takes, besides the objects
 * @pool: of which pool
 *
 * Context: any.
 */
size_t quarantine_bytes(const struct mpool *pool)
{
	return pool->quarantine.size * sizeof(void *);
}

/**
 * quarantine_exit() - undo quarantine_init()
 * @pool: the pool, where nothing is in quarantine
 *
 * Context: process context, may sleep.
 */
void quarantine_exit(struct mpool *pool)
{
	kvfree(pool->quarantine.objs);
}

/* The one that was freed first. */
static void *leave(struct mpool *pool)
{
	struct quarantine *quarantine = &pool->quarantine;
	void *obj = quarantine->objs[quarantine->first];

	quarantine->first = (quarantine->first + 1) % quarantine->size;
	quarantine->n--;
	pool->depot.objects--;
	return obj;
}

static void enter(struct mpool *pool, void *obj)
{
	struct quarantine *quarantine = &pool->quarantine;

	quarantine->objs[(quarantine->first + quarantine->n) % quarantine->size] = obj;
	quarantine->n++;
	pool->depot.objects++;
}

/**
 * quarantine_put() - return objects to their slabs, by way of the quarantine if there is one
 * @pool: which
 * @objs: the objects, marked as free
 * @n: how many
 *
 * Context: under mpool.lock.
 */
void quarantine_put(struct mpool *pool, void **objs, size_t n)
{
	void *obj;

	lockdep_assert_held(&pool->lock);
	/* A pool that is dying waits for them. */
	if (likely(!pool->quarantine.objs) || mpool_dying(pool)) {
		slab_put(pool, objs, n);
		return;
	}
	while (n--) {
		if (pool->quarantine.n == pool->quarantine.size) {
			obj = leave(pool);
			slab_put(pool, &obj, 1);
		}
		enter(pool, objs[n]);
	}
	/* What belongs to the reserve is nowhere but in slabs. */
	while (pool->free_slab < mpool_reserved(pool) && quarantine_flush(pool))
		;
}

/**
 * quarantine_flush() - return some objects from the quarantine to their slabs
 * @pool: which
 *
 * Context: under mpool.lock.
 * Return: false if there are none.
 */
bool quarantine_flush(struct mpool *pool)
{
	unsigned int left = BATCH;
	void *obj;

	lockdep_assert_held(&pool->lock);
	if (!pool->quarantine.n)
		return false;
	while (pool->quarantine.n && left--) {
		obj = leave(pool);
		slab_put(pool, &obj, 1);
	}
	return true;
}
