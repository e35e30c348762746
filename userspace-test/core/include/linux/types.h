/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_TYPES_H
#define _CORE_TYPES_H

#include <stdint.h>
#include <sys/types.h>
#include_next <linux/types.h>

#define U64_MAX		((u64)~0ULL)
#define S64_MAX		((s64)(U64_MAX >> 1))
#define U32_MAX		((u32)~0U)
#define U16_MAX		((u16)~0U)

typedef unsigned int fmode_t;
typedef u32 __poll_t;

struct rcu_head {
	struct rcu_head *next;
	void *memory;
};

#endif
