// SPDX-License-Identifier: GPL-2.0
/*
 * Where objects live: slabs, each carved into objects behind a head that knows which of them
 * are free. The head holds no pointer into an object and no object holds anything of ours, so
 * that what a constructor wrote stays.
 */
#include <linux/align.h>
#include <linux/bitmap.h>
#include <linux/log2.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/random.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "internal.h"

/* Bytes of a slab, where nothing asks for another size: large enough to be worth its head ... */
#define SLAB_BYTES		SZ_32K

/* ... and worth being mapped; that is more than a huge page needs for itself. */
#define SLAB_BYTES_MAPPED	SZ_256K
#define SLAB_BYTES_HUGE		SZ_2M

/* Slabs are not made larger than this to save on waste. */
#define SLAB_BYTES_MAX		SZ_1M

/* At most this part of a slab is neither object nor mark. */
#define SLAB_WASTE		16

/* Objects that a slab may have at most, for slab_divide() to stay within 64 bits. */
#define SLAB_OBJECTS_MAX	(BIT(24) - 1)

/* The size of a buffer is computed by its owner. */
static_assert(offsetof(struct slab, mark) == MPOOL_BUFFER_HEAD);

static u32 map_offset(unsigned int nr)
{
	return ALIGN(offsetof(struct slab, mark) + nr, sizeof(long));
}

static u32 first_offset(unsigned int nr, size_t align)
{
	return ALIGN(map_offset(nr) + BITS_TO_LONGS(nr) * sizeof(long), align);
}

/* How many objects a slab of that many bytes has room for. */
static unsigned int objects_in(size_t bytes, size_t stride, size_t align)
{
	/* A byte and a bit for each; what is aligned can only make it fewer. */
	unsigned int nr = div_u64(8ULL * bytes, 8 * stride + 9);

	while (nr && first_offset(nr, align) + nr * stride > bytes)
		nr--;
	return nr;
}

/* Does a slab of that many bytes waste too much? One with room for all objects does not. */
static bool is_wasteful(size_t bytes, size_t stride, unsigned int nr, unsigned long limit)
{
	if (nr >= limit)
		return false;
	return !nr || bytes - nr * (stride + 1) > bytes / SLAB_WASTE;
}

/* The least power of two of at least @bytes, of pages, that wastes little. */
static size_t frugal_bytes(size_t bytes, size_t stride, size_t align, unsigned long limit)
{
	unsigned int nr;

	for (bytes = PAGE_SIZE << get_order(bytes); ; bytes *= 2) {
		nr = objects_in(bytes, stride, align);
		if (!is_wasteful(bytes, stride, nr, limit) || (nr && bytes >= SLAB_BYTES_MAX))
			return bytes;
	}
}

/**
 * slab_frugal_bytes() - how large a slab must be to waste little
 * @bytes: that it is to have at least
 * @size: bytes of an object
 * @align: its alignment
 *
 * Return: the bytes, a power of two.
 */
size_t slab_frugal_bytes(size_t bytes, size_t size, size_t align)
{
	align = max_t(size_t, align, __alignof__(u64));
	return frugal_bytes(bytes, ALIGN(size, align), align, ULONG_MAX);
}

/* How large the slabs of a pool should be. */
static size_t suitable_bytes(struct mpool *pool, size_t align)
{
	size_t bytes = pool->backing == MPOOL_VMALLOC ? SLAB_BYTES_MAPPED : SLAB_BYTES;
	unsigned int nr = min_t(unsigned long, pool->limit, bytes);
	size_t needed = first_offset(nr, align) + (size_t)nr * pool->stride;

	if (pool->backing == MPOOL_BUFFER)
		return pool->buffer_bytes;
	if (pool->backing == MPOOL_HUGE)
		return SLAB_BYTES_HUGE;
	/* A pool with a low limit gets a slab that is just large enough for it. */
	return frugal_bytes(min(needed, bytes), pool->stride, align, pool->limit);
}

/* A pool has no slab. */
static void init_slabs(struct mpool *pool)
{
	enum late late;

	WRITE_ONCE(pool->lowest, ULONG_MAX);
	WRITE_ONCE(pool->highest, 0);
	INIT_LIST_HEAD(&pool->partial);
	INIT_LIST_HEAD(&pool->full);
	INIT_LIST_HEAD(&pool->empty);
	INIT_LIST_HEAD(&pool->doomed);
	for (late = 0; late < NR_LATE; late++)
		init_llist_head(&pool->late[late]);
}

/**
 * slab_layout() - decide how the slabs of a pool look
 * @pool: the pool; its limit and backing are set
 * @size: bytes of an object, not above MPOOL_SIZE_MAX
 * @align: its alignment, a power of two not above PAGE_SIZE
 * @bytes: of a slab, or 0 for what suits
 *
 * Return: 0, -ENOSPC if a buffer is too small, or -E2BIG if it is too large.
 */
int slab_layout(struct mpool *pool, size_t size, size_t align, size_t bytes)
{
	unsigned int nr;

	align = max_t(size_t, align, __alignof__(u64));
	pool->size = size;
	pool->stride = ALIGN(size, align);
	pool->inverse = DIV_ROUND_UP_ULL(BIT_ULL(40), pool->stride);

	bytes = bytes ?: suitable_bytes(pool, align);
	if ((u64)bytes * pool->stride > BIT_ULL(40))
		return -E2BIG;
	nr = min_t(unsigned long, objects_in(bytes, pool->stride, align), pool->limit);
	if (!nr || (pool->backing == MPOOL_BUFFER && pool->limit != ULONG_MAX && nr < pool->limit))
		return -ENOSPC;
	if (nr > SLAB_OBJECTS_MAX)
		return -E2BIG;

	pool->slab_bytes = bytes;
	pool->per_slab = nr;
	pool->map_offset = map_offset(nr);
	pool->first = first_offset(nr, align);
	pool->offset_mask = roundup_pow_of_two(bytes) - 1;
	pool->cookie = get_random_long();
	init_slabs(pool);
	return 0;
}

static unsigned long *slab_map(const struct mpool *pool, struct slab *slab)
{
	return (void *)slab + pool->map_offset;
}

static void *slab_object(const struct mpool *pool, struct slab *slab, unsigned int index)
{
	return (void *)slab + pool->first + (size_t)index * pool->stride;
}

/* The list that a slab belongs on. */
static struct list_head *slab_list(struct mpool *pool, struct slab *slab)
{
	if (!slab->free)
		return &pool->full;
	return slab->free == slab->nr ? &pool->empty : &pool->partial;
}

/* --- what the classes of a sized pool share --- */

/**
 * slab_charge() - claim room for a slab under the limit in bytes
 * @pool: whose slab
 *
 * Context: under mpool.lock, so that whoever has it sees the claim or what became of it.
 * Return: false if there is no room.
 */
bool slab_charge(struct mpool *pool)
{
	unsigned long bytes = pool->slab_bytes;
	struct pool_group *group = pool->group;
	long now;

	lockdep_assert_held(&pool->lock);
	if (!group)
		return true;
	now = atomic_long_read(&group->bytes);
	do {
		if (bytes > group->limit || now > group->limit - bytes)
			return false;
	} while (!atomic_long_try_cmpxchg(&group->bytes, &now, now + bytes));
	return true;
}

/* Widen the bounds for a slab that is about to be published. They never become narrower. */
static void group_cover(struct pool_group *group, unsigned long address)
{
	unsigned long bound;

	while (address < (bound = READ_ONCE(group->lowest)))
		cmpxchg(&group->lowest, bound, address);
	while (address > (bound = READ_ONCE(group->highest)))
		cmpxchg(&group->highest, bound, address);
}

/* --- slabs come and go --- */

/**
 * slab_alloc() - get a slab with no object in it yet
 * @pool: for which
 * @gfp: what the caller of the allocation permits
 *
 * Context: as backing_alloc().
 * Return: the slab, for slab_construct() after slab_charge(), or for slab_discard(); or NULL.
 */
struct slab *slab_alloc(struct mpool *pool, gfp_t gfp)
{
	struct slab *slab;
	void *mapping;

	slab = backing_alloc(pool, gfp, &mapping);
	if (!slab)
		return NULL;
	memset(slab, 0, pool->first);
	slab->mapping = mapping;
	if (pool->group)
		group_cover(pool->group, (unsigned long)slab);
	return slab;
}

/**
 * slab_construct() - make the objects of a new slab
 * @pool: whose
 * @slab: from slab_alloc()
 * @nr: how many, at most mpool.per_slab
 * @gfp: what the caller of the allocation permits
 *
 * Context: as @gfp says.
 * Return: 0, or what the constructor returned; then slab.nr says how many it had made, for
 * slab_free() to unmake.
 */
int slab_construct(struct mpool *pool, struct slab *slab, unsigned int nr, gfp_t gfp)
{
	int err = 0;

	if (!pool->ctor)
		slab->nr = nr;
	while (slab->nr < nr && !err) {
		err = pool->ctor(slab_object(pool, slab, slab->nr), pool->ctx, gfp);
		slab->nr += !err;
	}
	return err;
}

/**
 * slab_discard() - give back a slab that was not charged
 * @pool: whose
 * @slab: from slab_alloc()
 *
 * Context: as slab_alloc().
 */
void slab_discard(struct mpool *pool, struct slab *slab)
{
	backing_free(pool, slab, slab->mapping);
}

/**
 * slab_free() - unmake the objects of a slab and give its memory back
 * @pool: whose
 * @slab: one that was never published, or was withdrawn
 *
 * Context: process context, may sleep. Where slab_alloc() was called, if there is no object or
 * no destructor.
 */
void slab_free(struct mpool *pool, struct slab *slab)
{
	/* Once, for it may be taken away: see let_owner_go(). */
	void (*dtor)(void *obj, void *ctx) = READ_ONCE(pool->dtor);

	while (dtor && slab->nr)
		dtor(slab_object(pool, slab, --slab->nr), pool->ctx);
	slab_discard(pool, slab);
	if (pool->group)
		atomic_long_sub(pool->slab_bytes, &pool->group->bytes);
}

/**
 * slab_publish() - add a slab and its free objects to the pool
 * @pool: which
 * @slab: a constructed one
 *
 * Context: under mpool.lock.
 */
void slab_publish(struct mpool *pool, struct slab *slab)
{
	unsigned long address = (unsigned long)slab;

	lockdep_assert_held(&pool->lock);
	slab->cookie = pool->cookie ^ address;
	slab->free = slab->nr;
	slab->from = 0;
	bitmap_set(slab_map(pool, slab), 0, slab->nr);
	list_add(&slab->link, &pool->empty);
	/* Read without the lock in slab_is_ours(), for objects that are handed out after this. */
	WRITE_ONCE(pool->lowest, min(pool->lowest, address));
	WRITE_ONCE(pool->highest, max(pool->highest, address));
	pool->slabs++;
	pool->mapped += !!slab->mapping;
	pool->objects += slab->nr;
	pool->free_slab += slab->nr;
}

/*
 * Can the pool do without a slab? What it has above its limit goes whatever it should keep. Else
 * who is in line for more than is free needs what there is.
 */
static bool can_spare(struct mpool *pool, struct slab *slab, unsigned long keep)
{
	unsigned long left = pool->free_slab - slab->nr;

	if (left < mpool_reserved(pool))
		return false;
	if (mpool_excess(pool))
		return true;
	return list_empty(&pool->waiting) &&
	       mpool_spare_of(pool, left + pool->depot.objects) >= keep;
}

/* The first unused slab that is on no list of late ones. */
static struct slab *unused_slab(struct mpool *pool)
{
	struct slab *slab;

	list_for_each_entry(slab, &pool->empty, link) {
		if (!READ_ONCE(slab->late_queued))
			return slab;
	}
	return NULL;
}

/**
 * slab_withdraw() - take an unused slab out of the pool
 * @pool: which
 * @keep: free objects that must be left; those of the reserve are left in any case
 *
 * Context: under mpool.lock.
 * Return: the slab, for slab_free(), or NULL if there is none to spare.
 */
struct slab *slab_withdraw(struct mpool *pool, unsigned long keep)
{
	struct slab *slab;

	lockdep_assert_held(&pool->lock);
	/*
	 * Pairs with the barriers in slab_defer(): if a slab is unused because we have seen the
	 * mark that was set there, we see also that somebody still uses the slab's head; and if
	 * he does not any more, that he has put it on a list. defer.c comes by then, and has us
	 * look here again.
	 */
	smp_rmb();
	if (atomic_read(&pool->late_users))
		return NULL;
	/* As said above: the list, after who put it there. */
	smp_rmb();
	slab = unused_slab(pool);
	if (!slab || !can_spare(pool, slab, keep))
		return NULL;
	list_del(&slab->link);
	slab->cookie = 0;
	pool->slabs--;
	pool->mapped -= !!slab->mapping;
	pool->objects -= slab->nr;
	pool->free_slab -= slab->nr;
	return slab;
}

/**
 * slab_forget() - have a pool know nothing of its slabs
 * @pool: the pool, which is dying and whose objects in use are about to vanish
 *
 * Context: under mpool.lock.
 */
void slab_forget(struct mpool *pool)
{
	lockdep_assert_held(&pool->lock);
	init_slabs(pool);
	pool->slabs = 0;
	pool->objects = 0;
	pool->free_slab = 0;
}

/* Take up to @n objects from one slab that has some. */
static size_t take_from(struct mpool *pool, struct slab *slab, void **objs, size_t n)
{
	unsigned long *map = slab_map(pool, slab);
	size_t taken = 0;
	unsigned int i;

	while (taken < n) {
		i = find_next_bit(map, slab->nr, slab->from);
		if (i == slab->nr)
			break;
		__clear_bit(i, map);
		objs[taken++] = slab_object(pool, slab, i);
		slab->from = i + 1;
	}
	slab->free -= taken;
	list_move(&slab->link, slab_list(pool, slab));
	return taken;
}

/**
 * slab_take() - take free objects from slabs
 * @pool: which
 * @objs: where to put them
 * @n: how many at most
 *
 * Slabs in use come before unused ones, so that those can go back.
 *
 * Context: under mpool.lock.
 * Return: how many it took.
 */
size_t slab_take(struct mpool *pool, void **objs, size_t n)
{
	size_t taken = 0;
	struct slab *slab;

	lockdep_assert_held(&pool->lock);
	while (taken < n) {
		slab = list_first_entry_or_null(&pool->partial, struct slab, link);
		if (!slab)
			slab = list_first_entry_or_null(&pool->empty, struct slab, link);
		if (!slab)
			break;
		taken += take_from(pool, slab, objs + taken, n - taken);
	}
	pool->free_slab -= taken;
	return taken;
}

/*
 * Two CPUs freed it at the same moment and neither saw the other's mark. One of these frees counts
 * for nothing. Under the lock it cannot be reported: the console's driver may have its buffers from
 * this pool.
 */
static void note_freed_twice(struct mpool *pool)
{
	atomic_long_inc(&pool->entry.misuses);
	pool->freed_twice++;
	pool->allocs++;
	mpool_kick(pool);
}

static void put_one(struct mpool *pool, void *obj)
{
	struct slab *slab = slab_of(pool, obj);
	struct list_head *before = slab_list(pool, slab);
	unsigned int index = slab_index(pool, obj);

	if (__test_and_set_bit(index, slab_map(pool, slab))) {
		note_freed_twice(pool);
		return;
	}
	slab->free++;
	slab->from = min(slab->from, index);
	pool->free_slab++;
	if (slab_list(pool, slab) != before)
		list_move(&slab->link, slab_list(pool, slab));
}

/**
 * slab_put() - return objects to their slabs
 * @pool: which
 * @objs: the objects, marked as free
 * @n: how many
 *
 * Context: under mpool.lock.
 */
void slab_put(struct mpool *pool, void **objs, size_t n)
{
	lockdep_assert_held(&pool->lock);
	while (n--)
		put_one(pool, objs[n]);
}

/**
 * slab_put_held() - undo slab_take_held()
 * @pool: which
 * @objs: the objects
 * @n: how many
 *
 * Context: under mpool.lock.
 */
void slab_put_held(struct mpool *pool, void **objs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		WRITE_ONCE(slab_of(pool, objs[i])->mark[slab_index(pool, objs[i])], MARK_FREE);
	slab_put(pool, objs, n);
}

/**
 * slab_take_held() - take free objects from slabs for somebody who gets all of them, or none
 * @pool: which
 * @objs: where to put them
 * @n: how many
 * @mark: what each is marked as
 *
 * Context: under mpool.lock.
 * Return: false if there were not so many.
 */
bool slab_take_held(struct mpool *pool, void **objs, size_t n, u8 mark)
{
	size_t good = 0;
	struct slab *slab;

	while (good < n && slab_take(pool, objs + good, 1)) {
		slab = slab_of(pool, objs[good]);
		/* If somebody holds it, it was freed twice, and was in a magazine too. */
		if (likely(slab_hand_out(pool, objs[good])))
			WRITE_ONCE(slab->mark[slab_index(pool, objs[good++])], mark);
		else
			note_freed_twice(pool);
	}
	if (good < n)
		slab_put_held(pool, objs, good);
	return good == n;
}

/* --- objects that come home late --- */

/**
 * slab_defer() - leave a freed object for slab_find_late()
 * @pool: which
 * @obj: the object
 * @late: until when
 * @mark: MARK_RESERVE if it is of the reserve, else 0
 *
 * Context: any.
 */
void slab_defer(struct mpool *pool, void *obj, enum late late, u8 mark)
{
	struct slab *slab = slab_of(pool, obj);

	atomic_inc(&pool->late_users);
	/* Pairs with the barrier in slab_withdraw(). */
	smp_mb__after_atomic();
	WRITE_ONCE(slab->mark[slab_index(pool, obj)], (MARK_LATE + late) | mark);
	/* Fully ordered, as in defer.c: who takes the slab off sees the mark, or we queue again. */
	if (!test_and_set_bit(late, &slab->late_queued))
		llist_add(&slab->late[late], &pool->late[late]);
	/* The head is not touched after this. */
	smp_mb__before_atomic();
	atomic_dec(&pool->late_users);
}

/**
 * slab_find_late() - find objects that slab_defer() left
 * @slab: where; the caller is one of mpool.late_users
 * @late: which of them
 * @from: where to look from; then, where to go on
 * @index: where to put their numbers
 * @n: how many at most
 *
 * Context: any.
 * Return: how many there are; fewer than @n at the end of the slab only.
 */
size_t slab_find_late(struct slab *slab, enum late late, unsigned int *from, unsigned int *index,
		      size_t n)
{
	size_t found = 0;

	while (*from < slab->nr && found < n) {
		if ((READ_ONCE(slab->mark[*from]) & ~MARK_RESERVE) == MARK_LATE + late)
			index[found++] = *from;
		++*from;
	}
	return found;
}

/**
 * slab_claim_late() - take back what slab_defer() left
 * @pool: which
 * @slab: where
 * @index: the object's number
 * @late: what it was left as
 * @reserved: counted up if it is of the reserve
 *
 * Context: under mpool.lock.
 * Return: the object, marked as free, for slab_put(); NULL if somebody else was faster.
 */
void *slab_claim_late(struct mpool *pool, struct slab *slab, unsigned int index, enum late late,
		      unsigned int *reserved)
{
	u8 mark = slab->mark[index];

	lockdep_assert_held(&pool->lock);
	if ((mark & ~MARK_RESERVE) != MARK_LATE + late)
		return NULL;
	*reserved += !!(mark & MARK_RESERVE);
	WRITE_ONCE(slab->mark[index], MARK_FREE);
	return slab_object(pool, slab, index);
}
