/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_PERCPU_H
#define _CORE_PERCPU_H

#include <core.h>
#include <linux/cpumask.h>

/* A pointer to what is per CPU is one to CPU 0's; the shares of the others follow. */
#define this_cpu_ptr(p)		((typeof(p))((unsigned long)(p) + core.offset))
#define per_cpu_ptr(p, cpu)	((typeof(p))((unsigned long)(p) + core_offset(cpu)))

void *__alloc_percpu(size_t size, size_t align);
void free_percpu(void *p);

#endif
