/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the RAM disk of samples/ uses of mpool, written with a kmem_cache and a mempool_t, as its
 * author would have had to without mpool: no limit, and nobody to wait for.
 */
#ifndef MPOOL_BENCH_SLAB_POOL_H
#define MPOOL_BENCH_SLAB_POOL_H

/* In place of linux/mpool.h. */
#define _LINUX_MPOOL_H

#include <linux/err.h>
#include <linux/mempool.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#define MPOOL_PRIVILEGED	0

struct mpool_params {
	const char *name;
	size_t size;
	unsigned long limit;
	unsigned long keep;
	unsigned long reserve;
	gfp_t gfp;
};

struct mpool {
	struct kmem_cache *cache;
	mempool_t *mempool;
	size_t size;
};

static inline void mpool_destroy(struct mpool *pool)
{
	mempool_destroy(pool->mempool);
	kmem_cache_destroy(pool->cache);
	kfree(pool);
}

static inline struct mpool *mpool_create(const struct mpool_params *params)
{
	struct mpool *pool = kzalloc(sizeof(*pool), GFP_KERNEL);

	if (!pool)
		return ERR_PTR(-ENOMEM);
	pool->size = params->size;
	pool->cache = kmem_cache_create(params->name, params->size, 0, SLAB_NOLEAKTRACE, NULL);
	if (pool->cache)
		pool->mempool = mempool_create_slab_pool(max(params->reserve, 1UL), pool->cache);
	if (pool->mempool)
		return pool;
	mpool_destroy(pool);
	return ERR_PTR(-ENOMEM);
}

/* A mempool_t takes no __GFP_ZERO. */
static inline void *mpool_alloc(struct mpool *pool, gfp_t gfp)
{
	void *obj = mempool_alloc(pool->mempool, gfp & ~__GFP_ZERO);

	return obj && gfp & __GFP_ZERO ? memset(obj, 0, pool->size) : obj;
}

static inline void mpool_free(struct mpool *pool, void *obj)
{
	if (obj)
		mempool_free(obj, pool->mempool);
}

static inline void mpool_free_bulk(struct mpool *pool, size_t n, void **objs)
{
	while (n--)
		mpool_free(pool, objs[n]);
}

static inline int mpool_alloc_bulk(struct mpool *pool, gfp_t gfp, size_t n, void **objs)
{
	size_t i;

	for (i = 0; i < n; i++) {
		objs[i] = mpool_alloc(pool, gfp);
		if (!objs[i]) {
			mpool_free_bulk(pool, i, objs);
			return -ENOMEM;
		}
	}
	return 0;
}

static inline int mpool_alloc_wait_bulk(struct mpool *pool, gfp_t gfp, size_t n, void **objs,
					long timeout)
{
	return mpool_alloc_bulk(pool, gfp, n, objs);
}

#endif
