// SPDX-License-Identifier: GPL-2.0
/*
 * Mistakes that a kernel which checks itself hears of. It says so in its log, between two marks
 * that tell tools/check.sh that this was planned.
 */
#include <linux/delay.h>
#include <linux/preempt.h>

#include "helpers.h"
#include "log.h"

static bool called;

/* Also where there is nothing to wait for. UML before 6.12 cannot know. */
static void wait_with_preemption_off(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64);
	void *obj;

	mpool_free(pool, test_alloc(test, pool));
	test_log_begin();
	test_splat_begin();
	preempt_disable();
	obj = mpool_alloc_wait(pool, GFP_NOWAIT, 0);
	preempt_enable();
	test_splat_end();
	KUNIT_EXPECT_EQ(test, test_log_lines("sleeping function called from invalid context"),
			IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP));
	test_log_end();
	KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
	mpool_free(pool, obj);
}

static void *alloc_from_pool(void *pool)
{
	return mpool_alloc(pool, GFP_KERNEL);
}

static void *alloc_from_sized(void *sized)
{
	return mpool_sized_alloc(sized, 64, GFP_KERNEL);
}

static void *create_object(void *type)
{
	void *obj = mpool_object_create(type, GFP_KERNEL, NULL, NULL);

	return IS_ERR(obj) ? NULL : obj;
}

/* That it need not sleep, for there is a free object, is no excuse. */
static void *alloc_with_preemption_off(struct kunit *test, void *(*alloc)(void *from), void *from)
{
	void *obj;

	/* A kernel says so once a second. */
	msleep(1100);
	test_log_begin();
	test_splat_begin();
	preempt_disable();
	obj = alloc(from);
	preempt_enable();
	test_splat_end();
	KUNIT_EXPECT_EQ(test, test_log_lines("sleeping function called from invalid context"),
			IS_ENABLED(CONFIG_DEBUG_ATOMIC_SLEEP));
	test_log_end();
	return obj;
}

static void sleeping_alloc_with_preemption_off(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64);
	struct mpool_sized *sized = test_sized(test, .max = 64);
	struct mpool_type *type = test_type(test, .size = 64);

	mpool_free(pool, test_alloc(test, pool));
	mpool_free(pool, alloc_with_preemption_off(test, alloc_from_pool, pool));
	mpool_sized_free(sized, test_sized_alloc(test, sized, 64));
	mpool_sized_free(sized, alloc_with_preemption_off(test, alloc_from_sized, sized));
	mpool_object_destroy(type, create_object(type));
	mpool_object_destroy(type, alloc_with_preemption_off(test, create_object, type));
}

static void never_called(struct mpool_request *request)
{
	called = true;
}

/* The request is taken out of the line, so that what follows in its memory harms nobody. */
static void request_freed_in_line(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 1);
	void *held = test_alloc(test, pool), *obj = NULL;
	struct mpool_request *request = kmalloc(sizeof(*request), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, request);
	called = false;
	mpool_request_init(request, &obj, GFP_KERNEL, never_called);
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, request, 1), -EINPROGRESS);
	test_splat_begin();
	kfree(request);
	test_splat_end();
	KUNIT_EXPECT_EQ(test, test_stats(pool).waiting, 0);
	mpool_free(pool, held);
	mpool_flush(pool);
	KUNIT_EXPECT_FALSE(test, called);
	test_identity(test, pool, 0);
}

static struct kunit_case debug_cases[] = {
	KUNIT_CASE(wait_with_preemption_off),
	KUNIT_CASE(sleeping_alloc_with_preemption_off),
	KUNIT_CASE(request_freed_in_line),
	{}
};

static struct kunit_suite debug_suite = {
	.name = "mpool-debug",
	.init = test_init,
	.exit = test_exit,
	.test_cases = debug_cases,
};

kunit_test_suite(debug_suite);
