// SPDX-License-Identifier: GPL-2.0
/*
 * Calls from within CPUs' going and coming: on the CPU in question, last before it goes and first
 * when it has come, and on another while it is dead.
 */
#include <linux/cpuhotplug.h>
#include <linux/gfp.h>

#include "torture.h"

#define ID	BIT(17)

static int online_state = -1, prepare_state = -1;

/* CPUs go and come one at a time. */
static struct client client;
static DEFINE_TORTURE_RANDOM(rnd);

static int visit(unsigned int cpu)
{
	struct arena *arena = arena_enter(&rnd, false);

	if (!arena)
		return 0;
	client_begin(&client, arena, ID);
	client_step(&client, IN_HOTPLUG, GFP_KERNEL, 60);
	client_end(&client);
	arena_leave(arena);
	return 0;
}

int hotplug_begin(void)
{
	online_state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "mpool_torture:online",
						 visit, visit);
	if (online_state < 0)
		return online_state;
	prepare_state = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "mpool_torture:prepare",
						  visit, visit);
	return prepare_state < 0 ? prepare_state : 0;
}

void hotplug_end(void)
{
	if (prepare_state >= 0)
		cpuhp_remove_state_nocalls(prepare_state);
	if (online_state >= 0)
		cpuhp_remove_state_nocalls(online_state);
}
