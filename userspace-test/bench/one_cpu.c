// SPDX-License-Identifier: GPL-2.0
/*
 * The benches of one CPU.
 */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/prandom.h>
#include <linux/sched.h>

#include "bench.h"

static size_t one(const struct bench_job *job)
{
	return 1;
}

static size_t n_objects(const struct bench_job *job)
{
	return job->n;
}

/* How often something with that many objects is to be done. */
static size_t repetitions(const struct bench_job *job)
{
	return max(BENCH_OPS / job->n, 1UL);
}

/* One is allocated and freed, again and again. */
static s64 pair_round(const struct bench_job *job, struct bench_seat *seat, u64 *ops)
{
	u64 start = ktime_get_ns();

	seat->peer->pair(seat->of, BENCH_OPS);
	*ops = BENCH_OPS;
	return ktime_get_ns() - start;
}

/* So many in one call, and back in one. */
static s64 bulk_round(const struct bench_job *job, struct bench_seat *seat, u64 *ops)
{
	size_t times = repetitions(job), i;
	u64 start = ktime_get_ns();

	for (i = 0; i < times; i++) {
		if (seat->peer->fill_bulk(seat->of, seat->objs, job->n) < job->n)
			return -ENOMEM;
		seat->peer->drain_bulk(seat->of, seat->objs, job->n);
	}
	*ops = times * job->n;
	return ktime_get_ns() - start;
}

/* So many, and then they are freed in the order in which they came. */
static s64 batch_round(const struct bench_job *job, struct bench_seat *seat, u64 *ops)
{
	size_t times = repetitions(job), i;
	u64 start = ktime_get_ns();

	for (i = 0; i < times; i++) {
		if (seat->peer->fill(seat->of, seat->objs, job->n) < job->n)
			return -ENOMEM;
		seat->peer->drain(seat->of, seat->objs, job->n);
	}
	*ops = times * job->n;
	return ktime_get_ns() - start;
}

/* The same order for each peer. */
void bench_shuffle(void **objs, size_t n)
{
	struct rnd_state state;
	size_t i, j;

	prandom_seed_state(&state, n);
	for (i = n - 1; i > 0; i--) {
		j = prandom_u32_state(&state) % (i + 1);
		swap(objs[i], objs[j]);
	}
}

/* Likewise, but in another order. To find that takes no time here. */
static s64 shuffled_round(const struct bench_job *job, struct bench_seat *seat, u64 *ops)
{
	size_t times = repetitions(job), i;
	u64 start, sum = 0;

	for (i = 0; i < times; i++) {
		start = ktime_get_ns();
		if (seat->peer->fill(seat->of, seat->objs, job->n) < job->n)
			return -ENOMEM;
		sum += ktime_get_ns() - start;
		bench_shuffle(seat->objs, job->n);
		start = ktime_get_ns();
		seat->peer->drain(seat->of, seat->objs, job->n);
		sum += ktime_get_ns() - start;
	}
	*ops = times * job->n;
	return sum;
}

/* The first objects of something new, each of them written to; then all is given back. */
static s64 grow_round(const struct bench_job *job, struct bench_seat *seat, u64 *ops)
{
	void *of = seat->peer->create(job->size, job->n);
	u64 start;
	size_t i;
	s64 ns;

	if (IS_ERR(of))
		return PTR_ERR(of);
	start = ktime_get_ns();
	*ops = seat->peer->fill(of, seat->objs, job->n);
	for (i = 0; i < *ops; i++)
		*(u8 *)seat->objs[i] = 1;
	ns = ktime_get_ns() - start;
	seat->peer->drain(of, seat->objs, *ops);
	seat->peer->destroy(of);
	return *ops == job->n ? ns : -ENOMEM;
}

/* What is freed and allocated in a row where a pool has many. */
#define WINDOW	250

static int live_prepare(const struct bench_job *job, struct bench_seat *seat)
{
	size_t n;

	if (job->n < WINDOW)
		return -ERANGE;
	n = seat->peer->fill(seat->of, seat->objs, job->n);
	if (n == job->n)
		return 0;
	seat->peer->drain(seat->of, seat->objs, n);
	return -ENOMEM;
}

/* Of so many that are out the oldest are freed, and others allocated. */
static s64 live_round(const struct bench_job *job, struct bench_seat *seat, u64 *ops)
{
	u64 start = ktime_get_ns();

	for (*ops = 0; *ops < BENCH_OPS; *ops += WINDOW) {
		seat->peer->drain(seat->of, seat->objs + seat->at, WINDOW);
		if (seat->peer->fill(seat->of, seat->objs + seat->at, WINDOW) < WINDOW)
			return -ENOMEM;
		seat->at += WINDOW;
		if (seat->at + WINDOW > job->n)
			seat->at = 0;
	}
	return ktime_get_ns() - start;
}

static void live_finish(const struct bench_job *job, struct bench_seat *seat)
{
	seat->peer->drain(seat->of, seat->objs, job->n);
}

/* One of each of so many sources, in turn. */
static s64 many_round(const struct bench_job *job, struct bench_seat *seat, u64 *ops)
{
	u64 start = ktime_get_ns();

	seat->peer->tour(seat->many, job->n, BENCH_OPS);
	*ops = BENCH_OPS;
	return ktime_get_ns() - start;
}

static size_t in_each_round(const struct bench_job *job)
{
	return 0;
}

const struct bench bench_one_cpu[] = {
	{ "pair", 1, 1, one, .round = pair_round },
	{ "bulk", 64, 1, n_objects, .round = bulk_round },
	{ "batch", 1000, 1, n_objects, .round = batch_round },
	{ "shuffled", 1000, 1, n_objects, .round = shuffled_round },
	{ "grow", 100000, 1, n_objects, in_each_round, .round = grow_round },
	{ "live", 1000, 1, n_objects, NULL, live_prepare, live_round, live_finish },
	{ "many", 64, 1, one, n_objects, .round = many_round },
	{ "objects", 1, 1, one, .round = pair_round, .peers = bench_makers },
	{}
};
