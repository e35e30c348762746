// SPDX-License-Identifier: GPL-2.0
/*
 * How objects are lost: nobody has their address any more, but inverted, which kmemleak does not
 * take for one. It looks at all stacks as far as they reach, so what calls have left there is
 * overwritten.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/kernel.h>
#include <linux/kmemleak.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "leaks.h"

static struct situation * const groups[] = {
	plain_situations,
	line_situations,
	memory_situations,
	piece_situations,
	stale_situations,
};

/* Make a situation's pool. */
int make_pool(struct situation *this)
{
	this->pool = mpool_create(&this->params);
	return PTR_ERR_OR_ZERO(this->pool);
}

/* Make the pool, and hold as many objects of it as are to be lost. There is nothing in them. */
int hold_objects(struct situation *this)
{
	unsigned int i;
	int err = make_pool(this);

	for (i = 0; !err && i < LOST; i++) {
		this->held[i] = mpool_zalloc(this->pool, GFP_KERNEL);
		if (!this->held[i])
			err = -ENOMEM;
	}
	return err;
}

void free_held(struct situation *this)
{
	unsigned int i;

	for (i = 0; i < LOST; i++) {
		mpool_free(this->pool, this->held[i]);
		this->held[i] = NULL;
	}
}

/* Whoever calls this has an object, and forgets it. */
void lost(struct situation *this, void *obj)
{
	if (!IS_ERR_OR_NULL(obj) && this->n < LOST)
		this->lost[this->n++] = ~(unsigned long)obj;
}

static noinline void wipe_levels(unsigned int levels)
{
	unsigned long words[64];

	memzero_explicit(words, sizeof(words));
	if (levels)
		wipe_levels(levels - 1);
	/* Which is not the last thing done, so that each level has a frame of its own. */
	barrier_data(words);
}

/* Overwrite what has been left on this stack by what the caller has called before. */
void wipe_stack(void)
{
	wipe_levels(12);
}

/*
 * Memory in which no pool is any more is about to be freed. Who gets it next tells kmemleak of it
 * as a whole; if that knew of anything in it still, it would give up for good.
 */
void check_forgotten(void *memory, size_t bytes)
{
	if (!memory)
		return;
	kmemleak_free(memory);
	kmemleak_alloc(memory, bytes, 1, GFP_KERNEL);
	kmemleak_free(memory);
}

/* --- in which context --- */

struct visit {
	struct situation *situation;
	struct irq_work irq_work;
	struct tasklet_struct tasklet;
};

static void visit(struct situation *this)
{
	this->lose(this);
	wipe_stack();
}

static void visit_hardirq(struct irq_work *work)
{
	visit(container_of(work, struct visit, irq_work)->situation);
}

static void visit_softirq(struct tasklet_struct *tasklet)
{
	visit(container_of(tasklet, struct visit, tasklet)->situation);
}

/* As in mpool_playground: not a real one, so that no code is interrupted anywhere. */
#define PRETEND_NMI	(NMI_OFFSET + HARDIRQ_OFFSET)

static void visit_nmi(struct situation *this)
{
	unsigned long flags;

	local_irq_save(flags);
	preempt_count_add(PRETEND_NMI);
	visit(this);
	preempt_count_sub(PRETEND_NMI);
	local_irq_restore(flags);
}

static void lose_somewhere(struct situation *this)
{
	struct visit how = { .situation = this };

	switch (this->where) {
	case IN_TASK:
		visit(this);
		break;
	case IN_SOFTIRQ:
		tasklet_setup(&how.tasklet, visit_softirq);
		tasklet_schedule(&how.tasklet);
		tasklet_kill(&how.tasklet);
		break;
	case IN_HARDIRQ:
		how.irq_work = IRQ_WORK_INIT_HARD(visit_hardirq);
		irq_work_queue(&how.irq_work);
		irq_work_sync(&how.irq_work);
		break;
	case IN_NMI:
		visit_nmi(this);
		break;
	}
}

/* --- all of them --- */

static int lose_in(struct situation *this)
{
	int err = this->begin ? this->begin(this) : make_pool(this);
	unsigned int i;

	/* One call may lose several. */
	for (i = 0; !err && i < LOST && this->n < LOST; i++)
		lose_somewhere(this);
	wipe_stack();
	return err ?: this->n < LOST ? -ENODATA : 0;
}

int lose_all(void)
{
	struct situation *this;
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		for (this = groups[i]; this->lose; this++) {
			err = lose_in(this);
			if (err) {
				pr_err("%ps: error %d after %u objects\n", this->lose, err,
				       this->n);
				return err;
			}
		}
	}
	return 0;
}

static void free_lost(struct situation *this)
{
	while (this->n--) {
		if (this->free)
			this->free(this, (void *)~this->lost[this->n]);
		else
			mpool_free(this->pool, (void *)~this->lost[this->n]);
	}
	this->n = 0;
}

static void free_in(struct situation *this)
{
	free_lost(this);
	if (!IS_ERR_OR_NULL(this->pool)) {
		free_held(this);
		mpool_destroy(this->pool);
	}
	if (this->end)
		this->end(this);
	this->pool = NULL;
}

/* Find what was lost, and free it. */
void free_all(void)
{
	struct situation *this;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		for (this = groups[i]; this->lose; this++)
			free_in(this);
	}
}
