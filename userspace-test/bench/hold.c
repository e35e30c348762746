// SPDX-License-Identifier: GPL-2.0
/*
 * What a peer holds of the system for so many objects, all of them in use or a tenth: for who then
 * looks at /proc/slabinfo or /dev/mempool.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "bench.h"

static struct bench_seat held;		/* no peer: nothing */
static size_t nr_held;

void bench_drop(void)
{
	if (!held.peer)
		return;
	held.peer->drain(held.of, held.objs, nr_held);
	held.peer->destroy(held.of);
	kvfree(held.objs);
	held = (struct bench_seat){};
	nr_held = 0;
}

static const struct bench_peer *find_peer(const char *name)
{
	size_t i;

	for (i = 0; bench_peers[i]; i++) {
		if (!strcmp(bench_peers[i]->name, name))
			return bench_peers[i];
	}
	return NULL;
}

static int hold(const char *name, size_t size, size_t n)
{
	const struct bench_peer *peer = find_peer(name);
	void *of;

	if (!peer || !peer->calls->shrink)
		return -ENOENT;
	if (!size || !n || n > BENCH_OBJECTS_MAX)
		return -ERANGE;
	bench_drop();
	of = peer->create(size, n);
	if (IS_ERR(of))
		return PTR_ERR(of);
	held.objs = kvcalloc(n, sizeof(void *), GFP_KERNEL);
	held.of = of;
	held.peer = peer;
	if (held.objs)
		nr_held = peer->fill(of, held.objs, n);
	if (nr_held == n)
		return 0;
	bench_drop();
	return -ENOMEM;
}

/* Free nine of ten, at random. */
static void thin(void)
{
	size_t gone = nr_held / 10 * 9;

	bench_shuffle(held.objs, nr_held);
	nr_held -= gone;
	held.peer->drain(held.of, held.objs + nr_held, gone);
}

/**
 * bench_hold() - run a command that is about what is held
 * @command: "hold PEER SIZE N", "thin", "shrink" or "drop"
 *
 * Return: 0 or a negative errno; -ENOENT if that is no such command, or there is no such peer.
 */
int bench_hold(const char *command)
{
	char name[20];
	size_t size, n;

	if (sscanf(command, "hold %19s %zu %zu", name, &size, &n) == 3)
		return hold(name, size, n);
	if (!held.peer)
		return -ENOENT;
	if (!strcmp(command, "thin"))
		thin();
	else if (!strcmp(command, "shrink"))
		held.peer->calls->shrink(held.of);
	else if (!strcmp(command, "drop"))
		bench_drop();
	else
		return -ENOENT;
	return 0;
}
