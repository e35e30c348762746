// SPDX-License-Identifier: GPL-2.0
/*
 * A pool is told to be otherwise, to give memory back, and to say what it is; and objects are
 * copied to user space and back.
 */
#include <linux/errno.h>

#include "failnth.h"

/* Of a pool that has OBJECTS_MAX objects, and a limit of twice that. */
static int lower_limit(const struct call *call)
{
	return mpool_set_limit(stage.pool, OBJECTS_MAX / 2);
}

static int raise_limit(const struct call *call)
{
	return mpool_set_limit(stage.pool, 4 * OBJECTS_MAX);
}

static void restore_limit(const struct call *call)
{
	mpool_set_limit(stage.pool, call->params.limit);
}

static int set_keep(const struct call *call)
{
	return mpool_set_keep(stage.pool, 10);
}

static void restore_keep(const struct call *call)
{
	mpool_set_keep(stage.pool, call->params.keep);
}

/* More than there are. */
static int raise_reserve(const struct call *call)
{
	return mpool_set_reserve(stage.pool, call->n + 10);
}

static int drop_reserve(const struct call *call)
{
	return mpool_set_reserve(stage.pool, 0);
}

/* So that what was made for it goes too. */
static void restore_reserve(const struct call *call)
{
	mpool_set_reserve(stage.pool, call->params.reserve);
	mpool_trim(stage.pool);
}

static int use_pool(const struct call *call)
{
	int err = stage_held(call);

	if (!err)
		stage_free(call);
	return err;
}

static int trim(const struct call *call)
{
	mpool_trim(stage.pool);
	return 0;
}

static int read_stats(const struct call *call)
{
	struct mpool_stats stats;

	mpool_read_stats(stage.pool, &stats);
	return stats.in_use == call->n ? 0 : -EUCLEAN;
}

static int copy_out(const struct call *call)
{
	return mpool_copy_to_user(stage.pool, stage.user, stage.objs[0], FAILNTH_USER) ?
	       -EFAULT : 0;
}

static int copy_in(const struct call *call)
{
	return mpool_copy_from_user(stage.pool, stage.objs[0], stage.user, FAILNTH_USER) ?
	       -EFAULT : 0;
}

const struct call tune_calls[] = {
	{ "lower the limit", 0, lower_limit, restore_limit, use_pool,
	  { .size = 64, .limit = 2 * OBJECTS_MAX }, .n = OBJECTS_MAX, .never = true },
	{ "raise the limit", 0, raise_limit, restore_limit, stage_held,
	  { .size = 64, .limit = OBJECTS_MAX }, .n = OBJECTS_MAX, .never = true },
	{ "set keep", 0, set_keep, restore_keep, stage_held, { .size = 64, .keep = 100 },
	  .n = 10, .never = true },
	{ "raise the reserve", 2, raise_reserve, restore_reserve, stage_held, { .size = 1000 },
	  .n = 10 },
	{ "raise the reserve by slabs", 18, raise_reserve, restore_reserve, stage_held,
	  { .size = 16000, .reserve = 2 }, .n = 10 },
	{ "raise the reserve mapped", 68, raise_reserve, restore_reserve, stage_held,
	  { .size = SZ_4K, .backing = MPOOL_VMALLOC }, .n = 50 },
	{ "raise the reserve constructed", 46, raise_reserve, restore_reserve, stage_held,
	  { .size = 3000, .ctor = stage_construct, .dtor = stage_destruct }, .n = 20 },
	{ "drop the reserve", 0, drop_reserve, restore_reserve, stage_held,
	  { .size = 64, .reserve = 20 }, .n = 10, .never = true },
	{ "trim", 0, trim, stage_stay, use_pool, { .size = 64, .keep = 5 }, .n = OBJECTS_MAX,
	  .never = true },
	{ "trim constructed", 0, trim, stage_stay, use_pool,
	  { .size = 64, .ctor = stage_construct, .dtor = stage_destruct }, .n = OBJECTS_MAX,
	  .never = true },
	{ "read the figures", 0, read_stats, stage_stay, stage_held,
	  { .size = 64, .flags = MPOOL_TRACK }, .n = 10, .never = true },
	{ "copy to user space", 1, copy_out, stage_stay, stage_held, { .size = FAILNTH_USER },
	  .n = 1, .err = -EFAULT },
	{ "copy from user space", 1, copy_in, stage_stay, stage_held, { .size = FAILNTH_USER },
	  .n = 1, .err = -EFAULT },
	{}
};
