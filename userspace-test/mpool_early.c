// SPDX-License-Identifier: GPL-2.0
/*
 * A module that destroys a pool in its init, with an object in use. If then the init fails, the
 * pool's destructor is gone before the object comes home; if not, it is there. With a buffer of
 * its own, which goes with it, it destroys the pool when it is unloaded, or its init fails.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/module.h>
#include <linux/mpool.h>

#include "mpool_playground.h"

static bool fail;
module_param(fail, bool, 0444);
MODULE_PARM_DESC(fail, "fail to load");

static bool buffer;
module_param(buffer, bool, 0444);
MODULE_PARM_DESC(buffer, "keep the objects in the module's own memory");

MPOOL_DEFINE(early_buffer, u64[8], 50);
static struct mpool *buffer_pool;

static void early_dtor(void *obj, void *ctx)
{
	pr_info("destructor called\n");
}

/* Nobody will free the object. */
static int __init make_buffer_pool(void)
{
	buffer_pool = mpool_create(&early_buffer);
	if (IS_ERR(buffer_pool))
		return PTR_ERR(buffer_pool);
	if (!mpool_alloc(buffer_pool, GFP_KERNEL))
		return -ENOMEM;
	if (fail)
		mpool_destroy(buffer_pool);
	return fail ? -ECANCELED : 0;
}

static int __init early_init(void)
{
	struct mpool *pool;

	if (buffer)
		return make_buffer_pool();
	pool = mpool_create(&(struct mpool_params){
		.name = "early", .size = 64, .limit = 1, .dtor = early_dtor });
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	playground_leave(pool, mpool_alloc(pool, GFP_KERNEL));
	mpool_destroy(pool);
	return fail ? -ECANCELED : 0;
}

static void __exit early_exit(void)
{
	mpool_destroy(buffer_pool);
}

module_init(early_init);
module_exit(early_exit);

MODULE_DESCRIPTION("Destroys a pool in its init, with an object in use");
MODULE_AUTHOR("The mpool authors");
MODULE_LICENSE("GPL");
