/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_CPUMASK_H
#define _CORE_CPUMASK_H

#include <core.h>

/* All that there are: CPUs come and go by core_cpu_up() and core_cpu_down() only. */
struct cpumask {
	unsigned long bits;
};

extern struct cpumask core_online;

#define num_possible_cpus()	core_nr_cpus()
#define num_online_cpus()	((unsigned int)__builtin_popcountl(READ_ONCE(core_online.bits)))
#define cpu_online(cpu)		(READ_ONCE(core_online.bits) >> (cpu) & 1)
#define for_each_possible_cpu(cpu)	for ((cpu) = 0; (cpu) < core_nr_cpus(); (cpu)++)
#define for_each_online_cpu(cpu)	for_each_possible_cpu(cpu) if (cpu_online(cpu))
#define cpumask_of(cpu)	(cpu)
#define cpu_possible_mask	core.cpu
#define smp_processor_id()	core.cpu
#define raw_smp_processor_id()	core.cpu

int smp_call_function_single(unsigned int cpu, void (*call)(void *data), void *data, int wait);

#endif
