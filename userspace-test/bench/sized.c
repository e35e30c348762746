// SPDX-License-Identifier: GPL-2.0
/*
 * Pieces of the sizes, and in the order, in which a kernel has asked for them: see sizes.c.
 */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/mpool.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "bench.h"

struct size_calls {
	void *(*alloc)(void *of, size_t size);
	void (*free)(void *of, void *piece);
};

/* Replay it once; how many were allocated, all of which are free then. 0 if memory is out. */
static __always_inline size_t replay(const struct size_calls *calls, void *of, void **places)
{
	size_t i, place, nr = 0, free = 0;

	for (i = 0; i < bench_nr_sizes; i++) {
		if (bench_sizes[i] < 0) {
			place = -bench_sizes[i] - 1;
			calls->free(of, places[place]);
			places[place] = NULL;
			free = min(free, place);
			continue;
		}
		while (places[free])
			free++;
		places[free] = calls->alloc(of, bench_sizes[i]);
		if (unlikely(!places[free]))
			return 0;
		nr++;
	}
	for (i = 0; i < bench_nr_sizes; i++) {
		if (places[i])
			calls->free(of, places[i]);
		places[i] = NULL;
	}
	return nr;
}

/* --- a sized pool --- */

static void *peer_sized_create(size_t size, size_t n)
{
	return mpool_sized_create(&(struct mpool_sized_params){ .name = "bench-sized",
								.max = SZ_8K });
}

static void peer_sized_destroy(void *of)
{
	mpool_sized_destroy(of);
}

static __always_inline void *one_of_sized(void *of, size_t size)
{
	return mpool_sized_alloc(of, size, GFP_KERNEL);
}

static __always_inline void back_to_sized(void *of, void *piece)
{
	mpool_sized_free(of, piece);
}

static noinline size_t replay_sized(void *of, void **places)
{
	static const struct size_calls calls = { .alloc = one_of_sized, .free = back_to_sized };

	return replay(&calls, of, places);
}

/* --- kmalloc --- */

/* There is nothing to make. */
static void *peer_slab_create(size_t size, size_t n)
{
	return (void *)&bench_sizes;
}

static void peer_slab_destroy(void *of)
{
}

static __always_inline void *one_by_kmalloc(void *of, size_t size)
{
	return kmalloc(size, GFP_KERNEL);
}

static __always_inline void back_by_kfree(void *of, void *piece)
{
	kfree(piece);
}

static noinline size_t replay_kmalloc(void *of, void **places)
{
	static const struct size_calls calls = { .alloc = one_by_kmalloc,
						 .free = back_by_kfree };

	return replay(&calls, of, places);
}

/* --- both --- */

/* That they need not be alone is all that is to be said of them. */
static const struct bench_calls no_calls;

static const struct bench_peer sized_peer = {
	.name = "mpool",
	.calls = &no_calls,
	.create = peer_sized_create,
	.destroy = peer_sized_destroy,
	.replay = replay_sized,
};

static const struct bench_peer kmalloc_peer = {
	.name = "kmalloc",
	.calls = &no_calls,
	.create = peer_slab_create,
	.destroy = peer_slab_destroy,
	.replay = replay_kmalloc,
};

static const struct bench_peer * const peers[] = { &sized_peer, &kmalloc_peer, NULL };

static size_t as_many_as_there_are(const struct bench_job *job)
{
	return bench_nr_sizes;
}

static s64 sized_round(const struct bench_job *job, struct bench_seat *seat, u64 *ops)
{
	u64 start = ktime_get_ns();
	size_t nr;

	for (*ops = 0; *ops < BENCH_OPS; *ops += nr) {
		nr = seat->peer->replay(seat->of, seat->objs);
		if (!nr)
			return -ENOMEM;
	}
	return ktime_get_ns() - start;
}

const struct bench bench_sized[] = {
	{ "sized", 1, 1, as_many_as_there_are, .round = sized_round, .peers = peers },
	{}
};
