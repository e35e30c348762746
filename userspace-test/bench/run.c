// SPDX-License-Identifier: GPL-2.0
/*
 * One bench: every peer takes its seat, and in each round has its turn.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/utsname.h>

#include "bench.h"

static size_t nr_sources(const struct bench_job *job)
{
	return job->bench->sources ? job->bench->sources(job) : 1;
}

static void leave_seat(const struct bench_job *job, struct bench_seat *seat)
{
	size_t i;

	for (i = 0; seat->many && i < nr_sources(job); i++) {
		if (!IS_ERR_OR_NULL(seat->many[i]))
			seat->peer->destroy(seat->many[i]);
	}
	kvfree(seat->many);
	kvfree(seat->objs);
}

/* Can a peer take part where one is made in each round? */
static int try_source(const struct bench_job *job, struct bench_seat *seat)
{
	void *of = seat->peer->create(job->size, job->bench->out(job));

	if (IS_ERR(of))
		return PTR_ERR(of);
	seat->peer->destroy(of);
	return 0;
}

static int get_sources(const struct bench_job *job, struct bench_seat *seat)
{
	size_t i;

	if (!nr_sources(job))
		return try_source(job, seat);

	for (i = 0; i < nr_sources(job); i++) {
		seat->many[i] = seat->peer->create(job->size, job->bench->out(job));
		if (IS_ERR(seat->many[i]))
			return PTR_ERR(seat->many[i]);
		cond_resched();
	}
	seat->of = seat->many[0];
	return 0;
}

static int take_seat(const struct bench_job *job, struct bench_seat *seat)
{
	const struct bench *bench = job->bench;
	int err = -ENOMEM;

	if (seat->peer->calls->alone && bench->crowd)
		return -EOPNOTSUPP;
	seat->many = kvcalloc(nr_sources(job) + 1, sizeof(void *), GFP_KERNEL);
	seat->objs = kvcalloc(bench->out(job), sizeof(void *), GFP_KERNEL);
	if (seat->many && seat->objs)
		err = get_sources(job, seat);
	if (!err && bench->prepare)
		err = bench->prepare(job, seat);
	if (err)
		leave_seat(job, seat);
	return err;
}

/* Which of the peers are wanted: those in a list with commas, or all. */
static bool is_wanted(const struct bench_peer *peer, const char *peers)
{
	size_t length = strlen(peer->name);
	const char *at = peers;

	if (!*peers)
		return true;
	while ((at = strstr(at, peer->name))) {
		if ((at == peers || at[-1] == ',') && (!at[length] || at[length] == ','))
			return true;
		at += length;
	}
	return false;
}

/* Those that are wanted and can do it; how many. */
static size_t take_seats(const struct bench_job *job, const char *peers, struct bench_seat *seats)
{
	const struct bench_peer * const *peer = job->bench->peers ?: bench_peers;
	size_t nr = 0;
	int err;

	for (; *peer && nr < BENCH_PEERS_MAX; peer++) {
		if (!is_wanted(*peer, peers))
			continue;
		seats[nr] = (struct bench_seat){ .peer = *peer };
		err = take_seat(job, &seats[nr]);
		if (!err)
			nr++;
		else
			pr_info("%s: not with %s: error %d\n", job->bench->name,
				(*peer)->name, err);
	}
	return nr;
}

/* A round of which nobody takes the time comes first. */
static int all_rounds(const struct bench_job *job, struct bench_seat *seats, size_t nr)
{
	int round;
	size_t i;
	u64 ops;
	s64 ns;

	for (round = -1; round < BENCH_ROUNDS; round++) {
		for (i = 0; i < nr; i++) {
			ns = job->bench->round(job, &seats[i], &ops);
			if (ns < 0)
				return ns;
			if (round >= 0)
				seats[i].ps[round] = div64_u64(1000 * ns, ops);
			cond_resched();
		}
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* A figure in nanoseconds with its name, as JSON has it. */
static int show_ps(char *text, size_t size, const char *name, u64 ps)
{
	u32 rest;
	u64 ns = div_u64_rem(ps, 1000, &rest);

	return scnprintf(text, size, ",\"%s\":%llu.%03u", name, ns, rest);
}

static int show(const struct bench_job *job, struct bench_seat *seat, char *text, size_t size)
{
	int at = scnprintf(text, size, "{\"kernel\":\"%s\",\"bench\":\"%s\",\"impl\":\"%s\"",
			   init_utsname()->release, job->bench->name, seat->peer->name);

	sort(seat->ps, BENCH_ROUNDS, sizeof(u64), compare, NULL);
	at += scnprintf(text + at, size - at, ",\"size\":%zu,\"n\":%zu,\"cpus\":%u", job->size,
			job->n, job->cpus);
	at += show_ps(text + at, size - at, "ns", seat->ps[BENCH_ROUNDS / 2]);
	at += show_ps(text + at, size - at, "min", seat->ps[0]);
	at += show_ps(text + at, size - at, "max", seat->ps[BENCH_ROUNDS - 1]);
	at += scnprintf(text + at, size - at, ",\"rounds\":%d,\"fails\":%llu}\n", BENCH_ROUNDS,
			seat->fails);
	return at;
}

/**
 * bench_run() - run a bench
 * @job: what is asked of it
 * @peers: names of those who are to take part, with commas; empty for all
 * @text: where to put a line for each
 * @size: its room
 *
 * Return: 0 or a negative errno; -ENOENT if nobody can take part.
 */
int bench_run(const struct bench_job *job, const char *peers, char *text, size_t size)
{
	struct bench_seat *seats;
	size_t nr, i;
	int at = 0, err;

	if (job->cpus > num_online_cpus())
		return -ENODEV;
	seats = kcalloc(BENCH_PEERS_MAX, sizeof(*seats), GFP_KERNEL);
	if (!seats)
		return -ENOMEM;
	nr = take_seats(job, peers, seats);
	err = nr ? all_rounds(job, seats, nr) : -ENOENT;
	for (i = 0; i < nr; i++) {
		if (!err)
			at += show(job, &seats[i], text + at, size - at);
		if (job->bench->finish)
			job->bench->finish(job, &seats[i]);
		leave_seat(job, &seats[i]);
	}
	kfree(seats);
	return err;
}
