// SPDX-License-Identifier: GPL-2.0
/*
 * One who uses a pool: each kind of call, in any context.
 */
#include <linux/array_size.h>
#include <linux/err.h>
#include <linux/preempt.h>
#include <linux/processor.h>
#include <linux/rcupdate.h>

#include "pressure.h"

u32 client_random(struct client *client, u32 below)
{
	return prandom_u32_state(&client->rnd) % below;
}

static free_function *any_free(u32 random)
{
	static free_function * const ways[] = {
		mpool_free, mpool_free, mpool_free_deferred, mpool_free_rcu };

	return ways[random % ARRAY_SIZE(ways)];
}

/* The callback of a client's request. Its thread may be anywhere meanwhile. */
static void client_answered(struct mpool_request *request)
{
	struct client *client = container_of(request, struct client, request);
	struct arena *arena = client->arena;
	size_t i;

	if (!preemptible())
		broke("a callback that may not sleep");
	if (request->err && request->err != -E2BIG)
		broke("a request was answered with an error that it cannot have");
	for (i = 0; i < request->n && !request->err; i++) {
		stamp_on(arena, client->answer[i], client->id | HOLDER_CALLBACK);
		stamp_off(arena, client->answer[i], client->id | HOLDER_CALLBACK);
		any_free(i + client->id)(arena->pool, client->answer[i]);
	}
	atomic_long_inc(&arena->called);
	/* From here on it can be submitted again. */
	flag_write(&client->in_line, false);
}

void client_setup(struct client *client, struct arena *arena, u32 id)
{
	client->arena = arena;
	client->id = id;
	prandom_seed_state(&client->rnd, id + 1);
	mpool_request_init(&client->request, client->answer, GFP_NOWAIT | __GFP_NOWARN,
			   client_answered);
}

/* Is there an object? Count it, and stamp it. */
static bool client_got(struct client *client, struct stamp *stamp)
{
	if (!stamp) {
		client->empty++;
		return false;
	}
	client->done++;
	stamp_on(client->arena, stamp, client->id);
	return true;
}

static void client_free(struct client *client, struct stamp *stamp, free_function *free)
{
	stamp_off(client->arena, stamp, client->id);
	free(client->arena->pool, stamp);
}

static void client_free_held(struct client *client)
{
	unsigned int i;

	if (!client->n)
		return;
	i = client_random(client, client->n);
	client_free(client, client->held[i], any_free(client_random(client, 4)));
	client->held[i] = client->held[--client->n];
}

static void client_hold(struct client *client)
{
	struct stamp *stamp;

	if (client->n == HELD)
		return;
	stamp = mpool_alloc(client->arena->pool, client->gfp);
	if (client_got(client, stamp))
		client->held[client->n++] = stamp;
}

/* Free all and get out of line. Process context; the client is not active any more. */
void client_end(struct client *client)
{
	if (!mpool_cancel_sync(&client->request)) {
		atomic_long_inc(&client->arena->cancelled);
		client->in_line = false;
	}
	if (flag_read(&client->in_line))
		broke("a cancel did not wait for the callback");
	while (client->n)
		client_free_held(client);
}

/* --- the kinds of calls; all of them can be made in every context --- */

static void take_and_free(struct client *client, gfp_t gfp, free_function *free)
{
	struct stamp *stamp = mpool_alloc(client->arena->pool, client->gfp | gfp);

	if (client_got(client, stamp))
		client_free(client, stamp, free);
}

static void call_free(struct client *client)
{
	take_and_free(client, 0, mpool_free);
}

static void call_free_deferred(struct client *client)
{
	take_and_free(client, 0, mpool_free_deferred);
}

static void call_free_rcu(struct client *client)
{
	take_and_free(client, 0, mpool_free_rcu);
}

static void call_privileged(struct client *client)
{
	take_and_free(client, MPOOL_PRIVILEGED, mpool_free);
}

static void call_bulk(struct client *client)
{
	struct mpool *pool = client->arena->pool;
	void *objs[BULK];
	size_t i;

	if (mpool_alloc_bulk(pool, client->gfp, BULK, objs)) {
		client->empty++;
		return;
	}
	for (i = 0; i < BULK; i++)
		client_got(client, objs[i]);
	for (i = 0; i < BULK; i++)
		stamp_off(client->arena, objs[i], client->id);
	mpool_free_bulk(pool, BULK, objs);
}

/* In an NMI there are no requests, and nothing must have come of the attempt. */
static void call_async_in_nmi(struct client *client)
{
	if (mpool_alloc_async(client->arena->pool, &client->request, 1) != -EOPNOTSUPP)
		broke("a request was accepted in an NMI");
}

/* Get out of line, if it is not too late. */
static void call_cancel(struct client *client)
{
	int err = mpool_cancel(&client->request);

	if (!err) {
		atomic_long_inc(&client->arena->cancelled);
		flag_write(&client->in_line, false);
	} else if (err != -EALREADY) {
		broke("a request could not be cancelled");
	}
}

/* Submit the client's request; or, if it is in line still, cancel it. */
static void call_async(struct client *client)
{
	struct arena *arena = client->arena;
	size_t n = 1 + client_random(client, BULK), i;
	int err;

	if (in_nmi()) {
		call_async_in_nmi(client);
		return;
	}
	if (flag_read(&client->in_line)) {
		call_cancel(client);
		return;
	}
	/* Before, for the callback can be over when we hear that we are in line. */
	client->in_line = true;
	err = mpool_alloc_async(arena->pool, &client->request, n);
	if (err == -EINPROGRESS) {
		client->empty++;
		atomic_long_inc(&arena->queued);
		return;
	}
	if (err && err != -E2BIG)
		broke("a request was refused");
	for (i = 0; i < n && !err; i++) {
		if (client_got(client, client->answer[i]))
			client_free(client, client->answer[i], mpool_free);
	}
	client->in_line = false;
}

/* Change parameters, and undo that. */
static void call_set(struct client *client)
{
	struct arena *arena = client->arena;

	if (!client->tunes || in_nmi())
		return;
	if (mpool_set_limit(arena->pool, arena->limit + 8) ||
	    mpool_set_keep(arena->pool, arena->keep + 8) ||
	    mpool_set_keep(arena->pool, arena->keep) ||
	    mpool_set_limit(arena->pool, arena->limit))
		broke("a parameter could not be changed");
}

/* Put a new object where readers find it; the old one goes when none of them has it any more. */
static void call_publish(struct client *client)
{
	struct arena *arena = client->arena;
	struct stamp *stamp = mpool_alloc(arena->pool, client->gfp);

	if (!client_got(client, stamp))
		return;
	stamp->magic = STAMP_PUBLISHED;
	stamp = unrcu_pointer(xchg(&arena->published, RCU_INITIALIZER(stamp)));
	if (!stamp)
		return;
	atomic_long_dec(&arena->out);
	mpool_free_rcu(arena->pool, stamp);
}

/* Nobody may write into it, nor get it, while a reader looks. */
static void call_read(struct client *client)
{
	struct stamp *stamp;
	unsigned int looks;

	rcu_read_lock();
	stamp = rcu_dereference(client->arena->published);
	for (looks = 0; stamp && looks < 20; looks++) {
		if (READ_ONCE(stamp->magic) != STAMP_PUBLISHED || READ_ONCE(stamp->self) != stamp) {
			broke("an object was changed while readers had it");
			break;
		}
		cpu_relax();
	}
	rcu_read_unlock();
}

static void (* const calls[])(struct client *client) = {
	call_free, call_free_deferred, call_free_rcu, call_privileged, call_bulk, call_async,
	call_set, call_publish, call_read,
};

/* One call of each kind, as client.gfp says. */
void client_call_all(struct client *client)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		calls[i](client);
}

/* Hold more, or less, so that magazines run empty and full; and a call of another kind at times. */
void client_step(struct client *client, gfp_t gfp, u32 most)
{
	u32 count = client_random(client, most);
	bool more = client_random(client, 2);

	client->gfp = gfp | __GFP_NOWARN;
	while (count--) {
		if (!client_random(client, 8))
			calls[client_random(client, ARRAY_SIZE(calls))](client);
		else if (more)
			client_hold(client);
		else
			client_free_held(client);
	}
}

/* --- waiting; process context --- */

static void check_refusal(struct client *client, int err)
{
	if (err != -ETIMEDOUT && err != -E2BIG)
		broke("a wait ended with an error that it cannot have");
	client->empty++;
}

void client_wait(struct client *client, gfp_t gfp, long timeout)
{
	struct stamp *stamp = mpool_alloc_wait(client->arena->pool, gfp, timeout);

	if (!IS_ERR(stamp)) {
		client_got(client, stamp);
		client_free(client, stamp, any_free(client_random(client, 4)));
	} else {
		check_refusal(client, PTR_ERR(stamp));
	}
}

void client_wait_bulk(struct client *client, gfp_t gfp, long timeout)
{
	struct arena *arena = client->arena;
	size_t n = 1 + client_random(client, BULK), i;
	void *objs[BULK];
	int err;

	err = mpool_alloc_wait_bulk(arena->pool, gfp, n, objs, timeout);
	if (err) {
		check_refusal(client, err);
		return;
	}
	for (i = 0; i < n; i++) {
		client_got(client, objs[i]);
		stamp_off(arena, objs[i], client->id);
	}
	mpool_free_bulk(arena->pool, n, objs);
}
