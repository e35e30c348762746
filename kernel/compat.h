/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernels: the only file that knows of them. Each is told by a macro that it
 * brought, not by the kernel's version.
 */
#ifndef _MPOOL_COMPAT_H
#define _MPOOL_COMPAT_H

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/shrinker.h>

/* A shrinker is allocated and registered (6.7), or is the caller's and registered. */
#ifdef SHRINKER_ALLOCATED

#define DEFINE_COMPAT_SHRINKER(ident) static struct shrinker *ident

#define compat_shrinker_register(ident, count, scan, text) ({	\
	(ident) = shrinker_alloc(0, text);			\
	if (ident) {						\
		(ident)->count_objects = (count);		\
		(ident)->scan_objects = (scan);			\
		shrinker_register(ident);			\
	}							\
	(ident) ? 0 : -ENOMEM;					\
})

#define compat_shrinker_unregister(ident) shrinker_free(ident)

#else

#define DEFINE_COMPAT_SHRINKER(ident) static struct shrinker ident

#define compat_shrinker_register(ident, count, scan, text) ({	\
	(ident).count_objects = (count);			\
	(ident).scan_objects = (scan);				\
	(ident).seeks = DEFAULT_SEEKS;				\
	register_shrinker(&(ident), text);			\
})

#define compat_shrinker_unregister(ident) unregister_shrinker(&(ident))

#endif

#endif
