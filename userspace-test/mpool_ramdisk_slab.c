// SPDX-License-Identifier: GPL-2.0
/*
 * The RAM disk of samples/ without mpool, for who compares both.
 */
#include "bench/slab_pool.h"
#include "../samples/mpool_ramdisk.c"
