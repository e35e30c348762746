// SPDX-License-Identifier: GPL-2.0
/*
 * A line of which it is known who is where in it: the order in which sleepers are answered, and how
 * long it takes until they run.
 *
 * Of sleepers it is known only by the pool's figures that they are in line: they enter one by one.
 * Nor does it say anything which of them runs first after they were woken. So the objects are
 * freed one by one too, and a model says who must have been answered by then. Some who enter are
 * asynchronous, and of these some leave the line, for it is one line.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include "pressure.h"

struct entrant {
	struct arena *arena;
	struct task_struct *task;
	struct completion go, done;
	bool stop;
	bool sleeps;
	bool waits;			/* by the model */
	size_t n;
	void *objs[BULK];
	int err;
	u64 answered_at;
	struct mpool_request request;
};

struct line {
	struct arena *arena;
	struct rnd_state rnd;
	struct entrant *entrants;	/* in the order in which they enter */
	unsigned int nr_entrants;
	unsigned int waiting;
	void **held;			/* all objects that are neither free nor an entrant's */
	unsigned long nr_held, free;
	unsigned long waits, violations;
};

static void entrant_sleep(struct entrant *entrant)
{
	struct mpool *pool = entrant->arena->pool;
	void *obj;

	if (entrant->n == 1) {
		obj = mpool_alloc_wait(pool, GFP_KERNEL, FOREVER);
		entrant->answered_at = ktime_get_ns();
		entrant->err = PTR_ERR_OR_ZERO(obj);
		entrant->objs[0] = obj;
	} else {
		entrant->err = mpool_alloc_wait_bulk(pool, GFP_KERNEL, entrant->n, entrant->objs,
						     FOREVER);
		entrant->answered_at = ktime_get_ns();
	}
}

static int entrant_thread(void *data)
{
	struct entrant *entrant = data;

	for (;;) {
		wait_for_completion(&entrant->go);
		if (entrant->stop)
			break;
		entrant_sleep(entrant);
		complete(&entrant->done);
	}
	/* Whoever stops us must find us. */
	while (!kthread_should_stop())
		usleep_range(100, 200);
	return 0;
}

static void entrant_answered(struct mpool_request *request)
{
	struct entrant *entrant = container_of(request, struct entrant, request);

	entrant->answered_at = ktime_get_ns();
	entrant->err = request->err;
	complete(&entrant->done);
}

static void line_violated(struct line *line, const char *what)
{
	line->violations++;
	broke(what);
}

/* Wait until the figure at @offset of the pool's has that value. */
static bool line_wait_for(struct line *line, size_t offset, unsigned long value)
{
	unsigned long end = jiffies + FOREVER, tries = 0;
	struct mpool_stats stats;
	unsigned long *figure = (void *)&stats + offset;

	for (;;) {
		mpool_read_stats(line->arena->pool, &stats);
		if (*figure == value)
			return true;
		if (time_after(jiffies, end))
			return false;
		if (tries++ < 50)
			cond_resched();
		else
			usleep_range(20, 50);
	}
}

/* Have the next one enter, and see that it is in line. */
static void line_enter(struct line *line, struct entrant *entrant, size_t n, bool sleeps)
{
	struct mpool *pool = line->arena->pool;
	struct mpool_stats before;

	mpool_read_stats(pool, &before);
	entrant->n = n;
	entrant->sleeps = sleeps;
	entrant->waits = true;
	reinit_completion(&entrant->done);
	if (sleeps)
		complete(&entrant->go);
	else if (mpool_alloc_async(pool, &entrant->request, n) != -EINPROGRESS)
		line_violated(line, "a request did not get in line");
	line->waiting++;
	line->waits++;
	if (!line_wait_for(line, offsetof(struct mpool_stats, waits), before.waits + 1))
		line_violated(line, "nobody got in line");
}

static void line_collect(struct line *line, struct entrant *entrant)
{
	if (!wait_for_completion_timeout(&entrant->done, FOREVER)) {
		line_violated(line, "the first in line was not answered");
		return;
	}
	if (entrant->err) {
		line_violated(line, "a wait was answered with an error");
		return;
	}
	memcpy(line->held + line->nr_held, entrant->objs, entrant->n * sizeof(void *));
	line->nr_held += entrant->n;
}

/* An object was freed, or somebody has left: by now those must be answered whose turn it is. */
static void line_settle(struct line *line)
{
	struct entrant *end = line->entrants + line->nr_entrants, *entrant, *next;

	for (next = line->entrants; next < end; next++) {
		if (!next->waits)
			continue;
		if (next->n > line->free)
			break;
		line->free -= next->n;
		line->waiting--;
	}
	if (!line_wait_for(line, offsetof(struct mpool_stats, waiting), line->waiting))
		line_violated(line, "another number is in line than should be");
	for (entrant = line->entrants; entrant < next; entrant++) {
		if (entrant->waits)
			line_collect(line, entrant);
		entrant->waits = false;
	}
	for (entrant = next; entrant < end; entrant++) {
		if (entrant->waits && completion_done(&entrant->done))
			line_violated(line, "somebody was answered before his turn");
	}
}

static void line_free_one(struct line *line)
{
	mpool_free(line->arena->pool, line->held[--line->nr_held]);
	line->free++;
}

/* Any of those in line that can, or nobody. */
static void line_cancel_one(struct line *line)
{
	u32 i = prandom_u32_state(&line->rnd) % line->nr_entrants;
	struct entrant *entrant = &line->entrants[i];

	if (!entrant->waits || entrant->sleeps)
		return;
	if (mpool_cancel(&entrant->request))
		line_violated(line, "a request in line could not be cancelled");
	entrant->waits = false;
	line->waiting--;
}

static void line_round(struct line *line)
{
	unsigned long held = line->nr_held;
	unsigned int i;

	for (i = 0; i < line->nr_entrants; i++)
		line_enter(line, &line->entrants[i], 1 + prandom_u32_state(&line->rnd) % BULK,
			   prandom_u32_state(&line->rnd) % 4);
	while (line->waiting && line->nr_held && !line->violations) {
		if (prandom_u32_state(&line->rnd) % 8)
			line_free_one(line);
		else
			line_cancel_one(line);
		line_settle(line);
	}
	/* What was freed for one who left. */
	while (line->nr_held < held && !line->violations) {
		line->held[line->nr_held] = mpool_alloc(line->arena->pool,
							GFP_KERNEL | __GFP_NOWARN);
		if (!line->held[line->nr_held]) {
			line_violated(line, "an object is lost");
			break;
		}
		line->nr_held++;
		line->free--;
	}
}

static void line_end(struct line *line)
{
	struct entrant *entrant;
	unsigned int i;

	while (line->nr_held)
		mpool_free(line->arena->pool, line->held[--line->nr_held]);
	for (i = 0; i < line->nr_entrants; i++) {
		entrant = &line->entrants[i];
		entrant->stop = true;
		complete(&entrant->go);
		if (!IS_ERR_OR_NULL(entrant->task))
			kthread_stop(entrant->task);
		mpool_cancel_sync(&entrant->request);
	}
	vfree(line->entrants);
	vfree(line->held);
}

/* Hold all that there is, and have some who can enter. */
static int line_begin(struct line *line, struct arena *arena, unsigned int entrants)
{
	struct entrant *entrant;
	void *obj;

	*line = (struct line){ .arena = arena };
	prandom_seed_state(&line->rnd, entrants);
	line->held = vzalloc(array_size(arena->limit, sizeof(void *)));
	line->entrants = vzalloc(array_size(entrants, sizeof(*line->entrants)));
	if (!line->held || !line->entrants)
		goto err_end;
	while (line->nr_held < arena->limit) {
		obj = mpool_alloc(arena->pool, GFP_KERNEL);
		if (!obj)
			goto err_end;
		line->held[line->nr_held++] = obj;
	}
	for (; line->nr_entrants < entrants; line->nr_entrants++) {
		entrant = &line->entrants[line->nr_entrants];
		entrant->arena = arena;
		init_completion(&entrant->go);
		init_completion(&entrant->done);
		mpool_request_init(&entrant->request, entrant->objs, GFP_NOWAIT | __GFP_NOWARN,
				   entrant_answered);
		entrant->task = kthread_run(entrant_thread, entrant, "mpool_entrant/%u",
					    line->nr_entrants);
		if (IS_ERR(entrant->task))
			goto err_end;
	}
	return 0;

err_end:
	line_end(line);
	return -ENOMEM;
}

int order_sleepers(struct arena *arena, unsigned int threads, unsigned long target)
{
	struct line line;
	int err = line_begin(&line, arena, threads);

	if (err)
		return err;
	while (line.waits < target && !line.violations && !signal_pending(current))
		line_round(&line);
	figures_add("sleepers", line.waits);
	figures_add("sleeper_violations", line.violations);
	line_end(&line);
	return 0;
}

static int compare_u64(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

/* From the free that is the answer until the sleeper, or the callback, runs; nanoseconds. */
static u64 latency_of_one(struct line *line, bool sleeps)
{
	struct entrant *entrant = line->entrants;
	u64 start;

	line_enter(line, entrant, 1, sleeps);
	/* In line is not asleep yet. */
	usleep_range(40, 80);
	start = ktime_get_ns();
	line_free_one(line);
	line_settle(line);
	return entrant->answered_at - start;
}

static void latency_figures(const char *kind, u64 *ns, unsigned long n)
{
	static const struct {
		const char *name;
		unsigned int thousandths;
	} parts[] = { { "p50", 500 }, { "p99", 990 }, { "p999", 999 } };
	char key[32];
	size_t i;

	sort(ns, n, sizeof(*ns), compare_u64, NULL);
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		snprintf(key, sizeof(key), "%s_%s", kind, parts[i].name);
		figures_add(key, ns[n * parts[i].thousandths / 1000]);
	}
	snprintf(key, sizeof(key), "%s_max", kind);
	figures_add(key, ns[n - 1]);
}

int do_latency(struct arena *arena, char *args)
{
	struct line line;
	unsigned long n, i;
	u64 *ns;
	int err;

	if (kstrtoul(args, 0, &n) || !n || n > 1000000 || !arena->limit || arena->reserve)
		return -EINVAL;
	ns = vzalloc(array_size(2 * n, sizeof(*ns)));
	if (!ns)
		return -ENOMEM;
	err = line_begin(&line, arena, 1);
	if (err)
		goto out;
	for (i = 0; i < n && !line.violations && !signal_pending(current); i++) {
		ns[i] = latency_of_one(&line, true);
		ns[n + i] = latency_of_one(&line, false);
	}
	line_end(&line);
	figures_clear();
	figures_add("n", i);
	latency_figures("sleeper", ns, n);
	latency_figures("callback", ns + n, n);
	check_home(arena);
out:
	vfree(ns);
	return err;
}
