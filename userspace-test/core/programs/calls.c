// SPDX-License-Identifier: GPL-2.0
/*
 * What callers of mpool have inline, built as mpool itself is: others may go on in the midst of it.
 */
#include "program.h"

void *call_alloc(struct mpool *pool, gfp_t gfp)
{
	return mpool_alloc(pool, gfp);
}

void call_free(struct mpool *pool, void *obj)
{
	mpool_free(pool, obj);
}
