// SPDX-License-Identifier: GPL-2.0
/*
 * Allocations that fail on purpose, as debugfs says: fail_mpool.
 */
#include "helpers.h"

static void fail_all(struct kunit *test, bool on)
{
	*(unsigned long *)test_setting(test, "fail_mpool", "probability") = on ? 100 : 0;
	*(unsigned long *)test_setting(test, "fail_mpool", "verbose") = 0;
	atomic_set(test_setting(test, "fail_mpool", "times"), -1);
}

static void inject_exit(struct kunit *test)
{
	fail_all(test, false);
	*(bool *)test_setting(test, "fail_mpool", "ignore-gfp-wait") = false;
	*(u32 *)test_setting(test, "fail_mpool", "pool") = 0;
	test_exit(test);
}

static void every_way_fails(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .keep = 100);
	struct mpool_sized *sized = test_sized(test, test_classes(64, 128));
	struct mpool_type *type = test_type(test, .size = 64);
	void *objs[4];

	/* There would be enough. */
	mpool_free(pool, test_alloc(test, pool));
	fail_all(test, true);
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, mpool_zalloc(pool, GFP_ATOMIC));
	KUNIT_EXPECT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 4, objs), -ENOMEM);
	KUNIT_EXPECT_NULL(test, mpool_sized_alloc(sized, 64, GFP_KERNEL));
	KUNIT_EXPECT_PTR_EQ(test, mpool_object_create(type, GFP_KERNEL, NULL, NULL),
			    (void *)ERR_PTR(-ENOMEM));
	fail_all(test, false);
	KUNIT_EXPECT_EQ(test, test_stat(pool, fails), 3);
	test_identity(test, pool, 0);
	mpool_free(pool, test_alloc(test, pool));
}

/* What is promised is kept: the reserve, and that who waits gets it. */
static void promises_are_kept(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 10, .reserve = 2);
	struct test_async *async = test_async(test, GFP_KERNEL);
	void *obj;
	int err;

	fail_all(test, true);
	obj = mpool_alloc(pool, GFP_ATOMIC | MPOOL_PRIVILEGED);
	KUNIT_EXPECT_NOT_NULL(test, obj);
	mpool_free(pool, obj);
	obj = mpool_alloc_wait(pool, GFP_KERNEL, TEST_PATIENCE);
	KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
	mpool_free(pool, obj);
	err = mpool_alloc_async(pool, &async->request, 1);
	if (err == -EINPROGRESS)
		err = test_answer(async);
	KUNIT_EXPECT_EQ(test, err, 0);
	mpool_free(pool, async->objs[0]);
	fail_all(test, false);
	test_identity(test, pool, 0);
}

static void who_may_wait_can_be_spared(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64);

	fail_all(test, true);
	*(bool *)test_setting(test, "fail_mpool", "ignore-gfp-wait") = true;
	mpool_free(pool, test_alloc(test, pool));
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_ATOMIC));
}

/* Ids count up, and the pool that was made last has the greatest. */
static void one_pool_can_be_picked(struct kunit *test)
{
	u32 *only = test_setting(test, "fail_mpool", "pool");
	struct mpool *pool = test_pool(test, .size = 64);
	unsigned int hits = 0;
	void *obj;

	fail_all(test, true);
	*only = U32_MAX;
	mpool_free(pool, test_alloc(test, pool));
	for (*only = 1; *only < 20000 && !hits; ++*only) {
		obj = mpool_alloc(pool, GFP_KERNEL);
		hits += !obj;
		mpool_free(pool, obj);
	}
	KUNIT_EXPECT_EQ(test, hits, 1);
}

static struct kunit_case inject_cases[] = {
	KUNIT_CASE(every_way_fails),
	KUNIT_CASE(promises_are_kept),
	KUNIT_CASE(who_may_wait_can_be_spared),
	KUNIT_CASE(one_pool_can_be_picked),
	{}
};

static struct kunit_suite inject_suite = {
	.name = "mpool-inject",
	.init = test_init,
	.exit = inject_exit,
	.test_cases = inject_cases,
};

kunit_test_suite(inject_suite);
