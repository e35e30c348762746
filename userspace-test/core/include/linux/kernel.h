/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_KERNEL_H
#define _CORE_KERNEL_H

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include_next <linux/kernel.h>

#include <linux/log2.h>

#undef synchronize_rcu
#undef cpu_to_le32

#define swap(a, b)							\
do {									\
	typeof(a) __swapped = (a);					\
	(a) = (b);							\
	(b) = __swapped;						\
} while (0)

#define _THIS_IP_	({ __label__ here; here: (unsigned long)&&here; })
#define PTR_ALIGN(p, a)	((typeof(p))ALIGN((unsigned long)(p), a))

#define ENOTSUPP	524

static inline u64 div_u64(u64 dividend, u32 divisor)
{
	return dividend / divisor;
}

static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}

static inline u64 div_u64_rem(u64 dividend, u32 divisor, u32 *remainder)
{
	*remainder = dividend % divisor;
	return dividend / divisor;
}

#endif
