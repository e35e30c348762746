// SPDX-License-Identifier: GPL-2.0
/*
 * Who finds the fast lane in use, because he has interrupted it, has a lane of his own.
 */
#include <linux/cpumask.h>
#include <linux/preempt.h>

#include "helpers.h"

#define N	100

/* From now on we are what has interrupted this CPU's use of a pool; nothing can be expected. */
static struct mpool_cpu *interrupt(struct mpool *pool)
{
	struct mpool_cpu *cpu;

	preempt_disable();
	return mpool_lane_enter((struct mpool_lane *)pool, &cpu) ? cpu : NULL;
}

static void go_on(struct mpool_cpu *cpu)
{
	if (cpu)
		mpool_lane_leave(cpu);
	preempt_enable();
}

/* Allocate and free in an interrupt; what CPUs cache then, or -1 if that went wrong. */
static long cached_after(struct mpool *pool, void **objs, size_t n)
{
	struct mpool_cpu *cpu = interrupt(pool);
	size_t got = cpu ? test_take(pool, GFP_ATOMIC, objs, n) : 0;

	mpool_free_bulk(pool, got, objs);
	go_on(cpu);
	return got == n ? test_stats(pool).cached_cpu : -1;
}

static void interrupt_has_magazines(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64);
	void *objs[N];

	/* None has been made for it before it asks. */
	KUNIT_EXPECT_TRUE(test, test_becomes(cached_after(pool, objs, 1) > 0));
	KUNIT_EXPECT_GT(test, cached_after(pool, objs, N), 0);
	test_identity(test, pool, 0);
}

static void interrupt_within_an_interrupt(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64);
	unsigned long cached;
	struct mpool_cpu *cpu;
	void *obj;

	cpu = interrupt(pool);
	if (cpu)
		mpool_lane_take(cpu + 1);
	obj = mpool_alloc(pool, GFP_ATOMIC);
	mpool_free(pool, obj);
	if (cpu)
		mpool_lane_leave(cpu + 1);
	go_on(cpu);
	cached = test_stats(pool).cached_cpu;
	KUNIT_EXPECT_NOT_NULL(test, cpu);
	KUNIT_EXPECT_NOT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, cached, 0);
	test_identity(test, pool, 0);
}

static void what_interrupts_cache_is_found(struct kunit *test)
{
	const unsigned long limit = 1000 * num_online_cpus();
	struct mpool *pool = test_pool(test, .size = 64, .limit = limit);
	void **objs = test_array(test, limit);

	KUNIT_EXPECT_TRUE(test, test_becomes(cached_after(pool, objs, N) > 0));
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_KERNEL, objs, limit), limit);
	test_identity(test, pool, limit);
	mpool_free_bulk(pool, limit, objs);
	test_identity(test, pool, 0);
}

/* By who may not wait, too: that it is another part's of this CPU is all the same. */
static void what_interrupts_cache_is_found_at_once(struct kunit *test)
{
	const unsigned long limit = 1000 * num_online_cpus();
	struct mpool *pool = test_pool(test, .size = 64, .limit = limit);
	void **objs = test_array(test, limit);
	unsigned int tries;
	long cached = 0;
	size_t got;

	migrate_disable();
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_KERNEL, objs, limit - N), limit - N);
	for (tries = 0; tries < 100 && cached <= 0; tries++) {
		preempt_disable();
		cached = cached_after(pool, objs + limit - N, 1);
		got = test_take(pool, GFP_ATOMIC, objs + limit - N, N);
		preempt_enable();
		KUNIT_EXPECT_EQ(test, got, N);
		mpool_free_bulk(pool, got, objs + limit - N);
		schedule_timeout_uninterruptible(2);
	}
	KUNIT_EXPECT_GT(test, cached, 0);
	mpool_free_bulk(pool, limit - N, objs);
	migrate_enable();
	test_identity(test, pool, 0);
}

/* CPUs together cache no more than half of the limit. */
static void low_limit_leaves_interrupts_none(struct kunit *test)
{
	const unsigned long limit = 40 * num_online_cpus();
	struct mpool *pool = test_pool(test, .size = 64, .limit = limit);
	void **objs = test_array(test, limit);
	unsigned int i;

	for (i = 0; i < 10; i++) {
		KUNIT_EXPECT_EQ(test, cached_after(pool, objs, limit), 0);
		schedule_timeout_uninterruptible(2);
	}
	test_identity(test, pool, 0);
}

static struct kunit_case lane_cases[] = {
	KUNIT_CASE(interrupt_has_magazines),
	KUNIT_CASE(interrupt_within_an_interrupt),
	KUNIT_CASE(what_interrupts_cache_is_found),
	KUNIT_CASE(what_interrupts_cache_is_found_at_once),
	KUNIT_CASE(low_limit_leaves_interrupts_none),
	{}
};

static struct kunit_suite lane_suite = {
	.name = "mpool-lane",
	.init = test_init,
	.exit = test_exit,
	.test_cases = lane_cases,
};

kunit_test_suite(lane_suite);
