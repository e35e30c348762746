// SPDX-License-Identifier: GPL-2.0
/*
 * Requests for objects that ask for what cannot be, or are mistreated while in line.
 */
#include <linux/err.h>
#include <linux/preempt.h>
#include <linux/slab.h>

#include "misuse.h"

/* It would wipe out what the constructor wrote. */
static int zalloc_with_constructor(struct victim *victim)
{
	struct victim constructed;
	int err = victim_make_constructed(&constructed, victim->kind, "misuse-constructed");
	void *obj;

	if (err)
		return err;
	obj = victim_alloc(&constructed, GFP_KERNEL | __GFP_ZERO);
	if (obj)
		victim_free(&constructed, obj);
	victim_destroy(&constructed);
	return obj ? 0 : MISUSE_REFUSED;
}

static int sleeping_alloc_in_atomic(struct victim *victim)
{
	void *obj;

	preempt_disable();
	obj = victim_alloc(victim, GFP_KERNEL);
	preempt_enable();
	if (obj)
		victim_free(victim, obj);
	return obj ? 0 : MISUSE_REFUSED;
}

/* --- requests with callbacks, which a kmem_cache does not have --- */

/* A pool of one object, which is taken, so that the next request gets in line. */
static struct mpool *make_dry_pool(struct victim *victim, void **obj)
{
	struct mpool *pool;

	pool = mpool_create(&(struct mpool_params){
		.name = "misuse-dry", .size = OBJECT_SIZE, .limit = 1,
		.flags = pool_flags(victim->kind),
		.quarantine = pool_quarantine(victim->kind) });
	if (IS_ERR(pool))
		return pool;
	*obj = mpool_alloc(pool, GFP_KERNEL);
	if (*obj)
		return pool;
	mpool_destroy(pool);
	return ERR_PTR(-ENOMEM);
}

static void ignore(struct mpool_request *request)
{
}

static int request_submitted_twice(struct victim *victim)
{
	struct mpool_request request;
	void *obj, *answer;
	struct mpool *pool = make_dry_pool(victim, &obj);
	int err;

	if (IS_ERR(pool))
		return PTR_ERR(pool);
	mpool_request_init(&request, &answer, GFP_KERNEL, ignore);
	err = mpool_alloc_async(pool, &request, 1);
	if (err == -EINPROGRESS)
		err = mpool_alloc_async(pool, &request, 1);
	mpool_cancel_sync(&request);
	mpool_free(pool, obj);
	mpool_destroy(pool);
	return err == -EBUSY ? MISUSE_REFUSED : err;
}

/* Without debugobjects nobody looks, and what would come then brings down the kernel. */
static int request_freed_in_line(struct victim *victim)
{
	struct mpool_request *request;
	void *obj, *answer;
	struct mpool *pool;
	int err;

	if (!IS_ENABLED(CONFIG_DEBUG_OBJECTS_FREE))
		return -EOPNOTSUPP;
	pool = make_dry_pool(victim, &obj);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	request = kmalloc(sizeof(*request), GFP_KERNEL);
	if (!request)
		return -ENOMEM;
	mpool_request_init(request, &answer, GFP_KERNEL, ignore);
	err = mpool_alloc_async(pool, request, 1);
	kfree(request);
	mpool_free(pool, obj);
	mpool_destroy(pool);
	return err == -EINPROGRESS ? 0 : err;
}

const struct misuse requests[] = {
	{ "zalloc-with-constructor", "a zeroed object where there is a constructor",
	  zalloc_with_constructor },
	{ "sleeping-alloc-in-atomic", "GFP_KERNEL with preemption off", sleeping_alloc_in_atomic },
	{ "request-submitted-twice", "a request that is in line is submitted again",
	  request_submitted_twice, true },
	{ "request-freed-in-line", "the memory of a request in line is freed",
	  request_freed_in_line, true },
	{ }
};
