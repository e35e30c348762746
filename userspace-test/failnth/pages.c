// SPDX-License-Identifier: GPL-2.0
/*
 * Do all pages of slabs come back? kmemleak does not know of pages. So those that a call gets are
 * noted when they are allocated, and crossed out when they are freed, by whomever. The pools' pages
 * are told from others by __GFP_ACCOUNT, which nobody else asks for in a call.
 *
 * And a page that the kernel's own slab caches, or what keeps stacks, get now and then does not
 * count as a point of the call that happened to need it: its own would have another number each
 * time.
 */
#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/stacktrace.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "failnth.h"

/* More than a call gets. */
#define PAGES_MAX	4096

/* Guards all that follows, but for @watched. */
static DEFINE_RAW_SPINLOCK(pages_lock);
static struct page *pages[PAGES_MAX];
static unsigned int nr_pages;
static bool overflow;

/* Who has a fail-nth; NULL for nobody. */
static struct task_struct *watched;

/* It is in a call, and its pages are noted. */
static bool in_call;

/* Since it met its fault, a slab cache got a page: perhaps in its second try. */
static bool second_try;

static struct tracepoint *alloc_point, *free_point;

/* Deep enough to see by whom a page is got. */
#define FRAMES	16

/* A slab cache's, or of where stacks are kept for reports. */
static bool is_kernels_own(void)
{
	static const char * const names[] = { "___slab_alloc", "new_slab", "allocate_slab",
					      "stack_depot", "__stack_depot" };
	unsigned long frames[FRAMES];
	unsigned int n, i, j;
	char name[40];

	n = stack_trace_save(frames, FRAMES, 0);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%ps", (void *)frames[i]);
		for (j = 0; j < ARRAY_SIZE(names); j++) {
			if (!strncmp(name, names[j], strlen(names[j])))
				return true;
		}
	}
	return false;
}

static void note_page(struct page *page)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&pages_lock, flags);
	if (nr_pages < PAGES_MAX)
		pages[nr_pages++] = page;
	else
		overflow = true;
	raw_spin_unlock_irqrestore(&pages_lock, flags);
}

static void see_alloc(void *unused, struct page *page, unsigned int order, gfp_t gfp, int type)
{
	if (READ_ONCE(watched) != current || !in_task() || !page)
		return;
	if (gfp & __GFP_ACCOUNT && in_call)
		note_page(page);
	else if (!is_kernels_own())
		return;
	else if (current->fail_nth)
		current->fail_nth++;
	else
		second_try = true;
}

static void see_free(void *unused, struct page *page, unsigned int order)
{
	unsigned long flags;
	unsigned int i;

	if (!READ_ONCE(nr_pages))
		return;
	raw_spin_lock_irqsave(&pages_lock, flags);
	for (i = 0; i < nr_pages; i++) {
		if (pages[i] == page) {
			pages[i] = pages[--nr_pages];
			break;
		}
	}
	raw_spin_unlock_irqrestore(&pages_lock, flags);
}

/* The tracepoints themselves are not exported. */
static void find_points(struct tracepoint *point, void *unused)
{
	if (!strcmp(point->name, "mm_page_alloc"))
		alloc_point = point;
	else if (!strcmp(point->name, "mm_page_free"))
		free_point = point;
}

/**
 * pages_init() - begin to hear of pages
 *
 * Return: 0 or a negative errno.
 */
int pages_init(void)
{
	int err;

	for_each_kernel_tracepoint(find_points, NULL);
	if (!alloc_point || !free_point)
		return -ENOENT;
	err = tracepoint_probe_register(alloc_point, see_alloc, NULL);
	if (err)
		return err;
	err = tracepoint_probe_register(free_point, see_free, NULL);
	if (err)
		tracepoint_probe_unregister(alloc_point, see_alloc, NULL);
	return err;
}

/**
 * pages_exit() - undo pages_init()
 */
void pages_exit(void)
{
	tracepoint_probe_unregister(free_point, see_free, NULL);
	tracepoint_probe_unregister(alloc_point, see_alloc, NULL);
	tracepoint_synchronize_unregister();
}

/**
 * pages_watch() - this task has a fail-nth, or no more
 * @on: has it?
 */
void pages_watch(bool on)
{
	if (on)
		second_try = false;
	WRITE_ONCE(watched, on ? current : NULL);
}

/**
 * pages_shift() - use up some of what the kernel's own slab caches have
 *
 * What is freed they do not have again for long, where KASAN holds it back. So they need a page
 * after so many allocations, which may be as many as a call makes.
 */
void pages_shift(void)
{
	size_t size;

	for (size = 8; size <= SZ_8K; size *= 2)
		kfree(kmalloc(size, GFP_KERNEL));
}

/**
 * pages_met_fault() - was it a page of the kernel's own that failed?
 *
 * A slab cache that does not get pages tries again with fewer.
 *
 * Return: true if that may be so.
 */
bool pages_met_fault(void)
{
	return second_try;
}

/**
 * pages_call() - note the pages that this task gets from now on, or no more
 * @on: which of it
 */
void pages_call(bool on)
{
	in_call = on;
}

/**
 * pages_are_back() - are all free again that were noted?
 *
 * Return: false if some are not, which are forgotten.
 */
bool pages_are_back(void)
{
	unsigned long flags;
	bool back;

	raw_spin_lock_irqsave(&pages_lock, flags);
	back = !nr_pages && !overflow;
	nr_pages = 0;
	overflow = false;
	raw_spin_unlock_irqrestore(&pages_lock, flags);
	return back;
}
