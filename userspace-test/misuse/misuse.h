/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of mpool_misuse share: the victims, and what a misuse is.
 */
#ifndef MISUSE_H
#define MISUSE_H

#include <linux/mpool.h>
#include <linux/slab.h>
#include <linux/types.h>
#include <linux/uaccess.h>

/* Not a multiple of the alignment, so that there are bytes behind an object that are nobody's. */
#define OBJECT_SIZE	61

/* Where one can be written to that is not the first. */
#define OBJECT_MIDDLE	16

enum kind {
	KIND_CACHE,
	KIND_POOL,
	KIND_CHECKED,
	NR_KINDS,
};

/* What is misused: either a kmem_cache or a pool, a new one each time. */
struct victim {
	enum kind kind;
	struct kmem_cache *cache;	/* NULL if it is a pool, or was destroyed */
	struct mpool *pool;		/* likewise */
	char __user *user;		/* memory of the process that asked for it */
	size_t user_bytes;
};

/* Returns 0, MISUSE_REFUSED, or a negative errno if it could not be tried. */
typedef int commit_t(struct victim *victim);

/* The call was refused, as its result says. */
#define MISUSE_REFUSED	1

struct misuse {
	const char *name;		/* NULL behind the last of a list */
	const char *what;
	commit_t *commit;
	bool pools_only;		/* a kmem_cache has no such call */
};

extern const struct misuse frees[], ends[], accesses[], copies[], requests[], sizeds[], objects[];

extern const char * const kind_names[NR_KINDS];

int victim_make(struct victim *victim, enum kind kind, const char *name);
int victim_make_constructed(struct victim *victim, enum kind kind, const char *name);
int victim_make_untraced(struct victim *victim, enum kind kind, const char *name);
void victim_destroy(struct victim *victim);
void victim_shrink(struct victim *victim);
void victim_go_on(struct victim *victim);
bool is_whole(const struct mpool_stats *stats);
unsigned long pool_flags(enum kind kind);
size_t pool_quarantine(enum kind kind);
void misuse_prepared(void);

/* Inline, so that reports name who commits the misuse. */
static __always_inline void *victim_alloc(struct victim *victim, gfp_t gfp)
{
	return victim->cache ? kmem_cache_alloc(victim->cache, gfp) :
			       mpool_alloc(victim->pool, gfp);
}

static __always_inline void victim_free(struct victim *victim, void *obj)
{
	if (victim->cache)
		kmem_cache_free(victim->cache, obj);
	else
		mpool_free(victim->pool, obj);
}

static __always_inline void victim_free_bulk(struct victim *victim, size_t n, void **objs)
{
	if (victim->cache)
		kmem_cache_free_bulk(victim->cache, n, objs);
	else
		mpool_free_bulk(victim->pool, n, objs);
}

static __always_inline unsigned long victim_copy_to_user(struct victim *victim, void __user *to,
							 const void *from, unsigned long n)
{
	return victim->cache ? copy_to_user(to, from, n) :
			       mpool_copy_to_user(victim->pool, to, from, n);
}

static __always_inline unsigned long victim_copy_from_user(struct victim *victim, void *to,
							   const void __user *from,
							   unsigned long n)
{
	return victim->cache ? copy_from_user(to, from, n) :
			       mpool_copy_from_user(victim->pool, to, from, n);
}

void sort_objects(void **objs, size_t n);
void *victim_alloc_inner(struct victim *victim);
void **victim_alloc_many(struct victim *victim, size_t n);
void victim_free_many(struct victim *victim, void **objs, size_t n);

#endif /* MISUSE_H */
