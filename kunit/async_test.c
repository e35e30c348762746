// SPDX-License-Identifier: GPL-2.0
/*
 * mpool_alloc_async(): requests that are answered later, by a callback, exactly once.
 */
#include <linux/delay.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>

#include "helpers.h"

#define GFP_PRIVILEGED	(GFP_ATOMIC | MPOOL_PRIVILEGED)

/* A pool of which every object is held. */
static struct mpool *held_pool(struct kunit *test, size_t limit, void **objs)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = limit);

	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, limit, objs), 0);
	return pool;
}

static struct test_async *queued(struct kunit *test, struct mpool *pool, size_t n)
{
	return test_queued(test, pool, GFP_KERNEL, n);
}

/*
 * The callback comes, and returns. If it hangs, it and its pool can be left alone only; there is
 * no pool where the callback destroys it.
 */
static void expect_answer(struct kunit *test, struct test_async *async, struct mpool *pool,
			  int err)
{
	int answer = test_answer(async);

	KUNIT_EXPECT_EQ(test, answer, err);
	if (answer != -EINPROGRESS)
		return;
	test_forget(test, async);
	if (pool)
		test_forget(test, pool);
	KUNIT_ASSERT_NE(test, answer, -EINPROGRESS);
}

/* --- an answer --- */

static void answered_at_once(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 8);
	struct test_async *async = test_async(test, GFP_KERNEL);
	size_t i;

	for (i = 1; i <= 8; i++) {
		KUNIT_ASSERT_EQ(test, mpool_alloc_async(pool, &async->request, i), 0);
		KUNIT_EXPECT_EQ(test, async->request.n, i);
		test_identity(test, pool, i);
		mpool_free_bulk(pool, i, async->objs);
		test_identity(test, pool, 0);
	}
	mpool_flush(pool);
	KUNIT_EXPECT_EQ(test, async->calls, 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waits), 0);
	KUNIT_EXPECT_EQ(test, mpool_cancel(&async->request), -EALREADY);
	KUNIT_EXPECT_EQ(test, mpool_cancel_sync(&async->request), -EALREADY);
}

static void answered_later(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_async *async = queued(test, pool, 1);
	enum test_free way;

	for (way = 0; way < TEST_FREES; way++) {
		if (way)
			KUNIT_ASSERT_EQ(test, mpool_alloc_async(pool, &async->request, 1),
					-EINPROGRESS);
		KUNIT_EXPECT_EQ(test, async->calls, way);
		test_free_by(way, pool, objs[0]);
		KUNIT_ASSERT_EQ(test, test_answer(async), 0);
		mpool_flush(pool);
		KUNIT_EXPECT_EQ(test, async->calls, way + 1);
		KUNIT_EXPECT_TRUE(test, async->may_sleep);
		KUNIT_EXPECT_PTR_EQ(test, async->objs[0], objs[0]);
		KUNIT_EXPECT_EQ(test, async->request.n, 1);
		KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 0);
		KUNIT_EXPECT_EQ(test, test_stat(pool, waits), way + 1);
		KUNIT_EXPECT_EQ(test, mpool_cancel(&async->request), -EALREADY);
		test_identity(test, pool, 8);
	}
	mpool_free_bulk(pool, 8, objs);
	test_identity(test, pool, 0);
}

/* Those who sleep and those who do not stand in one line. */
static void one_line_for_all(struct kunit *test)
{
	void *objs[8], *obj;
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_async *async[8];
	struct test_waiter *w[8];
	size_t i;

	for (i = 0; i < 8; i++) {
		w[i] = test_waiter(test, pool, GFP_KERNEL, 1, 2 * TEST_PATIENCE);
		async[i] = queued(test, pool, 1);
	}
	for (i = 0, obj = objs[0]; i < 8; i++) {
		mpool_free(pool, obj);
		test_gets_nothing(test, pool);
		KUNIT_EXPECT_EQ(test, test_waited(w[i]), 0);
		KUNIT_EXPECT_EQ(test, async[i]->calls, 0);
		KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 15 - 2 * i);
		mpool_free(pool, w[i]->objs[0]);
		KUNIT_EXPECT_EQ(test, test_answer(async[i]), 0);
		KUNIT_EXPECT_TRUE(test, i == 7 || test_is_waiting(w[(i + 1) % 8]));
		obj = async[i]->objs[0];
		test_identity(test, pool, 8);
	}
	mpool_free(pool, obj);
	mpool_free_bulk(pool, 7, objs + 1);
	test_identity(test, pool, 0);
}

/* Not in parts, and who wants fewer does not get past. */
static void bulk_requests(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_async *large = queued(test, pool, 5), *small = queued(test, pool, 2);
	size_t i;

	for (i = 0; i < 4; i++) {
		mpool_free(pool, objs[i]);
		mpool_flush(pool);
		KUNIT_EXPECT_EQ(test, large->calls + small->calls, 0);
		test_gets_nothing(test, pool);
		test_identity(test, pool, 7 - i);
	}
	mpool_free(pool, objs[4]);
	KUNIT_EXPECT_EQ(test, test_answer(large), 0);
	test_identity(test, pool, 8);
	for (i = 0; i < 5; i++)
		test_stamp(large->objs[i], 64, i);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_TRUE(test, test_is_stamped(large->objs[i], 64, i));
	mpool_free_bulk(pool, 3, large->objs);
	KUNIT_EXPECT_EQ(test, test_answer(small), 0);
	KUNIT_EXPECT_EQ(test, large->calls + small->calls, 2);
	test_identity(test, pool, 7);
	mpool_free_bulk(pool, 2, large->objs + 3);
	mpool_free_bulk(pool, 2, small->objs);
	mpool_free_bulk(pool, 3, objs + 5);
	test_identity(test, pool, 0);
}

static atomic_t running;

static void run_for_a_while(struct test_async *async)
{
	async->result = atomic_inc_return(&running);
	schedule_timeout_uninterruptible(1);
	atomic_dec(&running);
}

static void callbacks_are_called_one_by_one(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_async *async[8];
	size_t i;

	atomic_set(&running, 0);
	for (i = 0; i < 8; i++) {
		async[i] = queued(test, pool, 1);
		async[i]->then = run_for_a_while;
	}
	mpool_free_bulk(pool, 8, objs);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 0);
	for (i = 0; i < 8; i++) {
		KUNIT_EXPECT_EQ(test, test_answer(async[i]), 0);
		KUNIT_EXPECT_EQ(test, async[i]->result, 1);
		if (i)
			KUNIT_EXPECT_EQ(test, async[i]->order, async[i - 1]->order + 1);
		mpool_free(pool, async[i]->objs[0]);
	}
	test_identity(test, pool, 0);
}

/* All that has been answered when it is called has been told so when it returns. */
static void flush_waits_for_callbacks(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_async *async[8];
	unsigned int round;
	size_t i;

	atomic_set(&running, 0);
	for (i = 0; i < 8; i++) {
		async[i] = test_async(test, GFP_KERNEL);
		async[i]->then = run_for_a_while;
	}
	for (round = 1; round <= 5; round++) {
		for (i = 0; i < round; i++)
			KUNIT_ASSERT_EQ(test, mpool_alloc_async(pool, &async[i]->request, 1),
					-EINPROGRESS);
		mpool_free_bulk(pool, round, objs);
		mpool_flush(pool);
		KUNIT_EXPECT_EQ(test, atomic_read(&running), 0);
		for (i = 0; i < round; i++) {
			KUNIT_EXPECT_EQ(test, async[i]->calls, round - i);
			objs[i] = async[i]->objs[0];
		}
	}
	mpool_free_bulk(pool, 8, objs);
	test_identity(test, pool, 0);
}

static void zeroed_and_constructed(struct kunit *test)
{
	static struct test_life life;
	struct test_async *async = test_async(test, GFP_KERNEL | __GFP_ZERO), *plain;
	struct mpool *pool;
	void *objs[4];
	size_t i;

	pool = held_pool(test, 4, objs);
	for (i = 0; i < 4; i++)
		memset(objs[i], 0xff, 64);
	KUNIT_ASSERT_EQ(test, mpool_alloc_async(pool, &async->request, 3), -EINPROGRESS);
	mpool_free_bulk(pool, 4, objs);
	KUNIT_ASSERT_EQ(test, test_answer(async), 0);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(async->objs[i], 0, 64));
	mpool_free_bulk(pool, 3, async->objs);
	test_destroy(test);

	test_life_begins(&life, 64);
	pool = test_pool(test, .size = 64, .limit = 4, test_life_params(&life));
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &async->request, 1), -EINVAL);
	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 4, objs), 0);
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &async->request, 1), -EINVAL);
	plain = queued(test, pool, 4);
	mpool_free_bulk(pool, 4, objs);
	KUNIT_ASSERT_EQ(test, test_answer(plain), 0);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_TRUE(test, test_is_as_made(plain->objs[i], 64));
	mpool_free_bulk(pool, 4, plain->objs);
	test_identity(test, pool, 0);
	test_forget(test, pool);
	mpool_destroy(pool);
	test_life_ended(test, &life);
}

static void bad_requests(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 8, .reserve = 3);
	struct test_async *ordinary = test_async(test, GFP_KERNEL);
	struct test_async *privileged = test_async(test, GFP_PRIVILEGED);

	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &ordinary->request, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &ordinary->request, 6), -E2BIG);
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &ordinary->request, SIZE_MAX), -E2BIG);
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &privileged->request, 9), -E2BIG);
	test_identity(test, pool, 0);
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &ordinary->request, 5), 0);
	mpool_free_bulk(pool, 5, ordinary->objs);
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &privileged->request, 8), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 3);
	mpool_free_bulk(pool, 8, privileged->objs);
	mpool_flush(pool);
	KUNIT_EXPECT_EQ(test, ordinary->calls + privileged->calls, 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waits), 0);
	test_identity(test, pool, 0);
}

static void incomplete_requests(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64);
	struct test_async *async = test_async(test, GFP_KERNEL);
	void (*complete)(struct mpool_request *request) = async->request.complete;

	mpool_request_init(&async->request, async->objs, GFP_KERNEL, NULL);
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &async->request, 1), -EINVAL);
	mpool_request_init(&async->request, NULL, GFP_KERNEL, complete);
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &async->request, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_cancel(&async->request), -ENOENT);
	test_identity(test, pool, 0);
}

/* It stays where it is in line, and for as many as it was, and does not get into another. */
static void submitted_twice(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct mpool *other = test_create(test, &(struct mpool_params){
		.name = "kunit-other", .size = 64 });
	struct test_async *first = queued(test, pool, 1), *second = queued(test, pool, 1);

	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &first->request, 2), -EBUSY);
	KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), 1);
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &second->request, 1), -EBUSY);
	KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), 2);
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(other, &first->request, 1), -EBUSY);
	test_identity(test, other, 0);
	KUNIT_EXPECT_EQ(test, first->request.n, 1);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 2);
	mpool_free(pool, objs[0]);
	KUNIT_EXPECT_EQ(test, test_answer(first), 0);
	KUNIT_EXPECT_EQ(test, second->calls, 0);
	mpool_free(pool, objs[1]);
	KUNIT_EXPECT_EQ(test, test_answer(second), 0);
	KUNIT_EXPECT_EQ(test, first->calls + second->calls, 2);
	/* Now it can go there. */
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(other, &first->request, 2), 0);
	mpool_free_bulk(other, 2, first->objs);
	mpool_free_bulk(pool, 8, objs);
	test_identity(test, pool, 0);
	test_identity(test, other, 0);
}

/* --- cancelling --- */

static void cancelled_in_line(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_async *async[6];
	size_t i;

	for (i = 0; i < 6; i++)
		async[i] = queued(test, pool, 1);
	/* The first, the last, and one from among them; in both ways. */
	KUNIT_EXPECT_EQ(test, mpool_cancel(&async[0]->request), 0);
	KUNIT_EXPECT_EQ(test, mpool_cancel_sync(&async[3]->request), 0);
	KUNIT_EXPECT_EQ(test, mpool_cancel(&async[5]->request), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 3);
	KUNIT_EXPECT_LT(test, mpool_cancel(&async[0]->request), 0);
	mpool_free_bulk(pool, 3, objs);
	KUNIT_EXPECT_EQ(test, test_answer(async[1]), 0);
	KUNIT_EXPECT_EQ(test, test_answer(async[2]), 0);
	KUNIT_EXPECT_EQ(test, test_answer(async[4]), 0);
	/* Then it can be used again. */
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &async[0]->request, 2), -EINPROGRESS);
	mpool_free(pool, async[1]->objs[0]);
	mpool_free(pool, async[2]->objs[0]);
	KUNIT_EXPECT_EQ(test, test_answer(async[0]), 0);
	mpool_flush(pool);
	KUNIT_EXPECT_EQ(test, async[0]->calls, 1);
	KUNIT_EXPECT_EQ(test, async[3]->calls + async[5]->calls, 0);
	test_identity(test, pool, 8);
	mpool_free_bulk(pool, 2, async[0]->objs);
	mpool_free(pool, async[4]->objs[0]);
	mpool_free_bulk(pool, 5, objs + 3);
	test_identity(test, pool, 0);
}

/* It has been answered, but no callback can have run: we are still on the CPU. */
static void cancelled_before_it_is_called(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_async *async = queued(test, pool, 1);
	unsigned long flags;
	int err;

	local_irq_save(flags);
	mpool_free(pool, objs[0]);
	err = mpool_cancel(&async->request);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, mpool_cancel(&async->request), -ENOENT);
	KUNIT_EXPECT_EQ(test, mpool_cancel_sync(&async->request), -ENOENT);
	mpool_flush(pool);
	KUNIT_EXPECT_EQ(test, async->calls, 0);
	test_identity(test, pool, 7);
	mpool_free_bulk(pool, 7, objs + 1);
}

static void run_for_long(struct test_async *async)
{
	async->result = atomic_inc_return(&running);
	msleep(200);
	atomic_dec(&running);
}

/* What was answered and not told is cancelled too; what is being told is waited for. */
static void cancel_sync_waits_for_what_runs(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_async *first = queued(test, pool, 1), *second = queued(test, pool, 1);

	atomic_set(&running, 0);
	first->then = run_for_long;
	second->then = run_for_long;
	mpool_free_bulk(pool, 2, objs);
	KUNIT_EXPECT_TRUE(test, test_becomes(atomic_read(&running) == 1));
	KUNIT_EXPECT_EQ(test, mpool_cancel_sync(&second->request), 0);
	KUNIT_EXPECT_EQ(test, mpool_cancel_sync(&first->request), -EALREADY);
	KUNIT_EXPECT_EQ(test, first->calls, 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&running), 0);
	mpool_flush(pool);
	KUNIT_EXPECT_EQ(test, second->calls, 0);
	mpool_free_bulk(pool, 6, objs + 2);
	mpool_free(pool, first->objs[0]);
	test_identity(test, pool, 0);
}

static void cancelled_without_reason(struct kunit *test)
{
	struct test_async *async = test_async(test, GFP_KERNEL);
	struct mpool_request zeroes = {};

	KUNIT_EXPECT_EQ(test, mpool_cancel(&async->request), -ENOENT);
	KUNIT_EXPECT_EQ(test, mpool_cancel_sync(&async->request), -ENOENT);
	KUNIT_EXPECT_EQ(test, mpool_cancel(&zeroes), -ENOENT);
	KUNIT_EXPECT_EQ(test, mpool_cancel_sync(&zeroes), -ENOENT);
	KUNIT_EXPECT_EQ(test, async->calls, 0);
}

static struct completion has_begun;
static struct completion may_end;

static void block(struct test_async *async)
{
	complete(&has_begun);
	wait_for_completion_timeout(&may_end, TEST_PATIENCE);
	WRITE_ONCE(async->result, 1);
}

/* Who cancels, while the callback runs. */
struct canceller {
	struct test_async *async;
	int err;
	int seen;		/* of what the callback does last */
};

static void cancel_sync(void *data)
{
	struct canceller *canceller = data;

	canceller->err = mpool_cancel_sync(&canceller->async->request);
	canceller->seen = READ_ONCE(canceller->async->result);
}

/* A request whose callback has begun, and does not end before it may. */
static struct test_async *blocked(struct kunit *test, struct mpool *pool, void *obj)
{
	struct test_async *async = queued(test, pool, 1);

	init_completion(&has_begun);
	init_completion(&may_end);
	async->then = block;
	mpool_free(pool, obj);
	KUNIT_EXPECT_GT(test, wait_for_completion_timeout(&has_begun, TEST_PATIENCE), 0);
	return async;
}

static void cancel_sync_waits_for_the_callback(struct kunit *test)
{
	static struct canceller canceller;
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_async *async = blocked(test, pool, objs[0]);
	struct test_thread *thread;

	canceller = (struct canceller){ .async = async };
	KUNIT_EXPECT_EQ(test, mpool_cancel(&async->request), -EALREADY);
	thread = test_thread(test, cancel_sync, &canceller);
	msleep(50);
	KUNIT_EXPECT_FALSE(test, completion_done(&thread->done));
	KUNIT_EXPECT_EQ(test, mpool_cancel(&async->request), -EALREADY);
	complete(&may_end);
	KUNIT_EXPECT_TRUE(test, test_thread_ends(thread));
	KUNIT_EXPECT_EQ(test, canceller.err, -EALREADY);
	KUNIT_EXPECT_EQ(test, canceller.seen, 1);
	KUNIT_EXPECT_EQ(test, test_answer(async), 0);
	mpool_free_bulk(pool, 8, objs);
	test_identity(test, pool, 0);
}

static void cancel_itself(struct test_async *async)
{
	async->result = mpool_cancel_sync(&async->request);
}

static void cancel_sync_in_its_own_callback(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_async *async = queued(test, pool, 1);

	async->then = cancel_itself;
	mpool_free(pool, objs[0]);
	expect_answer(test, async, pool, 0);
	KUNIT_EXPECT_EQ(test, async->result, -EALREADY);
	KUNIT_EXPECT_EQ(test, async->calls, 1);
	mpool_free_bulk(pool, 8, objs);
	test_identity(test, pool, 0);
}

static void cancel_other(struct test_async *async)
{
	async->result = mpool_cancel_sync(&async->other->request);
}

/* One that is in line still, from the callback of another. */
static void cancel_sync_in_another_callback(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_async *async = queued(test, pool, 1), *other = queued(test, pool, 1);

	async->then = cancel_other;
	async->other = other;
	mpool_free(pool, objs[0]);
	expect_answer(test, async, pool, 0);
	KUNIT_EXPECT_EQ(test, async->result, 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 0);
	mpool_flush(pool);
	KUNIT_EXPECT_EQ(test, other->calls, 0);
	mpool_free_bulk(pool, 8, objs);
	test_identity(test, pool, 0);
}

/* --- what a callback may do --- */

#define ROUNDS	40

/* The object that it got answers it anew. */
static void submit_again(struct test_async *async)
{
	void *obj = async->objs[0];

	if (async->calls < ROUNDS &&
	    mpool_alloc_async(async->pool, &async->request, 1) != -EINPROGRESS)
		async->result++;
	mpool_free(async->pool, obj);
}

static void callback_submits_again(struct kunit *test)
{
	void *objs[1];
	struct mpool *pool = held_pool(test, 1, objs);
	struct test_async *async = queued(test, pool, 1);

	async->then = submit_again;
	mpool_free(pool, objs[0]);
	KUNIT_EXPECT_TRUE(test, test_becomes(READ_ONCE(async->calls) == ROUNDS));
	mpool_flush(pool);
	KUNIT_EXPECT_EQ(test, async->calls, ROUNDS);
	KUNIT_EXPECT_EQ(test, async->result, 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waits), ROUNDS);
	KUNIT_EXPECT_EQ(test, test_stat(pool, allocs), ROUNDS + 1);
	test_identity(test, pool, 0);
}

/* Where there is an object, it gets it at once, and its callback is not called for that. */
static void submit_for_an_answer_at_once(struct test_async *async)
{
	mpool_free(async->pool, async->objs[0]);
	async->objs[0] = NULL;
	async->result = mpool_alloc_async(async->pool, &async->request, 1);
}

static void callback_is_answered_at_once(struct kunit *test)
{
	void *objs[1];
	struct mpool *pool = held_pool(test, 1, objs);
	struct test_async *async = queued(test, pool, 1);

	async->then = submit_for_an_answer_at_once;
	mpool_free(pool, objs[0]);
	expect_answer(test, async, pool, 0);
	mpool_flush(pool);
	KUNIT_EXPECT_EQ(test, async->result, 0);
	KUNIT_EXPECT_EQ(test, async->calls, 1);
	KUNIT_EXPECT_PTR_EQ(test, async->objs[0], objs[0]);
	test_identity(test, pool, 1);
	mpool_free(pool, objs[0]);
}

/* A request that does not outlive its answer. */
struct fleeting {
	struct mpool_request request;
	struct mpool *pool;
	void *obj;
};

static atomic_t fleeting_gone;

static void free_all(struct mpool_request *request)
{
	struct fleeting *fleeting = container_of(request, struct fleeting, request);

	mpool_free(fleeting->pool, fleeting->obj);
	/* Whoever looks at it from now on sees nonsense. */
	memset(fleeting, 0xa5, sizeof(*fleeting));
	kfree(fleeting);
	atomic_inc(&fleeting_gone);
}

static void callback_frees_its_request(struct kunit *test)
{
	void *objs[2];
	struct mpool *pool = held_pool(test, 2, objs);
	struct fleeting *fleeting;
	size_t i;

	atomic_set(&fleeting_gone, 0);
	for (i = 0; i < 50; i++) {
		fleeting = kzalloc(sizeof(*fleeting), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, fleeting);
		fleeting->pool = pool;
		mpool_request_init(&fleeting->request, &fleeting->obj, GFP_KERNEL, free_all);
		KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &fleeting->request, 1),
				-EINPROGRESS);
	}
	mpool_free_bulk(pool, 2, objs);
	KUNIT_EXPECT_TRUE(test, test_becomes(atomic_read(&fleeting_gone) == 50));
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 0);
	mpool_flush(pool);
	test_identity(test, pool, 0);
}

/* It waits for its own object, which comes home while it does. */
static void free_late_and_wait(struct test_async *async)
{
	mpool_free_rcu(async->pool, async->objs[0]);
	async->objs[0] = mpool_alloc_wait(async->pool, GFP_KERNEL, TEST_PATIENCE / 2);
	async->result = PTR_ERR_OR_ZERO(async->objs[0]);
}

static void callback_waits_for_objects(struct kunit *test)
{
	void *objs[1];
	struct mpool *pool = held_pool(test, 1, objs);
	struct test_async *async = queued(test, pool, 1);

	async->then = free_late_and_wait;
	mpool_free(pool, objs[0]);
	expect_answer(test, async, pool, 0);
	KUNIT_EXPECT_EQ(test, async->result, 0);
	KUNIT_EXPECT_PTR_EQ(test, async->objs[0], objs[0]);
	test_identity(test, pool, 1);
	mpool_free(pool, objs[0]);
}

static void flush_here(struct test_async *async)
{
	mpool_free_deferred(async->pool, async->objs[0]);
	mpool_free_rcu(async->pool, async->objs[1]);
	mpool_flush(async->pool);
	async->result = test_stat(async->pool, in_use);
}

/* It does not wait for itself, nor for those behind it, but for objects all the same. */
static void callback_flushes(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_async *async = queued(test, pool, 2), *other = queued(test, pool, 2);

	async->then = flush_here;
	mpool_free_bulk(pool, 4, objs);
	expect_answer(test, async, pool, 0);
	KUNIT_EXPECT_EQ(test, async->result, 6);
	KUNIT_EXPECT_EQ(test, test_answer(other), 0);
	KUNIT_EXPECT_LT(test, async->order, other->order);
	mpool_free_bulk(pool, 2, other->objs);
	mpool_free_bulk(pool, 4, objs + 4);
	test_identity(test, pool, 0);
}

static void destroy_here(struct test_async *async)
{
	struct test_async *other;

	mpool_destroy(async->pool);
	for (other = async->other; other; other = other->other)
		async->result += other->calls;
}

/* The others in line hear of it before mpool_destroy() returns. */
static void callback_destroys_the_pool(struct kunit *test)
{
	static struct test_life life;
	struct test_async *async, *second, *third;
	struct mpool *pool;
	void *objs[2];

	test_life_begins(&life, 64);
	pool = test_pool(test, .size = 64, .limit = 2, test_life_params(&life));
	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 2, objs), 0);
	async = queued(test, pool, 1);
	second = queued(test, pool, 1);
	third = queued(test, pool, 2);
	async->then = destroy_here;
	async->other = second;
	second->other = third;
	test_forget(test, pool);
	mpool_free(pool, objs[0]);
	expect_answer(test, async, NULL, 0);
	KUNIT_EXPECT_EQ(test, async->result, 2);
	KUNIT_EXPECT_EQ(test, second->err, -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, third->err, -ESHUTDOWN);
	KUNIT_EXPECT_TRUE(test, second->may_sleep && third->may_sleep);
	KUNIT_EXPECT_EQ(test, async->calls + second->calls + third->calls, 3);
	KUNIT_EXPECT_EQ(test, test_stat(pool, in_use), 2);
	mpool_free(pool, async->objs[0]);
	mpool_free(pool, objs[1]);
	test_life_ended(test, &life);
}

static void free_and_destroy(struct test_async *async)
{
	mpool_free(async->pool, async->objs[0]);
	mpool_destroy(async->pool);
}

/* Nothing is left of it when the callback returns. */
static void callback_ends_the_pool(struct kunit *test)
{
	struct test_async *async;
	struct mpool *pool;
	unsigned int i;
	void *objs[1];

	for (i = 0; i < 5; i++) {
		pool = held_pool(test, 1, objs);
		async = queued(test, pool, 1);
		async->then = free_and_destroy;
		test_forget(test, pool);
		mpool_free(pool, objs[0]);
		expect_answer(test, async, NULL, 0);
		KUNIT_EXPECT_EQ(test, mpool_cancel_sync(&async->request), -EALREADY);
		KUNIT_EXPECT_EQ(test, async->calls, 1);
	}
}

/* As long as it sleeps, other callbacks of the pool wait. Nothing else does. */
static void callback_holds_up_nothing_else(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_async *async = blocked(test, pool, objs[0]);
	enum test_free way;
	struct test_waiter *w;

	for (way = 0; way < TEST_FREES; way++) {
		w = test_waiter(test, pool, GFP_KERNEL, 1, TEST_PATIENCE / 2);
		test_free_by(way, pool, objs[1]);
		KUNIT_EXPECT_EQ(test, test_waited(w), 0);
		KUNIT_EXPECT_PTR_EQ(test, w->objs[0], objs[1]);
	}
	w = test_waiter(test, pool, GFP_KERNEL, 1, TEST_PATIENCE / 2);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 9), 0);
	KUNIT_EXPECT_EQ(test, test_waited(w), 0);
	KUNIT_EXPECT_EQ(test, async->result, 0);
	complete(&may_end);
	KUNIT_EXPECT_EQ(test, test_answer(async), 0);
	mpool_free(pool, w->objs[0]);
	mpool_free_bulk(pool, 8, objs);
	test_identity(test, pool, 0);
}

/* Nor does another pool. */
static void callback_holds_up_no_other_pool(struct kunit *test)
{
	struct mpool *other = test_create(test, &(struct mpool_params){
		.name = "kunit-other", .size = 64, .limit = 1 });
	void *objs[8], *obj = test_alloc(test, other);
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_async *async = blocked(test, pool, objs[0]);
	struct test_async *free_to_go = queued(test, other, 1);

	mpool_free(other, obj);
	KUNIT_EXPECT_EQ(test, test_answer(free_to_go), 0);
	KUNIT_EXPECT_EQ(test, async->result, 0);
	complete(&may_end);
	KUNIT_EXPECT_EQ(test, test_answer(async), 0);
	mpool_free(other, obj);
	mpool_free_bulk(pool, 8, objs);
}

/* --- interrupts --- */

/* What is done in one, and what came of it. */
struct errand {
	struct mpool *pool;
	struct test_async *async;
	void *obj;
	bool in_task;
	int err;
};

static void submit(void *data)
{
	struct errand *errand = data;

	errand->in_task = in_task();
	errand->err = mpool_alloc_async(errand->pool, &errand->async->request, 1);
}

static void free_obj(void *data)
{
	struct errand *errand = data;

	mpool_free(errand->pool, errand->obj);
}

static void cancel(void *data)
{
	struct errand *errand = data;

	errand->err = mpool_cancel(&errand->async->request);
}

static void expect_interrupts_can(struct kunit *test, enum test_context context)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 1);
	struct test_async *async = test_async(test, GFP_KERNEL);
	struct errand errand = { .pool = pool, .async = async };

	mpool_free(pool, test_alloc(test, pool));
	test_run_in(context, submit, &errand);
	KUNIT_EXPECT_FALSE(test, errand.in_task);
	KUNIT_ASSERT_EQ(test, errand.err, 0);
	errand.obj = async->objs[0];
	async = test_async(test, GFP_KERNEL);
	errand.async = async;
	test_run_in(context, submit, &errand);
	KUNIT_EXPECT_EQ(test, errand.err, -EINPROGRESS);
	test_run_in(context, cancel, &errand);
	KUNIT_EXPECT_EQ(test, errand.err, 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 0);
	test_run_in(context, submit, &errand);
	KUNIT_EXPECT_EQ(test, errand.err, -EINPROGRESS);
	test_run_in(context, free_obj, &errand);
	KUNIT_EXPECT_EQ(test, test_answer(async), 0);
	KUNIT_EXPECT_TRUE(test, async->may_sleep);
	test_run_in(context, cancel, &errand);
	KUNIT_EXPECT_EQ(test, errand.err, -EALREADY);
	KUNIT_EXPECT_EQ(test, async->calls, 1);
	KUNIT_EXPECT_PTR_EQ(test, async->objs[0], errand.obj);
	test_identity(test, pool, 1);
	mpool_free(pool, errand.obj);
}

static void interrupts_can_do_all(struct kunit *test)
{
	enum test_context context;

	for (context = 0; context < TEST_CONTEXTS; context++) {
		expect_interrupts_can(test, context);
		test_exit(test);
	}
}

/* Its gfp allows for more than can be done there: then somebody else does it. */
static void interrupts_need_not_grow(struct kunit *test)
{
	static struct test_life life;
	struct errand errand = {};
	enum test_context context;

	test_life_begins(&life, 64);
	for (context = 0; context < TEST_CONTEXTS; context++) {
		errand.pool = test_pool(test, .size = 64, test_life_params(&life));
		errand.async = test_async(test, GFP_KERNEL);
		test_run_in(context, submit, &errand);
		if (errand.err) {
			KUNIT_EXPECT_EQ(test, errand.err, -EINPROGRESS);
			KUNIT_EXPECT_EQ(test, test_answer(errand.async), 0);
		}
		KUNIT_ASSERT_NOT_NULL(test, errand.async->objs[0]);
		test_identity(test, errand.pool, 1);
		mpool_free(errand.pool, errand.async->objs[0]);
		test_exit(test);
	}
	test_life_ended(test, &life);
}

/* --- what changes while they are in line --- */

static void limit_that_rises_answers(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_async *async[3];
	size_t i;

	for (i = 0; i < 3; i++)
		async[i] = queued(test, pool, 2);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 11), 0);
	KUNIT_EXPECT_EQ(test, test_answer(async[0]), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 2);
	test_gets_nothing(test, pool);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 0), 0);
	for (i = 1; i < 3; i++)
		KUNIT_EXPECT_EQ(test, test_answer(async[i]), 0);
	test_identity(test, pool, 14);
	for (i = 0; i < 3; i++)
		mpool_free_bulk(pool, 2, async[i]->objs);
	mpool_free_bulk(pool, 8, objs);
	test_identity(test, pool, 0);
}

static void limit_that_falls_answers(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_async *large = queued(test, pool, 5), *small = queued(test, pool, 2);

	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 4), 0);
	KUNIT_EXPECT_EQ(test, test_answer(large), -E2BIG);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 1);
	KUNIT_EXPECT_EQ(test, mpool_cancel(&large->request), -EALREADY);
	mpool_free_bulk(pool, 6, objs);
	KUNIT_EXPECT_EQ(test, test_answer(small), 0);
	KUNIT_EXPECT_EQ(test, large->calls + small->calls, 2);
	test_identity_over(test, pool, 4);
	test_gets_nothing(test, pool);
	mpool_free_bulk(pool, 2, small->objs);
	mpool_free_bulk(pool, 2, objs + 6);
	test_identity_over(test, pool, 0);
}

static void privileged_overtake(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 4, .reserve = 2);
	struct test_async *ordinary, *first, *second;
	void *objs[4];

	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_PRIVILEGED, 2, objs), 0);
	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_PRIVILEGED, 2, objs + 2), 0);
	ordinary = queued(test, pool, 1);
	first = test_queued(test, pool, GFP_PRIVILEGED, 1);
	second = test_queued(test, pool, GFP_PRIVILEGED, 1);
	mpool_free(pool, objs[2]);
	KUNIT_EXPECT_EQ(test, test_answer(first), 0);
	KUNIT_EXPECT_PTR_EQ(test, first->objs[0], objs[2]);
	KUNIT_EXPECT_EQ(test, ordinary->calls + second->calls, 0);
	mpool_free(pool, objs[0]);
	KUNIT_EXPECT_EQ(test, test_answer(ordinary), 0);
	mpool_free(pool, objs[3]);
	KUNIT_EXPECT_EQ(test, test_answer(second), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 2);
	test_identity(test, pool, 4);
	mpool_free_bulk(pool, 4, objs);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
	test_identity(test, pool, 0);
}

static void memory_that_comes_answers(struct kunit *test)
{
	static struct test_life life;
	struct test_async *async[2];
	struct mpool *pool;

	test_life_begins(&life, 64);
	pool = test_pool(test, .size = 64, test_life_params(&life));
	WRITE_ONCE(life.refuse, true);
	async[0] = queued(test, pool, 3);
	async[1] = test_queued(test, pool, GFP_NOWAIT, 4);
	msleep(250);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 2);
	WRITE_ONCE(life.refuse, false);
	KUNIT_EXPECT_EQ(test, test_answer(async[0]), 0);
	KUNIT_EXPECT_EQ(test, test_answer(async[1]), 0);
	test_identity(test, pool, 7);
	mpool_free_bulk(pool, 3, async[0]->objs);
	mpool_free_bulk(pool, 4, async[1]->objs);
	test_forget(test, pool);
	mpool_destroy(pool);
	test_life_ended(test, &life);
}

/* --- the end --- */

/* Each is told: one that it has its object, the others that there is none to come. */
static void the_end_answers_all(struct kunit *test)
{
	static struct test_life life;
	struct test_async *async[6];
	struct mpool *pool;
	void *objs[8];
	size_t i;

	test_life_begins(&life, 64);
	pool = test_pool(test, .size = 64, .limit = 8, test_life_params(&life));
	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 8, objs), 0);
	for (i = 0; i < 6; i++)
		async[i] = test_queued(test, pool, i % 2 ? GFP_PRIVILEGED : GFP_KERNEL, 1 + i);
	test_forget(test, pool);
	mpool_free(pool, objs[0]);
	mpool_destroy(pool);
	for (i = 0; i < 6; i++) {
		KUNIT_EXPECT_EQ(test, async[i]->calls, 1);
		KUNIT_EXPECT_EQ(test, async[i]->err, i ? -ESHUTDOWN : 0);
		KUNIT_EXPECT_TRUE(test, async[i]->may_sleep);
		KUNIT_EXPECT_EQ(test, mpool_cancel(&async[i]->request), -EALREADY);
		if (i)
			KUNIT_EXPECT_EQ(test, async[i]->order, async[i - 1]->order + 1);
	}
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, in_use), 8);
	/* As long as objects are out it can be asked, but in vain. */
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &async[1]->request, 1), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &async[0]->request, 3), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, async[0]->calls + async[1]->calls, 2);
	mpool_free_bulk(pool, 8, objs);
	test_life_ended(test, &life);
}

static void resubmit_in_vain(struct test_async *async)
{
	async->result = mpool_alloc_async(async->pool, &async->request, 1);
}

/* Who does not take no for an answer gets it at once. */
static void the_end_is_no_time_to_submit(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_async *async[2];
	size_t i;

	for (i = 0; i < 2; i++) {
		async[i] = queued(test, pool, 1 + i);
		async[i]->then = resubmit_in_vain;
	}
	test_forget(test, pool);
	mpool_destroy(pool);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, async[i]->calls, 1);
		KUNIT_EXPECT_EQ(test, async[i]->err, -ESHUTDOWN);
		KUNIT_EXPECT_EQ(test, async[i]->result, -ESHUTDOWN);
	}
	mpool_free_bulk(pool, 8, objs);
}

/* --- many --- */

#define CROWD		3000
#define CROWD_LIMIT	64

struct crowd {
	struct mpool *pool;
	unsigned int answered;
	struct member {
		struct mpool_request request;
		struct crowd *crowd;
		void *obj;
		unsigned int order;
		unsigned int calls;
	} member[CROWD];
};

/* Each gives to the next. */
static void pass_on(struct mpool_request *request)
{
	struct member *member = container_of(request, struct member, request);
	struct crowd *crowd = member->crowd;

	member->calls++;
	member->order = ++crowd->answered;
	mpool_free(crowd->pool, member->obj);
}

static void crowd_gets_in_line(struct kunit *test, struct crowd *crowd)
{
	struct member *member;
	size_t i;

	for (i = 0; i < CROWD; i++) {
		member = &crowd->member[i];
		*member = (struct member){ .crowd = crowd };
		mpool_request_init(&member->request, &member->obj, GFP_NOWAIT, pass_on);
		KUNIT_EXPECT_EQ(test, mpool_alloc_async(crowd->pool, &member->request, 1),
				-EINPROGRESS);
	}
	for (i = 0; i < CROWD; i += 7)
		KUNIT_EXPECT_EQ(test, mpool_cancel(&crowd->member[i].request), 0);
}

static void thousands(struct kunit *test)
{
	struct crowd *crowd = test_buffer(test, sizeof(*crowd));
	const unsigned int staying = CROWD - DIV_ROUND_UP(CROWD, 7);
	void **objs = test_array(test, CROWD_LIMIT);
	unsigned int order = 0;
	size_t i;

	crowd->pool = held_pool(test, CROWD_LIMIT, objs);
	crowd->answered = 0;
	crowd_gets_in_line(test, crowd);
	KUNIT_EXPECT_EQ(test, test_stat(crowd->pool, waiting), staying);
	KUNIT_EXPECT_EQ(test, test_stat(crowd->pool, waits), CROWD);
	mpool_free_bulk(crowd->pool, CROWD_LIMIT, objs);
	KUNIT_EXPECT_TRUE(test, test_becomes(READ_ONCE(crowd->answered) == staying));
	mpool_flush(crowd->pool);
	for (i = 0; i < CROWD; i++) {
		if (i % 7)
			order++;
		KUNIT_ASSERT_EQ(test, crowd->member[i].calls, i % 7 ? 1 : 0);
		KUNIT_ASSERT_EQ(test, crowd->member[i].order, i % 7 ? order : 0);
	}
	KUNIT_EXPECT_EQ(test, test_stat(crowd->pool, waiting), 0);
	test_identity(test, crowd->pool, 0);
}

static void a_buffer_answers_too(struct kunit *test)
{
	const size_t bytes = MPOOL_BUFFER_BYTES(4, 64, 0);
	void *buffer = test_buffer(test, bytes), *objs[4];
	struct mpool *pool = test_pool(test, .size = 64, .backing = MPOOL_BUFFER,
				       .buffer = buffer, .buffer_bytes = bytes);
	struct test_async *async = test_async(test, GFP_KERNEL);

	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &async->request, 5), -E2BIG);
	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 4, objs), 0);
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &async->request, 4), -EINPROGRESS);
	mpool_free_bulk(pool, 2, objs);
	mpool_free_deferred(pool, objs[2]);
	mpool_free_rcu(pool, objs[3]);
	KUNIT_EXPECT_EQ(test, test_answer(async), 0);
	test_identity(test, pool, 4);
	mpool_free_bulk(pool, 4, objs);
	test_identity(test, pool, 0);
}

static struct kunit_case async_cases[] = {
	KUNIT_CASE(answered_at_once),
	KUNIT_CASE(answered_later),
	KUNIT_CASE(one_line_for_all),
	KUNIT_CASE(bulk_requests),
	KUNIT_CASE(callbacks_are_called_one_by_one),
	KUNIT_CASE(flush_waits_for_callbacks),
	KUNIT_CASE(zeroed_and_constructed),
	KUNIT_CASE(bad_requests),
	KUNIT_CASE(incomplete_requests),
	KUNIT_CASE(submitted_twice),
	KUNIT_CASE(cancelled_in_line),
	KUNIT_CASE(cancelled_before_it_is_called),
	KUNIT_CASE(cancel_sync_waits_for_what_runs),
	KUNIT_CASE(cancelled_without_reason),
	KUNIT_CASE(cancel_sync_waits_for_the_callback),
	KUNIT_CASE(cancel_sync_in_its_own_callback),
	KUNIT_CASE(cancel_sync_in_another_callback),
	KUNIT_CASE(callback_submits_again),
	KUNIT_CASE(callback_is_answered_at_once),
	KUNIT_CASE(callback_frees_its_request),
	KUNIT_CASE(callback_waits_for_objects),
	KUNIT_CASE(callback_flushes),
	KUNIT_CASE(callback_destroys_the_pool),
	KUNIT_CASE(callback_ends_the_pool),
	KUNIT_CASE(callback_holds_up_nothing_else),
	KUNIT_CASE(callback_holds_up_no_other_pool),
	KUNIT_CASE(interrupts_can_do_all),
	KUNIT_CASE(interrupts_need_not_grow),
	KUNIT_CASE(limit_that_rises_answers),
	KUNIT_CASE(limit_that_falls_answers),
	KUNIT_CASE(privileged_overtake),
	KUNIT_CASE(memory_that_comes_answers),
	KUNIT_CASE(the_end_answers_all),
	KUNIT_CASE(the_end_is_no_time_to_submit),
	KUNIT_CASE(thousands),
	KUNIT_CASE(a_buffer_answers_too),
	{}
};

static struct kunit_suite async_suite = {
	.name = "mpool-async",
	.init = test_init,
	.exit = test_exit,
	.test_cases = async_cases,
};

kunit_test_suite(async_suite);
