/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mpool: slab-style memory pools for drivers.
 *
 * A pool hands out objects of one size. It grows by slabs when it is empty, never has more
 * objects than its limit, and gives what it does not need back to the system. A sized pool
 * hands out pieces of many sizes, each from a pool of its class. A type makes objects that
 * consist of several pieces, and form trees. All their figures can be read at /dev/mempool.
 */
#ifndef _LINUX_MPOOL_H
#define _LINUX_MPOOL_H

#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mpool_lane.h>
#include <linux/sizes.h>
#include <linux/types.h>

struct mpool;
struct mpool_sized;
struct mpool_type;

/* What mpool_params.budget is if nothing is said. */
#define MPOOL_BUDGET		SZ_16M

/* Longest name of a pool, its end included. */
#define MPOOL_NAME_LEN		32

/* Largest object, in bytes. */
#define MPOOL_SIZE_MAX		SZ_64K

/* Objects start on a cache line of their own. */
#define MPOOL_HWCACHE_ALIGN	BIT(0)

/* Slabs come from mpool_params.node while that node has memory. */
#define MPOOL_NODE		BIT(1)

/* With MPOOL_NODE: and from no other node, ever. */
#define MPOOL_NODE_STRICT	BIT(2)

/* A sized pool: a class that can have no more may be served by the next larger one. */
#define MPOOL_BORROW		BIT(3)

/*
 * What is watched in a pool, for who looks for a bug: each costs memory and time. Such a pool has
 * no magazines; what is found is reported to the kernel's log and counted in mpool_stats.misuses,
 * and the object in question withheld until the pool is destroyed. All pools get what mpool.ko's
 * parameter "checks" names.
 */

/* The bytes before and behind each object, when it is freed. */
#define MPOOL_REDZONE		BIT(4)

/*
 * The content of free objects: it is overwritten at the free, and looked at before the object is
 * handed out again or its slab goes. Not for a pool with a constructor.
 */
#define MPOOL_POISON		BIT(5)

/*
 * Who allocated and who freed each object. It is part of reports, and tells at the end who leaked.
 * Costs 64 bytes an object.
 */
#define MPOOL_TRACK		BIT(6)

#define MPOOL_CHECKS		(MPOOL_REDZONE | MPOOL_POISON | MPOOL_TRACK)

/*
 * Added to the gfp of a request: it may take the pool's reserve. For who needs an object in order
 * to free others, as a disk does that is swapped to. The system's own reserves, which this bit
 * stands for elsewhere, are left alone.
 */
#define MPOOL_PRIVILEGED	__GFP_MEMALLOC

/**
 * enum mpool_backing - where the slabs of a pool come from
 * @MPOOL_PAGES: contiguous pages, of 4 KiB up to 1 MiB, the order such that at most 1/16 of
 *	a slab is lost
 * @MPOOL_VMALLOC: pages from anywhere, mapped to be contiguous, 256 KiB up to 1 MiB: for large
 *	objects on a machine whose memory is in pieces. Objects are not physically contiguous.
 * @MPOOL_HUGE: contiguous runs of 2 MiB, so that a large pool needs few entries of the TLB. If
 *	there is none to be had, one of pages from anywhere takes its place, which
 *	mpool_stats.mapped tells.
 * @MPOOL_BUFFER: the caller's own memory, mpool_params.buffer. All objects are made at create,
 *	and from then on the pool neither gets memory nor gives any back.
 *
 * Memory is mapped only for a request that may sleep. For one that may not, a pool of
 * %MPOOL_VMALLOC does not grow, and one of %MPOOL_HUGE only if a contiguous run is free.
 */
enum mpool_backing {
	MPOOL_PAGES,
	MPOOL_VMALLOC,
	MPOOL_HUGE,
	MPOOL_BUFFER,
};

/**
 * struct mpool_params - what a pool is to be
 * @name: unique among live pools; 1 to 31 characters of a-z, 0-9, '_' and '-'. Copied.
 * @size: bytes of an object, 1 to %MPOOL_SIZE_MAX
 * @align: alignment of an object in bytes, a power of two up to PAGE_SIZE; 0 is that of a u64
 * @limit: most objects that may exist, those that CPUs cache included; 0 is no limit
 * @keep: free objects that are retained; those above it go back to the system, slab by slab,
 *	within seconds of the pool's coming to rest. At most @limit, where there is one.
 * @low: when fewer free objects than this are left outside of the CPUs' magazines, more are made
 *	in the background until there are @keep, so that those who cannot wait for memory find
 *	some. Also right after create. At most @keep.
 * @budget: bytes of objects that may be on their way home, by mpool_free_deferred() and
 *	mpool_free_rcu(), before something is done about it: then the former frees at once, the
 *	latter makes the grace period a short one, and the pool does not grow until they are home:
 *	who may sleep waits for it, others get nothing. 0 is %MPOOL_BUDGET.
 * @reserve: objects that only requests with %MPOOL_PRIVILEGED may take. They are made with the
 *	pool. A privileged request takes one of them only where it would fail or have to wait
 *	without; until that is freed there is one fewer. So as long as privileged requests hold no
 *	more than @reserve objects at a time, none of them ever fails, whatever the limit and the
 *	memory are; but in an NMI one can, that came while a CPU looked for objects in the slabs.
 *	For one that is withheld because it was overwritten, another takes its place, if there can
 *	be one: see %MPOOL_CHECKS.
 *	At most @limit, where there is one.
 * @node: the NUMA node that slabs should come from, with %MPOOL_NODE; else 0 or NUMA_NO_NODE
 * @gfp: added to each request for a slab: any of GFP_DMA, GFP_DMA32, __GFP_ACCOUNT,
 *	__GFP_NOWARN
 * @flags: %MPOOL_HWCACHE_ALIGN, %MPOOL_NODE, %MPOOL_NODE_STRICT, and what of %MPOOL_CHECKS is to
 *	be watched. %MPOOL_REDZONE and %MPOOL_TRACK need more of a @buffer than
 *	MPOOL_BUFFER_BYTES() says.
 * @quarantine: bytes of freed objects that are kept back from reuse, so that who uses them still
 *	is noticed: what was freed first is handed out first, and not before there is more than
 *	that. Like %MPOOL_CHECKS it costs the pool its magazines. An allocation that would fail
 *	takes from it. 0 is none, or what mpool.ko's parameter "quarantine" says.
 * @backing: where slabs come from
 * @buffer: with %MPOOL_BUFFER: memory for the objects and what the pool must know of each,
 *	aligned as the objects are. See MPOOL_BUFFER_BYTES() and MPOOL_DEFINE().
 *	It is the pool's until mpool_destroy() returns; if that reports objects in use, until
 *	the pool is gone from /dev/mempool, soon after the last of them is freed, or the owner
 *	is unloaded.
 * @buffer_bytes: its size. With a @limit the buffer must have room for that many objects;
 *	without, there are as many as fit. @keep means nothing then.
 * @ctor: makes an object of fresh memory, once, when its slab is made: not at every
 *	allocation. Returns 0 or a negative errno, which fails that growth and undoes it. Called
 *	in the context of the allocation that had to grow, with that allocation's gfp, and may do
 *	what that gfp permits. It must not wait for an object of the same pool, nor for a lock
 *	that is held while one is allocated. May be NULL.
 * @dtor: undoes @ctor, exactly once for each object that was made, before its memory goes
 *	back. Called in process context and may sleep, but what @ctor must not wait for, it must
 *	not either. Not called for objects that are freed after their owner was unloaded. May be
 *	NULL.
 * @ctx: handed to @ctor and @dtor
 *
 * Zero in any field but @name and @size is a sensible default, and new fields will keep it
 * so: initialise by naming the fields.
 */
struct mpool_params {
	const char *name;
	size_t size;
	size_t align;
	unsigned long limit;
	unsigned long keep;
	unsigned long low;
	unsigned long reserve;
	size_t budget;
	int node;
	gfp_t gfp;
	unsigned long flags;
	size_t quarantine;
	enum mpool_backing backing;
	void *buffer;
	size_t buffer_bytes;
	int (*ctor)(void *obj, void *ctx, gfp_t gfp);
	void (*dtor)(void *obj, void *ctx);
	void *ctx;
};

/* Bytes that a buffer needs before the marks of its objects; mpool.ko checks that it is so. */
#define MPOOL_BUFFER_HEAD	(2 * sizeof(long) + sizeof(int))

/* Bytes behind each object, and before the first, that KASAN watches. */
#define MPOOL_GAP		(IS_ENABLED(CONFIG_KASAN_GENERIC) ? 16 : 0)

/* Alignment and stride of objects for which @align was asked. */
#define MPOOL_ALIGNMENT(align)		((align) > 8 ? (align) : 8)
#define MPOOL_STRIDE(size, align)	\
	__ALIGN_KERNEL((size) + MPOOL_GAP, MPOOL_ALIGNMENT(align))

/**
 * MPOOL_BUFFER_BYTES() - bytes of a buffer for so many objects
 * @n: the objects, a constant like all these
 * @size: bytes of each
 * @align: their alignment, 0 for the default
 *
 * Besides the objects there are, for all: %MPOOL_BUFFER_HEAD bytes, a byte for each object, a
 * bit for each, rounded up to longs, one more long, and what aligns the first object. Kernels
 * with KASAN need more.
 */
#define MPOOL_BUFFER_BYTES(n, size, align)						\
	(__ALIGN_KERNEL(__ALIGN_KERNEL(MPOOL_BUFFER_HEAD + (n), sizeof(long)) +		\
			(BITS_TO_LONGS(n) + 1) * sizeof(long) + MPOOL_GAP,		\
			MPOOL_ALIGNMENT(align)) +					\
	 (n) * MPOOL_STRIDE(size, align))

/**
 * MPOOL_DEFINE() - define the storage of a pool at file scope, and its parameters
 * @ident: name of the parameters, and of the pool
 * @type: of the objects
 * @n: how many there are to be
 *
 * Make the pool by mpool_create(&@ident). Fields that this does not set, such as ctor, can be
 * set before that.
 */
#define MPOOL_DEFINE(ident, type, n)							\
	static_assert(sizeof(#ident) <= MPOOL_NAME_LEN);				\
	static u8 ident##_buffer[MPOOL_BUFFER_BYTES(n, sizeof(type), __alignof__(type))]\
		__aligned(MPOOL_ALIGNMENT(__alignof__(type)));				\
	static struct mpool_params ident = {						\
		.name = #ident,								\
		.size = sizeof(type),							\
		.align = __alignof__(type),						\
		.limit = (n),								\
		.backing = MPOOL_BUFFER,						\
		.buffer = ident##_buffer,						\
		.buffer_bytes = sizeof(ident##_buffer),					\
	}

/**
 * struct mpool_stats - a pool's figures
 * @size: bytes of an object as asked for
 * @stride: bytes from one object to the next
 * @in_use: objects that callers hold
 * @cached_cpu: free objects in the magazines of CPUs
 * @cached_depot: free objects in magazines that CPUs share
 * @free_slab: free objects in slabs
 * @objects: objects that exist
 * @limit: most objects that may exist, 0 for no limit
 * @keep: free objects that are retained
 * @slabs: slabs
 * @slab_bytes: bytes of one slab
 * @metadata: bytes that the pool holds besides its slabs
 * @footprint: all bytes that the pool holds from the system
 * @allocs: objects handed out so far
 * @frees: objects taken back so far
 * @fails: allocations that returned nothing
 * @grows: slabs made so far
 * @shrinks: slabs given back so far
 * @misuses: mistakes that were noticed: calls that were refused, and what was overwritten
 * @backing: where slabs come from
 * @mapped: slabs that are of pages from anywhere: all with %MPOOL_VMALLOC; with %MPOOL_HUGE,
 *	those that had to do without a huge page
 * @m_pool: bytes of all objects that exist: @size * @objects. Of a sized pool, the sum of that
 *	over its classes.
 * @limit_bytes: most bytes that the slabs of a sized pool may have, 0 for no limit
 * @borrowed: requests of a class that the next larger one served
 * @reserve: objects that only privileged requests may take
 * @reserve_held: those of them that such requests hold
 * @low: fewer free objects than this, and more are made in the background
 * @waiting: requests that are in line
 * @waits: requests that had to get in line so far
 * @pending: objects in use that have been freed, and are on their way home
 * @budget: bytes of @pending from which on the pool does not grow
 * @checks: what of %MPOOL_CHECKS is watched
 * @quarantine: bytes of freed objects that are kept back from reuse
 * @quarantined: free objects that are kept back now; they are part of @cached_depot
 * @withheld: objects that were found overwritten, and are not handed out again; they are part of
 *	@in_use
 *
 * While nobody uses the pool, exactly: @objects = @in_use + @cached_cpu + @cached_depot +
 * @free_slab, and @footprint = @slabs * @slab_bytes + @metadata. While somebody does, the
 * figures may be a few operations apart from each other.
 *
 * Of a sized pool as a whole, each figure is the sum over its classes, but: @size is its
 * largest request; @stride, @limit, @keep and @slab_bytes are 0; @metadata includes what it
 * holds itself; and @footprint is the sum over its classes and that.
 */
struct mpool_stats {
	size_t size;
	size_t stride;
	unsigned long in_use;
	unsigned long cached_cpu;
	unsigned long cached_depot;
	unsigned long free_slab;
	unsigned long objects;
	unsigned long limit;
	unsigned long keep;
	unsigned long slabs;
	unsigned long slab_bytes;
	unsigned long metadata;
	unsigned long footprint;
	unsigned long allocs;
	unsigned long frees;
	unsigned long fails;
	unsigned long grows;
	unsigned long shrinks;
	unsigned long misuses;
	enum mpool_backing backing;
	unsigned long mapped;
	unsigned long m_pool;
	unsigned long limit_bytes;
	unsigned long borrowed;
	unsigned long reserve;
	unsigned long reserve_held;
	unsigned long low;
	unsigned long waiting;
	unsigned long waits;
	unsigned long pending;
	unsigned long budget;
	unsigned long checks;
	unsigned long quarantine;
	unsigned long quarantined;
	unsigned long withheld;
};

struct mpool *__mpool_create(const struct mpool_params *params, struct module *owner,
			     const char *owner_name);

/**
 * mpool_create() - make a pool
 * @params: what it is to be, a struct mpool_params *; not needed after the call
 *
 * The calling module is recorded as the pool's owner. No object is made yet, but for a reserve,
 * and in a buffer: the first allocation makes the first slab.
 *
 * Context: Process context, may sleep.
 * Return: the pool, or an ERR_PTR:
 *
 * * %-EFAULT: no @params
 * * %-ENODATA: no name, or an empty one
 * * %-ENAMETOOLONG: a name of %MPOOL_NAME_LEN characters or more
 * * %-EILSEQ: a character in the name that is not of a-z, 0-9, '_' and '-'
 * * %-EEXIST: a live pool has that name
 * * %-EINVAL: size is 0
 * * %-EDOM: align is not a power of two
 * * %-EOVERFLOW: size and align do not add up
 * * %-E2BIG: size above %MPOOL_SIZE_MAX, align above PAGE_SIZE, or a buffer of 2 GiB or more
 * * %-ERANGE: keep or reserve above limit, or above what a buffer has room for; low above keep
 * * %-EOPNOTSUPP: unknown flags or backing, %MPOOL_BORROW, a gfp that a pool cannot honour,
 *   %MPOOL_POISON with a constructor, or a gfp, a node or low for a buffer
 * * %-ENODEV: a node that is not there, one given without %MPOOL_NODE, or %MPOOL_NODE_STRICT
 *   without that
 * * %-EBADF: a buffer without %MPOOL_BUFFER, or that without a buffer
 * * %-EADDRNOTAVAIL: a buffer that is not aligned as the objects are to be
 * * %-ENXIO: a buffer that is not kernel memory that can be written
 * * %-ENOSPC: a buffer that is too small
 * * %-EBUSY: a buffer that is in part another pool's
 * * %-ENOMEM: no memory; or, for a reserve, @ctor failed
 * * what @ctor returned, for a buffer
 */
#define mpool_create(params...)	__mpool_create(params, THIS_MODULE, KBUILD_MODNAME)

void mpool_destroy(struct mpool *pool);

void *__mpool_alloc(struct mpool *pool, gfp_t gfp);
void *__mpool_init_object(struct mpool *pool, gfp_t gfp, void *obj);
void __mpool_free(struct mpool *pool, void *obj);

/**
 * mpool_alloc() - allocate an object
 * @pool: from which
 * @gfp: what may be done to get memory when the pool must grow. __GFP_ZERO zeroes the object,
 *	and is refused and reported by a pool with a constructor. Zone bits are ignored: the
 *	pool's own count. __GFP_NOFAIL cannot be honoured and is ignored too.
 *
 * Without a constructor the content is undefined, unless init_on_alloc is on.
 *
 * A request that may sleep fails only if all objects up to the limit are in use, of the reserve,
 * or promised to those in line for them, or if the system has no memory: objects that other CPUs
 * cache are fetched first, and those that were freed by mpool_free_deferred() or mpool_free_rcu()
 * waited for. One that may not sleep cannot wait for other CPUs; it has their objects fetched for
 * those who come after it. With %MPOOL_PRIVILEGED it may take the reserve.
 *
 * Context: Any. Sleeps only if @gfp has __GFP_DIRECT_RECLAIM. In an NMI, and with preemption
 * or interrupts off on PREEMPT_RT, the pool does not grow.
 * Return: the object, or NULL. Free it with mpool_free().
 */
static __always_inline void * __must_check mpool_alloc(struct mpool *pool, gfp_t gfp)
{
	void *obj;

	if (!mpool_lane_is_open() || mpool_lane_may_fail())
		return __mpool_alloc(pool, gfp);
	mpool_lane_might_alloc(gfp);
	if (unlikely(!mpool_lane_alloc((struct mpool_lane *)pool, &obj)))
		return __mpool_alloc(pool, gfp);
	if (want_init_on_alloc(gfp))
		return __mpool_init_object(pool, gfp, obj);
	return obj;
}

/**
 * mpool_free() - free an object
 * @pool: the pool that it is from
 * @obj: the object; NULL is fine
 *
 * An object that is not of this pool, is not the start of one, or is free already, is
 * refused: the pool stays as it was, and the log says which pool, what was wrong and who
 * called. Only a double free whose two calls run within the same few nanoseconds, on two CPUs
 * or one in an interrupt of the other, can escape; see mpool_lane_free().
 *
 * Context: Any, an NMI too.
 */
static __always_inline void mpool_free(struct mpool *pool, void *obj)
{
	if (!mpool_lane_is_open() || want_init_on_free() ||
	    unlikely(!mpool_lane_free((struct mpool_lane *)pool, obj)))
		__mpool_free(pool, obj);
}

int mpool_alloc_bulk(struct mpool *pool, gfp_t gfp, size_t n, void **objs) __must_check;
void mpool_free_bulk(struct mpool *pool, size_t n, void **objs);

unsigned long mpool_copy_to_user(struct mpool *pool, void __user *to, const void *from,
				 unsigned long n) __must_check;
unsigned long mpool_copy_from_user(struct mpool *pool, void *to, const void __user *from,
				   unsigned long n) __must_check;

unsigned long mpool_trim(struct mpool *pool);
void mpool_read_stats(struct mpool *pool, struct mpool_stats *stats);

int mpool_set_limit(struct mpool *pool, unsigned long limit);
int mpool_set_keep(struct mpool *pool, unsigned long keep);
int mpool_set_reserve(struct mpool *pool, unsigned long reserve);

/**
 * mpool_zalloc() - allocate an object and fill it with zeroes
 * @pool: the pool, one without a constructor
 * @gfp: as for mpool_alloc()
 *
 * Context: as mpool_alloc().
 * Return: as mpool_alloc().
 */
static inline void * __must_check mpool_zalloc(struct mpool *pool, gfp_t gfp)
{
	return mpool_alloc(pool, gfp | __GFP_ZERO);
}

/* --- waiting --- */

void *mpool_alloc_wait(struct mpool *pool, gfp_t gfp, long timeout) __must_check;
int mpool_alloc_wait_bulk(struct mpool *pool, gfp_t gfp, size_t n, void **objs,
			  long timeout) __must_check;

/**
 * struct mpool_request - a request for objects that can be answered later
 * @complete: what is called when it is answered, if it was not so at once
 * @objs: where the objects go, room for all that are asked for
 * @gfp: as for mpool_alloc(), with or without %MPOOL_PRIVILEGED
 * @n: how many were asked for
 * @err: in @complete: 0; %-ESHUTDOWN if the pool was destroyed; or %-E2BIG if its limit was
 *	lowered so far that the request can never be answered
 *
 * It belongs to the caller and can be part of something of his, but must not move or go while it
 * is in line. Prepare it by mpool_request_init(), where it is to stay; after it has been answered
 * or cancelled, it can be submitted again.
 *
 * @complete is called in process context, and may sleep; those of one pool are called one after
 * the other, in the order in which their requests came. In it, the request is the caller's
 * again: @complete may submit it anew, free its memory, free the objects, or destroy the pool.
 */
struct mpool_request {
	void (*complete)(struct mpool_request *request);
	void **objs;
	gfp_t gfp;
	size_t n;
	int err;
	/* private: of mpool.ko */
	struct mpool *pool;		/* where it is in line, or its answer is; else NULL */
	struct list_head link;
	struct list_head privileged;
	bool answered;
	bool told;			/* was, since it was last submitted */
};

/**
 * mpool_request_init() - prepare a request
 * @request: the request, which is not in line
 * @objs: where the objects go
 * @gfp: as for mpool_alloc()
 * @complete: what is called when the request is answered later
 *
 * Context: Any.
 */
static inline void mpool_request_init(struct mpool_request *request, void **objs, gfp_t gfp,
				      void (*complete)(struct mpool_request *request))
{
	*request = (struct mpool_request){ .complete = complete, .objs = objs, .gfp = gfp };
	INIT_LIST_HEAD(&request->link);
	INIT_LIST_HEAD(&request->privileged);
}

int mpool_alloc_async(struct mpool *pool, struct mpool_request *request, size_t n) __must_check;
int mpool_cancel(struct mpool_request *request);
int mpool_cancel_sync(struct mpool_request *request);

/* --- frees that come to effect later --- */

void mpool_free_deferred(struct mpool *pool, void *obj);
void mpool_free_rcu(struct mpool *pool, void *obj);
void mpool_flush(struct mpool *pool);

/* --- sized pools --- */

/* Most classes that a sized pool can have, those for runs included. */
#define MPOOL_CLASSES_MAX	200

/**
 * struct mpool_sized_params - what a sized pool is to be
 * @name: as mpool_params.name, but of at most 25 characters: its classes are pools of their
 *	own, named NAME-SIZE
 * @classes: sizes of its classes in bytes, ascending, each at most %MPOOL_SIZE_MAX, and rounded
 *	up to a multiple of 8; or NULL, and then they are made from @min, @max and @growth
 * @nr_classes: how many @classes there are
 * @min: smallest class; 0 is 8
 * @max: largest class, at most %MPOOL_SIZE_MAX
 * @growth: a class is at most this much larger than the one below it, in thousandths of that;
 *	0 is 125. A request of @min or more so loses at most the part @growth / 1000 of its own
 *	size, or 7 bytes if that is more.
 * @run_max: largest request. One above the largest class takes several blocks of that class in
 *	one contiguous piece. Rounded up to whole blocks, and then at most %MPOOL_SIZE_MAX; 0 is
 *	the largest class.
 * @limit: most bytes that the slabs of all classes may have, together; 0 is no limit. What the
 *	pool must know beside its slabs does not count, nor do pages that it has just got, and
 *	gives back because another class was faster.
 * @align: as mpool_params.align
 * @node: as mpool_params.node
 * @gfp: as mpool_params.gfp
 * @flags: as mpool_params.flags, and %MPOOL_BORROW
 * @quarantine: as mpool_params.quarantine, for each class
 * @backing: as mpool_params.backing, but for %MPOOL_BUFFER
 *
 * Zero in any field but @name and one of @classes and @max is a sensible default.
 */
struct mpool_sized_params {
	const char *name;
	const size_t *classes;
	unsigned int nr_classes;
	size_t min;
	size_t max;
	unsigned int growth;
	size_t run_max;
	unsigned long limit;
	size_t align;
	int node;
	gfp_t gfp;
	unsigned long flags;
	size_t quarantine;
	enum mpool_backing backing;
};

struct mpool_sized *__mpool_sized_create(const struct mpool_sized_params *params,
					 struct module *owner, const char *owner_name);

/**
 * mpool_sized_create() - make a sized pool
 * @params: what it is to be, a struct mpool_sized_params *; not needed after the call
 *
 * The calling module is recorded as its owner.
 *
 * Context: Process context, may sleep.
 * Return: the sized pool, or an ERR_PTR: as mpool_create(), and
 *
 * * %-EINVAL: neither @classes nor @max; both; or @min or @growth with @classes
 * * %-EINVAL: a class of size 0, a class not above the one before it, or @min above @max
 * * %-E2BIG: a class or @run_max above %MPOOL_SIZE_MAX, or more than %MPOOL_CLASSES_MAX classes
 * * %-ERANGE: @run_max below the largest class; @growth above 4000; or a @limit that is below
 *   one slab of some class
 * * %-EOPNOTSUPP: %MPOOL_BUFFER
 */
#define mpool_sized_create(params...)						\
	__mpool_sized_create(params, THIS_MODULE, KBUILD_MODNAME)

void mpool_sized_destroy(struct mpool_sized *sized);

void *mpool_sized_alloc(struct mpool_sized *sized, size_t size, gfp_t gfp) __must_check;
void *mpool_sized_resize(struct mpool_sized *sized, void *ptr, size_t size,
			 gfp_t gfp) __must_check;
void mpool_sized_free(struct mpool_sized *sized, void *ptr);
size_t mpool_sized_size_of(struct mpool_sized *sized, const void *ptr);
unsigned long mpool_sized_copy_to_user(struct mpool_sized *sized, void __user *to,
				       const void *from, unsigned long n) __must_check;
unsigned long mpool_sized_copy_from_user(struct mpool_sized *sized, void *to,
					 const void __user *from, unsigned long n) __must_check;

unsigned long mpool_sized_trim(struct mpool_sized *sized);
void mpool_sized_read_stats(struct mpool_sized *sized, struct mpool_stats *stats);
int mpool_sized_read_class(struct mpool_sized *sized, unsigned int number,
			   struct mpool_stats *stats);

/* --- objects of several pieces, and trees of them --- */

/* Most parts that a type can have. */
#define MPOOL_PARTS_MAX		32

/**
 * struct mpool_part - a part of the objects of a type
 * @offset: where in the object the pointer to it is stored, aligned as a pointer is; of
 *	several objects from a @pool, the first of that many pointers in a row
 * @pool: pool that it is from, one object of it for each that is counted; or NULL
 * @sized: sized pool that it is from, all that are counted in one piece; or NULL
 * @size: with @sized: bytes of one
 * @count: how many there are, at least 1; if @given, how many there may be at most
 * @given: how many there are is said when an object is made; what is not there is NULL
 * @init: makes a part of a block, or several in the piece from @sized, after the object's own
 *	init and after the parts before it. Returns 0 or a negative errno, which undoes the object.
 *	May be NULL.
 * @fini: undoes @init, before the parts before it and the object itself. May be NULL.
 *
 * @init and @fini are called in the context of mpool_object_create() and
 * mpool_object_destroy(); for a part of several objects from a @pool, once for each.
 */
struct mpool_part {
	size_t offset;
	struct mpool *pool;
	struct mpool_sized *sized;
	size_t size;
	size_t count;
	bool given;
	int (*init)(void *part, size_t count, void *obj, void *arg);
	void (*fini)(void *part, void *obj);
};

/**
 * struct mpool_type_params - what the objects of a type are to be
 * @name: as mpool_params.name: the objects' own blocks are from a pool of that name
 * @size: bytes of an object, without its parts. With a head of six longs, and what that takes to
 *	be aligned, at most %MPOOL_SIZE_MAX.
 * @align: its alignment, as mpool_params.align
 * @limit: most objects that may exist, 0 for no limit
 * @keep: as mpool_params.keep
 * @flags: what of %MPOOL_CHECKS is to be watched, as mpool_params.flags
 * @quarantine: as mpool_params.quarantine
 * @parts: the parts that each object has, in the order in which they are made. Copied.
 * @nr_parts: how many @parts there are
 * @init: makes an object of its block. All its parts' blocks are there by then, and the pointers
 *	to them, which it must leave alone: it cannot zero the object as a whole. Until all inits
 *	have returned, it is no object that could adopt or be adopted. Returns 0 or a negative
 *	errno, which undoes the object. May be NULL.
 * @fini: undoes @init, after all its children and parts have been undone. May be NULL.
 *
 * Zero in any field but @name and @size is a sensible default. Unlike a pool's constructor,
 * @init is called for each object that is created, and @fini for each that is destroyed.
 */
struct mpool_type_params {
	const char *name;
	size_t size;
	size_t align;
	unsigned long limit;
	unsigned long keep;
	unsigned long flags;
	size_t quarantine;
	const struct mpool_part *parts;
	unsigned int nr_parts;
	int (*init)(void *obj, void *arg);
	void (*fini)(void *obj);
};

struct mpool_type *__mpool_type_create(const struct mpool_type_params *params,
				       struct module *owner, const char *owner_name);

/**
 * mpool_type_create() - make a type of objects
 * @params: what they are to be, a struct mpool_type_params *; not needed after the call
 *
 * The pools that its parts are from must outlive the type's objects.
 *
 * Context: Process context, may sleep.
 * Return: the type, or an ERR_PTR: as mpool_create() for the pool of the objects' blocks, and
 *
 * * %-EFAULT: @nr_parts without @parts
 * * %-EOPNOTSUPP: flags other than %MPOOL_CHECKS
 * * %-E2BIG: more than %MPOOL_PARTS_MAX parts
 * * %-EINVAL: a part with neither pool nor sized pool, or both; a size for a part from a pool,
 *   or none for one from a sized pool; a count of 0; an offset that is not aligned
 * * %-ERANGE: pointers of a part that would lie outside of the object, or on another part's
 * * %-EOVERFLOW: a part whose count times size is more than its sized pool's largest request
 */
#define mpool_type_create(params...)	__mpool_type_create(params, THIS_MODULE, KBUILD_MODNAME)

void mpool_type_destroy(struct mpool_type *type);
struct mpool *mpool_type_pool(struct mpool_type *type);

void *mpool_object_create(struct mpool_type *type, gfp_t gfp, const size_t *counts,
			  void *arg) __must_check;
int mpool_object_destroy(struct mpool_type *type, void *obj);
int mpool_object_adopt(struct mpool_type *type, void *obj, void *parent);
int mpool_object_release(struct mpool_type *type, void *obj);
int mpool_object_move(struct mpool_type *type, void *obj, void *parent);
void *mpool_object_parent(struct mpool_type *type, void *obj);

#endif /* _LINUX_MPOOL_H */
