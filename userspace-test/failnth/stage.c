// SPDX-License-Identifier: GPL-2.0
/*
 * What the calls need: a pool, and objects of it that are held.
 */
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "failnth.h"

struct stage stage;

/**
 * stage_no_pool() - prepare a call that makes the pool itself
 * @call: the call
 *
 * Return: 0 or -ENOMEM.
 */
int stage_no_pool(const struct call *call)
{
	if (call->params.backing != MPOOL_BUFFER)
		return 0;
	stage.buffer = vmalloc(call->params.buffer_bytes);
	return stage.buffer ? 0 : -ENOMEM;
}

/**
 * stage_create() - make the pool of a call
 * @call: the call
 *
 * Its pages are accounted, which is how pages.c knows them.
 *
 * Return: 0 or a negative errno.
 */
int stage_create(const struct call *call)
{
	struct mpool_params params = call->params;
	struct mpool *pool;

	params.name = "failnth";
	params.buffer = stage.buffer;
	if (!params.buffer)
		params.gfp = __GFP_ACCOUNT;
	pool = mpool_create(&params);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	stage.pool = pool;
	return 0;
}

/**
 * stage_destroy() - undo stage_create()
 * @call: unused
 */
void stage_destroy(const struct call *call)
{
	mpool_destroy(stage.pool);
	stage.pool = NULL;
}

/**
 * stage_pool() - prepare a call that needs a pool
 * @call: the call
 *
 * Return: 0 or a negative errno.
 */
int stage_pool(const struct call *call)
{
	return stage_no_pool(call) ?: stage_create(call);
}

/**
 * stage_held() - prepare a call that needs a pool with objects that somebody holds
 * @call: the call, which says how many
 *
 * Return: 0 or a negative errno.
 */
int stage_held(const struct call *call)
{
	int err = stage_pool(call);

	if (!err)
		err = mpool_alloc_bulk(stage.pool, GFP_KERNEL, call->n, stage.objs);
	if (!err)
		stage.n = call->n;
	return err;
}

/**
 * stage_free() - free the objects that are held
 * @call: unused
 */
void stage_free(const struct call *call)
{
	mpool_free_bulk(stage.pool, stage.n, stage.objs);
	stage.n = 0;
}

/**
 * stage_stay() - undo a call after which all is as it was
 * @call: unused
 */
void stage_stay(const struct call *call)
{
}

/**
 * stage_construct() - make an object that owns something else, as those do that need a destructor
 * @obj: the object
 * @ctx: unused
 * @gfp: of the allocation
 *
 * Return: 0 or -ENOMEM.
 */
int stage_construct(void *obj, void *ctx, gfp_t gfp)
{
	void **owned = obj;

	*owned = kmalloc(32, gfp);
	return *owned ? 0 : -ENOMEM;
}

/**
 * stage_destruct() - undo stage_construct()
 * @obj: the object
 * @ctx: unused
 */
void stage_destruct(void *obj, void *ctx)
{
	void **owned = obj;

	kfree(*owned);
}

/**
 * stage_clear() - undo what has been prepared
 */
void stage_clear(void)
{
	if (stage.type)
		mpool_object_destroy(stage.type, stage.root);
	mpool_type_destroy(stage.type);
	if (stage.sized)
		mpool_sized_free(stage.sized, stage.piece);
	mpool_sized_destroy(stage.sized);
	if (stage.pool)
		stage_free(NULL);
	mpool_destroy(stage.pool);
	vfree(stage.buffer);
	memset(&stage, 0, sizeof(stage));
}
