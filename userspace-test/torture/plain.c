// SPDX-License-Identifier: GPL-2.0
/*
 * The calls on a pool.
 */
#include <linux/array_size.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "torture.h"

/* Free an object, by any way. */
void plain_free(struct arena *arena, struct torture_random_state *rnd, void *obj)
{
	switch (random_below(rnd, 4)) {
	case 0:
		did(DID_DEFERRED);
		mpool_free_deferred(arena->pool, obj);
		break;
	case 1:
		did(DID_RCU);
		mpool_free_rcu(arena->pool, obj);
		break;
	default:
		did(DID_FREE);
		mpool_free(arena->pool, obj);
	}
}

static struct payload *zalloc(struct client *client)
{
	struct arena *arena = client->arena;
	void *obj = mpool_zalloc(arena->pool, client->gfp);

	did(DID_ZALLOC);
	if (obj && memchr_inv(obj, 0, arena->size))
		broke(arena, "an object is not zeroed");
	return client_got(client, obj, arena->size);
}

static struct payload *plain_get(struct client *client)
{
	struct arena *arena = client->arena;

	if (!arena->constructed && one_in(&client->rnd, 8))
		return zalloc(client);
	did(DID_ALLOC);
	return client_got(client, mpool_alloc(arena->pool, client->gfp), arena->size);
}

static void plain_put(struct client *client, struct payload *payload)
{
	payload_end(client->arena, payload, client->id);
	plain_free(client->arena, &client->rnd, payload);
}

/* --- other calls --- */

static void give_back(struct client *client, void **objs, size_t n)
{
	struct arena *arena = client->arena;
	size_t i;

	for (i = 0; i < n; i++) {
		if (objs[i])
			client_got(client, objs[i], arena->size);
		else
			broke(arena, "a request was answered without an object");
	}
	for (i = 0; i < n; i++) {
		if (objs[i])
			payload_end(arena, objs[i], client->id);
	}
	mpool_free_bulk(arena->pool, n, objs);
}

static void call_bulk(struct client *client)
{
	size_t n = 1 + random_below(&client->rnd, 4 * BULK);
	void *objs[4 * BULK] = {};

	did(DID_BULK);
	if (mpool_alloc_bulk(client->arena->pool, client->gfp, n, objs))
		client_refused(client);
	else
		give_back(client, objs, n);
}

/* By the two ways that a request can go. */
static void *alloc_privileged(struct client *client)
{
	struct mpool *pool = client->arena->pool;
	gfp_t gfp = client->gfp | MPOOL_PRIVILEGED;
	void *obj;

	if (!client_may_sleep(client) || one_in(&client->rnd, 2))
		return mpool_alloc(pool, gfp);
	obj = mpool_alloc_wait(pool, gfp, 0);
	return IS_ERR(obj) ? NULL : obj;
}

/* As long as no more are asked for than the reserve has, each of them has to be there. */
static void call_privileged(struct client *client)
{
	struct arena *arena = client->arena;
	void *obj;

	if (in_nmi())
		return;
	if (atomic_long_inc_return(&arena->privileged) <= arena->reserve) {
		did(DID_PRIVILEGED);
		obj = alloc_privileged(client);
		if (obj) {
			client_got(client, obj, arena->size);
			payload_end(arena, obj, client->id);
			mpool_free(arena->pool, obj);
		} else {
			broke(arena, "a privileged request failed, and the reserve is not used up");
		}
	}
	atomic_long_dec(&arena->privileged);
}

static void call_ticket(struct client *client)
{
	ticket_use(&client->tickets[random_below(&client->rnd, TICKETS)]);
}

/* Move what can be moved: the limit below what it was, the reserve above. */
static void call_set(struct client *client)
{
	struct arena *arena = client->arena;
	unsigned long least = arena->reserve + 1, limit = arena->limit, keep;
	int err;

	if (in_nmi() || arena->backing == MPOOL_BUFFER)
		return;
	did(DID_SET);
	if (limit)
		limit -= random_below(&client->rnd, limit - least + 1);
	err = mpool_set_limit(arena->pool, limit);
	if (err && err != -ERANGE)
		broke(arena, "the limit could not be changed");
	keep = arena->low + random_below(&client->rnd, arena->keep - arena->low + 1);
	err = mpool_set_keep(arena->pool, keep);
	if (err && err != -ERANGE)
		broke(arena, "keep could not be changed");
	if (!client_may_sleep(client))
		return;
	err = mpool_set_reserve(arena->pool, arena->reserve + random_below(&client->rnd, 8));
	if (err && err != -ERANGE && err != -EBUSY && err != -ENOMEM)
		broke(arena, "the reserve could not be changed");
}

/* Who sees more objects than the limit has seen one too many for an instant. */
static void call_stats(struct client *client)
{
	struct arena *arena = client->arena;
	struct mpool_stats stats;

	mpool_read_stats(arena->pool, &stats);
	if (arena->limit && stats.objects > arena->limit)
		broke(arena, "more objects exist than the limit");
}

static void (* const any_calls[])(struct client *client) = {
	call_bulk, call_bulk, call_privileged, call_privileged, call_ticket, call_ticket,
	call_stats, published_renew, published_read,
};

/* --- calls that sleep --- */

/*
 * Who waits for long holds nothing himself, and the others give what they have back: so it comes.
 * What refuses may be a limit that was lowered meanwhile.
 */
static void check_refusal(struct client *client, int err, long timeout)
{
	struct arena *arena = client->arena;

	if (err == -ETIMEDOUT)
		did(DID_TIME_OUT);
	else if (err != -E2BIG || !arena->limit)
		broke(arena, "a wait ended with an error that it cannot have");
	if (err == -ETIMEDOUT && timeout >= FOREVER)
		broke(arena, "a wait did not end");
	did(DID_REFUSED);
}

static void call_wait(struct client *client)
{
	struct arena *arena = client->arena;
	size_t n = 1 + random_below(&client->rnd, BULK);
	long timeout = random_below(&client->rnd, 10);
	void *objs[BULK] = {};
	int err = 0;

	/* With a constructor that fails, a slab of many objects may never be made. */
	if (one_in(&client->rnd, 20) && !arena->fragile) {
		timeout = FOREVER;
		while (client->n)
			plain_put(client, client->held[--client->n]);
	}
	if (one_in(&client->rnd, 2)) {
		did(DID_WAIT_BULK);
		err = mpool_alloc_wait_bulk(arena->pool, client->gfp, n, objs, timeout);
	} else {
		did(DID_WAIT);
		n = 1;
		objs[0] = mpool_alloc_wait(arena->pool, client->gfp, timeout);
		if (IS_ERR(objs[0]))
			err = PTR_ERR(objs[0]);
	}
	if (err)
		check_refusal(client, err, timeout);
	else
		give_back(client, objs, n);
}

static void call_tidy(struct client *client)
{
	if (one_in(&client->rnd, 2)) {
		did(DID_TRIM);
		mpool_trim(client->arena->pool);
	} else {
		did(DID_FLUSH);
		mpool_flush(client->arena->pool);
	}
}

static void plain_call(struct client *client)
{
	if (client_may_sleep(client) && one_in(&client->rnd, 8))
		call_wait(client);
	else if (client_may_sleep(client) && one_in(&client->rnd, 100))
		call_tidy(client);
	else if (one_in(&client->rnd, 100))
		call_set(client);
	else
		any_calls[random_below(&client->rnd, ARRAY_SIZE(any_calls))](client);
}

/* --- its owner --- */

static int plain_make(struct arena *arena)
{
	arena->pool = recipe_pool(arena);
	return PTR_ERR_OR_ZERO(arena->pool);
}

static void plain_tend(struct arena *arena)
{
	call_set(&arena->owner);
	call_stats(&arena->owner);
}

/* As it was made. */
static void restore(struct arena *arena)
{
	if (arena->backing == MPOOL_BUFFER)
		return;
	if (mpool_set_limit(arena->pool, arena->limit) ||
	    mpool_set_keep(arena->pool, arena->keep) ||
	    mpool_set_reserve(arena->pool, arena->reserve))
		broke(arena, "what was changed could not be changed back");
}

/* Can all objects up to the limit be had, and no more? */
static void check_all_are_found(struct arena *arena)
{
	unsigned long ordinary = arena->limit - arena->reserve, i;
	gfp_t gfp = GFP_KERNEL | __GFP_NOWARN;
	void **objs = kvcalloc(arena->limit + 1, sizeof(*objs), GFP_KERNEL);

	if (!objs)
		return;
	if (mpool_alloc_bulk(arena->pool, gfp, ordinary, objs)) {
		broke(arena, "objects are stranded");
		goto out;
	}
	for (i = ordinary; i < arena->limit; i++)
		objs[i] = mpool_alloc(arena->pool, gfp | MPOOL_PRIVILEGED);
	for (i = 0; i < arena->limit; i++) {
		if (objs[i])
			payload_begin(arena, objs[i], arena->size, HOLDER_OWNER, i);
		else
			broke(arena, "objects are missing");
	}
	if (mpool_alloc(arena->pool, gfp | MPOOL_PRIVILEGED))
		broke(arena, "there are more objects than the limit");
	for (i = 0; i < arena->limit; i++) {
		if (objs[i])
			payload_end(arena, objs[i], HOLDER_OWNER);
	}
	mpool_free_bulk(arena->pool, arena->limit, objs);
out:
	kvfree(objs);
}

/* Does what nobody needs go back? A CPU that goes off line may keep what it caches for a while. */
static void check_all_go_back(struct arena *arena)
{
	unsigned long end = jiffies + FOREVER;
	struct mpool_stats stats;

	if (mpool_set_keep(arena->pool, 0))
		broke(arena, "keep could not be changed");
	for (;;) {
		mpool_trim(arena->pool);
		mpool_read_stats(arena->pool, &stats);
		if (!stats.objects && !stats.slabs)
			return;
		if (time_after(jiffies, end))
			break;
		schedule_timeout_uninterruptible(1);
	}
	broke(arena, "slabs are stranded");
}

static void plain_check(struct arena *arena)
{
	arena_check_pool(arena, arena->pool);
	restore(arena);
	if (arena->limit && !arena->fragile && !inject)
		check_all_are_found(arena);
	if (arena->backing != MPOOL_BUFFER && !arena->reserve && !arena->low)
		check_all_go_back(arena);
	arena_check_pool(arena, arena->pool);
}

/* Nobody else is there, so nobody can have got the object in between. */
static void free_twice(struct arena *arena)
{
	struct torture_random_state *rnd = &arena->owner.rnd;
	struct mpool_stats before, after;
	void *obj = mpool_alloc(arena->pool, GFP_KERNEL | __GFP_NOWARN);

	if (!obj)
		return;
	did(DID_DOUBLE_FREE);
	plain_free(arena, rnd, obj);
	mpool_read_stats(arena->pool, &before);
	plain_free(arena, rnd, obj);
	mpool_free(arena->pool, obj + sizeof(u32));
	mpool_flush(arena->pool);
	mpool_read_stats(arena->pool, &after);
	if (after.misuses != before.misuses + 2)
		broke(arena, "a free of what is no object in use was not refused");
	if (after.in_use)
		broke(arena, "a double free was counted");
}

static enum figure pool_figure(const struct arena *arena)
{
	switch (arena->backing) {
	case MPOOL_VMALLOC:
		return POOLS_MAPPED;
	case MPOOL_HUGE:
		return POOLS_HUGE;
	case MPOOL_BUFFER:
		return arena->is_static ? POOLS_STATIC : POOLS_IN_BUFFER;
	default:
		return POOLS_OF_PAGES;
	}
}

static void plain_end(struct arena *arena)
{
	did(pool_figure(arena));
	if (arena->flags & MPOOL_CHECKS)
		did(POOLS_WATCHED);
	if (arena->constructed)
		did(POOLS_CONSTRUCTED);
	if (one_in(&arena->owner.rnd, 4))
		free_twice(arena);
	/* Of a pool in a buffer, only a destructor tells when the buffer may go. */
	if ((arena->backing != MPOOL_BUFFER || arena->constructed) && one_in(&arena->owner.rnd, 4))
		survivors_destroy(arena);
	else
		mpool_destroy(arena->pool);
	recipe_end(arena);
}

const struct kind plain_kind = {
	.name = "plain",
	.make = plain_make,
	.get = plain_get,
	.put = plain_put,
	.call = plain_call,
	.tend = plain_tend,
	.check = plain_check,
	.end = plain_end,
	.nmi = true,
};
