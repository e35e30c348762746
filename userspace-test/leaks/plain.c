// SPDX-License-Identifier: GPL-2.0
/*
 * Objects that are lost as soon as they have been got from a pool, in each way that there is.
 */
#include <linux/irqflags.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "leaks.h"

/* What is not mpool's, to see that it is found in this way. */
static noinline void lose_by_kmalloc(struct situation *this)
{
	lost(this, kmalloc(64, GFP_KERNEL));
}

static void free_kmalloc(struct situation *this, void *memory)
{
	kfree(memory);
}

static int no_pool(struct situation *this)
{
	return 0;
}

static noinline void lose_by_alloc(struct situation *this)
{
	lost(this, mpool_alloc(this->pool, GFP_KERNEL));
}

static noinline void lose_by_zalloc(struct situation *this)
{
	lost(this, mpool_zalloc(this->pool, GFP_KERNEL));
}

static noinline void lose_by_bulk(struct situation *this)
{
	void *objs[LOST];
	unsigned int i;

	if (mpool_alloc_bulk(this->pool, GFP_KERNEL, LOST, objs))
		return;
	for (i = 0; i < LOST; i++)
		lost(this, objs[i]);
}

static noinline void lose_with_irqs_off(struct situation *this)
{
	unsigned long flags;

	local_irq_save(flags);
	lost(this, mpool_alloc(this->pool, GFP_ATOMIC));
	local_irq_restore(flags);
}

static noinline void lose_in_softirq(struct situation *this)
{
	lost(this, mpool_alloc(this->pool, GFP_ATOMIC));
}

static noinline void lose_in_hardirq(struct situation *this)
{
	lost(this, mpool_alloc(this->pool, GFP_ATOMIC));
}

/* Of which kmemleak does not hear. */
static noinline void lose_in_nmi(struct situation *this)
{
	lost(this, mpool_alloc(this->pool, GFP_ATOMIC));
}

/* Have free objects in the magazine, and in it the addresses of those that will be taken out. */
static int fill_magazine(struct situation *this)
{
	int err = hold_objects(this);

	if (!err)
		free_held(this);
	return err;
}

/* All that others may have is out. */
static noinline void lose_privileged(struct situation *this)
{
	lost(this, mpool_alloc(this->pool, GFP_KERNEL | MPOOL_PRIVILEGED));
}

static noinline void lose_checked(struct situation *this)
{
	lost(this, mpool_alloc(this->pool, GFP_KERNEL));
}

static int construct(void *obj, void *ctx, gfp_t gfp)
{
	memset(obj, 0, 152);
	return 0;
}

static noinline void lose_constructed(struct situation *this)
{
	lost(this, mpool_alloc(this->pool, GFP_KERNEL));
}

struct situation plain_situations[] = {
	{ .begin = no_pool, .lose = lose_by_kmalloc, .free = free_kmalloc },
	{ .params = { .name = "alloc", .size = 64 }, .lose = lose_by_alloc },
	{ .params = { .name = "zalloc", .size = 72 }, .lose = lose_by_zalloc },
	{ .params = { .name = "bulk", .size = 80 }, .lose = lose_by_bulk },
	{ .params = { .name = "irqs_off", .size = 88 }, .lose = lose_with_irqs_off },
	{ .params = { .name = "softirq", .size = 96 }, .lose = lose_in_softirq,
	  .where = IN_SOFTIRQ },
	{ .params = { .name = "hardirq", .size = 104 }, .lose = lose_in_hardirq,
	  .where = IN_HARDIRQ },
	{ .params = { .name = "nmi", .size = 112 }, .begin = fill_magazine, .lose = lose_in_nmi,
	  .where = IN_NMI },
	{ .params = { .name = "privileged", .size = 120, .limit = 2 * LOST, .reserve = LOST },
	  .begin = hold_objects, .lose = lose_privileged },
	{ .params = { .name = "checks", .size = 144, .flags = MPOOL_CHECKS, .quarantine = 1000 },
	  .lose = lose_checked },
	{ .params = { .name = "constructed", .size = 152, .ctor = construct },
	  .lose = lose_constructed },
	{}
};
