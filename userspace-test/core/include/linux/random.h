/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_RANDOM_H
#define _CORE_RANDOM_H

#include <linux/types.h>

unsigned long get_random_long(void);
#define get_random_once(to, bytes)	core_random_once(to, bytes)
void core_random_once(void *to, size_t bytes);

#endif
