/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_XARRAY_H
#define _CORE_XARRAY_H

#include <linux/gfp.h>
#include <linux/types.h>

/* Entries in the order of their numbers; each change makes a new table, for readers under RCU. */
struct xarray {
	struct core_table *table;
};

struct xa_limit {
	u32 max;
	u32 min;
};

#define DEFINE_XARRAY_FLAGS(name, flags)	struct xarray name
#define DEFINE_XARRAY_ALLOC1(name)		struct xarray name
#define XA_FLAGS_ALLOC1		1
#define XA_PRESENT		0
#define xa_limit_32b		((struct xa_limit){ U32_MAX, 0 })

int xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry, struct xa_limit limit, u32 *next,
		    gfp_t gfp);
void *xa_erase(struct xarray *xa, unsigned long index);
void *xa_find(struct xarray *xa, unsigned long *index, unsigned long max, int filter);
void *xa_find_after(struct xarray *xa, unsigned long *index, unsigned long max, int filter);

static inline void *xa_load(struct xarray *xa, unsigned long index)
{
	return xa_find(xa, &index, index, XA_PRESENT);
}

#define xa_for_each(xa, index, entry)						\
	for ((index) = 0, (entry) = xa_find(xa, &(index), ULONG_MAX, XA_PRESENT); entry; \
	     (entry) = xa_find_after(xa, &(index), ULONG_MAX, XA_PRESENT))

#endif
