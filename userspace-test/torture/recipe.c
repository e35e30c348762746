// SPDX-License-Identifier: GPL-2.0
/*
 * What pools are to be: of every kind, in no order.
 */
#include <linux/array_size.h>
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/vmalloc.h>

#include "torture.h"

/* The one pool whose memory is part of this module. */
struct static_object {
	struct payload payload;
	u32 pattern[12];
};

#define STATIC_OBJECTS	100

MPOOL_DEFINE(torture_static, struct static_object, STATIC_OBJECTS);

/* Bit 0: an arena has it. */
static unsigned long static_taken;

static int construct(void *obj, void *ctx, gfp_t gfp)
{
	struct arena *arena = ctx;

	if (arena->fragile && get_random_u32() % 200 == 0)
		return -ENOMEM;
	payload_make(arena, obj);
	return 0;
}

static void destruct(void *obj, void *ctx)
{
	payload_unmake(ctx, obj);
}

static size_t any_size(struct torture_random_state *rnd)
{
	switch (random_below(rnd, 8)) {
	case 0:
		return PAYLOAD_MIN + random_below(rnd, SZ_64K - PAYLOAD_MIN + 1);
	case 1:
	case 2:
		return PAYLOAD_MIN + random_below(rnd, SZ_4K);
	default:
		return PAYLOAD_MIN + random_below(rnd, 256);
	}
}

/* Two objects are too few for a request of several, and a pool of large ones has but some. */
static unsigned long any_limit(struct torture_random_state *rnd, size_t size)
{
	unsigned long most = min_t(unsigned long, SZ_4M / size, 600);

	return 2 * BULK + random_below(rnd, most - 2 * BULK);
}

/* What is watched in a pool: as a rule, nothing. */
unsigned long recipe_checks(struct torture_random_state *rnd)
{
	static const unsigned long checks[] = {
		MPOOL_TRACK, MPOOL_REDZONE, MPOOL_POISON, MPOOL_CHECKS };

	return one_in(rnd, 4) ? checks[random_below(rnd, ARRAY_SIZE(checks))] : 0;
}

/* Limits and what is within them. */
static void choose_bounds(struct arena *arena, struct mpool_params *params)
{
	struct torture_random_state *rnd = &arena->owner.rnd;
	bool large = params->backing == MPOOL_HUGE || params->size > SZ_8K;
	unsigned long bound;

	if (large || params->backing == MPOOL_BUFFER || !one_in(rnd, 3))
		params->limit = any_limit(rnd, params->size);
	bound = params->limit ?: 300;
	if (one_in(rnd, 2))
		params->reserve = random_below(rnd, min(bound / 4, 20UL)) + 1;
	if (params->backing == MPOOL_BUFFER)
		return;
	params->keep = one_in(rnd, 2) ? 0 : random_below(rnd, bound + 1);
	if (params->keep && one_in(rnd, 3))
		params->low = random_below(rnd, params->keep + 1);
	if (one_in(rnd, 4))
		params->budget = params->size * (1 + random_below(rnd, 200));
}

static void choose_flags(struct arena *arena, struct mpool_params *params)
{
	struct torture_random_state *rnd = &arena->owner.rnd;

	params->flags = recipe_checks(rnd);
	if (params->flags & MPOOL_POISON || !one_in(rnd, 3)) {
		if (one_in(rnd, 6))
			params->quarantine = random_below(rnd, SZ_64K);
	} else {
		arena->constructed = true;
		arena->fragile = one_in(rnd, 3) && params->backing != MPOOL_BUFFER &&
				 !params->reserve;
		params->ctor = construct;
		params->dtor = destruct;
		params->ctx = arena;
	}
	if (one_in(rnd, 6))
		params->flags |= MPOOL_HWCACHE_ALIGN;
	else if (one_in(rnd, 4))
		params->align = BIT(random_below(rnd, 10));
}

/* With room for what is watched, too. */
static int choose_buffer(struct arena *arena, struct mpool_params *params)
{
	size_t align = max_t(size_t, params->align, SMP_CACHE_BYTES);

	params->buffer_bytes = MPOOL_BUFFER_BYTES(params->limit, params->size, align) +
			       params->limit * (64 + 16 + align) + SZ_1K;
	params->buffer = __vmalloc(params->buffer_bytes, GFP_KERNEL | __GFP_NOWARN);
	arena->buffer = params->buffer;
	return params->buffer ? 0 : -ENOMEM;
}

static int choose(struct arena *arena, struct mpool_params *params)
{
	static const enum mpool_backing backings[] = {
		MPOOL_PAGES, MPOOL_PAGES, MPOOL_PAGES, MPOOL_VMALLOC, MPOOL_HUGE, MPOOL_BUFFER };
	struct torture_random_state *rnd = &arena->owner.rnd;

	params->name = arena->name;
	params->size = any_size(rnd);
	params->backing = backings[random_below(rnd, ARRAY_SIZE(backings))];
	if (params->backing != MPOOL_BUFFER && one_in(rnd, 6))
		params->flags |= MPOOL_NODE;
	choose_bounds(arena, params);
	choose_flags(arena, params);
	return params->backing == MPOOL_BUFFER ? choose_buffer(arena, params) : 0;
}

static void note(struct arena *arena, const struct mpool_params *params)
{
	arena->size = params->size;
	arena->limit = params->limit;
	arena->keep = params->keep;
	arena->low = params->low;
	arena->reserve = params->reserve;
	arena->flags = params->flags;
	arena->backing = params->backing;
	/* Large pieces of contiguous memory need not be there. */
	arena->may_refuse = arena->limit || arena->fragile || arena->size > SZ_1K ||
			    arena->backing != MPOOL_PAGES;
}

/*
 * Make a pool for an arena. Returns it or an ERR_PTR. Now and then it is the static one, which has
 * a name of its own.
 */
struct mpool *recipe_pool(struct arena *arena)
{
	struct mpool_params params = {};
	struct mpool *pool;
	int err;

	arena->is_static = one_in(&arena->owner.rnd, 6) && !test_and_set_bit(0, &static_taken);
	if (arena->is_static) {
		params = torture_static;
	} else {
		err = choose(arena, &params);
		if (err)
			return ERR_PTR(err);
	}
	note(arena, &params);
	pool = mpool_create(&params);
	if (IS_ERR(pool))
		recipe_end(arena);
	return pool;
}

/* Give back what recipe_pool() took, besides the pool, which has ended. */
void recipe_end(struct arena *arena)
{
	if (arena->is_static)
		clear_bit(0, &static_taken);
	vfree(arena->buffer);
	arena->buffer = NULL;
}
