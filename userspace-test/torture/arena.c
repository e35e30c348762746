// SPDX-License-Identifier: GPL-2.0
/*
 * Pools come and go: each owner has one at a time, and a new one every second or two.
 */
#include <linux/array_size.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "torture.h"

/* Of trees there are fewer: each is several pools. */
static const struct kind * const kinds[] = {
	&plain_kind, &plain_kind, &plain_kind, &pieces_kind, &trees_kind };

struct owner {
	struct task_struct *task;
	struct arena *arena;		/* the one that can be entered; guarded by arenas_lock */
};

static struct owner *owners;
static unsigned int nr_owners;
static DEFINE_MUTEX(arenas_lock);
static atomic_t last_id;

/* --- who is in --- */

/* Any arena, or NULL if the one that was looked at is not open. Process context. */
struct arena *arena_enter(struct torture_random_state *rnd, bool nmi)
{
	struct arena *arena;

	mutex_lock(&arenas_lock);
	arena = owners[random_below(rnd, nr_owners)].arena;
	if (arena && nmi && !arena->kind->nmi)
		arena = NULL;
	if (arena)
		arena->users++;
	mutex_unlock(&arenas_lock);
	return arena;
}

void arena_leave(struct arena *arena)
{
	mutex_lock(&arenas_lock);
	/* Under the lock, for the arena goes when the last one has left. */
	WRITE_ONCE(arena->users, arena->users - 1);
	if (!arena->users)
		wake_up(&arena->left);
	mutex_unlock(&arenas_lock);
}

static void arena_open(struct owner *owner, struct arena *arena)
{
	mutex_lock(&arenas_lock);
	owner->arena = arena;
	mutex_unlock(&arenas_lock);
}

/* See all out. */
static void arena_close(struct owner *owner, struct arena *arena)
{
	mutex_lock(&arenas_lock);
	owner->arena = NULL;
	WRITE_ONCE(arena->closing, true);
	mutex_unlock(&arenas_lock);
	if (!wait_event_timeout(arena->left, !READ_ONCE(arena->users), FOREVER)) {
		broke(arena, "somebody does not come out");
		wait_event(arena->left, !READ_ONCE(arena->users));
	}
	/* Who has left last may still be on his way. */
	mutex_lock(&arenas_lock);
	mutex_unlock(&arenas_lock);
}

/* --- what is at home --- */

/* Nobody uses it: do a pool's figures add up? */
void arena_check_pool(struct arena *arena, struct mpool *pool)
{
	struct mpool_stats stats;

	mpool_flush(pool);
	mpool_read_stats(pool, &stats);
	if (stats.in_use || stats.pending || stats.waiting || stats.reserve_held)
		broke(arena, "something is not at home");
	if (stats.objects != stats.in_use + stats.cached_cpu + stats.cached_depot + stats.free_slab)
		broke(arena, "the figures do not add up");
	if (stats.footprint != stats.slabs * stats.slab_bytes + stats.metadata ||
	    stats.m_pool != stats.size * stats.objects)
		broke(arena, "the bytes do not add up");
	if (stats.misuses)
		broke(arena, "a free was refused");
	if (stats.withheld)
		broke(arena, "an object was found overwritten");
}

/* What was left for others that did not come. */
static void arena_drain(struct arena *arena)
{
	struct payload *payload;
	unsigned int i;

	for (i = 0; i < NR_EXCHANGES; i++) {
		payload = xchg(&arena->exchange[i], NULL);
		if (!payload)
			continue;
		payload_pass(arena, payload, HOLDER_EXCHANGE, arena->owner.id);
		arena->kind->put(&arena->owner, payload);
	}
	published_end(arena);
}

/* CPUs stay as they are meanwhile, so that everything has to be found at once. */
static void arena_check(struct arena *arena)
{
	cpus_read_lock();
	arena->kind->check(arena);
	cpus_read_unlock();
	if (atomic_long_read(&arena->out) || atomic_long_read(&arena->privileged))
		broke(arena, "objects are out that nobody has");
	if (!list_empty(&arena->line))
		broke(arena, "a request was never answered");
}

/* --- its owner --- */

/* NULL if there is no memory, which may be. */
static struct arena *arena_make(void)
{
	struct arena *arena = kzalloc(sizeof(*arena), GFP_KERNEL);
	int err;

	if (!arena)
		return NULL;
	arena->id = atomic_inc_return(&last_id);
	snprintf(arena->name, sizeof(arena->name), "torture-%u", arena->id);
	client_begin(&arena->owner, arena, HOLDER_OWNER);
	init_waitqueue_head(&arena->left);
	raw_spin_lock_init(&arena->line_lock);
	INIT_LIST_HEAD(&arena->line);
	arena->kind = kinds[random_below(&arena->owner.rnd, ARRAY_SIZE(kinds))];
	err = arena->kind->make(arena);
	if (!err)
		return arena;
	if (err != -ENOMEM)
		broke(arena, "a pool could not be made");
	kfree(arena);
	return NULL;
}

/* Let others use it for a while. */
static void arena_tend(struct arena *arena)
{
	unsigned long end = jiffies + HZ / 4 + random_below(&arena->owner.rnd, 2 * HZ);

	while (time_before(jiffies, end) && !torture_must_stop()) {
		arena->kind->tend(arena);
		msleep(random_below(&arena->owner.rnd, 30));
	}
}

static void owner_turn(struct owner *owner)
{
	struct arena *arena = arena_make();

	if (!arena) {
		did(DID_REFUSED);
		msleep(20);
		return;
	}
	arena_open(owner, arena);
	arena_tend(arena);
	arena_close(owner, arena);
	arena_drain(arena);
	arena_check(arena);
	arena->kind->end(arena);
	if (atomic_long_read(&arena->made))
		broke(arena, "what was made was not unmade");
	kfree(arena);
}

static int mpool_torture_owner(void *arg)
{
	do {
		owner_turn(arg);
		stutter_wait("mpool_torture_owner");
	} while (!torture_must_stop());
	torture_kthread_stopping("mpool_torture_owner");
	return 0;
}

int arenas_begin(unsigned int n)
{
	unsigned int i;
	int err;

	owners = kcalloc(n, sizeof(*owners), GFP_KERNEL);
	if (!owners)
		return -ENOMEM;
	nr_owners = n;
	for (i = 0; i < n; i++) {
		err = torture_create_kthread(mpool_torture_owner, &owners[i], owners[i].task);
		if (err)
			return err;
	}
	return 0;
}

/* Nobody enters any more. */
void arenas_end(void)
{
	unsigned int i;

	for (i = 0; owners && i < nr_owners; i++)
		torture_stop_kthread(mpool_torture_owner, owners[i].task);
	kfree(owners);
	owners = NULL;
}
