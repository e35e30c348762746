/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mpool, and the least that anybody could do: peers in every lens.
 */
#ifndef MPOOL_BENCH_OURS_H
#define MPOOL_BENCH_OURS_H

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mpool.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "bench.h"

/* --- mpool --- */

static atomic_t pools;

static void *peer_mpool_create(size_t size, size_t n)
{
	struct mpool_params params = { .size = size };
	char name[MPOOL_NAME_LEN];

	snprintf(name, sizeof(name), "bench-%d", atomic_inc_return(&pools));
	params.name = name;
	return mpool_create(&params);
}

static void peer_mpool_destroy(void *of)
{
	mpool_destroy(of);
}

static __always_inline void *one_of_mpool(void *of, gfp_t gfp)
{
	return mpool_alloc(of, gfp);
}

static __always_inline void back_to_mpool(void *of, void *obj)
{
	mpool_free(of, obj);
}

static __always_inline bool several_of_mpool(void *of, gfp_t gfp, void **objs, size_t n)
{
	return !mpool_alloc_bulk(of, gfp, n, objs);
}

static __always_inline void several_to_mpool(void *of, void **objs, size_t n)
{
	mpool_free_bulk(of, n, objs);
}

static void shrink_mpool(void *of)
{
	mpool_trim(of);
}

static int reserve_mpool(void *of, size_t n)
{
	return mpool_set_reserve(of, n);
}

BENCH_PEER(mpool, .alloc = one_of_mpool, .free = back_to_mpool,
	   .alloc_bulk = several_of_mpool, .free_bulk = several_to_mpool,
	   .shrink = shrink_mpool, .reserve = reserve_mpool, .privileged = MPOOL_PRIVILEGED);

/* --- an array of pointers to what is free: the least that anybody could do --- */

struct array {
	size_t n;
	void *memory;
	void *free[];
};

static void peer_array_destroy(void *of)
{
	struct array *array = of;

	vfree(array->memory);
	kvfree(array);
}

static void *peer_array_create(size_t size, size_t n)
{
	struct array *array = kvzalloc(struct_size(array, free, n), GFP_KERNEL);

	if (!array)
		return ERR_PTR(-ENOMEM);
	array->memory = vmalloc(array_size(n, size));
	if (!array->memory) {
		kvfree(array);
		return ERR_PTR(-ENOMEM);
	}
	while (array->n < n) {
		array->free[array->n] = array->memory + array->n * size;
		array->n++;
	}
	return array;
}

static __always_inline void *one_of_array(void *of, gfp_t gfp)
{
	struct array *array = of;

	return array->n ? array->free[--array->n] : NULL;
}

static __always_inline void back_to_array(void *of, void *obj)
{
	struct array *array = of;

	array->free[array->n++] = obj;
}

BENCH_PEER(array, .alloc = one_of_array, .free = back_to_array, .alone = true);

#endif
