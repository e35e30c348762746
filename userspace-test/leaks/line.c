// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that are lost by who has waited for them, or could have had to.
 */
#include <linux/completion.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/workqueue.h>

#include "leaks.h"

/* Longer than anything takes that works, in jiffies. */
#define FOREVER	(20 * HZ)

static noinline void lose_by_wait_at_once(struct situation *this)
{
	lost(this, mpool_alloc_wait(this->pool, GFP_KERNEL, 0));
}

/* --- somebody else frees what is waited for --- */

static struct situation *waiting;

static noinline void free_one_held(struct situation *this)
{
	void *obj = this->held[this->n];

	this->held[this->n] = NULL;
	mpool_free(this->pool, obj);
}

static void free_later(struct work_struct *work)
{
	free_one_held(waiting);
	wipe_stack();
}

static DECLARE_DELAYED_WORK(later, free_later);

static noinline void lose_by_wait(struct situation *this)
{
	waiting = this;
	schedule_delayed_work(&later, HZ / 50);
	lost(this, mpool_alloc_wait(this->pool, GFP_KERNEL, FOREVER));
	flush_delayed_work(&later);
}

/* All of them at once. */
static noinline void free_all_held(struct situation *this)
{
	free_held(this);
}

static void free_all_later(struct work_struct *work)
{
	free_all_held(waiting);
	wipe_stack();
}

static DECLARE_DELAYED_WORK(all_later, free_all_later);

static noinline void lose_by_wait_bulk(struct situation *this)
{
	void *objs[LOST];
	unsigned int i;
	int err;

	waiting = this;
	schedule_delayed_work(&all_later, HZ / 50);
	err = mpool_alloc_wait_bulk(this->pool, GFP_KERNEL, LOST, objs, FOREVER);
	flush_delayed_work(&all_later);
	for (i = 0; !err && i < LOST; i++)
		lost(this, objs[i]);
}

/* --- requests --- */

static struct mpool_request request;
static void *requested;
static DECLARE_COMPLETION(called);

static void never_called(struct mpool_request *unused)
{
}

static noinline void lose_by_request(struct situation *this)
{
	mpool_request_init(&request, &requested, GFP_KERNEL, never_called);
	if (!mpool_alloc_async(this->pool, &request, 1))
		lost(this, requested);
	requested = NULL;
}

static noinline void lose_requested(struct situation *this)
{
	lost(this, requested);
	requested = NULL;
}

/* The object has been got before this is called: it is not what kmemleak shows. */
static void lose_in_callback(struct mpool_request *unused)
{
	lose_requested(waiting);
	wipe_stack();
	complete(&called);
}

static noinline void lose_by_callback(struct situation *this)
{
	waiting = this;
	mpool_request_init(&request, &requested, GFP_KERNEL, lose_in_callback);
	if (mpool_alloc_async(this->pool, &request, 1) != -EINPROGRESS)
		return;
	free_one_held(this);
	wait_for_completion(&called);
}

struct situation line_situations[] = {
	{ .params = { .name = "wait_at_once", .size = 160 }, .lose = lose_by_wait_at_once },
	{ .params = { .name = "wait", .size = 168, .limit = LOST }, .begin = hold_objects,
	  .lose = lose_by_wait },
	{ .params = { .name = "wait_bulk", .size = 176, .limit = LOST }, .begin = hold_objects,
	  .lose = lose_by_wait_bulk },
	{ .params = { .name = "request", .size = 184 }, .lose = lose_by_request },
	{ .params = { .name = "callback", .size = 192, .limit = LOST }, .begin = hold_objects,
	  .lose = lose_by_callback },
	{}
};
