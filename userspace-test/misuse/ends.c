// SPDX-License-Identifier: GPL-2.0
/*
 * Objects and pools that are used when they should have gone, or gone while they are used.
 */
#include <linux/rcupdate.h>

#include "misuse.h"

static int destroyed_with_objects(struct victim *victim)
{
	if (!victim_alloc(victim, GFP_KERNEL))
		return -ENOMEM;
	victim_destroy(victim);
	return 0;
}

/* Who destroyed it with an object out was told so; what does the object's free say? */
static int free_after_destroy(struct victim *victim)
{
	struct victim destroyed = *victim;
	void *obj = victim_alloc(victim, GFP_KERNEL);

	if (!obj)
		return -ENOMEM;
	victim_destroy(victim);
	misuse_prepared();
	victim_free(&destroyed, obj);
	return 0;
}

/* All its objects were freed, and so it has gone: the pointer to it is stale. */
static int used_after_end(struct victim *victim)
{
	struct victim ended = *victim;
	void *obj = victim_alloc(victim, GFP_KERNEL);

	if (!obj)
		return -ENOMEM;
	victim_free(victim, obj);
	victim_destroy(victim);
	rcu_barrier();
	victim_free(&ended, obj);
	return 0;
}

/* Its name is what a report of the leak should say. */
static noinline bool leak_an_object(struct victim *victim)
{
	return victim_alloc(victim, GFP_KERNEL);
}

/* The pointer is lost. It takes a while until the victim is destroyed, for kmemleak to look. */
static int leaked_object(struct victim *victim)
{
	return leak_an_object(victim) ? 0 : -ENOMEM;
}

const struct misuse ends[] = {
	{ "destroyed-with-objects", "destroyed while an object is in use", destroyed_with_objects },
	{ "free-after-destroy", "that object is freed then", free_after_destroy },
	{ "used-after-end", "a free by a pointer to what was destroyed, and has gone",
	  used_after_end },
	{ "leaked-object", "the only pointer to an object is lost, and later it is destroyed",
	  leaked_object },
	{ }
};
