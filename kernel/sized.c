// SPDX-License-Identifier: GPL-2.0
/*
 * Sized pools: a request goes to the class that its size calls for, and each class is a pool.
 *
 * The classes share a limit in bytes. A class that meets it has the others give back what they
 * do not use. A run of several blocks is an object of a class of its own, so that it is freed as
 * any object is.
 *
 * A pointer is all that a free is given. Slabs come in few sizes, each aligned to its own, and
 * the cookie at a slab's start tells its class: so the class is found by looking at as many places
 * as there are sizes of slabs, which most sized pools have one of.
 */
#include <linux/align.h>
#include <linux/cache.h>
#include <linux/err.h>
#include <linux/instruction_pointer.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "internal.h"

/* All objects are aligned to this at least, so a class between two multiples would be in vain. */
#define GRANULE			8

#define DEFAULT_GROWTH		125
#define GROWTH_MAX		4000

/* Sizes that slabs can have. The first is for pools whose limit is tight. */
static const size_t slab_sizes[] = { SZ_4K, SZ_32K, SZ_256K, SZ_1M };

struct sized_class {
	struct mpool *pool;		/* NULL before it is made and after its end */
	struct mpool_sized *sized;
	atomic_long_t borrowed;		/* requests that the next class served */
};

struct mpool_sized {
	/* What a request and a free read. */
	size_t largest;			/* request */
	u8 *class_of;			/* by a request's size in granules, rounded up */
	unsigned long cookie;		/* of the first class; the next ones count on from there */
	unsigned int nr_classes;
	unsigned int nr_slab_masks;
	unsigned long base;		/* what slabs are aligned from */
	unsigned long slab_mask[ARRAY_SIZE(slab_sizes)];	/* the smallest slabs first */
	bool borrow;

	struct pool_group group;
	struct entry entry;
	atomic_t users;			/* classes that have not ended, and who made it */
	atomic_long_t refused;		/* requests of a size that there is not */
	struct sized_class class[];
};

/* --- which classes there are --- */

/* The largest class but for runs, as it was asked for. */
static size_t top_asked(const struct mpool_sized_params *params)
{
	return params->classes ? params->classes[params->nr_classes - 1] : params->max;
}

static size_t top_class(const struct mpool_sized_params *params)
{
	return ALIGN(top_asked(params), GRANULE);
}

/* The size of class @i, after one of size @before; 0 if that was the last. */
static size_t class_size(const struct mpool_sized_params *params, unsigned int i, size_t before)
{
	size_t top = top_class(params), grown;

	if (before >= top)
		return before < params->run_max ? before + top : 0;
	if (params->classes)
		return ALIGN(params->classes[i], GRANULE);
	if (!before)
		return ALIGN(params->min ?: GRANULE, GRANULE);
	grown = before * (1000 + (params->growth ?: DEFAULT_GROWTH)) / 1000;
	return min(top, max(before + GRANULE, ALIGN_DOWN(grown, GRANULE)));
}

static int check_list(const struct mpool_sized_params *params)
{
	size_t before = 0;
	unsigned int i;

	if (params->min || params->max || params->growth || !params->nr_classes)
		return -EINVAL;
	if (params->nr_classes > MPOOL_CLASSES_MAX)
		return -E2BIG;
	for (i = 0; i < params->nr_classes; i++) {
		if (!params->classes[i])
			return -EINVAL;
		if (params->classes[i] > MPOOL_SIZE_MAX)
			return -E2BIG;
		if (ALIGN(params->classes[i], GRANULE) <= before)
			return -EINVAL;
		before = ALIGN(params->classes[i], GRANULE);
	}
	return 0;
}

static int check_range(const struct mpool_sized_params *params)
{
	if (params->nr_classes || !params->max || params->min > params->max)
		return -EINVAL;
	if (params->max > MPOOL_SIZE_MAX)
		return -E2BIG;
	if (params->growth > GROWTH_MAX)
		return -ERANGE;
	return 0;
}

static int check_classes(const struct mpool_sized_params *params)
{
	int err = params->classes ? check_list(params) : check_range(params);
	size_t top;

	if (err)
		return err;
	err = pool_check_size(top_asked(params), params->align);
	if (err)
		return err;
	top = top_class(params);
	if (params->run_max > MPOOL_SIZE_MAX ||
	    DIV_ROUND_UP(params->run_max, top) * top > MPOOL_SIZE_MAX)
		return -E2BIG;
	if (params->run_max && params->run_max < top_asked(params))
		return -ERANGE;
	return 0;
}

/* How many classes there are to be; the largest is left in @largest. */
static unsigned int count_classes(const struct mpool_sized_params *params, size_t *largest)
{
	unsigned int n;
	size_t size;

	*largest = 0;
	for (n = 0; (size = class_size(params, n, *largest)); n++)
		*largest = size;
	return n;
}

/* What is watched in the classes. */
static unsigned long checks_of(const struct mpool_sized_params *params)
{
	return checks_wanted(&(struct mpool_params){
		.flags = params->flags, .backing = params->backing });
}

/* How large the slabs of a class are. */
static size_t class_slab_bytes(const struct mpool_sized *sized,
			       const struct mpool_sized_params *params, size_t size)
{
	size_t least = SZ_32K, align = params->align, bytes;
	unsigned int i = 0;

	if (params->backing == MPOOL_HUGE)
		return SZ_2M;
	if (params->backing == MPOOL_VMALLOC)
		least = SZ_256K;
	else if (sized->group.limit / sized->nr_classes < 2 * least)
		least = PAGE_SIZE;
	if (params->flags & MPOOL_HWCACHE_ALIGN)
		align = max_t(size_t, align, cache_line_size());
	bytes = slab_frugal_bytes(least, size, align, checks_of(params));
	while (slab_sizes[i] < bytes)
		i++;
	return slab_sizes[i];
}

/* Have a free look for slabs of that size too; for smaller ones first. */
static void add_slab_mask(struct mpool_sized *sized, size_t bytes)
{
	unsigned long mask = ~(bytes - 1);
	unsigned int n = sized->nr_slab_masks, i;

	for (i = 0; i < n; i++) {
		if (sized->slab_mask[i] == mask)
			return;
	}
	for (; n && sized->slab_mask[n - 1] < mask; n--)
		sized->slab_mask[n] = sized->slab_mask[n - 1];
	sized->slab_mask[n] = mask;
	sized->nr_slab_masks++;
}

/* --- room under the limit --- */

/* Have the other classes give back what they do not use, until there is room for a slab. */
static void ask_others(struct mpool_sized *sized, struct mpool *needy, bool may_sleep)
{
	unsigned int i;

	for (i = 0; i < sized->nr_classes; i++) {
		if (group_has_room(&sized->group, needy->slab_bytes))
			return;
		if (sized->class[i].pool != needy)
			tidy_yield(sized->class[i].pool, needy->slab_bytes, may_sleep);
	}
}

/* Is somebody else about to have them give back? */
static bool others_move(struct mpool_sized *sized, struct mpool *needy)
{
	unsigned int i;

	for (i = 0; i < sized->nr_classes; i++) {
		if (sized->class[i].pool != needy && mpool_peek(sized->class[i].pool->in_transit))
			return true;
	}
	return false;
}

static bool make_room(struct pool_group *group, struct mpool *needy, gfp_t gfp)
{
	struct mpool_sized *sized = container_of(group, struct mpool_sized, group);
	bool may_sleep = gfpflags_allow_blocking(gfp);

	/* What CPUs cache is asked for only if all else was not enough. */
	ask_others(sized, needy, false);
	if (may_sleep)
		ask_others(sized, needy, true);
	if (may_sleep && others_move(sized, needy) &&
	    !group_has_room(group, needy->slab_bytes)) {
		/* As long as that takes. */
		schedule_timeout_uninterruptible(1);
		return true;
	}
	/* It may have come while we looked. */
	return group_has_room(group, needy->slab_bytes);
}

/* --- its making and its end --- */

static void sized_put(struct mpool_sized *sized)
{
	if (!atomic_dec_and_test(&sized->users))
		return;
	if (sized->entry.id)
		registry_remove(&sized->entry);
	kvfree(sized->class_of);
	kvfree(sized);
}

static void class_ended(void *data)
{
	struct sized_class *class = data;

	/* Who adds up the classes does so under this lock. */
	registry_lock();
	class->pool = NULL;
	registry_unlock();
	sized_put(class->sized);
}

static const struct pool_user class_user = { .ended = class_ended };

static void read_class(struct mpool *pool, struct sized_class *class, struct mpool_stats *stats)
{
	mpool_read_stats(pool, stats);
	stats->borrowed = atomic_long_read(&class->borrowed);
}

static void read_class_entry(struct entry *entry, struct mpool_stats *stats)
{
	struct mpool *pool = entry_pool(entry);
	struct sized_class *class = pool->user_data;

	read_class(pool, class, stats);
}

static unsigned long trim_class_entry(struct entry *entry)
{
	return mpool_trim(entry_pool(entry));
}

static const struct entry_ops class_entry_ops = {
	.read_stats = read_class_entry,
	.trim = trim_class_entry,
};

static void add_up(struct mpool_stats *sum, const struct mpool_stats *stats)
{
	sum->in_use += stats->in_use;
	sum->cached_cpu += stats->cached_cpu;
	sum->cached_depot += stats->cached_depot;
	sum->free_slab += stats->free_slab;
	sum->objects += stats->objects;
	sum->slabs += stats->slabs;
	sum->metadata += stats->metadata;
	sum->allocs += stats->allocs;
	sum->frees += stats->frees;
	sum->fails += stats->fails;
	sum->grows += stats->grows;
	sum->shrinks += stats->shrinks;
	sum->misuses += stats->misuses;
	sum->mapped += stats->mapped;
	sum->m_pool += stats->m_pool;
	sum->borrowed += stats->borrowed;
	sum->pending += stats->pending;
	sum->checks |= stats->checks;
	sum->quarantine += stats->quarantine;
	sum->quarantined += stats->quarantined;
	sum->withheld += stats->withheld;
	sum->backing = stats->backing;
}

static size_t table_bytes(const struct mpool_sized *sized)
{
	return sized->largest / GRANULE + 1;
}

/* Under registry_lock(), or by the owner, before it destroys the sized pool. */
static void read_total(struct mpool_sized *sized, struct mpool_stats *sum)
{
	struct mpool_stats stats;
	unsigned int i;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < sized->nr_classes; i++) {
		if (!sized->class[i].pool)
			continue;
		read_class(sized->class[i].pool, &sized->class[i], &stats);
		add_up(sum, &stats);
	}
	sum->size = sized->largest;
	sum->limit_bytes = sized->group.limit == ULONG_MAX ? 0 : sized->group.limit;
	sum->fails += atomic_long_read(&sized->refused);
	sum->misuses += atomic_long_read(&sized->entry.misuses);
	sum->metadata += struct_size(sized, class, sized->nr_classes) + table_bytes(sized);
	/* Not the sum: this is below the limit even while slabs go from one class to another. */
	sum->footprint = atomic_long_read(&sized->group.bytes) + sum->metadata;
}

static void read_total_entry(struct entry *entry, struct mpool_stats *stats)
{
	read_total(container_of(entry, struct mpool_sized, entry), stats);
}

static void destroy_entry(struct entry *entry)
{
	mpool_sized_destroy(container_of(entry, struct mpool_sized, entry));
}

static unsigned long trim_entry(struct entry *entry)
{
	return mpool_sized_trim(container_of(entry, struct mpool_sized, entry));
}

static const struct entry_ops sized_entry_ops = {
	.destroy = destroy_entry,
	.read_stats = read_total_entry,
	.trim = trim_entry,
};

/* Make the pool of class @i, and have requests above @before find it. */
static int make_class(struct mpool_sized *sized, const struct mpool_sized_params *params,
		      unsigned int i, size_t before)
{
	struct sized_class *class = &sized->class[i];
	size_t size = class_size(params, i, before), slab_bytes;
	struct mpool_params class_params = {
		.size = size,
		.align = params->align,
		.node = params->node,
		.gfp = params->gfp,
		.flags = params->flags & ~MPOOL_BORROW,
		.quarantine = params->quarantine,
		.backing = params->backing,
	};
	struct pool_extra extra = {
		.kind = ENTRY_CLASS,
		.of = &sized->entry,
		.ops = &class_entry_ops,
		.group = &sized->group,
		.cookie = sized->cookie + i,
		.user = &class_user,
		.user_data = class,
	};
	char name[2 * MPOOL_NAME_LEN];	/* and so with room for any number */
	struct mpool *pool;

	slab_bytes = class_slab_bytes(sized, params, size);
	if (slab_bytes > sized->group.limit)
		return -ERANGE;
	extra.slab_bytes = slab_bytes;
	snprintf(name, sizeof(name), "%s-%zu", sized->entry.name, size);
	class_params.name = name;
	class->sized = sized;
	pool = pool_create(&class_params, &extra, sized->entry.owner, sized->entry.owner_name);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	class->pool = pool;
	atomic_inc(&sized->users);
	add_slab_mask(sized, slab_bytes);
	memset(sized->class_of + before / GRANULE + 1, i, (size - before) / GRANULE);
	return 0;
}

static void destroy_classes(struct mpool_sized *sized)
{
	struct mpool *pool;
	unsigned int i;

	for (i = 0; i < sized->nr_classes; i++) {
		pool = sized->class[i].pool;
		if (pool)
			mpool_destroy(pool);
	}
}

static int make_classes(struct mpool_sized *sized, const struct mpool_sized_params *params)
{
	size_t before = 0;
	unsigned int i;
	int err;

	for (i = 0; i < sized->nr_classes; i++) {
		err = make_class(sized, params, i, before);
		if (err) {
			destroy_classes(sized);
			return err;
		}
		before = sized->class[i].pool->size;
	}
	return 0;
}

static struct mpool_sized *alloc_sized(const struct mpool_sized_params *params)
{
	struct mpool_sized *sized;
	unsigned int nr;
	size_t largest;

	nr = count_classes(params, &largest);
	if (nr > MPOOL_CLASSES_MAX)
		return ERR_PTR(-E2BIG);
	sized = kvzalloc(struct_size(sized, class, nr), GFP_KERNEL);
	if (!sized)
		return ERR_PTR(-ENOMEM);
	sized->nr_classes = nr;
	sized->largest = largest;
	sized->class_of = kvzalloc(table_bytes(sized), GFP_KERNEL);
	if (!sized->class_of) {
		kvfree(sized);
		return ERR_PTR(-ENOMEM);
	}
	sized->borrow = params->flags & MPOOL_BORROW;
	/* None of the classes' cookies is 0, or less than the first. */
	sized->cookie = (get_random_long() & ~0xffUL) | 1;
	sized->base = backing_base(NULL);
	sized->group.limit = params->limit ?: ULONG_MAX;
	sized->group.lowest = ULONG_MAX;
	sized->group.make_room = make_room;
	atomic_set(&sized->users, 1);
	return sized;
}

/**
 * __mpool_sized_create() - what mpool_sized_create() calls
 * @params: what the sized pool is to be
 * @owner: the module that makes it, NULL for built-in code
 * @owner_name: that module's name
 *
 * Context: Process context, may sleep.
 * Return: as mpool_sized_create().
 */
struct mpool_sized *__mpool_sized_create(const struct mpool_sized_params *params,
					 struct module *owner, const char *owner_name)
{
	struct mpool_sized *sized;
	int err;

	might_sleep();
	if (!params)
		return ERR_PTR(-EFAULT);
	/* With room for what the classes' names add. */
	err = pool_check_name(params->name, MPOOL_NAME_LEN - strlen("-65536"));
	if (err)
		return ERR_PTR(err);
	err = check_classes(params);
	if (err)
		return ERR_PTR(err);
	if (params->backing >= MPOOL_BUFFER)
		return ERR_PTR(-EOPNOTSUPP);
	sized = alloc_sized(params);
	if (IS_ERR(sized))
		return sized;
	strscpy(sized->entry.name, params->name, sizeof(sized->entry.name));
	strscpy(sized->entry.owner_name, owner_name, sizeof(sized->entry.owner_name));
	sized->entry.owner = owner;
	sized->entry.kind = ENTRY_SIZED;
	sized->entry.ops = &sized_entry_ops;
	report_setup(&sized->entry);
	err = registry_add(&sized->entry);
	if (!err)
		err = make_classes(sized, params);
	if (err) {
		sized_put(sized);
		return ERR_PTR(err);
	}
	registry_open(&sized->entry);
	return sized;
}
EXPORT_SYMBOL_GPL(__mpool_sized_create);

/**
 * mpool_sized_destroy() - destroy a sized pool
 * @sized: the sized pool; NULL is fine, an ERR_PTR is not
 *
 * Each class ends as a pool does in mpool_destroy(); the sized pool goes with the last of them.
 *
 * Context: Process context, may sleep.
 */
void mpool_sized_destroy(struct mpool_sized *sized)
{
	if (!sized)
		return;
	might_sleep();
	registry_close(&sized->entry);
	WRITE_ONCE(sized->entry.dying, true);
	destroy_classes(sized);
	sized_put(sized);
}
EXPORT_SYMBOL_GPL(mpool_sized_destroy);

/* --- requests --- */

/**
 * sized_largest() - the largest request that a sized pool serves
 * @sized: the sized pool
 *
 * Return: its bytes.
 */
size_t sized_largest(const struct mpool_sized *sized)
{
	return sized->largest;
}

/* No class has that size. */
static noinline void *refuse_size(struct mpool_sized *sized, unsigned long caller)
{
	report_misuse(&sized->entry, MISUSE_SIZE, caller, NULL);
	atomic_long_inc(&sized->refused);
	return NULL;
}

/* A class can have no more: perhaps the next larger one serves. */
static noinline void *borrow(struct mpool_sized *sized, unsigned int i, gfp_t gfp,
			     unsigned long caller)
{
	void *ptr = NULL;

	if (sized->borrow && i + 1 < sized->nr_classes)
		ptr = pool_alloc(sized->class[i + 1].pool, gfp, caller);
	if (ptr)
		atomic_long_inc(&sized->class[i].borrowed);
	else
		atomic_long_inc(&sized->class[i].pool->fails);
	return ptr;
}

static __always_inline void *alloc_sized_one(struct mpool_sized *sized, size_t size, gfp_t gfp,
					     unsigned long caller)
{
	unsigned int i;
	void *ptr;

	if (unlikely(size - 1 >= sized->largest))
		return refuse_size(sized, caller);
	i = sized->class_of[DIV_ROUND_UP(size, GRANULE)];
	ptr = pool_alloc_inline(sized->class[i].pool, gfp, caller);
	return likely(ptr) ? ptr : borrow(sized, i, gfp, caller);
}

/**
 * sized_alloc() - mpool_sized_alloc() on behalf of somebody
 * @sized: from which sized pool
 * @size: bytes
 * @gfp: as for mpool_alloc()
 * @caller: who asked, for a report
 *
 * Context: as mpool_sized_alloc().
 * Return: as mpool_sized_alloc().
 */
void *sized_alloc(struct mpool_sized *sized, size_t size, gfp_t gfp, unsigned long caller)
{
	return alloc_sized_one(sized, size, gfp, caller);
}

/**
 * mpool_sized_alloc() - allocate a piece of memory
 * @sized: from which sized pool
 * @size: bytes, from 1 up to the largest request that it serves; any other size is reported
 * @gfp: as for mpool_alloc(); __GFP_ZERO zeroes all usable bytes
 *
 * If the limit forbids the class to grow, the other classes give back the slabs that they do not
 * use, and those that come free when what CPUs cache is brought home; a request that may not
 * sleep does without the latter.
 *
 * Context: as mpool_alloc().
 * Return: the piece, or NULL. Free it with mpool_sized_free().
 */
void *mpool_sized_alloc(struct mpool_sized *sized, size_t size, gfp_t gfp)
{
	return alloc_sized_one(sized, size, gfp, _RET_IP_);
}
EXPORT_SYMBOL_GPL(mpool_sized_alloc);

/*
 * The pool whose slab a pointer lies in, or NULL; the pointer may be any at all. Where it lies
 * behind the end of a small slab that starts where a large one could, that slab's pool comes out,
 * and finds that it is none of its objects.
 */
static __always_inline struct mpool *pool_of(const struct mpool_sized *sized, const void *ptr)
{
	unsigned long address, cookie, class;
	unsigned int i;

	for (i = 0; i < sized->nr_slab_masks; i++) {
		address = (((unsigned long)ptr - sized->base) & sized->slab_mask[i]) + sized->base;
		if (address < READ_ONCE(sized->group.lowest) ||
		    address > READ_ONCE(sized->group.highest) ||
		    !mpool_lane_read_cookie((struct mpool_slab_head *)address, &cookie))
			continue;
		class = (cookie ^ address) - sized->cookie;
		if (likely(class < sized->nr_classes))
			return sized->class[class].pool;
	}
	return NULL;
}

/* The pool of a piece that somebody holds, or NULL, and then a report. */
static struct mpool *pool_of_held(struct mpool_sized *sized, const void *ptr,
				  unsigned long caller)
{
	struct mpool *pool = pool_of(sized, ptr);
	enum misuse misuse = MISUSE_FOREIGN;
	u8 *mark;

	if (pool)
		misuse = slab_check(pool, ptr, &mark);
	if (!misuse)
		return pool;
	report_misuse(&sized->entry, misuse, caller, NULL);
	return NULL;
}

static noinline void report_foreign(struct mpool_sized *sized, const void *ptr,
				    unsigned long caller)
{
	struct mpool *other;

	rcu_read_lock();
	other = registry_find(ptr, NULL);
	if (other)
		report_misuse(&sized->entry, MISUSE_WRONG_POOL, caller, other->entry.name);
	else
		report_misuse(&sized->entry, MISUSE_FOREIGN, caller, NULL);
	rcu_read_unlock();
}

/**
 * sized_free() - mpool_sized_free() on behalf of somebody
 * @sized: the sized pool that the piece is from
 * @ptr: the piece
 * @caller: who called, for a report
 *
 * Context: any, an NMI too.
 */
void sized_free(struct mpool_sized *sized, void *ptr, unsigned long caller)
{
	struct mpool *pool = pool_of(sized, ptr);

	if (likely(pool))
		pool_free_inline(pool, ptr, caller);
	else if (ptr)
		report_foreign(sized, ptr, caller);
}

/**
 * mpool_sized_free() - free a piece of memory
 * @sized: the sized pool that it is from
 * @ptr: the piece; NULL is fine
 *
 * What is not of this sized pool, is not the start of a piece, or is free already, is refused and
 * reported as by mpool_free().
 *
 * Context: Any, an NMI too.
 */
void mpool_sized_free(struct mpool_sized *sized, void *ptr)
{
	sized_free(sized, ptr, _RET_IP_);
}
EXPORT_SYMBOL_GPL(mpool_sized_free);

/**
 * mpool_sized_size_of() - how much of a piece can be used
 * @sized: the sized pool that it is from
 * @ptr: the piece
 *
 * Context: Any.
 * Return: the bytes, at least those that were asked for; 0, and a report, if @ptr is not a piece
 * that somebody holds.
 */
size_t mpool_sized_size_of(struct mpool_sized *sized, const void *ptr)
{
	struct mpool *pool = pool_of_held(sized, ptr, _RET_IP_);

	return pool ? pool->size : 0;
}
EXPORT_SYMBOL_GPL(mpool_sized_size_of);

/**
 * mpool_sized_resize() - make a piece larger or smaller
 * @sized: the sized pool that it is from
 * @ptr: the piece, or NULL to allocate one
 * @size: bytes that it is to have, as for mpool_sized_alloc()
 * @gfp: as for mpool_sized_alloc(); __GFP_ZERO zeroes what is beyond the old usable bytes
 *
 * It stays where it is if its class has room for @size, so that making it smaller never fails.
 * Else it moves, and its content with it.
 *
 * Context: as mpool_sized_alloc().
 * Return: the piece, where it is now; or NULL, and then the old one is as it was.
 */
void *mpool_sized_resize(struct mpool_sized *sized, void *ptr, size_t size, gfp_t gfp)
{
	struct mpool *pool;
	void *moved;

	if (!ptr)
		return alloc_sized_one(sized, size, gfp, _RET_IP_);
	pool = pool_of_held(sized, ptr, _RET_IP_);
	if (!pool)
		return NULL;
	if (size && size <= pool->size)
		return ptr;
	moved = alloc_sized_one(sized, size, gfp, _RET_IP_);
	if (moved) {
		memcpy(moved, ptr, pool->size);
		pool_free(pool, ptr, _RET_IP_);
	}
	return moved;
}
EXPORT_SYMBOL_GPL(mpool_sized_resize);

/**
 * mpool_sized_copy_to_user() - copy from a piece to user space
 * @sized: the sized pool that the piece is from
 * @to: where to, in user space
 * @from: where from: the piece, or an address in it
 * @n: bytes
 *
 * What is not within the usable bytes of one piece that somebody holds is refused and reported, as
 * by mpool_copy_to_user().
 *
 * Context: Process context, may sleep.
 * Return: bytes that were not copied, 0 for success.
 */
unsigned long mpool_sized_copy_to_user(struct mpool_sized *sized, void __user *to,
				       const void *from, unsigned long n)
{
	struct mpool *pool = pool_of(sized, from);

	if (likely(pool))
		return usercopy_to(pool, to, from, n, _RET_IP_);
	report_misuse(&sized->entry, MISUSE_COPY, _RET_IP_, NULL);
	return n;
}
EXPORT_SYMBOL_GPL(mpool_sized_copy_to_user);

/**
 * mpool_sized_copy_from_user() - copy from user space to a piece
 * @sized: the sized pool that the piece is from
 * @to: where to: the piece, or an address in it
 * @from: where from, in user space
 * @n: bytes
 *
 * What is not within the usable bytes of one piece that somebody holds is refused and reported, as
 * by mpool_copy_from_user().
 *
 * Context: Process context, may sleep.
 * Return: bytes that were not copied, 0 for success.
 */
unsigned long mpool_sized_copy_from_user(struct mpool_sized *sized, void *to,
					 const void __user *from, unsigned long n)
{
	struct mpool *pool = pool_of(sized, to);

	if (likely(pool))
		return usercopy_from(pool, to, from, n, _RET_IP_);
	report_misuse(&sized->entry, MISUSE_COPY, _RET_IP_, NULL);
	return n;
}
EXPORT_SYMBOL_GPL(mpool_sized_copy_from_user);

/**
 * mpool_sized_trim() - give all that is unused back to the system now
 * @sized: the sized pool
 *
 * Context: Process context, may sleep.
 * Return: how many objects were given back.
 */
unsigned long mpool_sized_trim(struct mpool_sized *sized)
{
	unsigned long released = 0;
	unsigned int i;

	for (i = 0; i < sized->nr_classes; i++)
		released += mpool_trim(sized->class[i].pool);
	return released;
}
EXPORT_SYMBOL_GPL(mpool_sized_trim);

/**
 * mpool_sized_read_stats() - read a sized pool's figures
 * @sized: the sized pool
 * @stats: where to put them
 *
 * Context: Any.
 */
void mpool_sized_read_stats(struct mpool_sized *sized, struct mpool_stats *stats)
{
	read_total(sized, stats);
}
EXPORT_SYMBOL_GPL(mpool_sized_read_stats);

/**
 * mpool_sized_read_class() - read the figures of one class
 * @sized: the sized pool
 * @number: which, from 0 for the smallest
 * @stats: where to put them
 *
 * Context: Any.
 * Return: 0, or -ERANGE if there is no such class.
 */
int mpool_sized_read_class(struct mpool_sized *sized, unsigned int number,
			   struct mpool_stats *stats)
{
	if (number >= sized->nr_classes)
		return -ERANGE;
	read_class(sized->class[number].pool, &sized->class[number], stats);
	return 0;
}
EXPORT_SYMBOL_GPL(mpool_sized_read_class);
