/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the rooms of mpool share. Each section belongs to the file that its banner names and
 * uses only the sections above it.
 */
#ifndef _MPOOL_INTERNAL_H
#define _MPOOL_INTERNAL_H

#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/irq_work.h>
#include <linux/jiffies.h>
#include <linux/kmsan-checks.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mm.h>
#include <linux/mpool.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/ratelimit_types.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <uapi/linux/mpool.h>

struct site;
struct track;

struct entry;

struct entry_ops {
	void (*destroy)(struct entry *entry);	/* for an owner that forgot; NULL for a class */
	void (*read_stats)(struct entry *entry, struct mpool_stats *stats);
	unsigned long (*trim)(struct entry *entry);
};

/* What is on the list of registry.c: a pool, or something that is made of pools. */
struct entry {
	u32 id;
	enum entry_kind {
		ENTRY_POOL,		/* a pool that somebody made for itself */
		ENTRY_CLASS,		/* a pool that is a class of the sized pool @of */
		ENTRY_TYPE,		/* a pool that holds the objects of a type */
		ENTRY_SIZED,		/* a sized pool */
	} kind;
	bool dying;			/* destroyed by its owner */
	bool open;			/* may registry_pin() give it? Guarded by the registry */
	atomic_t pins;			/* those who found it by its id, and use it */
	const struct entry *of;
	const struct entry_ops *ops;
	atomic_long_t misuses;
#ifdef CONFIG_MPOOL_DIAGNOSTICS
	struct ratelimit_state reports;
#endif
	struct module *owner;
	char owner_name[MODULE_NAME_LEN];
	char name[MPOOL_NAME_LEN];
};

/*
 * What the classes of a sized pool share: a limit in bytes, the bounds of their slabs, and who
 * makes the others give way when one needs room.
 */
struct pool_group {
	unsigned long limit;		/* on @bytes; ULONG_MAX for none */
	atomic_long_t bytes;		/* of slabs, from slab_charge() until they are gone */
	unsigned long lowest;		/* no slab starts below; see group_cover() */
	unsigned long highest;		/* no slab starts above */
	/* Has other pools give back what they do not use; true if it is worth trying again. */
	bool (*make_room)(struct pool_group *group, struct mpool *needy, gfp_t gfp);
};

struct depot {
	struct list_head stocked;	/* magazines with at least one object */
	struct list_head empty;
	unsigned long objects;		/* in @stocked */
	unsigned long max_objects;	/* put no more there */
	unsigned int magazines;		/* of the size of new ones, those that CPUs have included */
	size_t bytes;			/* of all there are */
	struct list_head retired;	/* empty ones of another size than new ones have */
	unsigned int contended;		/* how often the lock was waited for ... */
	unsigned long since;		/* ... since then, in jiffies */
	unsigned int wanted;		/* empty ones that were asked for in vain */
};

/* Free objects that are kept back from reuse, a ring. They count among depot.objects. */
struct quarantine {
	void **objs;			/* NULL for none */
	unsigned long size;
	unsigned long first;		/* the one that was freed first */
	unsigned long n;
};

/* Free objects that were found overwritten when nobody could be told yet. */
struct spoiled {
	unsigned long n;		/* how many; the first of them are in ... */
	void *objs[4];
};

/* Where freed objects wait that cannot go home at once. */
enum late {
	LATE_NOW,			/* until somebody comes by who can take mpool.lock */
	LATE_RCU,			/* until a grace period is over: there are two of ... */
	LATE_WITHHELD = LATE_RCU + 2,	/* ... these, taken in turn, see defer.c */
	NR_LATE				/* WITHHELD: until the end, for they were overwritten */
};

struct mpool {
	struct mpool_lane lane;		/* the first, for callers know no more of a pool */
	size_t size;

	/* Written at create only. */
	enum mpool_backing backing;
	unsigned long slab_bytes;
	void *buffer;			/* with MPOOL_BUFFER */
	size_t buffer_bytes;
	struct pool_group *group;	/* of a class of a sized pool */
	unsigned int per_slab;		/* objects that a slab has room for */
	u32 map_offset;			/* from a slab's start to its map of free objects */
	u32 track_offset;		/* and to who had its objects, with MPOOL_TRACK */
	unsigned long checks;		/* which of MPOOL_CHECKS */
	struct site *sites;		/* with MPOOL_TRACK: who allocated, see track.c */
	bool track_paused;		/* note nothing for now */
	bool leaks_seen;		/* objects are known to kmemleak while somebody has them */
	void *behind;			/* a buffer: where kmemleak goes on looking, or NULL */
	bool constructed;		/* free objects may own what a destructor will free */
	unsigned int first_size;	/* of magazines, at first */
	unsigned int parts;		/* of each CPU that get magazines */
	unsigned long low;		/* with fewer to spare, @tidy makes @keep */
	size_t budget;			/* bytes of @pending from which on the pool does not grow */
	int node;
	gfp_t gfp;
	int (*ctor)(void *obj, void *ctx, gfp_t gfp);
	void (*dtor)(void *obj, void *ctx);
	void *ctx;
	const struct pool_user *user;	/* who builds on the pool; NULL for a plain one */
	void *user_data;
	struct entry entry;

	/*
	 * Guards all that follows up to the blank line. Taken with interrupts off; where an
	 * NMI can come along, by mpool_lock_any(). Nothing sleeps, allocates or takes another
	 * lock under it.
	 */
	raw_spinlock_t lock;
	unsigned long limit;		/* ULONG_MAX for none; it may fall below @objects */
	unsigned long keep;
	unsigned long reserve;		/* objects that only privileged requests may take ... */
	unsigned long reserve_held;	/* ... and those of them that such requests hold */
	struct list_head partial;	/* slabs with some free, the fullest first, nearly */
	struct list_head full;		/* slabs with none free */
	struct list_head empty;		/* slabs with all free */
	struct list_head doomed;	/* slabs whose constructor failed half way, for tidy.c */
	struct list_head damaged;	/* slabs whose head was overwritten: left alone for ever */
	unsigned int last_slab;		/* slab.id of the newest */
	unsigned long slabs;
	unsigned long mapped;		/* of those, the ones that backing.c had to map */
	unsigned long objects;		/* in those slabs */
	unsigned long in_transit;	/* being made or unmade; they count against the limit */
	unsigned long free_slab;
	unsigned long allocs;		/* those that no CPU's own counter has */
	unsigned long frees;
	unsigned long grows;
	unsigned long shrinks;
	unsigned int magazine_size;	/* objects in a full new magazine; 0: there are none */
	struct depot depot;
	struct quarantine quarantine;
	struct spoiled spoiled;
	unsigned int damaged_slabs;	/* on @damaged, and nobody was told yet */
	bool dry;			/* an allocation found nothing: CPUs get no magazines ... */
	bool stripped;			/* ... and none has any left */
	unsigned long droughts;		/* how often @dry has ended */
	struct list_head waiting;	/* requests, in the order in which they came */
	struct list_head privileged;	/* those of them that may take the reserve */
	struct list_head woken;		/* answered ones of callers who sleep, for wait_wake() */
	struct list_head answered;	/* answered ones with a callback, for async.c */
	unsigned long nr_waiting;	/* in @waiting */
	unsigned long waits;		/* how many were ever there */
	unsigned long freed_twice;	/* frees that put_one() dropped and nobody reported */
	bool armed;			/* @tidy will run */
	bool abandoned;			/* entry.dying, with objects out: @tidy ends it */

	atomic_long_t fails;
	atomic_t sleepers;		/* callers in mpool_alloc_wait() */
	struct llist_head late[NR_LATE];	/* slabs that hold such objects */
	atomic_t late_users;		/* those who may look at any slab */
	atomic_long_t withheld;		/* objects in late[LATE_WITHHELD] */
	atomic_long_t pending;		/* objects that are late */
	unsigned int rcu_phase;		/* 0 or 1: late[LATE_RCU + this] is in use */
	struct mutex collect_mutex;	/* held to bring late[LATE_NOW] home */
	struct mutex rcu_mutex;		/* held from a change of @rcu_phase to its end */
	struct irq_work kick;		/* starts what follows, from any context: see kick.c */
	struct delayed_work tidy;
	struct work_struct collect;	/* brings home what is in late[LATE_NOW] */
	struct work_struct rcu;		/* and what is in the others, after a grace period */
	struct work_struct callbacks;	/* of requests that are in @answered */
	struct work_struct end;		/* of an abandoned pool, when @tidy has seen it empty */
	bool urgent;			/* @tidy should run at once ... */
	bool pressed;			/* ... and give back what it can, for memory is short */
	unsigned long tidy_ops;		/* allocs and frees when @tidy last looked; its own */
	bool owner_held;		/* we keep the owner's text and data for what is left */
	struct hlist_node hotplug;	/* among the pools that hear of CPUs that died */
};

/* What drivers take a pool for. */
static_assert(offsetof(struct mpool, lane) == 0);

/*
 * A figure that mpool.lock guards, read without it: for people, or for a first look on which
 * nothing depends. It may be the one of a moment ago. Who writes it does so plainly, for a second
 * writer at the same time would be a mistake, and KCSAN is to find it.
 */
#define mpool_peek(figure)	data_race(READ_ONCE(figure))

/* A pool that nobody uses gives its surplus back after at most two of these. */
#define TIDY_INTERVAL	HZ

/* Have @tidy run at once. From any context; for a pool that cannot end meanwhile. */
static inline void mpool_kick(struct mpool *pool)
{
	WRITE_ONCE(pool->urgent, true);
	irq_work_queue(&pool->kick);
}

/* So often the lock is waited for in a TIDY_INTERVAL before magazines become larger. */
#define DEPOT_CONTENDED	100

/* Is there something that @tidy should do, though not at once? Under mpool.lock. */
static inline bool mpool_untidy(const struct mpool *pool)
{
	return pool->objects > pool->keep || pool->depot.contended >= DEPOT_CONTENDED ||
	       !list_empty(&pool->depot.retired);
}

/*
 * Have @tidy run in a while, if there is something to tidy. Called whenever objects move beyond the
 * magazines, so that no surplus can lie about unnoticed. Under mpool.lock.
 */
static inline void mpool_arm(struct mpool *pool)
{
	if (pool->armed || !mpool_untidy(pool))
		return;
	WRITE_ONCE(pool->armed, true);
	irq_work_queue(&pool->kick);
}

/* Note that the lock was waited for. Under mpool.lock. */
static inline void mpool_note_wait(struct mpool *pool)
{
	struct depot *depot = &pool->depot;

	if (time_after(jiffies, depot->since + TIDY_INTERVAL)) {
		depot->since = jiffies;
		depot->contended = 0;
	}
	if (++depot->contended == DEPOT_CONTENDED)
		mpool_arm(pool);
}

/* Take mpool.lock in any context. False, and only in an NMI, if it would have to wait. */
#define mpool_lock_any(pool, flags)	__cond_lock(MPOOL, __mpool_lock_any(pool, flags))

static inline bool __mpool_lock_any(struct mpool *pool, unsigned long *flags)
{
	bool busy = raw_spin_is_locked(&pool->lock);

	if (likely(!in_nmi()))
		raw_spin_lock_irqsave(&pool->lock, *flags);
	else if (!raw_spin_trylock_irqsave(&pool->lock, *flags))
		return false;
	if (unlikely(busy))
		mpool_note_wait(pool);
	/* For sparse: the macro above is what counts the lock. */
	__release(MPOOL);
	return true;
}

/* How many more objects may come to exist. Under mpool.lock, or for a first look. */
static inline unsigned long mpool_room(struct mpool *pool)
{
	unsigned long existing = mpool_peek(pool->objects) + mpool_peek(pool->in_transit);
	unsigned long limit = READ_ONCE(pool->limit);

	return existing < limit ? limit - existing : 0;
}

/* Objects that exist above a limit that was lowered. Under mpool.lock. */
static inline unsigned long mpool_excess(const struct mpool *pool)
{
	return pool->objects > pool->limit ? pool->objects - pool->limit : 0;
}

/* Objects of the reserve that nobody holds: so many must be free in slabs. Under mpool.lock. */
static inline unsigned long mpool_reserved(const struct mpool *pool)
{
	return pool->reserve > pool->reserve_held ? pool->reserve - pool->reserve_held : 0;
}

/* Of so many free objects, those that any request may take. Under mpool.lock. */
static inline unsigned long mpool_spare_of(const struct mpool *pool, unsigned long nr_free)
{
	unsigned long owed = mpool_reserved(pool) + mpool_excess(pool);

	return nr_free > owed ? nr_free - owed : 0;
}

/* Those in slabs. */
static inline unsigned long mpool_spare(const struct mpool *pool)
{
	return mpool_spare_of(pool, pool->free_slab);
}

/* Those in the depot too. */
static inline unsigned long mpool_stock(const struct mpool *pool)
{
	return mpool_spare_of(pool, pool->free_slab + pool->depot.objects);
}

/* Does the limit in bytes allow for another slab of so many? Of a pool with no group it does. */
static inline bool group_has_room(const struct pool_group *group, unsigned long bytes)
{
	return !group || (bytes <= group->limit &&
			  atomic_long_read(&group->bytes) <= group->limit - bytes);
}

/* Could a pool have another slab, as far as the limits say? A first look. */
static inline bool mpool_may_grow(struct mpool *pool)
{
	return mpool_room(pool) && group_has_room(pool->group, pool->slab_bytes);
}

/* Has its owner destroyed it? Set under mpool.lock. */
static inline bool mpool_dying(const struct mpool *pool)
{
	return READ_ONCE(pool->entry.dying);
}

/* May CPUs have magazines although they should not? Under mpool.lock, or for a first look. */
static inline bool mpool_must_strip(const struct mpool *pool)
{
	return READ_ONCE(pool->dry) && !READ_ONCE(pool->stripped);
}

/*
 * CPUs may have magazines again, unless every free must come by the lock still: somebody waits
 * for it, or the pool has more objects than it may. Under mpool.lock.
 */
static inline void mpool_end_drought(struct mpool *pool)
{
	if (!pool->dry || !list_empty(&pool->waiting) || mpool_excess(pool))
		return;
	WRITE_ONCE(pool->dry, false);
	WRITE_ONCE(pool->stripped, false);
	pool->droughts++;
}

/* What a caller did wrong. */
enum misuse {
	MISUSE_NONE,
	MISUSE_FOREIGN,			/* not of any slab of this pool */
	MISUSE_MISALIGNED,		/* within a slab, but not where an object starts */
	MISUSE_DOUBLE_FREE,		/* of an object that nobody holds */
	MISUSE_WRONG_POOL,		/* an object of another pool */
	MISUSE_DAMAGED,			/* of a slab whose head was overwritten */
	MISUSE_DESTROYED,		/* a free that comes after mpool_destroy() */
	MISUSE_BEHIND,			/* somebody wrote behind the object */
	MISUSE_BEFORE,			/* somebody wrote before it */
	MISUSE_COPY,			/* a copy that is not within an object */
	MISUSE_ZERO,			/* __GFP_ZERO of a pool with a constructor */
	MISUSE_SIZE,			/* a request of no size, or above the largest */
	MISUSE_NOT_OBJECT,		/* no live object of any type */
	MISUSE_WRONG_TYPE,		/* an object of another type */
	MISUSE_REQUEST_BUSY,		/* a request that is submitted, and was not answered yet */
	NR_MISUSES
};

/* --- backing.c: where slabs come from --- */

void *backing_alloc(struct mpool *pool, gfp_t gfp, void **mapping);
void backing_free(struct mpool *pool, void *memory, void *mapping);
size_t backing_map_bytes(const struct mpool *pool);
unsigned long backing_base(const void *buffer);
bool backing_is_kernel_address(const void *address);
bool backing_check_buffer(void *buffer, size_t bytes);

/* --- debug.c: what sanitizers hear of objects --- */

/* Bytes behind each object, at least, and before the first of a slab, that are nobody's. */
static inline size_t debug_gap(unsigned long checks)
{
	return IS_ENABLED(CONFIG_KASAN_GENERIC) || checks & MPOOL_REDZONE ? 16 : 0;
}

#ifdef CONFIG_KASAN_GENERIC
void debug_kasan_open(const struct mpool *pool, void *obj);
void debug_kasan_shut(const struct mpool *pool, void *obj);
void debug_kasan_begin(const struct mpool *pool, void *obj);
void debug_kasan_end(const struct mpool *pool, void *obj);
#else
static inline void debug_kasan_open(const struct mpool *pool, void *obj) { }
static inline void debug_kasan_shut(const struct mpool *pool, void *obj) { }
static inline void debug_kasan_begin(const struct mpool *pool, void *obj) { }
static inline void debug_kasan_end(const struct mpool *pool, void *obj) { }
#endif

#ifdef CONFIG_DEBUG_KMEMLEAK
void debug_leak_begin(struct mpool *pool);
void debug_leak_end(struct mpool *pool, bool stays);
void debug_leak_construct(const struct mpool *pool, void *obj, gfp_t gfp);
void debug_leak_destruct(const struct mpool *pool, void *obj);
void debug_leak_alloc(const struct mpool *pool, void *obj, gfp_t gfp);
void debug_leak_free(const struct mpool *pool, void *obj);
void debug_leak_forget(const struct mpool *pool, void *obj);
void debug_leak_only_links(void *magazine, size_t bytes, gfp_t gfp);
void debug_leak_nothing(void *memory);
#else
static inline void debug_leak_begin(struct mpool *pool) { }
static inline void debug_leak_end(struct mpool *pool, bool stays) { }
static inline void debug_leak_construct(const struct mpool *pool, void *obj, gfp_t gfp) { }
static inline void debug_leak_destruct(const struct mpool *pool, void *obj) { }
static inline void debug_leak_alloc(const struct mpool *pool, void *obj, gfp_t gfp) { }
static inline void debug_leak_free(const struct mpool *pool, void *obj) { }
static inline void debug_leak_forget(const struct mpool *pool, void *obj) { }
static inline void debug_leak_only_links(void *magazine, size_t bytes, gfp_t gfp) { }
static inline void debug_leak_nothing(void *memory) { }
#endif

/* An object is a caller's from now on. Before anything is written to it. */
static __always_inline void debug_alloc(const struct mpool *pool, void *obj, gfp_t gfp)
{
	debug_kasan_open(pool, obj);
	if (!pool->ctor)
		kmsan_poison_memory(obj, pool->size, gfp & ~MPOOL_PRIVILEGED);
	debug_leak_alloc(pool, obj, gfp);
}

/* An object is nobody's from now on. After all has been written to it. */
static __always_inline void debug_free(const struct mpool *pool, void *obj)
{
	debug_leak_free(pool, obj);
	if (!pool->ctor)
		kmsan_poison_memory(obj, pool->size, GFP_NOWAIT);
	debug_kasan_shut(pool, obj);
}

/* Can they be told here? kmemleak takes locks that an NMI may have interrupted. */
static __always_inline bool debug_hears(void)
{
	return !IS_ENABLED(CONFIG_DEBUG_KMEMLEAK) || !in_nmi();
}

/* --- slab.c: where objects live --- */

/* What a mark says of its object. */
enum mark {
	MARK_FREE = MPOOL_MARK_FREE,	/* in a magazine, in quarantine or in its slab */
	MARK_HELD = MPOOL_MARK_HELD,	/* a caller has it */
	MARK_LATE,			/* freed, and its slab not told; NR_LATE of these */
	MARK_RESERVE = 8,		/* added to all but MARK_FREE: it is of the reserve */
};

static_assert(MARK_LATE + NR_LATE <= MARK_RESERVE);

/* What is known of a slab; not where its objects are, whose users may write too far. */
struct mpool_slab {
	struct mpool_slab_head *head;
	unsigned int id;		/* unique within the pool */
	unsigned int nr;		/* objects; fixed from the slab's birth */
	unsigned int free;		/* guarded by mpool.lock */
	unsigned int from;		/* no object before this is free; guarded by mpool.lock */
	struct list_head link;		/* likewise */
	void *mapping;			/* what backing.c needs to know of mapped memory, or NULL */
	struct llist_node late[NR_LATE];
	unsigned long late_queued;	/* a bit each: is it on that list of mpool.late? */
	struct rcu_head rcu;		/* for slab_locate() */
};

/* Where an address lies in a pool. */
struct place {
	struct mpool_slab *slab;
	unsigned int index;		/* of the object that it is in, or in whose gap */
	long offset;			/* from its start; negative in the gap before the first */
	u8 mark;			/* of that object */
};

size_t slab_frugal_bytes(size_t bytes, size_t size, size_t align, unsigned long checks);
int slab_layout(struct mpool *pool, size_t size, size_t align, size_t bytes);
struct mpool_slab *slab_alloc(struct mpool *pool, gfp_t gfp);
bool slab_charge(struct mpool *pool);
void slab_discard(struct mpool *pool, struct mpool_slab *slab);
int slab_construct(struct mpool *pool, struct mpool_slab *slab, unsigned int nr, gfp_t gfp);
void slab_free(struct mpool *pool, struct mpool_slab *slab);
void slab_publish(struct mpool *pool, struct mpool_slab *slab);
void slab_forget(struct mpool *pool);
struct mpool_slab *slab_withdraw(struct mpool *pool, unsigned long keep);
size_t slab_take(struct mpool *pool, void **objs, size_t n);
bool slab_take_held(struct mpool *pool, void **objs, size_t n, u8 mark);
void slab_put_held(struct mpool *pool, void **objs, size_t n);
void slab_put(struct mpool *pool, void **objs, size_t n);
void slab_withhold(struct mpool *pool, void *obj, u8 mark);
bool slab_locate(const struct mpool *pool, const void *address, struct place *place);
bool slab_see(const struct mpool *pool, const struct mpool_slab *slab, unsigned int index, u8 *mark,
	      struct track *tracks);
bool slab_check_damage(struct mpool *pool, const void *address);
void *slab_object(const struct mpool *pool, const struct mpool_slab *slab, unsigned int index);
struct track *slab_tracks(const struct mpool *pool, const void *obj);
void slab_defer(struct mpool *pool, void *obj, enum late late, u8 mark);
size_t slab_find_late(struct mpool_slab *slab, enum late late, unsigned int *from,
		      unsigned int *index, size_t n);
void *slab_claim_late(struct mpool *pool, struct mpool_slab *slab, unsigned int index,
		      enum late late, unsigned int *reserved);

/* Where in its slab an address lies; of another pool's address anything may come out. */
static __always_inline unsigned long slab_offset(const struct mpool *pool, const void *obj)
{
	return mpool_lane_offset(&pool->lane, obj);
}

static __always_inline struct mpool_slab_head *slab_of(const struct mpool *pool, const void *obj)
{
	return (struct mpool_slab_head *)((unsigned long)obj - slab_offset(pool, obj));
}

/* The number of an object that is known to be one. */
static __always_inline u32 slab_index(const struct mpool *pool, const void *obj)
{
	unsigned long index;

	mpool_lane_divide(&pool->lane, slab_offset(pool, obj) - pool->lane.first, &index);
	return index;
}

/* Is this, which may be any address at all, a slab of this pool? */
static __always_inline bool slab_is_ours(const struct mpool *pool,
					 const struct mpool_slab_head *head)
{
	return mpool_lane_slab(&pool->lane, head);
}

/* Is this, which may be any address at all, an object? Then @mark is what is noted of it. */
static __always_inline enum misuse slab_find(const struct mpool *pool, const void *obj, u8 **mark)
{
	if (likely(mpool_lane_find(&pool->lane, obj, mark)))
		return MISUSE_NONE;
	return slab_is_ours(pool, slab_of(pool, obj)) ? MISUSE_MISALIGNED : MISUSE_FOREIGN;
}

/* And does a caller hold it? */
static __always_inline enum misuse slab_check(const struct mpool *pool, const void *obj, u8 **mark)
{
	enum misuse misuse = slab_find(pool, obj, mark);

	if (likely(!misuse) && unlikely((READ_ONCE(**mark) & ~MARK_RESERVE) != MARK_HELD))
		return MISUSE_DOUBLE_FREE;
	return misuse;
}

/*
 * Mark an object as free that a caller says it holds, if it is one and so it is. Preemption is
 * off: what two who free the same object must both do between look and mark to escape notice
 * is a few instructions long. An atomic operation would close even that gap, at the price of
 * twice the time of a free. An object of the reserve is not taken for one that is held: who
 * hears of a double free looks whether it is that, by slab_take_back_reserved().
 */
static __always_inline enum misuse slab_take_back(const struct mpool *pool, const void *obj)
{
	enum misuse misuse;
	u8 *mark;

	misuse = slab_find(pool, obj, &mark);
	if (unlikely(misuse))
		return misuse;
	if (unlikely(READ_ONCE(*mark) != MARK_HELD))
		return MISUSE_DOUBLE_FREE;
	WRITE_ONCE(*mark, MARK_FREE);
	return MISUSE_NONE;
}

/* Likewise for an object of the reserve; false if it is none that is held. Preemption is off. */
static inline bool slab_take_back_reserved(const struct mpool *pool, const void *obj)
{
	u8 *mark;

	if (slab_find(pool, obj, &mark) || READ_ONCE(*mark) != (MARK_HELD | MARK_RESERVE))
		return false;
	WRITE_ONCE(*mark, MARK_FREE);
	return true;
}

/* Mark a free object as held; false if somebody holds it, who was to be its only user. */
static __always_inline bool slab_hand_out(const struct mpool *pool, const void *obj)
{
	struct mpool_slab_head *head = slab_of(pool, obj);
	u32 index = slab_index(pool, obj);

	if (unlikely(READ_ONCE(head->mark[index]) != MARK_FREE))
		return false;
	WRITE_ONCE(head->mark[index], MARK_HELD);
	return true;
}

/* What init_on_free asks for; not where that would wipe out what a constructor wrote. */
static __always_inline void slab_wipe(const struct mpool *pool, void *obj)
{
	if (want_init_on_free() && !pool->ctor)
		memset(obj, 0, pool->size);
}

/* An object that has been marked as free leaves its owner. */
static __always_inline void slab_let_go(const struct mpool *pool, void *obj)
{
	slab_wipe(pool, obj);
	if (debug_hears())
		debug_free(pool, obj);
}

/* --- checks.c: bytes that are watched --- */

/* Room for the names of all checks. */
#define CHECKS_LEN	32

void checks_name(char *text, unsigned long checks);
unsigned long checks_wanted(const struct mpool_params *params);
size_t checks_quarantine(const struct mpool_params *params);
void checks_prepare(const struct mpool *pool, void *obj);
void checks_alloc(const struct mpool *pool, void *obj);
enum misuse checks_free(const struct mpool *pool, void *obj, long *where);
bool checks_is_spoiled(const struct mpool *pool, void *obj, size_t *where);
void checks_mend(const struct mpool *pool, void *obj);
void checks_poison(const struct mpool *pool, void *obj);
u8 checks_byte(const u8 *byte);

/* --- track.c: who allocated and freed --- */

/* Who did something with an object, and when. */
struct track {
	u64 when;			/* ns since boot; 0: nobody did */
	unsigned long caller;
	u32 stack;			/* of the stack depot, 0 for none */
	u32 pid;			/* 0 in an interrupt */
	u16 cpu;
	u16 site;			/* number in mpool.sites */
};

enum track_event { TRACK_ALLOC, TRACK_FREE, NR_TRACKS };

/* Where objects were allocated that somebody holds. */
struct site {
	unsigned long key;		/* @stack, else @caller; 0 for a free entry */
	unsigned long caller;
	u32 stack;
	atomic_long_t objects;
};

#define NR_SITES	256

#define TRACK_NAME_LEN	112

int track_init(struct mpool *pool);
void track_exit(struct mpool *pool);
size_t track_bytes(const struct mpool *pool);
void track_alloc(struct mpool *pool, const void *obj, unsigned long caller);
void track_free(struct mpool *pool, const void *obj, unsigned long caller);
void track_pause(struct mpool *pool, bool pause);
bool track_is_paused(const struct mpool *pool);
const char *track_name(char *text, unsigned long caller);
bool track_next_site(const struct mpool *pool, const struct site **site, unsigned long *below);

/* --- quarantine.c: free objects that are kept back from reuse --- */

void quarantine_layout(struct mpool *pool, size_t bytes);
int quarantine_init(struct mpool *pool);
size_t quarantine_bytes(const struct mpool *pool);
void quarantine_exit(struct mpool *pool);
void quarantine_put(struct mpool *pool, void **objs, size_t n);
bool quarantine_flush(struct mpool *pool);

/* --- magazine.c: the fast lane --- */

/* Sums over all CPUs. */
struct magazine_count {
	unsigned long cached;
	unsigned long allocs;
	unsigned long frees;
};

void magazine_layout(struct mpool *pool, unsigned long reserve);
int magazine_init(struct mpool *pool);
void magazine_exit(struct mpool *pool);
void *magazine_reload(struct mpool *pool);
bool magazine_unload(struct mpool *pool, void *obj);
size_t magazine_pop_bulk(struct mpool *pool, size_t n, void **objs);
size_t magazine_push_bulk(struct mpool *pool, size_t n, void **objs);
bool magazine_strip(struct mpool *pool);
void magazine_begin_drought(struct mpool *pool);
void magazine_rescue(struct mpool *pool, unsigned int cpu);
void magazine_enlarge(struct mpool *pool);
void magazine_reset(struct mpool *pool);
void magazine_supply(struct mpool *pool);
void depot_allow(struct mpool *pool);
bool depot_flush_one(struct mpool *pool);
struct magazine_count magazine_count(struct mpool *pool);
unsigned long magazine_bytes(struct mpool *pool);

/* Parts of a pool that each CPU has: see struct mpool_cpu. */
#define MAGAZINE_PARTS	2

/* Take one of this CPU's parts; false if code that we interrupted has both. No preemption. */
static __always_inline bool magazine_enter(const struct mpool *pool, struct mpool_cpu **cpu)
{
	if (likely(mpool_lane_enter(&pool->lane, cpu)))
		return true;
	++*cpu;
	return mpool_lane_take(*cpu);
}

/* Have a part's magazines change places; who adds up what is in them may look meanwhile. */
static __always_inline void magazine_swap(struct mpool_cpu *cpu)
{
	struct mpool_magazine *loaded = cpu->loaded;

	WRITE_ONCE(cpu->loaded, cpu->previous);
	WRITE_ONCE(cpu->previous, loaded);
}

/* Have room in the loaded magazine, if there is some in either. */
static __always_inline bool magazine_find_room(struct mpool_cpu *cpu)
{
	if (unlikely(cpu->loaded->n == cpu->loaded->size))
		magazine_swap(cpu);
	return cpu->loaded->n < cpu->loaded->size;
}

/* An object into this CPU's magazine; false if there is no room. Preemption is off. */
static __always_inline bool magazine_push(struct mpool *pool, void *obj)
{
	struct mpool_cpu *cpu;
	bool room;

	if (unlikely(!magazine_enter(pool, &cpu)))
		return false;
	room = magazine_find_room(cpu);
	if (likely(room)) {
		cpu->loaded->objs[cpu->loaded->n] = obj;
		WRITE_ONCE(cpu->loaded->n, cpu->loaded->n + 1);
		WRITE_ONCE(cpu->frees, cpu->frees + 1);
	}
	mpool_lane_leave(cpu);
	return room;
}

/* --- registry.c: the list of all pools --- */

int registry_add(struct entry *entry);
void registry_open(struct entry *entry);
void registry_close(struct entry *entry);
void registry_remove(struct entry *entry);
void registry_lock(void);
bool registry_trylock(void);
void registry_unlock(void);
struct entry *registry_next(unsigned long *id);
struct entry *registry_get(u32 id);
struct entry *registry_pin(u32 id);
void registry_unpin(struct entry *entry);
unsigned long registry_generation(void);
wait_queue_head_t *registry_queue(void);
struct mpool *registry_find(const void *address, const struct mpool *not_this);

static inline struct mpool *entry_pool(struct entry *entry)
{
	return entry->kind == ENTRY_SIZED ? NULL : container_of(entry, struct mpool, entry);
}

/* --- report.c: what is said of a mistake --- */

#ifdef CONFIG_MPOOL_DIAGNOSTICS

int report_init(void);
void report_exit(void);
void report_setup(struct entry *entry);
void report_misuse(struct entry *entry, enum misuse misuse, unsigned long caller,
		   const char *other);
void report_free(struct mpool *pool, enum misuse misuse, const void *obj, unsigned long caller);
void report_overwritten(struct mpool *pool, enum misuse misuse, const void *obj, long where,
			unsigned long caller);
void report_spoiled(struct mpool *pool, const void *obj, size_t where);
void report_unseen(struct mpool *pool, const struct spoiled *spoiled, unsigned long twice,
		   unsigned long slabs);
void report_copy(struct mpool *pool, bool to_user, const void *address, unsigned long n,
		 unsigned long caller);
void report_leak(struct mpool *pool, unsigned long objects, bool stays);
void report_forgotten(struct entry *entry);
void report_dropped(struct entry *entry, const char *module, unsigned long requests);
void report_request_queued(struct mpool_request *request);
void report_request_left(struct mpool_request *request);

#else

static inline int report_init(void)
{
	return 0;
}

static inline void report_exit(void)
{
}

static inline void report_setup(struct entry *entry)
{
}

static inline void report_misuse(struct entry *entry, enum misuse misuse, unsigned long caller,
				 const char *other)
{
	atomic_long_inc(&entry->misuses);
}

static inline void report_free(struct mpool *pool, enum misuse misuse, const void *obj,
			       unsigned long caller)
{
	atomic_long_inc(&pool->entry.misuses);
}

static inline void report_overwritten(struct mpool *pool, enum misuse misuse, const void *obj,
				      long where, unsigned long caller)
{
	atomic_long_inc(&pool->entry.misuses);
}

static inline void report_spoiled(struct mpool *pool, const void *obj, size_t where)
{
	atomic_long_inc(&pool->entry.misuses);
}

static inline void report_unseen(struct mpool *pool, const struct spoiled *spoiled,
				 unsigned long twice, unsigned long slabs)
{
}

static inline void report_copy(struct mpool *pool, bool to_user, const void *address,
			       unsigned long n, unsigned long caller)
{
	atomic_long_inc(&pool->entry.misuses);
}

static inline void report_leak(struct mpool *pool, unsigned long objects, bool stays)
{
}

static inline void report_forgotten(struct entry *entry)
{
}

static inline void report_dropped(struct entry *entry, const char *module, unsigned long requests)
{
}

static inline void report_request_queued(struct mpool_request *request)
{
}

static inline void report_request_left(struct mpool_request *request)
{
}

#endif /* CONFIG_MPOOL_DIAGNOSTICS */

/* --- wait.c: who waits for objects --- */

/* A request of a caller who sleeps: one with no callback. */
struct wait_sleeper {
	struct mpool_request request;
	struct completion done;
};

int wait_check(const struct mpool *pool, const struct mpool_request *request);
int wait_enter(struct mpool *pool, struct mpool_request *request);
bool wait_leave(struct mpool *pool, struct mpool_request *request);
void wait_serve(struct mpool *pool);
void wait_refuse(struct mpool *pool, bool all, int err);
void wait_wake(struct mpool *pool);

/* Objects have come home to their slabs, or an allowance has become larger. Under mpool.lock. */
static inline void mpool_came_home(struct mpool *pool)
{
	if (unlikely(!list_empty(&pool->waiting)))
		wait_serve(pool);
	/* After the lock is released, a pool that was abandoned may be gone. */
	if (unlikely(pool->abandoned || mpool_excess(pool)))
		mpool_kick(pool);
	else
		mpool_arm(pool);
}

/* --- kick.c: from any context to where work can be done --- */

int kick_init(void);
void kick_exit(void);
void kick_setup(struct mpool *pool);
void kick_tidy(struct mpool *pool, unsigned long delay);
void kick_callbacks(struct mpool *pool);
void kick_end(struct mpool *pool);
void kick_wait(void);

/* --- grow.c: how a pool grows and shrinks, slab by slab --- */

int grow_pool(struct mpool *pool, gfp_t gfp);
unsigned long grow_back(struct mpool *pool, unsigned long keep, unsigned long slabs,
			bool may_sleep);

/* --- defer.c: frees that come to effect later --- */

void defer_setup(struct mpool *pool);
void defer_stop(struct mpool *pool);
void defer_free(struct mpool *pool, void *obj, bool rcu, bool reserved);
void defer_collect(struct mpool *pool);
void defer_restore(struct mpool *pool);
void defer_flush(struct mpool *pool);

/* Do so many bytes wait to come home that the pool should not grow meanwhile? */
static inline bool defer_over_budget(const struct mpool *pool)
{
	return atomic_long_read(&pool->pending) > pool->budget / pool->lane.stride;
}

/* --- tidy.c: what a pool does by itself --- */

void tidy_setup(struct mpool *pool);
void tidy_stop(struct mpool *pool);
void tidy_wait(struct mpool *pool);
void tidy_strip(struct mpool *pool);
void tidy_report(struct mpool *pool);
void tidy_drain(struct mpool *pool, bool quarantine_too);
unsigned long tidy_release(struct mpool *pool, unsigned long keep);
void tidy_yield(struct mpool *pool, unsigned long bytes, bool may_sleep);

/* --- alloc.c: the way of an allocation and of a free; what it exports is in linux/mpool.h --- */

void *pool_alloc(struct mpool *pool, gfp_t gfp, unsigned long caller);
int pool_alloc_bulk(struct mpool *pool, gfp_t gfp, size_t n, void **objs, unsigned long caller);
int pool_check_zero(struct mpool *pool, gfp_t gfp, unsigned long caller);
void pool_deliver(struct mpool *pool, gfp_t gfp, size_t n, void **objs, unsigned long caller);
void pool_free(struct mpool *pool, void *obj, unsigned long caller);

/* pool_alloc() with the fast lane inlined: for who builds on pools, and does it often. */
static __always_inline void *pool_alloc_inline(struct mpool *pool, gfp_t gfp, unsigned long caller)
{
	void *obj;

	mpool_lane_might_alloc(gfp);
	if (!mpool_lane_is_open() || mpool_lane_may_fail() || want_init_on_alloc(gfp) ||
	    unlikely(!mpool_lane_alloc(&pool->lane, &obj)))
		return pool_alloc(pool, gfp, caller);
	return obj;
}

/* Likewise. */
static __always_inline void pool_free_inline(struct mpool *pool, void *obj, unsigned long caller)
{
	if (!mpool_lane_is_open() || want_init_on_free() ||
	    unlikely(!mpool_lane_free(&pool->lane, obj)))
		pool_free(pool, obj, caller);
}

/* --- usercopy.c: to user space and back; what it exports is in linux/mpool.h --- */

unsigned long usercopy_to(struct mpool *pool, void __user *to, const void *from, unsigned long n,
			  unsigned long caller);
unsigned long usercopy_from(struct mpool *pool, void *to, const void __user *from,
			    unsigned long n, unsigned long caller);

/* --- fault.c: allocations that fail on purpose --- */

#ifdef CONFIG_FAULT_INJECTION
int fault_init(void);
void fault_exit(void);
bool fault_hits(const struct mpool *pool, gfp_t gfp);
#else
static inline int fault_init(void) { return 0; }
static inline void fault_exit(void) { }
static inline bool fault_hits(const struct mpool *pool, gfp_t gfp) { return false; }
#endif

/* --- async.c: requests that are answered later; what it exports is in linux/mpool.h --- */

void async_setup(struct mpool *pool);
void async_shutdown(struct mpool *pool);
void async_stop(struct mpool *pool);
bool async_in_callback(struct mpool *pool);
unsigned long async_forget(struct mpool *pool, const struct module *module);
bool async_wait_for(const struct module *module);

/* --- pool.c: what a pool is --- */

/* What who builds on a pool hears of its end. */
struct pool_user {
	/* The owner's text goes before the last object. NULL for who calls none of it. */
	void (*orphaned)(void *data);
	/* All objects have come home, and the pool is gone. */
	void (*ended)(void *data);
};

/* What a pool is to be, besides what its owner says. */
struct pool_extra {
	enum entry_kind kind;
	const struct entry *of;
	const struct entry_ops *ops;	/* NULL: those of a plain pool */
	struct pool_group *group;
	unsigned long cookie;		/* 0: any */
	size_t slab_bytes;		/* 0: whatever suits */
	const struct pool_user *user;
	void *user_data;
};

int pool_check_name(const char *name, size_t room);
int pool_check_size(size_t size, size_t align);
struct mpool *pool_create(const struct mpool_params *params, const struct pool_extra *extra,
			  struct module *owner, const char *owner_name);
int pool_init(void);
void pool_exit(void);

/* --- sized.c: size classes; what it exports is in linux/mpool.h --- */

size_t sized_largest(const struct mpool_sized *sized);
void *sized_alloc(struct mpool_sized *sized, size_t size, gfp_t gfp, unsigned long caller);
void sized_free(struct mpool_sized *sized, void *ptr, unsigned long caller);

/* --- shrinker.c: memory goes back when the system has little --- */

int shrinker_init(void);
void shrinker_exit(void);

/* --- ioctl.c: what programs ask of /dev/mempool --- */

struct mpool_control;
struct mpool_sites;
struct mpool_snapshot;

int ioctl_take(void *request, size_t bytes, const void __user *user);
int ioctl_give(void __user *user, const void *request, size_t bytes);
int ioctl_sites(struct mpool_sites __user *user);
int ioctl_snapshot(struct mpool_snapshot __user *user, unsigned long *generation);
int ioctl_control(struct mpool_control __user *user);

/* --- watch.c: what they wait for --- */

/* What an open file waits for. All guarded by watch.c. */
struct watch {
	struct list_head link;		/* empty if it waits for nothing */
	struct mpool_watch wish;
	struct mpool_event event;	/* what has happened, and the program has not been told */
	unsigned long due;		/* in jiffies: when to look next */
	bool ready;			/* for what is waited for to happen */
};

void watch_init(struct watch *watch);
void watch_exit(struct watch *watch);
int watch_set(struct watch *watch, struct mpool_watch __user *user);
int watch_take_event(struct watch *watch, struct mpool_event __user *user);
__poll_t watch_poll(struct watch *watch);
void watch_stop(void);

/* --- device.c: /dev/mempool --- */

#ifdef CONFIG_MPOOL_DEVICE

int device_init(void);
void device_exit(void);

#else

static inline int device_init(void)
{
	return 0;
}

static inline void device_exit(void)
{
}

#endif /* CONFIG_MPOOL_DEVICE */

#endif /* _MPOOL_INTERNAL_H */
