/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mpool: slab-style memory pools for drivers.
 *
 * A pool hands out objects of one size. It grows by slabs when it is empty, never has more
 * objects than its limit, and gives what it does not need back to the system. Every pool's
 * figures can be read at /dev/mempool.
 */
#ifndef _LINUX_MPOOL_H
#define _LINUX_MPOOL_H

#include <linux/bits.h>
#include <linux/gfp.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/types.h>

struct mpool;

/* Longest name of a pool, its end included. */
#define MPOOL_NAME_LEN		32

/* Largest object, in bytes. */
#define MPOOL_SIZE_MAX		SZ_64K

/* Objects start on a cache line of their own. */
#define MPOOL_HWCACHE_ALIGN	BIT(0)

/* Slabs come from mpool_params.node while that node has memory. */
#define MPOOL_NODE		BIT(1)

/**
 * struct mpool_params - what a pool is to be
 * @name: unique among live pools; 1 to 31 characters of a-z, 0-9, '_' and '-'. Copied.
 * @size: bytes of an object, 1 to %MPOOL_SIZE_MAX
 * @align: alignment of an object in bytes, a power of two up to PAGE_SIZE; 0 is that of a u64
 * @limit: most objects that may exist, those that CPUs cache included; 0 is no limit
 * @keep: free objects that are retained; those above it go back to the system, slab by slab,
 *	within seconds of the pool's coming to rest. At most @limit, where there is one.
 * @reserve: for objects that only privileged requests may take; must be 0 in this version
 * @node: the NUMA node that slabs should come from, with %MPOOL_NODE; else 0 or NUMA_NO_NODE
 * @gfp: added to each request for a slab: any of GFP_DMA, GFP_DMA32, __GFP_ACCOUNT,
 *	__GFP_NOWARN
 * @flags: %MPOOL_HWCACHE_ALIGN, %MPOOL_NODE
 * @ctor: makes an object of fresh memory, once, when its slab is made: not at every
 *	allocation. Returns 0 or a negative errno, which fails that growth and undoes it. Called
 *	in the context of the allocation that had to grow, with that allocation's gfp, and may do
 *	what that gfp permits. It must not wait for an object of the same pool, nor for a lock
 *	that is held while one is allocated. May be NULL.
 * @dtor: undoes @ctor, exactly once for each object that was made, before its memory goes
 *	back. Called in process context and may sleep, but what @ctor must not wait for, it must
 *	not either. Not called for objects that are freed after their owner was unloaded. May be
 *	NULL.
 * @ctx: handed to @ctor and @dtor
 *
 * Zero in any field but @name and @size is a sensible default, and new fields will keep it
 * so: initialise by naming the fields.
 */
struct mpool_params {
	const char *name;
	size_t size;
	size_t align;
	unsigned long limit;
	unsigned long keep;
	unsigned long reserve;
	int node;
	gfp_t gfp;
	unsigned long flags;
	int (*ctor)(void *obj, void *ctx, gfp_t gfp);
	void (*dtor)(void *obj, void *ctx);
	void *ctx;
};

/**
 * struct mpool_stats - a pool's figures
 * @size: bytes of an object as asked for
 * @stride: bytes from one object to the next
 * @in_use: objects that callers hold
 * @cached_cpu: free objects in the magazines of CPUs
 * @cached_depot: free objects in magazines that CPUs share
 * @free_slab: free objects in slabs
 * @objects: objects that exist
 * @limit: most objects that may exist, 0 for no limit
 * @keep: free objects that are retained
 * @slabs: slabs
 * @slab_bytes: bytes of one slab
 * @metadata: bytes that the pool holds besides its slabs
 * @footprint: all bytes that the pool holds from the system
 * @allocs: objects handed out so far
 * @frees: objects taken back so far
 * @fails: allocations that returned nothing
 * @grows: slabs made so far
 * @shrinks: slabs given back so far
 * @misuses: calls of a free that were refused and reported
 *
 * While nobody uses the pool, exactly: @objects = @in_use + @cached_cpu + @cached_depot +
 * @free_slab, and @footprint = @slabs * @slab_bytes + @metadata. While somebody does, the
 * figures may be a few operations apart from each other.
 */
struct mpool_stats {
	size_t size;
	size_t stride;
	unsigned long in_use;
	unsigned long cached_cpu;
	unsigned long cached_depot;
	unsigned long free_slab;
	unsigned long objects;
	unsigned long limit;
	unsigned long keep;
	unsigned long slabs;
	unsigned long slab_bytes;
	unsigned long metadata;
	unsigned long footprint;
	unsigned long allocs;
	unsigned long frees;
	unsigned long fails;
	unsigned long grows;
	unsigned long shrinks;
	unsigned long misuses;
};

struct mpool *__mpool_create(const struct mpool_params *params, struct module *owner,
			     const char *owner_name);

/**
 * mpool_create() - make a pool
 * @params: what it is to be, a struct mpool_params *; not needed after the call
 *
 * The calling module is recorded as the pool's owner. No object is made yet: the first
 * allocation makes the first slab.
 *
 * Context: Process context, may sleep.
 * Return: the pool, or an ERR_PTR:
 *
 * * %-EFAULT: no @params
 * * %-ENODATA: no name, or an empty one
 * * %-ENAMETOOLONG: a name of %MPOOL_NAME_LEN characters or more
 * * %-EILSEQ: a character in the name that is not of a-z, 0-9, '_' and '-'
 * * %-EEXIST: a live pool has that name
 * * %-EINVAL: size is 0
 * * %-EDOM: align is not a power of two
 * * %-EOVERFLOW: size and align do not add up
 * * %-E2BIG: size above %MPOOL_SIZE_MAX, or align above PAGE_SIZE
 * * %-ERANGE: keep above limit
 * * %-EOPNOTSUPP: unknown flags, a gfp that a pool cannot honour, or a reserve
 * * %-ENODEV: a node that is not there, or one given without %MPOOL_NODE
 * * %-ENOMEM: no memory
 */
#define mpool_create(params...)	__mpool_create(params, THIS_MODULE, KBUILD_MODNAME)

void mpool_destroy(struct mpool *pool);

void *mpool_alloc(struct mpool *pool, gfp_t gfp) __must_check;
void mpool_free(struct mpool *pool, void *obj);

int mpool_alloc_bulk(struct mpool *pool, gfp_t gfp, size_t n, void **objs) __must_check;
void mpool_free_bulk(struct mpool *pool, size_t n, void **objs);

unsigned long mpool_trim(struct mpool *pool);
void mpool_read_stats(struct mpool *pool, struct mpool_stats *stats);

/**
 * mpool_zalloc() - allocate an object and fill it with zeroes
 * @pool: the pool, one without a constructor
 * @gfp: as for mpool_alloc()
 *
 * Context: as mpool_alloc().
 * Return: as mpool_alloc().
 */
static inline void * __must_check mpool_zalloc(struct mpool *pool, gfp_t gfp)
{
	return mpool_alloc(pool, gfp | __GFP_ZERO);
}

#endif /* _LINUX_MPOOL_H */
