// SPDX-License-Identifier: GPL-2.0
/*
 * The calls on a sized pool.
 */
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "torture.h"

/* Most pieces are small. */
static size_t any_bytes(struct client *client)
{
	size_t most = client->arena->size;

	if (!one_in(&client->rnd, 8))
		most = min_t(size_t, most, 512);
	return PAYLOAD_MIN + random_below(&client->rnd, most - PAYLOAD_MIN + 1);
}

/* Is there room for what was asked for? */
static struct payload *got_piece(struct client *client, void *piece, size_t bytes)
{
	struct arena *arena = client->arena;

	if (piece && mpool_sized_size_of(arena->sized, piece) < bytes) {
		broke(arena, "a piece is smaller than what was asked for");
		mpool_sized_free(arena->sized, piece);
		return NULL;
	}
	return client_got(client, piece, bytes);
}

static struct payload *pieces_get(struct client *client)
{
	size_t bytes = any_bytes(client);

	did(DID_PIECE);
	return got_piece(client, mpool_sized_alloc(client->arena->sized, bytes, client->gfp),
			 bytes);
}

static void pieces_put(struct client *client, struct payload *payload)
{
	payload_end(client->arena, payload, client->id);
	mpool_sized_free(client->arena->sized, payload);
}

/* Its content goes with it, as far as there is room. */
static void call_resize(struct client *client)
{
	size_t bytes = any_bytes(client), before;
	struct arena *arena = client->arena;
	struct payload *payload, *moved;

	if (!client->n)
		return;
	payload = client->held[client->n - 1];
	before = payload->bytes;
	/* Of what is left behind nobody shall think that somebody holds it. */
	payload->holder = 0;
	moved = mpool_sized_resize(arena->sized, payload, bytes, client->gfp);
	(moved ?: payload)->holder = client->id;
	if (!moved) {
		client_refused(client);
		if (bytes <= before)
			broke(arena, "a piece could not be made smaller");
		payload_check(arena, payload, client->id);
		return;
	}
	did(DID_RESIZE);
	client->n--;
	if (bytes >= before)
		payload_check(arena, moved, client->id);
	moved->holder = 0;
	payload_leave(arena);
	if (got_piece(client, moved, bytes))
		client->held[client->n++] = moved;
}

static void call_zeroed(struct client *client)
{
	struct arena *arena = client->arena;
	size_t bytes = any_bytes(client);
	void *piece;

	did(DID_PIECE);
	piece = mpool_sized_alloc(arena->sized, bytes, client->gfp | __GFP_ZERO);
	if (piece && memchr_inv(piece, 0, mpool_sized_size_of(arena->sized, piece)))
		broke(arena, "a piece is not zeroed");
	if (got_piece(client, piece, bytes))
		pieces_put(client, piece);
}

/* Who sees more bytes of slabs than the limit has seen some too many for an instant. */
static void call_stats(struct arena *arena)
{
	struct mpool_stats stats;

	mpool_sized_read_stats(arena->sized, &stats);
	if (stats.limit_bytes && stats.footprint - stats.metadata > stats.limit_bytes)
		broke(arena, "there are more bytes than the limit");
}

static void pieces_call(struct client *client)
{
	if (client_may_sleep(client) && one_in(&client->rnd, 200)) {
		did(DID_TRIM);
		mpool_sized_trim(client->arena->sized);
	} else if (one_in(&client->rnd, 4)) {
		call_zeroed(client);
	} else {
		call_resize(client);
	}
}

/* --- its owner --- */

static int pieces_make(struct arena *arena)
{
	struct torture_random_state *rnd = &arena->owner.rnd;
	struct mpool_sized_params params = {
		.name = arena->name,
		.min = PAYLOAD_MIN + random_below(rnd, 100),
		.max = SZ_1K + random_below(rnd, SZ_8K),
		.growth = 125 + random_below(rnd, 1000),
		.flags = recipe_checks(rnd),
		.backing = one_in(rnd, 4) ? MPOOL_VMALLOC : MPOOL_PAGES,
	};

	if (one_in(rnd, 2))
		params.run_max = params.max * (1 + random_below(rnd, 4));
	if (one_in(rnd, 2))
		params.limit = SZ_2M + random_below(rnd, SZ_8M);
	if (one_in(rnd, 3))
		params.flags |= MPOOL_BORROW;
	if (one_in(rnd, 6))
		params.quarantine = random_below(rnd, SZ_16K);
	arena->size = max(params.max, params.run_max);
	arena->may_refuse = params.limit;
	arena->sized = mpool_sized_create(&params);
	return PTR_ERR_OR_ZERO(arena->sized);
}

static void pieces_tend(struct arena *arena)
{
	call_stats(arena);
}

/*
 * What an NMI has freed may be on its way, and a CPU that goes off line may keep what it caches for
 * a while. The bytes of a slab count until its pages are free, which its pool may be about.
 */
static void bring_home(struct mpool_sized *sized, struct mpool_stats *stats)
{
	unsigned long end = jiffies + FOREVER;

	for (;;) {
		mpool_sized_trim(sized);
		mpool_sized_read_stats(sized, stats);
		if ((!stats->objects && stats->footprint == stats->metadata) ||
		    time_after(jiffies, end))
			return;
		schedule_timeout_uninterruptible(1);
	}
}

/* Nobody uses a sized pool: do its figures add up, and does everything go back? */
void pieces_check_sized(struct arena *arena, struct mpool_sized *sized)
{
	struct mpool_stats stats;
	unsigned int i;

	bring_home(sized, &stats);
	if (stats.in_use || stats.pending || stats.misuses || stats.withheld)
		broke(arena, "a piece is not at home");
	if (stats.objects || stats.slabs || stats.footprint != stats.metadata)
		broke(arena, "slabs of classes are stranded");
	for (i = 0; !mpool_sized_read_class(sized, i, &stats); i++) {
		if (stats.in_use || stats.objects || stats.cached_cpu || stats.cached_depot ||
		    stats.free_slab)
			broke(arena, "the figures of a class do not add up");
	}
}

static void pieces_check(struct arena *arena)
{
	pieces_check_sized(arena, arena->sized);
}

static void pieces_end(struct arena *arena)
{
	did(POOLS_SIZED);
	mpool_sized_destroy(arena->sized);
}

const struct kind pieces_kind = {
	.name = "pieces",
	.make = pieces_make,
	.get = pieces_get,
	.put = pieces_put,
	.call = pieces_call,
	.tend = pieces_tend,
	.check = pieces_check,
	.end = pieces_end,
	.nmi = true,
};
