// SPDX-License-Identifier: GPL-2.0
/*
 * The figures: the accounting identity against the test's own count, and each counter.
 */
#include <linux/prandom.h>

#include "helpers.h"

#define HELD_MAX	600

/* Random operations on a pool, of which the test keeps its own account. */
static void churn(struct kunit *test, struct mpool *pool, struct rnd_state *rnd,
		  unsigned long limit, void **held)
{
	unsigned long allocs = 0, frees = 0, fails = 0, n = 0;
	unsigned int steps = 2000;
	struct mpool_stats s;
	size_t count;

	while (steps--) {
		count = 1 + prandom_u32_state(rnd) % 40;
		switch (prandom_u32_state(rnd) % 5) {
		case 0:
			for (; count && n < HELD_MAX && (!limit || n < limit); count--) {
				held[n++] = test_alloc(test, pool);
				allocs++;
			}
			break;
		case 1:
			if (n + count <= HELD_MAX && (!limit || n + count <= limit)) {
				KUNIT_ASSERT_EQ(test, 0, mpool_alloc_bulk(pool, GFP_KERNEL, count,
									  held + n));
				n += count;
				allocs += count;
			}
			break;
		case 2:
			test_shuffle(held, n, steps);
			for (; count && n; count--, frees++)
				mpool_free(pool, held[--n]);
			break;
		case 3:
			count = min_t(size_t, count, n);
			n -= count;
			frees += count;
			mpool_free_bulk(pool, count, held + n);
			break;
		case 4:
			if (limit && n == limit) {
				KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_KERNEL));
				fails++;
			} else if (steps % 16 == 0) {
				mpool_trim(pool);
			}
			break;
		}
	}
	test_identity(test, pool, n);
	s = test_stats(pool);
	KUNIT_EXPECT_EQ(test, s.frees, frees);
	KUNIT_EXPECT_EQ(test, s.allocs, allocs);
	KUNIT_EXPECT_EQ(test, s.fails, fails);
	mpool_free_bulk(pool, n, held);
	test_identity(test, pool, 0);
}

static void identity_after_churn(struct kunit *test)
{
	void **held = test_array(test, HELD_MAX + 1);
	struct mpool_params params;
	struct rnd_state rnd;
	unsigned int i;

	prandom_seed_state(&rnd, 20);
	for (i = 0; i < TEST_TIMES(200); i++) {
		params = (struct mpool_params){
			.name = "kunit",
			.size = 1 + prandom_u32_state(&rnd) % (i % 10 ? 2000 : 20000),
			.align = 1 << prandom_u32_state(&rnd) % 10,
			.limit = i % 3 ? 1 + prandom_u32_state(&rnd) % HELD_MAX : 0,
		};
		params.keep = params.limit ? prandom_u32_state(&rnd) % (params.limit + 1) :
					     prandom_u32_state(&rnd) % 1000;
		churn(test, test_create(test, &params), &rnd, params.limit, held);
		test_destroy(test);
	}
}

static void every_counter(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 50);
	void **objs = test_array(test, 50);
	struct mpool_stats s;

	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 50, objs), 0);
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_KERNEL));
	mpool_free_bulk(pool, 49, objs);
	s = test_stats(pool);
	KUNIT_EXPECT_EQ(test, s.allocs, 50);
	KUNIT_EXPECT_EQ(test, s.frees, 49);
	KUNIT_EXPECT_EQ(test, s.in_use, 1);
	KUNIT_EXPECT_EQ(test, s.fails, 1);
	KUNIT_EXPECT_EQ(test, s.grows, 1);
	KUNIT_EXPECT_EQ(test, s.shrinks, 0);
	KUNIT_EXPECT_EQ(test, s.objects, 50);
	KUNIT_EXPECT_EQ(test, s.limit, 50);
	mpool_free(pool, objs[49]);
	mpool_trim(pool);
	s = test_stats(pool);
	KUNIT_EXPECT_EQ(test, s.shrinks, 1);
	KUNIT_EXPECT_EQ(test, s.slabs, 0);
}

/* Each place where a free object can be is seen to hold some. */
static void every_place(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .keep = 2000);
	void **objs = test_array(test, 2000);
	struct mpool_stats s;
	size_t i;

	for (i = 0; i < 2000; i++)
		objs[i] = test_alloc(test, pool);
	KUNIT_EXPECT_EQ(test, test_stats(pool).cached_depot, 0);
	for (i = 0; i < 2000; i++)
		mpool_free(pool, objs[i]);
	s = test_stats(pool);
	KUNIT_EXPECT_GT(test, s.cached_cpu, 0);
	KUNIT_EXPECT_GT(test, s.free_slab, 0);
	test_identity(test, pool, 0);
	mpool_trim(pool);
	s = test_stats(pool);
	KUNIT_EXPECT_EQ(test, s.cached_cpu, 0);
	KUNIT_EXPECT_EQ(test, s.cached_depot, 0);
	KUNIT_EXPECT_EQ(test, s.free_slab, s.objects);
}

static void empty_pool_holds_little(struct kunit *test)
{
	unsigned long empty, bare;

	empty = test_stats(test_pool(test, .size = 64)).footprint;
	test_destroy(test);
	/* Too few objects for magazines. */
	bare = test_stats(test_pool(test, .size = 64, .limit = 1)).footprint;
	KUNIT_EXPECT_GT(test, empty, bare);
	KUNIT_EXPECT_LT(test, empty, PAGE_SIZE);
	/* For tools/sizes.sh. */
	kunit_info(test, "empty=%lu bare=%lu", empty, bare);
}

static void footprint_is_what_was_asked_of_the_system(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 1000);
	struct mpool_stats before = test_stats(pool), s;
	void *obj = test_alloc(test, pool);

	s = test_stats(pool);
	KUNIT_EXPECT_EQ(test, s.slabs, 1);
	/* The slab, and what is known of it. */
	KUNIT_EXPECT_EQ(test, s.footprint - before.footprint,
			s.slab_bytes + s.metadata - before.metadata);
	KUNIT_EXPECT_GT(test, s.metadata, before.metadata);
	KUNIT_EXPECT_LT(test, s.metadata - before.metadata, 200);
	KUNIT_EXPECT_EQ(test, s.slab_bytes, page_size(virt_to_head_page(obj)));
	mpool_free(pool, obj);
}

static struct kunit_case stats_cases[] = {
	KUNIT_CASE(identity_after_churn),
	KUNIT_CASE(every_counter),
	KUNIT_CASE(every_place),
	KUNIT_CASE(empty_pool_holds_little),
	KUNIT_CASE(footprint_is_what_was_asked_of_the_system),
	{}
};

static struct kunit_suite stats_suite = {
	.name = "mpool-stats",
	.init = test_init,
	.exit = test_exit,
	.test_cases = stats_cases,
};

kunit_test_suite(stats_suite);
