// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that outlive their pool: it is destroyed while they are out, and a request is in line.
 * They are freed in hard interrupts, of which the last may come before, within, or after
 * mpool_destroy().
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "torture.h"

#define SURVIVORS	4

/* Only one arena at a time dies so. */
static DEFINE_MUTEX(survivors_lock);

static struct survivors {
	struct arena *arena;
	struct hrtimer timer;
	struct completion gone;		/* when the last is free */
	void *objs[SURVIVORS];
	unsigned int n;
	struct mpool_request request;
	void **answer;
	int err;			/* of @request, 1 before it is called back */
} survivors;

static ktime_t soon(void)
{
	return ns_to_ktime(random_below(&survivors.arena->owner.rnd, 2 * NSEC_PER_MSEC));
}

static enum hrtimer_restart free_one(struct hrtimer *timer)
{
	void *obj = survivors.objs[--survivors.n];

	payload_end(survivors.arena, obj, HOLDER_OWNER);
	plain_free(survivors.arena, &survivors.arena->owner.rnd, obj);
	if (!survivors.n) {
		complete(&survivors.gone);
		return HRTIMER_NORESTART;
	}
	hrtimer_forward_now(timer, soon());
	return HRTIMER_RESTART;
}

/* What was in line gets objects if enough of them were freed before, else it is told. */
static void on_answer(struct mpool_request *request)
{
	survivors.err = request->err;
	if (!request->err)
		mpool_free_bulk(survivors.arena->pool, request->n, request->objs);
	else if (request->err != -ESHUTDOWN)
		broke(survivors.arena, "a request was answered with an error that it cannot have");
}

/* How many objects will outlive the pool. */
static unsigned int take_some(struct arena *arena)
{
	void *obj;

	for (survivors.n = 0; survivors.n < SURVIVORS; survivors.n++) {
		obj = mpool_alloc(arena->pool, GFP_KERNEL | __GFP_NOWARN);
		if (!obj)
			break;
		payload_begin(arena, obj, arena->size, HOLDER_OWNER, survivors.n);
		survivors.objs[survivors.n] = obj;
	}
	return survivors.n;
}

/* Ask for so many that none can be out: so it gets in line, if there is a limit. */
static bool get_in_line(struct arena *arena)
{
	size_t n = arena->limit - arena->reserve;
	int err;

	survivors.answer = arena->limit ? kvcalloc(n, sizeof(void *), GFP_KERNEL) : NULL;
	if (!survivors.answer)
		return false;
	survivors.err = 1;
	mpool_request_init(&survivors.request, survivors.answer, GFP_NOWAIT | __GFP_NOWARN,
			   on_answer);
	err = mpool_alloc_async(arena->pool, &survivors.request, n);
	if (err != -EINPROGRESS)
		broke(arena, "a request did not get in line");
	return err == -EINPROGRESS;
}

/* The destructor tells when the pool has ended; of others nothing tells. */
static void wait_for_the_end(struct arena *arena)
{
	unsigned long end;

	if (!wait_for_completion_timeout(&survivors.gone, FOREVER))
		broke(arena, "a timer did not come");
	hrtimer_cancel(&survivors.timer);
	end = jiffies + FOREVER;
	while (atomic_long_read(&arena->made) && time_before(jiffies, end))
		msleep(20);
}

static void abandon(struct arena *arena)
{
	bool in_line;

	in_line = get_in_line(arena);
	init_completion(&survivors.gone);
	hrtimer_init(&survivors.timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	survivors.timer.function = free_one;
	hrtimer_start(&survivors.timer, soon(), HRTIMER_MODE_REL_HARD);
	mpool_destroy(arena->pool);
	if (in_line && survivors.err == 1)
		broke(arena, "a pool was destroyed, and a request in line not told");
	wait_for_the_end(arena);
	kvfree(survivors.answer);
}

/* Destroy an arena's pool. */
void survivors_destroy(struct arena *arena)
{
	/* Of a module that is being unloaded, no destructor is called any more. */
	if (!try_module_get(THIS_MODULE)) {
		mpool_destroy(arena->pool);
		return;
	}
	mutex_lock(&survivors_lock);
	survivors.arena = arena;
	if (take_some(arena)) {
		did(POOLS_ABANDONED);
		abandon(arena);
	} else {
		mpool_destroy(arena->pool);
	}
	mutex_unlock(&survivors_lock);
	module_put(THIS_MODULE);
}
