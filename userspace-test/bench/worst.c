// SPDX-License-Identifier: GPL-2.0
/*
 * How long the slowest allocations take, of a caller that cannot wait: "worst" while another task
 * takes all the memory that it gets, "steady" while there is enough. Who can have a reserve has one
 * that is large enough.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sort.h>

#include "bench.h"

/* Out at a time: more than a CPU has at hand. */
#define BATCH		500

/* Allocations of a round, each of which is timed. */
#define TIMED		10000

/* Of its pages the hog gives back one in so many when it gets no more. */
#define GIVES_BACK	64

static struct task_struct *hog;

static unsigned long take_pages(struct list_head *pages)
{
	unsigned long n = 0;
	struct page *page;

	while (!kthread_should_stop()) {
		page = alloc_page(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
		if (!page)
			break;
		list_add(&page->lru, pages);
		n++;
		cond_resched();
	}
	return n;
}

static void give_pages(struct list_head *pages, unsigned long n)
{
	struct page *page;

	while (n-- && !list_empty(pages)) {
		page = list_first_entry(pages, struct page, lru);
		list_del(&page->lru);
		__free_page(page);
		cond_resched();
	}
}

static int eat(void *data)
{
	unsigned long n = 0, back;
	LIST_HEAD(pages);

	while (!kthread_should_stop()) {
		n += take_pages(&pages);
		back = n / GIVES_BACK;
		give_pages(&pages, back);
		n -= back;
		schedule_timeout_uninterruptible(1);
	}
	give_pages(&pages, ULONG_MAX);
	return 0;
}

static size_t batch(const struct bench_job *job)
{
	return BATCH;
}

static int worst_prepare(const struct bench_job *job, struct bench_seat *seat)
{
	const struct bench_calls *calls = seat->peer->calls;
	int err;

	if (job->n > 1000)
		return -ERANGE;
	err = calls->reserve ? calls->reserve(seat->of, BATCH) : 0;
	if (err)
		return err;
	seat->extra = kvcalloc(TIMED, sizeof(u32), GFP_KERNEL);
	return seat->extra ? 0 : -ENOMEM;
}

/* Allocate so many, and time each; then free them. */
static void time_batch(struct bench_seat *seat, u32 *times)
{
	const struct bench_calls *calls = seat->peer->calls;
	gfp_t gfp = GFP_NOWAIT | __GFP_NOWARN | calls->privileged;
	size_t i;
	u64 start;

	for (i = 0; i < BATCH; i++) {
		start = ktime_get_ns();
		seat->objs[i] = calls->alloc(seat->of, gfp);
		times[i] = ktime_get_ns() - start;
	}
	for (i = 0; i < BATCH; i++) {
		if (seat->objs[i])
			calls->free(seat->of, seat->objs[i]);
		else
			seat->fails++;
	}
}

static int compare(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

/* Of so many of a thousand allocations, the slowest. */
static s64 steady_round(const struct bench_job *job, struct bench_seat *seat, u64 *ops)
{
	u32 *times = seat->extra;
	size_t i;

	for (i = 0; i < TIMED; i += BATCH) {
		time_batch(seat, times + i);
		schedule_timeout_uninterruptible(1);
	}
	sort(times, TIMED, sizeof(u32), compare, NULL);
	*ops = 1;
	return times[max(TIMED * job->n / 1000, 1UL) - 1];
}

static s64 worst_round(const struct bench_job *job, struct bench_seat *seat, u64 *ops)
{
	if (!hog) {
		hog = kthread_run(eat, NULL, "bench-hog");
		if (IS_ERR(hog))
			return PTR_ERR(hog);
		/* It needs a while to get hold of all. */
		schedule_timeout_uninterruptible(3 * HZ);
	}
	return steady_round(job, seat, ops);
}

static void worst_finish(const struct bench_job *job, struct bench_seat *seat)
{
	if (!IS_ERR_OR_NULL(hog))
		kthread_stop(hog);
	hog = NULL;
	kvfree(seat->extra);
}

const struct bench bench_worst[] = {
	{ "worst", 999, 1, batch, .prepare = worst_prepare, .round = worst_round,
	  .finish = worst_finish, .crowd = true },
	{ "steady", 990, 1, batch, .prepare = worst_prepare, .round = steady_round,
	  .finish = worst_finish, .crowd = true },
	{}
};
