/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fast lane of mpool: what linux/mpool.h has inlined into its callers. Not an interface:
 * drivers use linux/mpool.h, and only mpool.ko knows more of what is here than this does.
 *
 * An object comes from the CPU's magazine and goes there, with all that is checked of it, without a
 * call, an atomic operation or a line of memory that another CPU writes. What the lane cannot do
 * it leaves as it was: __mpool_alloc() and __mpool_free() begin anew, and find out why.
 */
#ifndef _LINUX_MPOOL_LANE_H
#define _LINUX_MPOOL_LANE_H

#include <linux/compiler.h>
#include <linux/kconfig.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/preempt.h>
#include <linux/sched/mm.h>
#include <linux/types.h>
#include <linux/uaccess.h>

struct mpool;
struct mpool_slab;

/* What is noted of an object that is nobody's, and of one that a caller has. There is more. */
#define MPOOL_MARK_FREE	0
#define MPOOL_MARK_HELD	1

struct mpool_magazine {
	union {
		struct list_head link;	/* in the depot; guarded by mpool.lock */
		struct rcu_head rcu;	/* of one that is of no use any more */
	};
	unsigned int n;			/* objects in it */
	unsigned int size;		/* objects that it has room for */
	void *objs[];
};

/*
 * A CPU's part of a pool. Only that CPU writes it, and only after taking @busy, with preemption
 * off. An interrupt or an NMI that finds @busy taken leaves it alone; it runs to its end before the
 * interrupted code goes on, which is why plain stores are enough. Each CPU has two, side by side:
 * who finds the first one busy, outside of the fast lane, takes the second, or does without.
 */
struct mpool_cpu {
	unsigned long busy;		/* a word: bytes are slower to read back */
	struct mpool_magazine *loaded;	/* never NULL; see no_magazine in magazine.c */
	struct mpool_magazine *previous;	/* likewise; both are real ones, or neither is */
	unsigned long allocs;
	unsigned long frees;
};

/*
 * What a slab's memory begins with. After the marks comes, aligned, a bitmap with a bit set for
 * each object that the slab has free; then who had the objects, where that is tracked; and then,
 * before the first object at mpool_lane.first and its gap, the cookie once more. So whoever writes
 * past the end of what is before the slab, or before the start of its first object, spoils a cookie
 * first: with both in order, what is between them is believed.
 */
struct mpool_slab_head {
	unsigned long cookie;		/* see mpool_lane_slab() */
	struct mpool_slab *slab;
	unsigned int nr;		/* objects; fixed from the slab's birth */
	u8 mark[];			/* what is noted of each; written by whoever moves it */
};

/* What a pool begins with. Written at create; @lowest and @highest at growth too. */
struct mpool_lane {
	struct mpool_cpu __percpu *cpu;
	unsigned long cookie;		/* with a slab's address: what that slab's cookie is */
	unsigned long base;		/* what slabs are aligned from */
	unsigned long offset_mask;	/* of an address less @base: its offset within the slab */
	unsigned long lowest;		/* no slab starts below */
	unsigned long highest;		/* no slab starts above */
	u64 inverse;			/* 2^64 / @stride, rounded up */
	u32 stride;			/* bytes from one object to the next */
	u32 first;			/* from a slab's start to its first object */
};

bool mpool_fault_armed(void);

/* May the lane be taken? Kernels that watch each object are told of each by mpool.ko. */
static __always_inline bool mpool_lane_is_open(void)
{
	return !IS_ENABLED(CONFIG_KASAN_GENERIC) && !IS_ENABLED(CONFIG_KMSAN) &&
	       !IS_ENABLED(CONFIG_DEBUG_KMEMLEAK);
}

/* May an allocation be made to fail? Which one, mpool.ko decides. */
static __always_inline bool mpool_lane_may_fail(void)
{
	return IS_ENABLED(CONFIG_FAULT_INJECTION) && mpool_fault_armed();
}

/* The lane is no place to be preempted at, so it says what might sleep to those only who check. */
static __always_inline void mpool_lane_might_alloc(gfp_t gfp)
{
	if (IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP) || IS_ENABLED(CONFIG_LOCKDEP))
		might_alloc(gfp);
}

/* Where in its slab an address lies; of another pool's address anything may come out. */
static __always_inline unsigned long mpool_lane_offset(const struct mpool_lane *lane,
						       const void *obj)
{
	return ((unsigned long)obj - lane->base) & lane->offset_mask;
}

/*
 * Which object an offset from a slab's first one is in; false if it is not where that starts.
 *
 * With 64 bits of fraction the product has the quotient in its upper half, and what is left in its
 * lower: less than the inverse if there is no remainder. D. Lemire, O. Kaser and N. Kurz, "Faster
 * remainder by direct computation", Software: Practice and Experience 49(6), 2019.
 */
static __always_inline bool mpool_lane_divide(const struct mpool_lane *lane, u32 offset,
					      unsigned long *index)
{
#ifdef __SIZEOF_INT128__
	__uint128_t product = (__uint128_t)offset * lane->inverse;

	*index = product >> 64;
	return (u64)product < lane->inverse;
#else
	*index = offset / lane->stride;
	return *index * lane->stride == offset;
#endif
}

/* The mark of what is known to be an object of the pool. */
static __always_inline u8 *mpool_lane_mark(const struct mpool_lane *lane, const void *obj)
{
	unsigned long offset = mpool_lane_offset(lane, obj), index;
	struct mpool_slab_head *head = (void *)((unsigned long)obj - offset);

	mpool_lane_divide(lane, offset - lane->first, &index);
	return &head->mark[index];
}

/*
 * What a slab's cookie would be if there were one; false if that cannot be read. KASAN is not to
 * say that nobody should look there.
 */
static __no_kasan_or_inline bool mpool_lane_read_cookie(const struct mpool_slab_head *head,
							unsigned long *cookie)
{
	__get_kernel_nofault(cookie, &head->cookie, unsigned long, fault);
	return true;
fault:
	return false;
}

/*
 * Is this, which may be any address at all, a slab of this pool? The bounds keep out what
 * could not even be asked (user space, non-canonical addresses, vmalloc space); a read that
 * may fault does the asking, for there are holes between the bounds; and the cookie depends
 * on the address and on a secret of the pool, and is wiped when a slab dies, so that no other
 * memory has it.
 */
static __always_inline bool mpool_lane_slab(const struct mpool_lane *lane,
					    const struct mpool_slab_head *head)
{
	unsigned long address = (unsigned long)head;
	unsigned long cookie;

	/* Growth moves them, but not past what may be asked about. */
	if (unlikely(data_race(address < lane->lowest || address > lane->highest)))
		return false;
	return mpool_lane_read_cookie(head, &cookie) && (cookie ^ address) == lane->cookie;
}

/* Does an object of the pool start at what may be any address at all? Then @mark is its mark. */
static __always_inline bool mpool_lane_find(const struct mpool_lane *lane, const void *obj,
					    u8 **mark)
{
	unsigned long offset = mpool_lane_offset(lane, obj), index;
	struct mpool_slab_head *head = (void *)((unsigned long)obj - offset);

	if (unlikely(!mpool_lane_slab(lane, head)))
		return false;
	/* Before the first object the offset wraps, and the index is too large. */
	if (unlikely(!mpool_lane_divide(lane, offset - lane->first, &index) ||
		     (u32)index >= head->nr))
		return false;
	*mark = &head->mark[index];
	return true;
}

/* Take a part of this CPU; false while code that we interrupted has it. No preemption. */
static __always_inline bool mpool_lane_take(struct mpool_cpu *cpu)
{
	/* Whoever interrupts us leaves it as he finds it. */
	if (unlikely(data_race(cpu->busy)))
		return false;
	WRITE_ONCE(cpu->busy, 1);
	barrier();	/* An interrupt sees us busy before anything moves. */
	return true;
}

/* Take this CPU's first part of a pool. */
static __always_inline bool mpool_lane_enter(const struct mpool_lane *lane, struct mpool_cpu **cpu)
{
	*cpu = this_cpu_ptr(lane->cpu);
	return mpool_lane_take(*cpu);
}

static __always_inline void mpool_lane_leave(struct mpool_cpu *cpu)
{
	barrier();	/* All has moved before an interrupt sees us idle. */
	WRITE_ONCE(cpu->busy, 0);
}

/* An object from this CPU's magazine, marked as held; or false, and nothing has happened. */
static __always_inline bool mpool_lane_alloc(const struct mpool_lane *lane, void **obj)
{
	struct mpool_magazine *magazine;
	struct mpool_cpu *cpu;
	unsigned int n;
	u8 *mark;

	preempt_disable();
	if (unlikely(!mpool_lane_enter(lane, &cpu)))
		goto err_busy;
	magazine = cpu->loaded;
	n = magazine->n;
	if (unlikely(!n))
		goto err_refused;
	*obj = magazine->objs[n - 1];
	mark = mpool_lane_mark(lane, *obj);
	/* If it is not free, it was freed twice, at the same moment, and is in two places. */
	if (unlikely(data_race(*mark != MPOOL_MARK_FREE)))
		goto err_refused;
	WRITE_ONCE(*mark, MPOOL_MARK_HELD);
	WRITE_ONCE(magazine->n, n - 1);
	/* Of our own: others only look at it. */
	data_race(cpu->allocs++);
	mpool_lane_leave(cpu);
	preempt_enable();
	return true;

err_refused:
	mpool_lane_leave(cpu);
err_busy:
	preempt_enable();
	return false;
}

/*
 * An object that is held into this CPU's magazine, marked as free; false if it is not held, or no
 * object at all, or there is no room, and nothing has happened. What two who free the same object
 * must both do between look and mark to escape notice is a few instructions long. An atomic
 * operation would close even that gap, at the price of twice the time of a free.
 */
static __always_inline bool mpool_lane_free(const struct mpool_lane *lane, void *obj)
{
	struct mpool_magazine *magazine;
	struct mpool_cpu *cpu;
	unsigned int n;
	u8 *mark;

	/* Before the look: the slab of what somebody else has freed can go while we do not run. */
	preempt_disable();
	if (unlikely(!mpool_lane_find(lane, obj, &mark) || !mpool_lane_enter(lane, &cpu)))
		goto err_busy;
	magazine = cpu->loaded;
	n = magazine->n;
	/* Whoever else changes the mark of an object that is held makes a mistake; see above. */
	if (unlikely(n >= magazine->size || data_race(*mark != MPOOL_MARK_HELD)))
		goto err_refused;
	WRITE_ONCE(*mark, MPOOL_MARK_FREE);
	magazine->objs[n] = obj;
	WRITE_ONCE(magazine->n, n + 1);
	/* Of our own: others only look at it. */
	data_race(cpu->frees++);
	mpool_lane_leave(cpu);
	preempt_enable();
	return true;

err_refused:
	mpool_lane_leave(cpu);
err_busy:
	preempt_enable();
	return false;
}

#endif /* _LINUX_MPOOL_LANE_H */
