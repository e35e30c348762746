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
	stats->cached_depot = mpool_peek(pool->depot.objects);
	stats->free_slab = mpool_peek(pool->free_slab);
	stats->objects = mpool_peek(pool->objects);
	stats->slabs = mpool_peek(pool->slabs);
	stats->mapped = mpool_peek(pool->mapped);
	stats->grows = mpool_peek(pool->grows);
	stats->shrinks = mpool_peek(pool->shrinks);
	stats->allocs = count.allocs + mpool_peek(pool->allocs);
	stats->frees = count.frees + mpool_peek(pool->frees);
	stats->fails = atomic_long_read(&pool->fails);
	stats->misuses = atomic_long_read(&pool->entry.misuses);
	stats->reserve_held = mpool_peek(pool->reserve_held);
	stats->waiting = mpool_peek(pool->nr_waiting);
	stats->waits = mpool_peek(pool->waits);
	stats->pending = atomic_long_read(&pool->pending);
	stats->checks = pool->checks;
	stats->quarantine = pool->quarantine.size * pool->lane.stride;
	stats->quarantined = mpool_peek(pool->quarantine.n);
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
