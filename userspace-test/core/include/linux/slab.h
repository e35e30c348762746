/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_SLAB_H
#define _CORE_SLAB_H

#include <core.h>
#include <linux/gfp.h>
#include <linux/overflow.h>

/* malloc(), with no interrupt between its instructions. */
void *core_malloc(size_t bytes, gfp_t gfp) __malloc;
void kfree(const void *memory);
void kvfree(const void *memory);

#define kmalloc(bytes, gfp)	core_malloc(bytes, gfp)
#define kzalloc(bytes, gfp)	core_malloc(bytes, (gfp) | __GFP_ZERO)
#define kcalloc(n, bytes, gfp)	core_malloc(array_size(n, bytes), (gfp) | __GFP_ZERO)
#define kvmalloc(bytes, gfp)	kmalloc(bytes, gfp)
#define kvzalloc(bytes, gfp)	kzalloc(bytes, gfp)
#define kvcalloc(n, bytes, gfp)	kcalloc(n, bytes, gfp)
#define kvmalloc_node(bytes, gfp, node)	kmalloc(bytes, gfp)
#define kvzalloc_node(bytes, gfp, node)	kzalloc(bytes, gfp)

/* As the kernel's, but SIZE_MAX if it is too much, which is never to be had. */
#undef array_size
#define array_size(n, bytes)	core_product(n, bytes)
#undef struct_size
#define struct_size(p, member, n)	(sizeof(*(p)) + array_size(n, sizeof((p)->member[0])))

static inline size_t core_product(size_t a, size_t b)
{
	size_t product;

	return __builtin_mul_overflow(a, b, &product) ? SIZE_MAX / 2 : product;
}

#endif
