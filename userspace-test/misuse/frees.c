// SPDX-License-Identifier: GPL-2.0
/*
 * Frees of what is free already, and of what is no object.
 */
#include <linux/err.h>
#include <linux/slab.h>

#include "misuse.h"

/* --- twice --- */

static int double_free(struct victim *victim)
{
	void *obj = victim_alloc(victim, GFP_KERNEL);

	if (!obj)
		return -ENOMEM;
	victim_free(victim, obj);
	victim_free(victim, obj);
	return 0;
}

/* Between the two, others are freed and allocated, but not the object itself. */
static int double_free_later(struct victim *victim)
{
	void **objs = victim_alloc_many(victim, 4);
	void *obj;

	if (!objs)
		return -ENOMEM;
	obj = objs[0];
	victim_free(victim, obj);
	victim_free(victim, objs[1]);
	objs[0] = victim_alloc(victim, GFP_KERNEL);
	victim_free(victim, objs[2]);
	victim_free(victim, obj);
	victim_free(victim, objs[0]);
	victim_free(victim, objs[3]);
	kvfree(objs);
	return 0;
}

/* By then somebody else has it, or its memory: that a free is not by him nobody can tell. */
static int double_free_reused(struct victim *victim)
{
	void *obj = victim_alloc(victim, GFP_KERNEL);
	void *reused;

	if (!obj)
		return -ENOMEM;
	victim_free(victim, obj);
	reused = victim_alloc(victim, GFP_KERNEL);
	victim_free(victim, obj);
	if (reused && reused != obj)
		victim_free(victim, reused);
	return 0;
}

static int double_free_bulk(struct victim *victim)
{
	void *objs[3] = { victim_alloc(victim, GFP_KERNEL), victim_alloc(victim, GFP_KERNEL) };

	if (!objs[0] || !objs[1])
		return -ENOMEM;
	objs[2] = objs[0];
	victim_free_bulk(victim, 3, objs);
	return 0;
}

static int double_free_after_slab_went(struct victim *victim)
{
	void **objs = victim_alloc_many(victim, 2000);
	void *obj;

	if (!objs)
		return -ENOMEM;
	obj = objs[1000];
	victim_free_many(victim, objs, 2000);
	victim_shrink(victim);
	victim_free(victim, obj);
	return 0;
}

/* --- no object --- */

static int free_kmalloc(struct victim *victim)
{
	void *obj = kmalloc(OBJECT_SIZE, GFP_KERNEL);

	if (!obj)
		return -ENOMEM;
	victim_free(victim, obj);
	/* A kmem_cache may complain, but has freed it. */
	if (victim->pool)
		kfree(obj);
	return 0;
}

static int free_static(struct victim *victim)
{
	static u64 data[8];

	victim_free(victim, data);
	return 0;
}

static int free_error_pointer(struct victim *victim)
{
	victim_free(victim, ERR_PTR(-ENOMEM));
	return 0;
}

static int free_beside(struct victim *victim, int offset)
{
	void *obj = victim_alloc_inner(victim);

	if (!obj)
		return -ENOMEM;
	victim_free(victim, obj + offset);
	/* Without KASAN a kmem_cache refuses nothing, and has one more free object now. */
	if (victim->pool || IS_ENABLED(CONFIG_KASAN))
		victim_free(victim, obj);
	return 0;
}

static int free_interior(struct victim *victim)
{
	return free_beside(victim, 8);
}

static int free_head(struct victim *victim)
{
	return free_beside(victim, -8);
}

static int wrong_pool(struct victim *victim)
{
	struct victim other;
	void *obj;
	int err = victim_make(&other, victim->kind, "misuse-other");

	if (err)
		return err;
	obj = victim_alloc(&other, GFP_KERNEL);
	if (!obj)
		return -ENOMEM;
	victim_free(victim, obj);
	/* Likewise. */
	if (other.pool)
		victim_free(&other, obj);
	victim_destroy(&other);
	return 0;
}

const struct misuse frees[] = {
	{ "double-free", "an object is freed twice in a row", double_free },
	{ "double-free-later", "freed twice, and others between", double_free_later },
	{ "double-free-reused", "freed again when it was allocated by another",
	  double_free_reused },
	{ "double-free-bulk", "twice among those of one bulk free", double_free_bulk },
	{ "double-free-after-slab-went", "freed again when its slab went back to the system",
	  double_free_after_slab_went },
	{ "free-kmalloc", "memory from kmalloc() is freed", free_kmalloc },
	{ "free-static", "a static variable is freed", free_static },
	{ "free-error-pointer", "ERR_PTR(-ENOMEM) is freed", free_error_pointer },
	{ "free-interior", "a pointer to 8 bytes into an object is freed", free_interior },
	{ "free-head", "a pointer to 8 bytes before an object is freed", free_head },
	{ "wrong-pool", "an object of another one with objects of the same size is freed",
	  wrong_pool },
	{ }
};
