// SPDX-License-Identifier: GPL-2.0
/*
 * What the suites share.
 */
#include <linux/prandom.h>

#include "helpers.h"

/* The pool lives in test->priv, for test_exit(). */
struct mpool *test_create(struct kunit *test, const struct mpool_params *params)
{
	struct mpool *pool = mpool_create(params);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pool);
	test->priv = pool;
	return pool;
}

void test_destroy(struct kunit *test)
{
	struct mpool *pool = test->priv;

	test->priv = NULL;
	mpool_destroy(pool);
}

void test_exit(struct kunit *test)
{
	test_destroy(test);
}

void **test_array(struct kunit *test, size_t n)
{
	void **array = kunit_kcalloc(test, n, sizeof(void *), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, array);
	return array;
}

struct mpool_stats test_stats(struct mpool *pool)
{
	struct mpool_stats stats;

	mpool_read_stats(pool, &stats);
	return stats;
}

/* The accounting identity, and the number of objects held as the test has counted it. */
void test_identity(struct kunit *test, struct mpool *pool, unsigned long held)
{
	struct mpool_stats s = test_stats(pool);

	KUNIT_EXPECT_EQ(test, s.in_use, held);
	KUNIT_EXPECT_EQ(test, s.objects,
			s.in_use + s.cached_cpu + s.cached_depot + s.free_slab);
	KUNIT_EXPECT_EQ(test, s.footprint, s.slabs * s.slab_bytes + s.metadata);
	KUNIT_EXPECT_EQ(test, s.slabs, s.grows - s.shrinks);
	if (s.limit)
		KUNIT_EXPECT_LE(test, s.objects, s.limit);
}

/* The same order for the same seed, so that a failure repeats. */
void test_shuffle(void **objs, size_t n, u32 seed)
{
	struct rnd_state rnd;
	size_t i, j;

	prandom_seed_state(&rnd, seed);
	for (i = n; i > 1; i--) {
		j = prandom_u32_state(&rnd) % i;
		swap(objs[i - 1], objs[j]);
	}
}
