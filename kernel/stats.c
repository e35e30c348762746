// SPDX-License-Identifier: GPL-2.0
/*
 * One snapshot of a pool's figures, without a lock that allocation needs.
 */
#include "internal.h"

/**
 * mpool_read_stats() - read a pool's figures
 * @pool: the pool
 * @stats: where to put them
 *
 * Exact while nobody uses the pool; see struct mpool_stats. No lock is taken: to watch a pool
 * does not slow it down.
 *
 * Context: Any.
 */
void mpool_read_stats(struct mpool *pool, struct mpool_stats *stats)
{
	struct magazine_count count = magazine_count(pool);

	stats->size = pool->size;
	stats->stride = pool->lane.stride;
	stats->limit = READ_ONCE(pool->limit);
	if (stats->limit == ULONG_MAX)
		stats->limit = 0;
	stats->keep = READ_ONCE(pool->keep);
	stats->slab_bytes = pool->slab_bytes;
	stats->backing = pool->backing;
	stats->limit_bytes = 0;
	stats->borrowed = 0;
	stats->reserve = READ_ONCE(pool->reserve);
	stats->low = pool->low;
	stats->budget = pool->budget;

	stats->cached_cpu = count.cached;
	stats->cached_depot = READ_ONCE(pool->depot.objects);
	stats->free_slab = READ_ONCE(pool->free_slab);
	stats->objects = READ_ONCE(pool->objects);
	stats->slabs = READ_ONCE(pool->slabs);
	stats->mapped = READ_ONCE(pool->mapped);
	stats->grows = READ_ONCE(pool->grows);
	stats->shrinks = READ_ONCE(pool->shrinks);
	stats->allocs = count.allocs + READ_ONCE(pool->allocs);
	stats->frees = count.frees + READ_ONCE(pool->frees);
	stats->fails = atomic_long_read(&pool->fails);
	stats->misuses = atomic_long_read(&pool->entry.misuses);
	stats->reserve_held = READ_ONCE(pool->reserve_held);
	stats->waiting = READ_ONCE(pool->nr_waiting);
	stats->waits = READ_ONCE(pool->waits);
	stats->pending = atomic_long_read(&pool->pending);
	stats->checks = pool->checks;
	stats->quarantine = pool->quarantine.size * pool->lane.stride;
	stats->quarantined = READ_ONCE(pool->quarantine.n);
	stats->withheld = atomic_long_read(&pool->withheld);

	/* Counters wrap; their difference is right all the same. */
	stats->in_use = stats->allocs - stats->frees;
	stats->m_pool = stats->size * stats->objects;
	stats->metadata = sizeof(*pool) + magazine_bytes(pool) +
			  stats->slabs * sizeof(struct mpool_slab) +
			  stats->mapped * backing_map_bytes(pool) +
			  quarantine_bytes(pool) + track_bytes(pool);
	stats->footprint = stats->slabs * stats->slab_bytes + stats->metadata;
}
EXPORT_SYMBOL_GPL(mpool_read_stats);
