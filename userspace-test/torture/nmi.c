// SPDX-License-Identifier: GPL-2.0
/*
 * Real NMIs, sent by the local APIC to all CPUs; so all this is for x86. They hit whatever
 * instruction is next, with interrupts off or on.
 */
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <asm/apic.h>
#include <asm/irq_vectors.h>
#include <asm/nmi.h>

#include "torture.h"

/* The first of the NMIs' clients; those of users are below. */
#define FIRST_ID	BIT(16)

/* NMIs in an arena. */
#define HITS	200

static struct task_struct *task;
static struct client *clients;		/* for each CPU */
static struct client *active;		/* @clients, while they are in an arena */
static DEFINE_PER_CPU(unsigned long, seen);

static int nmi_handler(unsigned int type, struct pt_regs *regs)
{
	/* Pairs with the release in visit(). */
	struct client *these = smp_load_acquire(&active);

	this_cpu_inc(seen);
	if (these)
		client_step(&these[raw_smp_processor_id()], IN_NMI, GFP_ATOMIC, 12);
	return NMI_HANDLED;
}

/* Send one, and wait for it: a CPU that is off line would get it when it comes back. */
static void hit(unsigned int cpu)
{
	unsigned long before = READ_ONCE(per_cpu(seen, cpu));
	unsigned int us;

	cpus_read_lock();
	if (cpu_online(cpu)) {
		/* The APIC's driver writes an ICR that says NMI, for this vector. */
		apic->send_IPI(cpu, NMI_VECTOR);
		for (us = 0; us < USEC_PER_SEC && READ_ONCE(per_cpu(seen, cpu)) == before; us++)
			udelay(1);
		if (us == USEC_PER_SEC)
			broke(NULL, "an NMI did not come");
	}
	cpus_read_unlock();
}

static void visit(struct arena *arena, struct torture_random_state *rnd)
{
	unsigned int i;

	for (i = 0; i < nr_cpu_ids; i++)
		client_begin(&clients[i], arena, FIRST_ID + i);
	/* Pairs with the acquire in nmi_handler(). */
	smp_store_release(&active, clients);
	for (i = 0; i < HITS && !READ_ONCE(arena->closing) && !torture_must_stop(); i++) {
		hit(random_below(rnd, nr_cpu_ids));
		usleep_range(20, 200);
	}
	WRITE_ONCE(active, NULL);
	/* An NMI is a reader too. */
	synchronize_rcu();
	for (i = 0; i < nr_cpu_ids; i++)
		client_end(&clients[i]);
}

static int mpool_torture_nmi(void *arg)
{
	DEFINE_TORTURE_RANDOM(rnd);
	struct arena *arena;

	do {
		arena = arena_enter(&rnd, true);
		if (arena) {
			visit(arena, &rnd);
			arena_leave(arena);
		} else {
			schedule_timeout_idle(1);
		}
		stutter_wait("mpool_torture_nmi");
	} while (!torture_must_stop());
	torture_kthread_stopping("mpool_torture_nmi");
	return 0;
}

int nmi_begin(void)
{
	int err;

	clients = kcalloc(nr_cpu_ids, sizeof(*clients), GFP_KERNEL);
	if (!clients)
		return -ENOMEM;
	err = register_nmi_handler(NMI_LOCAL, nmi_handler, 0, KBUILD_MODNAME);
	if (err) {
		kfree(clients);
		clients = NULL;
		return err;
	}
	return torture_create_kthread(mpool_torture_nmi, NULL, task);
}

void nmi_end(void)
{
	if (!clients)
		return;
	torture_stop_kthread(mpool_torture_nmi, task);
	unregister_nmi_handler(NMI_LOCAL, KBUILD_MODNAME);
	kfree(clients);
	clients = NULL;
}
