// SPDX-License-Identifier: GPL-2.0
/*
 * Calls from within CPUs' going and coming: on the CPU in question, last before it goes and first
 * when it has come, and on another CPU while it is dead.
 */
#include <linux/cpuhotplug.h>
#include <linux/gfp.h>
#include <linux/string.h>

#include "pressure.h"

static struct window {
	struct arena *arena;
	struct client client;
	struct stamp *carried;		/* an object allocated in one of them, freed in the next */
	atomic_long_t online, offline, prepare, dead;
	int online_state, prepare_state;
	int broken_before;
} window;

static int window_visit(atomic_long_t *count)
{
	struct client *client = &window.client;
	struct arena *arena = window.arena;
	struct chain chain = {};

	atomic_long_inc(count);
	if (window.carried) {
		stamp_off(arena, window.carried, HOLDER_WINDOW);
		mpool_free(arena->pool, window.carried);
	}
	client->gfp = GFP_KERNEL | __GFP_NOWARN;
	client_call_all(client);
	client_wait(client, GFP_KERNEL, 2);
	/* As many as there are: who may sleep looks for them at this CPU too. */
	chain_take(arena, &chain, 200, GFP_KERNEL);
	chain_drop(arena, &chain, ULONG_MAX);
	window.carried = mpool_alloc(arena->pool, GFP_KERNEL | __GFP_NOWARN);
	if (window.carried)
		stamp_on(arena, window.carried, HOLDER_WINDOW);
	return 0;
}

static int window_online(unsigned int cpu)
{
	return window_visit(&window.online);
}

static int window_offline(unsigned int cpu)
{
	return window_visit(&window.offline);
}

static int window_prepare(unsigned int cpu)
{
	return window_visit(&window.prepare);
}

static int window_dead(unsigned int cpu)
{
	return window_visit(&window.dead);
}

/* Is that going on with @arena? Then not everything of it is at home. */
bool hotplug_uses(const struct arena *arena)
{
	return window.arena == arena;
}

int do_hotplug(struct arena *arena, char *args)
{
	int state;

	if (window.arena)
		return -EBUSY;
	memset(&window, 0, sizeof(window));
	client_setup(&window.client, arena, BIT(20));
	window.broken_before = atomic_read(&broken_promises);
	window.arena = arena;
	state = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "mpool_pressure:online",
					  window_online, window_offline);
	if (state < 0)
		goto err_arena;
	window.online_state = state;
	state = cpuhp_setup_state_nocalls(CPUHP_BP_PREPARE_DYN, "mpool_pressure:prepare",
					  window_prepare, window_dead);
	if (state < 0)
		goto err_online;
	window.prepare_state = state;
	return 0;

err_online:
	cpuhp_remove_state_nocalls(window.online_state);
err_arena:
	window.arena = NULL;
	return state;
}

int do_hotplug_result(struct arena *arena, char *args)
{
	if (window.arena != arena)
		return -ENOENT;
	cpuhp_remove_state_nocalls(window.prepare_state);
	cpuhp_remove_state_nocalls(window.online_state);
	if (window.carried) {
		stamp_off(arena, window.carried, HOLDER_WINDOW);
		mpool_free(arena->pool, window.carried);
	}
	client_end(&window.client);
	window.arena = NULL;
	figures_clear();
	figures_add("online", atomic_long_read(&window.online));
	figures_add("offline", atomic_long_read(&window.offline));
	figures_add("prepare", atomic_long_read(&window.prepare));
	figures_add("dead", atomic_long_read(&window.dead));
	figures_add("objects", window.client.done);
	figures_add("empty", window.client.empty);
	check_home(arena);
	return atomic_read(&broken_promises) == window.broken_before ? 0 : -EUCLEAN;
}
