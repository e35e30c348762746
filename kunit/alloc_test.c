// SPDX-License-Identifier: GPL-2.0
/*
 * mpool_alloc(), mpool_free() and their bulk forms: what is handed out, and the limit.
 */
#include <linux/cache.h>
#include <linux/irqflags.h>

#include "helpers.h"

/* Allocate up to n objects; how many that were. */
static size_t alloc_many(struct mpool *pool, gfp_t gfp, void **objs, size_t n)
{
	size_t i;
	void *obj;

	for (i = 0; i < n; i++) {
		obj = mpool_alloc(pool, gfp);
		if (!obj)
			break;
		objs[i] = obj;
	}
	return i;
}

static void free_many(struct mpool *pool, void **objs, size_t n)
{
	while (n--)
		mpool_free(pool, objs[n]);
}

/* Write each object full of its own number; then see that no other has written into it. */
static void expect_disjoint(struct kunit *test, struct mpool *pool, size_t size, size_t align)
{
	const size_t n = clamp_t(size_t, SZ_1M / size, 20, 300);
	void **objs = test_array(test, n);
	size_t i;

	KUNIT_ASSERT_EQ(test, alloc_many(pool, GFP_KERNEL, objs, n), n);
	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)objs[i], align));
		memset(objs[i], i, size);
	}
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(objs[i], i, size));
	free_many(pool, objs, n);
	test_identity(test, pool, 0);
}

static void alloc_every_size(struct kunit *test)
{
	static const size_t sizes[] = {
		1, 7, 8, 9, 16, 24, 40, 63, 64, 65, 100, 128, 255, 256, 257, 700, 1000, 1024,
		1500, 2048, 3000, 4000, 4095, 4096, 4097, 8192, 10000, 16384, 32768, 40000, 65536,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		expect_disjoint(test, test_pool(test, .size = sizes[i]), sizes[i], 8);
		test_destroy(test);
	}
}

static void alloc_every_align(struct kunit *test)
{
	size_t align, size;

	for (align = 1; align <= PAGE_SIZE; align *= 2) {
		for (size = 1; size <= 2000; size = size * 7 + 3) {
			expect_disjoint(test, test_pool(test, .size = size, .align = align),
					size, align);
			test_destroy(test);
		}
	}
}

static void alloc_on_cache_lines(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 8, .flags = MPOOL_HWCACHE_ALIGN);

	KUNIT_EXPECT_EQ(test, test_stats(pool).stride, cache_line_size());
	expect_disjoint(test, pool, 8, cache_line_size());
}

static void waste_is_bounded(struct kunit *test)
{
	struct mpool_stats s;
	struct mpool *pool;
	size_t size;
	void *obj;

	for (size = 64; size <= MPOOL_SIZE_MAX; size += size / 5) {
		pool = test_pool(test, .size = size);
		obj = test_alloc(test, pool);
		s = test_stats(pool);
		/* A byte of mark and a bit of map per object are no waste. */
		KUNIT_EXPECT_LE(test, s.slab_bytes - s.objects * s.stride,
				s.slab_bytes / 16 + 2 * s.objects);
		mpool_free(pool, obj);
		test_destroy(test);
	}
}

/* Exactly as many as the limit says, however that divides into slabs. */
static void expect_limit(struct kunit *test, size_t size, unsigned long limit)
{
	struct mpool *pool = test_pool(test, .size = size, .limit = limit);
	void **objs = test_array(test, limit + 1);
	size_t i;

	for (i = 0; i < limit; i++) {
		objs[i] = test_alloc(test, pool);
		KUNIT_EXPECT_LE(test, test_stats(pool).objects, limit);
	}
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_ATOMIC));
	KUNIT_EXPECT_EQ(test, test_stats(pool).fails, 2);
	test_identity(test, pool, limit);
	free_many(pool, objs, limit);
	test_identity(test, pool, 0);
	test_destroy(test);
}

static void limit_is_exact(struct kunit *test)
{
	static const unsigned long limits[] = { 1, 2, 3, 7, 8, 60, 61, 100, 502, 1000, 2500 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		expect_limit(test, 64, limits[i]);
		expect_limit(test, 5000, limits[i]);
	}
}

static void limit_leaves_nothing_stranded(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 1000);
	void **objs = test_array(test, 1000);
	size_t round, n;

	/* Freed objects lie in magazines, in the depot and in slabs: all must be found again. */
	for (round = 0; round < 20; round++) {
		n = 50 * round;
		KUNIT_ASSERT_EQ(test, alloc_many(pool, GFP_KERNEL, objs, 1000), 1000);
		KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_KERNEL));
		test_shuffle(objs, 1000, round);
		free_many(pool, objs, n);
		KUNIT_ASSERT_EQ(test, alloc_many(pool, GFP_KERNEL, objs, 1000), n);
		free_many(pool, objs, 1000);
		test_identity(test, pool, 0);
	}
}

static void limit_for_atomic(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 200);
	void **objs = test_array(test, 201);

	/* One CPU: what is cached is cached here, and even an atomic request gets it. */
	KUNIT_EXPECT_EQ(test, alloc_many(pool, GFP_ATOMIC, objs, 201), 200);
	free_many(pool, objs, 200);
	KUNIT_EXPECT_EQ(test, alloc_many(pool, GFP_NOWAIT, objs, 201), 200);
	free_many(pool, objs, 200);
}

static void low_limit_means_small_slab(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 10);

	mpool_free(pool, test_alloc(test, pool));
	KUNIT_EXPECT_EQ(test, test_stats(pool).slab_bytes, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, test_stats(pool).objects, 10);
}

static void alloc_with_interrupts_off(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 256);
	void **objs = test_array(test, 500);
	unsigned long flags;
	size_t n;

	local_irq_save(flags);
	n = alloc_many(pool, GFP_ATOMIC, objs, 500);
	free_many(pool, objs, n);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, n, 500);
	test_identity(test, pool, 0);
}

static void zalloc_zeroes_used_memory(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 100);
	void *obj = test_alloc(test, pool);

	memset(obj, 0xff, 100);
	mpool_free(pool, obj);
	obj = mpool_zalloc(pool, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_NULL(test, memchr_inv(obj, 0, 100));
	mpool_free(pool, obj);
}

static void alloc_reuses_the_hottest(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 100);
	void *first = test_alloc(test, pool);
	void *second;

	mpool_free(pool, first);
	second = test_alloc(test, pool);
	KUNIT_EXPECT_PTR_EQ(test, first, second);
	mpool_free(pool, second);
}

static void bulk_gives_all(struct kunit *test)
{
	static const size_t counts[] = { 1, 2, 60, 61, 62, 122, 500, 1500 };
	struct mpool *pool = test_pool(test, .size = 64);
	void **objs = test_array(test, 1500);
	size_t i, j, n;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		n = counts[i];
		KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, n, objs), 0);
		test_identity(test, pool, n);
		for (j = 0; j < n; j++)
			memset(objs[j], j, 64);
		for (j = 0; j < n; j++)
			KUNIT_EXPECT_NULL(test, memchr_inv(objs[j], j, 64));
		mpool_free_bulk(pool, n, objs);
		test_identity(test, pool, 0);
	}
}

static void bulk_gives_nothing(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 300);
	void **objs = test_array(test, 301);
	void *one = test_alloc(test, pool);

	KUNIT_EXPECT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 300, objs), -ENOMEM);
	test_identity(test, pool, 1);
	KUNIT_EXPECT_EQ(test, test_stats(pool).fails, 1);
	KUNIT_EXPECT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 299, objs), 0);
	test_identity(test, pool, 300);
	mpool_free_bulk(pool, 299, objs);
	mpool_free(pool, one);
	test_identity(test, pool, 0);
}

static void bulk_of_none(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 1);
	void *one = test_alloc(test, pool);

	KUNIT_EXPECT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 0, NULL), 0);
	mpool_free_bulk(pool, 0, NULL);
	test_identity(test, pool, 1);
	mpool_free(pool, one);
}

static void bulk_zeroes(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64);
	void **objs = test_array(test, 100);
	size_t i;

	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 100, objs), 0);
	for (i = 0; i < 100; i++)
		memset(objs[i], 0xff, 64);
	mpool_free_bulk(pool, 100, objs);
	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL | __GFP_ZERO, 100, objs), 0);
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(objs[i], 0, 64));
	mpool_free_bulk(pool, 100, objs);
}

static void free_of_null(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64);
	void *objs[] = { NULL, test_alloc(test, pool), NULL, NULL, test_alloc(test, pool), NULL };

	mpool_free(pool, NULL);
	mpool_free_bulk(pool, ARRAY_SIZE(objs), objs);
	test_identity(test, pool, 0);
	KUNIT_EXPECT_EQ(test, test_stats(pool).frees, 2);
	KUNIT_EXPECT_EQ(test, test_stats(pool).misuses, 0);
}

static struct kunit_case alloc_cases[] = {
	KUNIT_CASE(alloc_every_size),
	KUNIT_CASE(alloc_every_align),
	KUNIT_CASE(alloc_on_cache_lines),
	KUNIT_CASE(waste_is_bounded),
	KUNIT_CASE(limit_is_exact),
	KUNIT_CASE(limit_leaves_nothing_stranded),
	KUNIT_CASE(limit_for_atomic),
	KUNIT_CASE(low_limit_means_small_slab),
	KUNIT_CASE(alloc_with_interrupts_off),
	KUNIT_CASE(zalloc_zeroes_used_memory),
	KUNIT_CASE(alloc_reuses_the_hottest),
	KUNIT_CASE(bulk_gives_all),
	KUNIT_CASE(bulk_gives_nothing),
	KUNIT_CASE(bulk_of_none),
	KUNIT_CASE(bulk_zeroes),
	KUNIT_CASE(free_of_null),
	{}
};

static struct kunit_suite alloc_suite = {
	.name = "mpool-alloc",
	.init = test_init,
	.exit = test_exit,
	.test_cases = alloc_cases,
};

kunit_test_suite(alloc_suite);
