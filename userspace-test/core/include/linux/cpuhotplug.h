/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_CPUHOTPLUG_H
#define _CORE_CPUHOTPLUG_H

#include <linux/types.h>

enum cpuhp_state {
	CPUHP_BP_PREPARE_DYN,
};

/* One state, whose instances hear of a CPU that has gone. */
int cpuhp_setup_state_multi(enum cpuhp_state state, const char *name, void *up,
			    int (*dead)(unsigned int cpu, struct hlist_node *node));
void cpuhp_remove_multi_state(enum cpuhp_state state);
int cpuhp_state_add_instance_nocalls(enum cpuhp_state state, struct hlist_node *node);
int cpuhp_state_remove_instance_nocalls(enum cpuhp_state state, struct hlist_node *node);

/* CPUs that no task has go, and come back. */
void core_cpu_down(unsigned int cpu);
void core_cpu_up(unsigned int cpu);

#endif
