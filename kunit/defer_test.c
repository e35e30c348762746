// SPDX-License-Identifier: GPL-2.0
/*
 * mpool_free_deferred() and mpool_free_rcu(): objects that come home later, and what there is
 * meanwhile. Last comes everything at once, at random.
 */
#include <linux/hrtimer.h>
#include <linux/irqflags.h>
#include <linux/ktime.h>
#include <linux/preempt.h>
#include <linux/processor.h>
#include <linux/rcupdate.h>

#include "helpers.h"

#define LIMIT	40

/* A pool of which every object is held. */
static struct mpool *held_pool(struct kunit *test, size_t limit, void **objs)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = limit);

	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, limit, objs), 0);
	return pool;
}

static void free_all_by(enum test_free way, struct mpool *pool, void **objs, size_t n)
{
	while (n--)
		test_free_by(way, pool, objs[n]);
}

/* All of them are home, and none twice. */
static void expect_home(struct kunit *test, struct mpool *pool, unsigned long held)
{
	mpool_flush(pool);
	KUNIT_EXPECT_EQ(test, test_stat(pool, pending), 0);
	test_identity(test, pool, held);
}

/* --- until they are home --- */

static void late_frees_come_home(struct kunit *test)
{
	void **objs = test_array(test, 300);
	struct mpool *pool = held_pool(test, 300, objs);
	enum test_free way;
	size_t i;

	for (way = TEST_FREE_DEFERRED; way <= TEST_FREE_RCU; way++) {
		test_shuffle(objs, 300, way);
		for (i = 0; i < 300; i += 60) {
			free_all_by(way, pool, objs + i, 60);
			expect_home(test, pool, 240 - i);
		}
		KUNIT_ASSERT_EQ(test, test_take(pool, GFP_ATOMIC, objs, 300), 300);
		test_identity(test, pool, 300);
	}
	mpool_flush(pool);
	mpool_flush(pool);
	KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), 0);
	mpool_free_bulk(pool, 300, objs);
	test_identity(test, pool, 0);
}

/* Nobody flushes, nor does anything else with the pool. */
static void they_come_home_by_themselves(struct kunit *test)
{
	void *objs[LIMIT];
	struct mpool *pool = held_pool(test, LIMIT, objs);

	mpool_free_deferred(pool, objs[0]);
	KUNIT_EXPECT_TRUE(test, test_becomes(test_stat(pool, in_use) == LIMIT - 1));
	mpool_free_rcu(pool, objs[1]);
	KUNIT_EXPECT_TRUE(test, test_becomes(test_stat(pool, in_use) == LIMIT - 2));
	free_all_by(TEST_FREE_RCU, pool, objs + 2, 10);
	free_all_by(TEST_FREE_DEFERRED, pool, objs + 12, 10);
	KUNIT_EXPECT_TRUE(test, test_becomes(test_stat(pool, in_use) == LIMIT - 22));
	KUNIT_EXPECT_EQ(test, test_stat(pool, pending), 0);
	mpool_free_bulk(pool, LIMIT - 22, objs + 22);
	test_identity(test, pool, 0);
}

/* Nothing comes home as long as interrupts are off on the only CPU that knows of it. */
static void pending_objects_are_in_use(struct kunit *test)
{
	void *objs[LIMIT], *obj;
	struct mpool *pool = held_pool(test, LIMIT, objs);
	struct mpool_stats s;
	unsigned long flags;
	enum test_free way;

	for (way = TEST_FREE_DEFERRED; way <= TEST_FREE_RCU; way++) {
		local_irq_save(flags);
		free_all_by(way, pool, objs, 7);
		s = test_stats(pool);
		obj = mpool_alloc(pool, GFP_ATOMIC);
		local_irq_restore(flags);
		/* What is only deferred may be fetched by who needs it. */
		KUNIT_EXPECT_TRUE(test, !obj || way == TEST_FREE_DEFERRED);
		mpool_free(pool, obj);
		KUNIT_EXPECT_EQ(test, s.pending, 7);
		KUNIT_EXPECT_EQ(test, s.in_use, LIMIT);
		test_stats_identity(test, &s);
		expect_home(test, pool, LIMIT - 7);
		KUNIT_ASSERT_EQ(test, test_take(pool, GFP_ATOMIC, objs, 7), 7);
	}
	mpool_free_bulk(pool, LIMIT, objs);
}

static void late_free_of_null(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64);

	mpool_free_deferred(pool, NULL);
	mpool_free_rcu(pool, NULL);
	expect_home(test, pool, 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, frees), 0);
}

/* --- misuse --- */

static void expect_second_refused(struct kunit *test, struct mpool *pool, void *obj,
				  enum test_free first, enum test_free second)
{
	struct mpool_stats before, after;
	unsigned long flags;

	local_irq_save(flags);
	test_free_by(first, pool, obj);
	before = test_stats(pool);
	test_free_by(second, pool, obj);
	after = test_stats(pool);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, after.misuses, before.misuses + 1);
	/* Else some that were freed before may have come home meanwhile. */
	if (!test_is_alone())
		return;
	KUNIT_EXPECT_EQ(test, after.frees, before.frees);
	KUNIT_EXPECT_EQ(test, after.pending, before.pending);
	test_stats_identity(test, &after);
}

/* While it is pending, and when it is home. */
static void double_frees(struct kunit *test)
{
	void *objs[LIMIT];
	struct mpool *pool = held_pool(test, LIMIT, objs);
	enum test_free first, second;
	unsigned long misuses = 0;

	for (first = TEST_FREE; first < TEST_FREES; first++) {
		for (second = TEST_FREE; second < TEST_FREES; second++) {
			expect_second_refused(test, pool, objs[0], first, second);
			expect_home(test, pool, LIMIT - 1);
			test_free_by(second, pool, objs[0]);
			expect_home(test, pool, LIMIT - 1);
			misuses += 2;
			KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), misuses);
			objs[0] = test_alloc(test, pool);
			KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_KERNEL));
		}
	}
	mpool_free_bulk(pool, LIMIT, objs);
	test_identity(test, pool, 0);
}

static void expect_refused(struct kunit *test, struct mpool *pool, void *obj)
{
	struct mpool_stats before = test_stats(pool), after;

	mpool_free_deferred(pool, obj);
	mpool_free_rcu(pool, obj);
	mpool_flush(pool);
	after = test_stats(pool);
	KUNIT_EXPECT_EQ(test, after.misuses, before.misuses + 2);
	KUNIT_EXPECT_EQ(test, after.frees, before.frees);
	test_identity(test, pool, before.in_use);
}

static void foreign_and_interior_pointers(struct kunit *test)
{
	static int in_data;
	struct mpool *pool = test_pool(test, .size = 100, .limit = LIMIT);
	struct mpool *other = test_create(test, &(struct mpool_params){
		.name = "kunit-other", .size = 100 });
	void *obj = test_alloc(test, pool), *others = test_alloc(test, other);
	void *slab_object = kmalloc(100, GFP_KERNEL);
	int on_stack;

	expect_refused(test, pool, slab_object);
	expect_refused(test, pool, &on_stack);
	expect_refused(test, pool, &in_data);
	expect_refused(test, pool, foreign_and_interior_pointers);
	expect_refused(test, pool, (void *)8);
	expect_refused(test, pool, ERR_PTR(-ENOMEM));
	expect_refused(test, pool, obj + 1);
	expect_refused(test, pool, obj + 8);
	expect_refused(test, pool, obj + 103);
	expect_refused(test, pool, others);
	KUNIT_EXPECT_EQ(test, test_stat(other, misuses), 0);
	kfree(slab_object);
	mpool_free_rcu(other, others);
	mpool_free_deferred(pool, obj);
	expect_home(test, pool, 0);
	expect_home(test, other, 0);
}

/* --- the budget --- */

/* Up to the budget it may take its time. */
static void deferred_above_the_budget(struct kunit *test)
{
	static const size_t budgets[] = { 1, 64, 10 * 64, 1000 * 64 };
	void *objs[LIMIT];
	struct mpool_stats s;
	unsigned long flags;
	struct mpool *pool;
	size_t i, fit;

	for (i = 0; i < ARRAY_SIZE(budgets); i++) {
		fit = budgets[i] / 64;
		pool = test_pool(test, .size = 64, .limit = LIMIT, .budget = budgets[i]);
		KUNIT_EXPECT_EQ(test, test_stat(pool, budget), budgets[i]);
		KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, LIMIT, objs), 0);
		local_irq_save(flags);
		free_all_by(TEST_FREE_DEFERRED, pool, objs, 30);
		s = test_stats(pool);
		local_irq_restore(flags);
		/* With the last one it may reach the budget, or be above it. */
		KUNIT_EXPECT_LE(test, s.pending, min_t(size_t, 30, fit + 1));
		KUNIT_EXPECT_GE(test, s.pending + 1, min_t(size_t, 31, fit));
		KUNIT_EXPECT_EQ(test, s.in_use, LIMIT - 30 + s.pending);
		test_stats_identity(test, &s);
		expect_home(test, pool, LIMIT - 30);
		mpool_free_bulk(pool, LIMIT - 30, objs + 30);
		test_destroy(test);
	}
}

/* Take each object that exists, and no more. */
static size_t take_all_that_exist(struct kunit *test, struct mpool *pool, void **objs, size_t n)
{
	size_t i = 0;

	objs[i++] = test_alloc(test, pool);
	while (i < n && test_stat(pool, in_use) < test_stat(pool, objects))
		objs[i++] = test_alloc(test, pool);
	KUNIT_ASSERT_EQ(test, test_stat(pool, in_use), test_stat(pool, objects));
	return i;
}

/* Above it, memory is not to be had elsewhere as long as there is so much on its way. */
static void no_growth_above_the_budget(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .budget = 10 * 64);
	void **objs = test_array(test, 2000), *atomic, *more;
	unsigned long flags, grows;
	size_t n;

	n = take_all_that_exist(test, pool, objs, 1999);
	KUNIT_ASSERT_GE(test, n, 30);
	grows = test_stat(pool, grows);
	local_irq_save(flags);
	free_all_by(TEST_FREE_RCU, pool, objs, 20);
	atomic = mpool_alloc(pool, GFP_ATOMIC);
	local_irq_restore(flags);
	KUNIT_EXPECT_NULL(test, atomic);
	more = mpool_alloc(pool, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, more);
	KUNIT_EXPECT_EQ(test, test_stat(pool, grows), grows);
	mpool_free(pool, more);
	expect_home(test, pool, n - 20);
	/* Below it, it is. */
	KUNIT_ASSERT_EQ(test, test_take(pool, GFP_ATOMIC, objs, 20), 20);
	local_irq_save(flags);
	free_all_by(TEST_FREE_RCU, pool, objs, 5);
	atomic = mpool_alloc(pool, GFP_ATOMIC);
	local_irq_restore(flags);
	KUNIT_EXPECT_NOT_NULL(test, atomic);
	KUNIT_EXPECT_EQ(test, test_stat(pool, grows), grows + 1);
	mpool_free(pool, atomic);
	mpool_free_bulk(pool, n - 5, objs + 5);
	expect_home(test, pool, 0);
}

static void many_above_the_budget(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 200, .budget = 100 * 200);
	void **objs = test_array(test, 2000);
	size_t i;

	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 2000, objs), 0);
	test_shuffle(objs, 2000, 5);
	for (i = 0; i < 2000; i++)
		test_free_by(i % TEST_FREES, pool, objs[i]);
	expect_home(test, pool, 0);
	mpool_trim(pool);
	KUNIT_EXPECT_EQ(test, test_stat(pool, objects), 0);
}

/* --- who needs them meanwhile --- */

/* There is nothing else, and who may sleep gets it without knowing. */
static void who_may_sleep_gets_them(struct kunit *test)
{
	void *objs[LIMIT];
	struct mpool *pool = held_pool(test, LIMIT, objs);
	enum test_free way;

	for (way = TEST_FREE_DEFERRED; way <= TEST_FREE_RCU; way++) {
		mpool_free_bulk(pool, LIMIT - 1, objs);
		KUNIT_ASSERT_EQ(test, test_take(pool, GFP_KERNEL, objs, LIMIT - 1), LIMIT - 1);
		test_free_by(way, pool, objs[0]);
		objs[0] = mpool_alloc(pool, GFP_KERNEL);
		KUNIT_EXPECT_NOT_NULL(test, objs[0]);
		free_all_by(way, pool, objs, LIMIT);
		KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, LIMIT, objs), 0);
		test_free_by(way, pool, objs[0]);
		objs[0] = mpool_zalloc(pool, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, objs[0]);
		KUNIT_EXPECT_NULL(test, memchr_inv(objs[0], 0, 64));
		free_all_by(way, pool, objs, LIMIT);
		KUNIT_ASSERT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_KERNEL, LIMIT, objs,
							    TEST_PATIENCE), 0);
		test_identity(test, pool, LIMIT);
	}
	KUNIT_EXPECT_EQ(test, test_stat(pool, fails), 0);
	mpool_free_bulk(pool, LIMIT, objs);
	test_identity(test, pool, 0);
}

static void who_is_privileged_gets_them(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = LIMIT, .reserve = 5);
	enum test_free way;
	void *objs[LIMIT];

	KUNIT_ASSERT_EQ(test, test_take(pool, GFP_KERNEL | MPOOL_PRIVILEGED, objs, LIMIT), LIMIT);
	for (way = TEST_FREE_DEFERRED; way <= TEST_FREE_RCU; way++) {
		KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 5);
		free_all_by(way, pool, objs + LIMIT - 5, 5);
		KUNIT_EXPECT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL | MPOOL_PRIVILEGED, 5,
						       objs + LIMIT - 5), 0);
		test_free_by(way, pool, objs[LIMIT - 1]);
		KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_KERNEL));
		objs[LIMIT - 1] = mpool_alloc(pool, GFP_KERNEL | MPOOL_PRIVILEGED);
		KUNIT_EXPECT_NOT_NULL(test, objs[LIMIT - 1]);
		test_identity(test, pool, LIMIT);
	}
	mpool_free_bulk(pool, LIMIT, objs);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
	test_identity(test, pool, 0);
}

/* What is on its way is in use to trim, too. */
static void trim_leaves_them(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 200);
	void **objs = test_array(test, 1000);
	enum test_free way;

	for (way = TEST_FREE_DEFERRED; way <= TEST_FREE_RCU; way++) {
		KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 1000, objs), 0);
		free_all_by(way, pool, objs, 1000);
		mpool_trim(pool);
		test_identity(test, pool, test_stat(pool, in_use));
		expect_home(test, pool, 0);
		mpool_trim(pool);
		KUNIT_EXPECT_EQ(test, test_stat(pool, objects), 0);
	}
}

/* --- readers --- */

/* Look at a freed object for a few ticks, in which everything else that can happen happens. */
static bool stays_intact(struct mpool *pool, void *obj, unsigned int stamp)
{
	unsigned long end = jiffies + 5;
	bool intact = true;
	void *stolen;

	while (time_before(jiffies, end)) {
		intact &= test_is_stamped(obj, 64, stamp);
		stolen = mpool_alloc(pool, GFP_ATOMIC);
		intact &= !stolen;
		mpool_free(pool, stolen);
		cpu_relax();
	}
	return intact;
}

static void readers_see_it_intact(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 1);
	struct mpool_stats s;
	unsigned int i;
	bool intact;
	void *obj;

	for (i = 0; i < 5; i++) {
		obj = test_alloc(test, pool);
		test_stamp(obj, 64, i);
		rcu_read_lock();
		mpool_free_rcu(pool, obj);
		intact = stays_intact(pool, obj, i);
		s = test_stats(pool);
		rcu_read_unlock();
		KUNIT_EXPECT_TRUE(test, intact);
		KUNIT_EXPECT_EQ(test, s.pending, 1);
		KUNIT_EXPECT_EQ(test, s.in_use, 1);
		expect_home(test, pool, 0);
	}
}

static struct {
	struct hrtimer timer;
	struct mpool *pool;
	void *obj;
	bool freed;
} remote;

static enum hrtimer_restart free_remotely(struct hrtimer *timer)
{
	mpool_free_rcu(remote.pool, remote.obj);
	WRITE_ONCE(remote.freed, true);
	return HRTIMER_NORESTART;
}

/* It is freed by an interrupt while we look at it. */
static void readers_do_not_notice(struct kunit *test)
{
	unsigned long end = jiffies + HZ;
	bool intact;

	remote.pool = test_pool(test, .size = 64, .limit = 1);
	remote.obj = test_alloc(test, remote.pool);
	remote.freed = false;
	test_stamp(remote.obj, 64, 1);
	hrtimer_init(&remote.timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	remote.timer.function = free_remotely;
	rcu_read_lock();
	hrtimer_start(&remote.timer, ns_to_ktime(NSEC_PER_USEC), HRTIMER_MODE_REL_HARD);
	while (!READ_ONCE(remote.freed) && time_before(jiffies, end))
		cpu_relax();
	intact = stays_intact(remote.pool, remote.obj, 1);
	rcu_read_unlock();
	hrtimer_cancel(&remote.timer);
	KUNIT_EXPECT_TRUE(test, remote.freed);
	KUNIT_EXPECT_TRUE(test, intact);
	expect_home(test, remote.pool, 0);
}

/* A reader on another CPU, if there is one. */
struct reader {
	struct mpool *pool;
	void *obj;
	bool there;
	bool may_leave;
	bool intact;
};

static void read_object(void *data)
{
	struct reader *reader = data;
	unsigned long end = jiffies + HZ;

	rcu_read_lock();
	reader->intact = true;
	WRITE_ONCE(reader->there, true);
	while (!READ_ONCE(reader->may_leave) && time_before(jiffies, end)) {
		reader->intact &= test_is_stamped(reader->obj, 64, 2);
		cpu_relax();
	}
	rcu_read_unlock();
}

static void expect_reader_elsewhere_safe(struct kunit *test, struct mpool *pool)
{
	struct reader *reader = kunit_kzalloc(test, sizeof(*reader), GFP_KERNEL);
	struct test_thread *thread;
	void *stolen;

	KUNIT_ASSERT_NOT_NULL(test, reader);
	reader->obj = test_alloc(test, pool);
	test_stamp(reader->obj, 64, 2);
	thread = test_thread(test, read_object, reader);
	KUNIT_EXPECT_TRUE(test, test_becomes(READ_ONCE(reader->there)));
	mpool_free_rcu(pool, reader->obj);
	schedule_timeout_uninterruptible(HZ / 10);
	stolen = mpool_alloc(pool, GFP_ATOMIC);
	KUNIT_EXPECT_NULL(test, stolen);
	WRITE_ONCE(reader->may_leave, true);
	KUNIT_EXPECT_TRUE(test, test_thread_ends(thread));
	KUNIT_EXPECT_TRUE(test, reader->intact);
	mpool_free(pool, stolen);
	expect_home(test, pool, 0);
}

/*
 * Where there is one CPU and no preemption, no reader can be anywhere when this returns from a
 * sleep. But a grace period is counted there as well.
 */
static void a_grace_period_passes(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 1);
	struct rcu_gp_oldstate before;
	unsigned int i;
	void *obj;

	for (i = 0; i < 10; i++) {
		obj = test_alloc(test, pool);
		get_state_synchronize_rcu_full(&before);
		mpool_free_rcu(pool, obj);
		if (i % 2)
			mpool_flush(pool);
		obj = test_alloc(test, pool);
		KUNIT_EXPECT_TRUE(test, poll_state_synchronize_rcu_full(&before));
		mpool_free(pool, obj);
	}
	if (num_online_cpus() > 1)
		expect_reader_elsewhere_safe(test, pool);
	test_identity(test, pool, 0);
}

/* Nothing of it is used to remember it by: neither where it was constructed, nor for RCU. */
static void content_survives(struct kunit *test)
{
	static struct test_life life;
	enum test_free way;
	struct mpool *pool;
	unsigned long flags;
	void *objs[LIMIT];
	bool intact;
	size_t i;

	test_life_begins(&life, 64);
	pool = test_pool(test, .size = 64, .limit = LIMIT, test_life_params(&life));
	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, LIMIT, objs), 0);
	for (way = TEST_FREE; way < TEST_FREES; way++) {
		local_irq_save(flags);
		free_all_by(way, pool, objs, LIMIT);
		/* Only these may still be looked at. */
		intact = true;
		for (i = 0; i < LIMIT && way == TEST_FREE_RCU; i++)
			intact &= test_is_as_made(objs[i], 64);
		local_irq_restore(flags);
		KUNIT_EXPECT_TRUE(test, intact);
		mpool_flush(pool);
		KUNIT_ASSERT_EQ(test, test_take(pool, GFP_KERNEL, objs, LIMIT), LIMIT);
		for (i = 0; i < LIMIT; i++)
			KUNIT_EXPECT_TRUE(test, test_is_as_made(objs[i], 64));
	}
	free_all_by(TEST_FREE_RCU, pool, objs, LIMIT);
	expect_home(test, pool, 0);
	test_destroy(test);
	test_life_ended(test, &life);
}

/* --- the end --- */

static void the_end_waits_for_them(struct kunit *test)
{
	static struct test_life life;
	void **objs = test_array(test, 500);
	struct mpool *pool;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		test_life_begins(&life, 200);
		pool = test_pool(test, .size = 200, test_life_params(&life));
		KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 500, objs), 0);
		free_all_by(TEST_FREE_BULK, pool, objs, 100);
		free_all_by(TEST_FREE_DEFERRED, pool, objs + 100, 200);
		free_all_by(TEST_FREE_RCU, pool, objs + 300, 200);
		test_destroy(test);
		KUNIT_EXPECT_EQ(test, atomic_read(&life.unmade), atomic_read(&life.made));
		test_life_ended(test, &life);
	}
}

/* They bring a pool to its end that has been destroyed before. */
static void the_end_comes_with_the_last(struct kunit *test)
{
	static struct test_life life;
	struct mpool *pool;
	enum test_free way;
	void *objs[LIMIT];

	for (way = TEST_FREE; way < TEST_FREES; way++) {
		test_life_begins(&life, 64);
		pool = test_pool(test, .size = 64, .limit = LIMIT, test_life_params(&life));
		KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, LIMIT, objs), 0);
		test_destroy(test);
		free_all_by(TEST_FREE_DEFERRED, pool, objs, 10);
		free_all_by(TEST_FREE_RCU, pool, objs + 10, 10);
		free_all_by(TEST_FREE, pool, objs + 20, LIMIT - 21);
		expect_second_refused(test, pool, objs[LIMIT - 2], TEST_FREES, TEST_FREE_DEFERRED);
		expect_second_refused(test, pool, objs[LIMIT - 2], TEST_FREES, TEST_FREE_RCU);
		KUNIT_EXPECT_TRUE(test, test_becomes(test_stat(pool, in_use) == 1));
		test_free_by(way, pool, objs[LIMIT - 1]);
		test_life_ended(test, &life);
	}
}

static void buffers(struct kunit *test)
{
	const size_t bytes = MPOOL_BUFFER_BYTES(LIMIT, 64, 0);
	void *buffer = test_buffer(test, bytes), *objs[LIMIT];
	struct mpool *pool = test_pool(test, .size = 64, .backing = MPOOL_BUFFER,
				       .buffer = buffer, .buffer_bytes = bytes);
	enum test_free way;
	size_t i;

	for (way = TEST_FREE_DEFERRED; way <= TEST_FREE_RCU; way++) {
		for (i = 0; i < LIMIT; i++) {
			objs[i] = mpool_alloc(pool, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		}
		expect_second_refused(test, pool, objs[0], way, TEST_FREE);
		objs[0] = mpool_alloc(pool, GFP_KERNEL);
		KUNIT_EXPECT_NOT_NULL(test, objs[0]);
		free_all_by(way, pool, objs, LIMIT);
		expect_home(test, pool, 0);
	}
	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, LIMIT, objs), 0);
	free_all_by(TEST_FREE_DEFERRED, pool, objs, LIMIT / 2);
	free_all_by(TEST_FREE_RCU, pool, objs + LIMIT / 2, LIMIT / 2);
	/* Then it is nobody's but ours again. */
	test_forget(test, pool);
	mpool_destroy(pool);
	memset(buffer, 0xff, bytes);
}

/* --- from interrupts, from everywhere, of everything --- */

struct to_free {
	struct mpool *pool;
	void **objs;
	enum test_free way;
	bool in_task;
};

static void free_them(void *data)
{
	struct to_free *to_free = data;

	to_free->in_task = in_task();
	free_all_by(to_free->way, to_free->pool, to_free->objs, LIMIT / 2);
	test_free_by(to_free->way, to_free->pool, to_free->objs[0]);
}

static void from_interrupts(struct kunit *test)
{
	void **objs = test_array(test, LIMIT);
	struct to_free to_free = { .pool = held_pool(test, LIMIT, objs), .objs = objs };
	enum test_context context;
	unsigned long misuses = 0;

	for (context = 0; context < TEST_CONTEXTS; context++) {
		for (to_free.way = 0; to_free.way < TEST_FREES; to_free.way++) {
			test_run_in(context, free_them, &to_free);
			KUNIT_EXPECT_FALSE(test, to_free.in_task);
			KUNIT_EXPECT_EQ(test, test_stat(to_free.pool, misuses), ++misuses);
			expect_home(test, to_free.pool, LIMIT / 2);
			KUNIT_ASSERT_EQ(test, test_take(to_free.pool, GFP_KERNEL, objs, LIMIT / 2),
					LIMIT / 2);
		}
	}
	mpool_free_bulk(to_free.pool, LIMIT, objs);
	test_identity(test, to_free.pool, 0);
}

static void of_many_slabs(struct kunit *test)
{
	static const size_t sizes[] = { 40, 200, 3000 };
	void **objs = test_array(test, 3000);
	struct mpool *pool;
	size_t i, j, n;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		n = min_t(size_t, 3000, SZ_2M / sizes[i]);
		pool = test_pool(test, .size = sizes[i]);
		KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, n, objs), 0);
		KUNIT_EXPECT_GT(test, test_stat(pool, slabs), 1);
		test_shuffle(objs, n, i);
		for (j = 0; j < n; j++)
			test_free_by(TEST_FREE_DEFERRED + j % 2, pool, objs[j]);
		expect_home(test, pool, 0);
		KUNIT_EXPECT_EQ(test, test_stat(pool, frees), n);
		mpool_trim(pool);
		KUNIT_EXPECT_EQ(test, test_stat(pool, slabs), 0);
		test_destroy(test);
	}
}

/* One of several who free late, and wait for what the others do. */
struct guest {
	struct mpool *pool;
	unsigned int number;
	unsigned int rounds;
	bool spoiled;
	int err;
};

#define VISITS	25

static void come_and_go(void *data)
{
	struct guest *guest = data;
	void *objs[8];
	size_t i, n;

	for (guest->rounds = 0; guest->rounds < VISITS; guest->rounds++) {
		n = 2 + (guest->rounds + guest->number) % 7;
		guest->err = mpool_alloc_wait_bulk(guest->pool, GFP_KERNEL, n, objs, TEST_PATIENCE);
		if (guest->err)
			break;
		for (i = 0; i < n; i++)
			test_stamp(objs[i], 64, guest->number);
		if (guest->rounds % 8 == guest->number)
			schedule_timeout_uninterruptible(1);
		for (i = 0; i < n; i++) {
			guest->spoiled |= !test_is_stamped(objs[i], 64, guest->number);
			test_free_by((i + guest->rounds) % TEST_FREES, guest->pool, objs[i]);
		}
		if (guest->rounds % 10 == guest->number)
			mpool_flush(guest->pool);
	}
}

static void by_many_threads(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 16);
	struct guest *guests = kunit_kcalloc(test, 4, sizeof(*guests), GFP_KERNEL);
	struct test_thread *threads[4];
	size_t i;

	KUNIT_ASSERT_NOT_NULL(test, guests);
	for (i = 0; i < 4; i++) {
		guests[i] = (struct guest){ .pool = pool, .number = i };
		threads[i] = test_thread(test, come_and_go, &guests[i]);
	}
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_TRUE(test, test_thread_ends(threads[i]));
		KUNIT_EXPECT_EQ(test, guests[i].err, 0);
		KUNIT_EXPECT_EQ(test, guests[i].rounds, VISITS);
		KUNIT_EXPECT_FALSE(test, guests[i].spoiled);
	}
	KUNIT_EXPECT_EQ(test, test_stat(pool, waiting), 0);
	expect_home(test, pool, 0);
}

/* --- everything at once, at random --- */

#define HELD_MAX	300
#define ORDERS		12
#define ORDER_MAX	4	/* objects */
#define POOLS		TEST_TIMES(20)
#define STEPS		5000	/* with each of them */

struct model;

/* A request, and what the model knows of it. */
struct order {
	struct mpool_request request;
	void *objs[ORDER_MAX];
	bool privileged;
	bool in_line;			/* or answered, which the model has not seen yet */
	unsigned int number;		/* those who came before have lower ones */
	unsigned int calls;
	int err;
	bool answered;
};

struct model {
	struct kunit *test;
	struct rnd_state rnd;
	u32 seed;
	unsigned int step;
	struct mpool *pool;
	struct mpool_params params;	/* of which those that can change do */
	unsigned long limit;		/* that of a buffer too */
	unsigned int n;
	struct held {
		void *obj;
		unsigned int stamp;
	} held[HELD_MAX + ORDERS * ORDER_MAX];
	unsigned int stamps;
	unsigned int numbers;
	unsigned long late;		/* frees that may not have come home */
	struct order order[ORDERS];
};

static void model_expect(struct model *m, bool good, const char *what)
{
	KUNIT_EXPECT_TRUE_MSG(m->test, good, "%s; seed %u, step %u", what, m->seed, m->step);
}

#define expect(m, condition)	model_expect(m, condition, #condition)

/* After the first thing that goes wrong, nothing is certain. */
static bool has_failed(struct model *m)
{
	return READ_ONCE(m->test->status) == KUNIT_FAILURE;
}

static bool one_in(struct model *m, u32 n)
{
	return !test_random(&m->rnd, n);
}

static gfp_t model_gfp(bool privileged)
{
	return GFP_NOWAIT | __GFP_NOWARN | (privileged ? MPOOL_PRIVILEGED : 0);
}

static bool has_room(const struct model *m)
{
	return m->n + 8 <= HELD_MAX;
}

/* Whoever else has it as well will spoil the stamp. */
static void hold(struct model *m, void *obj)
{
	struct held *held = &m->held[m->n++];

	held->obj = obj;
	held->stamp = m->stamps++;
	test_stamp(obj, m->params.size, held->stamp);
}

static void hold_all(struct model *m, void **objs, size_t n)
{
	while (n--)
		hold(m, objs[n]);
}

static void *let_go(struct model *m, unsigned int i)
{
	struct held held = m->held[i];

	expect(m, test_is_stamped(held.obj, m->params.size, held.stamp));
	m->held[i] = m->held[--m->n];
	return held.obj;
}

/* More than it could ever have. */
static bool too_many(const struct model *m, size_t n, bool privileged)
{
	return m->limit && n > m->limit - (privileged ? 0 : m->params.reserve);
}

/* What an ordinary request got must have been within the limit. */
static void expect_within_limit(struct model *m, size_t n, bool privileged)
{
	if (!privileged && m->limit)
		expect(m, m->n + n <= m->limit);
}

/* --- requests --- */

static void order_is_answered(struct mpool_request *request)
{
	struct order *order = container_of(request, struct order, request);

	order->err = request->err;
	order->calls++;
	/* Pairs with that of is_answered(). */
	smp_store_release(&order->answered, true);
}

static bool is_answered(const struct order *order)
{
	/* Pairs with that of order_is_answered(). */
	return smp_load_acquire(&order->answered);
}

/* Nobody who came earlier may be in line still; but the privileged overtake the ordinary. */
static void expect_turn(struct model *m, const struct order *order)
{
	const struct order *other;

	for (other = m->order; other < m->order + ORDERS; other++) {
		if (!other->in_line || other->number >= order->number)
			continue;
		if (!order->privileged || other->privileged)
			expect(m, is_answered(other));
	}
}

static void collect_answer(struct model *m, struct order *order)
{
	order->in_line = false;
	expect(m, order->calls == 1);
	expect(m, order->err == 0 || order->err == -E2BIG);
	if (!order->err) {
		expect_turn(m, order);
		hold_all(m, order->objs, order->request.n);
	}
}

static void collect_answers(struct model *m)
{
	struct order *order;

	for (order = m->order; order < m->order + ORDERS; order++) {
		if (order->in_line && is_answered(order))
			collect_answer(m, order);
	}
}

static void model_submit(struct model *m)
{
	struct order *order = &m->order[test_random(&m->rnd, ORDERS)];
	size_t n = 1 + test_random(&m->rnd, ORDER_MAX);
	int err;

	if (order->in_line || !has_room(m))
		return;
	order->privileged = one_in(m, 3);
	order->calls = 0;
	order->answered = false;
	mpool_request_init(&order->request, order->objs, model_gfp(order->privileged),
			   order_is_answered);
	err = mpool_alloc_async(m->pool, &order->request, n);
	expect(m, (err == -E2BIG) == too_many(m, n, order->privileged));
	order->in_line = err == -EINPROGRESS;
	order->number = m->numbers++;
	if (!err) {
		expect_within_limit(m, n, order->privileged);
		hold_all(m, order->objs, n);
	} else {
		expect(m, err == -EINPROGRESS || err == -E2BIG);
	}
}

static void model_cancel(struct model *m)
{
	struct order *order = &m->order[test_random(&m->rnd, ORDERS)];
	int err;

	if (!order->in_line)
		return;
	err = mpool_cancel(&order->request);
	expect(m, err == 0 || err == -EALREADY);
	if (!err) {
		expect(m, !is_answered(order));
		order->in_line = false;
	}
}

/* Empty the line. What is too late for that has been told when mpool_cancel_sync() returns. */
static void cancel_all(struct model *m)
{
	struct order *order;
	int err;

	for (order = m->order; order < m->order + ORDERS; order++) {
		if (!order->in_line)
			continue;
		err = mpool_cancel_sync(&order->request);
		expect(m, err == (is_answered(order) ? -EALREADY : 0));
		if (!is_answered(order))
			order->in_line = false;
	}
	collect_answers(m);
}

/* The first in line, or the first privileged one. */
static struct order *first_in_line(struct model *m, bool privileged)
{
	struct order *order, *first = NULL;

	for (order = m->order; order < m->order + ORDERS; order++) {
		if (!order->in_line || is_answered(order) || (privileged && !order->privileged))
			continue;
		if (!first || order->number < first->number)
			first = order;
	}
	return first;
}

static unsigned long reserve_free(struct model *m)
{
	unsigned long held = test_stat(m->pool, reserve_held);

	return m->params.reserve - min(m->params.reserve, held);
}

/* Does somebody wait for what is there? */
static bool line_should_move(struct model *m)
{
	const struct order *first = first_in_line(m, false);
	const struct order *privileged = first_in_line(m, true);
	unsigned long taken = test_stat(m->pool, in_use);

	if (privileged && privileged->request.n <= reserve_free(m))
		return true;
	if (!first)
		return false;
	if (!first->privileged)
		taken += reserve_free(m);
	return !m->limit || taken + first->request.n <= m->limit;
}

/* --- allocating and freeing --- */

/* Is there one of the reserve, and nobody with a better claim to it? */
static bool must_succeed(struct model *m, bool privileged)
{
	return privileged && reserve_free(m) && !first_in_line(m, true);
}

static void model_alloc(struct model *m, gfp_t gfp)
{
	bool privileged = gfp & MPOOL_PRIVILEGED, must;
	void *obj;

	if (!has_room(m))
		return;
	must = must_succeed(m, privileged);
	obj = mpool_alloc(m->pool, gfp);
	expect(m, obj || !must);
	if (obj) {
		expect_within_limit(m, 1, privileged);
		hold(m, obj);
	}
}

static void model_alloc_bulk(struct model *m)
{
	size_t n = 1 + test_random(&m->rnd, 8);
	bool privileged = one_in(m, 4);
	void *objs[8];
	int err;

	if (!has_room(m))
		return;
	err = mpool_alloc_bulk(m->pool, model_gfp(privileged), n, objs);
	expect(m, err == 0 || err == -ENOMEM);
	if (!err) {
		expect_within_limit(m, n, privileged);
		hold_all(m, objs, n);
	}
}

static void model_wait(struct model *m)
{
	size_t n = 1 + test_random(&m->rnd, 8);
	bool privileged = one_in(m, 4);
	void *objs[8];
	int err;

	if (!has_room(m))
		return;
	err = mpool_alloc_wait_bulk(m->pool, GFP_KERNEL | model_gfp(privileged), n, objs,
				    test_random(&m->rnd, 2));
	expect(m, (err == -E2BIG) == too_many(m, n, privileged));
	expect(m, err == 0 || err == -E2BIG || err == -ETIMEDOUT);
	if (!err) {
		expect_within_limit(m, n, privileged);
		hold_all(m, objs, n);
	}
}

static void model_free(struct model *m, enum test_free way)
{
	if (!m->n)
		return;
	test_free_by(way, m->pool, let_go(m, test_random(&m->rnd, m->n)));
	m->late += way == TEST_FREE_DEFERRED || way == TEST_FREE_RCU;
}

static void model_free_bulk(struct model *m)
{
	size_t i, n = min(test_random(&m->rnd, 9), m->n);
	void *objs[8];

	for (i = 0; i < n; i++)
		objs[i] = let_go(m, test_random(&m->rnd, m->n));
	mpool_free_bulk(m->pool, n, objs);
}

/* --- changing what the pool is --- */

static bool is_buffer(const struct model *m)
{
	return m->params.backing == MPOOL_BUFFER;
}

static void model_set_limit(struct model *m)
{
	unsigned long limit = one_in(m, 6) ? 0 : 1 + test_random(&m->rnd, 150);
	int err = mpool_set_limit(m->pool, limit);

	if (is_buffer(m)) {
		expect(m, err == -EOPNOTSUPP);
	} else if (limit && (limit < m->params.keep || limit < m->params.reserve)) {
		expect(m, err == -ERANGE);
	} else {
		expect(m, err == 0);
		m->limit = limit;
	}
}

static void model_set_keep(struct model *m)
{
	unsigned long keep = test_random(&m->rnd, 3) * test_random(&m->rnd, 60);
	int err = mpool_set_keep(m->pool, keep);

	if (is_buffer(m)) {
		expect(m, err == -EOPNOTSUPP);
	} else if (m->limit && keep > m->limit) {
		expect(m, err == -ERANGE);
	} else {
		expect(m, err == 0);
		m->params.keep = keep;
	}
}

static void model_set_reserve(struct model *m)
{
	unsigned long reserve = test_random(&m->rnd, 3) * test_random(&m->rnd, 30);
	int err = mpool_set_reserve(m->pool, reserve);

	if (m->limit && reserve > m->limit)
		expect(m, err == -ERANGE);
	else if (reserve <= m->params.reserve || !m->limit)
		expect(m, err == 0);
	else
		expect(m, err == 0 || err == -EBUSY);
	if (!err)
		m->params.reserve = reserve;
	expect(m, test_stat(m->pool, reserve) == m->params.reserve);
}

/* --- what must be so --- */

/* At any moment, with some on their way home, and answers that are not known. */
static void expect_figures(struct model *m)
{
	unsigned long on_their_way = m->late, in_line = 0;
	struct mpool_stats s = test_stats(m->pool);
	const struct order *order;

	for (order = m->order; order < m->order + ORDERS; order++) {
		if (order->in_line) {
			on_their_way += order->request.n;
			in_line++;
		}
	}
	expect(m, s.in_use >= m->n);
	expect(m, s.in_use <= m->n + on_their_way);
	expect(m, s.pending <= m->late);
	expect(m, s.waiting <= in_line);
	test_stats_sums(m->test, &s);
}

/* What the rules say of an ordinary request when nothing is on its way. */
static void expect_exact(struct model *m)
{
	unsigned long reserved = reserve_free(m);
	void *obj;

	if (!has_room(m))
		return;
	obj = mpool_alloc(m->pool, GFP_KERNEL);
	if (!m->limit || m->n + reserved < m->limit)
		expect(m, obj);
	else if (m->n >= m->limit)
		expect(m, !obj);
	if (obj)
		hold(m, obj);
}

static void settle(struct model *m)
{
	struct mpool_stats s;
	unsigned int i;

	mpool_flush(m->pool);
	expect(m, test_becomes(!line_should_move(m)));
	cancel_all(m);
	mpool_flush(m->pool);
	m->late = 0;
	s = test_stats(m->pool);
	expect(m, s.in_use == m->n);
	expect(m, s.pending == 0);
	expect(m, s.waiting == 0);
	expect(m, s.misuses == 0);
	expect(m, s.reserve == m->params.reserve);
	expect(m, s.reserve_held <= s.in_use);
	test_stats_sums(m->test, &s);
	for (i = 0; i < m->n; i++)
		expect(m, test_is_stamped(m->held[i].obj, m->params.size, m->held[i].stamp));
	expect_exact(m);
}

/* --- the course of it --- */

/* What sleeps takes its time, and so it comes seldom. */
static void model_rare_step(struct model *m)
{
	switch (test_random(&m->rnd, 8)) {
	case 0:
		mpool_flush(m->pool);
		break;
	case 1:
		mpool_trim(m->pool);
		break;
	case 2:
		model_set_reserve(m);
		break;
	case 3:
		model_alloc(m, GFP_KERNEL | (one_in(m, 2) ? MPOOL_PRIVILEGED : 0));
		break;
	case 4:
	case 5:
		model_wait(m);
		break;
	case 6:
		schedule_timeout_uninterruptible(1);
		break;
	case 7:
		settle(m);
		break;
	}
	collect_answers(m);
}

static void model_step(struct model *m)
{
	switch (test_random(&m->rnd, 64)) {
	case 0 ... 19:
		model_alloc(m, model_gfp(one_in(m, 4)));
		break;
	case 20 ... 23:
		model_alloc_bulk(m);
		break;
	case 24 ... 27:
		model_submit(m);
		break;
	case 28 ... 29:
		model_cancel(m);
		break;
	case 30 ... 49:
		model_free(m, test_random(&m->rnd, 2) ? TEST_FREE : TEST_FREE_BULK);
		break;
	case 50 ... 53:
		model_free_bulk(m);
		break;
	case 54 ... 56:
		model_free(m, TEST_FREE_DEFERRED);
		break;
	case 57 ... 59:
		model_free(m, TEST_FREE_RCU);
		break;
	case 60:
		model_set_limit(m);
		break;
	case 61:
		model_set_keep(m);
		break;
	case 62 ... 63:
		collect_answers(m);
		break;
	}
}

static void model_choose(struct model *m, void *buffer, size_t bytes)
{
	static const size_t sizes[] = { 24, 64, 200, 1000 };
	struct mpool_params *params = &m->params;

	params->name = "kunit";
	params->size = sizes[test_random(&m->rnd, ARRAY_SIZE(sizes))];
	if (one_in(m, 2))
		params->budget = params->size * (1 + test_random(&m->rnd, 30));
	if (one_in(m, 4)) {
		params->backing = MPOOL_BUFFER;
		params->buffer = buffer;
		params->buffer_bytes = min(bytes, MPOOL_BUFFER_BYTES(100, params->size, 0));
		params->limit = 100;
	} else if (!one_in(m, 5)) {
		params->limit = 1 + test_random(&m->rnd, 150);
		params->keep = test_random(&m->rnd, params->limit + 1);
	}
	params->reserve = test_random(&m->rnd, params->limit ? params->limit / 2 + 1 : 30);
	m->limit = params->limit;
}

/* All is free, and all that need not be kept has gone. */
static void model_end(struct model *m)
{
	settle(m);
	while (m->n && !has_failed(m))
		model_free(m, test_random(&m->rnd, TEST_FREES));
	mpool_flush(m->pool);
	expect(m, test_stat(m->pool, in_use) == 0);
	expect(m, test_stat(m->pool, reserve_held) == 0);
	expect(m, test_stat(m->pool, allocs) == test_stat(m->pool, frees));
	mpool_trim(m->pool);
	if (!is_buffer(m) && !m->params.keep && !m->params.reserve)
		expect(m, test_stat(m->pool, objects) == 0);
	test_identity_over(m->test, m->pool, 0);
}

static void one_pool_at_random(struct model *m, void *buffer, size_t bytes)
{
	model_choose(m, buffer, bytes);
	m->pool = test_create(m->test, &m->params);
	for (m->step = 0; m->step < STEPS && !has_failed(m); m->step++) {
		if (one_in(m, 500))
			model_rare_step(m);
		else
			model_step(m);
		if (m->step % 32 == 0)
			expect_figures(m);
	}
	model_end(m);
	test_destroy(m->test);
}

static void as_the_model_says(struct kunit *test)
{
	const size_t bytes = MPOOL_BUFFER_BYTES(100, 1000, 0);
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	void *buffer = test_buffer(test, bytes);
	u32 seed;

	KUNIT_ASSERT_NOT_NULL(test, m);
	for (seed = 1; seed <= POOLS; seed++) {
		memset(m, 0, sizeof(*m));
		m->test = test;
		m->seed = seed;
		prandom_seed_state(&m->rnd, seed);
		one_pool_at_random(m, buffer, bytes);
		if (has_failed(m))
			break;
	}
}

static struct kunit_case defer_cases[] = {
	KUNIT_CASE(late_frees_come_home),
	KUNIT_CASE(they_come_home_by_themselves),
	KUNIT_CASE(pending_objects_are_in_use),
	KUNIT_CASE(late_free_of_null),
	KUNIT_CASE(double_frees),
	KUNIT_CASE(foreign_and_interior_pointers),
	KUNIT_CASE(deferred_above_the_budget),
	KUNIT_CASE(no_growth_above_the_budget),
	KUNIT_CASE(many_above_the_budget),
	KUNIT_CASE(who_may_sleep_gets_them),
	KUNIT_CASE(who_is_privileged_gets_them),
	KUNIT_CASE(trim_leaves_them),
	KUNIT_CASE(readers_see_it_intact),
	KUNIT_CASE(readers_do_not_notice),
	KUNIT_CASE(a_grace_period_passes),
	KUNIT_CASE(content_survives),
	KUNIT_CASE(the_end_waits_for_them),
	KUNIT_CASE(the_end_comes_with_the_last),
	KUNIT_CASE(buffers),
	KUNIT_CASE(from_interrupts),
	KUNIT_CASE(of_many_slabs),
	KUNIT_CASE(by_many_threads),
	KUNIT_CASE(as_the_model_says),
	{}
};

static struct kunit_suite defer_suite = {
	.name = "mpool-defer",
	.init = test_init,
	.exit = test_exit,
	.test_cases = defer_cases,
};

kunit_test_suite(defer_suite);
