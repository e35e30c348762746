// SPDX-License-Identifier: GPL-2.0
/*
 * A module that destroys a pool in its init, with an object in use. If then the init fails, the
 * pool's destructor is gone before the object comes home; if not, it is there.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/module.h>
#include <linux/mpool.h>

#include "mpool_playground.h"

static bool fail;
module_param(fail, bool, 0444);
MODULE_PARM_DESC(fail, "fail to load");

static void early_dtor(void *obj, void *ctx)
{
	pr_info("destructor called\n");
}

static int __init early_init(void)
{
	struct mpool *pool;

	pool = mpool_create(&(struct mpool_params){
		.name = "early", .size = 64, .limit = 1, .dtor = early_dtor });
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	playground_leave(pool, mpool_alloc(pool, GFP_KERNEL));
	mpool_destroy(pool);
	return fail ? -ECANCELED : 0;
}

/* Without this it could not be unloaded. */
static void __exit early_exit(void)
{
}

module_init(early_init);
module_exit(early_exit);

MODULE_DESCRIPTION("Destroys a pool in its init, with an object in use");
MODULE_AUTHOR("The mpool authors");
MODULE_LICENSE("GPL");
