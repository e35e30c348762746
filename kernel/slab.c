// SPDX-License-Identifier: GPL-2.0
/*
 * Where objects live: slabs, each carved into objects behind a head that knows which of them
 * are free. The head holds no pointer into an object and no object holds anything of ours, so
 * that what a constructor wrote stays. All that links slabs is elsewhere: who writes where he
 * should not can spoil a slab's head, but not the pool.
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

/* The size of a buffer is computed by its owner. */
static_assert(offsetof(struct mpool_slab_head, mark) == MPOOL_BUFFER_HEAD);

/* What of a caller's gfp is for the bytes that are known of a slab. */
#define SLAB_GFP	(__GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_HIGH | __GFP_NOMEMALLOC | \
			 __GFP_NORETRY | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

/* And of the pool's own. */
#define SLAB_POOL_GFP	(__GFP_ACCOUNT | __GFP_NOWARN)

/* How objects lie in a slab. */
struct layout {
	size_t stride;
	size_t align;
	size_t notes;			/* bytes for each in the head, besides the mark */
	size_t gap;			/* before the first */
};

static struct layout make_layout(size_t size, size_t align, unsigned long checks)
{
	struct layout layout = { .align = max_t(size_t, align, __alignof__(u64)) };

	layout.gap = debug_gap(checks);
	layout.stride = ALIGN(size + layout.gap, layout.align);
	if (checks & MPOOL_TRACK)
		layout.notes = NR_TRACKS * sizeof(struct track);
	return layout;
}

static u32 map_offset(unsigned int nr)
{
	return ALIGN(offsetof(struct mpool_slab_head, mark) + nr, sizeof(long));
}

/* Where the notes begin. */
static size_t notes_offset(unsigned int nr, const struct layout *layout)
{
	size_t end = map_offset(nr) + BITS_TO_LONGS(nr) * sizeof(long);

	return layout->notes ? ALIGN(end, __alignof__(u64)) : end;
}

/* With room for the second cookie before it. */
static size_t first_offset(unsigned int nr, const struct layout *layout)
{
	return ALIGN(notes_offset(nr, layout) + nr * layout->notes + sizeof(long) + layout->gap,
		     layout->align);
}

/* How many objects a slab of that many bytes has room for. */
static unsigned int objects_in(size_t bytes, const struct layout *layout)
{
	/* A byte and a bit for each; what is aligned can only make it fewer. */
	unsigned int nr = div_u64(8ULL * bytes, 8 * (layout->stride + layout->notes) + 9);

	while (nr && first_offset(nr, layout) + nr * layout->stride > bytes)
		nr--;
	return nr;
}

/* Does a slab of that many bytes waste too much? One with room for all objects does not. */
static bool is_wasteful(size_t bytes, const struct layout *layout, unsigned int nr,
			unsigned long limit)
{
	if (nr >= limit)
		return false;
	return !nr || bytes - nr * (layout->stride + layout->notes + 1) > bytes / SLAB_WASTE;
}

/* The least power of two of at least @bytes, of pages, that wastes little. */
static size_t frugal_bytes(size_t bytes, const struct layout *layout, unsigned long limit)
{
	unsigned int nr;

	for (bytes = PAGE_SIZE << get_order(bytes); ; bytes *= 2) {
		nr = objects_in(bytes, layout);
		if (!is_wasteful(bytes, layout, nr, limit) || (nr && bytes >= SLAB_BYTES_MAX))
			return bytes;
	}
}

/**
 * slab_frugal_bytes() - how large a slab must be to waste little
 * @bytes: that it is to have at least
 * @size: bytes of an object
 * @align: its alignment
 * @checks: what is watched
 *
 * Return: the bytes, a power of two.
 */
size_t slab_frugal_bytes(size_t bytes, size_t size, size_t align, unsigned long checks)
{
	struct layout layout = make_layout(size, align, checks);

	return frugal_bytes(bytes, &layout, ULONG_MAX);
}

/* How large the slabs of a pool should be. */
static size_t suitable_bytes(struct mpool *pool, const struct layout *layout)
{
	size_t bytes = pool->backing == MPOOL_VMALLOC ? SLAB_BYTES_MAPPED : SLAB_BYTES;
	unsigned int nr = min_t(unsigned long, pool->limit, bytes);
	size_t needed = first_offset(nr, layout) + (size_t)nr * pool->lane.stride;

	if (pool->backing == MPOOL_BUFFER)
		return pool->buffer_bytes;
	if (pool->backing == MPOOL_HUGE)
		return SLAB_BYTES_HUGE;
	/* A pool with a low limit gets a slab that is just large enough for it. */
	return frugal_bytes(min(needed, bytes), layout, pool->limit);
}

/* A pool has no slab. */
static void init_slabs(struct mpool *pool)
{
	enum late late;

	WRITE_ONCE(pool->lane.lowest, ULONG_MAX);
	WRITE_ONCE(pool->lane.highest, 0);
	INIT_LIST_HEAD(&pool->partial);
	INIT_LIST_HEAD(&pool->full);
	INIT_LIST_HEAD(&pool->empty);
	INIT_LIST_HEAD(&pool->doomed);
	INIT_LIST_HEAD(&pool->damaged);
	for (late = 0; late < NR_LATE; late++)
		init_llist_head(&pool->late[late]);
}

/**
 * slab_layout() - decide how the slabs of a pool look
 * @pool: the pool; its limit, backing and checks are set
 * @size: bytes of an object, not above MPOOL_SIZE_MAX
 * @align: its alignment, a power of two not above PAGE_SIZE
 * @bytes: of a slab, or 0 for what suits
 *
 * Return: 0, or -ENOSPC if a buffer is too small.
 */
int slab_layout(struct mpool *pool, size_t size, size_t align, size_t bytes)
{
	struct layout layout = make_layout(size, align, pool->checks);
	unsigned int nr;

	pool->size = size;
	pool->lane.stride = layout.stride;
	pool->lane.inverse = div_u64(U64_MAX, pool->lane.stride) + 1;

	bytes = bytes ?: suitable_bytes(pool, &layout);
	nr = min_t(unsigned long, objects_in(bytes, &layout), pool->limit);
	if (!nr || (pool->backing == MPOOL_BUFFER && pool->limit != ULONG_MAX && nr < pool->limit))
		return -ENOSPC;

	pool->slab_bytes = bytes;
	pool->per_slab = nr;
	pool->map_offset = map_offset(nr);
	pool->track_offset = notes_offset(nr, &layout);
	pool->lane.first = first_offset(nr, &layout);
	pool->lane.offset_mask = roundup_pow_of_two(bytes) - 1;
	pool->lane.cookie = get_random_long();
	init_slabs(pool);
	return 0;
}

static unsigned long *slab_map(const struct mpool *pool, const struct mpool_slab *slab)
{
	return (void *)slab->head + pool->map_offset;
}

/**
 * slab_object() - find an object by its number
 * @pool: whose
 * @slab: of the pool
 * @index: the number
 *
 * Context: any.
 * Return: the object.
 */
void *slab_object(const struct mpool *pool, const struct mpool_slab *slab, unsigned int index)
{
	return (void *)slab->head + pool->lane.first + (size_t)index * pool->lane.stride;
}

/**
 * slab_tracks() - find what is noted of who had an object
 * @pool: whose, one with MPOOL_TRACK
 * @obj: the object
 *
 * Context: any.
 * Return: NR_TRACKS of them.
 */
struct track *slab_tracks(const struct mpool *pool, const void *obj)
{
	struct track *tracks = (void *)slab_of(pool, obj) + pool->track_offset;

	return tracks + NR_TRACKS * slab_index(pool, obj);
}

/* The list that a slab belongs on. */
static struct list_head *slab_list(struct mpool *pool, struct mpool_slab *slab)
{
	if (!slab->free)
		return &pool->full;
	return slab->free == slab->nr ? &pool->empty : &pool->partial;
}

/* --- heads that were overwritten --- */

static unsigned long *second_cookie(const struct mpool *pool, struct mpool_slab_head *head)
{
	return (void *)head + pool->lane.first - debug_gap(pool->checks) - sizeof(long);
}

static void set_cookies(const struct mpool *pool, struct mpool_slab_head *head,
			unsigned long cookie)
{
	head->cookie = cookie;
	*second_cookie(pool, head) = cookie;
}

/* Is what a published slab begins with as we left it? */
static bool is_sound(const struct mpool *pool, struct mpool_slab_head *head)
{
	unsigned long cookie = pool->lane.cookie ^ (unsigned long)head;

	return head->cookie == cookie && *second_cookie(pool, head) == cookie;
}

/*
 * Have nobody get an object of a slab any more, nor look at its head: what is in it is not to be
 * believed. All its objects count as in use from now on, and its memory is never given back. It is
 * reported by who comes by without the lock.
 */
static void condemn(struct mpool *pool, struct mpool_slab *slab)
{
	lockdep_assert_held(&pool->lock);
	list_move(&slab->link, &pool->damaged);
	pool->free_slab -= slab->free;
	pool->allocs += slab->free;
	slab->free = 0;
	pool->damaged_slabs++;
	atomic_long_inc(&pool->entry.misuses);
	mpool_kick(pool);
}

static struct mpool_slab *find_on(struct list_head *list, const struct mpool_slab_head *head)
{
	struct mpool_slab *slab;

	list_for_each_entry(slab, list, link) {
		if (slab->head == head)
			return slab;
	}
	return NULL;
}

/* The slab of a head that is not to be believed; NULL if it has been condemned, or is none. */
static struct mpool_slab *find_in_use(struct mpool *pool, const struct mpool_slab_head *head)
{
	struct mpool_slab *slab;

	slab = find_on(&pool->partial, head) ?: find_on(&pool->full, head);
	return slab ?: find_on(&pool->empty, head);
}

/* Does an object start there, in a slab of which the head tells nothing any more? */
static bool starts_object(const struct mpool *pool, const void *address)
{
	unsigned long index;

	return mpool_lane_divide(&pool->lane, slab_offset(pool, address) - pool->lane.first,
				 &index) && index < pool->per_slab;
}

/**
 * slab_check_damage() - is an address in a slab whose head was overwritten?
 * @pool: the pool in question
 * @address: any address
 *
 * Looks through all slabs with interrupts off, for who has found that something is wrong. If it is
 * an object, who had it wants to be rid of it: for kmemleak it is not lost.
 *
 * Context: any; in an NMI it does not look.
 * Return: true if it is; then the slab is left alone from now on.
 */
bool slab_check_damage(struct mpool *pool, const void *address)
{
	struct mpool_slab_head *head = slab_of(pool, address);
	struct mpool_slab *slab;
	unsigned long flags;
	bool damaged;

	if (in_nmi() || (unsigned long)head < READ_ONCE(pool->lane.lowest) ||
	    (unsigned long)head > READ_ONCE(pool->lane.highest))
		return false;
	raw_spin_lock_irqsave(&pool->lock, flags);
	slab = find_in_use(pool, head);
	damaged = slab && !is_sound(pool, head);
	if (damaged)
		condemn(pool, slab);
	else if (!slab)
		damaged = find_on(&pool->damaged, head);
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	if (damaged && starts_object(pool, address))
		debug_leak_free(pool, (void *)address);
	return damaged;
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
struct mpool_slab *slab_alloc(struct mpool *pool, gfp_t gfp)
{
	struct mpool_slab *slab;

	slab = kzalloc(sizeof(*slab), (gfp & SLAB_GFP) | (pool->gfp & SLAB_POOL_GFP));
	if (!slab)
		return NULL;
	slab->head = backing_alloc(pool, gfp, &slab->mapping);
	if (!slab->head) {
		kfree(slab);
		return NULL;
	}
	memset(slab->head, 0, pool->lane.first);
	slab->head->slab = slab;
	if (pool->group)
		group_cover(pool->group, (unsigned long)slab->head);
	return slab;
}

/* From now on whoever writes to an object of the slab is noticed, until it is handed out. */
static void watch(struct mpool *pool, struct mpool_slab *slab)
{
	unsigned int i;

	if (!pool->checks && !IS_ENABLED(CONFIG_KASAN_GENERIC))
		return;
	for (i = 0; i < slab->nr; i++) {
		checks_prepare(pool, slab_object(pool, slab, i));
		debug_kasan_begin(pool, slab_object(pool, slab, i));
	}
}

/* And from now on nobody is. Who has done so is reported. */
static void unwatch(struct mpool *pool, struct mpool_slab *slab)
{
	unsigned int i;
	size_t where;
	void *obj;

	if (!pool->checks && !IS_ENABLED(CONFIG_KASAN_GENERIC) &&
	    !IS_ENABLED(CONFIG_DEBUG_KMEMLEAK))
		return;
	for (i = 0; i < slab->nr; i++) {
		obj = slab_object(pool, slab, i);
		debug_leak_destruct(pool, obj);
		debug_kasan_end(pool, obj);
		if (checks_is_spoiled(pool, obj, &where))
			report_spoiled(pool, obj, where);
	}
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
int slab_construct(struct mpool *pool, struct mpool_slab *slab, unsigned int nr, gfp_t gfp)
{
	int err = 0;
	void *obj;

	if (!pool->ctor)
		slab->nr = nr;
	while (slab->nr < nr) {
		obj = slab_object(pool, slab, slab->nr);
		err = pool->ctor(obj, pool->ctx, gfp);
		if (err)
			break;
		debug_leak_construct(pool, obj, gfp);
		slab->nr++;
	}
	slab->head->nr = slab->nr;
	watch(pool, slab);
	return err;
}

/**
 * slab_discard() - give back a slab that was not charged
 * @pool: whose
 * @slab: from slab_alloc()
 *
 * Context: as slab_alloc().
 */
void slab_discard(struct mpool *pool, struct mpool_slab *slab)
{
	debug_leak_end(pool, true);
	backing_free(pool, slab->head, slab->mapping);
	kfree_rcu(slab, rcu);
}

/**
 * slab_free() - unmake the objects of a slab and give its memory back
 * @pool: whose
 * @slab: one that was never published, or was withdrawn
 *
 * Context: process context, may sleep. Where slab_alloc() was called, if there is no object or
 * no destructor.
 */
void slab_free(struct mpool *pool, struct mpool_slab *slab)
{
	/* Once, for it may be taken away: see let_owner_go(). */
	void (*dtor)(void *obj, void *ctx) = READ_ONCE(pool->dtor);

	unwatch(pool, slab);
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
void slab_publish(struct mpool *pool, struct mpool_slab *slab)
{
	unsigned long address = (unsigned long)slab->head;

	lockdep_assert_held(&pool->lock);
	set_cookies(pool, slab->head, pool->lane.cookie ^ address);
	slab->id = ++pool->last_slab;
	slab->free = slab->nr;
	bitmap_set(slab_map(pool, slab), 0, slab->nr);
	list_add(&slab->link, &pool->empty);
	/* Read without the lock in slab_is_ours(), for objects that are handed out after this. */
	WRITE_ONCE(pool->lane.lowest, min(pool->lane.lowest, address));
	WRITE_ONCE(pool->lane.highest, max(pool->lane.highest, address));
	pool->slabs++;
	pool->mapped += !!slab->mapping;
	pool->objects += slab->nr;
	pool->free_slab += slab->nr;
}

/*
 * Can the pool do without a slab? What it has above its limit goes whatever it should keep. Else
 * who is in line for more than is free needs what there is.
 */
static bool can_spare(struct mpool *pool, struct mpool_slab *slab, unsigned long keep)
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
static struct mpool_slab *unused_slab(struct mpool *pool)
{
	struct mpool_slab *slab;

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
struct mpool_slab *slab_withdraw(struct mpool *pool, unsigned long keep)
{
	struct mpool_slab *slab;

	lockdep_assert_held(&pool->lock);
	/*
	 * Pairs with the barriers in slab_defer(): if a slab is unused because we have seen the
	 * mark that was set there, we see also that somebody still uses the slab; and if he does
	 * not any more, that he has put it on a list. defer.c comes by then, and has us
	 * look here again; who still uses it may have been overtaken by that, for which
	 * tidy.c comes again to a pool that should end.
	 */
	smp_rmb();
	if (atomic_read(&pool->late_users))
		return NULL;
	/* As said above: the list, after who put it there. */
	smp_rmb();
	slab = unused_slab(pool);
	while (slab && !is_sound(pool, slab->head)) {
		condemn(pool, slab);
		slab = unused_slab(pool);
	}
	if (!slab || !can_spare(pool, slab, keep))
		return NULL;
	list_del(&slab->link);
	set_cookies(pool, slab->head, 0);
	pool->slabs--;
	pool->mapped -= !!slab->mapping;
	pool->objects -= slab->nr;
	pool->free_slab -= slab->nr;
	return slab;
}

/*
 * What callers hold of a slab is about to vanish. The marks would say what that is, if they are not
 * what was overwritten; one object that stayed known to kmemleak would cost it its life.
 */
static void drop_held(struct mpool *pool, struct mpool_slab *slab)
{
	unsigned int i;

	for (i = 0; i < slab->nr; i++) {
		debug_leak_forget(pool, slab_object(pool, slab, i));
		debug_kasan_end(pool, slab_object(pool, slab, i));
	}
}

/**
 * slab_forget() - have a pool know nothing of its slabs
 * @pool: the pool, which is dying; if there are slabs, it is one in a buffer that goes
 *
 * Context: process context. Nobody else is at the pool, nor at what was its objects.
 */
void slab_forget(struct mpool *pool)
{
	struct list_head *lists[] = { &pool->partial, &pool->full, &pool->empty, &pool->damaged };
	struct mpool_slab *slab, *next;
	unsigned long flags;
	unsigned int i;
	LIST_HEAD(gone);

	raw_spin_lock_irqsave(&pool->lock, flags);
	for (i = 0; i < ARRAY_SIZE(lists); i++)
		list_splice_init(lists[i], &gone);
	init_slabs(pool);
	pool->slabs = 0;
	pool->objects = 0;
	pool->free_slab = 0;
	raw_spin_unlock_irqrestore(&pool->lock, flags);
	list_for_each_entry_safe(slab, next, &gone, link) {
		drop_held(pool, slab);
		debug_leak_end(pool, false);
		kfree(slab);
	}
}

/* Leave an object that is free, and was written to since, to who comes by without the lock. */
static void put_aside(struct mpool *pool, void *obj)
{
	struct spoiled *spoiled = &pool->spoiled;

	if (spoiled->n < ARRAY_SIZE(spoiled->objs))
		spoiled->objs[spoiled->n] = obj;
	spoiled->n++;
	pool->allocs++;
	atomic_long_inc(&pool->entry.misuses);
	slab_withhold(pool, obj, 0);
	mpool_kick(pool);
}

/* Take up to @n objects from one slab that has some, less those of them that were written to. */
static size_t take_from(struct mpool *pool, struct mpool_slab *slab, void **objs, size_t n)
{
	unsigned long *map = slab_map(pool, slab);
	unsigned int i, removed = 0;
	size_t taken = 0, where;

	while (removed < n) {
		i = find_next_bit(map, slab->nr, slab->from);
		if (i == slab->nr)
			break;
		__clear_bit(i, map);
		slab->from = i + 1;
		removed++;
		objs[taken] = slab_object(pool, slab, i);
		if (unlikely(pool->checks) && checks_is_spoiled(pool, objs[taken], &where))
			put_aside(pool, objs[taken]);
		else
			taken++;
	}
	slab->free -= removed;
	pool->free_slab -= removed;
	list_move(&slab->link, slab_list(pool, slab));
	return taken;
}

/* The slab to take from next, NULL if there is none. */
static struct mpool_slab *first_stocked(struct mpool *pool)
{
	struct mpool_slab *slab;

	for (;;) {
		slab = list_first_entry_or_null(&pool->partial, struct mpool_slab, link);
		if (!slab)
			slab = list_first_entry_or_null(&pool->empty, struct mpool_slab, link);
		if (!slab || likely(is_sound(pool, slab->head)))
			return slab;
		condemn(pool, slab);
	}
}

/**
 * slab_take() - take free objects from slabs
 * @pool: which
 * @objs: where to put them
 * @n: how many at most
 *
 * Slabs in use come before unused ones, so that those can go back. What was overwritten is lost,
 * and counts among the @n: the caller has looked how many it may have.
 *
 * Context: under mpool.lock.
 * Return: how many it took; fewer than @n if there are no more, or some were lost.
 */
size_t slab_take(struct mpool *pool, void **objs, size_t n)
{
	unsigned long rest = pool->free_slab - min_t(unsigned long, n, pool->free_slab);
	size_t taken = 0;
	struct mpool_slab *slab;

	lockdep_assert_held(&pool->lock);
	for (;;) {
		slab = first_stocked(pool);
		if (!slab || pool->free_slab <= rest)
			return taken;
		taken += take_from(pool, slab, objs + taken, pool->free_slab - rest);
	}
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

/* A slab whose head was overwritten is left alone from now on, if it is not yet. */
static void condemn_head(struct mpool *pool, struct mpool_slab_head *head)
{
	struct mpool_slab *slab = find_in_use(pool, head);

	if (slab)
		condemn(pool, slab);
}

/* It was free in a cache when its slab was overwritten, and counts as in use like all there. */
static void put_damaged(struct mpool *pool, struct mpool_slab_head *head)
{
	condemn_head(pool, head);
	pool->allocs++;
}

static void put_one(struct mpool *pool, void *obj)
{
	struct mpool_slab_head *head = slab_of(pool, obj);
	unsigned int index = slab_index(pool, obj);
	struct list_head *before;
	struct mpool_slab *slab;

	if (unlikely(!is_sound(pool, head))) {
		put_damaged(pool, head);
		return;
	}
	slab = head->slab;
	if (__test_and_set_bit(index, slab_map(pool, slab))) {
		note_freed_twice(pool);
		return;
	}
	before = slab_list(pool, slab);
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
 * Return: false if there were not so many, or some were lost.
 */
bool slab_take_held(struct mpool *pool, void **objs, size_t n, u8 mark)
{
	struct mpool_slab_head *head;
	size_t good = 0;

	while (good < n && slab_take(pool, objs + good, 1)) {
		head = slab_of(pool, objs[good]);
		/* If somebody holds it, it was freed twice, and was in a magazine too. */
		if (likely(slab_hand_out(pool, objs[good])))
			WRITE_ONCE(head->mark[slab_index(pool, objs[good++])], mark);
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
	struct mpool_slab_head *head = slab_of(pool, obj);
	struct mpool_slab *slab = head->slab;

	atomic_inc(&pool->late_users);
	/* Pairs with the barrier in slab_withdraw(). */
	smp_mb__after_atomic();
	WRITE_ONCE(head->mark[slab_index(pool, obj)], (MARK_LATE + late) | mark);
	/* Fully ordered, as in defer.c: who takes the slab off sees the mark, or we queue again. */
	if (!test_and_set_bit(late, &slab->late_queued))
		llist_add(&slab->late[late], &pool->late[late]);
	/* The slab is not touched after this. */
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
size_t slab_find_late(struct mpool_slab *slab, enum late late, unsigned int *from,
		      unsigned int *index, size_t n)
{
	size_t found = 0;

	while (*from < slab->nr && found < n) {
		if ((READ_ONCE(slab->head->mark[*from]) & ~MARK_RESERVE) == MARK_LATE + late)
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
void *slab_claim_late(struct mpool *pool, struct mpool_slab *slab, unsigned int index,
		      enum late late, unsigned int *reserved)
{
	u8 mark = READ_ONCE(slab->head->mark[index]);

	lockdep_assert_held(&pool->lock);
	/* Of a slab whose head was overwritten no mark is believed. */
	if (!is_sound(pool, slab->head)) {
		condemn_head(pool, slab->head);
		return NULL;
	}
	if ((mark & ~MARK_RESERVE) != MARK_LATE + late)
		return NULL;
	*reserved += !!(mark & MARK_RESERVE);
	WRITE_ONCE(slab->head->mark[index], MARK_FREE);
	return slab_object(pool, slab, index);
}

/**
 * slab_withhold() - keep an object that was overwritten from being handed out again
 * @pool: whose
 * @obj: the object, which counts as in use
 * @mark: MARK_RESERVE if it is of the reserve, else 0
 *
 * defer_restore() brings it home when the pool has been destroyed.
 *
 * Context: any, with preemption off; so the pool cannot end before.
 */
void slab_withhold(struct mpool *pool, void *obj, u8 mark)
{
	atomic_long_inc(&pool->withheld);
	slab_defer(pool, obj, LATE_WITHHELD, mark);
	/* Fully ordered: who destroys the pool sees it, or we see that he does. */
	if (mpool_dying(pool))
		mpool_kick(pool);
}

/*
 * What is at an address may be a slab that is going, one that was overwritten, or nothing any
 * more. It is believed if the slab is the pool's afterwards.
 */
static __no_kasan_or_inline bool read_mark(u8 *to, const u8 *from)
{
	__get_kernel_nofault(to, from, u8, fault);
	return true;
fault:
	return false;
}

/* Word by word: half of a stack's handle that is being written would lead nowhere. */
static __no_kasan_or_inline bool read_words(void *to, const void *from, size_t bytes)
{
	const unsigned long *in = from;
	unsigned long *out = to;

	for (; bytes; bytes -= sizeof(*in), in++, out++)
		__get_kernel_nofault(out, in, unsigned long, fault);
	return true;
fault:
	return false;
}

static_assert(sizeof(struct track) % sizeof(unsigned long) == 0);

static bool read_slab(const struct mpool_slab_head *head, struct mpool_slab **slab)
{
	struct mpool_slab_head *back;

	return read_words(slab, &head->slab, sizeof(*slab)) &&
	       read_words(&back, &(*slab)->head, sizeof(back)) && back == head;
}

static bool is_ours_still(const struct mpool *pool, const struct mpool_slab_head *head)
{
	/* If it is, it was when we read it, and what is outside of it is kept by RCU. */
	smp_rmb();
	return slab_is_ours(pool, head);
}

/**
 * slab_see() - what is noted of an object that anybody may have
 * @pool: whose
 * @slab: its slab, which may be given back meanwhile
 * @index: its number there
 * @mark: set to its mark
 * @tracks: NR_TRACKS of them, set to who had it, if @pool is tracked
 *
 * Context: any, under rcu_read_lock().
 * Return: false if it is gone.
 */
bool slab_see(const struct mpool *pool, const struct mpool_slab *slab, unsigned int index, u8 *mark,
	      struct track *tracks)
{
	const struct mpool_slab_head *head = slab->head;

	if (!read_mark(mark, &head->mark[index]))
		return false;
	if (pool->sites &&
	    !read_words(tracks, slab_tracks(pool, slab_object(pool, slab, index)),
			NR_TRACKS * sizeof(*tracks)))
		return false;
	return is_ours_still(pool, head);
}

/**
 * slab_locate() - find what lies at an address
 * @pool: in which
 * @address: any address
 * @place: set to what is there
 *
 * Context: any, under rcu_read_lock(), until @place has been used. The pool must not go meanwhile.
 * Return: false if it is in no slab of the pool, or in what a slab begins with.
 */
bool slab_locate(const struct mpool *pool, const void *address, struct place *place)
{
	struct mpool_slab_head *head = slab_of(pool, address);
	long offset = slab_offset(pool, address) - pool->lane.first;

	if (!slab_is_ours(pool, head))
		return false;
	/* If it is, its head tells of what slab. */
	smp_rmb();
	if (!read_slab(head, &place->slab) || !is_ours_still(pool, head))
		return false;
	if (offset < -(long)debug_gap(pool->checks) ||
	    offset >= (long)(place->slab->nr * pool->lane.stride))
		return false;
	place->index = offset < 0 ? 0 : offset / pool->lane.stride;
	place->offset = offset - (long)(place->index * pool->lane.stride);
	return read_mark(&place->mark, &head->mark[place->index]) &&
	       is_ours_still(pool, head);
}
