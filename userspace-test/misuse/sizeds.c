// SPDX-License-Identifier: GPL-2.0
/*
 * Misuses of sized pools, which a kmem_cache has no counterpart of.
 */
#define pr_fmt(fmt) "misuse: " fmt

#include <linux/err.h>
#include <linux/printk.h>

#include "misuse.h"

static struct mpool_sized *make(struct victim *victim)
{
	return mpool_sized_create(&(struct mpool_sized_params){
		.name = "misuse-sized", .min = 32, .max = 1024,
		.flags = pool_flags(victim->kind),
		.quarantine = pool_quarantine(victim->kind) });
}

/* Does it go on? Then destroy it. */
static void end(struct mpool_sized *sized)
{
	void *ptr = mpool_sized_alloc(sized, 100, GFP_KERNEL);
	struct mpool_stats stats;

	mpool_sized_free(sized, ptr);
	mpool_sized_read_stats(sized, &stats);
	if (!ptr || stats.in_use || !is_whole(&stats))
		pr_info("broken: the sized pool\n");
	mpool_sized_destroy(sized);
}

static int free_foreign(struct victim *victim)
{
	struct mpool_sized *sized = make(victim);
	static u64 data[8];

	if (IS_ERR(sized))
		return PTR_ERR(sized);
	mpool_sized_free(sized, data);
	end(sized);
	return 0;
}

static int double_free(struct victim *victim)
{
	struct mpool_sized *sized = make(victim);
	void *ptr;

	if (IS_ERR(sized))
		return PTR_ERR(sized);
	ptr = mpool_sized_alloc(sized, 100, GFP_KERNEL);
	mpool_sized_free(sized, ptr);
	mpool_sized_free(sized, ptr);
	end(sized);
	return ptr ? 0 : -ENOMEM;
}

static int alloc_of_size(struct victim *victim, size_t size)
{
	struct mpool_sized *sized = make(victim);
	void *ptr;

	if (IS_ERR(sized))
		return PTR_ERR(sized);
	ptr = mpool_sized_alloc(sized, size, GFP_KERNEL);
	mpool_sized_free(sized, ptr);
	end(sized);
	return ptr ? 0 : MISUSE_REFUSED;
}

static int size_zero(struct victim *victim)
{
	return alloc_of_size(victim, 0);
}

static int too_large(struct victim *victim)
{
	return alloc_of_size(victim, 1025);
}

const struct misuse sizeds[] = {
	{ "sized-double-free", "a piece of a sized pool is freed twice", double_free, true },
	{ "sized-free-foreign", "a static variable is freed to a sized pool", free_foreign, true },
	{ "sized-size-zero", "0 bytes of a sized pool", size_zero, true },
	{ "sized-too-large", "more bytes than its largest class has", too_large, true },
	{ }
};
