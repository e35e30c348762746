// SPDX-License-Identifier: GPL-2.0
/*
 * Constructors and destructors.
 */
#include <linux/irqflags.h>

#include "helpers.h"

#define MAGIC		0x600d0b1ec7f00d5aULL

/* What the constructor and destructor below saw and were told to do. */
struct record {
	unsigned long made;
	unsigned long unmade;
	unsigned long most;	/* that existed at once */
	unsigned long wrong;	/* destructor calls on what was not constructed */
	unsigned long fail_at;	/* fail the construction of that number, from 1; 0 never */
	int error;		/* ... with this; 0 is -EIO */
	gfp_t gfp;		/* of the latest construction */
};

static int record_ctor(void *obj, void *ctx, gfp_t gfp)
{
	struct record *record = ctx;

	record->gfp = gfp;
	if (record->fail_at && !--record->fail_at)
		return record->error ?: -EIO;
	*(u64 *)obj = MAGIC;
	record->made++;
	record->most = max(record->most, record->made - record->unmade);
	return 0;
}

static void record_dtor(void *obj, void *ctx)
{
	struct record *record = ctx;

	if (*(u64 *)obj != MAGIC)
		record->wrong++;
	*(u64 *)obj = 0;
	record->unmade++;
}

/* A pool of such objects; what follows the record are further parameters. */
#define record_pool(test, record, ...)						\
	test_pool(test, .size = 64, .ctor = record_ctor, .dtor = record_dtor,	\
		  .ctx = record, ## __VA_ARGS__)

static void ctor_once_per_object(struct kunit *test)
{
	struct record record = {};
	struct mpool *pool = record_pool(test, &record, .limit = 100);
	void **objs = test_array(test, 100);
	size_t round, i;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < 100; i++) {
			objs[i] = test_alloc(test, pool);
			KUNIT_EXPECT_EQ(test, *(u64 *)objs[i], MAGIC);
		}
		for (i = 0; i < 100; i++)
			mpool_free(pool, objs[i]);
	}
	KUNIT_EXPECT_EQ(test, record.made, 100);
	KUNIT_EXPECT_EQ(test, record.unmade, 0);
	test_destroy(test);
}

static void dtor_once_per_object(struct kunit *test)
{
	struct record record = {};
	struct mpool *pool = record_pool(test, &record);
	void **objs = test_array(test, 2000);
	size_t i;

	for (i = 0; i < 2000; i++)
		objs[i] = test_alloc(test, pool);
	test_shuffle(objs, 2000, 1);
	for (i = 0; i < 2000; i++)
		mpool_free(pool, objs[i]);
	test_destroy(test);
	KUNIT_EXPECT_GE(test, record.made, 2000);
	KUNIT_EXPECT_EQ(test, record.unmade, record.made);
	KUNIT_EXPECT_EQ(test, record.wrong, 0);
}

static void dtor_at_trim(struct kunit *test)
{
	struct record record = {};
	struct mpool *pool = record_pool(test, &record);
	unsigned long given_back;

	mpool_free(pool, test_alloc(test, pool));
	given_back = mpool_trim(pool);
	KUNIT_EXPECT_GT(test, given_back, 0);
	KUNIT_EXPECT_EQ(test, record.unmade, given_back);
	KUNIT_EXPECT_EQ(test, record.unmade, record.made);
	test_destroy(test);
	KUNIT_EXPECT_EQ(test, record.unmade, given_back);
	KUNIT_EXPECT_EQ(test, record.wrong, 0);
}

static void ctor_state_survives_reuse(struct kunit *test)
{
	struct record record = {};
	struct mpool *pool = record_pool(test, &record);
	u64 *obj = test_alloc(test, pool);
	u64 *again;

	obj[7] = 42;
	mpool_free(pool, obj);
	again = test_alloc(test, pool);
	KUNIT_ASSERT_PTR_EQ(test, obj, again);
	KUNIT_EXPECT_EQ(test, again[0], MAGIC);
	KUNIT_EXPECT_EQ(test, again[7], 42);
	mpool_free(pool, again);
	test_destroy(test);
}

static void ctor_failure_unwinds(struct kunit *test)
{
	struct record record = {};
	struct mpool *pool = record_pool(test, &record, .limit = 50);
	unsigned long at;

	for (at = 1; at <= 50; at++) {
		record.made = 0;
		record.unmade = 0;
		record.fail_at = at;
		KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_KERNEL));
		KUNIT_EXPECT_EQ(test, record.made, at - 1);
		KUNIT_EXPECT_EQ(test, record.unmade, at - 1);
		test_identity(test, pool, 0);
		KUNIT_EXPECT_EQ(test, test_stats(pool).objects, 0);
		KUNIT_EXPECT_EQ(test, test_stats(pool).fails, at);
	}
	KUNIT_EXPECT_EQ(test, record.wrong, 0);

	/* The limit's room was given back each time. */
	record.fail_at = 0;
	for (at = 0; at < 50; at++)
		mpool_free(pool, test_alloc(test, pool));
	KUNIT_EXPECT_EQ(test, test_stats(pool).objects, 50);
	test_destroy(test);
	KUNIT_EXPECT_EQ(test, record.unmade, record.made);
}

/* The pool must not take it for its own "no room", and try for ever. */
static void ctor_failure_of_every_kind(struct kunit *test)
{
	static const int errors[] = { -ENOSPC, -ENOMEM, -EAGAIN, -EBUSY, 1 };
	struct record record = {};
	struct mpool *pool = record_pool(test, &record, .limit = 50);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		record.error = errors[i];
		record.fail_at = 10;
		KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_KERNEL));
		record.fail_at = 10;
		KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_ATOMIC));
	}
	test_destroy(test);
	KUNIT_EXPECT_EQ(test, record.unmade, record.made);
}

/* Where nobody may sleep no destructor is called; it is called later, and meanwhile counts. */
static void ctor_failure_in_atomic(struct kunit *test)
{
	struct record record = { .fail_at = 40 };
	struct mpool *pool = record_pool(test, &record, .limit = 50);
	unsigned long flags;
	void *obj;

	local_irq_save(flags);
	obj = mpool_alloc(pool, GFP_ATOMIC);
	KUNIT_EXPECT_EQ(test, record.unmade, 0);
	local_irq_restore(flags);
	KUNIT_EXPECT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, record.made, 39);
	/* Waits until the room is there. */
	mpool_free(pool, test_alloc(test, pool));
	KUNIT_EXPECT_LE(test, record.most, 50);
	test_destroy(test);
	KUNIT_EXPECT_EQ(test, record.unmade, record.made);
}

static void ctor_failure_spares_bulk(struct kunit *test)
{
	struct record record = { .fail_at = 700 };
	struct mpool *pool = record_pool(test, &record);
	void **objs = test_array(test, 900);

	KUNIT_EXPECT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 900, objs), -ENOMEM);
	test_identity(test, pool, 0);
	KUNIT_EXPECT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 900, objs), 0);
	test_identity(test, pool, 900);
	mpool_free_bulk(pool, 900, objs);
	test_destroy(test);
	KUNIT_EXPECT_EQ(test, record.unmade, record.made);
}

static void ctor_is_told_the_gfp(struct kunit *test)
{
	struct record record = {};
	struct mpool *pool = record_pool(test, &record);

	mpool_free(pool, mpool_alloc(pool, GFP_NOWAIT));
	KUNIT_EXPECT_EQ(test, (__force u32)record.gfp, (__force u32)GFP_NOWAIT);
	mpool_trim(pool);
	mpool_free(pool, mpool_alloc(pool, GFP_NOIO));
	KUNIT_EXPECT_EQ(test, (__force u32)record.gfp, (__force u32)GFP_NOIO);
	test_destroy(test);
}

/* Whatever is made and given back meanwhile, no more exist than the limit says. */
static void limit_counts_constructed(struct kunit *test)
{
	struct record record = {};
	struct mpool *pool = record_pool(test, &record, .limit = 1200);
	void **objs = test_array(test, 1200);
	size_t round, i;

	for (round = 0; round < 10; round++) {
		for (i = 0; i < 1200; i++)
			objs[i] = test_alloc(test, pool);
		KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_KERNEL));
		test_shuffle(objs, 1200, round);
		for (i = 0; i < 1200; i++)
			mpool_free(pool, objs[i]);
		mpool_trim(pool);
	}
	KUNIT_EXPECT_EQ(test, record.most, 1200);
	KUNIT_EXPECT_EQ(test, record.unmade, record.made);
	test_destroy(test);
}

static void zalloc_refused_with_ctor(struct kunit *test)
{
	struct record record = {};
	struct mpool *pool = record_pool(test, &record);
	void *obj;

	KUNIT_EXPECT_NULL(test, mpool_zalloc(pool, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL | __GFP_ZERO, 1, &obj), -ENOMEM);
	KUNIT_EXPECT_EQ(test, test_stats(pool).misuses, 2);
	KUNIT_EXPECT_EQ(test, test_stats(pool).fails, 2);
	test_identity(test, pool, 0);
	test_destroy(test);
}

/* A destructor alone is fine too. */
static void dtor_without_ctor(struct kunit *test)
{
	struct record record = {};
	struct mpool *pool = test_pool(test, .size = 64, .limit = 30, .dtor = record_dtor,
				       .ctx = &record);

	mpool_free(pool, test_alloc(test, pool));
	test_destroy(test);
	KUNIT_EXPECT_EQ(test, record.unmade, 30);
}

static struct kunit_case object_cases[] = {
	KUNIT_CASE(ctor_once_per_object),
	KUNIT_CASE(dtor_once_per_object),
	KUNIT_CASE(dtor_at_trim),
	KUNIT_CASE(ctor_state_survives_reuse),
	KUNIT_CASE(ctor_failure_unwinds),
	KUNIT_CASE(ctor_failure_of_every_kind),
	KUNIT_CASE(ctor_failure_in_atomic),
	KUNIT_CASE(ctor_failure_spares_bulk),
	KUNIT_CASE(ctor_is_told_the_gfp),
	KUNIT_CASE(limit_counts_constructed),
	KUNIT_CASE(zalloc_refused_with_ctor),
	KUNIT_CASE(dtor_without_ctor),
	{}
};

static struct kunit_suite object_suite = {
	.name = "mpool-object",
	.init = test_init,
	.exit = test_exit,
	.test_cases = object_cases,
};

kunit_test_suite(object_suite);
