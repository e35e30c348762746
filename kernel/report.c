// SPDX-License-Identifier: GPL-2.0
/*
 * What is said of a mistake. No address is printed, and nothing of what is in an object: objects
 * are known by the number of their slab and their own, as in 3/17.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/debugobjects.h>
#include <linux/hash.h>
#include <linux/math64.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/sched/task_stack.h>
#include <linux/stackdepot.h>
#include <linux/timekeeping.h>
#include <trace/events/error_report.h>

#include "internal.h"

/* Call sites of a leak that are shown. */
#define TOP_SITES	8

static const char * const misuse_text[] = {
	[MISUSE_NONE]		= "nothing is wrong",
	[MISUSE_FOREIGN]	= "free of what is no pool's object",
	[MISUSE_MISALIGNED]	= "free of what is not the start of an object",
	[MISUSE_DOUBLE_FREE]	= "double free",
	[MISUSE_WRONG_POOL]	= "free of another pool's object",
	[MISUSE_DAMAGED]	= "free of an object of a slab whose head was overwritten",
	[MISUSE_DESTROYED]	= "free after mpool_destroy()",
	[MISUSE_BEHIND]		= "behind",
	[MISUSE_BEFORE]		= "before",
	[MISUSE_COPY]		= "copy of what is no object",
	[MISUSE_ZERO]		= "__GFP_ZERO would wipe out what the constructor wrote",
	[MISUSE_SIZE]		= "request of a size that it does not have",
	[MISUSE_NOT_OBJECT]	= "use of what is no live object of any type",
	[MISUSE_WRONG_TYPE]	= "use of another type's object",
	[MISUSE_REQUEST_BUSY]	= "submission of a request that is in line",
};

static_assert(ARRAY_SIZE(misuse_text) == NR_MISUSES);

/* --- what has been said before --- */

/* What was reported last of those that share a place in the table. */
static struct said {
	unsigned long caller;
	u32 id;				/* of the entry; 0 for none */
	enum misuse misuse;
} said[256];

/* Guards @said. It is only tried, for an NMI may come along; who does not get it says it again. */
static DEFINE_RAW_SPINLOCK(said_lock);

static bool was_said(const struct entry *entry, enum misuse misuse, unsigned long caller, bool say)
{
	struct said this = { .caller = caller, .id = entry->id, .misuse = misuse };
	struct said *last = &said[hash_long(caller ^ entry->id ^ ((u32)misuse << 16), 8)];
	unsigned long flags;
	bool same;

	if (!raw_spin_trylock_irqsave(&said_lock, flags))
		return false;
	same = last->caller == this.caller && last->id == this.id && last->misuse == this.misuse;
	if (say)
		*last = this;
	raw_spin_unlock_irqrestore(&said_lock, flags);
	return same;
}

/* Count a mistake. Is it to be printed? Each call site is once, and not too many at a time. */
static bool is_news(struct entry *entry, enum misuse misuse, unsigned long caller)
{
	atomic_long_inc(&entry->misuses);
	if (caller && was_said(entry, misuse, caller, false))
		return false;
	if (!__ratelimit(&entry->reports))
		return false;
	/* What was not printed, because there was too much, will be the next time. */
	return !caller || !was_said(entry, misuse, caller, true);
}

/**
 * report_setup() - prepare a new pool for being reported
 * @entry: the pool, or what is made of pools
 */
void report_setup(struct entry *entry)
{
	ratelimit_state_init(&entry->reports, DEFAULT_RATELIMIT_INTERVAL,
			     DEFAULT_RATELIMIT_BURST);
}

/* --- what is known of an object --- */

#ifdef CONFIG_STACKDEPOT

static void show_stack(u32 stack)
{
	if (stack)
		stack_depot_print(stack);
}

#else

static void show_stack(u32 stack)
{
}

#endif

static void show_track(const char *what, const struct track *track)
{
	u64 age = ktime_get_mono_fast_ns() - track->when;
	char name[TRACK_NAME_LEN];

	if (!track->when)
		return;
	pr_err("    %s by %s, pid %u on CPU %u, %llu ms ago\n", what,
	       track_name(name, track->caller), track->pid, track->cpu,
	       div_u64(age, NSEC_PER_MSEC));
	show_stack(track->stack);
}

static const char *state_of(u8 mark)
{
	switch (mark & ~MARK_RESERVE) {
	case MARK_FREE:
		return "free";
	case MARK_HELD:
		return "in use";
	case MARK_LATE + LATE_WITHHELD:
		return "withheld";
	default:
		return "freed and on its way home";
	}
}

/* Where it is, what it is at, and who had it. Its slab may go, but for what RCU keeps of it. */
static void show_object(const struct mpool *pool, const char *which, const struct mpool_slab *slab,
			unsigned int index)
{
	struct track tracks[NR_TRACKS];
	u8 mark;

	if (!slab_see(pool, slab, index, &mark, tracks)) {
		pr_err("  %s object %u/%u is gone, with its slab\n", which, slab->id, index);
		return;
	}
	pr_err("  %s object %u/%u is %s\n", which, slab->id, index, state_of(mark));
	if (!pool->sites)
		return;
	show_track("allocated", &tracks[TRACK_ALLOC]);
	show_track("freed", &tracks[TRACK_FREE]);
}

static void show_with_neighbours(const struct mpool *pool, const struct place *place)
{
	show_object(pool, "this", place->slab, place->index);
	if (place->index)
		show_object(pool, "before it,", place->slab, place->index - 1);
	if (place->index + 1 < place->slab->nr)
		show_object(pool, "behind it,", place->slab, place->index + 1);
}

/* Each report begins with what it is about. */
static __printf(2, 3) void report(const struct entry *entry, const char *format, ...)
{
	struct va_format text = { .fmt = format };
	va_list args;

	va_start(args, format);
	text.va = &args;
	pr_err("pool %s (id %u, owner %s): %pV\n", entry->name, entry->id, entry->owner_name,
	       &text);
	va_end(args);
}

/* --- calls that were refused --- */

/**
 * report_misuse() - count and print a call that was refused
 * @entry: what was asked: a pool, or something made of pools
 * @misuse: what is wrong
 * @caller: who called
 * @other: name of the pool or type that the object is of, if that is what is wrong; else NULL
 *
 * Context: any.
 */
void report_misuse(struct entry *entry, enum misuse misuse, unsigned long caller,
		   const char *other)
{
	if (!is_news(entry, misuse, caller))
		return;
	report(entry,
	       "%s%s%s, called from %pS",
	       misuse_text[misuse], other ? " of " : "", other ?: "", (void *)caller);
}

/* A free of an object of the pool, as far as it is one. Under rcu_read_lock(). */
static void report_own(struct mpool *pool, enum misuse misuse, const struct place *place,
		       unsigned long caller)
{
	struct entry *entry = &pool->entry;

	if (!is_news(entry, misuse, caller))
		return;
	if (!caller)
		report(entry,
		       "%s of object %u/%u, noticed when it was handed out again",
		       misuse_text[misuse], place->slab->id, place->index);
	else if (misuse == MISUSE_MISALIGNED)
		report(entry,
		       "%s, %ld bytes into object %u/%u, called from %pS",
		       misuse_text[misuse], place->offset, place->slab->id, place->index,
		       (void *)caller);
	else
		report(entry,
		       "%s of object %u/%u, called from %pS",
		       misuse_text[misuse], place->slab->id, place->index, (void *)caller);
	show_object(pool, "this", place->slab, place->index);
}

/* A free of what is another pool's, or no pool's. */
static void report_foreign(struct mpool *pool, const void *obj, unsigned long caller)
{
	struct mpool *other = registry_find(obj, pool);
	struct entry *entry = &pool->entry;
	struct place place;

	if (!other || !slab_locate(other, obj, &place))
		report_misuse(entry, MISUSE_FOREIGN, caller, NULL);
	else if (is_news(entry, MISUSE_WRONG_POOL, caller))
		report(entry,
		       "free of object %u/%u of pool %s, called from %pS",
		       place.slab->id, place.index, other->entry.name, (void *)caller);
}

/**
 * report_free() - count and print a free that was refused
 * @pool: which was to have it
 * @misuse: what is wrong, as far as the fast lane can tell
 * @obj: what was to be freed
 * @caller: who called; 0 when it was noticed later
 *
 * Context: any.
 */
void report_free(struct mpool *pool, enum misuse misuse, const void *obj, unsigned long caller)
{
	struct place place;

	rcu_read_lock();
	if (misuse == MISUSE_FOREIGN && slab_check_damage(pool, obj))
		misuse = MISUSE_DAMAGED;
	if (misuse == MISUSE_FOREIGN)
		report_foreign(pool, obj, caller);
	else if (slab_locate(pool, obj, &place))
		report_own(pool, misuse, &place, caller);
	else
		report_misuse(&pool->entry, misuse, caller, NULL);
	rcu_read_unlock();
}

/**
 * report_copy() - count and print a copy that was refused
 * @pool: of whose object it was to be
 * @to_user: from the object; else to it
 * @address: where it was to begin
 * @n: bytes
 * @caller: who called
 *
 * Context: any.
 */
void report_copy(struct mpool *pool, bool to_user, const void *address, unsigned long n,
		 unsigned long caller)
{
	const char *direction = to_user ? "to user space, from" : "from user space, to";
	struct entry *entry = &pool->entry;
	struct place place;

	if (!is_news(entry, MISUSE_COPY, caller))
		return;
	rcu_read_lock();
	if (!slab_locate(pool, address, &place)) {
		report(entry,
		       "copy of %lu bytes %s what is no object of it, called from %pS",
		       n, direction, (void *)caller);
	} else {
		report(entry,
		       "copy of %lu bytes %s byte %ld of object %u/%u of %zu bytes, called from %pS",
		       n, direction, place.offset, place.slab->id, place.index, pool->size,
		       (void *)caller);
		show_object(pool, "this", place.slab, place.index);
	}
	rcu_read_unlock();
}

/* --- what was overwritten --- */

/**
 * report_overwritten() - count and print that somebody wrote beyond an object
 * @pool: whose
 * @misuse: MISUSE_BEHIND or MISUSE_BEFORE
 * @obj: the object, which is being freed
 * @where: as checks_free() says
 * @caller: who frees it
 *
 * Context: any.
 */
void report_overwritten(struct mpool *pool, enum misuse misuse, const void *obj, long where,
			unsigned long caller)
{
	struct place place = { .slab = slab_of(pool, obj)->slab, .index = slab_index(pool, obj) };
	bool behind = misuse == MISUSE_BEHIND;
	const u8 *byte = obj + where + (behind ? pool->size : 0);

	if (!is_news(&pool->entry, misuse, caller))
		return;
	report(&pool->entry,
	       "byte %ld %s object %u/%u was overwritten with 0x%02x, found by a free called from %pS",
	       behind ? where + 1 : -where, misuse_text[misuse], place.slab->id, place.index,
	       checks_byte(byte), (void *)caller);
	show_with_neighbours(pool, &place);
}

static void show_spoiled(struct mpool *pool, const void *obj, size_t where)
{
	struct place place = { .slab = slab_of(pool, obj)->slab, .index = slab_index(pool, obj) };

	if (!__ratelimit(&pool->entry.reports))
		return;
	report(&pool->entry,
	       "byte %zu of object %u/%u was overwritten with 0x%02x after it was freed",
	       where, place.slab->id, place.index, checks_byte(obj + where));
	show_with_neighbours(pool, &place);
}

/**
 * report_spoiled() - count and print that somebody wrote to a free object
 * @pool: whose
 * @obj: the object, whose slab is about to go
 * @where: the first such byte
 *
 * Context: any.
 */
void report_spoiled(struct mpool *pool, const void *obj, size_t where)
{
	atomic_long_inc(&pool->entry.misuses);
	show_spoiled(pool, obj, where);
}

/**
 * report_unseen() - print what was noticed and counted under mpool.lock
 * @pool: whose
 * @spoiled: free objects that were written to, and are withheld
 * @twice: objects that were freed twice at the same moment
 * @slabs: slabs whose head was overwritten
 *
 * Under the lock it cannot be said: the console's driver may have its buffers from this pool. Who
 * did it was gone in any case when it was noticed.
 *
 * Context: process context.
 */
void report_unseen(struct mpool *pool, const struct spoiled *spoiled, unsigned long twice,
		   unsigned long slabs)
{
	unsigned long i, n = min(spoiled->n, ARRAY_SIZE(spoiled->objs));
	struct entry *entry = &pool->entry;
	size_t where;

	for (i = 0; i < n; i++) {
		if (checks_is_spoiled(pool, spoiled->objs[i], &where))
			show_spoiled(pool, spoiled->objs[i], where);
	}
	if (spoiled->n > n)
		report(entry,
		       "%lu more objects were overwritten after they were freed",
		       spoiled->n - n);
	if (twice)
		report(entry, "%lu objects were freed twice at the same moment", twice);
	if (slabs)
		report(entry,
		       "the heads of %lu slabs were overwritten: their objects are left alone",
		       slabs);
}

/* --- what was left behind --- */

static void show_sites(struct mpool *pool)
{
	const struct site *site = NULL;
	char name[TRACK_NAME_LEN];
	unsigned long objects = 0;
	unsigned int n;

	for (n = 0; n < TOP_SITES && track_next_site(pool, &site, &objects); n++) {
		pr_err("  %lu objects, %lu bytes, allocated by %s\n", objects,
		       objects * pool->size, track_name(name, site->caller));
		show_stack(site->stack);
	}
}

/**
 * report_leak() - print that a pool was destroyed with objects out
 * @pool: the pool
 * @objects: how many are out
 * @stays: does the pool live until they are back?
 *
 * Context: any.
 */
void report_leak(struct mpool *pool, unsigned long objects, bool stays)
{
	report(&pool->entry,
	       "destroyed with %lu objects in use; %s",
	       objects,
	       stays ? "it stays until they are freed" : "their memory goes with its owner");
	show_sites(pool);
}

/**
 * report_forgotten() - print that a module goes without destroying what it made
 * @entry: which is destroyed now
 *
 * Context: any.
 */
void report_forgotten(struct entry *entry)
{
	pr_err("pool %s (id %u): its owner %s is unloaded and did not destroy it\n",
	       entry->name, entry->id, entry->owner_name);
}

/**
 * report_dropped() - print that a module goes while its requests are in line
 * @entry: the pool where they were
 * @module: the name of the module
 * @requests: how many
 *
 * Context: any.
 */
void report_dropped(struct entry *entry, const char *module, unsigned long requests)
{
	report(entry, "%lu requests of %s, which is unloaded, are dropped", requests, module);
}

/* --- a pool's note in what KASAN reports --- */

#if defined(CONFIG_TRACEPOINTS) && defined(CONFIG_KASAN)

static void show_place(struct mpool *pool, const struct place *place)
{
	struct entry *entry = &pool->entry;
	long end = pool->size;

	if (place->offset < 0)
		report(entry,
		       "that is %ld bytes before object %u/%u",
		       -place->offset, place->slab->id, place->index);
	else if (place->offset < end)
		report(entry,
		       "that is byte %ld of object %u/%u",
		       place->offset, place->slab->id, place->index);
	else
		report(entry,
		       "that is byte %ld behind object %u/%u, and byte %ld before what follows",
		       place->offset - end + 1, place->slab->id, place->index,
		       pool->lane.stride - place->offset);
	show_with_neighbours(pool, place);
}

/* Called for each report of a sanitizer, before its last line. */
static void note_report(void *unused, enum error_detector detector, unsigned long address)
{
	struct place place;
	struct mpool *pool;

	if (detector != ERROR_DETECTOR_KASAN)
		return;
	rcu_read_lock();
	pool = registry_find((void *)address, NULL);
	if (pool && slab_locate(pool, (void *)address, &place))
		show_place(pool, &place);
	rcu_read_unlock();
}

/**
 * report_init() - hear of what KASAN reports
 *
 * Return: 0 or a negative errno.
 */
int __init report_init(void)
{
	return register_trace_error_report_end(note_report, NULL);
}

/**
 * report_exit() - undo report_init()
 */
void report_exit(void)
{
	unregister_trace_error_report_end(note_report, NULL);
	tracepoint_synchronize_unregister();
}

#else

int __init report_init(void)
{
	return 0;
}

void report_exit(void)
{
}

#endif

/* --- requests whose memory goes while they are in line: the kernel's own debugobjects --- */

/* It is being freed: what can still be done is to take it out of the line. */
static bool rescue_request(void *request, enum debug_obj_state state)
{
	if (state != ODEBUG_STATE_ACTIVE)
		return false;
	mpool_cancel(request);
	return true;
}

static const struct debug_obj_descr request_descr = {
	.name = "mpool_request",
	.fixup_free = rescue_request,
};

/**
 * report_request_queued() - a request is about to get in line
 * @request: the request
 *
 * Context: any but NMI.
 */
void report_request_queued(struct mpool_request *request)
{
	if (object_is_on_stack(request))
		debug_object_init_on_stack(request, &request_descr);
	else
		debug_object_init(request, &request_descr);
	debug_object_activate(request, &request_descr);
}

/**
 * report_request_left() - a request is its owner's again
 * @request: the request
 *
 * Context: any but NMI.
 */
void report_request_left(struct mpool_request *request)
{
	debug_object_deactivate(request, &request_descr);
	debug_object_free(request, &request_descr);
}
