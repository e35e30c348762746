// SPDX-License-Identifier: GPL-2.0
/*
 * Giving memory back: what keep means, in whatever order objects return.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>

#include "helpers.h"

#define MANY	3000

enum order { FORWARD, BACKWARD, SHUFFLED, NR_ORDERS };

/* Allocate many objects and free them in some order. */
static void churn(struct kunit *test, struct mpool *pool, enum order order)
{
	void **objs = test_array(test, MANY);
	size_t i;

	for (i = 0; i < MANY; i++)
		objs[i] = test_alloc(test, pool);
	if (order == SHUFFLED)
		test_shuffle(objs, MANY, 7);
	for (i = 0; i < MANY; i++)
		mpool_free(pool, objs[order == BACKWARD ? MANY - 1 - i : i]);
	test_identity(test, pool, 0);
}

static void trim_gives_all_back(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 200);
	enum order order;

	for (order = FORWARD; order < NR_ORDERS; order++) {
		churn(test, pool, order);
		KUNIT_EXPECT_GT(test, mpool_trim(pool), 0);
		KUNIT_EXPECT_EQ(test, test_stats(pool).objects, 0);
		KUNIT_EXPECT_EQ(test, test_stats(pool).slabs, 0);
		KUNIT_EXPECT_EQ(test, test_stats(pool).footprint, test_stats(pool).metadata);
		KUNIT_EXPECT_EQ(test, mpool_trim(pool), 0);
	}
}

/* At least keep, and less than one slab more. */
static void trim_retains_keep(struct kunit *test)
{
	static const unsigned long keeps[] = { 1, 100, 500, 1000, 2999 };
	struct mpool_stats s;
	struct mpool *pool;
	enum order order;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keeps); i++) {
		for (order = FORWARD; order < NR_ORDERS; order++) {
			pool = test_pool(test, .size = 200, .keep = keeps[i]);
			churn(test, pool, order);
			mpool_trim(pool);
			s = test_stats(pool);
			KUNIT_EXPECT_GE(test, s.objects, keeps[i]);
			KUNIT_EXPECT_LT(test, s.objects, keeps[i] + s.slab_bytes / s.stride);
			test_identity(test, pool, 0);
			test_destroy(test);
		}
	}
}

static void keep_all(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 200, .keep = ULONG_MAX);
	unsigned long grows;

	churn(test, pool, SHUFFLED);
	grows = test_stats(pool).grows;
	KUNIT_EXPECT_EQ(test, mpool_trim(pool), 0);
	churn(test, pool, SHUFFLED);
	KUNIT_EXPECT_EQ(test, test_stats(pool).grows, grows);
	KUNIT_EXPECT_EQ(test, test_stats(pool).shrinks, 0);
}

static void rest_gives_surplus_back(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 200, .keep = 50);
	unsigned long end = jiffies + 10 * HZ;
	struct mpool_stats s;

	churn(test, pool, SHUFFLED);
	do {
		msleep(100);
		s = test_stats(pool);
	} while (s.slabs > 1 && time_before(jiffies, end));
	KUNIT_EXPECT_EQ(test, s.slabs, 1);
	test_identity(test, pool, 0);
}

static void rest_empties_the_magazines(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 200);
	unsigned long end = jiffies + 10 * HZ;
	struct mpool_stats s;

	/* One object went through a magazine; nothing ever overflowed. */
	mpool_free(pool, test_alloc(test, pool));
	KUNIT_EXPECT_GT(test, test_stats(pool).cached_cpu, 0);
	do {
		msleep(100);
		s = test_stats(pool);
	} while (s.objects && time_before(jiffies, end));
	KUNIT_EXPECT_EQ(test, s.objects, 0);
	KUNIT_EXPECT_EQ(test, s.cached_cpu, 0);
}

static void held_objects_hold_their_slabs(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 4000);
	void **objs = test_array(test, MANY);
	unsigned long per_slab, slabs;
	size_t i;

	for (i = 0; i < MANY; i++)
		objs[i] = test_alloc(test, pool);
	slabs = test_stats(pool).slabs;
	per_slab = test_stats(pool).objects / slabs;
	/* Slabs are carved in order, so these are one of each; all others are freed. */
	for (i = 0; i < MANY; i++) {
		if (i % per_slab)
			mpool_free(pool, objs[i]);
	}
	mpool_trim(pool);
	KUNIT_EXPECT_EQ(test, test_stats(pool).slabs, slabs);
	test_identity(test, pool, DIV_ROUND_UP(MANY, per_slab));
	for (i = 0; i < MANY; i += 2 * per_slab)
		mpool_free(pool, objs[i]);
	mpool_trim(pool);
	KUNIT_EXPECT_EQ(test, test_stats(pool).slabs, slabs / 2);
	for (i = per_slab; i < MANY; i += 2 * per_slab)
		mpool_free(pool, objs[i]);
	mpool_trim(pool);
	KUNIT_EXPECT_EQ(test, test_stats(pool).slabs, 0);
}

static void used_slabs_come_first(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 1000);
	void **objs = test_array(test, MANY);
	unsigned long slabs;
	size_t i;

	for (i = 0; i < MANY; i++)
		objs[i] = test_alloc(test, pool);
	slabs = test_stats(pool).slabs;
	/* Free half of each slab; as many again must fit without a new slab. */
	for (i = 0; i < MANY; i += 2)
		mpool_free(pool, objs[i]);
	for (i = 0; i < MANY; i += 2)
		objs[i] = test_alloc(test, pool);
	KUNIT_EXPECT_EQ(test, test_stats(pool).slabs, slabs);
	mpool_free_bulk(pool, MANY, objs);
}

static struct kunit_case shrink_cases[] = {
	KUNIT_CASE(trim_gives_all_back),
	KUNIT_CASE(trim_retains_keep),
	KUNIT_CASE(keep_all),
	KUNIT_CASE(rest_gives_surplus_back),
	KUNIT_CASE(rest_empties_the_magazines),
	KUNIT_CASE(held_objects_hold_their_slabs),
	KUNIT_CASE(used_slabs_come_first),
	{}
};

static struct kunit_suite shrink_suite = {
	.name = "mpool-shrink",
	.init = test_init,
	.exit = test_exit,
	.test_cases = shrink_cases,
};

kunit_test_suite(shrink_suite);
