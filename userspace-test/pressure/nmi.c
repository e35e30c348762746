// SPDX-License-Identifier: GPL-2.0
/*
 * Real NMIs, sent by the local APIC to this CPU or another. So all this is for x86.
 *
 * An NMI to this CPU comes when the APIC has been written to. One to another CPU hits there
 * whatever instruction is next, which is how code is interrupted that runs with interrupts off.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/preempt.h>

#include <asm/apic.h>
#include <asm/irq_vectors.h>
#include <asm/nmi.h>

#include "pressure.h"

/* What the next ones do. */
static void (*nmi_act)(void);
static atomic_long_t nmis = ATOMIC_LONG_INIT(0);

static int nmi_handler(unsigned int type, struct pt_regs *regs)
{
	if (!in_nmi())
		broke("not in an NMI");
	atomic_long_inc(&nmis);
	nmi_act();
	return NMI_HANDLED;
}

/* From now on each NMI calls @act. Returns 0 or a negative errno. */
int nmi_begin(void (*act)(void))
{
	nmi_act = act;
	atomic_long_set(&nmis, 0);
	return register_nmi_handler(NMI_LOCAL, nmi_handler, 0, KBUILD_MODNAME);
}

/* How many there were; those that are sent at the same time can become one. */
unsigned long nmi_end(void)
{
	/* One that was sent last may be on its way, and would be nobody's. */
	msleep(20);
	unregister_nmi_handler(NMI_LOCAL, KBUILD_MODNAME);
	return atomic_long_read(&nmis);
}

/* The APIC's driver is exported, and its part for this vector writes an ICR that says NMI. */
void nmi_send(unsigned int cpu)
{
	apic->send_IPI(cpu, NMI_VECTOR);
}
