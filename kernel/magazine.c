// SPDX-License-Identifier: GPL-2.0
/*
 * The fast lane: each CPU has two magazines of free objects, and two more for what interrupts it;
 * all share a depot of more.
 *
 * The scheme is that of J. Bonwick and J. Adams, "Magazines and Vmem: Extending the Slab
 * Allocator to Many CPUs and Arbitrary Resources", USENIX 2001: with two magazines a CPU, one
 * visit to the depot pays for at least as many operations as a magazine has rounds. Where too many
 * meet there, magazines become larger: see magazine_enlarge().
 *
 * No magazine is ever needed. A CPU that has none uses the slabs, under the lock. So a pool
 * that runs dry takes all magazines away: from then on every free object can be found.
 */
#include <linux/cpumask.h>
#include <linux/log2.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "internal.h"

/*
 * Magazines do not become larger than this, in objects, for all of one can go to slabs while
 * interrupts are off; nor so large that ...
 */
#define MAGAZINE_MOST	256UL

/* ... those of a CPU can have more than so many bytes in them. */
#define CPU_BYTES	((unsigned long)SZ_256K)

/* How often a CPU is interrupted for its magazines before it is left alone for a tick. */
#define STRIP_TRIES	8

/* Stands for "no magazine": full and empty at once, so nobody writes to it. */
static struct mpool_magazine no_magazine;

static struct mpool_cpu *parts_of(struct mpool *pool, unsigned int cpu)
{
	return per_cpu_ptr(pool->lane.cpu, cpu);
}

static size_t bytes_for(unsigned int size)
{
	return sizeof(struct mpool_magazine) + size * sizeof(void *);
}

/* How many objects a magazine of so many bytes has room for. */
static unsigned int size_for(size_t bytes)
{
	return (bytes - sizeof(struct mpool_magazine)) / sizeof(void *);
}

/**
 * depot_allow() - decide how many objects the depot may have
 * @pool: the pool; its keep is set
 *
 * Context: under mpool.lock, or before the pool is in use.
 */
void depot_allow(struct mpool *pool)
{
	unsigned long objects = 2 * pool->magazine_size * num_online_cpus();

	if (!pool->buffer && pool->keep < ULONG_MAX - objects)
		objects += pool->keep;
	pool->depot.max_objects = objects;
}

/**
 * magazine_layout() - decide how many objects a magazine holds
 * @pool: the pool; its size and limit are set
 * @reserve: objects that never get into a magazine
 *
 * Magazines fill a kmalloc size. CPUs together may cache half of the limit: a pool with a
 * lower one than that allows for has no magazines, or none for who interrupts the fast lane. Nor
 * has one that is watched: what is to be done for each object then is done beyond the fast lane,
 * which need not know of it.
 */
void magazine_layout(struct mpool *pool, unsigned long reserve)
{
	unsigned long limit = pool->limit - reserve;
	size_t bytes = pool->size <= 256 ? 512 : pool->size <= 1024 ? 256 :
		       pool->size <= 4096 ? 128 : 64;
	unsigned int size = size_for(bytes);

	if (pool->checks || pool->quarantine.size)
		size = 0;
	pool->magazine_size = min_t(unsigned long, size, limit / (4 * num_online_cpus()));
	pool->first_size = pool->magazine_size;
	pool->parts = pool->magazine_size <= limit / (8 * num_online_cpus()) ? MAGAZINE_PARTS : 1;
	depot_allow(pool);
}

/* Add an empty magazine to the depot. */
static bool depot_grow(struct mpool *pool, gfp_t gfp)
{
	unsigned int size = READ_ONCE(pool->magazine_size);
	struct mpool_magazine *magazine = kmalloc(bytes_for(size), gfp);
	unsigned long flags;

	if (!magazine)
		return false;
	/* It holds free objects, and stale pointers to others, which must not hide a leak. */
	debug_leak_only_links(magazine, offsetof(struct mpool_magazine, n), gfp);
	WRITE_ONCE(magazine->n, 0);
	magazine->size = size;
	raw_spin_lock_irqsave(&pool->lock, flags);
	list_add(&magazine->link, &pool->depot.empty);
	pool->depot.magazines++;
	pool->depot.bytes += bytes_for(size);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	return true;
}

/* How many magazines CPUs and a full depot can use. */
static unsigned long useful_magazines(const struct mpool *pool, unsigned int cpus)
{
	return 2 * pool->parts * cpus + DIV_ROUND_UP(pool->depot.max_objects, pool->magazine_size);
}

/* One CPU's magazines are made at once, those of others when they ask; but with a buffer, all. */
static bool first_supply(struct mpool *pool)
{
	unsigned long n = 2;

	if (!pool->magazine_size)
		return true;
	if (pool->buffer)
		n = useful_magazines(pool, num_possible_cpus());
	while (n-- && depot_grow(pool, GFP_KERNEL))
		;
	return n == ULONG_MAX;
}

/**
 * magazine_init() - prepare the fast lane of a new pool
 * @pool: the pool, laid out
 *
 * Context: process context, may sleep.
 * Return: 0 or -ENOMEM; then there is nothing to undo.
 */
int magazine_init(struct mpool *pool)
{
	unsigned int cpu, i;

	INIT_LIST_HEAD(&pool->depot.stocked);
	INIT_LIST_HEAD(&pool->depot.empty);
	INIT_LIST_HEAD(&pool->depot.retired);
	pool->lane.cpu = __alloc_percpu(MAGAZINE_PARTS * sizeof(struct mpool_cpu),
					__alignof__(struct mpool_cpu));
	if (!pool->lane.cpu)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		for (i = 0; i < MAGAZINE_PARTS; i++) {
			parts_of(pool, cpu)[i].loaded = &no_magazine;
			parts_of(pool, cpu)[i].previous = &no_magazine;
		}
	}
	if (!first_supply(pool)) {
		magazine_exit(pool);
		return -ENOMEM;
	}
	return 0;
}

/**
 * magazine_exit() - free the magazines of a pool that nobody uses any more
 * @pool: the pool, stripped, its depot flushed
 *
 * Context: process context, may sleep.
 */
void magazine_exit(struct mpool *pool)
{
	struct mpool_magazine *magazine, *next;

	WARN_ON_ONCE(!list_empty(&pool->depot.stocked));
	list_splice_init(&pool->depot.retired, &pool->depot.empty);
	list_for_each_entry_safe(magazine, next, &pool->depot.empty, link)
		kfree(magazine);
	free_percpu(pool->lane.cpu);
}

static struct mpool_magazine *depot_take(struct list_head *list)
{
	struct mpool_magazine *magazine = list_first_entry(list, struct mpool_magazine, link);

	list_del(&magazine->link);
	return magazine;
}

/* Hand a magazine over to the depot, as it is. */
static void depot_put(struct mpool *pool, struct mpool_magazine *magazine)
{
	struct depot *depot = &pool->depot;

	depot->objects += magazine->n;
	if (magazine->n) {
		list_add(&magazine->link, &depot->stocked);
	} else if (magazine->size == pool->magazine_size) {
		list_add(&magazine->link, &depot->empty);
	} else {
		list_add(&magazine->link, &depot->retired);
		mpool_arm(pool);
	}
}

/* Ask magazine_supply() for more, up to what CPUs and a full depot can use. */
static void depot_want(struct mpool *pool, unsigned int n)
{
	struct depot *depot = &pool->depot;

	if (pool->buffer ||
	    depot->magazines + depot->wanted + n > useful_magazines(pool, num_online_cpus()))
		return;
	if (!depot->wanted)
		mpool_kick(pool);
	depot->wanted += n;
}

/* See that a CPU has its magazines, unless the pool is dry or there are none to be had. */
static bool equip(struct mpool *pool, struct mpool_cpu *cpu)
{
	struct list_head *empty = &pool->depot.empty;

	if (likely(cpu->loaded != &no_magazine))
		return true;
	if (!pool->magazine_size || mpool_dying(pool))
		return false;
	if (cpu - this_cpu_ptr(pool->lane.cpu) >= pool->parts)
		return false;
	if (pool->dry) {
		if (mpool_stock(pool) >= 2 * pool->magazine_size)
			mpool_end_drought(pool);
		if (pool->dry)
			return false;
	}
	if (list_empty(empty) || list_is_singular(empty)) {
		depot_want(pool, 2);
		return false;
	}
	WRITE_ONCE(cpu->loaded, depot_take(empty));
	WRITE_ONCE(cpu->previous, depot_take(empty));
	return true;
}

/* Get objects into the empty loaded magazine: the other one's, the depot's or the slabs'. */
static void refill(struct mpool *pool, struct mpool_cpu *cpu)
{
	struct mpool_magazine *stocked;
	unsigned int n;

	if (cpu->previous->n) {
		magazine_swap(cpu);
	} else if (!list_empty(&pool->depot.stocked)) {
		stocked = depot_take(&pool->depot.stocked);
		pool->depot.objects -= stocked->n;
		depot_put(pool, cpu->loaded);
		WRITE_ONCE(cpu->loaded, stocked);
	} else {
		n = slab_take(pool, cpu->loaded->objs,
			      min_t(unsigned long, cpu->loaded->size, mpool_spare(pool)));
		WRITE_ONCE(cpu->loaded->n, n);
	}
}

/* Make room in the full loaded magazine; half of what the CPU holds stays with it. */
static void make_room(struct mpool *pool, struct mpool_cpu *cpu)
{
	struct depot *depot = &pool->depot;
	struct mpool_magazine *full = cpu->previous;
	bool room = depot->objects + full->n <= depot->max_objects;

	if (full->n == full->size) {
		if (room && !list_empty(&depot->empty)) {
			WRITE_ONCE(cpu->previous, depot_take(&depot->empty));
			depot_put(pool, full);
		} else {
			if (room)
				depot_want(pool, 1);
			slab_put(pool, full->objs, full->n);
			WRITE_ONCE(full->n, 0);
		}
	}
	magazine_swap(cpu);
}

/* An object from what a CPU's part has, counted as allocated; NULL if that has none, or is busy. */
static void *take_from_part(struct mpool_cpu *cpu)
{
	void *obj = NULL;

	if (!mpool_lane_take(cpu))
		return NULL;
	if (!cpu->loaded->n)
		magazine_swap(cpu);
	if (cpu->loaded->n) {
		obj = cpu->loaded->objs[cpu->loaded->n - 1];
		WRITE_ONCE(cpu->loaded->n, cpu->loaded->n - 1);
		WRITE_ONCE(cpu->allocs, cpu->allocs + 1);
	}
	mpool_lane_leave(cpu);
	return obj;
}

/* Likewise from any part of this CPU. What interrupts have left is as good as what we have. */
static void *take_from_parts(struct mpool *pool)
{
	struct mpool_cpu *cpu = this_cpu_ptr(pool->lane.cpu);
	void *obj = NULL;
	unsigned int i;

	for (i = 0; i < MAGAZINE_PARTS && !obj && !mpool_dying(pool); i++)
		obj = take_from_part(cpu + i);
	return obj;
}

/**
 * magazine_reload() - allocate by way of the depot
 * @pool: from which
 *
 * Context: under mpool.lock.
 * Return: an object, counted as allocated; NULL if this CPU has none, and can have no magazine
 * now, or there is nothing free but what other CPUs hold.
 */
void *magazine_reload(struct mpool *pool)
{
	struct mpool_cpu *cpu;

	lockdep_assert_held(&pool->lock);
	if (!magazine_enter(pool, &cpu))
		return NULL;
	if (equip(pool, cpu) && !cpu->loaded->n)
		refill(pool, cpu);
	mpool_lane_leave(cpu);
	return take_from_parts(pool);
}

/**
 * magazine_unload() - free by way of the depot
 * @pool: to which
 * @obj: the object, marked as free
 *
 * Context: under mpool.lock.
 * Return: true if that was done and counted; false if this CPU can have no magazine now.
 */
bool magazine_unload(struct mpool *pool, void *obj)
{
	struct mpool_cpu *cpu;
	bool done;

	lockdep_assert_held(&pool->lock);
	if (!magazine_enter(pool, &cpu))
		return false;
	done = equip(pool, cpu);
	if (done) {
		if (cpu->loaded->n == cpu->loaded->size)
			make_room(pool, cpu);
		cpu->loaded->objs[cpu->loaded->n] = obj;
		WRITE_ONCE(cpu->loaded->n, cpu->loaded->n + 1);
		WRITE_ONCE(cpu->frees, cpu->frees + 1);
	}
	mpool_lane_leave(cpu);
	return done;
}

/* Hand out up to @n objects of a magazine; how many. It stops at one that is not free. */
static size_t pop(struct mpool *pool, struct mpool_magazine *magazine, size_t n, void **objs)
{
	size_t left = magazine->n, most = min(left, n), i;

	for (i = 0; i < most && likely(slab_hand_out(pool, magazine->objs[left - 1])); i++)
		objs[i] = magazine->objs[--left];
	if (i)
		WRITE_ONCE(magazine->n, left);
	return i;
}

/**
 * magazine_pop_bulk() - allocate several objects from what this CPU caches
 * @pool: from which
 * @n: how many, at most
 * @objs: where to put them, marked as held
 *
 * Context: any.
 * Return: how many there were, before the first that should have been free and was not.
 */
size_t magazine_pop_bulk(struct mpool *pool, size_t n, void **objs)
{
	struct mpool_cpu *cpu;
	size_t got = 0;

	preempt_disable();
	if (likely(magazine_enter(pool, &cpu))) {
		got = pop(pool, cpu->loaded, n, objs);
		if (got < n && !cpu->loaded->n) {
			magazine_swap(cpu);
			got += pop(pool, cpu->loaded, n - got, objs + got);
		}
		WRITE_ONCE(cpu->allocs, cpu->allocs + got);
		mpool_lane_leave(cpu);
	}
	preempt_enable();
	return got;
}

/* Take back up to @n objects into a magazine; how many. It stops at one that is not held. */
static size_t push(struct mpool *pool, struct mpool_magazine *magazine, size_t n, void **objs)
{
	size_t most = min_t(size_t, n, magazine->size - magazine->n), i;

	for (i = 0; i < most && likely(!slab_take_back(pool, objs[i])); i++)
		magazine->objs[magazine->n + i] = objs[i];
	if (i)
		WRITE_ONCE(magazine->n, magazine->n + i);
	return i;
}

/**
 * magazine_push_bulk() - free several objects into what this CPU caches
 * @pool: to which
 * @n: how many, at most
 * @objs: what a caller says are objects that he holds
 *
 * Context: any.
 * Return: how many there was room for, before the first that is none; 0 where more is to be done
 * for each, which would keep the magazines, and this CPU, for too long.
 */
size_t magazine_push_bulk(struct mpool *pool, size_t n, void **objs)
{
	struct mpool_cpu *cpu;
	size_t done = 0;

	if (!mpool_lane_is_open() || want_init_on_free())
		return 0;
	preempt_disable();
	if (likely(magazine_enter(pool, &cpu))) {
		done = push(pool, cpu->loaded, n, objs);
		if (done < n && cpu->loaded->n == cpu->loaded->size && magazine_find_room(cpu))
			done += push(pool, cpu->loaded, n - done, objs + done);
		WRITE_ONCE(cpu->frees, cpu->frees + done);
		mpool_lane_leave(cpu);
	}
	preempt_enable();
	return done;
}

/* Take the magazines of a CPU's part away, with what is in them. */
static void strip(struct mpool *pool, struct mpool_cpu *cpu)
{
	lockdep_assert_held(&pool->lock);
	if (cpu->loaded == &no_magazine)
		return;
	depot_put(pool, cpu->loaded);
	depot_put(pool, cpu->previous);
	WRITE_ONCE(cpu->loaded, &no_magazine);
	WRITE_ONCE(cpu->previous, &no_magazine);
}

/* Take this CPU's magazines away; false if code that we interrupted has some. */
static bool strip_parts(struct mpool *pool)
{
	struct mpool_cpu *cpu = this_cpu_ptr(pool->lane.cpu);
	bool complete = true;
	unsigned int i;

	for (i = 0; i < MAGAZINE_PARTS; i++, cpu++) {
		if (mpool_lane_take(cpu)) {
			strip(pool, cpu);
			mpool_lane_leave(cpu);
		} else {
			complete = false;
		}
	}
	return complete;
}

/**
 * magazine_begin_drought() - have CPUs get no magazines from now on
 * @pool: of which
 *
 * This CPU's are taken away; those of others are left to tidy_strip().
 *
 * Context: under mpool.lock.
 */
void magazine_begin_drought(struct mpool *pool)
{
	lockdep_assert_held(&pool->lock);
	WRITE_ONCE(pool->dry, pool->magazine_size);
	strip_parts(pool);
}

struct strip_request {
	struct mpool *pool;
	bool busy;		/* the interrupt came while the fast lane was in use */
};

/* Runs on the CPU in question, with interrupts off. */
static void strip_this_cpu(void *data)
{
	struct strip_request *request = data;
	unsigned long flags;

	raw_spin_lock_irqsave(&request->pool->lock, flags);
	request->busy = !strip_parts(request->pool);
	raw_spin_unlock_irqrestore(&request->pool->lock, flags);
}

/* Has a CPU magazines? A first look. */
static bool has_some(struct mpool *pool, unsigned int cpu)
{
	unsigned int i;

	for (i = 0; i < MAGAZINE_PARTS; i++) {
		if (READ_ONCE(parts_of(pool, cpu)[i].loaded) != &no_magazine)
			return true;
	}
	return false;
}

/*
 * Bring what a CPU caches into the depot; false if it is going off line. Nobody keeps his part for
 * more than two magazines, so that a next try finds it free. But many who try again and again may
 * interrupt him so often that he never comes to that.
 */
static bool strip_cpu(struct mpool *pool, unsigned int cpu)
{
	struct strip_request request = { .pool = pool };
	unsigned int tries = 0;

	while (!smp_call_function_single(cpu, strip_this_cpu, &request, true)) {
		if (!request.busy)
			return true;
		if (++tries >= STRIP_TRIES)
			schedule_timeout_uninterruptible(1);
	}
	return false;
}

/**
 * magazine_strip() - bring what CPUs cache into the depot
 * @pool: of which
 *
 * CPUs come by new magazines at once, unless mpool.dry or mpool.dying is set.
 *
 * Context: process context, may sleep.
 * Return: false if a CPU that is going off line has magazines still, which are left to
 * magazine_rescue().
 */
bool magazine_strip(struct mpool *pool)
{
	bool complete = true;
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		if (!has_some(pool, cpu))
			continue;
		if (!strip_cpu(pool, cpu))
			complete = false;
	}
	return complete;
}

/**
 * magazine_rescue() - bring what a dead CPU cached into the depot
 * @pool: of which
 * @cpu: the CPU
 *
 * Context: any but NMI.
 */
void magazine_rescue(struct mpool *pool, unsigned int cpu)
{
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&pool->lock, flags);
	for (i = 0; i < MAGAZINE_PARTS; i++)
		strip(pool, parts_of(pool, cpu) + i);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

/*
 * Do larger magazines help? Not while CPUs have none, for then all take the lock; and where a limit
 * in bytes binds, objects that CPUs cache are what others lack. On PREEMPT_RT interrupts are not to
 * be off for longer.
 */
static bool may_enlarge(struct mpool *pool)
{
	return pool->magazine_size && !pool->buffer && !pool->dry && !mpool_dying(pool) &&
	       list_empty(&pool->waiting) && (!pool->group || pool->group->limit == ULONG_MAX) &&
	       !IS_ENABLED(CONFIG_PREEMPT_RT);
}

/* The next larger size that magazines may have: as in magazine_layout(), and in CPU_BYTES. */
static unsigned int larger_size(const struct mpool *pool)
{
	unsigned int size = size_for(roundup_pow_of_two(bytes_for(pool->magazine_size) + 1));
	unsigned long limit = pool->limit - min(pool->limit, pool->reserve);
	unsigned long most = min(limit / (4 * pool->parts * num_online_cpus()),
				 CPU_BYTES / (2 * pool->parts * pool->lane.stride));

	return size <= min(most, MAGAZINE_MOST) ? size : pool->magazine_size;
}

/* Have new magazines be of that size, and those of another go when they are empty. */
static void use_size(struct mpool *pool, unsigned int size)
{
	struct depot *depot = &pool->depot;

	WRITE_ONCE(pool->magazine_size, size);
	depot_allow(pool);
	list_splice_init(&depot->empty, &depot->retired);
	depot->magazines = 0;
	depot->wanted = 2 * pool->parts * num_online_cpus();
}

/**
 * magazine_enlarge() - have larger magazines, if too many have waited for the depot
 * @pool: of which
 *
 * The lock is waited for when CPUs exchange their magazines at the same time: the larger they are,
 * the less often. This too is of the paper that is named above. magazine_supply() is to follow.
 *
 * Context: process context.
 */
void magazine_enlarge(struct mpool *pool)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pool->lock, flags);
	if (pool->depot.contended >= DEPOT_CONTENDED) {
		pool->depot.contended = 0;
		if (may_enlarge(pool) && larger_size(pool) > pool->magazine_size)
			use_size(pool, larger_size(pool));
	}
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

/**
 * magazine_reset() - have magazines be as small as at first, for the limit becomes lower
 * @pool: of which
 *
 * magazine_supply() is to follow.
 *
 * Context: under mpool.lock.
 */
void magazine_reset(struct mpool *pool)
{
	lockdep_assert_held(&pool->lock);
	if (pool->magazine_size > pool->first_size)
		use_size(pool, pool->first_size);
}

/* Who adds up what is in magazines may look at these still. */
static void free_retired(struct mpool *pool, struct list_head *retired)
{
	struct mpool_magazine *magazine, *next;
	unsigned long flags;
	size_t bytes = 0;

	list_for_each_entry_safe(magazine, next, retired, link) {
		bytes += bytes_for(magazine->size);
		kfree_rcu(magazine, rcu);
	}
	raw_spin_lock_irqsave(&pool->lock, flags);
	pool->depot.bytes -= bytes;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
}

/**
 * magazine_supply() - make the magazines that were asked for, and free those of no use any more
 * @pool: for which
 *
 * Context: process context.
 */
void magazine_supply(struct mpool *pool)
{
	unsigned int wanted;
	unsigned long flags;
	LIST_HEAD(retired);

	raw_spin_lock_irqsave(&pool->lock, flags);
	wanted = pool->depot.wanted;
	pool->depot.wanted = 0;
	list_splice_init(&pool->depot.retired, &retired);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	if (!list_empty(&retired))
		free_retired(pool, &retired);

	/* Memory is not worth waiting for: without magazines the pool works too. */
	while (wanted-- && depot_grow(pool, GFP_NOWAIT | __GFP_NOWARN))
		;
}

/**
 * depot_flush_one() - return some objects of the depot to their slabs
 * @pool: of which
 *
 * Those of one magazine, or of the quarantine.
 *
 * Context: under mpool.lock.
 * Return: false if the depot has no object.
 */
bool depot_flush_one(struct mpool *pool)
{
	struct mpool_magazine *magazine;

	lockdep_assert_held(&pool->lock);
	if (list_empty(&pool->depot.stocked))
		return quarantine_flush(pool);
	magazine = depot_take(&pool->depot.stocked);
	pool->depot.objects -= magazine->n;
	slab_put(pool, magazine->objs, magazine->n);
	WRITE_ONCE(magazine->n, 0);
	depot_put(pool, magazine);
	return true;
}

/**
 * magazine_count() - add up what CPUs cache and count
 * @pool: of which
 *
 * Context: any.
 * Return: the sums, exact while nobody uses the pool.
 */
struct magazine_count magazine_count(struct mpool *pool)
{
	struct magazine_count count = {};
	struct mpool_cpu *cpu;
	unsigned int i, j;

	/* One that has just moved on is harmless: it is there as long as we read. */
	rcu_read_lock();
	for_each_possible_cpu(i) {
		for (j = 0; j < MAGAZINE_PARTS; j++) {
			cpu = parts_of(pool, i) + j;
			count.cached += READ_ONCE(READ_ONCE(cpu->loaded)->n);
			count.cached += READ_ONCE(READ_ONCE(cpu->previous)->n);
			count.allocs += READ_ONCE(cpu->allocs);
			count.frees += READ_ONCE(cpu->frees);
		}
	}
	rcu_read_unlock();
	return count;
}

/**
 * magazine_bytes() - bytes that the fast lane of a pool holds
 * @pool: of which
 *
 * Context: any.
 * Return: the bytes.
 */
unsigned long magazine_bytes(struct mpool *pool)
{
	return mpool_peek(pool->depot.bytes) +
	       num_possible_cpus() * MAGAZINE_PARTS * sizeof(struct mpool_cpu);
}
