// SPDX-License-Identifier: GPL-2.0
/*
 * Where slabs come from: naturally aligned compound pages.
 */
#include <linux/gfp.h>
#include <linux/mm.h>

#include "internal.h"

/*
 * What of a caller's gfp is not for the pages: the zone is the pool's choice, zeroing is done
 * object by object, and a pool cannot promise what __GFP_NOFAIL asks.
 */
#define NOT_FOR_PAGES	(GFP_ZONEMASK | __GFP_RECLAIMABLE | __GFP_ZERO | __GFP_NOFAIL)

/**
 * backing_alloc() - get the memory of one slab, aligned to its own size
 * @pool: for which
 * @gfp: what the caller of the allocation permits
 *
 * Context: as @gfp says; never in an NMI, nor in atomic sections on PREEMPT_RT.
 * Return: the memory, its content undefined, or NULL.
 */
void *backing_alloc(struct mpool *pool, gfp_t gfp)
{
	struct page *page;

	gfp = (gfp & ~NOT_FOR_PAGES) | pool->gfp | __GFP_COMP;
	/* Without this the page allocator gives up early on large runs of pages. */
	if (pool->order > PAGE_ALLOC_COSTLY_ORDER && gfpflags_allow_blocking(gfp) &&
	    !(gfp & __GFP_NORETRY))
		gfp |= __GFP_RETRY_MAYFAIL;
	page = alloc_pages_node(pool->node, gfp, pool->order);
	return page ? page_address(page) : NULL;
}

/**
 * backing_free() - give back what backing_alloc() got
 * @pool: for which
 * @memory: what it returned
 *
 * Context: where pages may be freed.
 */
void backing_free(struct mpool *pool, void *memory)
{
	__free_pages(virt_to_page(memory), pool->order);
}
