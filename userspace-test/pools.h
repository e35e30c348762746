/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the tests: read /dev/mempool, tell /dev/mpool_playground and /dev/mpool_pressure what to do,
 * and turn some of the machine's knobs.
 */
#ifndef POOLS_H
#define POOLS_H

#include <stdbool.h>
#include <stddef.h>

#define DEVICE		"/dev/mempool"
#define PLAYGROUND	"/dev/mpool_playground"
#define PRESSURE	"/dev/mpool_pressure"
#define MODULES		"/modules"

/* What it begins with; a number follows. */
#define FIRST_LINE	"mpool format=1 generation="

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
	unsigned long mapped, m_pool, limit_bytes, borrowed;
	unsigned long reserve, reserve_held, low, waiting, waits, pending, budget;
	char checks[32];
	unsigned long quarantine, quarantined, withheld;
	char tracking[16];
};

/* Send a command to /dev/mpool_playground; 0 or the errno. */
int play(const char *format, ...);

/* Likewise to /dev/mpool_pressure. */
int press(const char *format, ...);

/* A figure of what /dev/mpool_pressure did last; ULONG_MAX if there is none of that name. */
unsigned long figure(const char *name);

/* Show those figures, in a line that is no result of a test. */
void show_figures(const char *what);

/* Show such a line. */
void note(const char *format, ...);

/* All that an open file gives from where it stands, in pieces of so many bytes. */
size_t read_rest(int fd, char *text, size_t piece);

/* Is that in the kernel's log? */
bool log_says(const char *what);

/* Is a function of that name built into the kernel? */
bool kernel_has(const char *function);

/* All of /dev/mempool, as one string; the next call overwrites it. */
char *read_device(void);

/* Take a line apart; false if it is not exactly of the documented form. */
bool parse_line(const char *line, struct pool_line *pool);

/* The live pool of that name, or if there is none the dying one; false if there is neither. */
bool find_pool(const char *name, struct pool_line *pool);

/* Does the accounting identity hold? */
bool adds_up(const struct pool_line *pool);

/* Are there no more objects than the limit? Once that was lowered, there can be for a while. */
bool within_limit(const struct pool_line *pool);

/* Run on that CPU from now on; false if it cannot be. */
bool run_on(int cpu);

/* Take CPU 1 off line, or bring it back; 0 or the errno. */
int set_cpu1(bool online);

/* Write a short text to a file that is there; false, and a message, if that fails. */
bool write_file(const char *name, const char *text);

/* The number that a file begins with; -1 if there is none. */
long read_number(const char *name);

/* Load a module from MODULES; 0 or the errno. */
int load(const char *name, const char *parameters);

/* Unload it, without waiting; 0 or the errno. */
int unload(const char *name);

/* Make a memory cgroup and go there; false if that cannot be. */
bool enter_cgroup(void);

/* Leave it, and take it away again. */
bool leave_cgroup(void);

/* Bytes charged to it. */
long charged(void);

/* Wait up to so many seconds until a pool has that many objects; false if it never had. */
bool wait_for_objects(const char *name, unsigned long objects, int seconds);

#endif
