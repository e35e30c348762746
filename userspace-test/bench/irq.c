// SPDX-License-Identifier: GPL-2.0
/*
 * The bench of an interrupt, which does pairs while the task does the same.
 */
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/sched.h>

#include "bench.h"

static size_t one_of_each(const struct bench_job *job)
{
	return 2;
}

#define IRQ_EVERY	(50 * NSEC_PER_USEC)

struct interrupter {
	struct hrtimer timer;
	const struct bench_job *job;
	struct bench_seat *seat;
	u64 ns;
	size_t ops;
	bool done;
};

static enum hrtimer_restart interrupt(struct hrtimer *timer)
{
	struct interrupter *interrupter = container_of(timer, struct interrupter, timer);
	u64 start = ktime_get_ns();

	interrupter->seat->peer->pair_atomic(interrupter->seat->of, interrupter->job->n);
	interrupter->ns += ktime_get_ns() - start;
	interrupter->ops += interrupter->job->n;
	if (interrupter->ops >= BENCH_OPS / 10) {
		WRITE_ONCE(interrupter->done, true);
		return HRTIMER_NORESTART;
	}
	hrtimer_forward_now(timer, ns_to_ktime(IRQ_EVERY));
	return HRTIMER_RESTART;
}

static s64 irq_round(const struct bench_job *job, struct bench_seat *seat, u64 *ops)
{
	struct interrupter interrupter = { .job = job, .seat = seat };

	hrtimer_init_on_stack(&interrupter.timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_PINNED_HARD);
	interrupter.timer.function = interrupt;
	hrtimer_start(&interrupter.timer, ns_to_ktime(IRQ_EVERY), HRTIMER_MODE_REL_PINNED_HARD);
	while (!READ_ONCE(interrupter.done)) {
		seat->peer->pair(seat->of, 1000);
		cond_resched();
	}
	hrtimer_cancel(&interrupter.timer);
	destroy_hrtimer_on_stack(&interrupter.timer);
	*ops = interrupter.ops;
	return interrupter.ns;
}

const struct bench bench_irq[] = {
	{ "irq", 20, 1, one_of_each, .round = irq_round, .crowd = true },
	{}
};
