// SPDX-License-Identifier: GPL-2.0
/*
 * What the suites on waiting share: threads, requests with a callback, and interrupts.
 */
#include <linux/hrtimer.h>
#include <linux/interrupt.h>
#include <linux/irq_work.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "helpers.h"

/* --- threads --- */

static int run_thread(void *data)
{
	struct test_thread *thread = data;

	allow_signal(SIGKILL);
	allow_signal(SIGUSR1);
	complete(&thread->started);
	thread->run(thread->data);
	complete_all(&thread->done);
	return 0;
}

/* One that does not end can be left alone only, with all that it may use. */
static void end_thread(struct made *made, void *it)
{
	struct test_thread *thread = it;

	if (!IS_ERR(thread->task)) {
		if (!completion_done(&thread->done))
			send_sig(SIGKILL, thread->task, 1);
		if (!test_thread_ends(thread)) {
			KUNIT_FAIL(thread->test, "a thread hangs");
			return;
		}
		kthread_stop(thread->task);
		put_task_struct(thread->task);
	}
	kfree(thread);
}

static void launch_thread(struct made *made, struct test_thread *thread, struct kunit *test,
			  void (*run)(void *data), void *data)
{
	thread->test = test;
	thread->run = run;
	thread->data = data;
	init_completion(&thread->started);
	init_completion(&thread->done);
	thread->task = kthread_create(run_thread, thread, "mpool-kunit");
	test_made(made, end_thread, thread);
	KUNIT_ASSERT_FALSE(test, IS_ERR(thread->task));
	get_task_struct(thread->task);
	wake_up_process(thread->task);
	wait_for_completion(&thread->started);
}

/* Have something done by another thread. */
struct test_thread *test_thread(struct kunit *test, void (*run)(void *data), void *data)
{
	struct made *made = test_made_room(test);
	struct test_thread *thread = kzalloc(sizeof(*thread), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, thread);
	launch_thread(made, thread, test, run, data);
	return thread;
}

/* Wait for its end; false if that does not come. */
bool test_thread_ends(struct test_thread *thread)
{
	return wait_for_completion_timeout(&thread->done, TEST_PATIENCE);
}

/* --- threads that wait for objects --- */

static void run_waiter(void *data)
{
	struct test_waiter *w = data;
	unsigned long start = jiffies;

	if (w->n == 1) {
		w->objs[0] = mpool_alloc_wait(w->pool, w->gfp, w->timeout);
		/* It must never be NULL. */
		w->err = w->objs[0] ? PTR_ERR_OR_ZERO(w->objs[0]) : -ENODATA;
	} else {
		w->err = mpool_alloc_wait_bulk(w->pool, w->gfp, w->n, w->objs, w->timeout);
	}
	w->took = jiffies - start;
}

/* It is in line when this returns, or done. */
struct test_waiter *test_waiter(struct kunit *test, struct mpool *pool, gfp_t gfp, size_t n,
				long timeout)
{
	unsigned long before = test_stat(pool, waiting);
	struct made *made = test_made_room(test);
	struct test_waiter *w = kzalloc(sizeof(*w), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, w);
	w->pool = pool;
	w->gfp = gfp;
	w->n = n;
	w->timeout = timeout;
	launch_thread(made, &w->thread, test, run_waiter, w);
	KUNIT_EXPECT_TRUE(test, test_becomes(!test_is_waiting(w) ||
					     test_stat(pool, waiting) > before));
	return w;
}

bool test_is_waiting(struct test_waiter *waiter)
{
	return !completion_done(&waiter->thread.done);
}

/* What came out of it, or -EINPROGRESS if nothing did. */
int test_waited(struct test_waiter *waiter)
{
	return test_thread_ends(&waiter->thread) ? waiter->err : -EINPROGRESS;
}

void test_signal(struct test_waiter *waiter, int signal)
{
	send_sig(signal, waiter->thread.task, 1);
}

/* --- requests with a callback --- */

static void note_answer(struct mpool_request *request)
{
	struct test_async *async = container_of(request, struct test_async, request);
	static atomic_t answers;

	async->may_sleep = in_task() && !irqs_disabled();
	async->order = atomic_inc_return(&answers);
	async->err = request->err;
	WRITE_ONCE(async->calls, async->calls + 1);
	if (async->then)
		async->then(async);
	complete(&async->called);
}

static void drop_async(struct made *made, void *it)
{
	struct test_async *async = it;

	mpool_cancel_sync(&async->request);
	kfree(async);
}

/* A request that has not been submitted. */
struct test_async *test_async(struct kunit *test, gfp_t gfp)
{
	struct made *made = test_made_room(test);
	struct test_async *async = kzalloc(sizeof(*async), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, async);
	init_completion(&async->called);
	mpool_request_init(&async->request, async->objs, gfp, note_answer);
	test_made(made, drop_async, async);
	return async;
}

/* One that is in line. */
struct test_async *test_queued(struct kunit *test, struct mpool *pool, gfp_t gfp, size_t n)
{
	struct test_async *async = test_async(test, gfp);
	unsigned long before = test_stat(pool, waiting);

	async->pool = pool;
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &async->request, n), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), before + 1);
	return async;
}

/* Wait for its callback: what that was told, or -EINPROGRESS if it is not called. */
int test_answer(struct test_async *async)
{
	if (!wait_for_completion_timeout(&async->called, TEST_PATIENCE))
		return -EINPROGRESS;
	return async->err;
}

/* Whoever comes without privilege, and by whichever way, has to go as he came. */
void test_gets_nothing(struct kunit *test, struct mpool *pool)
{
	struct test_async *async = test_async(test, GFP_KERNEL);
	struct mpool_stats before = test_stats(pool);
	void *obj;

	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_ATOMIC));
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, mpool_alloc_bulk(pool, GFP_NOWAIT, 1, &obj), -ENOMEM);
	KUNIT_EXPECT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 1, &obj), -ENOMEM);
	KUNIT_EXPECT_EQ(test, PTR_ERR(mpool_alloc_wait(pool, GFP_KERNEL, 0)), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(mpool_alloc_wait(pool, GFP_NOWAIT, 1)), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &async->request, 1), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, mpool_cancel(&async->request), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, in_use), before.in_use);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), before.waiting);
	test_destroy(test);
}

/* --- interrupts --- */

static struct {
	void (*run)(void *data);
	void *data;
	struct completion done;
} errand;

static void run_errand(void)
{
	errand.run(errand.data);
	complete(&errand.done);
}

static void run_in_irq_work(struct irq_work *work)
{
	run_errand();
}

static enum hrtimer_restart run_in_timer(struct hrtimer *timer)
{
	run_errand();
	return HRTIMER_NORESTART;
}

static void run_in_tasklet(struct tasklet_struct *tasklet)
{
	run_errand();
}

static void by_irq_work(void)
{
	static struct irq_work work;

	work = IRQ_WORK_INIT_HARD(run_in_irq_work);
	irq_work_queue(&work);
	wait_for_completion(&errand.done);
	irq_work_sync(&work);
}

static void by_timer(void)
{
	static struct hrtimer timer;

	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	timer.function = run_in_timer;
	hrtimer_start(&timer, ns_to_ktime(100 * NSEC_PER_USEC), HRTIMER_MODE_REL_HARD);
	wait_for_completion(&errand.done);
	hrtimer_cancel(&timer);
}

static void by_tasklet(void)
{
	static struct tasklet_struct tasklet;

	tasklet_setup(&tasklet, run_in_tasklet);
	tasklet_schedule(&tasklet);
	wait_for_completion(&errand.done);
	tasklet_kill(&tasklet);
}

/* Have something done where nothing may sleep, and wait until it is. */
void test_run_in(enum test_context context, void (*run)(void *data), void *data)
{
	errand.run = run;
	errand.data = data;
	init_completion(&errand.done);
	switch (context) {
	case TEST_IRQ_WORK:
		by_irq_work();
		break;
	case TEST_TIMER:
		by_timer();
		break;
	case TEST_TASKLET:
		by_tasklet();
		break;
	case TEST_CONTEXTS:
		break;
	}
}
