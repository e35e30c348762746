// SPDX-License-Identifier: GPL-2.0
/*
 * What a driver's author could take instead of mpool.
 */
#include <linux/dma-mapping.h>
#include <linux/dmapool.h>
#include <linux/err.h>
#include <linux/genalloc.h>
#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

/* Not in 6.1. */
#if __has_include("linux/objpool.h")
#include <linux/objpool.h>
#endif

#include "ours.h"
#include "sized.h"

/* --- kmem_cache --- */

/* Not merged with another cache of objects of that size, for which this flag serves as well. */
static void *peer_kmem_cache_create(size_t size, size_t n)
{
	return kmem_cache_create("mpool-bench", size, 0, SLAB_NOLEAKTRACE, NULL) ?:
	       ERR_PTR(-ENOMEM);
}

static void peer_kmem_cache_destroy(void *of)
{
	kmem_cache_destroy(of);
}

static __always_inline void *one_of_cache(void *of, gfp_t gfp)
{
	return kmem_cache_alloc(of, gfp);
}

static __always_inline void back_to_cache(void *of, void *obj)
{
	kmem_cache_free(of, obj);
}

static __always_inline bool several_of_cache(void *of, gfp_t gfp, void **objs, size_t n)
{
	return kmem_cache_alloc_bulk(of, gfp, n, objs);
}

static __always_inline void several_to_cache(void *of, void **objs, size_t n)
{
	kmem_cache_free_bulk(of, n, objs);
}

static void shrink_cache(void *of)
{
	kmem_cache_shrink(of);
}

BENCH_PEER(kmem_cache, .alloc = one_of_cache, .free = back_to_cache,
	   .alloc_bulk = several_of_cache, .free_bulk = several_to_cache,
	   .shrink = shrink_cache);

/* --- kmalloc --- */

struct any {
	size_t size;
};

static void *peer_kmalloc_create(size_t size, size_t n)
{
	struct any *any = kmalloc(sizeof(*any), GFP_KERNEL);

	if (!any)
		return ERR_PTR(-ENOMEM);
	any->size = size;
	return any;
}

static void peer_kmalloc_destroy(void *of)
{
	kfree(of);
}

static __always_inline void *one_by_kmalloc(void *of, gfp_t gfp)
{
	const struct any *any = of;

	return kmalloc(any->size, gfp);
}

static __always_inline void back_by_kfree(void *of, void *obj)
{
	kfree(obj);
}

BENCH_PEER(kmalloc, .alloc = one_by_kmalloc, .free = back_by_kfree);

/* --- mempool_t, over a kmem_cache --- */

static void *peer_mempool_t_create(size_t size, size_t n)
{
	struct kmem_cache *cache = peer_kmem_cache_create(size, n);
	mempool_t *mempool;

	if (IS_ERR(cache))
		return cache;
	mempool = mempool_create_slab_pool(64, cache);
	if (mempool)
		return mempool;
	kmem_cache_destroy(cache);
	return ERR_PTR(-ENOMEM);
}

static void peer_mempool_t_destroy(void *of)
{
	mempool_t *mempool = of;
	struct kmem_cache *cache = mempool->pool_data;

	mempool_destroy(mempool);
	kmem_cache_destroy(cache);
}

static __always_inline void *one_of_mempool_t(void *of, gfp_t gfp)
{
	return mempool_alloc(of, gfp);
}

static __always_inline void back_to_mempool_t(void *of, void *obj)
{
	mempool_free(obj, of);
}

static int reserve_mempool_t(void *of, size_t n)
{
	return mempool_resize(of, n);
}

BENCH_PEER(mempool_t, .alloc = one_of_mempool_t, .free = back_to_mempool_t,
	   .reserve = reserve_mempool_t);

/* --- gen_pool --- */

#ifdef CONFIG_GENERIC_ALLOCATOR

/* Looks for room from the start, each time: with more objects than this nobody would take it. */
#define GEN_POOL_OBJECTS_MAX	2000

struct gen {
	struct gen_pool *pool;
	size_t size;
	void *memory;
};

static void peer_gen_pool_destroy(void *of)
{
	struct gen *gen = of;

	if (gen->pool)
		gen_pool_destroy(gen->pool);
	kvfree(gen->memory);
	kfree(gen);
}

static void *peer_gen_pool_create(size_t size, size_t n)
{
	struct gen *gen;

	if (n > GEN_POOL_OBJECTS_MAX)
		return ERR_PTR(-E2BIG);
	gen = kzalloc(sizeof(*gen), GFP_KERNEL);
	if (!gen)
		return ERR_PTR(-ENOMEM);
	gen->size = size;
	gen->memory = kvmalloc_array(n, size, GFP_KERNEL);
	gen->pool = gen_pool_create(ilog2(rounddown_pow_of_two(size)), NUMA_NO_NODE);
	if (gen->memory && gen->pool &&
	    !gen_pool_add(gen->pool, (unsigned long)gen->memory, n * size, NUMA_NO_NODE))
		return gen;
	peer_gen_pool_destroy(gen);
	return ERR_PTR(-ENOMEM);
}

static __always_inline void *one_of_gen_pool(void *of, gfp_t gfp)
{
	const struct gen *gen = of;

	return (void *)gen_pool_alloc(gen->pool, gen->size);
}

static __always_inline void back_to_gen_pool(void *of, void *obj)
{
	const struct gen *gen = of;

	gen_pool_free(gen->pool, (unsigned long)obj, gen->size);
}

BENCH_PEER(gen_pool, .alloc = one_of_gen_pool, .free = back_to_gen_pool);

#endif

/* --- objpool --- */

#ifdef _LINUX_OBJPOOL_H

static int nothing(void *obj, void *context)
{
	return 0;
}

static int end_objpool(struct objpool_head *head, void *context)
{
	kfree(head);
	return 0;
}

static void *peer_objpool_create(size_t size, size_t n)
{
	struct objpool_head *head = kzalloc(sizeof(*head), GFP_KERNEL);
	int err;

	if (!head)
		return ERR_PTR(-ENOMEM);
	/* Each CPU has a share of the objects, and one may need all that are asked for. */
	err = objpool_init(head, n + num_possible_cpus(), size, GFP_KERNEL, NULL, nothing,
			   end_objpool);
	if (!err)
		return head;
	kfree(head);
	return ERR_PTR(err);
}

static void peer_objpool_destroy(void *of)
{
	objpool_fini(of);
}

static __always_inline void *one_of_objpool(void *of, gfp_t gfp)
{
	return objpool_pop(of);
}

static __always_inline void back_to_objpool(void *of, void *obj)
{
	objpool_push(obj, of);
}

BENCH_PEER(objpool, .alloc = one_of_objpool, .free = back_to_objpool);

#endif

/* --- dma_pool, of a device that is none --- */

#ifdef CONFIG_HAS_DMA

/* A free looks through all pages for the one that the object is in. */
#define DMA_POOL_OBJECTS_MAX	2000

struct dma {
	struct platform_device *device;
	struct dma_pool *pool;
};

static void *peer_dma_pool_create(size_t size, size_t n)
{
	struct dma *dma;
	int err = -ENOMEM;

	if (n > DMA_POOL_OBJECTS_MAX || size < sizeof(dma_addr_t))
		return ERR_PTR(-ERANGE);
	dma = kzalloc(sizeof(*dma), GFP_KERNEL);
	if (!dma)
		return ERR_PTR(-ENOMEM);
	dma->device = platform_device_register_simple("mpool_bench", PLATFORM_DEVID_AUTO, NULL, 0);
	if (IS_ERR(dma->device)) {
		err = PTR_ERR(dma->device);
		goto err_device;
	}
	err = dma_coerce_mask_and_coherent(&dma->device->dev, DMA_BIT_MASK(64));
	if (err)
		goto err_pool;
	dma->pool = dma_pool_create("mpool-bench", &dma->device->dev, size, 0, 0);
	if (dma->pool)
		return dma;
err_pool:
	platform_device_unregister(dma->device);
err_device:
	kfree(dma);
	return ERR_PTR(err);
}

static void peer_dma_pool_destroy(void *of)
{
	struct dma *dma = of;

	dma_pool_destroy(dma->pool);
	platform_device_unregister(dma->device);
	kfree(dma);
}

/* Its user must remember where the device finds the object: there is room in it. */
static __always_inline void *one_of_dma_pool(void *of, gfp_t gfp)
{
	const struct dma *dma = of;
	dma_addr_t handle;
	dma_addr_t *obj = dma_pool_alloc(dma->pool, gfp, &handle);

	if (obj)
		*obj = handle;
	return obj;
}

static __always_inline void back_to_dma_pool(void *of, void *obj)
{
	const struct dma *dma = of;

	dma_pool_free(dma->pool, obj, *(dma_addr_t *)obj);
}

BENCH_PEER(dma_pool, .alloc = one_of_dma_pool, .free = back_to_dma_pool);

#endif

/* --- kmalloc, of any size --- */

static __always_inline void *kmalloc_alloc(void *of, size_t size)
{
	return kmalloc(size, GFP_KERNEL);
}

static __always_inline void kmalloc_free(void *of, void *piece)
{
	kfree(piece);
}

BENCH_SIZER(kmalloc, "kmalloc", peer_any_create, peer_any_destroy);

/* --- all of them --- */

/* The first is what the others are compared with. */
const struct bench_peer * const bench_peers[] = {
	&bench_mpool,
	&bench_kmem_cache,
	&bench_kmalloc,
	&bench_mempool_t,
#ifdef CONFIG_GENERIC_ALLOCATOR
	&bench_gen_pool,
#endif
#ifdef _LINUX_OBJPOOL_H
	&bench_objpool,
#endif
#ifdef CONFIG_HAS_DMA
	&bench_dma_pool,
#endif
	&bench_array,
	NULL
};

const struct bench_peer * const bench_sizers[] = { &sized_sizer, &kmalloc_sizer, NULL };
