// SPDX-License-Identifier: GPL-2.0
/*
 * What is said of a mistake. No address of an object is printed, only its hash (%p).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/printk.h>
#include <linux/ratelimit.h>

#include "internal.h"

static const char * const misuse_text[] = {
	[MISUSE_NONE]		= "nothing is wrong with",
	[MISUSE_FOREIGN]	= "free of what is no pool's object,",
	[MISUSE_MISALIGNED]	= "free of what is not the start of an object,",
	[MISUSE_DOUBLE_FREE]	= "double free of",
	[MISUSE_WRONG_POOL]	= "free of another pool's object,",
	[MISUSE_ZERO]		= "__GFP_ZERO would wipe out what the constructor wrote,",
};

static_assert(ARRAY_SIZE(misuse_text) == NR_MISUSES);

/**
 * debug_report_misuse() - count and print a call that was refused
 * @pool: the pool that was asked
 * @misuse: what is wrong
 * @obj: what was to be freed, or NULL
 * @caller: who called; 0 when it was noticed later
 * @other_pool: name of the pool that @obj belongs to, for MISUSE_WRONG_POOL; else NULL
 *
 * Context: any.
 */
void debug_report_misuse(struct mpool *pool, enum misuse misuse, const void *obj,
			 unsigned long caller, const char *other_pool)
{
	static DEFINE_RATELIMIT_STATE(rate, 5 * HZ, 10);

	atomic_long_inc(&pool->misuses);
	if (!__ratelimit(&rate))
		return;
	pr_err("pool %s (id %u, owner %s): %s %p%s%s: refused, called from %pS\n",
	       pool->name, pool->id, pool->owner_name, misuse_text[misuse], obj,
	       other_pool ? " of pool " : "", other_pool ?: "", (void *)caller);
}

/**
 * debug_report_twice() - print that objects were freed twice at the same moment
 * @pool: the pool; its misuses have been counted
 * @times: how many
 *
 * Who did it was gone when it was noticed: the objects came back to their slab twice.
 *
 * Context: any.
 */
void debug_report_twice(struct mpool *pool, unsigned long times)
{
	pr_err("pool %s (id %u, owner %s): %lu objects were freed twice at the same moment\n",
	       pool->name, pool->id, pool->owner_name, times);
}

/**
 * debug_report_leak() - print that a pool was destroyed with objects out
 * @pool: the pool
 * @objects: how many are out
 *
 * Context: any.
 */
void debug_report_leak(struct mpool *pool, unsigned long objects)
{
	pr_err("pool %s (id %u, owner %s): destroyed with %lu objects in use; it stays until they are freed\n",
	       pool->name, pool->id, pool->owner_name, objects);
}
