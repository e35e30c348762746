/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of mpool_pressure share. Each file is about one thing that is done with pools;
 * device.c says which command does it.
 */
#ifndef PRESSURE_H
#define PRESSURE_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/mpool.h>
#include <linux/prandom.h>
#include <linux/types.h>

#include <asm/barrier.h>

/* Most objects that a request asks for. */
#define BULK	4

/* Most objects that a client holds from one step to the next. */
#define HELD	60

/* Longer than anything takes that works, in jiffies. */
#define FOREVER	(20 * HZ)

struct stamp;

/* Objects that are held, each with a pointer to the next. */
struct chain {
	struct stamp *first;
	unsigned long n;
};

/* A pool, and what is done with it. */
struct arena {
	struct list_head link;
	struct mpool *pool;
	char name[MPOOL_NAME_LEN];
	unsigned long limit, keep, reserve;
	struct chain held;
	struct stamp __rcu *published;
	atomic_long_t out;		/* objects that anybody has */

	/* Of asynchronous requests: each that gets in line leaves it in one of two ways. */
	atomic_long_t queued;
	atomic_long_t called;
	atomic_long_t cancelled;
	struct mpool_request asked;
	void *asked_objs[BULK];
};

/* Flags that hand over what was done before: who reads what was written sees that too. */
static inline bool flag_read(const bool *flag)
{
	/* Pairs with flag_write(). */
	return smp_load_acquire(flag);
}

static inline void flag_write(bool *flag, bool value)
{
	/* Pairs with flag_read(). */
	smp_store_release(flag, value);
}

/* One of the ways to free an object. */
typedef void free_function(struct mpool *pool, void *obj);

/* --- device.c: what comes out --- */

/* Promises that were broken so far, whoever found it. */
extern atomic_t broken_promises;

void broke(const char *what);
void figures_clear(void);
void figures_add(const char *key, unsigned long value);

/* --- stamp.c: who has an object, and is everything at home? --- */

/* What is written into an object while somebody has it. */
struct stamp {
	u32 magic;
	u32 holder;
	struct stamp *self;
	struct stamp *next;		/* of a chain */
};

#define STAMP_HELD	0x57a3b00c
#define STAMP_PUBLISHED	0x9b115ed0

/* Holders beside the clients, whose ids are small. */
#define HOLDER_CHAIN		(U32_MAX - 1)
#define HOLDER_WINDOW		(U32_MAX - 2)
#define HOLDER_PRIVILEGED	(U32_MAX - 3)
#define HOLDER_CALLBACK		BIT(30)	/* and the client's id */

void stamp_on(struct arena *arena, struct stamp *stamp, u32 holder);
void stamp_off(struct arena *arena, struct stamp *stamp, u32 holder);

unsigned long chain_take(struct arena *arena, struct chain *chain, unsigned long n, gfp_t gfp);
void chain_push(struct arena *arena, struct chain *chain, struct stamp *stamp);
struct stamp *chain_pop(struct arena *arena, struct chain *chain);
void chain_drop(struct arena *arena, struct chain *chain, unsigned long n);

void check_home(struct arena *arena);

/* --- client.c: one who uses a pool --- */

/* A thread, an interrupt or NMIs on one CPU: only one flow of control is it at a time. */
struct client {
	struct arena *arena;
	u32 id;
	gfp_t gfp;
	bool tunes;			/* it may change the pool's parameters */
	struct rnd_state rnd;
	unsigned long done;		/* objects that it got */
	unsigned long empty;		/* requests that got nothing, at once */
	unsigned int n;
	struct stamp *held[HELD];
	struct mpool_request request;
	void *answer[BULK];
	bool in_line;			/* @request, until its callback has done its work */
};

void client_setup(struct client *client, struct arena *arena, u32 id);
u32 client_random(struct client *client, u32 below);
void client_call_all(struct client *client);
void client_step(struct client *client, gfp_t gfp, u32 most);
void client_wait(struct client *client, gfp_t gfp, long timeout);
void client_wait_bulk(struct client *client, gfp_t gfp, long timeout);
void client_end(struct client *client);

/* --- nmi.c: real NMIs --- */

int nmi_begin(void (*act)(void));
void nmi_send(unsigned int cpu);
unsigned long nmi_end(void);

/* --- line.c: the part of do_order() that sleeps --- */

int order_sleepers(struct arena *arena, unsigned int threads, unsigned long target);

/* --- commands --- */

int do_contexts(struct arena *arena, char *args);
int do_hotplug(struct arena *arena, char *args);
int do_hotplug_result(struct arena *arena, char *args);
bool hotplug_uses(const struct arena *arena);
int do_storm(struct arena *arena, char *args);
int do_churn(struct arena *arena, char *args);
int do_order(struct arena *arena, char *args);
int do_latency(struct arena *arena, char *args);
int do_privileged(struct arena *arena, char *args);

#endif
