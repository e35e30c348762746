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
#include <linux/string.h>
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

/*
 * The stack depot takes a lock, and may allocate. That must not wake kswapd: who frees may hold the
 * scheduler's locks.
 */
static u32 save_stack(void)
{
	unsigned long frames[FRAMES];
	unsigned int n;

	if (in_nmi() || (IS_ENABLED(CONFIG_PREEMPT_RT) && !preemptible()))
		return 0;
	n = stack_trace_save(frames, FRAMES, 2);
	return stack_depot_save(frames, n, __GFP_NOWARN);
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

/* Make an entry a call site's; false if somebody was faster. */
static bool take_over(struct site *site, unsigned long old, unsigned long caller, u32 stack)
{
	if (cmpxchg(&site->key, old, stack ?: caller) != old)
		return false;
	site->caller = caller;
	site->stack = stack;
	return true;
}

/* The entry of a call site: its own, a free one, or that of one whose objects are all free. */
static unsigned int find_site(struct mpool *pool, unsigned long caller, u32 stack)
{
	unsigned long key = stack ?: caller, found;
	unsigned int first = hash_long(key, ilog2(NR_SITES)), i;
	struct site *site;

	for (i = first; i < first + NR_SITES; i++) {
		site = &pool->sites[i % NR_SITES];
		found = READ_ONCE(site->key);
		if (i % NR_SITES == OTHER_SITES)
			continue;
		if (found == key || (!found && take_over(site, 0, caller, stack)))
			return i % NR_SITES;
	}
	for (i = OTHER_SITES + 1; i < NR_SITES; i++) {
		site = &pool->sites[i];
		if (!atomic_long_read(&site->objects) &&
		    take_over(site, READ_ONCE(site->key), caller, stack))
			return i;
	}
	return OTHER_SITES;
}

/**
 * track_name() - name a place in the kernel
 * @text: TRACK_NAME_LEN bytes for its name
 * @caller: its address, 0 for none
 *
 * The address itself is never shown, as it would be where the module is gone that it was in.
 *
 * Context: any.
 * Return: @text.
 */
const char *track_name(char *text, unsigned long caller)
{
	snprintf(text, TRACK_NAME_LEN, "%pS", (void *)caller);
	if (!caller)
		strscpy(text, "others", TRACK_NAME_LEN);
	else if (!strncmp(text, "0x", 2))
		strscpy(text, "a module that is gone", TRACK_NAME_LEN);
	return text;
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
	struct track *track;
	u32 stack;

	if (!pool->sites)
		return;
	track = &slab_tracks(pool, obj)[TRACK_ALLOC];
	if (track_is_paused(pool)) {
		*track = (struct track){ .site = OTHER_SITES };
	} else {
		stack = save_stack();
		note(track, caller, stack);
		track->site = find_site(pool, caller, stack);
	}
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
	if (track_is_paused(pool))
		tracks[TRACK_FREE] = (struct track){};
	else
		note(&tracks[TRACK_FREE], caller, save_stack());
	atomic_long_dec(&pool->sites[tracks[TRACK_ALLOC].site].objects);
}

/**
 * track_pause() - have nothing noted, or go on with that
 * @pool: a pool that is tracked
 * @pause: which of both
 *
 * What is allocated meanwhile counts among the sites that are not told apart.
 *
 * Context: any.
 */
void track_pause(struct mpool *pool, bool pause)
{
	WRITE_ONCE(pool->track_paused, pause);
}

/**
 * track_is_paused() - is nothing noted?
 * @pool: a pool
 *
 * Context: any.
 */
bool track_is_paused(const struct mpool *pool)
{
	return READ_ONCE(pool->track_paused);
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
