// SPDX-License-Identifier: GPL-2.0
/*
 * Objects are freed, at once and later. No free takes memory, and none can fail.
 */
#include "failnth.h"

static int free_all(const struct call *call)
{
	while (stage.n)
		mpool_free(stage.pool, stage.objs[--stage.n]);
	return 0;
}

static int free_bulk(const struct call *call)
{
	stage_free(call);
	return 0;
}

static int free_deferred(const struct call *call)
{
	while (stage.n)
		mpool_free_deferred(stage.pool, stage.objs[--stage.n]);
	mpool_flush(stage.pool);
	return 0;
}

static int free_rcu(const struct call *call)
{
	while (stage.n)
		mpool_free_rcu(stage.pool, stage.objs[--stage.n]);
	mpool_flush(stage.pool);
	return 0;
}

static void hold_again(const struct call *call)
{
	if (!mpool_alloc_bulk(stage.pool, GFP_KERNEL, call->n, stage.objs))
		stage.n = call->n;
}

const struct call free_calls[] = {
	{ "free", 0, free_all, hold_again, stage_held, { .size = 64 }, .n = OBJECTS_MAX,
	  .never = true },
	{ "free large", 0, free_all, hold_again, stage_held, { .size = SZ_64K }, .n = 8,
	  .never = true },
	{ "free above the limit", 0, free_all, hold_again, stage_held,
	  { .size = 64, .limit = OBJECTS_MAX }, .n = OBJECTS_MAX, .never = true },
	{ "free watched", 0, free_all, hold_again, stage_held,
	  { .size = 64, .flags = MPOOL_CHECKS, .quarantine = 1000 }, .n = OBJECTS_MAX,
	  .never = true },
	{ "free in bulk", 0, free_bulk, hold_again, stage_held, { .size = 64 },
	  .n = OBJECTS_MAX, .never = true },
	{ "free deferred", 0, free_deferred, hold_again, stage_held, { .size = 64 },
	  .n = OBJECTS_MAX, .never = true },
	{ "free deferred over budget", 0, free_deferred, hold_again, stage_held,
	  { .size = 64, .budget = 640 }, .n = OBJECTS_MAX, .never = true },
	{ "free under rcu", 0, free_rcu, hold_again, stage_held, { .size = 64 },
	  .n = OBJECTS_MAX, .never = true },
	{ "free under rcu watched", 0, free_rcu, hold_again, stage_held,
	  { .size = 64, .flags = MPOOL_CHECKS }, .n = OBJECTS_MAX, .never = true },
	{}
};
