/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mpool_bench: the same work done by mpool and by its peers, in turn.
 */
#ifndef MPOOL_BENCH_H
#define MPOOL_BENCH_H

#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/types.h>

/* Most objects that are out at once, and most peers. */
#define BENCH_OBJECTS_MAX	10000000
#define BENCH_PEERS_MAX		8

/* Operations of a round, about: enough for a clock, and few enough for nine rounds. */
#define BENCH_OPS		100000

/* In each round every peer has its turn; of the rounds' times the median counts. */
#define BENCH_ROUNDS		9

/* What a peer can do, for BENCH_PEER(). */
struct bench_calls {
	bool alone;			/* nobody else may use it meanwhile, nor an interrupt */
	void *(*alloc)(void *of, gfp_t gfp);
	void (*free)(void *of, void *obj);
	bool (*alloc_bulk)(void *of, gfp_t gfp, void **objs, size_t n);
	void (*free_bulk)(void *of, void **objs, size_t n);
	void (*shrink)(void *of);	/* give back all that can be given back */
	int (*reserve)(void *of, size_t n);	/* have so many for those with ... */
	gfp_t privileged;		/* ... this among their flags */
};

/*
 * The loops of a peer. They are its own, so that its functions are called as a driver would call
 * them, and inlined where a driver would have them inlined.
 */
struct bench_peer {
	const char *name;
	const struct bench_calls *calls;

	/* Make what gives objects of that size; @n of them will be out at once. Or an ERR_PTR. */
	void *(*create)(size_t size, size_t n);
	void (*destroy)(void *of);

	/* Allocate one, free it, so many times. */
	void (*pair)(void *of, size_t n);

	void (*pair_atomic)(void *of, size_t n);

	/* Likewise, of so many sources in turn. */
	void (*tour)(void **of, size_t nr, size_t n);

	/* Allocate so many, in one call if there is such a call; how many there were. */
	size_t (*fill)(void *of, void **objs, size_t n);
	size_t (*fill_bulk)(void *of, void **objs, size_t n);

	/* Free those, in the order in which they are in the array. */
	void (*drain)(void *of, void **objs, size_t n);
	void (*drain_bulk)(void *of, void **objs, size_t n);

	/* With pieces of any size: all of bench_sizes, by that much room; how many allocations. */
	size_t (*replay)(void *of, void **places);
};

static __always_inline void bench_pair(const struct bench_calls *calls, void *of, gfp_t gfp,
				       size_t n)
{
	void *obj;

	while (n--) {
		obj = calls->alloc(of, gfp);
		OPTIMIZER_HIDE_VAR(obj);
		calls->free(of, obj);
	}
}

static __always_inline void bench_tour(const struct bench_calls *calls, void **of, size_t nr,
				       size_t n)
{
	size_t at = 0;
	void *obj;

	while (n--) {
		obj = calls->alloc(of[at], GFP_KERNEL);
		OPTIMIZER_HIDE_VAR(obj);
		calls->free(of[at], obj);
		at = at + 1 == nr ? 0 : at + 1;
	}
}

static __always_inline size_t bench_fill(const struct bench_calls *calls, void *of, void **objs,
					 size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		objs[i] = calls->alloc(of, GFP_KERNEL);
		if (unlikely(!objs[i]))
			break;
	}
	return i;
}

static __always_inline void bench_drain(const struct bench_calls *calls, void *of, void **objs,
					size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		calls->free(of, objs[i]);
}

/* A peer, with peer_IDENT_create() and peer_IDENT_destroy(). */
#define BENCH_PEER_NAMED(ident, text, ...)					\
static const struct bench_calls peer_##ident##_calls = { __VA_ARGS__ };		\
										\
static noinline void peer_##ident##_pair(void *of, size_t n)			\
{										\
	bench_pair(&peer_##ident##_calls, of, GFP_KERNEL, n);			\
}										\
										\
static noinline void peer_##ident##_pair_atomic(void *of, size_t n)		\
{										\
	bench_pair(&peer_##ident##_calls, of, GFP_ATOMIC, n);			\
}										\
										\
static noinline void peer_##ident##_tour(void **of, size_t nr, size_t n)	\
{										\
	bench_tour(&peer_##ident##_calls, of, nr, n);				\
}										\
										\
static noinline size_t peer_##ident##_fill(void *of, void **objs, size_t n)	\
{										\
	return bench_fill(&peer_##ident##_calls, of, objs, n);			\
}										\
										\
static noinline size_t peer_##ident##_fill_bulk(void *of, void **objs, size_t n) \
{										\
	if (!peer_##ident##_calls.alloc_bulk)					\
		return bench_fill(&peer_##ident##_calls, of, objs, n);		\
	return peer_##ident##_calls.alloc_bulk(of, GFP_KERNEL, objs, n) ? n : 0; \
}										\
										\
static noinline void peer_##ident##_drain(void *of, void **objs, size_t n)	\
{										\
	bench_drain(&peer_##ident##_calls, of, objs, n);			\
}										\
										\
static noinline void peer_##ident##_drain_bulk(void *of, void **objs, size_t n)	\
{										\
	if (peer_##ident##_calls.free_bulk)					\
		peer_##ident##_calls.free_bulk(of, objs, n);			\
	else									\
		bench_drain(&peer_##ident##_calls, of, objs, n);		\
}										\
										\
static const struct bench_peer bench_##ident = {				\
	.name = text,								\
	.calls = &peer_##ident##_calls,						\
	.create = peer_##ident##_create,					\
	.destroy = peer_##ident##_destroy,					\
	.pair = peer_##ident##_pair,						\
	.pair_atomic = peer_##ident##_pair_atomic,				\
	.tour = peer_##ident##_tour,						\
	.fill = peer_##ident##_fill,						\
	.fill_bulk = peer_##ident##_fill_bulk,					\
	.drain = peer_##ident##_drain,						\
	.drain_bulk = peer_##ident##_drain_bulk,				\
}

/* Likewise, of that name. */
#define BENCH_PEER(ident, ...)	BENCH_PEER_NAMED(ident, #ident, __VA_ARGS__)

/* A peer's part in one bench. */
struct bench_seat {
	const struct bench_peer *peer;
	void *of;			/* from which objects are */
	void **many;			/* with bench.sources: all of them */
	void **objs;			/* room for those that are out */
	size_t at;			/* of the rounds: where in @objs the last one came to */
	void *extra;			/* the bench's own */
	u64 fails;			/* allocations that failed where that is no error */
	u64 ps[BENCH_ROUNDS];		/* picoseconds for one operation */
};

/* What is asked of a bench. */
struct bench_job {
	const struct bench *bench;
	size_t size;			/* of an object, in bytes */
	size_t n;			/* what it is depends on the bench */
	unsigned int cpus;		/* that take part */
};

struct bench {
	const char *name;
	size_t n;			/* if the command does not say */
	unsigned int cpus;		/* likewise */
	size_t (*out)(const struct bench_job *job);	/* most objects that are out at once */
	size_t (*sources)(const struct bench_job *job);	/* NULL: one */
	int (*prepare)(const struct bench_job *job, struct bench_seat *seat);
	/* One round of one peer: nanoseconds, and for how many operations; or a negative errno. */
	s64 (*round)(const struct bench_job *job, struct bench_seat *seat, u64 *ops);
	void (*finish)(const struct bench_job *job, struct bench_seat *seat);
	bool crowd;			/* not for a peer that has to be alone */
	const struct bench_peer * const *peers;	/* NULL: bench_peers */
};

/* What one CPU does in a bench of several. */
struct bench_hand {
	void (*work)(struct bench_hand *hand);
	const struct bench_job *job;
	struct bench_seat *seat;
	void **objs;			/* its part of the seat's */
	void *shared;
	int err;
	u64 start;
	u64 end;
};

/* Who gives single objects, who makes composite ones, and who gives any size; NULL ends them. */
extern const struct bench_peer * const bench_peers[], * const bench_makers[];
extern const struct bench_peer * const bench_sizers[];

/* The benches; one without a name ends them. */
extern const struct bench bench_one_cpu[], bench_more_cpus[], bench_irq[], bench_sized[];
extern const struct bench bench_worst[];

/* What was recorded: see sizes.c. */
extern const s16 bench_sizes[];
extern const size_t bench_nr_sizes;

s64 bench_on_cpus(struct bench_hand *hands, unsigned int cpus);
void bench_shuffle(void **objs, size_t n);
int bench_hold(const char *command);
void bench_drop(void);
int bench_run(const struct bench_job *job, const char *peers, char *text, size_t size);

#endif
