// SPDX-License-Identifier: GPL-2.0
/*
 * The reserve that only privileged requests may take, and the limit, the keep and the low water
 * mark, all of which can be changed while the pool is in use.
 */
#include <linux/delay.h>

#include "helpers.h"

#define LIMIT		40
#define RESERVE		10
#define ORDINARY	(LIMIT - RESERVE)

/* As from where an object is needed in order to free others, and nobody can wait. */
#define GFP_PRIVILEGED	(GFP_ATOMIC | MPOOL_PRIVILEGED)

static struct mpool *reserve_pool(struct kunit *test)
{
	return test_pool(test, .size = 64, .limit = LIMIT, .reserve = RESERVE);
}

/* Take all that ordinary requests can have of such a pool; there is room for all its objects. */
static void **exhaust(struct kunit *test, struct mpool *pool)
{
	void **objs = test_array(test, LIMIT + 1);

	KUNIT_ASSERT_EQ(test, test_take(pool, GFP_KERNEL, objs, LIMIT + 1), ORDINARY);
	test_identity(test, pool, ORDINARY);
	return objs;
}

/* Privileged requests get so many out of the reserve, and no more. */
static void expect_reserve(struct kunit *test, struct mpool *pool, gfp_t gfp, size_t n)
{
	unsigned long in_use = test_stat(pool, in_use), held = test_stat(pool, reserve_held);
	void **objs = test_array(test, n + 1);
	size_t i;

	for (i = 0; i < n; i++) {
		objs[i] = mpool_alloc(pool, gfp | MPOOL_PRIVILEGED);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
		KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), held + i + 1);
		test_identity_over(test, pool, in_use + i + 1);
	}
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, gfp | MPOOL_PRIVILEGED));
	for (i = 0; i < n; i++) {
		mpool_free(pool, objs[i]);
		KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), held + n - i - 1);
		test_identity_over(test, pool, in_use + n - i - 1);
	}
	kunit_kfree(test, objs);
}

/* --- from create on --- */

static void reserve_is_made_with_the_pool(struct kunit *test)
{
	static const unsigned long reserves[] = { 1, 2, 10, 61, 500, 3000 };
	struct mpool_stats s;
	struct mpool *pool;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reserves); i++) {
		pool = test_pool(test, .size = 200, .reserve = reserves[i],
				 .limit = i % 2 ? reserves[i] : 0);
		s = test_stats(pool);
		KUNIT_EXPECT_EQ(test, s.reserve, reserves[i]);
		KUNIT_EXPECT_EQ(test, s.reserve_held, 0);
		KUNIT_EXPECT_GE(test, s.free_slab, reserves[i]);
		KUNIT_EXPECT_EQ(test, s.allocs, 0);
		KUNIT_EXPECT_EQ(test, s.fails, 0);
		test_identity(test, pool, 0);
		test_destroy(test);
	}
}

static void figures_of_a_plain_pool_are_zero(struct kunit *test)
{
	struct mpool_stats s = test_stats(test_pool(test, .size = 64, .limit = 10));

	KUNIT_EXPECT_EQ(test, s.reserve, 0);
	KUNIT_EXPECT_EQ(test, s.reserve_held, 0);
	KUNIT_EXPECT_EQ(test, s.low, 0);
	KUNIT_EXPECT_EQ(test, s.waiting, 0);
	KUNIT_EXPECT_EQ(test, s.waits, 0);
	KUNIT_EXPECT_EQ(test, s.pending, 0);
	KUNIT_EXPECT_EQ(test, s.budget, MPOOL_BUDGET);
}

#define expect_refused(test, err, ...) \
	test_create_refused(test, &(struct mpool_params){ .name = "kunit", .size = 64,	\
							  __VA_ARGS__ }, err)

static void create_with_bad_figures(struct kunit *test)
{
	const size_t bytes = MPOOL_BUFFER_BYTES(50, 64, 0);
	void *buffer = test_buffer(test, bytes);

	expect_refused(test, -ERANGE, .limit = 10, .reserve = 11);
	expect_refused(test, -ERANGE, .limit = 10, .reserve = ULONG_MAX);
	expect_refused(test, -ERANGE, .low = 1);
	expect_refused(test, -ERANGE, .keep = 5, .low = 6);
	expect_refused(test, -ERANGE, .limit = 10, .keep = 10, .low = 11);
	expect_refused(test, -ERANGE, .limit = 10, .keep = 11, .low = 11);
	expect_refused(test, -ERANGE, .reserve = 51, .backing = MPOOL_BUFFER, .buffer = buffer,
		       .buffer_bytes = bytes);
	expect_refused(test, -ERANGE, .reserve = 41, .limit = 40, .backing = MPOOL_BUFFER,
		       .buffer = buffer, .buffer_bytes = bytes);
	expect_refused(test, -EOPNOTSUPP, .low = 1, .keep = 1, .backing = MPOOL_BUFFER,
		       .buffer = buffer, .buffer_bytes = bytes);
	/* Nothing of them is left in the way. */
	test_pool(test, .size = 64, .limit = 10, .reserve = 10, .keep = 10, .low = 10);
	test_destroy(test);
	test_pool(test, .size = 64, .reserve = 50, .backing = MPOOL_BUFFER, .buffer = buffer,
		  .buffer_bytes = bytes);
}

static int ctor_of_some(void *obj, void *ctx, gfp_t gfp)
{
	struct test_life *life = ctx;

	if (atomic_read(&life->made) == 70)
		return -EIO;
	return test_ctor(obj, ctx, gfp);
}

/* What it has made by then is unmade, whichever slab that is in. */
static void create_when_the_ctor_fails(struct kunit *test)
{
	static struct test_life life;
	void *buffer = test_buffer(test, MPOOL_BUFFER_BYTES(100, 64, 0));

	test_life_begins(&life, 64);
	expect_refused(test, -ENOMEM, .reserve = 100, .limit = 100, .ctor = ctor_of_some,
		       .dtor = test_dtor, .ctx = &life);
	KUNIT_EXPECT_EQ(test, atomic_read(&life.made), 70);
	KUNIT_EXPECT_EQ(test, atomic_read(&life.unmade), 70);
	test_life_begins(&life, 64);
	expect_refused(test, -EIO, .reserve = 100, .ctor = ctor_of_some, .dtor = test_dtor,
		       .ctx = &life, .backing = MPOOL_BUFFER, .buffer = buffer,
		       .buffer_bytes = MPOOL_BUFFER_BYTES(100, 64, 0));
	KUNIT_EXPECT_EQ(test, atomic_read(&life.unmade), 70);
	test_pool(test, .size = 64);
}

static void create_under_faults_with_reserve(struct kunit *test)
{
	struct mpool_params params = { .name = "kunit", .size = 1000, .reserve = 100 };
	unsigned int nth, errors = 0;
	struct mpool *pool;
	bool failed;

	test_needs_faults(test);
	for (nth = 1; ; nth++) {
		failed = with_fault(nth, pool = mpool_create(&params));
		if (!failed)
			break;
		errors += IS_ERR(pool);
		if (IS_ERR(pool)) {
			KUNIT_EXPECT_EQ(test, PTR_ERR(pool), -ENOMEM);
			continue;
		}
		KUNIT_EXPECT_GE(test, test_stat(pool, free_slab), 100);
		mpool_destroy(pool);
	}
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pool);
	test_identity(test, pool, 0);
	mpool_destroy(pool);
	/* Those of a pool without, and some for the slabs. */
	KUNIT_EXPECT_GE(test, errors, 4);
}

/* --- who gets what --- */

static void ordinary_requests_leave_it(struct kunit *test)
{
	static const gfp_t gfps[] = { GFP_KERNEL, GFP_ATOMIC, GFP_NOWAIT, GFP_KERNEL | __GFP_ZERO };
	struct mpool *pool = reserve_pool(test);
	void **objs = test_array(test, LIMIT + 1);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(gfps); i++) {
		KUNIT_EXPECT_EQ(test, test_take(pool, gfps[i], objs, LIMIT + 1), ORDINARY);
		test_gets_nothing(test, pool);
		KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
		test_identity(test, pool, ORDINARY);
		mpool_free_bulk(pool, ORDINARY, objs);
		test_identity(test, pool, 0);
	}
	KUNIT_EXPECT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, ORDINARY + 1, objs), -ENOMEM);
	KUNIT_EXPECT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_KERNEL, ORDINARY, objs, 0), 0);
	test_gets_nothing(test, pool);
	mpool_free_bulk(pool, ORDINARY, objs);
	KUNIT_EXPECT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, ORDINARY, objs), 0);
	test_gets_nothing(test, pool);
	mpool_free_bulk(pool, ORDINARY, objs);
	test_identity(test, pool, 0);
}

static void all_can_be_reserve(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = RESERVE, .reserve = RESERVE);
	struct test_async *async = test_async(test, GFP_KERNEL);

	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_ATOMIC));
	KUNIT_EXPECT_EQ(test, PTR_ERR(mpool_alloc_wait(pool, GFP_KERNEL, 0)), -E2BIG);
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &async->request, 1), -E2BIG);
	expect_reserve(test, pool, GFP_ATOMIC, RESERVE);
	expect_reserve(test, pool, GFP_KERNEL, RESERVE);
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_KERNEL));
	test_identity(test, pool, 0);
}

static void privileged_requests_take_exactly_it(struct kunit *test)
{
	static const gfp_t gfps[] = { GFP_NOWAIT, GFP_ATOMIC, GFP_KERNEL, GFP_NOIO };
	struct mpool *pool = reserve_pool(test);
	void **objs = exhaust(test, pool);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(gfps); i++) {
		expect_reserve(test, pool, gfps[i], RESERVE);
		test_gets_nothing(test, pool);
	}
	mpool_free_bulk(pool, ORDINARY, objs);
	test_identity(test, pool, 0);
}

static void privileged_requests_take_ordinary_ones_first(struct kunit *test)
{
	struct mpool *pool = reserve_pool(test);
	void **objs = test_array(test, LIMIT + 1);
	size_t i;

	KUNIT_ASSERT_EQ(test, test_take(pool, GFP_PRIVILEGED, objs, LIMIT + 1), LIMIT);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), RESERVE);
	for (i = 0; i < ORDINARY; i++) {
		mpool_free(pool, objs[i]);
		KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), RESERVE);
		test_identity(test, pool, LIMIT - i - 1);
	}
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_ATOMIC, objs, ORDINARY), ORDINARY);
	test_gets_nothing(test, pool);
	mpool_free_bulk(pool, LIMIT, objs);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
	test_identity(test, pool, 0);
}

static void privileged_requests_by_every_way(struct kunit *test)
{
	struct mpool *pool = reserve_pool(test);
	void **objs = exhaust(test, pool), **taken = objs + ORDINARY;
	struct test_async *async = test_async(test, GFP_PRIVILEGED);
	u64 *zeroed;

	zeroed = mpool_zalloc(pool, GFP_PRIVILEGED);
	KUNIT_ASSERT_NOT_NULL(test, zeroed);
	KUNIT_EXPECT_NULL(test, memchr_inv(zeroed, 0, 64));
	KUNIT_EXPECT_EQ(test, mpool_alloc_bulk(pool, GFP_PRIVILEGED, 2, taken), 0);
	taken[2] = mpool_alloc_wait(pool, GFP_PRIVILEGED, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, taken[2]);
	KUNIT_EXPECT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_KERNEL | MPOOL_PRIVILEGED, 3,
						    taken + 3, 0), 0);
	KUNIT_EXPECT_EQ(test, mpool_alloc_async(pool, &async->request, 3), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), RESERVE);
	KUNIT_EXPECT_EQ(test, PTR_ERR(mpool_alloc_wait(pool, GFP_PRIVILEGED, 0)), -ETIMEDOUT);
	test_identity(test, pool, LIMIT);
	mpool_free(pool, zeroed);
	mpool_free_bulk(pool, 6, taken);
	mpool_free_bulk(pool, 3, async->objs);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
	test_gets_nothing(test, pool);
	expect_reserve(test, pool, GFP_ATOMIC, RESERVE);
	mpool_free_bulk(pool, ORDINARY, objs);
}

/* Part of them ordinary, part of the reserve; or none at all, and then all is as it was. */
static void privileged_bulk(struct kunit *test)
{
	struct mpool *pool = reserve_pool(test);
	void **objs = exhaust(test, pool);

	mpool_free_bulk(pool, 3, objs + ORDINARY - 3);
	KUNIT_EXPECT_EQ(test, mpool_alloc_bulk(pool, GFP_PRIVILEGED, RESERVE + 4,
					       objs + ORDINARY - 3), -ENOMEM);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
	test_identity(test, pool, ORDINARY - 3);
	KUNIT_EXPECT_EQ(test, mpool_alloc_wait_bulk(pool, GFP_PRIVILEGED, RESERVE + 4,
						    objs + ORDINARY - 3, 0), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
	test_identity(test, pool, ORDINARY - 3);
	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_PRIVILEGED, RESERVE + 3,
					       objs + ORDINARY - 3), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), RESERVE);
	test_identity(test, pool, LIMIT);
	mpool_free_bulk(pool, LIMIT, objs);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
	test_identity(test, pool, 0);
}

/* Whoever frees an object of the reserve, and however: it is reserve again, and nothing else. */
static void every_free_refills_it(struct kunit *test)
{
	struct mpool *pool = reserve_pool(test);
	void **objs = exhaust(test, pool);
	enum test_free way;
	void *obj;

	for (way = 0; way < TEST_FREES; way++) {
		obj = mpool_alloc(pool, GFP_PRIVILEGED);
		KUNIT_ASSERT_NOT_NULL(test, obj);
		KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 1);
		test_free_by(way, pool, obj);
		mpool_flush(pool);
		KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
		test_identity(test, pool, ORDINARY);
		test_gets_nothing(test, pool);
		expect_reserve(test, pool, GFP_ATOMIC, RESERVE);
	}
	mpool_free_bulk(pool, ORDINARY, objs);
}

/* An ordinary object does not become reserve, though that may be short of some. */
static void no_other_free_refills_it(struct kunit *test)
{
	struct mpool *pool = reserve_pool(test);
	void **objs = exhaust(test, pool);
	enum test_free way;

	KUNIT_ASSERT_EQ(test, test_take(pool, GFP_PRIVILEGED, objs + ORDINARY, RESERVE), RESERVE);
	for (way = 0; way < TEST_FREES; way++) {
		test_free_by(way, pool, objs[0]);
		mpool_flush(pool);
		KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), RESERVE);
		test_identity(test, pool, LIMIT - 1);
		objs[0] = mpool_alloc(pool, GFP_ATOMIC);
		KUNIT_ASSERT_NOT_NULL(test, objs[0]);
		KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_PRIVILEGED));
	}
	mpool_free_bulk(pool, LIMIT, objs);
	test_identity(test, pool, 0);
}

/* Objects that somebody holds, of one kind. */
struct bag {
	void *objs[LIMIT];
	size_t n;
};

/* It must come from the bag that the rules say. */
static void alloc_by_rule(struct kunit *test, struct mpool *pool, struct bag *ordinary,
			  struct bag *reserve, bool privileged)
{
	void *obj = mpool_alloc(pool, GFP_ATOMIC | (privileged ? MPOOL_PRIVILEGED : 0));
	struct bag *bag = NULL;

	if (ordinary->n < ORDINARY)
		bag = ordinary;
	else if (privileged && reserve->n < RESERVE)
		bag = reserve;
	KUNIT_ASSERT_EQ(test, !!obj, !!bag);
	if (bag)
		bag->objs[bag->n++] = obj;
}

static void free_any(struct mpool *pool, struct bag *bag, struct rnd_state *rnd)
{
	size_t i;

	if (!bag->n)
		return;
	i = test_random(rnd, bag->n);
	test_free_by(test_random(rnd, 2) ? TEST_FREE : TEST_FREE_BULK, pool, bag->objs[i]);
	bag->objs[i] = bag->objs[--bag->n];
}

/* Through magazines and slabs, any number of times: each object stays of its kind. */
static void expect_kinds(struct kunit *test, size_t size)
{
	struct mpool *pool = test_pool(test, .size = size, .limit = LIMIT, .reserve = RESERVE);
	struct bag *bags = kunit_kzalloc(test, 2 * sizeof(*bags), GFP_KERNEL);
	struct rnd_state rnd;
	unsigned int step;

	KUNIT_ASSERT_NOT_NULL(test, bags);
	prandom_seed_state(&rnd, size);
	for (step = 0; step < 6000; step++) {
		if (test_random(&rnd, 100) < (step / 500 % 2 ? 40 : 60))
			alloc_by_rule(test, pool, &bags[0], &bags[1], test_random(&rnd, 2));
		else
			free_any(pool, &bags[test_random(&rnd, 2)], &rnd);
		KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), bags[1].n);
		if (step % 16 == 0)
			test_identity(test, pool, bags[0].n + bags[1].n);
	}
	mpool_free_bulk(pool, bags[0].n, bags[0].objs);
	mpool_free_bulk(pool, bags[1].n, bags[1].objs);
	test_identity(test, pool, 0);
	test_destroy(test);
}

static void kinds_do_not_mix(struct kunit *test)
{
	expect_kinds(test, 64);
	expect_kinds(test, 1500);
	expect_kinds(test, 9000);
}

/* It is known before any memory is taken from others. */
static void more_than_the_machine_has(struct kunit *test)
{
	struct mpool_params params = {
		.name = "kunit-huge", .size = 64, .reserve = totalram_pages() * PAGE_SIZE / 32 };
	struct mpool *pool = test_pool(test, .size = 64), *huge;

	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, ULONG_MAX), -ENOMEM);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, grows), 0);
	huge = mpool_create(&params);
	KUNIT_EXPECT_PTR_EQ(test, huge, (struct mpool *)ERR_PTR(-ENOMEM));
	if (!IS_ERR(huge))
		mpool_destroy(huge);
}

#define REQUESTS	TEST_TIMES(100000)

static void privileged_requests_never_fail(struct kunit *test)
{
	struct mpool *pool = reserve_pool(test);
	void **objs = exhaust(test, pool), **taken = objs + ORDINARY;
	unsigned long i, failed = 0, allocs = test_stat(pool, allocs);
	void *obj;

	for (i = 0; i < REQUESTS; i++) {
		obj = mpool_alloc(pool, GFP_PRIVILEGED);
		failed += !obj;
		mpool_free(pool, obj);
		/* Now and then as many as there may be at a time. */
		if (i % 1000 == 0) {
			failed += RESERVE - test_take(pool, GFP_PRIVILEGED, taken, RESERVE);
			mpool_free_bulk(pool, RESERVE, taken);
		}
	}
	KUNIT_EXPECT_EQ(test, failed, 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, allocs),
			allocs + REQUESTS + REQUESTS / 1000 * RESERVE);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
	test_identity(test, pool, ORDINARY);
	test_gets_nothing(test, pool);
	mpool_free_bulk(pool, ORDINARY, objs);
}

/* There is no limit, but no memory either: its constructor says so. */
static void reserve_for_want_of_memory(struct kunit *test)
{
	static struct test_life life;
	void **objs = test_array(test, 1000);
	struct mpool *pool;
	size_t n;

	test_life_begins(&life, 300);
	pool = test_pool(test, .size = 300, .reserve = RESERVE, test_life_params(&life));
	WRITE_ONCE(life.refuse, true);
	n = test_take(pool, GFP_KERNEL, objs, 1000);
	KUNIT_ASSERT_LT(test, n, 1000);
	expect_reserve(test, pool, GFP_ATOMIC, RESERVE);
	expect_reserve(test, pool, GFP_KERNEL, RESERVE);
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_ATOMIC));
	WRITE_ONCE(life.refuse, false);
	objs[n] = mpool_alloc(pool, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, objs[n]);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
	mpool_free_bulk(pool, n + 1, objs);
	test_identity(test, pool, 0);
	test_destroy(test);
	test_life_ended(test, &life);
}

static void privileged_requests_under_faults(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .reserve = RESERVE);
	void **objs = test_array(test, 2000);
	unsigned int nth;
	size_t n;
	void *obj;
	bool failed;

	test_needs_faults(test);
	/* Until the next ordinary one would need a new slab. */
	n = test_stat(pool, objects) - RESERVE;
	KUNIT_ASSERT_LE(test, n, 2000);
	KUNIT_ASSERT_EQ(test, test_take(pool, GFP_KERNEL, objs, n), n);
	for (nth = 1; nth < 20; nth++) {
		failed = with_fault(nth, obj = mpool_alloc(pool, GFP_PRIVILEGED));
		KUNIT_EXPECT_NOT_NULL(test, obj);
		KUNIT_EXPECT_EQ(test, test_stat(pool, fails), 0);
		mpool_free(pool, obj);
		KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
		mpool_trim(pool);
		if (!failed)
			break;
	}
	KUNIT_EXPECT_GT(test, nth, 1);
	mpool_free_bulk(pool, n, objs);
	test_identity(test, pool, 0);
}

static void double_free_of_reserve(struct kunit *test)
{
	struct mpool *pool = reserve_pool(test);
	void **objs = exhaust(test, pool);
	void *obj = mpool_alloc(pool, GFP_PRIVILEGED);

	KUNIT_ASSERT_NOT_NULL(test, obj);
	test_free_refused(test, pool, obj + 8);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 1);
	mpool_free(pool, obj);
	test_free_refused(test, pool, obj);
	test_free_refused(test, pool, obj);
	mpool_free_bulk(pool, 1, &obj);
	mpool_free_deferred(pool, obj);
	mpool_free_rcu(pool, obj);
	mpool_flush(pool);
	KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), 6);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
	test_gets_nothing(test, pool);
	expect_reserve(test, pool, GFP_ATOMIC, RESERVE);
	mpool_free_bulk(pool, ORDINARY, objs);
	test_identity(test, pool, 0);
}

static void destroy_with_reserve_out(struct kunit *test)
{
	static struct test_life life;
	struct mpool *pool;
	void *objs[LIMIT];

	test_life_begins(&life, 64);
	pool = test_pool(test, .size = 64, .limit = LIMIT, .reserve = RESERVE,
			 test_life_params(&life));
	KUNIT_ASSERT_EQ(test, test_take(pool, GFP_PRIVILEGED, objs, LIMIT), LIMIT);
	mpool_free_bulk(pool, LIMIT - 2, objs);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 2);
	test_forget(test, pool);
	mpool_destroy(pool);
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_PRIVILEGED));
	KUNIT_EXPECT_EQ(test, test_stat(pool, in_use), 2);
	mpool_free(pool, objs[LIMIT - 2]);
	test_free_refused(test, pool, objs[LIMIT - 2]);
	mpool_free_deferred(pool, objs[LIMIT - 1]);
	test_life_ended(test, &life);
	KUNIT_EXPECT_EQ(test, atomic_read(&life.made), LIMIT);
}

static void ctor_and_dtor_balance(struct kunit *test)
{
	static struct test_life life;
	void **objs = test_array(test, 500);
	struct mpool *pool;

	test_life_begins(&life, 100);
	pool = test_pool(test, .size = 100, .reserve = 150, test_life_params(&life));
	KUNIT_EXPECT_EQ(test, atomic_read(&life.made), test_stat(pool, objects));
	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL | MPOOL_PRIVILEGED, 500, objs), 0);
	mpool_free_bulk(pool, 500, objs);
	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, 400), 0);
	mpool_trim(pool);
	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, 0), 0);
	mpool_trim(pool);
	KUNIT_EXPECT_EQ(test, test_stat(pool, objects), 0);
	/* Another CPU may be at the last ones still. */
	KUNIT_EXPECT_TRUE(test, test_becomes(atomic_read(&life.made) ==
					     atomic_read(&life.unmade)));
	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, 70), 0);
	test_destroy(test);
	KUNIT_EXPECT_EQ(test, atomic_read(&life.made), atomic_read(&life.unmade));
	test_life_ended(test, &life);
}

static void reserve_in_a_buffer(struct kunit *test)
{
	const size_t bytes = MPOOL_BUFFER_BYTES(LIMIT, 64, 0);
	void *buffer = test_buffer(test, bytes);
	struct mpool *pool = test_pool(test, .size = 64, .reserve = RESERVE, .buffer = buffer,
				       .backing = MPOOL_BUFFER, .buffer_bytes = bytes);
	void **objs = exhaust(test, pool);

	test_gets_nothing(test, pool);
	expect_reserve(test, pool, GFP_ATOMIC, RESERVE);
	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, RESERVE + 1), -EBUSY);
	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, LIMIT + 1), -ERANGE);
	mpool_free(pool, objs[0]);
	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, RESERVE + 1), 0);
	test_gets_nothing(test, pool);
	expect_reserve(test, pool, GFP_KERNEL, RESERVE + 1);
	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, RESERVE), 0);
	objs[0] = test_alloc(test, pool);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, LIMIT), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 0), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, mpool_set_keep(pool, 1), -EOPNOTSUPP);
	mpool_free_bulk(pool, ORDINARY, objs);
	KUNIT_EXPECT_EQ(test, mpool_trim(pool), 0);
	test_identity(test, pool, 0);
}

/* --- it stays, whatever goes --- */

static void churn(struct kunit *test, struct mpool *pool, size_t n)
{
	void **objs = test_array(test, n);

	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, n, objs), 0);
	test_shuffle(objs, n, n);
	mpool_free_bulk(pool, n, objs);
	kunit_kfree(test, objs);
}

/* The reserve, the keep, and less than one slab more. */
static void expect_kept(struct kunit *test, struct mpool *pool)
{
	struct mpool_stats s = test_stats(pool);

	KUNIT_EXPECT_GE(test, s.objects, max(s.keep, s.reserve));
	KUNIT_EXPECT_LT(test, s.objects, s.keep + s.reserve + s.slab_bytes / s.stride);
	test_identity(test, pool, 0);
}

static void trim_retains_it(struct kunit *test)
{
	static const unsigned long figures[][2] = {
		{ 0, 1 }, { 0, 100 }, { 50, 100 }, { 100, 50 }, { 300, 300 }, { 0, 900 },
	};
	struct mpool *pool;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(figures); i++) {
		pool = test_pool(test, .size = 200, .keep = figures[i][0],
				 .reserve = figures[i][1]);
		churn(test, pool, 2000);
		mpool_trim(pool);
		expect_kept(test, pool);
		churn(test, pool, 10);
		mpool_trim(pool);
		expect_kept(test, pool);
		test_destroy(test);
	}
}

static void rest_retains_it(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 200, .reserve = 100);
	unsigned long least = ULONG_MAX;

	churn(test, pool, 2000);
	KUNIT_EXPECT_TRUE(test, test_becomes(({
		least = min(least, test_stat(pool, objects));
		least < 100 + test_stat(pool, slab_bytes) / 200;
	})));
	KUNIT_EXPECT_GE(test, least, 100);
	expect_kept(test, pool);
}

/* --- set_reserve --- */

static void set_reserve_up_and_down(struct kunit *test)
{
	static const unsigned long reserves[] = { 10, 30, 30, 7, 0, 40, 1, 39, 40, 0 };
	struct mpool *pool = test_pool(test, .size = 64, .limit = LIMIT);
	void **objs = test_array(test, LIMIT);
	unsigned long reserve;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reserves); i++) {
		reserve = reserves[i];
		KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, reserve), 0);
		KUNIT_EXPECT_EQ(test, test_stat(pool, reserve), reserve);
		KUNIT_EXPECT_GE(test, test_stat(pool, free_slab), reserve);
		KUNIT_EXPECT_EQ(test, test_take(pool, GFP_KERNEL, objs, LIMIT), LIMIT - reserve);
		expect_reserve(test, pool, GFP_ATOMIC, reserve);
		mpool_free_bulk(pool, LIMIT - reserve, objs);
		test_identity(test, pool, 0);
	}
}

static void set_reserve_without_limit(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 200);
	size_t i;

	for (i = 1; i < 3000; i = i * 3 + 1) {
		KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, i), 0);
		KUNIT_EXPECT_GE(test, test_stat(pool, objects), i);
		test_identity(test, pool, 0);
	}
	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, 0), 0);
	mpool_trim(pool);
	KUNIT_EXPECT_EQ(test, test_stat(pool, objects), 0);
}

static void set_reserve_where_others_hold_all(struct kunit *test)
{
	struct mpool *pool = reserve_pool(test);
	void **objs = exhaust(test, pool), **more = test_array(test, LIMIT);

	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, LIMIT + 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, ULONG_MAX), -ERANGE);
	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, RESERVE + 1), -EBUSY);
	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, LIMIT), -EBUSY);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve), RESERVE);
	expect_reserve(test, pool, GFP_ATOMIC, RESERVE);
	/* Not enough: then these must stay with the ordinary. */
	mpool_free_bulk(pool, 5, objs);
	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, RESERVE + 6), -EBUSY);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve), RESERVE);
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_ATOMIC, more, LIMIT), 5);
	expect_reserve(test, pool, GFP_ATOMIC, RESERVE);
	mpool_free_bulk(pool, 5, more);
	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, RESERVE + 5), 0);
	test_gets_nothing(test, pool);
	expect_reserve(test, pool, GFP_ATOMIC, RESERVE + 5);
	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, 0), 0);
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_ATOMIC, more, LIMIT), RESERVE + 5);
	test_identity(test, pool, LIMIT);
	mpool_free_bulk(pool, RESERVE + 5, more);
	mpool_free_bulk(pool, ORDINARY - 5, objs + 5);
	test_identity(test, pool, 0);
}

/* While privileged requests hold some of the old one. */
static void set_reserve_with_some_held(struct kunit *test)
{
	struct mpool *pool = reserve_pool(test);
	void **objs = exhaust(test, pool);

	KUNIT_ASSERT_EQ(test, test_take(pool, GFP_PRIVILEGED, objs + ORDINARY, 5), 5);
	mpool_free_bulk(pool, 2, objs);
	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, RESERVE + 3), -EBUSY);
	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, RESERVE + 2), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 5);
	expect_reserve(test, pool, GFP_ATOMIC, RESERVE + 2 - 5);
	test_gets_nothing(test, pool);
	/* Below what is held, and what is freed then is ordinary until it is right again. */
	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, 3), 0);
	test_identity(test, pool, LIMIT - 7);
	mpool_free_bulk(pool, 5, objs + ORDINARY);
	mpool_free_bulk(pool, ORDINARY - 2, objs + 2);
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_KERNEL, objs, LIMIT), LIMIT - 3);
	expect_reserve(test, pool, GFP_ATOMIC, 3);
	mpool_free_bulk(pool, LIMIT - 3, objs);
	test_identity(test, pool, 0);
}

static void set_reserve_under_faults(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 1000);
	unsigned int nth, errors = 0;
	bool failed;
	int err;

	test_needs_faults(test);
	for (nth = 1; ; nth++) {
		failed = with_fault(nth, err = mpool_set_reserve(pool, 100));
		test_identity(test, pool, 0);
		KUNIT_EXPECT_EQ(test, test_stat(pool, reserve), err ? 0 : 100);
		if (err)
			KUNIT_EXPECT_EQ(test, err, -ENOMEM);
		errors += !!err;
		KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, 0), 0);
		mpool_trim(pool);
		KUNIT_EXPECT_EQ(test, test_stat(pool, objects), 0);
		if (!failed)
			break;
	}
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_GT(test, errors, 0);
}

/* --- set_limit --- */

static void set_limit_up(struct kunit *test)
{
	static const unsigned long limits[] = { 11, 12, 40, 100, 101, 500 };
	struct mpool *pool = test_pool(test, .size = 64, .limit = 10);
	void **objs = test_array(test, 600);
	size_t i, n;

	n = test_take(pool, GFP_KERNEL, objs, 600);
	KUNIT_EXPECT_EQ(test, n, 10);
	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, limits[i]), 0);
		KUNIT_EXPECT_EQ(test, test_stat(pool, limit), limits[i]);
		n += test_take(pool, GFP_KERNEL, objs + n, 600 - n);
		KUNIT_EXPECT_EQ(test, n, limits[i]);
		test_identity(test, pool, n);
	}
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 0), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, limit), 0);
	n += test_take(pool, GFP_KERNEL, objs + n, 600 - n);
	KUNIT_EXPECT_EQ(test, n, 600);
	mpool_free_bulk(pool, n, objs);
	test_identity(test, pool, 0);
}

/* Free objects there are, wherever they lie, but nobody may have them. */
static void set_limit_below_what_is_in_use(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 400);
	void **objs = test_array(test, 400);

	KUNIT_ASSERT_EQ(test, test_take(pool, GFP_KERNEL, objs, 400), 400);
	test_shuffle(objs, 400, 3);
	mpool_free_bulk(pool, 300, objs + 100);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 50), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, limit), 50);
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_ATOMIC));
	test_gets_nothing(test, pool);
	test_identity_over(test, pool, 100);
	mpool_free_bulk(pool, 50, objs + 50);
	test_gets_nothing(test, pool);
	test_identity_over(test, pool, 50);
	mpool_free(pool, objs[49]);
	objs[49] = test_alloc(test, pool);
	test_gets_nothing(test, pool);
	mpool_free_bulk(pool, 20, objs + 30);
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_KERNEL, objs + 30, 400), 20);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 80), 0);
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_KERNEL, objs + 50, 400), 30);
	test_identity_over(test, pool, 80);
	mpool_free_bulk(pool, 80, objs);
	KUNIT_EXPECT_TRUE(test, test_becomes(test_stat(pool, objects) <= 80));
	test_identity(test, pool, 0);
}

/* Nobody has to trim the pool, or to use it. */
static void set_limit_gives_back_at_once(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 1000, .limit = 1000, .keep = 0);
	void **objs = test_array(test, 1000);
	unsigned long start, grows;

	KUNIT_ASSERT_EQ(test, test_take(pool, GFP_KERNEL, objs, 1000), 1000);
	mpool_free_bulk(pool, 900, objs + 100);
	start = jiffies;
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 200), 0);
	KUNIT_EXPECT_TRUE(test, test_becomes(test_stat(pool, objects) <= 200));
	/* Sooner than a pool at rest does it by itself. */
	KUNIT_EXPECT_LT(test, jiffies - start, HZ);
	grows = test_stat(pool, grows);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 1), 0);
	test_gets_nothing(test, pool);
	mpool_free_bulk(pool, 99, objs + 1);
	KUNIT_EXPECT_TRUE(test, test_becomes(test_stat(pool, slabs) == 1));
	KUNIT_EXPECT_EQ(test, test_stat(pool, grows), grows);
	mpool_free(pool, objs[0]);
	KUNIT_EXPECT_TRUE(test, test_becomes(test_stat(pool, objects) <= 1));
	test_identity(test, pool, 0);
}

/* One object in use of each slab: none can go, and yet the limit counts. */
static void set_limit_with_all_slabs_in_use(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 1000, .limit = 1000);
	void **objs = test_array(test, 1000), **held = test_array(test, 1000);
	unsigned long per_slab, i, n = 0;

	KUNIT_ASSERT_EQ(test, test_take(pool, GFP_KERNEL, objs, 1000), 1000);
	per_slab = DIV_ROUND_UP(1000, test_stat(pool, slabs));
	for (i = 0; i < 1000; i++) {
		/* Slabs are carved in order. */
		if (i % per_slab)
			mpool_free(pool, objs[i]);
		else
			held[n++] = objs[i];
	}
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, n + 7), 0);
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_KERNEL, held + n, 1000 - n), 7);
	test_gets_nothing(test, pool);
	test_identity_over(test, pool, n + 7);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 1000), 0);
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_KERNEL, held + n + 7, 1000 - n - 7),
			1000 - n - 7);
	test_identity(test, pool, 1000);
	mpool_free_bulk(pool, 1000, held);
}

/* Whatever the limit: who is privileged has the reserve. */
static void set_limit_leaves_the_reserve(struct kunit *test)
{
	struct mpool *pool = reserve_pool(test);
	void **objs = exhaust(test, pool);
	size_t n;

	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, RESERVE + 1), 0);
	test_gets_nothing(test, pool);
	expect_reserve(test, pool, GFP_ATOMIC, RESERVE);
	expect_reserve(test, pool, GFP_KERNEL, RESERVE);
	mpool_free_bulk(pool, ORDINARY, objs);
	test_identity_over(test, pool, 0);
	n = test_take(pool, GFP_PRIVILEGED, objs, LIMIT);
	KUNIT_EXPECT_GE(test, n, RESERVE);
	test_identity_over(test, pool, n);
	mpool_free_bulk(pool, n, objs);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, LIMIT), 0);
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_KERNEL, objs, LIMIT), ORDINARY);
	expect_reserve(test, pool, GFP_ATOMIC, RESERVE);
	mpool_free_bulk(pool, ORDINARY, objs);
	test_identity(test, pool, 0);
}

static void set_limit_out_of_range(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 100, .keep = 20, .reserve = 30);

	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 19), -ERANGE);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 29), -ERANGE);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, test_stat(pool, limit), 100);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 30), 0);
	KUNIT_EXPECT_EQ(test, mpool_set_keep(pool, 31), -ERANGE);
	KUNIT_EXPECT_EQ(test, mpool_set_keep(pool, 30), 0);
	KUNIT_EXPECT_EQ(test, mpool_set_reserve(pool, 0), 0);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 29), -ERANGE);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 0), 0);
	KUNIT_EXPECT_EQ(test, mpool_set_keep(pool, ULONG_MAX), 0);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 1000), -ERANGE);
	KUNIT_EXPECT_EQ(test, test_stat(pool, limit), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, keep), ULONG_MAX);
}

/* --- set_keep, and where figures can be set --- */

static void set_keep_means_from_now_on(struct kunit *test)
{
	static const unsigned long keeps[] = { 500, 0, 1, 1500, 200, 1999, 0 };
	struct mpool *pool = test_pool(test, .size = 200);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keeps); i++) {
		KUNIT_EXPECT_EQ(test, mpool_set_keep(pool, keeps[i]), 0);
		KUNIT_EXPECT_EQ(test, test_stat(pool, keep), keeps[i]);
		churn(test, pool, 2000);
		mpool_trim(pool);
		expect_kept(test, pool);
	}
	KUNIT_EXPECT_EQ(test, test_stat(pool, objects), 0);
}

/* A pool that is at rest already hears of it too. */
static void set_keep_gives_back(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 200, .keep = 2000);

	churn(test, pool, 2000);
	mpool_trim(pool);
	KUNIT_EXPECT_GE(test, test_stat(pool, objects), 2000);
	KUNIT_EXPECT_EQ(test, mpool_set_keep(pool, 0), 0);
	KUNIT_EXPECT_TRUE(test, test_becomes(test_stat(pool, objects) == 0));
	test_identity(test, pool, 0);
}

/* What an interrupt does to a pool, and what came of it. */
struct setting {
	struct mpool *pool;
	int limit;
	int keep;
	int too_low;
};

static void set_figures(void *data)
{
	struct setting *setting = data;

	setting->too_low = mpool_set_limit(setting->pool, 10);
	setting->limit = mpool_set_limit(setting->pool, 50);
	setting->keep = mpool_set_keep(setting->pool, 30);
}

static void set_figures_in_any_context(struct kunit *test)
{
	struct setting setting = { .pool = test_pool(test, .size = 64, .keep = 20) };
	enum test_context context;
	void *objs[51];

	for (context = 0; context < TEST_CONTEXTS; context++) {
		KUNIT_EXPECT_EQ(test, mpool_set_limit(setting.pool, 0), 0);
		KUNIT_EXPECT_EQ(test, mpool_set_keep(setting.pool, 20), 0);
		test_run_in(context, set_figures, &setting);
		KUNIT_EXPECT_EQ(test, setting.too_low, -ERANGE);
		KUNIT_EXPECT_EQ(test, setting.limit, 0);
		KUNIT_EXPECT_EQ(test, setting.keep, 0);
		KUNIT_EXPECT_EQ(test, test_stat(setting.pool, keep), 30);
		KUNIT_EXPECT_EQ(test, test_take(setting.pool, GFP_KERNEL, objs, 51), 50);
		test_identity(test, setting.pool, 50);
		mpool_free_bulk(setting.pool, 50, objs);
	}
}

/* --- the low water mark --- */

static unsigned long free_objects(struct mpool *pool)
{
	return test_stat(pool, objects) - test_stat(pool, in_use);
}

static unsigned long outside_of_magazines(struct mpool *pool)
{
	return test_stat(pool, free_slab) + test_stat(pool, cached_depot);
}

/* Who cannot wait for memory finds some, again and again, without making the pool grow. */
static void low_water_is_seen_to(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 200, .low = 50, .keep = 100);
	void **objs = test_array(test, 800);
	unsigned long grows, n;

	KUNIT_EXPECT_EQ(test, test_stat(pool, low), 50);
	for (n = 0; n < 800; n += 50) {
		KUNIT_EXPECT_TRUE(test, test_becomes(outside_of_magazines(pool) >= 50));
		grows = test_stat(pool, grows);
		KUNIT_ASSERT_EQ(test, test_take(pool, GFP_NOWAIT, objs + n, 50), 50);
		/* Else it may have grown in the background. */
		if (test_is_alone())
			KUNIT_EXPECT_EQ(test, test_stat(pool, grows), grows);
		test_identity(test, pool, n + 50);
	}
	mpool_free_bulk(pool, 800, objs);
	mpool_trim(pool);
	KUNIT_EXPECT_LT(test, test_stat(pool, objects), 100 + test_stat(pool, slab_bytes) / 200);
}

static void low_water_honours_the_limit(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 200, .low = 100, .keep = 100, .limit = 120);
	void **objs = test_array(test, 121);

	KUNIT_EXPECT_TRUE(test, test_becomes(free_objects(pool) >= 100));
	KUNIT_ASSERT_EQ(test, test_take(pool, GFP_NOWAIT, objs, 100), 100);
	KUNIT_EXPECT_TRUE(test, test_becomes(free_objects(pool) == 20));
	test_identity(test, pool, 100);
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_NOWAIT, objs + 100, 21), 20);
	/* There is nothing to be done about it, and nobody may try so hard that it can be felt. */
	msleep(100);
	test_identity(test, pool, 120);
	mpool_free_bulk(pool, 120, objs);
}

static void low_water_is_below_keep(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 200, .low = 50, .keep = 100);

	KUNIT_EXPECT_EQ(test, mpool_set_keep(pool, 49), -ERANGE);
	KUNIT_EXPECT_EQ(test, mpool_set_keep(pool, 0), -ERANGE);
	KUNIT_EXPECT_EQ(test, test_stat(pool, keep), 100);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 99), -ERANGE);
	KUNIT_EXPECT_EQ(test, mpool_set_keep(pool, 50), 0);
	KUNIT_EXPECT_EQ(test, mpool_set_limit(pool, 50), 0);
	KUNIT_EXPECT_TRUE(test, test_becomes(free_objects(pool) >= 50));
	test_identity_over(test, pool, 0);
}

/* In the background a constructor fails as elsewhere, and the pool gets over it. */
static void low_water_when_the_ctor_fails(struct kunit *test)
{
	static struct test_life life;
	struct mpool *pool;
	void *obj;

	test_life_begins(&life, 200);
	WRITE_ONCE(life.refuse, true);
	pool = test_pool(test, .size = 200, .low = 50, .keep = 100, test_life_params(&life));
	msleep(100);
	test_identity(test, pool, 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, objects), 0);
	WRITE_ONCE(life.refuse, false);
	obj = test_alloc(test, pool);
	KUNIT_EXPECT_TRUE(test, test_becomes(free_objects(pool) >= 100));
	mpool_free(pool, obj);
	test_destroy(test);
	test_life_ended(test, &life);
}

static struct kunit_case reserve_cases[] = {
	KUNIT_CASE(reserve_is_made_with_the_pool),
	KUNIT_CASE(figures_of_a_plain_pool_are_zero),
	KUNIT_CASE(create_with_bad_figures),
	KUNIT_CASE(create_when_the_ctor_fails),
	KUNIT_CASE(create_under_faults_with_reserve),
	KUNIT_CASE(ordinary_requests_leave_it),
	KUNIT_CASE(all_can_be_reserve),
	KUNIT_CASE(privileged_requests_take_exactly_it),
	KUNIT_CASE(privileged_requests_take_ordinary_ones_first),
	KUNIT_CASE(privileged_requests_by_every_way),
	KUNIT_CASE(privileged_bulk),
	KUNIT_CASE(every_free_refills_it),
	KUNIT_CASE(no_other_free_refills_it),
	KUNIT_CASE(kinds_do_not_mix),
	KUNIT_CASE(more_than_the_machine_has),
	KUNIT_CASE(privileged_requests_never_fail),
	KUNIT_CASE(reserve_for_want_of_memory),
	KUNIT_CASE(privileged_requests_under_faults),
	KUNIT_CASE(double_free_of_reserve),
	KUNIT_CASE(destroy_with_reserve_out),
	KUNIT_CASE(ctor_and_dtor_balance),
	KUNIT_CASE(reserve_in_a_buffer),
	KUNIT_CASE(trim_retains_it),
	KUNIT_CASE(rest_retains_it),
	KUNIT_CASE(set_reserve_up_and_down),
	KUNIT_CASE(set_reserve_without_limit),
	KUNIT_CASE(set_reserve_where_others_hold_all),
	KUNIT_CASE(set_reserve_with_some_held),
	KUNIT_CASE(set_reserve_under_faults),
	KUNIT_CASE(set_limit_up),
	KUNIT_CASE(set_limit_below_what_is_in_use),
	KUNIT_CASE(set_limit_gives_back_at_once),
	KUNIT_CASE(set_limit_with_all_slabs_in_use),
	KUNIT_CASE(set_limit_leaves_the_reserve),
	KUNIT_CASE(set_limit_out_of_range),
	KUNIT_CASE(set_keep_means_from_now_on),
	KUNIT_CASE(set_keep_gives_back),
	KUNIT_CASE(set_figures_in_any_context),
	KUNIT_CASE(low_water_is_seen_to),
	KUNIT_CASE(low_water_honours_the_limit),
	KUNIT_CASE(low_water_is_below_keep),
	KUNIT_CASE(low_water_when_the_ctor_fails),
	{}
};

static struct kunit_suite reserve_suite = {
	.name = "mpool-reserve",
	.init = test_init,
	.exit = test_exit,
	.test_cases = reserve_cases,
};

kunit_test_suite(reserve_suite);
