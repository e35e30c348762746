// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that are lost, but whose address is left where it means nothing: where objects are kept
 * that are free, and in such objects themselves.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/slab.h>

#include "leaks.h"

/* --- in magazines and quarantines --- */

/* Have objects go there. Who takes them out leaves what was written there. */
static int free_some(struct situation *this)
{
	int err = hold_objects(this);

	if (!err)
		free_held(this);
	return err;
}

static noinline void lose_from_magazine(struct situation *this)
{
	lost(this, mpool_alloc(this->pool, GFP_KERNEL));
}

static noinline void lose_from_quarantine(struct situation *this)
{
	lost(this, mpool_alloc(this->pool, GFP_KERNEL));
}

/* --- in objects that have been freed --- */

/* Get objects, each of which only an object that is held knows. */
static int attach_to_held(struct situation *this)
{
	void *objs[LOST];
	unsigned int i;

	/* At once, so that none is one of those that will be freed. */
	if (mpool_alloc_bulk(this->pool, GFP_KERNEL, LOST, objs))
		return -ENOMEM;
	for (i = 0; i < LOST; i++) {
		*(void **)this->held[i] = objs[i];
		lost(this, objs[i]);
	}
	return 0;
}

static noinline void lose_in_freed(struct situation *this)
{
	if (!attach_to_held(this))
		free_held(this);
}

static noinline void lose_in_deferred(struct situation *this)
{
	unsigned int i;

	if (attach_to_held(this))
		return;
	for (i = 0; i < LOST; i++) {
		mpool_free_deferred(this->pool, this->held[i]);
		this->held[i] = NULL;
	}
	mpool_flush(this->pool);
}

static noinline void lose_in_rcu_freed(struct situation *this)
{
	unsigned int i;

	if (attach_to_held(this))
		return;
	for (i = 0; i < LOST; i++) {
		mpool_free_rcu(this->pool, this->held[i]);
		this->held[i] = NULL;
	}
	mpool_flush(this->pool);
}

static noinline void lose_in_quarantined(struct situation *this)
{
	if (!attach_to_held(this))
		free_held(this);
}

static noinline void lose_in_freed_vmalloc(struct situation *this)
{
	if (!attach_to_held(this))
		free_held(this);
}

static int in_pages(struct situation *this)
{
	this->params.buffer = (void *)__get_free_page(GFP_KERNEL);
	this->params.buffer_bytes = PAGE_SIZE;
	return this->params.buffer ? hold_objects(this) : -ENOMEM;
}

static void free_buffer(struct situation *this)
{
	check_forgotten(this->params.buffer, PAGE_SIZE);
	free_page((unsigned long)this->params.buffer);
	this->params.buffer = NULL;
}

static noinline void lose_in_freed_buffer(struct situation *this)
{
	if (!attach_to_held(this))
		free_held(this);
}

struct situation stale_situations[] = {
	{ .params = { .name = "magazine", .size = 240 }, .begin = free_some,
	  .lose = lose_from_magazine },
	{ .params = { .name = "quarantine", .size = 248, .limit = LOST, .quarantine = 100000 },
	  .begin = free_some, .lose = lose_from_quarantine },
	{ .params = { .name = "freed", .size = 256 }, .begin = hold_objects,
	  .lose = lose_in_freed },
	{ .params = { .name = "deferred", .size = 264 }, .begin = hold_objects,
	  .lose = lose_in_deferred },
	{ .params = { .name = "rcu_freed", .size = 272 }, .begin = hold_objects,
	  .lose = lose_in_rcu_freed },
	{ .params = { .name = "quarantined", .size = 280, .quarantine = 100000 },
	  .begin = hold_objects, .lose = lose_in_quarantined },
	{ .params = { .name = "freed_vmalloc", .size = 288, .backing = MPOOL_VMALLOC },
	  .begin = hold_objects, .lose = lose_in_freed_vmalloc },
	{ .params = { .name = "freed_buffer", .size = 296, .backing = MPOOL_BUFFER },
	  .begin = in_pages, .lose = lose_in_freed_buffer, .end = free_buffer },
	{}
};
