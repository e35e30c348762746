// SPDX-License-Identifier: GPL-2.0
/*
 * What is misused: how it is made, used, looked at and destroyed.
 */
#define pr_fmt(fmt) "misuse: " fmt

#include <linux/delay.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/printk.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "misuse.h"

const char * const kind_names[NR_KINDS] = {
	[KIND_CACHE]	= "cache",
	[KIND_POOL]	= "pool",
	[KIND_CHECKED]	= "checked",
};

/* Objects that victim_go_on() uses at a time; each is filled with its number, a byte. */
#define IN_USE		200

/* Bytes of a quarantine: of fewer objects than that, so that they come out of it meanwhile. */
#define QUARANTINE	SZ_4K

/* What pools of a kind are made with. */
unsigned long pool_flags(enum kind kind)
{
	return kind == KIND_CHECKED ? MPOOL_CHECKS : 0;
}

size_t pool_quarantine(enum kind kind)
{
	return kind == KIND_CHECKED ? QUARANTINE : 0;
}

static void cache_ctor(void *obj)
{
	memset(obj, 0xc0, OBJECT_SIZE);
}

static int pool_ctor(void *obj, void *ctx, gfp_t gfp)
{
	cache_ctor(obj);
	return 0;
}

/* With an area for user copies, as a driver has to say, and so also merged with no other cache. */
static int make_cache(struct victim *victim, const char *name, slab_flags_t flags,
		      void (*ctor)(void *obj))
{
	victim->cache = kmem_cache_create_usercopy(name, OBJECT_SIZE, 0, flags, 0, OBJECT_SIZE,
						   ctor);
	return victim->cache ? 0 : -ENOMEM;
}

static int make_pool(struct victim *victim, struct mpool_params *params)
{
	struct mpool *pool;

	params->size = OBJECT_SIZE;
	params->flags = pool_flags(victim->kind);
	params->quarantine = pool_quarantine(victim->kind);
	/* What the constructor wrote stays after a free, and so nothing else is written there. */
	if (params->ctor)
		params->flags &= ~MPOOL_POISON;
	pool = mpool_create(params);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	victim->pool = pool;
	return 0;
}

int victim_make(struct victim *victim, enum kind kind, const char *name)
{
	*victim = (struct victim){ .kind = kind };
	if (kind == KIND_CACHE)
		return make_cache(victim, name, 0, NULL);
	return make_pool(victim, &(struct mpool_params){ .name = name });
}

/* One whose objects have a constructor. */
int victim_make_constructed(struct victim *victim, enum kind kind, const char *name)
{
	*victim = (struct victim){ .kind = kind };
	if (kind == KIND_CACHE)
		return make_cache(victim, name, 0, cache_ctor);
	return make_pool(victim, &(struct mpool_params){ .name = name, .ctor = pool_ctor });
}

/* One whose slabs can lie next to each other: kmemleak would have its own between them. */
int victim_make_untraced(struct victim *victim, enum kind kind, const char *name)
{
	*victim = (struct victim){ .kind = kind };
	if (kind == KIND_CACHE)
		return make_cache(victim, name, SLAB_NOLEAKTRACE, NULL);
	return make_pool(victim, &(struct mpool_params){ .name = name });
}

void victim_destroy(struct victim *victim)
{
	kmem_cache_destroy(victim->cache);
	mpool_destroy(victim->pool);
	victim->cache = NULL;
	victim->pool = NULL;
}

/* Give back what is free. */
void victim_shrink(struct victim *victim)
{
	if (victim->cache)
		kmem_cache_shrink(victim->cache);
	else
		mpool_trim(victim->pool);
}

/* The objects, or NULL; to be freed by victim_free_many(). */
void **victim_alloc_many(struct victim *victim, size_t n)
{
	void **objs = kvcalloc(n, sizeof(*objs), GFP_KERNEL);
	size_t i;

	for (i = 0; objs && i < n; i++) {
		objs[i] = victim_alloc(victim, GFP_KERNEL);
		if (objs[i])
			continue;
		victim_free_many(victim, objs, i);
		return NULL;
	}
	return objs;
}

void victim_free_many(struct victim *victim, void **objs, size_t n)
{
	while (n--)
		victim_free(victim, objs[n]);
	kvfree(objs);
}

static int compare_pointers(const void *a, const void *b)
{
	void * const *first = a, * const *second = b;

	return *first < *second ? -1 : *first > *second;
}

/* By their addresses. */
void sort_objects(void **objs, size_t n)
{
	sort(objs, n, sizeof(*objs), compare_pointers, NULL);
}

/* An object of a new victim that is neither the first nor the last of its slab, or NULL. */
void *victim_alloc_inner(struct victim *victim)
{
	void **objs = victim_alloc_many(victim, 16);
	void *inner;

	if (!objs)
		return NULL;
	sort_objects(objs, 16);
	inner = objs[8];
	objs[8] = objs[15];
	victim_free_many(victim, objs, 15);
	return inner;
}

/* --- does it go on? --- */

static bool is_there_twice(void **objs, size_t n)
{
	size_t i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < i; j++) {
			if (objs[i] == objs[j])
				return true;
		}
	}
	return false;
}

/* Write to all of each object, and see whether each has kept it. */
static bool objects_overlap(void **objs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		memset(objs[i], i, OBJECT_SIZE);
	for (i = 0; i < n; i++) {
		if (memchr_inv(objs[i], i, OBJECT_SIZE))
			return true;
	}
	return false;
}

/* Are the figures what they must be at rest? */
bool is_whole(const struct mpool_stats *stats)
{
	return stats->objects ==
	       stats->in_use + stats->cached_cpu + stats->cached_depot + stats->free_slab;
}

/* The pool's own workers may be at it for a moment. */
static bool comes_to_rest(struct mpool *pool)
{
	struct mpool_stats stats;
	unsigned int i;

	for (i = 0; i < 100; i++) {
		mpool_read_stats(pool, &stats);
		if (is_whole(&stats))
			return true;
		msleep(20);
	}
	return false;
}

/* What is wrong with the objects that it hands out now, or NULL. */
static const char *use(struct victim *victim)
{
	void **objs = victim_alloc_many(victim, IN_USE);
	const char *wrong = NULL;

	if (!objs)
		return "no object to be had";
	if (is_there_twice(objs, IN_USE))
		wrong = "an object is handed out twice";
	else if (objects_overlap(objs, IN_USE))
		wrong = "objects overlap";
	/* To be freed twice it would be a second misuse. */
	if (wrong)
		kvfree(objs);
	else
		victim_free_many(victim, objs, IN_USE);
	return wrong;
}

/* What is in quarantine comes out of it, and what is found in the background is said meanwhile. */
static const char *use_on(struct victim *victim)
{
	const char *wrong = NULL;
	unsigned int round;

	for (round = 0; round < 3 && !wrong; round++) {
		wrong = use(victim);
		msleep(20);
	}
	if (!wrong && victim->pool && !comes_to_rest(victim->pool))
		wrong = "the figures do not add up";
	return wrong;
}

/*
 * Use it as a driver would, and say in the log what comes of it. If the misuse was to destroy it, a
 * new one is used.
 */
void victim_go_on(struct victim *victim)
{
	const char *wrong = "there cannot be another one";

	if (victim->cache || victim->pool || !victim_make(victim, victim->kind, "misuse-next"))
		wrong = use_on(victim);
	if (!wrong) {
		pr_info("goes on\n");
		return;
	}
	pr_info("broken: %s\n", wrong);
	/* Left as it is: to destroy it would be a second misuse. */
	victim->cache = NULL;
	victim->pool = NULL;
}
