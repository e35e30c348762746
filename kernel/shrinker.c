// SPDX-License-Identifier: GPL-2.0
/*
 * When the system has little memory, pools give what they have above their keep and their reserve
 * back at once, what CPUs cache included, without waiting to come to rest.
 *
 * This may be called by anyone who allocates memory, under whatever locks he has; by ourselves too,
 * when a pool grows. So it never waits for the lock of the list, and leaves slabs to tidy.c where
 * giving them back is more than to free pages: a destructor is the owner's, and may want a lock
 * that its owner has now.
 */
#include <linux/errno.h>
#include <linux/math.h>

#include "compat.h"
#include "internal.h"

static struct shrinker *shrinker;

/* Where to go on the next time, so that not always the same pool gives; guarded by the registry. */
static unsigned long next_id;

/* Objects above what a pool wants to retain. A look without a lock. */
static unsigned long surplus(struct mpool *pool)
{
	unsigned long nr_free = magazine_count(pool).cached + mpool_peek(pool->depot.objects) +
				mpool_peek(pool->free_slab);
	unsigned long keep = READ_ONCE(pool->keep);

	nr_free -= min(nr_free, READ_ONCE(pool->reserve));
	return nr_free > keep ? nr_free - keep : 0;
}

/* Pages that a pool could give back, if all its slabs are free or in full use. */
static unsigned long surplus_pages(struct mpool *pool)
{
	if (!pool || pool->buffer || mpool_dying(pool))
		return 0;
	return surplus(pool) / pool->per_slab * (pool->slab_bytes >> PAGE_SHIFT);
}

static unsigned long count_pages(struct shrinker *unused, struct shrink_control *control)
{
	unsigned long pages = 0, id = 0;
	struct entry *entry;

	if (!registry_trylock())
		return 0;
	for (; (entry = registry_next(&id)); id++)
		pages += surplus_pages(entry_pool(entry));
	registry_unlock();
	return pages ?: SHRINK_EMPTY;
}

/* Have a pool give pages back; how many it did, or will soon. */
static unsigned long give_back(struct mpool *pool, unsigned long pages)
{
	unsigned long per_slab = pool->slab_bytes >> PAGE_SHIFT;
	unsigned long surplus = surplus_pages(pool);

	if (!surplus)
		return 0;
	if (pool->dtor || pool->backing != MPOOL_PAGES) {
		WRITE_ONCE(pool->pressed, true);
		mpool_kick(pool);
		return min(surplus, pages);
	}
	tidy_drain(pool, true);
	return grow_back(pool, READ_ONCE(pool->keep), DIV_ROUND_UP(pages, per_slab), true) /
	       pool->per_slab * per_slab;
}

static unsigned long scan_pages(struct shrinker *unused, struct shrink_control *control)
{
	unsigned long freed = 0, id, first;
	struct entry *entry;

	if (!registry_trylock())
		return SHRINK_STOP;
	first = next_id;
	for (id = first; freed < control->nr_to_scan && (entry = registry_next(&id)); id++) {
		if (entry_pool(entry))
			freed += give_back(entry_pool(entry), control->nr_to_scan - freed);
	}
	next_id = freed < control->nr_to_scan ? 0 : id;
	registry_unlock();
	return freed || first ? freed : SHRINK_STOP;
}

/**
 * shrinker_init() - hear of it when memory is short
 *
 * Return: 0 or -ENOMEM.
 */
int __init shrinker_init(void)
{
	shrinker = compat_shrinker_register(count_pages, scan_pages, "mpool");
	return shrinker ? 0 : -ENOMEM;
}

/**
 * shrinker_exit() - undo shrinker_init()
 */
void shrinker_exit(void)
{
	compat_shrinker_unregister(shrinker);
}
