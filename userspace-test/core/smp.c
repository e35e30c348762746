// SPDX-License-Identifier: GPL-2.0
/*
 * Which CPUs there are, whether they take turns or not.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/smp.h>

struct cpumask core_online;

static unsigned int nr_cpus;

/* What each CPU is to do in an interrupt. */
static struct core_call *calls[CORE_CPUS];

/**
 * core_panic() - end it all, for something is wrong that the kernel would not survive either
 * @format: what, as for printf()
 */
void core_panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	abort();
}

/* As many are on line from now on. */
void core_smp_start(unsigned int n)
{
	nr_cpus = n;
	core_online.bits = (1UL << n) - 1;
}

unsigned int core_nr_cpus(void)
{
	return nr_cpus;
}

/* --- interrupts --- */

/* No CPU has so many, one right after the other. */
#define TOO_MANY	100000

static void answer_calls(void)
{
	struct core_call *call = xchg(&calls[core.cpu], NULL), *next;
	bool *done;

	core.depth += CORE_HARDIRQ;
	for (; call; call = next) {
		next = call->next;
		done = call->done;
		call->run(call->data);
		if (done)
			/* The call may be gone. Pairs with the acquire in core_interrupt(). */
			smp_store_release(done, true);
	}
	core.depth -= CORE_HARDIRQ;
}

/**
 * core_answer() - do what this CPU was called for, and what that wants done in turn
 *
 * Interrupts are off.
 */
void core_answer(void)
{
	while (READ_ONCE(calls[core.cpu]))
		answer_calls();
}

/**
 * core_pending() - take the interrupts that came while they were off
 */
void core_pending(void)
{
	unsigned int n = 0;

	core_irq_save();
	while (core.pending) {
		if (++n == TOO_MANY)
			core_panic("CPU %u is interrupted all the time\n", core.cpu);
		core.pending = false;
		answer_calls();
	}
	core.irqs_off = false;
	barrier();
	if (core.pending)
		core_pending();
}

/**
 * core_call() - have a CPU call something when it is interrupted next
 * @cpu: its number
 * @call: what
 */
void core_call(unsigned int cpu, struct core_call *call)
{
	call->next = READ_ONCE(calls[cpu]);
	while (!try_cmpxchg(&calls[cpu], &call->next, call))
		;
}

bool core_is_called(unsigned int cpu)
{
	return READ_ONCE(calls[cpu]);
}

/**
 * core_raise() - have this CPU call something in an interrupt, as soon as it takes one
 * @call: what
 */
void core_raise(struct core_call *call)
{
	bool were_off = core_irq_save();

	core_call(core.cpu, call);
	core.pending = true;
	core_irq_restore(were_off);
}

int smp_call_function_single(unsigned int cpu, void (*run)(void *data), void *data, int wait)
{
	if (!cpu_online(cpu))
		return -ENXIO;
	core_interrupt(cpu, run, data);
	return 0;
}

/* --- hotplug --- */

static int (*cpu_dead)(unsigned int cpu, struct hlist_node *node);
static struct hlist_head instances;
static struct mutex instances_mutex;

int cpuhp_setup_state_multi(enum cpuhp_state state, const char *name, void *up,
			    int (*dead)(unsigned int cpu, struct hlist_node *node))
{
	cpu_dead = dead;
	return 1;
}

void cpuhp_remove_multi_state(enum cpuhp_state state)
{
	cpu_dead = NULL;
}

int cpuhp_state_add_instance_nocalls(enum cpuhp_state state, struct hlist_node *node)
{
	mutex_lock(&instances_mutex);
	hlist_add_head(node, &instances);
	mutex_unlock(&instances_mutex);
	return 0;
}

int cpuhp_state_remove_instance_nocalls(enum cpuhp_state state, struct hlist_node *node)
{
	mutex_lock(&instances_mutex);
	hlist_del(node);
	mutex_unlock(&instances_mutex);
	return 0;
}

/**
 * core_cpu_down() - have a CPU die
 * @cpu: its number; no task is on it, nor comes to be
 */
void core_cpu_down(unsigned int cpu)
{
	struct hlist_node *node;

	__atomic_and_fetch(&core_online.bits, ~(1UL << cpu), __ATOMIC_SEQ_CST);
	/* Nobody who saw it on line calls it any more. */
	core_wait_until(core_cpu_is_idle(cpu), CORE_NEVER);
	mutex_lock(&instances_mutex);
	for (node = instances.first; node; node = node->next)
		cpu_dead(cpu, node);
	mutex_unlock(&instances_mutex);
}

void core_cpu_up(unsigned int cpu)
{
	__atomic_or_fetch(&core_online.bits, 1UL << cpu, __ATOMIC_SEQ_CST);
}
