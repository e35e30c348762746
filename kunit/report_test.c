// SPDX-License-Identifier: GPL-2.0
/*
 * What the log says of a mistake: which pool and whose, what, which object, and who called; once
 * for each who calls.
 */
#include <linux/jiffies.h>

#include "helpers.h"
#include "log.h"

static void report_exit(struct kunit *test)
{
	test_log_end();
	test_exit(test);
}

/* Functions whose names are looked for; each has something of its own, or gcc makes one of them. */
#define CALLER(name)							\
	static noinline void name(struct mpool *pool, void *obj)	\
	{								\
		mpool_free(pool, obj);					\
		asm volatile("# " #name);				\
	}

CALLER(free_here)
CALLER(free_there)

static void double_free_is_named(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64);
	void *obj = test_alloc(test, pool);

	test_log_begin();
	mpool_free(pool, obj);
	free_here(pool, obj);
	KUNIT_EXPECT_EQ(test, test_log_lines("mpool: pool kunit (id "), 1);
	KUNIT_EXPECT_EQ(test, test_log_lines("owner " KBUILD_MODNAME), 1);
	KUNIT_EXPECT_EQ(test, test_log_lines("double free of object 1/"), 1);
	KUNIT_EXPECT_EQ(test, test_log_lines(", called from free_here+"), 1);
	KUNIT_EXPECT_EQ(test, test_log_lines("mpool:   this object 1/"), 1);
	KUNIT_EXPECT_EQ(test, test_log_lines(" is free"), 1);
}

static void each_caller_is_reported_once(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64);
	void *obj = test_alloc(test, pool);
	unsigned int i;

	test_log_begin();
	mpool_free(pool, obj);
	for (i = 0; i < 5; i++) {
		free_here(pool, obj);
		free_there(pool, obj);
	}
	KUNIT_EXPECT_EQ(test, test_log_lines("called from free_here+"), 1);
	KUNIT_EXPECT_EQ(test, test_log_lines("called from free_there+"), 1);
	KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), 10);
	/* Another mistake of the same caller, and the same one with another pool, are news. */
	free_here(pool, obj + 8);
	free_here(pool, obj + 8);
	KUNIT_EXPECT_EQ(test, test_log_lines("called from free_here+"), 2);
	test_destroy(test);
	pool = test_pool(test, .size = 64);
	obj = test_alloc(test, pool);
	mpool_free(pool, obj);
	free_here(pool, obj);
	KUNIT_EXPECT_EQ(test, test_log_lines("called from free_here+"), 3);
}

CALLER(caller_0)
CALLER(caller_1)
CALLER(caller_2)
CALLER(caller_3)
CALLER(caller_4)
CALLER(caller_5)
CALLER(caller_6)
CALLER(caller_7)
CALLER(caller_8)
CALLER(caller_9)
CALLER(caller_10)
CALLER(caller_11)

static void (* const callers[])(struct mpool *pool, void *obj) = {
	caller_0, caller_1, caller_2, caller_3, caller_4, caller_5,
	caller_6, caller_7, caller_8, caller_9, caller_10, caller_11,
};

/* A pool that is misused everywhere does not flood the log, nor keep others from being heard. */
static void not_too_many_at_a_time(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .keep = 1000);
	struct mpool *other = mpool_create(&(struct mpool_params){
		.name = "kunit-other", .size = 64 });
	void *obj = test_alloc(test, pool);
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, other);
	test_log_begin();
	mpool_free(pool, obj);
	for (i = 0; i < ARRAY_SIZE(callers); i++)
		callers[i](pool, obj);
	KUNIT_EXPECT_EQ(test, test_log_lines("double free"), 10);
	KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), ARRAY_SIZE(callers));
	free_here(other, &obj);
	KUNIT_EXPECT_EQ(test, test_log_lines("pool kunit-other"), 1);
	mpool_destroy(other);
	/* What was not said then is said the next time. */
	KUNIT_EXPECT_EQ(test, test_log_lines("caller_11+"), 0);
	schedule_timeout_uninterruptible(6 * HZ);
	callers[11](pool, obj);
	KUNIT_EXPECT_EQ(test, test_log_lines("caller_11+"), 1);
}

static void other_bad_frees_are_named(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64);
	struct mpool *other = mpool_create(&(struct mpool_params){
		.name = "kunit-other", .size = 64 });
	void *obj = test_alloc(test, pool), *foreign;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, other);
	foreign = mpool_alloc(other, GFP_KERNEL);
	test_log_begin();
	free_here(pool, &foreign);
	KUNIT_EXPECT_EQ(test, test_log_lines("free of what is no pool's object, called from"), 1);
	free_here(pool, obj + 24);
	KUNIT_EXPECT_EQ(test, test_log_lines("not the start of an object, 24 bytes into object 1/"),
			1);
	free_here(pool, foreign);
	KUNIT_EXPECT_EQ(test, test_log_lines(" of pool kunit-other, called from free_here+"), 1);
	KUNIT_EXPECT_EQ(test, test_log_lines("free of object 1/"), 1);
	mpool_free(other, foreign);
	mpool_destroy(other);
	mpool_free(pool, obj);
	test_identity(test, pool, 0);
}

/* Objects have numbers; where they are is nobody's business. */
static void no_address_is_told(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .flags = MPOOL_CHECKS);
	void *obj = test_alloc(test, pool);

	test_log_begin();
	mpool_free(pool, obj);
	free_here(pool, obj);
	free_here(pool, obj + 8);
	free_here(pool, &obj);
	KUNIT_EXPECT_EQ(test, test_log_lines("called from free_here+"), 3);
	KUNIT_EXPECT_EQ(test, test_log_lines("%lx", (unsigned long)obj), 0);
	KUNIT_EXPECT_EQ(test, test_log_lines("%lx", (unsigned long)&obj), 0);
	KUNIT_EXPECT_EQ(test, test_log_lines("%lx", (unsigned long)pool), 0);
}

/* It is told, but not refused: the pool waits for it. */
static void free_after_destroy_is_named(struct kunit *test)
{
	static const enum test_free ways[] = { TEST_FREE_RCU, TEST_FREE_DEFERRED, TEST_FREE_BULK };
	struct mpool *pool = mpool_create(&(struct mpool_params){ .name = "kunit", .size = 64 });
	void *objs[4];
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pool);
	for (i = 0; i < 4; i++)
		objs[i] = test_alloc(test, pool);
	test_log_begin();
	mpool_destroy(pool);
	KUNIT_EXPECT_EQ(test, test_log_lines("destroyed with 4 objects in use; it stays"), 1);
	for (i = 0; i < 3; i++)
		test_free_by(ways[i], pool, objs[i]);
	KUNIT_EXPECT_EQ(test, test_log_lines("free after mpool_destroy() of object 1/"), 3);
	KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), 3);
	/* The last one: the pool may be gone when this returns. */
	free_here(pool, objs[3]);
	KUNIT_EXPECT_EQ(test, test_log_lines("free after mpool_destroy() of object 1/"), 4);
	KUNIT_EXPECT_EQ(test, test_log_lines("called from free_here+"), 1);
}

static struct kunit_case report_cases[] = {
	KUNIT_CASE(double_free_is_named),
	KUNIT_CASE(each_caller_is_reported_once),
	KUNIT_CASE(not_too_many_at_a_time),
	KUNIT_CASE(other_bad_frees_are_named),
	KUNIT_CASE(no_address_is_told),
	KUNIT_CASE(free_after_destroy_is_named),
	{}
};

static struct kunit_suite report_suite = {
	.name = "mpool-report",
	.init = test_init,
	.exit = report_exit,
	.test_cases = report_cases,
};

kunit_test_suite(report_suite);
