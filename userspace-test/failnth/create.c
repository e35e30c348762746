// SPDX-License-Identifier: GPL-2.0
/*
 * Pools are made, with every option that needs something of its own, and destroyed.
 */
#include "failnth.h"

static int destroy(const struct call *call)
{
	stage_destroy(call);
	return 0;
}

static void create_again(const struct call *call)
{
	stage_create(call);
}

/* Objects are in magazines, the depot and slabs. */
static int use_pool(const struct call *call)
{
	int err = stage_held(call);

	if (!err)
		stage_free(call);
	return err;
}

const struct call create_calls[] = {
	{ "create", 3, stage_create, stage_destroy, stage_no_pool, { .size = 64 } },
	{ "create aligned", 3, stage_create, stage_destroy, stage_no_pool,
	  { .size = 40, .flags = MPOOL_HWCACHE_ALIGN } },
	{ "create on a node", 5, stage_create, stage_destroy, stage_no_pool,
	  { .size = 64, .reserve = 1, .flags = MPOOL_NODE } },
	{ "create on that node only", 5, stage_create, stage_destroy, stage_no_pool,
	  { .size = 64, .reserve = 1, .flags = MPOOL_NODE | MPOOL_NODE_STRICT } },
	{ "create with limit", 3, stage_create, stage_destroy, stage_no_pool,
	  { .size = 64, .limit = 1000, .keep = 100 } },
	{ "create with low", 3, stage_create, stage_destroy, stage_no_pool,
	  { .size = 64, .keep = 100, .low = 50 } },
	{ "create with reserve", 9, stage_create, stage_destroy, stage_no_pool,
	  { .size = 2000, .reserve = 40 } },
	{ "create large with reserve", 9, stage_create, stage_destroy, stage_no_pool,
	  { .size = SZ_64K, .reserve = 40 } },
	{ "create constructed", 11, stage_create, stage_destroy, stage_no_pool,
	  { .size = 100, .reserve = 8, .limit = 8, .ctor = stage_construct,
	    .dtor = stage_destruct } },
	{ "create mapped", 71, stage_create, stage_destroy, stage_no_pool,
	  { .size = SZ_4K, .reserve = 1, .backing = MPOOL_VMALLOC } },
	{ "create huge", 4, stage_create, stage_destroy, stage_no_pool,
	  { .size = SZ_4K, .reserve = 10, .backing = MPOOL_HUGE } },
	{ "create in a buffer", 6, stage_create, stage_destroy, stage_no_pool,
	  { .size = 64, .backing = MPOOL_BUFFER, .buffer_bytes = SZ_16K } },
	{ "create in a buffer constructed", 15, stage_create, stage_destroy, stage_no_pool,
	  { .size = 400, .backing = MPOOL_BUFFER, .buffer_bytes = SZ_4K,
	    .ctor = stage_construct, .dtor = stage_destruct } },
	{ "create with redzones", 3, stage_create, stage_destroy, stage_no_pool,
	  { .size = 64, .reserve = 1, .flags = MPOOL_REDZONE } },
	{ "create poisoned", 3, stage_create, stage_destroy, stage_no_pool,
	  { .size = 64, .reserve = 1, .flags = MPOOL_POISON } },
	{ "create tracked", 3, stage_create, stage_destroy, stage_no_pool,
	  { .size = 64, .reserve = 1, .flags = MPOOL_TRACK } },
	{ "create with quarantine", 4, stage_create, stage_destroy, stage_no_pool,
	  { .size = 64, .reserve = 1, .quarantine = SZ_16K } },
	{ "create with a large quarantine", 3, stage_create, stage_destroy, stage_no_pool,
	  { .size = 64, .reserve = 1, .quarantine = SZ_4M } },
	{ "create watched", 4, stage_create, stage_destroy, stage_no_pool,
	  { .size = 64, .reserve = 200, .flags = MPOOL_CHECKS, .quarantine = SZ_16K } },
	{ "destroy", 0, destroy, create_again, .params = { .size = 64 }, .never = true },
	{ "destroy used", 0, destroy, create_again, use_pool, { .size = 64, .reserve = 20 },
	  .n = 100, .never = true },
	{ "destroy constructed", 0, destroy, create_again, use_pool,
	  { .size = 64, .ctor = stage_construct, .dtor = stage_destruct },
	  .n = 100, .never = true },
	{ "destroy mapped", 0, destroy, create_again, use_pool,
	  { .size = SZ_4K, .backing = MPOOL_VMALLOC }, .n = 10, .never = true },
	{ "destroy watched", 0, destroy, create_again, use_pool,
	  { .size = 64, .flags = MPOOL_CHECKS, .quarantine = SZ_16K }, .n = 100, .never = true },
	{}
};
