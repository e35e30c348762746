// SPDX-License-Identifier: GPL-2.0
/*
 * mpool_alloc_wait() and its bulk form: who gets in line, who is next, and who has to leave.
 */
#include <linux/delay.h>
#include <linux/sched/signal.h>

#include "helpers.h"

#define MANY	24

/* A pool of which every object is held. */
static struct mpool *held_pool(struct kunit *test, size_t limit, void **objs)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = limit);

	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, limit, objs), 0);
	return pool;
}

static struct test_waiter *waiter(struct kunit *test, struct mpool *pool, size_t n)
{
	struct test_waiter *w = test_waiter(test, pool, GFP_KERNEL, n, TEST_PATIENCE);

	KUNIT_EXPECT_TRUE(test, test_is_waiting(w));
	return w;
}

/* It gets what it asked for, and the test frees that. */
static void expect_served(struct kunit *test, struct test_waiter *w)
{
	int err = test_waited(w);

	KUNIT_EXPECT_EQ(test, err, 0);
	if (!err)
		mpool_free_bulk(w->pool, w->n, w->objs);
}

/* --- the line --- */

/* One object goes from one to the next, in whichever way it is freed. */
static void first_come_first_served(struct kunit *test)
{
	void **objs = test_array(test, 40), *obj;
	struct mpool *pool = held_pool(test, 40, objs);
	struct test_waiter *w[MANY];
	size_t i, j;

	for (i = 0; i < MANY; i++)
		w[i] = waiter(test, pool, 1);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), MANY);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waits), MANY);
	for (i = 0, obj = objs[0]; i < MANY; i++) {
		test_free_by(i % TEST_FREES, pool, obj);
		KUNIT_ASSERT_EQ(test, test_waited(w[i]), 0);
		for (j = i + 1; j < MANY; j++)
			KUNIT_EXPECT_TRUE(test, test_is_waiting(w[j]));
		KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), MANY - 1 - i);
		KUNIT_EXPECT_PTR_EQ(test, w[i]->objs[0], obj);
		test_identity(test, pool, 40);
		obj = w[i]->objs[0];
	}
	mpool_free(pool, obj);
	mpool_free_bulk(pool, 39, objs + 1);
	test_identity(test, pool, 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waits), MANY);
}

/* All are freed at once: as many are served as there are objects, the first ones. */
static void bulk_free_serves_several(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_waiter *w[12];
	size_t i;

	for (i = 0; i < 12; i++)
		w[i] = waiter(test, pool, 1);
	mpool_free_bulk(pool, 8, objs);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 4);
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_ATOMIC));
	for (i = 0; i < 8; i++)
		KUNIT_EXPECT_EQ(test, test_waited(w[i]), 0);
	test_identity(test, pool, 8);
	for (i = 8; i < 12; i++)
		KUNIT_EXPECT_TRUE(test, test_is_waiting(w[i]));
	for (i = 0; i < 12; i++)
		expect_served(test, w[i]);
	test_identity(test, pool, 0);
}

/* The object is on its way to who waits, though that has not run yet. */
static void nobody_steals(struct kunit *test)
{
	void *objs[8], *stolen;
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_waiter *w = waiter(test, pool, 1);

	mpool_free(pool, objs[0]);
	stolen = mpool_alloc(pool, GFP_ATOMIC);
	KUNIT_EXPECT_NULL(test, stolen);
	KUNIT_EXPECT_EQ(test, test_stat(pool, in_use), 8);
	test_gets_nothing(test, pool);
	KUNIT_EXPECT_EQ(test, test_waited(w), 0);
	KUNIT_EXPECT_PTR_EQ(test, w->objs[0], objs[0]);
	mpool_free_bulk(pool, 8, objs);
	test_identity(test, pool, 0);
}

/* What is free already, but too little for the first in line, is kept for it. */
static void newcomers_leave_what_there_is(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_waiter *w = waiter(test, pool, 3);
	size_t i;

	for (i = 0; i < 2; i++) {
		mpool_free(pool, objs[i]);
		test_gets_nothing(test, pool);
		KUNIT_EXPECT_TRUE(test, test_is_waiting(w));
		test_identity(test, pool, 7 - i);
	}
	mpool_free(pool, objs[2]);
	KUNIT_EXPECT_EQ(test, test_waited(w), 0);
	test_identity(test, pool, 8);
	mpool_free_bulk(pool, 3, w->objs);
	mpool_free_bulk(pool, 5, objs + 3);
	test_identity(test, pool, 0);
}

static void large_ones_are_not_overtaken(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_waiter *large = waiter(test, pool, 6);
	struct test_waiter *small[4];
	size_t i;

	for (i = 0; i < 4; i++)
		small[i] = waiter(test, pool, 1 + i % 2);
	for (i = 0; i < 5; i++) {
		mpool_free(pool, objs[i]);
		schedule_timeout_uninterruptible(1);
		KUNIT_EXPECT_TRUE(test, test_is_waiting(small[0]));
		KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 5);
	}
	mpool_free(pool, objs[5]);
	KUNIT_EXPECT_EQ(test, test_waited(large), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 4);
	test_identity(test, pool, 8);
	mpool_free(pool, objs[6]);
	KUNIT_EXPECT_EQ(test, test_waited(small[0]), 0);
	KUNIT_EXPECT_TRUE(test, test_is_waiting(small[1]));
	mpool_free_bulk(pool, 6, large->objs);
	for (i = 0; i < 4; i++)
		expect_served(test, small[i]);
	mpool_free(pool, objs[7]);
	test_identity(test, pool, 0);
}

/* One of several who eat together. */
struct diner {
	struct mpool *pool;
	size_t wants;
	unsigned int number;
	unsigned int meals;
	bool spoiled;
	int err;
};

#define MEALS	80

static void dine(void *data)
{
	struct diner *diner = data;
	void *objs[3];
	size_t i;

	for (diner->meals = 0; diner->meals < MEALS; diner->meals++) {
		diner->err = mpool_alloc_wait_bulk(diner->pool, GFP_KERNEL, diner->wants, objs,
						   TEST_PATIENCE);
		if (diner->err)
			break;
		for (i = 0; i < diner->wants; i++)
			test_stamp(objs[i], 64, diner->number);
		/* Long enough for the others to get hungry. */
		if (diner->meals % 4 == 0)
			schedule_timeout_uninterruptible(1);
		for (i = 0; i < diner->wants; i++)
			diner->spoiled |= !test_is_stamped(objs[i], 64, diner->number);
		mpool_free_bulk(diner->pool, diner->wants, objs);
	}
}

/* Nobody sits there with a part of what he needs while another has the rest. */
static void parts_are_not_hoarded(struct kunit *test)
{
	static const size_t wants[] = { 2, 2, 1, 3 };
	struct mpool *pool = test_pool(test, .size = 64, .limit = 3);
	struct diner *diners = kunit_kcalloc(test, 4, sizeof(*diners), GFP_KERNEL);
	struct test_thread *threads[4];
	size_t i;

	KUNIT_ASSERT_NOT_NULL(test, diners);
	for (i = 0; i < 4; i++) {
		diners[i] = (struct diner){ .pool = pool, .wants = wants[i], .number = i };
		threads[i] = test_thread(test, dine, &diners[i]);
	}
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_TRUE(test, test_thread_ends(threads[i]));
		KUNIT_EXPECT_EQ(test, diners[i].err, 0);
		KUNIT_EXPECT_EQ(test, diners[i].meals, MEALS);
		KUNIT_EXPECT_FALSE(test, diners[i].spoiled);
	}
	KUNIT_EXPECT_GT(test, test_stat(pool, waits), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 0);
	test_identity(test, pool, 0);
}

/* From wherever an object is freed. */
struct to_free {
	struct mpool *pool;
	void *obj;
};

static void free_it(void *data)
{
	struct to_free *to_free = data;

	mpool_free(to_free->pool, to_free->obj);
}

static void interrupts_serve(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	enum test_context context;
	struct to_free to_free;
	struct test_waiter *w;

	for (context = 0; context < TEST_CONTEXTS; context++) {
		w = waiter(test, pool, 1);
		to_free = (struct to_free){ .pool = pool, .obj = objs[0] };
		test_run_in(context, free_it, &to_free);
		KUNIT_ASSERT_EQ(test, test_waited(w), 0);
		KUNIT_EXPECT_PTR_EQ(test, w->objs[0], objs[0]);
	}
	mpool_free_bulk(pool, 8, objs);
	test_identity(test, pool, 0);
}

/* Frees that come to effect later, and all at once, are frees like others. */
static void late_frees_serve(struct kunit *test)
{
	void *objs[12];
	struct mpool *pool = held_pool(test, 12, objs);
	struct test_waiter *w[3];
	size_t i;

	for (i = 0; i < 3; i++)
		w[i] = waiter(test, pool, 4);
	for (i = 0; i < 12; i++)
		test_free_by(i % TEST_FREES, pool, objs[i]);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, test_waited(w[i]), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, pending), 0);
	test_identity(test, pool, 12);
	for (i = 0; i < 3; i++)
		expect_served(test, w[i]);
	test_identity(test, pool, 0);
}

/* --- nothing to wait for --- */

static void a_pool_that_can_grow_grows(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64);
	void **objs = test_array(test, 500);
	size_t i;

	for (i = 0; i < 200; i++) {
		objs[i] = mpool_alloc_wait(pool, GFP_KERNEL, i % 2 ? 0 : TEST_PATIENCE);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, objs[i]);
		test_stamp(objs[i], 64, i);
	}
	KUNIT_ASSERT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_NOWAIT, 300, objs + 200,
						    TEST_PATIENCE), 0);
	test_identity(test, pool, 500);
	for (i = 0; i < 200; i++)
		KUNIT_EXPECT_TRUE(test, test_is_stamped(objs[i], 64, i));
	KUNIT_EXPECT_EQ(test, test_stat(pool, waits), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 0);
	mpool_free_bulk(pool, 500, objs);
	test_identity(test, pool, 0);
}

/* Objects lie in magazines, in the depot and in slabs, and there is no room for others. */
static void whatever_is_free_is_found(struct kunit *test)
{
	void **objs = test_array(test, 500), **more = test_array(test, 500);
	struct mpool *pool = held_pool(test, 500, objs);
	size_t n;

	for (n = 1; n <= 500; n = n * 3 + 1) {
		test_shuffle(objs, 500, n);
		mpool_free_bulk(pool, n, objs);
		KUNIT_ASSERT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_KERNEL, n, objs, 0), 0);
		test_identity(test, pool, 500);
	}
	mpool_free_bulk(pool, 499, objs);
	KUNIT_EXPECT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_KERNEL, 500, more, 0), -ETIMEDOUT);
	test_identity(test, pool, 1);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 0);
	mpool_free(pool, objs[499]);
	test_identity(test, pool, 0);
}

/* After a failure, n objects are where they were: with the pool. */
static void bulk_gives_all_or_nothing(struct kunit *test)
{
	void **objs = test_array(test, 40), *more[30];
	struct mpool *pool = held_pool(test, 40, objs);

	mpool_free_bulk(pool, 20, objs);
	KUNIT_EXPECT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_KERNEL, 21, more, 0), -ETIMEDOUT);
	test_identity(test, pool, 20);
	KUNIT_EXPECT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_KERNEL, 21, more, HZ / 20),
			-ETIMEDOUT);
	test_identity(test, pool, 20);
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_ATOMIC, more, 30), 20);
	test_gets_nothing(test, pool);
	mpool_free_bulk(pool, 20, more);
	mpool_free_bulk(pool, 20, objs + 20);
	test_identity(test, pool, 0);
}

/* --- what it refuses --- */

static void timeout_of_zero(struct kunit *test)
{
	void *objs[8], *obj;
	struct mpool *pool = held_pool(test, 8, objs);
	unsigned long start = jiffies;

	KUNIT_EXPECT_EQ(test, PTR_ERR(mpool_alloc_wait(pool, GFP_KERNEL, 0)), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(mpool_alloc_wait(pool, GFP_NOWAIT, 0)), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_KERNEL, 1, &obj, 0), -ETIMEDOUT);
	KUNIT_EXPECT_LT(test, jiffies - start, HZ);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 0);
	mpool_free(pool, objs[0]);
	obj = mpool_alloc_wait(pool, GFP_KERNEL, 0);
	KUNIT_EXPECT_PTR_EQ(test, obj, objs[0]);
	mpool_free_bulk(pool, 8, objs);
	test_identity(test, pool, 0);
}

static void timeouts_are_kept(struct kunit *test)
{
	static const long timeouts[] = { 1, 2, HZ / 20, HZ / 4 };
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_waiter *w[2 * ARRAY_SIZE(timeouts)];
	size_t i;

	/* The longest first, so that they leave from the end of the line, and from within it. */
	for (i = 0; i < ARRAY_SIZE(w); i++)
		w[i] = test_waiter(test, pool, GFP_KERNEL, 1 + i % 2, timeouts[3 - i / 2]);
	for (i = 0; i < ARRAY_SIZE(w); i++) {
		KUNIT_EXPECT_EQ(test, test_waited(w[i]), -ETIMEDOUT);
		KUNIT_EXPECT_GE(test, w[i]->took, timeouts[3 - i / 2]);
		KUNIT_EXPECT_LT(test, w[i]->took, timeouts[3 - i / 2] + 2 * HZ);
	}
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waits), ARRAY_SIZE(w));
	test_identity(test, pool, 8);
	mpool_free_bulk(pool, 8, objs);
}

static void for_ever(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_waiter *w = test_waiter(test, pool, GFP_KERNEL, 1, MAX_SCHEDULE_TIMEOUT);
	struct test_waiter *bulk = test_waiter(test, pool, GFP_KERNEL, 2, MAX_SCHEDULE_TIMEOUT);

	msleep(200);
	KUNIT_EXPECT_TRUE(test, test_is_waiting(w));
	KUNIT_EXPECT_TRUE(test, test_is_waiting(bulk));
	mpool_free_bulk(pool, 3, objs);
	expect_served(test, w);
	expect_served(test, bulk);
	mpool_free_bulk(pool, 5, objs + 3);
	test_identity(test, pool, 0);
}

static void bad_requests(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 8);
	void *objs[8];

	KUNIT_EXPECT_EQ(test, PTR_ERR(mpool_alloc_wait(pool, GFP_KERNEL, -1)), -EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(mpool_alloc_wait(pool, GFP_KERNEL, LONG_MIN)), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_KERNEL, 1, objs, -1), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_KERNEL, 0, objs, HZ), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_KERNEL, 0, NULL, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_KERNEL, 9, objs, 0), -E2BIG);
	KUNIT_EXPECT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_KERNEL, SIZE_MAX, objs, 0), -E2BIG);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waits), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, allocs), test_stat(pool, frees));
	test_identity(test, pool, 0);
}

/* What can never be had is refused at once, whether others hold objects now or not. */
static void too_many(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 8, .reserve = 3);
	struct test_waiter *w;
	size_t n;

	for (n = 6; n <= 9; n++) {
		w = test_waiter(test, pool, GFP_KERNEL, n, MAX_SCHEDULE_TIMEOUT);
		KUNIT_EXPECT_EQ(test, test_waited(w), -E2BIG);
		KUNIT_EXPECT_LT(test, w->took, HZ);
	}
	w = test_waiter(test, pool, GFP_KERNEL, 5, TEST_PATIENCE);
	expect_served(test, w);
	w = test_waiter(test, pool, GFP_KERNEL | MPOOL_PRIVILEGED, 8, TEST_PATIENCE);
	expect_served(test, w);
	w = test_waiter(test, pool, GFP_KERNEL | MPOOL_PRIVILEGED, 9, MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_EQ(test, test_waited(w), -E2BIG);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waits), 0);
	test_identity(test, pool, 0);
}

/* --- content --- */

static void zeroed_on_every_way(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_waiter *w, *bulk;
	size_t i;

	for (i = 0; i < 8; i++)
		memset(objs[i], 0xff, 64);
	w = test_waiter(test, pool, GFP_KERNEL | __GFP_ZERO, 1, TEST_PATIENCE);
	bulk = test_waiter(test, pool, GFP_KERNEL | __GFP_ZERO, 4, TEST_PATIENCE);
	mpool_free(pool, objs[0]);
	KUNIT_ASSERT_EQ(test, test_waited(w), 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(w->objs[0], 0, 64));
	mpool_free_bulk(pool, 4, objs + 1);
	KUNIT_ASSERT_EQ(test, test_waited(bulk), 0);
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_NULL(test, memchr_inv(bulk->objs[i], 0, 64));
		memset(bulk->objs[i], 0xff, 64);
	}
	mpool_free_bulk(pool, 4, bulk->objs);
	KUNIT_ASSERT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_KERNEL | __GFP_ZERO, 4, objs + 1, 0),
			0);
	for (i = 1; i <= 4; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(objs[i], 0, 64));
	mpool_free_bulk(pool, 8, objs);
	test_identity(test, pool, 0);
}

static void constructed_content_is_handed_over(struct kunit *test)
{
	static struct test_life life;
	struct test_waiter *w;
	struct mpool *pool;
	enum test_free way;
	void *objs[8];

	test_life_begins(&life, 64);
	pool = test_pool(test, .size = 64, .limit = 8, test_life_params(&life));
	KUNIT_EXPECT_EQ(test, PTR_ERR(mpool_alloc_wait(pool, GFP_KERNEL | __GFP_ZERO, 0)), -EINVAL);
	KUNIT_ASSERT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_KERNEL, 8, objs, 0), 0);
	w = test_waiter(test, pool, GFP_KERNEL | __GFP_ZERO, 1, MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_EQ(test, test_waited(w), -EINVAL);
	w = test_waiter(test, pool, GFP_KERNEL | __GFP_ZERO, 2, MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_EQ(test, test_waited(w), -EINVAL);
	for (way = 0; way < TEST_FREES; way++) {
		w = waiter(test, pool, 1);
		test_free_by(way, pool, objs[0]);
		KUNIT_ASSERT_EQ(test, test_waited(w), 0);
		objs[0] = w->objs[0];
		KUNIT_EXPECT_TRUE(test, test_is_as_made(objs[0], 64));
	}
	test_identity(test, pool, 8);
	mpool_free_bulk(pool, 8, objs);
	test_forget(test, pool);
	mpool_destroy(pool);
	test_life_ended(test, &life);
}

/* --- leaving --- */

static void only_death_interrupts(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_waiter *w[2];
	size_t i;

	w[0] = test_waiter(test, pool, GFP_KERNEL, 1, MAX_SCHEDULE_TIMEOUT);
	w[1] = test_waiter(test, pool, GFP_KERNEL, 3, MAX_SCHEDULE_TIMEOUT);
	for (i = 0; i < 2; i++)
		test_signal(w[i], SIGUSR1);
	msleep(50);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 2);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_TRUE(test, test_is_waiting(w[i]));
		test_signal(w[i], SIGKILL);
		KUNIT_EXPECT_EQ(test, test_waited(w[i]), -EINTR);
		KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 1 - i);
	}
	test_identity(test, pool, 8);
	/* Nothing goes to the dead. */
	mpool_free(pool, objs[0]);
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_ATOMIC, objs, 1), 1);
	mpool_free_bulk(pool, 8, objs);
	test_identity(test, pool, 0);
}

enum leave { LEAVE_BY_TIMEOUT, LEAVE_BY_DEATH, LEAVE_BY_CANCEL, LEAVES };

/* The first in line wants more than there is. When it goes, the second has enough. */
static void expect_next_when_leaving(struct kunit *test, enum leave leave)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_async *async = NULL;
	struct test_waiter *first = NULL, *second;

	if (leave == LEAVE_BY_CANCEL)
		async = test_queued(test, pool, GFP_KERNEL, 5);
	else
		first = test_waiter(test, pool, GFP_KERNEL, 5,
				    leave == LEAVE_BY_TIMEOUT ? HZ / 2 : TEST_PATIENCE);
	mpool_free_bulk(pool, 2, objs);
	second = waiter(test, pool, 2);
	if (leave == LEAVE_BY_CANCEL)
		KUNIT_EXPECT_EQ(test, mpool_cancel(&async->request), 0);
	else if (leave == LEAVE_BY_DEATH)
		test_signal(first, SIGKILL);
	if (first)
		KUNIT_EXPECT_EQ(test, test_waited(first), leave == LEAVE_BY_TIMEOUT ? -ETIMEDOUT :
										      -EINTR);
	KUNIT_EXPECT_EQ(test, test_waited(second), 0);
	KUNIT_EXPECT_LT(test, second->took, TEST_PATIENCE / 2);
	test_identity(test, pool, 8);
	mpool_free_bulk(pool, 2, second->objs);
	mpool_free_bulk(pool, 6, objs + 2);
	test_identity(test, pool, 0);
}

static void leaving_lets_the_next_in(struct kunit *test)
{
	enum leave leave;

	for (leave = 0; leave < LEAVES; leave++) {
		expect_next_when_leaving(test, leave);
		test_exit(test);
	}
}

/* Handed over, and at the same moment killed or out of time: the object is not lost. */
static void nothing_is_lost_on_the_way(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_waiter *w;
	unsigned int i;
	int err;

	for (i = 0; i < 24; i++) {
		w = test_waiter(test, pool, GFP_KERNEL, 1 + i % 3, i % 2 ? TEST_PATIENCE : 2);
		if (i % 4 == 0)
			schedule_timeout_uninterruptible(1);
		mpool_free_bulk(pool, 1 + i % 3, objs);
		if (i % 2)
			test_signal(w, SIGKILL);
		err = test_waited(w);
		if (err)
			KUNIT_EXPECT_EQ(test, err, i % 2 ? -EINTR : -ETIMEDOUT);
		else
			mpool_free_bulk(pool, 1 + i % 3, w->objs);
		test_identity(test, pool, 8 - 1 - i % 3);
		KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 0);
		KUNIT_ASSERT_EQ(test, test_take(pool, GFP_ATOMIC, objs, 1 + i % 3), 1 + i % 3);
		test_gets_nothing(test, pool);
	}
	mpool_free_bulk(pool, 8, objs);
	test_identity(test, pool, 0);
}

/* --- when the limit changes --- */

static void limit_that_rises_serves(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_waiter *w[4];
	size_t i;

	for (i = 0; i < 4; i++)
		w[i] = waiter(test, pool, 2);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 9), 0);
	msleep(50);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 4);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 13), 0);
	KUNIT_EXPECT_EQ(test, test_waited(w[0]), 0);
	KUNIT_EXPECT_EQ(test, test_waited(w[1]), 0);
	KUNIT_EXPECT_TRUE(test, test_is_waiting(w[2]));
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 2);
	test_gets_nothing(test, pool);
	test_identity(test, pool, 12);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 0), 0);
	KUNIT_EXPECT_EQ(test, test_waited(w[2]), 0);
	KUNIT_EXPECT_EQ(test, test_waited(w[3]), 0);
	test_identity(test, pool, 16);
	for (i = 0; i < 4; i++)
		expect_served(test, w[i]);
	mpool_free_bulk(pool, 8, objs);
	test_identity(test, pool, 0);
}

static void limit_that_falls_sends_away(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_pool(test, 8, objs);
	struct test_waiter *w[3];

	w[0] = waiter(test, pool, 3);
	w[1] = waiter(test, pool, 1);
	w[2] = waiter(test, pool, 5);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 4), 0);
	KUNIT_EXPECT_EQ(test, test_waited(w[2]), -E2BIG);
	KUNIT_EXPECT_TRUE(test, test_is_waiting(w[0]));
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 2), 0);
	KUNIT_EXPECT_EQ(test, test_waited(w[0]), -E2BIG);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 1);
	/* Six free ones do not do as long as two are in use. */
	mpool_free_bulk(pool, 6, objs);
	msleep(50);
	KUNIT_EXPECT_TRUE(test, test_is_waiting(w[1]));
	mpool_free(pool, objs[6]);
	KUNIT_EXPECT_EQ(test, test_waited(w[1]), 0);
	test_identity_over(test, pool, 2);
	test_gets_nothing(test, pool);
	mpool_free(pool, objs[7]);
	mpool_free(pool, w[1]->objs[0]);
	test_identity_over(test, pool, 0);
}

/* --- the privileged --- */

#define GFP_PRIVILEGED	(GFP_KERNEL | MPOOL_PRIVILEGED)

/* Five are held as ordinary ones, three out of the reserve. */
static struct mpool *held_reserve(struct kunit *test, void **objs)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 8, .reserve = 3);

	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_PRIVILEGED, 5, objs), 0);
	KUNIT_ASSERT_EQ(test, test_stat(pool, reserve_held), 0);
	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_PRIVILEGED, 3, objs + 5), 0);
	KUNIT_ASSERT_EQ(test, test_stat(pool, reserve_held), 3);
	return pool;
}

static struct test_waiter *privileged(struct kunit *test, struct mpool *pool, size_t n)
{
	struct test_waiter *w = test_waiter(test, pool, GFP_PRIVILEGED, n, TEST_PATIENCE);

	KUNIT_EXPECT_TRUE(test, test_is_waiting(w));
	return w;
}

static void privileged_overtake_by_the_reserve_only(struct kunit *test)
{
	struct test_waiter *ordinary[2], *first, *second;
	void *objs[8];
	struct mpool *pool = held_reserve(test, objs);

	ordinary[0] = waiter(test, pool, 1);
	ordinary[1] = waiter(test, pool, 1);
	first = privileged(test, pool, 1);
	second = privileged(test, pool, 1);
	mpool_free(pool, objs[0]);
	KUNIT_EXPECT_EQ(test, test_waited(ordinary[0]), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 3);
	mpool_free(pool, objs[5]);
	KUNIT_EXPECT_EQ(test, test_waited(first), 0);
	KUNIT_EXPECT_PTR_EQ(test, first->objs[0], objs[5]);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 3);
	KUNIT_EXPECT_TRUE(test, test_is_waiting(ordinary[1]));
	KUNIT_EXPECT_TRUE(test, test_is_waiting(second));
	mpool_free(pool, objs[1]);
	KUNIT_EXPECT_EQ(test, test_waited(ordinary[1]), 0);
	/* Now it is its turn, for whatever comes. */
	mpool_free(pool, objs[2]);
	KUNIT_EXPECT_EQ(test, test_waited(second), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 3);
	test_identity(test, pool, 8);
	expect_served(test, ordinary[0]);
	expect_served(test, ordinary[1]);
	expect_served(test, first);
	expect_served(test, second);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 2);
	mpool_free_bulk(pool, 2, objs + 3);
	mpool_free_bulk(pool, 2, objs + 6);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
	test_identity(test, pool, 0);
}

/* The reserve is not for who comes first, nor for a newcomer while a privileged one is in line. */
static void reserve_waits_for_the_privileged(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_reserve(test, objs);
	struct test_waiter *ordinary = waiter(test, pool, 2), *w = privileged(test, pool, 2);

	mpool_free(pool, objs[5]);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 2);
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_ATOMIC | MPOOL_PRIVILEGED));
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_PRIVILEGED));
	test_gets_nothing(test, pool);
	/* An ordinary one is for who was first, even if it is too little for that. */
	mpool_free(pool, objs[0]);
	schedule_timeout_uninterruptible(1);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 2);
	mpool_free(pool, objs[6]);
	KUNIT_EXPECT_EQ(test, test_waited(w), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 3);
	KUNIT_EXPECT_TRUE(test, test_is_waiting(ordinary));
	mpool_free(pool, objs[1]);
	KUNIT_EXPECT_EQ(test, test_waited(ordinary), 0);
	test_identity(test, pool, 8);
	expect_served(test, ordinary);
	expect_served(test, w);
	mpool_free_bulk(pool, 3, objs + 2);
	mpool_free(pool, objs[7]);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
	test_identity(test, pool, 0);
}

/* The first in line, if privileged, takes of both kinds what it needs. */
static void privileged_and_first(struct kunit *test)
{
	void *objs[8];
	struct mpool *pool = held_reserve(test, objs);
	struct test_waiter *w = privileged(test, pool, 4);

	mpool_free(pool, objs[0]);
	mpool_free(pool, objs[6]);
	mpool_free(pool, objs[1]);
	KUNIT_EXPECT_TRUE(test, test_is_waiting(w));
	test_gets_nothing(test, pool);
	mpool_free(pool, objs[7]);
	KUNIT_EXPECT_EQ(test, test_waited(w), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 3);
	test_identity(test, pool, 8);
	expect_served(test, w);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 1);
	mpool_free_bulk(pool, 4, objs + 2);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
	test_identity(test, pool, 0);
}

/* However many ordinary ones are in line, the reserve is there for who comes with privilege. */
static void line_does_not_keep_from_the_reserve(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 8, .reserve = 3);
	struct test_waiter *w[3];
	unsigned int i, failed = 0;
	void *objs[5], *taken[3];

	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 5, objs), 0);
	for (i = 0; i < 3; i++)
		w[i] = waiter(test, pool, 1 + i);
	for (i = 0; i < 1000; i++) {
		failed += 3 - test_take(pool, GFP_ATOMIC | MPOOL_PRIVILEGED, taken, 3);
		mpool_free_bulk(pool, 3, taken);
	}
	KUNIT_EXPECT_EQ(test, failed, 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 3);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
	test_identity(test, pool, 5);
	mpool_free_bulk(pool, 5, objs);
	for (i = 0; i < 3; i++)
		expect_served(test, w[i]);
	test_identity(test, pool, 0);
}

/* --- when memory is short, and at the end --- */

/* It is the constructor that says so. Nobody frees anything: the pool has to try again itself. */
static void memory_that_comes_serves(struct kunit *test)
{
	static struct test_life life;
	struct test_waiter *w[3];
	struct mpool *pool;
	size_t i;

	test_life_begins(&life, 64);
	pool = test_pool(test, .size = 64, test_life_params(&life));
	WRITE_ONCE(life.refuse, true);
	for (i = 0; i < 3; i++)
		w[i] = waiter(test, pool, 1 + 3 * i);
	msleep(300);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 3);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waits), 3);
	test_identity(test, pool, 0);
	WRITE_ONCE(life.refuse, false);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, test_waited(w[i]), 0);
		KUNIT_EXPECT_LT(test, w[i]->took, 5 * HZ);
	}
	test_identity(test, pool, 12);
	for (i = 0; i < 3; i++)
		expect_served(test, w[i]);
	test_forget(test, pool);
	mpool_destroy(pool);
	test_life_ended(test, &life);
}

static void memory_that_does_not_come(struct kunit *test)
{
	static struct test_life life;
	struct mpool *pool;

	test_life_begins(&life, 64);
	pool = test_pool(test, .size = 64, test_life_params(&life));
	mpool_free(pool, test_alloc(test, pool));
	mpool_trim(pool);
	WRITE_ONCE(life.refuse, true);
	KUNIT_EXPECT_EQ(test, PTR_ERR(mpool_alloc_wait(pool, GFP_KERNEL, 0)), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, test_waited(test_waiter(test, pool, GFP_KERNEL, 2, HZ / 4)),
			-ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 0);
	test_identity(test, pool, 0);
	test_forget(test, pool);
	mpool_destroy(pool);
	test_life_ended(test, &life);
}

static void the_end_sends_all_away(struct kunit *test)
{
	static struct test_life life;
	struct test_waiter *w[4];
	struct mpool *pool;
	void *objs[8];
	size_t i;

	test_life_begins(&life, 64);
	pool = test_pool(test, .size = 64, .limit = 8, test_life_params(&life));
	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 8, objs), 0);
	mpool_free_bulk(pool, 2, objs);
	for (i = 0; i < 4; i++)
		w[i] = test_waiter(test, pool, GFP_KERNEL | (i % 2 ? MPOOL_PRIVILEGED : 0), 3,
				   i % 2 ? TEST_PATIENCE : MAX_SCHEDULE_TIMEOUT);
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 4);
	test_forget(test, pool);
	mpool_destroy(pool);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, test_waited(w[i]), -ESHUTDOWN);
	/* It is there until the last object is freed, but not for anybody. */
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, in_use), 6);
	KUNIT_EXPECT_EQ(test, PTR_ERR(mpool_alloc_wait(pool, GFP_KERNEL, 0)), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, PTR_ERR(mpool_alloc_wait(pool, GFP_PRIVILEGED, HZ)), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_KERNEL, 2, objs, HZ), -ESHUTDOWN);
	mpool_free_bulk(pool, 6, objs + 2);
	test_life_ended(test, &life);
}

/* Objects that were handed over just before do not go under who has them. */
static void the_end_after_a_hand_over(struct kunit *test)
{
	static struct test_life life;
	struct test_waiter *w;
	struct mpool *pool;
	void *objs[2];

	test_life_begins(&life, 64);
	pool = test_pool(test, .size = 64, .limit = 2, test_life_params(&life));
	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 2, objs), 0);
	w = waiter(test, pool, 2);
	mpool_free_bulk(pool, 2, objs);
	test_forget(test, pool);
	mpool_destroy(pool);
	KUNIT_ASSERT_EQ(test, test_waited(w), 0);
	KUNIT_EXPECT_TRUE(test, test_is_as_made(w->objs[0], 64));
	KUNIT_EXPECT_EQ(test, test_stat(pool, in_use), 2);
	mpool_free_bulk(pool, 2, w->objs);
	test_life_ended(test, &life);
}

static void a_buffer_has_a_line_too(struct kunit *test)
{
	const size_t bytes = MPOOL_BUFFER_BYTES(8, 64, 0);
	void *buffer = test_buffer(test, bytes), *objs[8];
	struct mpool *pool = test_pool(test, .size = 64, .backing = MPOOL_BUFFER,
				       .buffer = buffer, .buffer_bytes = bytes);
	struct test_waiter *w[2];

	KUNIT_EXPECT_EQ(test, test_waited(test_waiter(test, pool, GFP_KERNEL, 9, HZ)), -E2BIG);
	KUNIT_ASSERT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_KERNEL, 8, objs, 0), 0);
	w[0] = waiter(test, pool, 8);
	w[1] = waiter(test, pool, 1);
	mpool_free_bulk(pool, 7, objs);
	KUNIT_EXPECT_TRUE(test, test_is_waiting(w[0]));
	test_gets_nothing(test, pool);
	mpool_free_deferred(pool, objs[7]);
	expect_served(test, w[0]);
	expect_served(test, w[1]);
	test_identity(test, pool, 0);
}

static struct kunit_case wait_cases[] = {
	KUNIT_CASE(first_come_first_served),
	KUNIT_CASE(bulk_free_serves_several),
	KUNIT_CASE(nobody_steals),
	KUNIT_CASE(newcomers_leave_what_there_is),
	KUNIT_CASE(large_ones_are_not_overtaken),
	KUNIT_CASE(parts_are_not_hoarded),
	KUNIT_CASE(interrupts_serve),
	KUNIT_CASE(late_frees_serve),
	KUNIT_CASE(a_pool_that_can_grow_grows),
	KUNIT_CASE(whatever_is_free_is_found),
	KUNIT_CASE(bulk_gives_all_or_nothing),
	KUNIT_CASE(timeout_of_zero),
	KUNIT_CASE(timeouts_are_kept),
	KUNIT_CASE(for_ever),
	KUNIT_CASE(bad_requests),
	KUNIT_CASE(too_many),
	KUNIT_CASE(zeroed_on_every_way),
	KUNIT_CASE(constructed_content_is_handed_over),
	KUNIT_CASE(only_death_interrupts),
	KUNIT_CASE(leaving_lets_the_next_in),
	KUNIT_CASE(nothing_is_lost_on_the_way),
	KUNIT_CASE(limit_that_rises_serves),
	KUNIT_CASE(limit_that_falls_sends_away),
	KUNIT_CASE(privileged_overtake_by_the_reserve_only),
	KUNIT_CASE(reserve_waits_for_the_privileged),
	KUNIT_CASE(privileged_and_first),
	KUNIT_CASE(line_does_not_keep_from_the_reserve),
	KUNIT_CASE(memory_that_comes_serves),
	KUNIT_CASE(memory_that_does_not_come),
	KUNIT_CASE(the_end_sends_all_away),
	KUNIT_CASE(the_end_after_a_hand_over),
	KUNIT_CASE(a_buffer_has_a_line_too),
	{}
};

static struct kunit_suite wait_suite = {
	.name = "mpool-wait",
	.init = test_init,
	.exit = test_exit,
	.test_cases = wait_cases,
};

kunit_test_suite(wait_suite);
