/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_VMALLOC_H
#define _CORE_VMALLOC_H

#include <linux/mm.h>

#define VM_MAP_PUT_PAGES	1
#define PAGE_KERNEL		0

void *vmap(struct page **pages, unsigned int n, unsigned long flags, int protection);
void vfree(const void *address);
void *vmalloc(unsigned long bytes);

#endif
