// SPDX-License-Identifier: GPL-2.0
/*
 * Who allocated and freed each object, and where those in use were allocated.
 *
 * What is noted of an object lies in its slab, where it is found by its number. Where objects were
 * allocated that somebody holds is counted in a table, so that to ask for it does not mean to look
 * at all objects. Nothing here takes a lock.
 */
#include <linux/hash.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/stackdepot.h>
#include <linux/stacktrace.h>
#include <linux/timekeeping.h>

#include "internal.h"

/* Stands for all sites that the table has no room for. */
#define OTHER_SITES	0

/* Frames of a stack that are kept. */
#define FRAMES		16

#ifdef CONFIG_STACKDEPOT

static int init_stacks(void)
{
	return stack_depot_init();
}

/* The stack depot takes a lock, and may allocate. */
static u32 save_stack(void)
{
	unsigned long frames[FRAMES];
	unsigned int n;

	if (in_nmi() || (IS_ENABLED(CONFIG_PREEMPT_RT) && !preemptible()))
		return 0;
	n = stack_trace_save(frames, FRAMES, 2);
	return stack_depot_save(frames, n, GFP_NOWAIT | __GFP_NOWARN);
}

#else

static int init_stacks(void)
{
	return 0;
}

static u32 save_stack(void)
{
	return 0;
}

#endif /* CONFIG_STACKDEPOT */

/**
 * track_init() - prepare a new pool for being tracked
 * @pool: the pool
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM.
 */
int track_init(struct mpool *pool)
{
	if (!(pool->checks & MPOOL_TRACK))
		return 0;
	if (init_stacks())
		return -ENOMEM;
	pool->sites = kvcalloc(NR_SITES, sizeof(*pool->sites), GFP_KERNEL);
	return pool->sites ? 0 : -ENOMEM;
}

/**
 * track_exit() - undo track_init()
 * @pool: the pool
 *
 * Context: process context, may sleep.
 */
void track_exit(struct mpool *pool)
{
	kvfree(pool->sites);
}

/**
 * track_bytes() - bytes that tracking takes, besides those in slabs
 * @pool: of which pool
 *
 * Context: any.
 */
size_t track_bytes(const struct mpool *pool)
{
	return pool->sites ? NR_SITES * sizeof(*pool->sites) : 0;
}

/* The entry of a call site, a new one if need be. */
static unsigned int find_site(struct mpool *pool, unsigned long caller, u32 stack)
{
	unsigned long key = stack ?: caller, found;
	unsigned int i = hash_long(key, ilog2(NR_SITES)), tries;
	struct site *site;

	for (tries = 0; tries < NR_SITES; tries++, i = (i + 1) % NR_SITES) {
		if (i == OTHER_SITES)
			continue;
		site = &pool->sites[i];
		found = cmpxchg(&site->key, 0, key);
		if (!found) {
			site->caller = caller;
			site->stack = stack;
		}
		if (!found || found == key)
			return i;
	}
	return OTHER_SITES;
}

static void note(struct track *track, unsigned long caller, u32 stack)
{
	*track = (struct track){
		.when = ktime_get_mono_fast_ns(),
		.caller = caller,
		.stack = stack,
		.pid = in_task() ? current->pid : 0,
		.cpu = raw_smp_processor_id(),
	};
}

/**
 * track_alloc() - note who gets an object
 * @pool: from which
 * @obj: the object
 * @caller: who asked for it
 *
 * Context: any.
 */
void track_alloc(struct mpool *pool, const void *obj, unsigned long caller)
{
	u32 stack;
	struct track *track;

	if (!pool->sites)
		return;
	stack = save_stack();
	track = &slab_tracks(pool, obj)[TRACK_ALLOC];
	note(track, caller, stack);
	track->site = find_site(pool, caller, stack);
	atomic_long_inc(&pool->sites[track->site].objects);
}

/**
 * track_free() - note who frees an object
 * @pool: whose
 * @obj: the object
 * @caller: who frees it
 *
 * Context: any.
 */
void track_free(struct mpool *pool, const void *obj, unsigned long caller)
{
	struct track *tracks;

	if (!pool->sites)
		return;
	tracks = slab_tracks(pool, obj);
	note(&tracks[TRACK_FREE], caller, save_stack());
	atomic_long_dec(&pool->sites[tracks[TRACK_ALLOC].site].objects);
}

/**
 * track_next_site() - go through the sites whose objects are held, most objects first
 * @pool: whose
 * @site: NULL for the first; then what this set it to
 * @objects: how many the site before had; set to how many this one has
 *
 * Context: any. What moves meanwhile may be missed, or come twice.
 * Return: false if there are no more.
 */
bool track_next_site(const struct mpool *pool, const struct site **site, unsigned long *objects)
{
	const struct site *best = NULL;
	unsigned long most = 0, n;
	unsigned int i;

	for (i = 0; pool->sites && i < NR_SITES; i++) {
		n = max(atomic_long_read(&pool->sites[i].objects), 0L);
		if (*site && (n > *objects || (n == *objects && &pool->sites[i] <= *site)))
			continue;
		if (n > most) {
			most = n;
			best = &pool->sites[i];
		}
	}
	*site = best;
	*objects = most;
	return best;
}
