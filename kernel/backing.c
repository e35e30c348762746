// SPDX-License-Identifier: GPL-2.0
/*
 * Where slabs come from: contiguous pages, pages from anywhere that are mapped to be contiguous,
 * huge pages, or the caller's memory. Whatever it is, a slab starts at a multiple of the power of
 * two that it fits into, counted from backing_base(), so that it is found by masking an object's
 * address.
 */
#include <linux/align.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "internal.h"

/*
 * What of a caller's gfp is not for the pages: the zone is the pool's choice, zeroing is done
 * object by object, a pool cannot promise what __GFP_NOFAIL asks, and a privilege is one on the
 * pool's reserve.
 */
#define NOT_FOR_PAGES	(GFP_ZONEMASK | __GFP_RECLAIMABLE | __GFP_ZERO | __GFP_NOFAIL | \
			 MPOOL_PRIVILEGED)

static unsigned long pages_of(const struct mpool *pool)
{
	return pool->slab_bytes >> PAGE_SHIFT;
}

/**
 * backing_base() - the address that slabs are aligned from
 * @buffer: of a pool in the caller's memory; else NULL
 *
 * Pages are aligned by their number. Where the page of number 0 is, or would be, has nearly always
 * an address that is a multiple of all that matters; but not in 32-bit User Mode Linux.
 *
 * Return: the address, less what changes nothing.
 */
unsigned long backing_base(const void *buffer)
{
	return buffer ? (unsigned long)buffer : (unsigned long)__va(0) & (SZ_2M - 1);
}

/* --- contiguous pages --- */

static void *get_contiguous(struct mpool *pool, gfp_t gfp)
{
	unsigned int order = get_order(pool->slab_bytes);
	struct page *page;

	gfp |= __GFP_COMP;
	if (pool->backing == MPOOL_HUGE)
		/* There is a way out: mapped pages. */
		gfp |= __GFP_NORETRY | __GFP_NOWARN;
	else if (order > PAGE_ALLOC_COSTLY_ORDER && gfpflags_allow_blocking(gfp) &&
		 !(gfp & __GFP_NORETRY))
		/* Without this the page allocator gives up early on large runs of pages. */
		gfp |= __GFP_RETRY_MAYFAIL;
	page = alloc_pages_node(pool->node, gfp, order);
	return page ? page_address(page) : NULL;
}

/* --- pages from anywhere --- */

/*
 * A window of 2n - 1 pages onto n pages, which repeat, has one place that is a multiple of n
 * pages, and shows each page once from there on, wherever the window begins. So one vmap() is
 * enough to have a slab that is aligned to its size. Nobody uses the rest of the window.
 */
static unsigned long window_pages(const struct mpool *pool)
{
	return 2 * pages_of(pool) - 1;
}

/**
 * backing_map_bytes() - bytes that a mapped slab takes besides its own pages
 * @pool: of which
 *
 * Context: any.
 * Return: the bytes.
 */
size_t backing_map_bytes(const struct mpool *pool)
{
	return window_pages(pool) * sizeof(struct page *);
}

/* Fill the window; each place holds its own reference, as vfree() wants it. */
static unsigned long get_pages(struct mpool *pool, gfp_t gfp, struct page **window)
{
	unsigned long i, n = pages_of(pool);

	for (i = 0; i < window_pages(pool); i++) {
		if (i < n) {
			window[i] = alloc_pages_node(pool->node, gfp, 0);
		} else {
			window[i] = window[i - n];
			get_page(window[i]);
		}
		if (!window[i])
			break;
	}
	return i;
}

static void put_pages(struct page **window, unsigned long n)
{
	while (n--)
		put_page(window[n]);
}

static void *map_pages(struct mpool *pool, gfp_t gfp, void **mapping)
{
	struct page **window = kvmalloc(backing_map_bytes(pool), GFP_KERNEL | __GFP_NOWARN);
	unsigned long got = 0;

	if (!window)
		return NULL;
	got = get_pages(pool, gfp, window);
	if (got == window_pages(pool)) {
		*mapping = vmap(window, got, VM_MAP_PUT_PAGES, PAGE_KERNEL);
		if (*mapping)
			return (void *)(ALIGN((unsigned long)*mapping - pool->lane.base,
					      pool->slab_bytes) + pool->lane.base);
	}
	put_pages(window, got);
	kvfree(window);
	return NULL;
}

/* vmap() takes no gfp and allocates as GFP_KERNEL does, but for what the task has forbidden. */
static void *get_mapped(struct mpool *pool, gfp_t gfp, void **mapping)
{
	unsigned int flags;
	void *memory;

	if ((gfp & (__GFP_IO | __GFP_FS)) == (__GFP_IO | __GFP_FS))
		return map_pages(pool, gfp, mapping);
	if (gfp & __GFP_IO) {
		flags = memalloc_nofs_save();
		memory = map_pages(pool, gfp, mapping);
		memalloc_nofs_restore(flags);
	} else {
		flags = memalloc_noio_save();
		memory = map_pages(pool, gfp, mapping);
		memalloc_noio_restore(flags);
	}
	return memory;
}

/* --- the caller's memory --- */

/**
 * backing_is_kernel_address() - can there be data at an address?
 * @address: any address
 *
 * A first look: some architectures have pages here that cannot be read.
 *
 * Context: any.
 * Return: true if it is of the kernel's pages, of what is mapped, or of modules.
 */
bool backing_is_kernel_address(const void *address)
{
	struct page *page;

	if (is_vmalloc_addr(address)) {
		/* What is mapped there may be a device. */
		page = vmalloc_to_page(address);
		return page && pfn_valid(page_to_pfn(page));
	}
#if defined(CONFIG_MODULES) && defined(MODULES_VADDR)
	if ((unsigned long)address >= MODULES_VADDR && (unsigned long)address < MODULES_END)
		return true;
#endif
	return virt_addr_valid(address);
}

static bool can_be_written(u8 *byte)
{
	u8 value;

	if (!backing_is_kernel_address(byte))
		return false;
	__get_kernel_nofault(&value, byte, u8, fault);
	__put_kernel_nofault(byte, &value, u8, fault);
	return true;
fault:
	return false;
}

/**
 * backing_check_buffer() - is this memory that a pool can live in?
 * @buffer: its start
 * @bytes: its size, not 0
 *
 * Writes to each page what it read there; so nobody else may use it.
 *
 * Context: any.
 * Return: true if it is.
 */
bool backing_check_buffer(void *buffer, size_t bytes)
{
	u8 *end = buffer + bytes, *byte = buffer;

	if (end < byte || !can_be_written(end - 1))
		return false;
	for (; byte < end; byte = PTR_ALIGN(byte + 1, PAGE_SIZE)) {
		if (!can_be_written(byte))
			return false;
	}
	return true;
}

/* --- all of them --- */

/**
 * backing_alloc() - get the memory of one slab
 * @pool: for which
 * @gfp: what the caller of the allocation permits
 * @mapping: set to what backing_free() needs to know
 *
 * A buffer is asked for once, by pool_create().
 *
 * Context: as @gfp says; never in an NMI, nor in atomic sections on PREEMPT_RT.
 * Return: the memory, its content undefined, or NULL.
 */
void *backing_alloc(struct mpool *pool, gfp_t gfp, void **mapping)
{
	void *memory = NULL;

	*mapping = NULL;
	if (pool->backing == MPOOL_BUFFER)
		return pool->buffer;
	gfp = (gfp & ~NOT_FOR_PAGES) | pool->gfp;
	if (pool->backing != MPOOL_VMALLOC)
		memory = get_contiguous(pool, gfp);
	if (!memory && pool->backing != MPOOL_PAGES && gfpflags_allow_blocking(gfp))
		memory = get_mapped(pool, gfp, mapping);
	return memory;
}

/**
 * backing_free() - give back what backing_alloc() got
 * @pool: for which
 * @memory: what it returned
 * @mapping: what it set
 *
 * Context: where pages may be freed; not in an NMI.
 */
void backing_free(struct mpool *pool, void *memory, void *mapping)
{
	if (mapping)
		vfree(mapping);
	else if (pool->backing != MPOOL_BUFFER)
		__free_pages(virt_to_page(memory), get_order(pool->slab_bytes));
}
