/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_BITMAP_H
#define _CORE_BITMAP_H

#include_next <linux/bitmap.h>
#include <linux/atomic.h>

static inline void bitmap_set(unsigned long *map, unsigned int start, unsigned int nr)
{
	while (nr--)
		__set_bit(start++, map);
}

static inline bool test_and_set_bit(long nr, unsigned long *map)
{
	unsigned long bit = BIT_MASK(nr);

	return __atomic_fetch_or(&map[BIT_WORD(nr)], bit, __ATOMIC_SEQ_CST) & bit;
}

static inline bool test_and_clear_bit(long nr, unsigned long *map)
{
	unsigned long bit = BIT_MASK(nr);

	return __atomic_fetch_and(&map[BIT_WORD(nr)], ~bit, __ATOMIC_SEQ_CST) & bit;
}

#endif
