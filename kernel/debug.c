// SPDX-License-Identifier: GPL-2.0
/*
 * What sanitizers hear of objects, so that they see in each what they see in one from kmalloc().
 *
 * Pages come from the page allocator, of which KASAN and kmemleak know nothing but that they are in
 * use. All that follows concerns the objects in them.
 */
#include <linux/align.h>
#include <linux/kasan.h>
#include <linux/kmemleak.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "compat.h"
#include "internal.h"

#ifdef CONFIG_KASAN_GENERIC

/*
 * KASAN has a byte for each granule of memory: 0 if all of it may be used, the number of bytes if
 * only the first ones, or why none may be. These whys are shown as those of slab's objects.
 */
#define GRANULE		BIT(KASAN_SHADOW_SCALE_SHIFT)
#define SHADOW_OPEN	0x00
#define SHADOW_FREE	0xfb
#define SHADOW_GAP	0xfc

/* Has this memory shadow of its own, which can be written to? */
static bool has_shadow(const void *memory)
{
	return IS_ENABLED(CONFIG_KASAN_VMALLOC) || !is_vmalloc_addr(memory);
}

static void set_shadow(const void *memory, size_t bytes, u8 value)
{
	if (has_shadow(memory))
		kasan_poison(memory, bytes, value, false);
}

/**
 * debug_kasan_open() - let an object be used
 * @pool: whose
 * @obj: the object
 *
 * Context: any.
 */
void debug_kasan_open(const struct mpool *pool, void *obj)
{
	size_t whole = ALIGN_DOWN(pool->size, GRANULE);

	set_shadow(obj, whole, SHADOW_OPEN);
	if (pool->size > whole)
		set_shadow(obj + whole, GRANULE, pool->size - whole);
}

/**
 * debug_kasan_shut() - have each use of an object reported
 * @pool: whose
 * @obj: the object, which is free
 *
 * Context: any.
 */
void debug_kasan_shut(const struct mpool *pool, void *obj)
{
	set_shadow(obj, ALIGN(pool->size, GRANULE), SHADOW_FREE);
}

/**
 * debug_kasan_begin() - have each use of a new object reported, and of the gaps around it
 * @pool: whose
 * @obj: the object
 *
 * Context: any.
 */
void debug_kasan_begin(const struct mpool *pool, void *obj)
{
	size_t gap = debug_gap(pool->checks), used = ALIGN(pool->size, GRANULE);

	set_shadow(obj - gap, gap, SHADOW_GAP);
	debug_kasan_shut(pool, obj);
	set_shadow(obj + used, pool->lane.stride - used, SHADOW_GAP);
}

/**
 * debug_kasan_end() - undo debug_kasan_begin()
 * @pool: whose
 * @obj: the object, whose slab goes with all that are in it
 *
 * Context: any.
 */
void debug_kasan_end(const struct mpool *pool, void *obj)
{
	size_t gap = debug_gap(pool->checks);

	set_shadow(obj - gap, gap + pool->lane.stride, SHADOW_OPEN);
}

#endif /* CONFIG_KASAN_GENERIC */

#ifdef CONFIG_DEBUG_KMEMLEAK

/* Is there memory at an address that only a mapping has? */
static bool is_mapped(const void *address)
{
	return is_vmalloc_addr(address) && vmalloc_to_page(address);
}

/*
 * Where ends what vmalloc() returned, if that begins here? Before and behind it is a page that is
 * not mapped.
 */
static void *end_of_mapped(void *start)
{
	if (!PAGE_ALIGNED(start) || is_mapped(start - PAGE_SIZE))
		return NULL;
	while (is_mapped(start))
		start += PAGE_SIZE;
	return start;
}

/* And what kmalloc() returned, or pages? */
static void *end_of_lowmem(void *start)
{
	struct page *page = virt_to_head_page(start);
	size_t size;

	/* Of the kernel's image, and what was never given to the page allocator. */
	if (PageReserved(page))
		return NULL;
	if (!PageSlab(page))
		return page_address(page) == start ? start + page_size(page) : NULL;
	size = ksize(start);
	return is_power_of_2(size) && IS_ALIGNED((unsigned long)start, size) ? start + size : NULL;
}

/* Where ends the piece of memory that a buffer is the start of? NULL if it is not at a start. */
static void *end_of_piece(const struct mpool *pool)
{
	void *start = pool->buffer;

	if (pool->entry.owner && within_module((unsigned long)start, pool->entry.owner))
		return NULL;
	if (is_vmalloc_addr(start))
		return end_of_mapped(start);
	return virt_addr_valid(start) ? end_of_lowmem(start) : NULL;
}

/**
 * debug_leak_begin() - decide whether kmemleak is told of the objects of a pool in a buffer
 * @pool: the pool
 *
 * An object of kmemleak's cannot be within another; if one is to be, kmemleak gives up for good. So
 * it must forget the buffer; which it can if that begins where what it knows of begins: what
 * kmalloc() or vmalloc() returned. What follows behind the buffer may be pointers, which it goes
 * on looking at. In a buffer that is within something larger it goes on looking at the whole, and
 * misses what leaks.
 *
 * Context: process context.
 */
void debug_leak_begin(struct mpool *pool)
{
	void *end = end_of_piece(pool), *behind;

	if (!end)
		return;
	pool->leaks_seen = true;
	kmemleak_free(pool->buffer);
	behind = PTR_ALIGN(pool->buffer + pool->buffer_bytes, sizeof(void *));
	if (behind + sizeof(void *) > end)
		return;
	pool->behind = behind;
	kmemleak_alloc(behind, end - behind, 0, GFP_KERNEL);
}

/**
 * debug_leak_end() - undo debug_leak_begin() as far as that is possible
 * @pool: the pool, of whose objects kmemleak knows none any more
 * @stays: does the buffer outlive the pool?
 *
 * Whether kmemleak knew the buffer cannot be asked. It is told of one from a slab cache, because
 * who frees that tells it. Of others it is not: to know of what nobody will take back would be
 * worse than not to look into it.
 *
 * Context: process context.
 */
void debug_leak_end(struct mpool *pool, bool stays)
{
	if (!pool->buffer || !pool->leaks_seen)
		return;
	pool->leaks_seen = false;
	kmemleak_free(pool->behind);
	if (stays && !is_vmalloc_addr(pool->buffer) && PageSlab(virt_to_head_page(pool->buffer)))
		kmemleak_alloc(pool->buffer, ksize(pool->buffer), 0, GFP_KERNEL);
}

/* Does kmemleak know free objects too? */
static bool knows_free(const struct mpool *pool)
{
	return pool->leaks_seen && pool->constructed;
}

static void tell_of(const struct mpool *pool, void *obj, int references, gfp_t gfp)
{
	kmemleak_alloc(obj, pool->size, references, (gfp & GFP_KERNEL) | __GFP_HIGH);
}

/**
 * debug_leak_construct() - tell kmemleak of an object that a constructor has made
 * @pool: whose
 * @obj: the object
 * @gfp: with which it was made
 *
 * What the constructor allocated is referred to by the object only, which is free most of the
 * time. So where there is a destructor to free that, kmemleak knows free objects too, as such that
 * it looks into but never reports.
 *
 * Context: as @gfp says, not in an NMI.
 */
void debug_leak_construct(const struct mpool *pool, void *obj, gfp_t gfp)
{
	if (knows_free(pool))
		tell_of(pool, obj, 0, gfp);
}

/**
 * debug_leak_destruct() - undo debug_leak_construct()
 * @pool: whose
 * @obj: the object, which is free
 *
 * Context: any but NMI.
 */
void debug_leak_destruct(const struct mpool *pool, void *obj)
{
	if (knows_free(pool))
		kmemleak_free(obj);
}

/**
 * debug_leak_alloc() - tell kmemleak of an object that somebody got
 * @pool: from which
 * @obj: the object
 * @gfp: of the request
 *
 * kmemleak allocates for each object that it knows, and gives up for good if that fails. So it may
 * dip into what is set aside for those who cannot wait. Where it may not allocate at all, it does
 * not hear of the object.
 *
 * Context: any.
 */
void debug_leak_alloc(const struct mpool *pool, void *obj, gfp_t gfp)
{
	if (!pool->leaks_seen || in_nmi() || (IS_ENABLED(CONFIG_PREEMPT_RT) && !preemptible()))
		return;
	debug_leak_destruct(pool, obj);
	tell_of(pool, obj, 1, gfp);
}

/**
 * debug_leak_free() - tell kmemleak that nobody has an object any more
 * @pool: whose
 * @obj: the object; nothing happens if it does not know it
 *
 * Context: any but NMI.
 */
void debug_leak_free(const struct mpool *pool, void *obj)
{
	if (knows_free(pool))
		kmemleak_not_leak(obj);
	else if (pool->leaks_seen)
		kmemleak_free(obj);
}

/**
 * debug_leak_forget() - have kmemleak forget an object, whoever has it
 * @pool: whose
 * @obj: the object; nothing happens if it does not know it
 *
 * Context: any but NMI.
 */
void debug_leak_forget(const struct mpool *pool, void *obj)
{
	if (pool->leaks_seen)
		kmemleak_free(obj);
}

/**
 * debug_leak_only_links() - have kmemleak look at the links of a magazine only
 * @magazine: the magazine
 * @bytes: of it that are links
 * @gfp: with which the magazine was allocated
 *
 * Context: as @gfp says.
 */
void debug_leak_only_links(void *magazine, size_t bytes, gfp_t gfp)
{
	kmemleak_scan_area(magazine, bytes, gfp);
}

/**
 * debug_leak_nothing() - have kmemleak look at nothing in memory that is full of free objects
 * @memory: the memory
 *
 * Context: any but NMI.
 */
void debug_leak_nothing(void *memory)
{
	kmemleak_no_scan(memory);
}

#endif /* CONFIG_DEBUG_KMEMLEAK */
