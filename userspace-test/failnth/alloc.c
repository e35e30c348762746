// SPDX-License-Identifier: GPL-2.0
/*
 * Objects are allocated, from pools that have none yet.
 */
#include "failnth.h"

/* One after the other; those that it got before it failed go back. */
static int alloc(const struct call *call)
{
	void *obj;

	while (stage.n < call->n) {
		obj = mpool_alloc(stage.pool, call->gfp);
		if (!obj) {
			stage_free(call);
			return -ENOMEM;
		}
		stage.objs[stage.n++] = obj;
	}
	return 0;
}

static int alloc_bulk(const struct call *call)
{
	int err = mpool_alloc_bulk(stage.pool, call->gfp, call->n, stage.objs);

	if (!err)
		stage.n = call->n;
	return err;
}

/* One, of what others leave. */
static int alloc_privileged(const struct call *call)
{
	void *obj = mpool_alloc(stage.pool, call->gfp | MPOOL_PRIVILEGED);

	if (!obj)
		return -ENOMEM;
	stage.objs[stage.n++] = obj;
	return 0;
}

/* All of the reserve, and others before that as long as there is memory. */
static int alloc_all_privileged(const struct call *call)
{
	int err = 0;

	while (!err && stage.n < call->n)
		err = alloc_privileged(call);
	return err;
}

static void free_last(const struct call *call)
{
	mpool_free(stage.pool, stage.objs[--stage.n]);
}

const struct call alloc_calls[] = {
	{ "alloc", 3, alloc, .params = { .size = 64 }, .gfp = GFP_KERNEL, .n = 1 },
	{ "alloc atomic", 3, alloc, .params = { .size = 64 }, .gfp = GFP_ATOMIC, .n = 1 },
	{ "alloc nowait", 3, alloc, .params = { .size = 64 }, .gfp = GFP_NOWAIT, .n = 1 },
	{ "alloc noio", 3, alloc, .params = { .size = 64 }, .gfp = GFP_NOIO, .n = 1 },
	{ "alloc zeroed", 3, alloc, .params = { .size = 64 }, .gfp = GFP_KERNEL | __GFP_ZERO,
	  .n = 1 },
	{ "alloc some slabs", 20, alloc, .params = { .size = 16000 }, .gfp = GFP_KERNEL, .n = 10 },
	{ "alloc large", 6, alloc, .params = { .size = SZ_64K }, .gfp = GFP_KERNEL, .n = 4 },
	{ "alloc mapped", 69, alloc, .params = { .size = SZ_4K, .backing = MPOOL_VMALLOC },
	  .gfp = GFP_KERNEL, .n = 1 },
	{ "alloc mapped nofs", 69, alloc, .params = { .size = SZ_4K, .backing = MPOOL_VMALLOC },
	  .gfp = GFP_NOFS, .n = 1 },
	{ "alloc huge", 2, alloc, .params = { .size = SZ_4K, .backing = MPOOL_HUGE },
	  .gfp = GFP_KERNEL, .n = 1 },
	{ "alloc huge atomic", 3, alloc, .params = { .size = SZ_4K, .backing = MPOOL_HUGE },
	  .gfp = GFP_ATOMIC, .n = 1 },
	{ "alloc from a buffer", 1, alloc, .params = { .size = 64, .backing = MPOOL_BUFFER,
	  .buffer_bytes = SZ_4K }, .gfp = GFP_KERNEL, .n = 1 },
	{ "alloc constructed", 11, alloc, .params = { .size = 300, .limit = 8,
	  .ctor = stage_construct, .dtor = stage_destruct }, .gfp = GFP_KERNEL, .n = 1 },
	{ "alloc constructed atomic", 11, alloc, .params = { .size = 300, .limit = 8,
	  .ctor = stage_construct, .dtor = stage_destruct }, .gfp = GFP_ATOMIC, .n = 1 },
	{ "alloc watched", 4, alloc, .params = { .size = 64, .flags = MPOOL_CHECKS,
	  .quarantine = SZ_16K }, .gfp = GFP_KERNEL, .n = 2 },
	{ "alloc privileged", 0, alloc_privileged, free_last, stage_held,
	  { .size = 64, .limit = 10, .reserve = 2 }, GFP_KERNEL, 8, .never = true },
	{ "alloc privileged atomic", 0, alloc_privileged, free_last, stage_held,
	  { .size = 64, .limit = 10, .reserve = 2 }, GFP_ATOMIC, 8, .never = true },
	{ "alloc privileged or grow", 2, alloc_all_privileged, .params = { .size = 16000,
	  .reserve = 10 }, .gfp = GFP_KERNEL, .n = 10, .never = true },
	{ "bulk", 3, alloc_bulk, .params = { .size = 64 }, .gfp = GFP_KERNEL, .n = 20 },
	{ "bulk atomic", 3, alloc_bulk, .params = { .size = 64 }, .gfp = GFP_ATOMIC, .n = 20 },
	{ "bulk of some slabs", 11, alloc_bulk, .params = { .size = 16000 }, .gfp = GFP_KERNEL,
	  .n = 10 },
	{ "bulk of some slabs atomic", 11, alloc_bulk, .params = { .size = 16000 },
	  .gfp = GFP_ATOMIC, .n = 10 },
	{ "bulk constructed", 11, alloc_bulk, .params = { .size = 100, .limit = 8,
	  .ctor = stage_construct, .dtor = stage_destruct }, .gfp = GFP_KERNEL, .n = 8 },
	{ "bulk watched", 3, alloc_bulk, .params = { .size = 200, .flags = MPOOL_CHECKS },
	  .gfp = GFP_KERNEL, .n = 20 },
	{}
};
