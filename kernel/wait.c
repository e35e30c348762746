// SPDX-License-Identifier: GPL-2.0
/*
 * Who waits for objects: one line for those who sleep and those who will be called.
 *
 * While somebody is in line, CPUs have no magazines (mpool.dry), so that each free comes by
 * mpool.lock, under which it answers who is first: takes the objects for him out of the slabs.
 * What is left to do then, to wake or to call him, is no race any more.
 *
 * Who is first gets all that he asked for at once, and nobody behind takes any of it meanwhile;
 * so two who each need several cannot each hold a part of what the other needs. Only the reserve
 * goes to the first privileged request in line, wherever it stands.
 */
#include "internal.h"

static bool is_privileged(const struct mpool_request *request)
{
	return request->gfp & MPOOL_PRIVILEGED;
}

/* The most objects that a request can ever get at once. */
static unsigned long most_objects(const struct mpool *pool, const struct mpool_request *request)
{
	unsigned long limit = READ_ONCE(pool->limit), reserve = READ_ONCE(pool->reserve);

	return is_privileged(request) ? limit : limit - min(limit, reserve);
}

/**
 * wait_check() - could a request be answered at all?
 * @pool: by which
 * @request: the request
 *
 * Context: any.
 * Return: 0, -EINVAL or -E2BIG.
 */
int wait_check(const struct mpool *pool, const struct mpool_request *request)
{
	if (!request->n)
		return -EINVAL;
	return request->n > most_objects(pool, request) ? -E2BIG : 0;
}

static void leave_line(struct mpool *pool, struct mpool_request *request)
{
	list_del_init(&request->link);
	list_del_init(&request->privileged);
	pool->nr_waiting--;
}

/* Whoever waits for it hears of the answer by wait_wake(). */
static void answer(struct mpool *pool, struct mpool_request *request, int err)
{
	leave_line(pool, request);
	request->err = err;
	request->answered = true;
	list_add_tail(&request->link, request->complete ? &pool->answered : &pool->woken);
	irq_work_queue(&pool->kick);
}

/* Take so many for somebody; if some were lost on the way, for they were overwritten, others. */
static bool take_ordinary(struct mpool *pool, void **objs, size_t n)
{
	do {
		while (mpool_spare(pool) < n && depot_flush_one(pool))
			;
		if (mpool_spare(pool) < n)
			return false;
	} while (!slab_take_held(pool, objs, n, MARK_HELD));
	return true;
}

/* Take what a request wants: @ordinary objects, and the rest from the reserve; all or nothing. */
static bool take(struct mpool *pool, struct mpool_request *request, size_t ordinary)
{
	size_t reserved = request->n - ordinary;

	if (!take_ordinary(pool, request->objs, ordinary))
		return false;
	if (!slab_take_held(pool, request->objs + ordinary, reserved, MARK_HELD | MARK_RESERVE)) {
		slab_put_held(pool, request->objs, ordinary);
		return false;
	}
	pool->reserve_held += reserved;
	pool->allocs += request->n;
	return true;
}

/* Take what the first in line, or the first privileged one, wants; NULL if neither can have it. */
static struct mpool_request *take_for_next(struct mpool *pool)
{
	unsigned long stock = mpool_stock(pool), reserved = mpool_reserved(pool);
	struct mpool_request *first, *privileged;

	first = list_first_entry_or_null(&pool->waiting, struct mpool_request, link);
	if (!first)
		return NULL;
	if (first->n <= stock + (is_privileged(first) ? reserved : 0))
		return take(pool, first, min(first->n, stock)) ? first : NULL;
	privileged = list_first_entry_or_null(&pool->privileged, struct mpool_request, privileged);
	if (privileged && privileged->n <= reserved)
		return take(pool, privileged, 0) ? privileged : NULL;
	return NULL;
}

/**
 * wait_serve() - answer those in line who can have what they want
 * @pool: where objects have become free, or somebody has left the line
 *
 * Context: under mpool.lock.
 */
void wait_serve(struct mpool *pool)
{
	struct mpool_request *request;

	lockdep_assert_held(&pool->lock);
	while ((request = take_for_next(pool)))
		answer(pool, request, 0);
}

/**
 * wait_refuse() - answer requests that cannot be answered any more with an error
 * @pool: whose
 * @all: all of them; else those for which the limit has become too low
 * @err: the error
 *
 * Context: under mpool.lock.
 */
void wait_refuse(struct mpool *pool, bool all, int err)
{
	struct mpool_request *request, *next;

	lockdep_assert_held(&pool->lock);
	list_for_each_entry_safe(request, next, &pool->waiting, link) {
		if (all || wait_check(pool, request))
			answer(pool, request, err);
	}
}

/**
 * wait_enter() - get in line
 * @pool: for which pool's objects
 * @request: the request, not in line anywhere
 *
 * Context: any but NMI.
 * Return: 0 if it was answered at once; -EINPROGRESS; -ESHUTDOWN; or as wait_check().
 */
int wait_enter(struct mpool *pool, struct mpool_request *request)
{
	unsigned long flags;
	int err;

	request->answered = false;
	INIT_LIST_HEAD(&request->link);
	INIT_LIST_HEAD(&request->privileged);
	raw_spin_lock_irqsave(&pool->lock, flags);
	err = mpool_dying(pool) ? -ESHUTDOWN : wait_check(pool, request);
	if (err)
		goto out;
	list_add_tail(&request->link, &pool->waiting);
	if (is_privileged(request))
		list_add_tail(&request->privileged, &pool->privileged);
	pool->nr_waiting++;
	wait_serve(pool);
	if (!request->answered) {
		magazine_begin_drought(pool);
		wait_serve(pool);
	}
	if (request->answered) {
		list_del_init(&request->link);
		goto out;
	}
	err = -EINPROGRESS;
	pool->waits++;
	/* What other CPUs cache is fetched, and the pool grows if it may. */
	if (mpool_must_strip(pool) || mpool_may_grow(pool))
		mpool_kick(pool);
out:
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return err;
}

/**
 * wait_leave() - get out of line before the answer
 * @pool: where
 * @request: the request
 *
 * Who comes after it may have what it waited for.
 *
 * Context: under mpool.lock.
 * Return: false if it has been answered.
 */
bool wait_leave(struct mpool *pool, struct mpool_request *request)
{
	lockdep_assert_held(&pool->lock);
	if (request->answered)
		return false;
	leave_line(pool, request);
	wait_serve(pool);
	return true;
}

static struct mpool_request *next_woken(struct mpool *pool)
{
	struct mpool_request *request;
	unsigned long flags;

	raw_spin_lock_irqsave(&pool->lock, flags);
	request = list_first_entry_or_null(&pool->woken, struct mpool_request, link);
	if (request)
		list_del(&request->link);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return request;
}

/**
 * wait_wake() - wake those who sleep and have been answered, in that order
 * @pool: whose
 *
 * Not done where the answer is given, for that may be under the scheduler's locks.
 *
 * Context: hard interrupt, from mpool.kick.
 */
void wait_wake(struct mpool *pool)
{
	struct mpool_request *request;

	if (list_empty(&pool->woken))
		return;
	while ((request = next_woken(pool)))
		complete(&container_of(request, struct wait_sleeper, request)->done);
}
