// SPDX-License-Identifier: GPL-2.0
/*
 * mpool_create(): what it accepts, and the errno for each thing that it does not.
 */
#include "helpers.h"

/* Refused for the parameters given, or for the name, or for the size and what goes with it. */
#define expect_refused(test, err, ...) \
	test_create_refused(test, &(struct mpool_params){ .name = "kunit", .size = 64,	\
							  __VA_ARGS__ }, err)

#define expect_name_refused(test, err, as) \
	test_create_refused(test, &(struct mpool_params){ .name = as, .size = 64 }, err)

#define expect_size_refused(test, err, ...) \
	test_create_refused(test, &(struct mpool_params){ .name = "kunit", __VA_ARGS__ }, err)

static void create_makes_no_object(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 100);
	struct mpool_stats s = test_stats(pool);

	KUNIT_EXPECT_EQ(test, s.size, 100);
	KUNIT_EXPECT_EQ(test, s.stride, MPOOL_STRIDE(100, 0));
	KUNIT_EXPECT_EQ(test, s.objects, 0);
	KUNIT_EXPECT_EQ(test, s.slabs, 0);
	KUNIT_EXPECT_EQ(test, s.limit, 0);
	KUNIT_EXPECT_EQ(test, s.keep, 0);
	KUNIT_EXPECT_EQ(test, s.footprint, s.metadata);
	KUNIT_EXPECT_GT(test, s.metadata, 0);
}

static void create_without_params(struct kunit *test)
{
	test_create_refused(test, NULL, -EFAULT);
}

static void create_without_name(struct kunit *test)
{
	expect_name_refused(test, -ENODATA, NULL);
	expect_name_refused(test, -ENODATA, "");
}

static void create_with_longest_name(struct kunit *test)
{
	test_create(test, &(struct mpool_params){
		.name = "0123456789-123456789_123456789a", .size = 1 });
}

static void create_with_overlong_name(struct kunit *test)
{
	expect_name_refused(test, -ENAMETOOLONG, "0123456789-123456789_123456789ab");
	expect_name_refused(test, -ENAMETOOLONG, "0123456789-123456789_123456789abcdefghijk");
}

static void create_with_bad_characters(struct kunit *test)
{
	char name[] = "a?z";
	int c;

	for (c = 1; c < 256; c++) {
		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-')
			continue;
		name[1] = c;
		expect_name_refused(test, -EILSEQ, name);
	}
}

static void create_copies_the_name(struct kunit *test)
{
	char name[] = "kunit-name";

	test_create(test, &(struct mpool_params){ .name = name, .size = 8 });
	name[0] = 'x';
	expect_name_refused(test, -EEXIST, "kunit-name");
}

static void create_with_duplicate_name(struct kunit *test)
{
	test_pool(test, .size = 8);
	expect_name_refused(test, -EEXIST, "kunit");
	test_destroy(test);
	test_pool(test, .size = 8);
}

static void create_with_bad_size(struct kunit *test)
{
	expect_size_refused(test, -EINVAL, .size = 0);
	expect_size_refused(test, -E2BIG, .size = MPOOL_SIZE_MAX + 1);
	expect_size_refused(test, -E2BIG, .size = SIZE_MAX);
}

static void create_with_bad_align(struct kunit *test)
{
	expect_refused(test, -EDOM, .align = 3);
	expect_refused(test, -EDOM, .align = SIZE_MAX);
	expect_refused(test, -E2BIG, .align = 2 * PAGE_SIZE);
}

static void create_with_overflow(struct kunit *test)
{
	expect_size_refused(test, -EOVERFLOW, .size = SIZE_MAX, .align = 8);
	expect_size_refused(test, -EOVERFLOW, .size = SIZE_MAX / 2 + 1, .align = SIZE_MAX / 2 + 1);
}

static void create_with_keep_above_limit(struct kunit *test)
{
	expect_refused(test, -ERANGE, .limit = 10, .keep = 11);
	test_pool(test, .size = 8, .limit = 10, .keep = 10);
	test_destroy(test);
	test_pool(test, .size = 8, .keep = ULONG_MAX);
}

static void create_with_unknown_bits(struct kunit *test)
{
	expect_refused(test, -EOPNOTSUPP, .flags = BIT(7));
	expect_refused(test, -EOPNOTSUPP, .flags = MPOOL_BORROW);
	expect_refused(test, -EOPNOTSUPP, .flags = BIT(BITS_PER_LONG - 1));
	expect_refused(test, -EOPNOTSUPP, .gfp = __GFP_HIGHMEM);
	expect_refused(test, -EOPNOTSUPP, .gfp = __GFP_ZERO);
}

static void create_with_known_gfp(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .gfp = __GFP_ACCOUNT | __GFP_NOWARN);

	mpool_free(pool, test_alloc(test, pool));
}

static void create_with_bad_node(struct kunit *test)
{
	expect_refused(test, -ENODEV, .flags = MPOOL_NODE, .node = MAX_NUMNODES);
	expect_refused(test, -ENODEV, .flags = MPOOL_NODE, .node = -1);
	expect_refused(test, -ENODEV, .flags = MPOOL_NODE, .node = INT_MIN);
	expect_refused(test, -ENODEV, .node = 1);
}

static void create_with_node(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .flags = MPOOL_NODE,
				       .node = numa_mem_id());
	void *obj = test_alloc(test, pool);

	KUNIT_EXPECT_EQ(test, page_to_nid(virt_to_page(obj)), numa_mem_id());
	mpool_free(pool, obj);
}

static void destroy_null(struct kunit *test)
{
	mpool_destroy(NULL);
}

static struct kunit_case create_cases[] = {
	KUNIT_CASE(create_makes_no_object),
	KUNIT_CASE(create_without_params),
	KUNIT_CASE(create_without_name),
	KUNIT_CASE(create_with_longest_name),
	KUNIT_CASE(create_with_overlong_name),
	KUNIT_CASE(create_with_bad_characters),
	KUNIT_CASE(create_copies_the_name),
	KUNIT_CASE(create_with_duplicate_name),
	KUNIT_CASE(create_with_bad_size),
	KUNIT_CASE(create_with_bad_align),
	KUNIT_CASE(create_with_overflow),
	KUNIT_CASE(create_with_keep_above_limit),
	KUNIT_CASE(create_with_unknown_bits),
	KUNIT_CASE(create_with_known_gfp),
	KUNIT_CASE(create_with_bad_node),
	KUNIT_CASE(create_with_node),
	KUNIT_CASE(destroy_null),
	{}
};

static struct kunit_suite create_suite = {
	.name = "mpool-create",
	.init = test_init,
	.exit = test_exit,
	.test_cases = create_cases,
};

kunit_test_suite(create_suite);

MODULE_DESCRIPTION("KUnit tests for mpool");
MODULE_LICENSE("GPL");
