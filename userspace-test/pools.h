/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the tests: read /dev/mempool, and tell /dev/mpool_playground what to do.
 */
#ifndef POOLS_H
#define POOLS_H

#include <stdbool.h>
#include <stddef.h>

#define DEVICE		"/dev/mempool"
#define PLAYGROUND	"/dev/mpool_playground"
#define MODULES		"/modules"

#define TEXT_MAX	1048576

struct pool_line {
	char name[64];
	char owner[64];
	char state[16];
	unsigned long id, size, stride, in_use, cached_cpu, cached_depot, free_slab, objects;
	unsigned long limit, keep, slabs, slab_bytes, metadata, footprint;
	unsigned long allocs, frees, fails, grows, shrinks, misuses;
	char kind[16];
	char of[64];
	char backing[16];
	unsigned long mapped, m_pool, limit_bytes, borrowed, reserve, reserve_held, low, waiting;
	unsigned long waits, pending, budget;
};

/* Send a command; 0 or the errno. */
int play(const char *format, ...);

/* All that an open file gives from where it stands, in pieces of so many bytes. */
size_t read_rest(int fd, char *text, size_t piece);

/* All of /dev/mempool, as one string; the next call overwrites it. */
char *read_device(void);

/* Take a line apart; false if it is not exactly of the documented form. */
bool parse_line(const char *line, struct pool_line *pool);

/* The live pool of that name, or if there is none the dying one; false if there is neither. */
bool find_pool(const char *name, struct pool_line *pool);

/* Does the accounting identity hold? */
bool adds_up(const struct pool_line *pool);

/* Run on that CPU from now on; false if it cannot be. */
bool run_on(int cpu);

/* Load a module from MODULES; 0 or the errno. */
int load(const char *name, const char *parameters);

/* Unload it, without waiting; 0 or the errno. */
int unload(const char *name);

/* Wait up to so many seconds until a pool has that many objects; false if it never had. */
bool wait_for_objects(const char *name, unsigned long objects, int seconds);

#endif
