// SPDX-License-Identifier: GPL-2.0
/*
 * Misuses of objects with a type, which a kmem_cache has no counterpart of.
 */
#include <linux/err.h>

#include "misuse.h"

static struct mpool_type *make(struct victim *victim, const char *name)
{
	return mpool_type_create(&(struct mpool_type_params){
		.name = name, .size = OBJECT_SIZE,
		.flags = pool_flags(victim->kind),
		.quarantine = pool_quarantine(victim->kind) });
}

static int destroyed_twice(struct victim *victim)
{
	struct mpool_type *type = make(victim, "misuse-type");
	void *obj;
	int err;

	if (IS_ERR(type))
		return PTR_ERR(type);
	obj = mpool_object_create(type, GFP_KERNEL, NULL, NULL);
	if (IS_ERR(obj)) {
		err = PTR_ERR(obj);
	} else {
		mpool_object_destroy(type, obj);
		err = mpool_object_destroy(type, obj) ? MISUSE_REFUSED : 0;
	}
	mpool_type_destroy(type);
	return err;
}

static int destroy_as(struct mpool_type *type, struct mpool_type *other)
{
	void *obj = mpool_object_create(type, GFP_KERNEL, NULL, NULL);
	int err;

	if (IS_ERR(obj))
		return PTR_ERR(obj);
	err = mpool_object_destroy(other, obj);
	mpool_object_destroy(type, obj);
	return err ? MISUSE_REFUSED : 0;
}

static int wrong_type(struct victim *victim)
{
	struct mpool_type *type = make(victim, "misuse-type");
	struct mpool_type *other;
	int err;

	if (IS_ERR(type))
		return PTR_ERR(type);
	other = make(victim, "misuse-other");
	if (IS_ERR(other)) {
		err = PTR_ERR(other);
	} else {
		err = destroy_as(type, other);
		mpool_type_destroy(other);
	}
	mpool_type_destroy(type);
	return err;
}

const struct misuse objects[] = {
	{ "object-destroyed-twice", "an object with a type is destroyed twice", destroyed_twice,
	  true },
	{ "object-wrong-type", "it is destroyed as one of another type", wrong_type, true },
	{ }
};
