// SPDX-License-Identifier: GPL-2.0
/*
 * Every point where memory can be refused, one after the other: an error comes back, the
 * identity holds, and the next try works.
 *
 * The kernel's fault injection fails the nth request for memory of a task that says so.
 */
#include "helpers.h"

static void create_under_faults(struct kunit *test)
{
	struct mpool_params params = { .name = "kunit", .size = 64 };
	unsigned int nth, errors = 0;
	struct mpool *pool;
	bool failed;

	test_needs_faults(test);
	for (nth = 1; ; nth++) {
		failed = with_fault(nth, pool = mpool_create(&params));
		if (!failed)
			break;
		if (IS_ERR(pool)) {
			KUNIT_EXPECT_EQ(test, PTR_ERR(pool), -ENOMEM);
			errors++;
			continue;
		}
		/* What failed was not needed. */
		mpool_free(pool, test_alloc(test, pool));
		mpool_destroy(pool);
	}
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pool);
	mpool_destroy(pool);
	/*
	 * The pool itself and its first two magazines at least. kmemleak asks for memory too, not
	 * always the same number of times, so that one of these can be missed.
	 */
	KUNIT_EXPECT_GE(test, errors, IS_ENABLED(CONFIG_DEBUG_KMEMLEAK) ? 1 : 3);
	kunit_info(test, "%u points of failure in create, %u fatal", nth - 1, errors);
}

static void alloc_under_faults(struct kunit *test)
{
	static const gfp_t gfps[] = { GFP_KERNEL, GFP_NOWAIT, GFP_ATOMIC };
	struct mpool *pool = test_pool(test, .size = 64);
	unsigned int nth, errors = 0;
	bool failed;
	size_t i;
	void *obj;

	test_needs_faults(test);
	for (i = 0; i < ARRAY_SIZE(gfps); i++) {
		for (nth = 1; ; nth++) {
			failed = with_fault(nth, obj = mpool_alloc(pool, gfps[i]));
			test_identity(test, pool, !!obj);
			errors += !obj;
			KUNIT_EXPECT_TRUE(test, failed || obj);
			mpool_free(pool, obj);
			mpool_trim(pool);
			if (!failed)
				break;
		}
	}
	KUNIT_EXPECT_GE(test, errors, ARRAY_SIZE(gfps));
	KUNIT_EXPECT_EQ(test, test_stats(pool).fails, errors);
}

static void bulk_under_faults(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 1000);
	void **objs = test_array(test, 200);
	unsigned int nth, errors = 0;
	bool failed;
	int err;

	test_needs_faults(test);
	for (nth = 1; ; nth++) {
		failed = with_fault(nth, err = mpool_alloc_bulk(pool, GFP_KERNEL, 200, objs));
		test_identity(test, pool, err ? 0 : 200);
		if (!err)
			mpool_free_bulk(pool, 200, objs);
		errors += !!err;
		mpool_trim(pool);
		KUNIT_EXPECT_EQ(test, test_stats(pool).slabs, 0);
		if (!failed)
			break;
	}
	KUNIT_EXPECT_EQ(test, err, 0);
	/* One for each slab. */
	KUNIT_EXPECT_GE(test, errors, 200 * 1000 / test_stats(pool).slab_bytes);
}

/* Nothing on these ways asks for memory, so that they cannot fail. */
/* Does who frees, trims and destroys ask for memory? */
static bool end_asks(struct kunit *test, void **objs)
{
	struct mpool *pool = test_pool(test, .size = 64);
	size_t i;

	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 1000, objs), 0);
	return with_fault(1, ({
		for (i = 0; i < 900; i++)
			mpool_free(pool, objs[i]);
		mpool_trim(pool);
		mpool_free_bulk(pool, 100, objs + 900);
		test_destroy(test);
	}));
}

/* What watches the kernel's objects asks for memory on their behalf, now and then. */
static void free_trim_and_destroy_ask_for_nothing(struct kunit *test)
{
	unsigned int tries = IS_ENABLED(CONFIG_DEBUG_OBJECTS_RCU_HEAD) ? 10 : 1;
	void **objs = test_array(test, 1000);
	bool asks = true;

	test_needs_faults(test);
	while (tries-- && asks)
		asks = end_asks(test, objs);
	KUNIT_EXPECT_FALSE(test, asks);
}

static struct kunit_case fault_cases[] = {
	KUNIT_CASE(create_under_faults),
	KUNIT_CASE(alloc_under_faults),
	KUNIT_CASE(bulk_under_faults),
	KUNIT_CASE(free_trim_and_destroy_ask_for_nothing),
	{}
};

static struct kunit_suite fault_suite = {
	.name = "mpool-fault",
	.init = test_init,
	.exit = test_exit,
	.test_cases = fault_cases,
};

kunit_test_suite(fault_suite);
