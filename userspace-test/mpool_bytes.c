// SPDX-License-Identifier: GPL-2.0
/*
 * Prints what a pool holds that has no object, for tools/sizes.sh; then it refuses to be loaded.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/err.h>
#include <linux/module.h>
#include <linux/mpool.h>

/* A pool with that limit; one of a few objects has no magazines. */
static unsigned long bytes_of(unsigned long limit)
{
	struct mpool_stats stats = {};
	struct mpool *pool;

	pool = mpool_create(&(struct mpool_params){ .name = "bytes", .size = 64, .limit = limit });
	if (!IS_ERR(pool)) {
		mpool_read_stats(pool, &stats);
		mpool_destroy(pool);
	}
	return stats.footprint;
}

static int __init bytes_init(void)
{
	pr_info("empty=%lu bare=%lu\n", bytes_of(0), bytes_of(1));
	return -ECANCELED;
}

module_init(bytes_init);

MODULE_DESCRIPTION("Prints what a pool holds that has no object");
MODULE_AUTHOR("The mpool authors");
MODULE_LICENSE("GPL");
