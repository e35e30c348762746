/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_MM_H
#define _CORE_MM_H

#include <core.h>
#include <linux/align.h>
#include <linux/gfp.h>
#include <linux/overflow.h>
#include <linux/printk.h>
#include <linux/slab.h>

#define PAGE_SHIFT		12
#define PAGE_SIZE		(1UL << PAGE_SHIFT)
#define PAGE_MASK		(~(PAGE_SIZE - 1))
#define PAGE_ALIGNED(address)	IS_ALIGNED((unsigned long)(address), PAGE_SIZE)
#define PAGE_ALLOC_COSTLY_ORDER	3

/* Pages are a file in memory, so that they can be mapped more than once. */
struct page {
	unsigned int refs;
	unsigned int order;		/* of a run's first page */
	struct page *next;		/* of a free run: the next one */
};

struct page *alloc_pages_node(int node, gfp_t gfp, unsigned int order);
void __free_pages(struct page *page, unsigned int order);
void get_page(struct page *page);
void put_page(struct page *page);
void *page_address(const struct page *page);
struct page *virt_to_page(const void *address);
unsigned int get_order(unsigned long bytes);

/* All memory that can be read is taken for the kernel's: buffers are from malloc(). */
bool virt_addr_valid(const void *address);
#define pfn_valid(pfn)		true
#define page_to_pfn(page)	0
#define __va(address)		((void *)(address))

bool is_vmalloc_addr(const void *address);
struct page *vmalloc_to_page(const void *address);

#define want_init_on_alloc(gfp)	(!!((gfp) & __GFP_ZERO))
#define want_init_on_free()	false

/* An allocation that may sleep is one here too; so it may not be made where one cannot. */
static inline void might_sleep(void)
{
	if (unlikely(!core_may_sleep()))
		core_panic("sleeps where it must not\n");
}

static inline void might_alloc(gfp_t gfp)
{
	if (gfpflags_allow_blocking(gfp))
		might_sleep();
}

#define object_is_on_stack(object)	false

/* What there is for a program is more, but no pool is to have that. */
#define totalram_pages()	(256UL << (20 - PAGE_SHIFT))

#endif
