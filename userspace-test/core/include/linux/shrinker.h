/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_SHRINKER_H
#define _CORE_SHRINKER_H

#include <linux/gfp.h>

#define SHRINK_STOP	(~0UL)
#define SHRINK_EMPTY	(~0UL - 1)
#define DEFAULT_SEEKS	2

struct shrink_control {
	gfp_t gfp_mask;
	unsigned long nr_to_scan;
	unsigned long nr_scanned;
};

/* There is one. */
struct shrinker {
	unsigned long (*count_objects)(struct shrinker *shrinker, struct shrink_control *control);
	unsigned long (*scan_objects)(struct shrinker *shrinker, struct shrink_control *control);
};

#define SHRINKER_ALLOCATED	1

extern struct shrinker core_shrinker;

#define shrinker_alloc(flags, format, ...)	(&core_shrinker)
#define shrinker_register(shrinker)		((void)(shrinker))
#define shrinker_free(shrinker)			((void)(shrinker))

#endif
