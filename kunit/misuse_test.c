// SPDX-License-Identifier: GPL-2.0
/*
 * Every misuse of a free is refused and counted, and the pool goes on.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/vmalloc.h>

#include "helpers.h"

/* Each free object is handed out once, and there are as many as there should be. */
static void expect_whole(struct kunit *test, struct mpool *pool, size_t limit)
{
	void **objs = test_array(test, limit);
	size_t i;

	for (i = 0; i < limit; i++) {
		objs[i] = test_alloc(test, pool);
		memset(objs[i], i, 64);
	}
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_KERNEL));
	for (i = 0; i < limit; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(objs[i], i, 64));
	mpool_free_bulk(pool, limit, objs);
	test_identity(test, pool, 0);
}

static void double_free_at_once(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 300);
	void *obj = test_alloc(test, pool);

	mpool_free(pool, obj);
	test_free_refused(test, pool, obj);
	test_free_refused(test, pool, obj);
	expect_whole(test, pool, 300);
}

/* Wherever the object lies meanwhile: in a magazine, in the depot or in its slab. */
static void double_free_any_time_later(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 1000, .keep = 1000);
	void **objs = test_array(test, 1000);
	size_t i;

	for (i = 0; i < 1000; i++)
		objs[i] = test_alloc(test, pool);
	for (i = 0; i < 1000; i++)
		mpool_free(pool, objs[i]);
	for (i = 0; i < 1000; i++)
		test_free_refused(test, pool, objs[i]);
	mpool_trim(pool);
	for (i = 0; i < 1000; i++)
		test_free_refused(test, pool, objs[i]);
	expect_whole(test, pool, 1000);
}

/*
 * The slab's memory has a new owner, who leaves its first word as it was and writes ones, which
 * would do for marks, elsewhere. How often an object that was there could be freed again, in vain.
 */
static size_t free_what_is_ours(struct kunit *test, struct mpool *pool, void *obj)
{
	size_t i, slab_bytes = test_stats(pool).slab_bytes, asked = 0;
	struct page *pages[64];
	void *memory;

	for (i = 0; i < ARRAY_SIZE(pages); i++) {
		pages[i] = alloc_pages(GFP_KERNEL | __GFP_COMP, get_order(slab_bytes));
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
		memory = page_address(pages[i]);
		memset(memory + sizeof(long), 1, slab_bytes - sizeof(long));
		if (obj > memory && obj < memory + slab_bytes) {
			test_free_refused(test, pool, obj);
			asked++;
		}
	}
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		__free_pages(pages[i], get_order(slab_bytes));
	return asked;
}

static void double_free_after_slab_went(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64);
	void **objs = test_array(test, 3000);
	unsigned int tries = test_is_alone() ? 1 : 20;
	size_t asked = 0;

	/*
	 * Freed last, given first: the page allocator must hand that memory out. Not, if the pool
	 * was tidied by another CPU at this very moment.
	 */
	while (tries-- && !asked) {
		KUNIT_ASSERT_EQ(test, test_take(pool, GFP_KERNEL, objs, 3000), 3000);
		/* Slabs to both sides stay, and so do the bounds within which one is asked. */
		mpool_free_bulk(pool, 1000, objs + 1000);
		mpool_trim(pool);
		test_free_refused(test, pool, objs[1500]);
		asked = free_what_is_ours(test, pool, objs[1500]);
		mpool_free_bulk(pool, 1000, objs);
		mpool_free_bulk(pool, 1000, objs + 2000);
	}
	KUNIT_EXPECT_EQ(test, asked, 1);
	test_identity(test, pool, 0);
}

static void double_free_in_bulk(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 300);
	void *a = test_alloc(test, pool);
	void *b = test_alloc(test, pool);
	void *objs[] = { a, b, a, NULL, b };

	mpool_free_bulk(pool, ARRAY_SIZE(objs), objs);
	KUNIT_EXPECT_EQ(test, test_stats(pool).misuses, 2);
	KUNIT_EXPECT_EQ(test, test_stats(pool).frees, 2);
	expect_whole(test, pool, 300);
}

static void bulk_frees_around_a_bad_one(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 300);
	void **objs = test_array(test, 300);
	void *spared[3];
	size_t i;

	for (i = 0; i < 300; i++)
		objs[i] = test_alloc(test, pool);
	spared[0] = objs[0];
	spared[1] = objs[150];
	spared[2] = objs[299];
	objs[0] += 8;
	objs[150] = &i;
	objs[299] = ERR_PTR(-ENOMEM);
	mpool_free_bulk(pool, 300, objs);
	KUNIT_EXPECT_EQ(test, test_stats(pool).misuses, 3);
	test_identity(test, pool, 3);
	mpool_free_bulk(pool, 3, spared);
	test_identity(test, pool, 0);
}

/* As if it had been freed twice at the same moment, and somebody had it from the other place. */
static void cached_object_that_somebody_has(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 300);
	void *obj = test_alloc(test, pool), *next;

	mpool_free(pool, obj);
	*mpool_lane_mark((struct mpool_lane *)pool, obj) = MPOOL_MARK_HELD;
	next = test_alloc(test, pool);
	KUNIT_EXPECT_PTR_NE(test, next, obj);
	KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), 1);
	test_identity(test, pool, 2);
	mpool_free(pool, next);
	mpool_free(pool, obj);
	KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), 1);
	test_identity(test, pool, 0);
}

static void foreign_pointers(struct kunit *test)
{
	static int in_data;
	struct mpool *pool = test_pool(test, .size = 64, .limit = 300);
	void *obj = test_alloc(test, pool);
	void *slab_object = kmalloc(64, GFP_KERNEL);
	void *virtual = vmalloc(PAGE_SIZE);
	void *page = (void *)__get_free_page(GFP_KERNEL);
	int on_stack;

	test_free_refused(test, pool, slab_object);
	test_free_refused(test, pool, virtual);
	test_free_refused(test, pool, page);
	test_free_refused(test, pool, &on_stack);
	test_free_refused(test, pool, &in_data);
	test_free_refused(test, pool, foreign_pointers);
	test_free_refused(test, pool, (void *)8);
	test_free_refused(test, pool, (void *)0x7fff0000);
	test_free_refused(test, pool, ERR_PTR(-ENOMEM));
	test_free_refused(test, pool, (void *)(ULONG_MAX / 2 + 1));
	test_free_refused(test, pool, (void *)(ULONG_MAX / 4));
	free_page((unsigned long)page);
	vfree(virtual);
	kfree(slab_object);
	mpool_free(pool, obj);
	expect_whole(test, pool, 300);
}

/*
 * Foreign memory between two slabs, which the bounds let pass, must be told by what a slab has
 * and it has not: it is full of ones, which would do for a mark and for a number of objects.
 */
static void foreign_pages_between_slabs(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64);
	size_t slab_bytes, offset, i, asked = 0;
	void **objs = test_array(test, 4000);
	void *first, *last, *address;
	struct page *pages[32];

	for (i = 0; i < 4000; i++) {
		objs[i] = test_alloc(test, pool);
		if (i % 125 == 0)
			pages[i / 125] = alloc_pages(GFP_KERNEL | __GFP_COMP, 3);
	}
	slab_bytes = test_stats(pool).slab_bytes;
	first = min(objs[0], objs[3999]);
	last = max(objs[0], objs[3999]);
	for (i = 0; i < 32; i++) {
		KUNIT_ASSERT_NOT_NULL(test, pages[i]);
		address = page_address(pages[i]);
		memset(address, 1, slab_bytes);
		for (offset = 0; address > first && address < last && offset < 1024; offset += 8) {
			mpool_free(pool, address + offset);
			asked++;
		}
		__free_pages(pages[i], 3);
	}
	KUNIT_EXPECT_GT(test, asked, 0);
	KUNIT_EXPECT_EQ(test, test_stats(pool).misuses, asked);
	test_identity(test, pool, 4000);
	mpool_free_bulk(pool, 4000, objs);
	test_identity(test, pool, 0);
}

/* Where one more object would start, something may be noted of it; an object it is not. */
static void behind_the_last_object(struct kunit *test)
{
	struct mpool_stats s;
	struct mpool *pool;
	void **objs, *end;
	size_t size, i, tried = 0;

	for (size = 64; size < 400; size += 8) {
		/* It has no magazines, for its objects are watched: the slab knows what is free. */
		pool = test_pool(test, .size = size, .reserve = 1, .flags = MPOOL_POISON);
		s = test_stats(pool);
		objs = test_array(test, s.objects);
		KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, s.objects - 1, objs), 0);
		for (i = 1; i < s.objects - 1; i++) {
			if (objs[i] < objs[0])
				swap(objs[i], objs[0]);
		}
		mpool_free(pool, objs[0]);
		end = objs[0] + s.objects * s.stride;
		if (!(((unsigned long)end ^ (unsigned long)objs[0]) & ~(s.slab_bytes - 1))) {
			test_free_refused(test, pool, end);
			tried++;
		}
		mpool_free_bulk(pool, s.objects - 2, objs + 1);
		test_identity(test, pool, 0);
		test_destroy(test);
	}
	KUNIT_EXPECT_GT(test, tried, 0);
}

static void interior_pointers(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 100, .limit = 300);
	void *obj = test_alloc(test, pool);
	size_t slab_bytes = test_stats(pool).slab_bytes;
	void *slab = (void *)((unsigned long)obj & ~(slab_bytes - 1));
	size_t offset;

	for (offset = 1; offset < 100; offset++)
		test_free_refused(test, pool, obj + offset);
	/* The slab's head, and what lies behind its last object. */
	for (offset = 0; offset < 64; offset++)
		test_free_refused(test, pool, slab + offset);
	test_free_refused(test, pool, slab + slab_bytes - 1);
	mpool_free(pool, obj);
	test_identity(test, pool, 0);
}

/* Of all addresses of a slab, those are objects that were handed out, whatever the stride is. */
static void every_address_of_a_slab(struct kunit *test)
{
	static const size_t sizes[] = { 1, 24, 40, 56, 104, 200, 1000, 4104, 30000 };
	struct mpool_stats s;
	struct mpool *pool;
	size_t i, offset;
	void **objs, *start;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		pool = test_pool(test, .size = sizes[i], .reserve = 1);
		s = test_stats(pool);
		objs = test_array(test, s.objects);
		KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, s.objects - 1, objs), 0);
		start = objs[0];
		for (offset = 1; offset < s.objects - 1; offset++)
			start = min(start, objs[offset]);
		start -= 16;
		for (offset = 0; offset < s.slab_bytes; offset++)
			mpool_free(pool, start + offset);
		KUNIT_EXPECT_EQ(test, test_stats(pool).frees, s.objects - 1);
		KUNIT_EXPECT_EQ(test, test_stats(pool).misuses, s.slab_bytes - s.objects + 1);
		test_identity(test, pool, 0);
		test_destroy(test);
	}
}

static void wrong_pool(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 300);
	struct mpool *other = mpool_create(&(struct mpool_params){
		.name = "kunit-other", .size = 64, .limit = 300 });
	void *obj;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, other);
	obj = mpool_alloc(other, GFP_KERNEL);
	mpool_free(pool, test_alloc(test, pool));
	test_free_refused(test, pool, obj);
	test_identity(test, other, 1);
	KUNIT_EXPECT_EQ(test, test_stats(other).misuses, 0);
	mpool_free(other, obj);
	test_identity(test, other, 0);
	mpool_destroy(other);
	expect_whole(test, pool, 300);
}

static void refused_object_stays_usable(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 1);
	u64 *obj = test_alloc(test, pool);

	*obj = 1234;
	test_free_refused(test, pool, (void *)obj + 1);
	KUNIT_EXPECT_EQ(test, *obj, 1234);
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_KERNEL));
	mpool_free(pool, obj);
	expect_whole(test, pool, 1);
}

static void count_dtor(void *obj, void *ctx)
{
	WRITE_ONCE(*(unsigned long *)ctx, READ_ONCE(*(unsigned long *)ctx) + 1);
}

/* Nothing is taken from under who holds it, and the pool goes with the last object. */
static void destroy_with_objects_out(struct kunit *test)
{
	static unsigned long destroyed;
	struct mpool *pool = mpool_create(&(struct mpool_params){
		.name = "kunit", .size = 64, .limit = 2000, .keep = 2000,
		.dtor = count_dtor, .ctx = &destroyed });
	unsigned long end = jiffies + 10 * HZ, before;
	void **objs = test_array(test, 1500);
	size_t i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pool);
	destroyed = 0;
	for (i = 0; i < 1500; i++)
		objs[i] = test_alloc(test, pool);
	for (i = 2; i < 1500; i++)
		mpool_free(pool, objs[i]);
	mpool_destroy(pool);
	before = READ_ONCE(destroyed);

	/* Dying: its name is free, its objects are not. */
	test_pool(test, .size = 64);
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_KERNEL));
	test_identity(test, pool, 2);
	memset(objs[0], 1, 64);
	memset(objs[1], 2, 64);
	KUNIT_EXPECT_NULL(test, memchr_inv(objs[0], 1, 64));
	mpool_free(pool, objs[0]);
	test_free_refused(test, pool, objs[0]);
	test_identity(test, pool, 1);
	mpool_free(pool, objs[1]);
	while (READ_ONCE(destroyed) == before && time_before(jiffies, end))
		msleep(20);
	KUNIT_EXPECT_GT(test, READ_ONCE(destroyed), before);
}

static struct kunit_case misuse_cases[] = {
	KUNIT_CASE(double_free_at_once),
	KUNIT_CASE(double_free_any_time_later),
	KUNIT_CASE(double_free_after_slab_went),
	KUNIT_CASE(double_free_in_bulk),
	KUNIT_CASE(bulk_frees_around_a_bad_one),
	KUNIT_CASE(cached_object_that_somebody_has),
	KUNIT_CASE(foreign_pointers),
	KUNIT_CASE(foreign_pages_between_slabs),
	KUNIT_CASE(behind_the_last_object),
	KUNIT_CASE(interior_pointers),
	KUNIT_CASE(every_address_of_a_slab),
	KUNIT_CASE(wrong_pool),
	KUNIT_CASE(refused_object_stays_usable),
	KUNIT_CASE(destroy_with_objects_out),
	{}
};

static struct kunit_suite misuse_suite = {
	.name = "mpool-misuse",
	.init = test_init,
	.exit = test_exit,
	.test_cases = misuse_cases,
};

kunit_test_suite(misuse_suite);
