// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that are lost from pools in each kind of memory.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "leaks.h"

static noinline void lose_from_vmalloc(struct situation *this)
{
	lost(this, mpool_alloc(this->pool, GFP_KERNEL));
}

static noinline void lose_from_huge(struct situation *this)
{
	lost(this, mpool_alloc(this->pool, GFP_KERNEL));
}

/* --- the caller's memory --- */

/* Not a power of two, so that something is left behind what kmalloc() gives. */
#define BYTES		3000
#define LARGE_BYTES	20000
#define PAGES		4

static int make_pool_in(struct situation *this, void *buffer, size_t bytes)
{
	this->params.backing = MPOOL_BUFFER;
	this->params.buffer = buffer;
	this->params.buffer_bytes = bytes;
	return buffer ? make_pool(this) : -ENOMEM;
}

static int in_kmalloc(struct situation *this)
{
	return make_pool_in(this, kmalloc(BYTES, GFP_KERNEL), BYTES);
}

static noinline void lose_from_kmalloc_buffer(struct situation *this)
{
	lost(this, mpool_alloc(this->pool, GFP_KERNEL));
}

/* Which has pages of its own. */
static int in_large_kmalloc(struct situation *this)
{
	return make_pool_in(this, kmalloc(LARGE_BYTES, GFP_KERNEL), LARGE_BYTES);
}

static noinline void lose_from_large_kmalloc_buffer(struct situation *this)
{
	lost(this, mpool_alloc(this->pool, GFP_KERNEL));
}

static void free_kmalloc_buffer(struct situation *this)
{
	check_forgotten(this->params.buffer, this->params.buffer_bytes);
	kfree(this->params.buffer);
	this->params.buffer = NULL;
}

static int in_vmalloc(struct situation *this)
{
	return make_pool_in(this, vmalloc(LARGE_BYTES), LARGE_BYTES);
}

static noinline void lose_from_vmalloc_buffer(struct situation *this)
{
	lost(this, mpool_alloc(this->pool, GFP_KERNEL));
}

static void free_vmalloc_buffer(struct situation *this)
{
	check_forgotten(this->params.buffer, this->params.buffer_bytes);
	vfree(this->params.buffer);
	this->params.buffer = NULL;
}

static int in_pages(struct situation *this)
{
	return make_pool_in(this, alloc_pages_exact(PAGES * PAGE_SIZE, GFP_KERNEL),
			    PAGES * PAGE_SIZE);
}

static noinline void lose_from_pages_buffer(struct situation *this)
{
	lost(this, mpool_alloc(this->pool, GFP_KERNEL));
}

static void free_pages_buffer(struct situation *this)
{
	check_forgotten(this->params.buffer, this->params.buffer_bytes);
	if (this->params.buffer)
		free_pages_exact(this->params.buffer, PAGES * PAGE_SIZE);
	this->params.buffer = NULL;
}

struct situation memory_situations[] = {
	{ .params = { .name = "vmalloc", .size = 3000, .backing = MPOOL_VMALLOC },
	  .lose = lose_from_vmalloc },
	{ .params = { .name = "huge", .size = 5000, .backing = MPOOL_HUGE },
	  .lose = lose_from_huge },
	{ .params = { .name = "kmalloc_buffer", .size = 200 }, .begin = in_kmalloc,
	  .lose = lose_from_kmalloc_buffer, .end = free_kmalloc_buffer },
	{ .params = { .name = "large_kmalloc_buffer", .size = 208 }, .begin = in_large_kmalloc,
	  .lose = lose_from_large_kmalloc_buffer, .end = free_kmalloc_buffer },
	{ .params = { .name = "vmalloc_buffer", .size = 216 }, .begin = in_vmalloc,
	  .lose = lose_from_vmalloc_buffer, .end = free_vmalloc_buffer },
	{ .params = { .name = "pages_buffer", .size = 224 }, .begin = in_pages,
	  .lose = lose_from_pages_buffer, .end = free_pages_buffer },
	{}
};
