// SPDX-License-Identifier: GPL-2.0
/*
 * A pool in a buffer, with objects in use, whose marks somebody has overwritten with zeroes: they
 * all look free. Its owner is unloaded, and the buffer goes.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/string.h>

#include "leaks.h"

static bool wanted;

int damage_at_exit(void)
{
	wanted = true;
	return 0;
}

static void damage(void *buffer)
{
	struct mpool *pool;
	void *objs[LOST];

	pool = mpool_create(&(struct mpool_params){
		.name = "damaged", .size = 100, .backing = MPOOL_BUFFER, .buffer = buffer,
		.buffer_bytes = PAGE_SIZE });
	if (IS_ERR(pool))
		return;
	if (!mpool_alloc_bulk(pool, GFP_KERNEL, LOST, objs))
		memset(buffer, 0, MPOOL_BUFFER_HEAD + LOST);
	mpool_destroy(pool);
}

/* Called when the module is going, so that the pool cannot hold it. */
void leave_damaged(void)
{
	void *buffer = wanted ? (void *)__get_free_page(GFP_KERNEL) : NULL;

	if (!buffer)
		return;
	damage(buffer);
	check_forgotten(buffer, PAGE_SIZE);
	free_page((unsigned long)buffer);
}
