/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_PREEMPT_H
#define _CORE_PREEMPT_H

#include <core.h>

static __always_inline void preempt_disable(void)
{
	core.depth += CORE_PREEMPT;
	barrier();
}

static __always_inline void preempt_enable(void)
{
	barrier();
	core.depth -= CORE_PREEMPT;
}

#define in_nmi()	(core.depth & 0xf00000)
#define in_hardirq()	(core.depth & 0x0f0000)
#define in_task()	(!(core.depth & ~0xff))
#define preemptible()	(!core.depth && !core.irqs_off)
#define irqs_disabled()	core.irqs_off

#define local_irq_save(flags)		((flags) = core_irq_save())
#define local_irq_restore(flags)	core_irq_restore(flags)

#endif
