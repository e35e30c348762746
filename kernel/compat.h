/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernels: the only file that knows of them. Each is told by a macro that it
 * brought, not by the kernel's version.
 */
#ifndef _MPOOL_COMPAT_H
#define _MPOOL_COMPAT_H

#include <linux/atomic.h>
#include <linux/kasan.h>
#include <linux/shrinker.h>
#include <linux/slab.h>

typedef unsigned long compat_shrink(struct shrinker *shrinker, struct shrink_control *control);

/* A shrinker is allocated before it is registered (6.7 on) ... */
#ifdef SHRINKER_ALLOCATED

static inline struct shrinker *compat_shrinker_register(compat_shrink *count, compat_shrink *scan,
							const char *name)
{
	struct shrinker *shrinker = shrinker_alloc(0, "%s", name);

	if (shrinker) {
		shrinker->count_objects = count;
		shrinker->scan_objects = scan;
		shrinker_register(shrinker);
	}
	return shrinker;
}

static inline void compat_shrinker_unregister(struct shrinker *shrinker)
{
	shrinker_free(shrinker);
}

#else /* ... or is whatever the caller has. */

static inline struct shrinker *compat_shrinker_register(compat_shrink *count, compat_shrink *scan,
							const char *name)
{
	struct shrinker *shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);

	if (!shrinker)
		return NULL;
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	shrinker->seeks = DEFAULT_SEEKS;
	if (register_shrinker(shrinker, "%s", name)) {
		kfree(shrinker);
		return NULL;
	}
	return shrinker;
}

static inline void compat_shrinker_unregister(struct shrinker *shrinker)
{
	unregister_shrinker(shrinker);
	kfree(shrinker);
}

#endif

#ifdef CONFIG_KASAN_GENERIC

/* Exported, but declared in mm/ only. */
void kasan_poison(const void *addr, size_t size, u8 value, bool init);

#endif

#endif
