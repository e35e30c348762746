// SPDX-License-Identifier: GPL-2.0
/*
 * Who has an object, and is everything at home when nobody has one any more?
 */
#include <linux/gfp.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "pressure.h"

/* @holder has got it. */
void stamp_on(struct arena *arena, struct stamp *stamp, u32 holder)
{
	unsigned long out = atomic_long_inc_return(&arena->out);

	if (arena->limit && out > arena->limit)
		broke("more objects are out than the limit");
	if (stamp->magic == STAMP_HELD)
		broke("an object was handed out twice");
	*stamp = (struct stamp){ .magic = STAMP_HELD, .holder = holder, .self = stamp };
}

/* @holder is about to free it. */
void stamp_off(struct arena *arena, struct stamp *stamp, u32 holder)
{
	if (stamp->magic != STAMP_HELD || stamp->holder != holder || stamp->self != stamp)
		broke("somebody wrote into an object that was held");
	stamp->magic = 0;
	atomic_long_dec(&arena->out);
}

/* Add an object that has just been allocated. */
void chain_push(struct arena *arena, struct chain *chain, struct stamp *stamp)
{
	stamp_on(arena, stamp, HOLDER_CHAIN);
	stamp->next = chain->first;
	chain->first = stamp;
	chain->n++;
}

/* Hold up to @n objects more; how many there were. Process context. */
unsigned long chain_take(struct arena *arena, struct chain *chain, unsigned long n, gfp_t gfp)
{
	struct stamp *stamp;
	unsigned long i;

	for (i = 0; i < n; i++) {
		stamp = mpool_alloc(arena->pool, gfp | __GFP_NOWARN);
		if (!stamp)
			break;
		chain_push(arena, chain, stamp);
		cond_resched();
	}
	return i;
}

/* What the caller frees now. */
struct stamp *chain_pop(struct arena *arena, struct chain *chain)
{
	struct stamp *stamp = chain->first;

	chain->first = stamp->next;
	chain->n--;
	stamp_off(arena, stamp, HOLDER_CHAIN);
	return stamp;
}

/* Free up to @n of them. */
void chain_drop(struct arena *arena, struct chain *chain, unsigned long n)
{
	while (n-- && chain->n) {
		mpool_free(arena->pool, chain_pop(arena, chain));
		cond_resched();
	}
}

/* Can all objects up to the limit be had, and no more? */
static void check_all_are_found(struct arena *arena)
{
	unsigned long ordinary = arena->limit - arena->reserve, n;
	struct chain chain = {};

	n = chain_take(arena, &chain, ordinary, GFP_KERNEL);
	n += chain_take(arena, &chain, arena->reserve, GFP_KERNEL | MPOOL_PRIVILEGED);
	figures_add("stranded", arena->limit - n);
	if (n < arena->limit)
		broke("objects are stranded");
	if (chain_take(arena, &chain, 1, GFP_KERNEL | MPOOL_PRIVILEGED))
		broke("more objects than the limit");
	chain_drop(arena, &chain, ULONG_MAX);
}

/* Nobody uses the pool any more. */
void check_home(struct arena *arena)
{
	struct mpool_stats stats;
	struct stamp *stamp;

	stamp = unrcu_pointer(xchg(&arena->published, NULL));
	if (stamp) {
		atomic_long_dec(&arena->out);
		mpool_free_rcu(arena->pool, stamp);
	}
	mpool_flush(arena->pool);
	mpool_read_stats(arena->pool, &stats);
	if (stats.in_use || stats.pending || stats.waiting || stats.reserve_held)
		broke("something is not at home");
	if (stats.objects != stats.cached_cpu + stats.cached_depot + stats.free_slab)
		broke("the figures do not add up");
	if (stats.misuses)
		broke("a free was refused");
	if (atomic_long_read(&arena->queued) !=
	    atomic_long_read(&arena->called) + atomic_long_read(&arena->cancelled))
		broke("a callback was called twice, or never");
	if (arena->limit)
		check_all_are_found(arena);
}
