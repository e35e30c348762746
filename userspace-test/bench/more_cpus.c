// SPDX-License-Identifier: GPL-2.0
/*
 * The benches of several CPUs.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "bench.h"

struct crew {
	atomic_t missing;		/* hands that are not ready yet */
	atomic_t working;
	struct completion done;
};

struct worker {
	struct bench_hand *hand;
	struct crew *crew;
};

/* All begin at the same time, as nearly as they can. */
static int work(void *data)
{
	struct worker *worker = data;
	struct bench_hand *hand = worker->hand;
	struct crew *crew = worker->crew;

	atomic_dec(&crew->missing);
	while (atomic_read(&crew->missing))
		cpu_relax();
	hand->start = ktime_get_ns();
	hand->work(hand);
	hand->end = ktime_get_ns();
	if (atomic_dec_and_test(&crew->working))
		complete(&crew->done);
	return 0;
}

static s64 put_to_work(struct bench_hand *hands, struct worker *workers, struct crew *crew,
		       unsigned int cpus)
{
	struct task_struct *task;
	u64 start = U64_MAX, end = 0;
	unsigned int i;

	for (i = 0; i < cpus; i++) {
		workers[i] = (struct worker){ &hands[i], crew };
		task = kthread_create_on_cpu(work, &workers[i], i, "bench/%u");
		if (IS_ERR(task)) {
			/* Those that were started would wait for it for ever. */
			atomic_sub(cpus - i, &crew->missing);
			if (!atomic_sub_and_test(cpus - i, &crew->working))
				wait_for_completion(&crew->done);
			return PTR_ERR(task);
		}
		wake_up_process(task);
	}
	wait_for_completion(&crew->done);
	for (i = 0; i < cpus; i++) {
		start = min(start, hands[i].start);
		end = max(end, hands[i].end);
	}
	return end - start;
}

/**
 * bench_on_cpus() - have each of the first CPUs do its part
 * @hands: what each is to do
 * @cpus: how many
 *
 * Return: nanoseconds from when the first began to when the last was done, or a negative errno.
 */
s64 bench_on_cpus(struct bench_hand *hands, unsigned int cpus)
{
	struct worker *workers = kcalloc(cpus, sizeof(*workers), GFP_KERNEL);
	struct crew crew = { .missing = ATOMIC_INIT(cpus), .working = ATOMIC_INIT(cpus) };
	s64 ns;

	if (!workers)
		return -ENOMEM;
	init_completion(&crew.done);
	ns = put_to_work(hands, workers, &crew, cpus);
	kfree(workers);
	return ns;
}

static size_t all_objects(const struct bench_job *job)
{
	return job->n * job->cpus;
}

static size_t repetitions(const struct bench_job *job)
{
	return max(BENCH_OPS / job->n, 1UL);
}

/* --- scale: all at once, of the same source --- */

static void scale_work(struct bench_hand *hand)
{
	const struct bench_peer *peer = hand->seat->peer;
	size_t times = repetitions(hand->job), n;

	while (times--) {
		n = peer->fill(hand->seat->of, hand->objs, hand->job->n);
		peer->drain(hand->seat->of, hand->objs, n);
	}
}

/* Operations of one CPU: it takes as long as for one alone, if they do not hinder each other. */
static s64 scale_round(const struct bench_job *job, struct bench_seat *seat, u64 *ops)
{
	struct bench_hand *hands = kcalloc(job->cpus, sizeof(*hands), GFP_KERNEL);
	unsigned int i;
	s64 ns;

	if (!hands)
		return -ENOMEM;
	for (i = 0; i < job->cpus; i++)
		hands[i] = (struct bench_hand){ scale_work, job, seat, seat->objs + i * job->n };
	ns = bench_on_cpus(hands, job->cpus);
	kfree(hands);
	*ops = repetitions(job) * job->n;
	return ns;
}

/* --- remote: one CPU allocates, another frees --- */

/* Batches that are on their way: room for two, so that both have something to do. */
struct belt {
	atomic_t brought;
	atomic_t taken;
	bool stop;
};

static void **on_belt(struct bench_hand *hand, unsigned int batch)
{
	return hand->seat->objs + (batch % 2) * hand->job->n;
}

static void remote_bring(struct bench_hand *hand)
{
	const struct bench_peer *peer = hand->seat->peer;
	unsigned int times = repetitions(hand->job), i;
	struct belt *belt = hand->shared;
	size_t n = hand->job->n, got;

	for (i = 0; i < times; i++) {
		/* Pairs with the release in remote_take(): they were freed before. */
		while (i - (unsigned int)atomic_read_acquire(&belt->taken) >= 2)
			cpu_relax();
		got = peer->fill(hand->seat->of, on_belt(hand, i), n);
		if (got < n) {
			peer->drain(hand->seat->of, on_belt(hand, i), got);
			hand->err = -ENOMEM;
			WRITE_ONCE(belt->stop, true);
			return;
		}
		/* Pairs with the acquire in remote_take(). */
		atomic_set_release(&belt->brought, i + 1);
	}
}

static void remote_take(struct bench_hand *hand)
{
	const struct bench_peer *peer = hand->seat->peer;
	unsigned int times = repetitions(hand->job), i;
	struct belt *belt = hand->shared;

	for (i = 0; i < times; i++) {
		/* Pairs with the release in remote_bring(): these are its objects. */
		while ((unsigned int)atomic_read_acquire(&belt->brought) == i) {
			if (READ_ONCE(belt->stop))
				return;
			cpu_relax();
		}
		peer->drain(hand->seat->of, on_belt(hand, i), hand->job->n);
		/* Pairs with the acquire in remote_bring(). */
		atomic_set_release(&belt->taken, i + 1);
	}
}

static s64 remote_round(const struct bench_job *job, struct bench_seat *seat, u64 *ops)
{
	struct belt belt = {};
	struct bench_hand hands[] = {
		{ .work = remote_bring, .job = job, .seat = seat, .shared = &belt },
		{ .work = remote_take, .job = job, .seat = seat, .shared = &belt },
	};
	s64 ns;

	if (job->cpus != 2)
		return -ERANGE;
	ns = bench_on_cpus(hands, 2);
	*ops = repetitions(job) * job->n;
	return hands[0].err ?: ns;
}

/* --- hop: a task allocates on one CPU, and frees on another --- */

/* What both CPUs do, without what they do to each other: so it can be counted. */
static s64 hop_round(const struct bench_job *job, struct bench_seat *seat, u64 *ops)
{
	size_t times = repetitions(job), i;
	u64 start, sum = 0;

	if (job->cpus != 2)
		return -ERANGE;
	for (i = 0; i < times; i++) {
		set_cpus_allowed_ptr(current, cpumask_of(0));
		start = ktime_get_ns();
		if (seat->peer->fill(seat->of, seat->objs, job->n) < job->n)
			return -ENOMEM;
		sum += ktime_get_ns() - start;
		set_cpus_allowed_ptr(current, cpumask_of(1));
		start = ktime_get_ns();
		seat->peer->drain(seat->of, seat->objs, job->n);
		sum += ktime_get_ns() - start;
	}
	set_cpus_allowed_ptr(current, cpu_possible_mask);
	*ops = times * job->n;
	return sum;
}

const struct bench bench_more_cpus[] = {
	{ "scale", 100, 2, all_objects, .round = scale_round, .crowd = true },
	{ "remote", 64, 2, all_objects, .round = remote_round, .crowd = true },
	{ "hop", 64, 2, all_objects, .round = hop_round, .crowd = true },
	{}
};
