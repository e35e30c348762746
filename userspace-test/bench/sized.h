/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a peer replays the sizes that were recorded.
 */
#ifndef MPOOL_BENCH_SIZED_H
#define MPOOL_BENCH_SIZED_H

#include <linux/minmax.h>
#include <linux/mpool.h>
#include <linux/sizes.h>

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

/* There is nothing to make where any size can be had from one place. */
static void *peer_any_create(size_t size, size_t n)
{
	return (void *)&bench_sizes;
}

static void peer_any_destroy(void *of)
{
}

/* That they need not be alone is all that is to be said of them. */
static const struct bench_calls bench_any_calls;

/* A peer of that name, with IDENT_alloc() and IDENT_free(), and who makes what they want. */
#define BENCH_SIZER(ident, text, maker, ender)					\
static noinline size_t ident##_replay(void *of, void **places)			\
{										\
	static const struct size_calls calls = { ident##_alloc, ident##_free };	\
										\
	return replay(&calls, of, places);					\
}										\
										\
static const struct bench_peer ident##_sizer = {				\
	.name = text,								\
	.calls = &bench_any_calls,						\
	.create = maker,							\
	.destroy = ender,							\
	.replay = ident##_replay,						\
}

/* --- a sized pool, a peer in every lens --- */

static void *peer_sized_create(size_t size, size_t n)
{
	return mpool_sized_create(&(struct mpool_sized_params){ .name = "bench-sized",
								.max = SZ_8K });
}

static void peer_sized_destroy(void *of)
{
	mpool_sized_destroy(of);
}

static __always_inline void *sized_alloc(void *of, size_t size)
{
	return mpool_sized_alloc(of, size, GFP_KERNEL);
}

static __always_inline void sized_free(void *of, void *piece)
{
	mpool_sized_free(of, piece);
}

BENCH_SIZER(sized, "mpool", peer_sized_create, peer_sized_destroy);

#endif
