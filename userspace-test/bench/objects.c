// SPDX-License-Identifier: GPL-2.0
/*
 * Objects of several parts: made by a type of mpool, and by what a driver's author would write by
 * hand with the kernel's own allocators.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mpool.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "bench.h"

#define STATE	64			/* bytes */
#define BUFFER	512			/* bytes */
#define TABLE	20			/* entries; each object says how many it is to have ... */
#define ENTRIES	100			/* ... up to so many */

/* What an object of either begins with. */
struct composite {
	void *state;
	void *buffer;
	u32 *table;
};

/* --- a type --- */

struct by_type {
	struct mpool *states;
	struct mpool *buffers;
	struct mpool_sized *tables;
	struct mpool_type *type;
};

static void peer_type_destroy(void *of)
{
	struct by_type *by = of;

	if (!IS_ERR_OR_NULL(by->type))
		mpool_type_destroy(by->type);
	if (!IS_ERR_OR_NULL(by->tables))
		mpool_sized_destroy(by->tables);
	if (!IS_ERR_OR_NULL(by->buffers))
		mpool_destroy(by->buffers);
	if (!IS_ERR_OR_NULL(by->states))
		mpool_destroy(by->states);
	kfree(by);
}

/* All that one needs is there in order to make it. */
static int make_type(struct by_type *by, size_t size)
{
	struct mpool_part parts[] = {
		{ .offset = offsetof(struct composite, state), .count = 1 },
		{ .offset = offsetof(struct composite, buffer), .count = 1 },
		{ .offset = offsetof(struct composite, table), .count = ENTRIES, .given = true,
		  .size = sizeof(u32) },
	};
	struct mpool_params state = { .name = "bench-state", .size = STATE };
	struct mpool_params buffer = { .name = "bench-buffer", .size = BUFFER };
	struct mpool_sized_params tables = { .name = "bench-tables", .max = SZ_1K };
	struct mpool_type_params params = { .name = "bench-type", .size = size, .parts = parts,
					    .nr_parts = ARRAY_SIZE(parts) };

	by->states = mpool_create(&state);
	by->buffers = mpool_create(&buffer);
	by->tables = mpool_sized_create(&tables);
	if (IS_ERR(by->states) || IS_ERR(by->buffers) || IS_ERR(by->tables))
		return -ENOMEM;
	parts[0].pool = by->states;
	parts[1].pool = by->buffers;
	parts[2].sized = by->tables;
	by->type = mpool_type_create(&params);
	return PTR_ERR_OR_ZERO(by->type);
}

static void *peer_type_create(size_t size, size_t n)
{
	struct by_type *by;
	int err;

	if (size < sizeof(struct composite))
		return ERR_PTR(-ERANGE);
	by = kzalloc(sizeof(*by), GFP_KERNEL);
	if (!by)
		return ERR_PTR(-ENOMEM);
	err = make_type(by, size);
	if (!err)
		return by;
	peer_type_destroy(by);
	return ERR_PTR(err);
}

static __always_inline void *one_of_type(void *of, gfp_t gfp)
{
	static const size_t counts[] = { 1, 1, TABLE };
	const struct by_type *by = of;
	void *obj = mpool_object_create(by->type, gfp, counts, NULL);

	return IS_ERR(obj) ? NULL : obj;
}

static __always_inline void back_to_type(void *of, void *obj)
{
	const struct by_type *by = of;

	mpool_object_destroy(by->type, obj);
}

BENCH_PEER_NAMED(type, "mpool", .alloc = one_of_type, .free = back_to_type);

/* --- by hand --- */

struct by_hand {
	struct kmem_cache *objects;
	struct kmem_cache *states;
	struct kmem_cache *buffers;
};

static void peer_by_hand_destroy(void *of)
{
	struct by_hand *by = of;

	kmem_cache_destroy(by->buffers);
	kmem_cache_destroy(by->states);
	kmem_cache_destroy(by->objects);
	kfree(by);
}

static void *peer_by_hand_create(size_t size, size_t n)
{
	struct by_hand *by;

	if (size < sizeof(struct composite))
		return ERR_PTR(-ERANGE);
	by = kzalloc(sizeof(*by), GFP_KERNEL);
	if (!by)
		return ERR_PTR(-ENOMEM);
	by->objects = kmem_cache_create("bench-objects", size, 0, 0, NULL);
	by->states = kmem_cache_create("bench-states", STATE, 0, 0, NULL);
	by->buffers = kmem_cache_create("bench-buffers", BUFFER, 0, 0, NULL);
	if (by->objects && by->states && by->buffers)
		return by;
	peer_by_hand_destroy(by);
	return ERR_PTR(-ENOMEM);
}

static __always_inline void *one_by_hand(void *of, gfp_t gfp)
{
	struct by_hand *by = of;
	struct composite *obj;
	unsigned int entries = TABLE;

	OPTIMIZER_HIDE_VAR(entries);
	if (entries > ENTRIES)
		return NULL;
	obj = kmem_cache_alloc(by->objects, gfp);
	if (!obj)
		return NULL;
	obj->state = kmem_cache_alloc(by->states, gfp);
	if (!obj->state)
		goto err_state;
	obj->buffer = kmem_cache_alloc(by->buffers, gfp);
	if (!obj->buffer)
		goto err_buffer;
	obj->table = kmalloc_array(entries, sizeof(u32), gfp);
	if (obj->table)
		return obj;

	kmem_cache_free(by->buffers, obj->buffer);
err_buffer:
	kmem_cache_free(by->states, obj->state);
err_state:
	kmem_cache_free(by->objects, obj);
	return NULL;
}

static __always_inline void back_by_hand(void *of, void *obj)
{
	struct composite *composite = obj;
	struct by_hand *by = of;

	kfree(composite->table);
	kmem_cache_free(by->buffers, composite->buffer);
	kmem_cache_free(by->states, composite->state);
	kmem_cache_free(by->objects, composite);
}

BENCH_PEER(by_hand, .alloc = one_by_hand, .free = back_by_hand);

const struct bench_peer * const bench_makers[] = {
	&bench_type,
	&bench_by_hand,
	NULL
};
