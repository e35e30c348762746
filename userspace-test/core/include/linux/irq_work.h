/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_IRQ_WORK_H
#define _CORE_IRQ_WORK_H

#include <core.h>
#include <linux/atomic.h>

struct irq_work {
	struct core_call call;
	atomic_t queued;
	atomic_t running;
	void (*func)(struct irq_work *work);
};

#define IRQ_WORK_INIT_HARD(f)	((struct irq_work){ .func = (f) })

bool irq_work_queue(struct irq_work *work);
void irq_work_sync(struct irq_work *work);

#endif
