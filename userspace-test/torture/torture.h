/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of mpool_torture share.
 *
 * An arena is a pool, or something that is made of pools, and lives for a second or two: its owner
 * makes it, tends it, sees everybody out, counts what is at home, and ends it. A client is one flow
 * of control that uses it meanwhile. What clients hold says whose it is, and is looked at whenever
 * it changes hands.
 */
#ifndef TORTURE_H
#define TORTURE_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mpool.h>
#include <linux/spinlock.h>
#include <linux/torture.h>
#include <linux/types.h>
#include <linux/wait.h>

#include <asm/barrier.h>

struct arena;
struct client;

/*
 * Longer than anything takes that works, in jiffies. With a sanitizer, in an emulator, everything
 * takes many times as long.
 */
#define FOREVER		((IS_ENABLED(CONFIG_KASAN) || IS_ENABLED(CONFIG_KCSAN) ? 120 : 20) * HZ)

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

static inline u32 random_below(struct torture_random_state *rnd, u32 below)
{
	return (u32)torture_random(rnd) % below;
}

static inline bool one_in(struct torture_random_state *rnd, u32 n)
{
	return !random_below(rnd, n);
}

/* --- main.c: beginning and end --- */

/* Are allocations made to fail on purpose? */
extern bool inject;

void broke(const struct arena *arena, const char *what);

/* --- figures.c: what has been done --- */

/* Each of these has to happen in a run, or it was none. */
enum figure {
	DID_ALLOC,
	DID_ZALLOC,
	DID_BULK,
	DID_PRIVILEGED,
	DID_FREE,
	DID_DEFERRED,
	DID_RCU,
	DID_WAIT,
	DID_WAIT_BULK,
	DID_TIME_OUT,
	DID_ASYNC,
	DID_CALLBACK,
	DID_CANCEL,
	DID_SET,
	DID_TRIM,
	DID_FLUSH,
	DID_PUBLISH,
	DID_READ,
	DID_HAND_OVER,
	DID_PIECE,
	DID_RESIZE,
	DID_TREE,
	DID_MOVE,
	DID_DOUBLE_FREE,
	DID_REFUSED,			/* requests that got nothing, which they may */
	IN_PROCESS,			/* in which context something was done */
	IN_PREEMPT_OFF,
	IN_BH_OFF,
	IN_IRQ_OFF,
	IN_SOFTIRQ,
	IN_HARDIRQ,
	IN_IRQ_WORK,
	IN_NMI,
	IN_HOTPLUG,
	POOLS_OF_PAGES,			/* arenas of each kind that came to their end */
	POOLS_MAPPED,
	POOLS_HUGE,
	POOLS_IN_BUFFER,
	POOLS_STATIC,
	POOLS_WATCHED,
	POOLS_CONSTRUCTED,
	POOLS_SIZED,
	POOLS_OF_TREES,
	POOLS_ABANDONED,
	NR_FIGURES
};

void did(enum figure figure);
void figures_print(void);
const char *figures_missing(bool hotplug);

/* --- payload.c: what objects carry --- */

/* What an object begins with while somebody has it; behind it is a pattern. */
struct payload {
	u32 made;			/* written by the constructor, and never again */
	u32 arena;
	u32 generation;			/* of this holder's objects */
	u32 holder;			/* 0: nobody */
	u32 bytes;			/* of the object, this included */
	u32 sum;
};

/* Room for a word of pattern at least. */
#define PAYLOAD_MIN	(sizeof(struct payload) + sizeof(u32))

/* Holders beside the clients, whose ids are small. */
#define HOLDER_CALLBACK		BIT(24)	/* and the client's id */
#define HOLDER_OWNER		BIT(25)
#define HOLDER_EXCHANGE		BIT(26)
#define HOLDER_TREE		BIT(27)
#define HOLDER_READERS		BIT(28)

void payload_begin(struct arena *arena, struct payload *payload, size_t bytes, u32 holder,
		   u32 generation);
bool payload_check(struct arena *arena, const struct payload *payload, u32 holder);
bool payload_is_intact(const struct arena *arena, const struct payload *payload, u32 holder);
void payload_pass(struct arena *arena, struct payload *payload, u32 from, u32 to);
void payload_end(struct arena *arena, struct payload *payload, u32 holder);
void payload_leave(struct arena *arena);
void payload_make(struct arena *arena, struct payload *payload);
void payload_unmake(struct arena *arena, struct payload *payload);

/* --- who uses an arena --- */

/* Most objects that a request asks for. */
#define BULK		4

/* Most objects that a client holds from one step to the next. */
#define HELD		40

/* Requests that a client has in line at most. */
#define TICKETS		2

/* A request with a callback. */
struct ticket {
	struct client *client;
	struct list_head link;		/* of arena.line */
	struct mpool_request request;
	void *objs[BULK];
	bool in_line;			/* until the callback has done its work */
	bool called;			/* the callback has begun, and not returned */
	struct torture_random_state rnd;
};

/* A thread, an interrupt or NMIs on one CPU: only one flow of control is it at a time. */
struct client {
	struct arena *arena;
	u32 id;
	gfp_t gfp;
	u32 generation;
	bool ends;
	struct torture_random_state rnd;
	unsigned int n;
	struct payload *held[HELD];
	struct ticket tickets[TICKETS];
};

/* --- arena.c: pools come and go --- */

/* Places where clients leave objects for each other. */
#define NR_EXCHANGES	8

/* Objects that readers can find. */
#define NR_PUBLISHED	4

/* One of the things that arenas can be. */
struct kind {
	const char *name;
	int (*make)(struct arena *arena);
	/* One object, with its payload, that @client holds then; NULL if there is none. */
	struct payload *(*get)(struct client *client);
	void (*put)(struct client *client, struct payload *payload);
	/* Any other call. */
	void (*call)(struct client *client);
	/* Now and then, by the owner. */
	void (*tend)(struct arena *arena);
	/* Nobody uses it any more: is everything at home? */
	void (*check)(struct arena *arena);
	void (*end)(struct arena *arena);
	bool nmi;			/* may be used in an NMI */
};

extern const struct kind plain_kind, pieces_kind, trees_kind;

struct arena {
	const struct kind *kind;
	u32 id;
	char name[MPOOL_NAME_LEN];
	struct client owner;		/* who made it */
	struct mpool *pool;		/* of a plain one; of trees, that of parts */
	struct mpool_sized *sized;	/* of pieces; of trees, that of labels */
	struct mpool_type *type;	/* of trees */

	/* As it was made. What can be changed is never above the limit, nor below the reserve. */
	size_t size;
	unsigned long limit, keep, reserve, low, flags;
	enum mpool_backing backing;
	void *buffer;
	bool is_static;
	bool constructed;
	bool fragile;			/* the constructor fails at times */
	bool may_refuse;		/* requests that may sleep, too */

	/* Guarded by arenas_lock. */
	unsigned int users;
	bool closing;
	wait_queue_head_t left;

	atomic_long_t out;		/* objects that anybody has */
	atomic_long_t privileged;	/* and those that privileged requests have, or want */
	atomic_long_t made;		/* constructed objects, or of a type, that there are */
	struct payload *exchange[NR_EXCHANGES];
	struct payload __rcu *published[NR_PUBLISHED];
	raw_spinlock_t line_lock;	/* guards @line, and the order in which it is entered */
	struct list_head line;		/* tickets, in that order */
};

struct arena *arena_enter(struct torture_random_state *rnd, bool nmi);
void arena_leave(struct arena *arena);
void arena_check_pool(struct arena *arena, struct mpool *pool);
int arenas_begin(unsigned int n);
void arenas_end(void);

/* --- recipe.c: what pools are to be --- */

struct mpool *recipe_pool(struct arena *arena);
void recipe_end(struct arena *arena);
unsigned long recipe_checks(struct torture_random_state *rnd);

/* --- client.c: what clients do --- */

void client_begin(struct client *client, struct arena *arena, u32 id);
void client_step(struct client *client, enum figure context, gfp_t gfp, u32 most);
void client_end(struct client *client);
bool client_may_sleep(const struct client *client);
struct payload *client_got(struct client *client, void *obj, size_t bytes);
void client_refused(struct client *client);

/* --- ticket.c: requests in line --- */

void ticket_setup(struct ticket *ticket, struct client *client);
void ticket_use(struct ticket *ticket);
void ticket_end(struct ticket *ticket);

/* --- published.c: objects that readers find --- */

void published_renew(struct client *client);
void published_read(struct client *client);
void published_end(struct arena *arena);

/* --- plain.c: the calls on a pool --- */

void plain_free(struct arena *arena, struct torture_random_state *rnd, void *obj);

/* --- pieces.c: the calls on a sized pool --- */

void pieces_check_sized(struct arena *arena, struct mpool_sized *sized);

/* --- survivor.c: objects that outlive their pool --- */

void survivors_destroy(struct arena *arena);

/* --- visitor.c: tasks, and the interrupts that come with them --- */

int visitors_begin(unsigned int n);
void visitors_end(void);

/* --- nmi.c: real NMIs --- */

int nmi_begin(void);
void nmi_end(void);

/* --- hotplug.c: in a CPU's going and coming --- */

int hotplug_begin(void);
void hotplug_end(void);

#endif
