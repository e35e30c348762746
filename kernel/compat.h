/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernels: the only file that asks which one this is.
 *
 * Nothing that mpool uses differs between 6.1 and 6.12 except what follows.
 */
#ifndef _MPOOL_COMPAT_H
#define _MPOOL_COMPAT_H

#include <linux/mmzone.h>

/* 6.4 renamed MAX_ORDER, which counted one too many; 6.8 gave it this name. */
#ifndef MAX_PAGE_ORDER
#define MAX_PAGE_ORDER	(MAX_ORDER - 1)
#endif

#endif /* _MPOOL_COMPAT_H */
