// SPDX-License-Identifier: GPL-2.0
/*
 * Sized pools: their classes, what each request gets, the limit on all of them together, and
 * misuse.
 */
#include <linux/cache.h>
#include <linux/irqflags.h>
#include <linux/vmalloc.h>

#include "helpers.h"

/* --- create --- */

static void expect_error(struct kunit *test, const struct mpool_sized_params *params, int err)
{
	struct mpool_sized *sized = mpool_sized_create(params);

	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(sized), err);
	if (!IS_ERR(sized))
		mpool_sized_destroy(sized);
}

#define expect_refused(test, err, ...) \
	expect_error(test, &(struct mpool_sized_params){ .name = "kunit-sized", __VA_ARGS__ }, err)

#define expect_name_refused(test, err, as) \
	expect_error(test, &(struct mpool_sized_params){ .name = as, .max = 64 }, err)

static void create_without_params(struct kunit *test)
{
	expect_error(test, NULL, -EFAULT);
}

static void create_with_bad_name(struct kunit *test)
{
	expect_name_refused(test, -ENODATA, NULL);
	expect_name_refused(test, -ENODATA, "");
	expect_name_refused(test, -EILSEQ, "kunit.sized");
	expect_name_refused(test, -EILSEQ, "Kunit");
	/* 26 characters: there would be no room for that of the largest class. */
	expect_name_refused(test, -ENAMETOOLONG, "0123456789-123456789_12345");
	expect_name_refused(test, -ENAMETOOLONG, "0123456789-123456789_123456789abcdefghij");
}

static void create_with_longest_name(struct kunit *test)
{
	test_create_sized(test, &(struct mpool_sized_params){
		.name = "0123456789-123456789_1234", test_classes(8, MPOOL_SIZE_MAX) });
	test_create_refused(test, &(struct mpool_params){
		.name = "0123456789-123456789_1234-65536", .size = 8 }, -EEXIST);
}

static void create_copies_its_parameters(struct kunit *test)
{
	char name[] = "kunit-sized";
	size_t classes[] = { 16, 100 };
	struct mpool_sized *sized = test_create_sized(test, &(struct mpool_sized_params){
		.name = name, .classes = classes, .nr_classes = 2 });

	memset(name, 'x', 5);
	memset(classes, 0xff, sizeof(classes));
	mpool_sized_free(sized, test_sized_alloc(test, sized, 100));
	KUNIT_EXPECT_EQ(test, test_figures(sized)->class[1].size, 104);
	test_create_refused(test, &(struct mpool_params){ .name = "kunit-sized-16", .size = 8 },
			    -EEXIST);
}

static void create_without_classes(struct kunit *test)
{
	expect_refused(test, -EINVAL);
	expect_refused(test, -EINVAL, .min = 8);
	expect_refused(test, -EINVAL, .min = 8, .growth = 200);
	expect_refused(test, -EINVAL, .run_max = 4096);
	expect_refused(test, -EINVAL, .nr_classes = 1);
	expect_refused(test, -EINVAL, .classes = (const size_t[]){ 8 });
}

static void create_with_classes_given_twice(struct kunit *test)
{
	expect_refused(test, -EINVAL, test_classes(8, 64), .max = 64);
	expect_refused(test, -EINVAL, test_classes(8, 64), .min = 8);
	expect_refused(test, -EINVAL, test_classes(8, 64), .growth = 125);
	expect_refused(test, -EINVAL, test_classes(8, 64), .min = 8, .max = 64, .growth = 125);
}

static void create_with_bad_classes(struct kunit *test)
{
	expect_refused(test, -EINVAL, test_classes(0));
	expect_refused(test, -EINVAL, test_classes(0, 8));
	expect_refused(test, -EINVAL, test_classes(8, 0));
	expect_refused(test, -EINVAL, test_classes(8, 8));
	expect_refused(test, -EINVAL, test_classes(8, 64, 32));
	expect_refused(test, -EINVAL, test_classes(8, 16, 24, 16));
	/* Two that are one when they are rounded up. */
	expect_refused(test, -EINVAL, test_classes(1, 8));
	expect_refused(test, -EINVAL, test_classes(8, 97, 100));
	expect_refused(test, -EINVAL, .min = 65, .max = 64);
	expect_refused(test, -EINVAL, .min = SIZE_MAX, .max = 64);
}

static void create_with_too_large_classes(struct kunit *test)
{
	expect_refused(test, -E2BIG, test_classes(8, MPOOL_SIZE_MAX + 1));
	expect_refused(test, -E2BIG, test_classes(8, SIZE_MAX));
	expect_refused(test, -E2BIG, .max = MPOOL_SIZE_MAX + 1);
	expect_refused(test, -E2BIG, .max = SIZE_MAX);
	expect_refused(test, -E2BIG, test_classes(8, 4096), .run_max = MPOOL_SIZE_MAX + 1);
	expect_refused(test, -E2BIG, test_classes(8, 4096), .run_max = SIZE_MAX);
}

/* Classes 8, 16, 24 and so on. */
static size_t *many_classes(struct kunit *test, unsigned int n)
{
	size_t *classes = kunit_kcalloc(test, n, sizeof(*classes), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, classes);
	for (i = 0; i < n; i++)
		classes[i] = 8 * (i + 1);
	return classes;
}

static void create_with_too_many_classes(struct kunit *test)
{
	const size_t *classes = many_classes(test, MPOOL_CLASSES_MAX + 1);

	expect_refused(test, -E2BIG, .classes = classes, .nr_classes = MPOOL_CLASSES_MAX + 1);
	expect_refused(test, -E2BIG, .classes = classes, .nr_classes = UINT_MAX);
	/* By their growth, and by their runs. */
	expect_refused(test, -E2BIG, .max = MPOOL_SIZE_MAX, .growth = 1);
	expect_refused(test, -E2BIG, test_classes(256), .run_max = MPOOL_SIZE_MAX);
	expect_refused(test, -E2BIG, test_classes(8), .run_max = 8 * MPOOL_CLASSES_MAX + 1);
	expect_refused(test, -E2BIG, .classes = classes, .nr_classes = MPOOL_CLASSES_MAX,
		       .run_max = 8 * MPOOL_CLASSES_MAX + 1);
}

static void create_with_most_classes(struct kunit *test)
{
	const size_t *classes = many_classes(test, MPOOL_CLASSES_MAX);
	struct mpool_sized *sized;

	sized = test_sized(test, .classes = classes, .nr_classes = MPOOL_CLASSES_MAX);
	KUNIT_EXPECT_EQ(test, test_figures(sized)->nr, MPOOL_CLASSES_MAX);
	mpool_sized_free(sized, test_sized_alloc(test, sized, 8 * MPOOL_CLASSES_MAX));
	test_destroy(test);
	sized = test_sized(test, test_classes(8), .run_max = 8 * MPOOL_CLASSES_MAX);
	KUNIT_EXPECT_EQ(test, test_figures(sized)->nr, MPOOL_CLASSES_MAX);
	mpool_sized_free(sized, test_sized_alloc(test, sized, 8 * MPOOL_CLASSES_MAX));
}

static void create_with_bad_range(struct kunit *test)
{
	expect_refused(test, -ERANGE, test_classes(8, 4096), .run_max = 4095);
	expect_refused(test, -ERANGE, .max = 4096, .run_max = 1);
	expect_refused(test, -ERANGE, .max = 4096, .growth = 4001);
	expect_refused(test, -ERANGE, .max = 4096, .growth = UINT_MAX);
	test_sized(test, .max = 4096, .growth = 4000);
}

/* A class that could never have a slab would be no class. */
static void create_with_bad_limit(struct kunit *test)
{
	unsigned long least = test_largest_slab(test_sized(test, test_classes(8, 3000, 60000)));

	test_destroy(test);
	expect_refused(test, -ERANGE, test_classes(8, 3000, 60000), .limit = 1);
	expect_refused(test, -ERANGE, test_classes(8, 3000, 60000), .limit = least - 1);
	test_sized(test, test_classes(8, 3000, 60000), .limit = least);
}

static void create_with_what_every_pool_refuses(struct kunit *test)
{
	expect_refused(test, -EDOM, .max = 64, .align = 3);
	expect_refused(test, -EDOM, .max = 64, .align = SIZE_MAX);
	expect_refused(test, -E2BIG, .max = 64, .align = 2 * PAGE_SIZE);
	expect_refused(test, -E2BIG, .max = 64, .align = SZ_2M, .limit = SZ_1M);
	expect_refused(test, -E2BIG, .max = 64, .align = BIT(BITS_PER_LONG - 4));
	expect_refused(test, -EOPNOTSUPP, .max = 64, .flags = BIT(7));
	expect_refused(test, -EOPNOTSUPP, .max = 64, .flags = BIT(BITS_PER_LONG - 1));
	expect_refused(test, -EOPNOTSUPP, .max = 64, .gfp = __GFP_HIGHMEM);
	expect_refused(test, -EOPNOTSUPP, .max = 64, .gfp = __GFP_ZERO);
	expect_refused(test, -EOPNOTSUPP, .max = 64, .backing = MPOOL_BUFFER);
	expect_refused(test, -EOPNOTSUPP, .max = 64, .backing = MPOOL_BUFFER + 1);
	expect_refused(test, -ENODEV, .max = 64, .node = 1);
	expect_refused(test, -ENODEV, .max = 64, .flags = MPOOL_NODE, .node = MAX_NUMNODES);
	expect_refused(test, -ENODEV, .max = 64, .flags = MPOOL_NODE_STRICT);
}

static void create_with_what_every_pool_accepts(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, .max = 64, .node = numa_mem_id(),
		.flags = MPOOL_NODE | MPOOL_NODE_STRICT | MPOOL_HWCACHE_ALIGN | MPOOL_BORROW,
		.gfp = __GFP_ACCOUNT | __GFP_NOWARN);
	void *ptr = test_sized_alloc(test, sized, 20);

	KUNIT_EXPECT_EQ(test, page_to_nid(virt_to_page(ptr)), numa_mem_id());
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)ptr, cache_line_size()));
	mpool_sized_free(sized, ptr);
}

/* Each class is a pool with a name of its own; whoever has that already goes first. */
static void create_with_a_name_that_a_class_cannot_have(struct kunit *test)
{
	test_create(test, &(struct mpool_params){ .name = "kunit-sized-3072", .size = 8 });
	expect_refused(test, -EEXIST, test_classes(8, 1024, 3072, 4096));
	/* A run's is none the less a name. */
	expect_refused(test, -EEXIST, test_classes(8, 1024), .run_max = 4096);
	test_destroy(test);
	/* Those that had been made by then are gone. */
	test_create(test, &(struct mpool_params){ .name = "kunit-sized-8", .size = 8 });
	test_create(test, &(struct mpool_params){ .name = "kunit-sized-1024", .size = 8 });
}

static void classes_have_their_names(struct kunit *test)
{
	static const char * const names[] = {
		"kunit-sized-8", "kunit-sized-1000", "kunit-sized-2000", "kunit-sized-3000" };
	size_t i;

	test_sized(test, test_classes(8, 1000), .run_max = 3000);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		test_create_refused(test, &(struct mpool_params){ .name = names[i], .size = 8 },
				    -EEXIST);
	expect_refused(test, -EEXIST, test_classes(8));
	test_destroy(test);
	for (i = 0; i < ARRAY_SIZE(names); i++)
		test_create(test, &(struct mpool_params){ .name = names[i], .size = 8 });
}

static void destroy_null(struct kunit *test)
{
	mpool_sized_destroy(NULL);
}

static void create_makes_no_object(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, test_classes(8, 64), .run_max = 256);
	const struct test_figures *f = test_figures(sized);

	KUNIT_EXPECT_EQ(test, f->total.size, 256);
	KUNIT_EXPECT_EQ(test, f->total.slabs, 0);
	KUNIT_EXPECT_EQ(test, f->total.objects, 0);
	KUNIT_EXPECT_EQ(test, f->total.footprint, f->total.metadata);
	KUNIT_EXPECT_EQ(test, f->total.limit_bytes, 0);
	KUNIT_EXPECT_EQ(test, f->nr, 5);
	test_sized_identity(test, sized, 0);
}

/* --- the classes --- */

/* Sizes of the classes, as the pool itself says. */
static unsigned int read_sizes(struct mpool_sized *sized, size_t *sizes)
{
	const struct test_figures *f = test_figures(sized);
	unsigned int i;

	for (i = 0; i < f->nr; i++)
		sizes[i] = f->class[i].size;
	return f->nr;
}

static size_t *read_table(struct kunit *test, struct mpool_sized *sized, unsigned int *nr)
{
	size_t *sizes = kunit_kcalloc(test, MPOOL_CLASSES_MAX, sizeof(*sizes), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, sizes);
	*nr = read_sizes(sized, sizes);
	KUNIT_ASSERT_GT(test, *nr, 0);
	return sizes;
}

/*
 * A request of each size there is gets the least class that it fits in, and can use all of it.
 * Where that would take long: of the sizes next to each class, and of some between.
 */
static void expect_every_size(struct kunit *test, struct mpool_sized *sized, const size_t *sizes,
			      unsigned int nr)
{
	const size_t most = test_sized_stats(sized).size;
	unsigned int class = 0, wrong = 0;
	size_t size, below = 0, served = 0;
	u8 *ptr;

	for (size = 1; size <= most; size = min(size + TEST_STEP, max(size + 1, sizes[class]))) {
		if (sizes[class] < size) {
			KUNIT_EXPECT_EQ(test, test_figures(sized)->class[class].allocs, served);
			below = sizes[class++];
			served = 0;
		}
		KUNIT_ASSERT_LT(test, class, nr);
		KUNIT_ASSERT_TRUE(test, size > below && size <= sizes[class]);
		ptr = test_sized_alloc(test, sized, size);
		wrong += mpool_sized_size_of(sized, ptr) != sizes[class];
		test_stamp(ptr, sizes[class], size);
		mpool_sized_free(sized, ptr);
		served++;
	}
	KUNIT_EXPECT_EQ(test, class, nr - 1);
	KUNIT_EXPECT_EQ(test, test_figures(sized)->class[class].allocs, served);
	KUNIT_EXPECT_EQ(test, wrong, 0);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).misuses, 0);
	test_sized_identity(test, sized, 0);
}

/* The classes of a list, rounded up, and so many runs of the last of them. */
static void expect_list(struct kunit *test, const size_t *list, unsigned int n, unsigned int runs)
{
	size_t *sizes = kunit_kcalloc(test, n + runs, sizeof(*sizes), GFP_KERNEL);
	const size_t block = ALIGN(list[n - 1], 8);
	struct mpool_sized *sized;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, sizes);
	for (i = 0; i < n; i++)
		sizes[i] = ALIGN(list[i], 8);
	for (; i < n + runs; i++)
		sizes[i] = sizes[i - 1] + block;
	sized = test_sized(test, .classes = list, .nr_classes = n,
			   .run_max = runs ? sizes[n + runs - 1] : 0);
	KUNIT_ASSERT_EQ(test, test_figures(sized)->nr, n + runs);
	for (i = 0; i < n + runs; i++)
		KUNIT_EXPECT_EQ(test, test_figures(sized)->class[i].size, sizes[i]);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).size, sizes[n + runs - 1]);
	expect_every_size(test, sized, sizes, n + runs);
	test_destroy(test);
}

static void every_size_of_a_list(struct kunit *test)
{
	static const size_t one[] = { 1 };
	static const size_t odd[] = { 1, 9, 20, 31, 33, 100, 999, 1001, 5001 };
	static const size_t usual[] = { 16, 32, 64, 128, 256, 512, 1024, 2048, 4096 };
	static const size_t large[] = { 8, MPOOL_SIZE_MAX - 9, MPOOL_SIZE_MAX };

	expect_list(test, one, ARRAY_SIZE(one), 0);
	expect_list(test, odd, ARRAY_SIZE(odd), 0);
	expect_list(test, usual, ARRAY_SIZE(usual), 0);
	expect_list(test, large, ARRAY_SIZE(large), 0);
}

static void every_size_of_a_list_with_runs(struct kunit *test)
{
	static const size_t one[] = { 8 };
	static const size_t usual[] = { 16, 100, 512 };
	static const size_t page[] = { 64, 4096 };

	expect_list(test, one, ARRAY_SIZE(one), 1);
	expect_list(test, one, ARRAY_SIZE(one), MPOOL_CLASSES_MAX - 1);
	expect_list(test, usual, ARRAY_SIZE(usual), 127);
	expect_list(test, page, ARRAY_SIZE(page), 15);
}

/* A class is above the one below by at most growth, or by 8 where that is more. */
static void expect_growth(struct kunit *test, const size_t *sizes, unsigned int nr, size_t min,
			  size_t max, unsigned int growth)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, sizes[0], ALIGN(min ?: 8, 8));
	KUNIT_EXPECT_EQ(test, sizes[nr - 1], ALIGN(max, 8));
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED(sizes[i], 8));
	for (i = 1; i < nr; i++) {
		KUNIT_EXPECT_GT(test, sizes[i], sizes[i - 1]);
		KUNIT_EXPECT_LE(test, (sizes[i] - sizes[i - 1]) * 1000,
				max_t(size_t, sizes[i - 1] * growth, 8000));
	}
}

/* What a request loses, against what it asks for. */
static void expect_waste(struct kunit *test, struct mpool_sized *sized, size_t min, size_t max,
			 unsigned int growth)
{
	unsigned int wrong = 0;
	size_t size, lost;
	void *ptr;

	for (size = min; size <= max; size++) {
		ptr = test_sized_alloc(test, sized, size);
		lost = mpool_sized_size_of(sized, ptr) - size;
		wrong += lost > 7 && lost * 1000 > size * growth;
		mpool_sized_free(sized, ptr);
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

static void every_size_of_generated_classes(struct kunit *test)
{
	static const struct {
		size_t min;
		size_t max;
		unsigned int growth;
	} given[] = {
		{ 0, MPOOL_SIZE_MAX, 0 },
		{ 1, 1, 0 },
		{ 1, 8, 1 },
		{ 9, 1001, 50 },
		{ 64, 64, 125 },
		{ 8, 1500, 1 },
		{ 100, 10000, 300 },
		{ 16, MPOOL_SIZE_MAX - 1, 1000 },
		{ 8, 40000, 4000 },
		{ 8, MPOOL_SIZE_MAX, 4000 },
		{ 2048, 20000, 111 },
	};
	unsigned int i, nr, growth;
	struct mpool_sized *sized;
	size_t *sizes;

	for (i = 0; i < ARRAY_SIZE(given); i++) {
		growth = given[i].growth ?: 125;
		sized = test_sized(test, .min = given[i].min, .max = given[i].max,
				   .growth = given[i].growth);
		sizes = read_table(test, sized, &nr);
		expect_growth(test, sizes, nr, given[i].min, given[i].max, growth);
		expect_every_size(test, sized, sizes, nr);
		expect_waste(test, sized, given[i].min ?: 1, given[i].max, growth);
		kunit_kfree(test, sizes);
		test_destroy(test);
	}
}

/* Not one more than it takes, or there would be pools without need. */
static void generated_classes_are_few(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, test_figures(test_sized(test, .max = 64))->nr, 8);
	test_destroy(test);
	KUNIT_EXPECT_LE(test, test_figures(test_sized(test, .max = MPOOL_SIZE_MAX))->nr, 80);
	test_destroy(test);
	/* 8, 16, 32 and so on. */
	KUNIT_EXPECT_EQ(test, test_figures(test_sized(test, .max = MPOOL_SIZE_MAX,
						      .growth = 1000))->nr, 14);
}

static void generated_classes_with_runs(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, .min = 32, .max = 1024, .growth = 250,
					       .run_max = 8 * 1024);
	unsigned int nr, i;
	size_t *sizes = read_table(test, sized, &nr);

	KUNIT_ASSERT_GT(test, nr, 7);
	for (i = 0; i < 7; i++)
		KUNIT_EXPECT_EQ(test, sizes[nr - 1 - i], (8 - i) * 1024);
	expect_growth(test, sizes, nr - 7, 32, 1024, 250);
	expect_every_size(test, sized, sizes, nr);
}

/* Whole blocks that are more than anybody can have: no, or all that there can be. */
static void runs_end_at_the_largest_size(struct kunit *test)
{
	struct mpool_sized *sized = mpool_sized_create(&(struct mpool_sized_params){
		.name = "kunit-sized", test_classes(24 * 1024), .run_max = MPOOL_SIZE_MAX });
	void *ptr;

	if (IS_ERR(sized)) {
		KUNIT_EXPECT_EQ(test, PTR_ERR(sized), -E2BIG);
		return;
	}
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).size, MPOOL_SIZE_MAX);
	ptr = mpool_sized_alloc(sized, MPOOL_SIZE_MAX, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, ptr);
	if (ptr)
		memset(ptr, 1, MPOOL_SIZE_MAX);
	mpool_sized_free(sized, ptr);
	test_sized_identity(test, sized, 0);
	mpool_sized_destroy(sized);
}

static void read_class_beyond_the_last(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, test_classes(8, 64), .run_max = 128);
	struct mpool_stats stats;

	KUNIT_EXPECT_EQ(test, mpool_sized_read_class(sized, 2, &stats), 0);
	KUNIT_EXPECT_EQ(test, mpool_sized_read_class(sized, 3, &stats), -ERANGE);
	KUNIT_EXPECT_EQ(test, mpool_sized_read_class(sized, MPOOL_CLASSES_MAX, &stats), -ERANGE);
	KUNIT_EXPECT_EQ(test, mpool_sized_read_class(sized, UINT_MAX, &stats), -ERANGE);
}

/* --- alloc and free --- */

/* Refused before any class is asked. */
static void expect_alloc_refused(struct kunit *test, struct mpool_sized *sized, size_t size)
{
	struct mpool_stats before = test_sized_stats(sized);

	KUNIT_EXPECT_NULL(test, mpool_sized_alloc(sized, size, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).fails, before.fails + 1);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).misuses, before.misuses + 1);
	test_sized_identity(test, sized, before.in_use);
}

static void expect_free_refused(struct kunit *test, struct mpool_sized *sized, void *ptr)
{
	struct mpool_stats before = test_sized_stats(sized);

	mpool_sized_free(sized, ptr);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).misuses, before.misuses + 1);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).frees, before.frees);
	test_sized_identity(test, sized, before.in_use);
}

/* Everything that takes a pointer must see that it is none of this pool's. */
static void expect_no_piece(struct kunit *test, struct mpool_sized *sized, void *ptr)
{
	struct mpool_stats before;

	expect_free_refused(test, sized, ptr);
	before = test_sized_stats(sized);
	KUNIT_EXPECT_EQ(test, mpool_sized_size_of(sized, ptr), 0);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).misuses, before.misuses + 1);
	KUNIT_EXPECT_NULL(test, mpool_sized_resize(sized, ptr, 8, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).misuses, before.misuses + 2);
	KUNIT_EXPECT_NULL(test, mpool_sized_resize(sized, ptr, 5000, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).misuses, before.misuses + 3);
	test_sized_identity(test, sized, before.in_use);
}

static void alloc_of_nothing(struct kunit *test)
{
	expect_alloc_refused(test, test_sized(test, test_classes(8, 64)), 0);
}

static void alloc_of_too_much(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, test_classes(8, 64));

	expect_alloc_refused(test, sized, 65);
	expect_alloc_refused(test, sized, SIZE_MAX);
	expect_alloc_refused(test, sized, SIZE_MAX / 2 + 1);
	test_destroy(test);
	sized = test_sized(test, test_classes(8, 64), .run_max = 256);
	expect_alloc_refused(test, sized, 257);
	expect_alloc_refused(test, sized, MPOOL_SIZE_MAX + 1);
	expect_alloc_refused(test, sized, SIZE_MAX);
}

/* The largest request is a whole number of blocks, whatever was given. */
static void alloc_of_the_rest_of_the_last_block(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, test_classes(8, 64), .run_max = 193);

	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).size, 256);
	KUNIT_EXPECT_EQ(test, test_figures(sized)->nr, 5);
	mpool_sized_free(sized, test_sized_alloc(test, sized, 256));
	expect_alloc_refused(test, sized, 257);
}

/* Take so many pieces of every class, write all of each, and see that nobody else did. */
static void expect_usable(struct kunit *test, struct mpool_sized *sized, size_t n, size_t align)
{
	unsigned int nr, i;
	size_t *sizes = read_table(test, sized, &nr);
	void **ptrs = test_array(test, nr * n);
	size_t j;

	for (j = 0; j < nr * n; j++) {
		ptrs[j] = test_sized_alloc(test, sized, sizes[j % nr]);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)ptrs[j], align));
		memset(ptrs[j], j, sizes[j % nr]);
	}
	test_sized_identity(test, sized, nr * n);
	for (i = 0; i < nr; i++)
		KUNIT_EXPECT_EQ(test, test_figures(sized)->class[i].in_use, n);
	for (j = 0; j < nr * n; j++) {
		KUNIT_EXPECT_NULL(test, memchr_inv(ptrs[j], j, sizes[j % nr]));
		KUNIT_EXPECT_EQ(test, mpool_sized_size_of(sized, ptrs[j]), sizes[j % nr]);
	}
	test_shuffle(ptrs, nr * n, n);
	for (j = 0; j < nr * n; j++)
		mpool_sized_free(sized, ptrs[j]);
	test_sized_identity(test, sized, 0);
	kunit_kfree(test, ptrs);
	kunit_kfree(test, sizes);
}

static void pieces_do_not_overlap(struct kunit *test)
{
	expect_usable(test, test_sized(test, .max = 5000), 50, 8);
	test_destroy(test);
	expect_usable(test, test_sized(test, test_classes(1, 9, 100, 1024), .run_max = 16384),
		      50, 8);
	test_destroy(test);
	expect_usable(test, test_sized(test, test_classes(1, 9, 17, 333)), 300, 8);
}

static void pieces_are_aligned(struct kunit *test)
{
	size_t align;

	for (align = 16; align <= PAGE_SIZE; align *= 4) {
		expect_usable(test, test_sized(test, test_classes(1, 24, 100, 5000),
					       .align = align), 20, align);
		test_destroy(test);
	}
	expect_usable(test, test_sized(test, test_classes(1, 24, 100, 5000),
				       .flags = MPOOL_HWCACHE_ALIGN), 20, cache_line_size());
	test_destroy(test);
	/* Runs too. */
	expect_usable(test, test_sized(test, test_classes(24, 1024), .run_max = 4096,
				       .align = 512), 20, 512);
}

static void sized_of_mapped_pages(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, test_classes(24, 100, 4096), .run_max = 32768,
					       .backing = MPOOL_VMALLOC);
	struct mpool_stats s;
	void *ptr;

	KUNIT_EXPECT_NULL(test, mpool_sized_alloc(sized, 50, GFP_ATOMIC));
	ptr = test_sized_alloc(test, sized, 50);
	KUNIT_EXPECT_TRUE(test, is_vmalloc_addr(ptr));
	expect_free_refused(test, sized, ptr + 8);
	mpool_sized_free(sized, ptr);
	expect_free_refused(test, sized, ptr);
	expect_usable(test, sized, 20, 8);
	s = test_sized_stats(sized);
	KUNIT_EXPECT_EQ(test, s.mapped, s.slabs);
	KUNIT_EXPECT_EQ(test, s.backing, MPOOL_VMALLOC);
}

static void sized_of_huge_pages(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, test_classes(24, 4096), .run_max = 8192,
					       .backing = MPOOL_HUGE);

	expect_usable(test, sized, 20, 8);
	KUNIT_EXPECT_EQ(test, test_slab_bytes(test_figures(sized)), 3 * SZ_2M);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).backing, MPOOL_HUGE);
}

static void alloc_zeroes_what_was_used(struct kunit *test)
{
	static const size_t requests[] = { 1, 8, 9, 64, 100, 1000, 2999 };
	struct mpool_sized *sized = test_sized(test, test_classes(8, 64, 1000), .run_max = 3000);
	size_t i, bytes;
	void *ptr;

	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		ptr = test_sized_alloc(test, sized, requests[i]);
		bytes = mpool_sized_size_of(sized, ptr);
		memset(ptr, 0xff, bytes);
		mpool_sized_free(sized, ptr);
		ptr = mpool_sized_alloc(sized, requests[i], GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, ptr);
		KUNIT_EXPECT_NULL(test, memchr_inv(ptr, 0, requests[i]));
		mpool_sized_free(sized, ptr);
	}
}

static void alloc_where_nobody_may_sleep(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, .max = 3000);
	unsigned long flags, n = 0;
	void **ptrs = test_array(test, 500);
	size_t i;

	local_irq_save(flags);
	for (i = 0; i < 500; i++) {
		ptrs[i] = mpool_sized_alloc(sized, 1 + i * 5, GFP_ATOMIC);
		n += !!ptrs[i];
	}
	for (i = 0; i < 500; i++)
		mpool_sized_free(sized, ptrs[i]);
	local_irq_restore(flags);
	KUNIT_EXPECT_EQ(test, n, 500);
	test_sized_identity(test, sized, 0);
}

static void free_of_null(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, test_classes(8, 64));

	mpool_sized_free(sized, NULL);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).misuses, 0);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).frees, 0);
}

static void trim_gives_all_back(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, .max = 2000, .run_max = 8000);
	unsigned long objects, released;

	expect_usable(test, sized, 100, 8);
	objects = test_sized_stats(sized).objects;
	released = mpool_sized_trim(sized);
	/* On a busy machine the pool may have come to rest meanwhile, and been faster with some. */
	KUNIT_EXPECT_LE(test, released, objects);
	KUNIT_EXPECT_GT(test, released, 0);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).slabs, 0);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).m_pool, 0);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).footprint,
			test_sized_stats(sized).metadata);
	KUNIT_EXPECT_EQ(test, mpool_sized_trim(sized), 0);
	test_sized_identity(test, sized, 0);
}

static void trim_leaves_what_is_in_use(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, test_classes(8, 64, 1000));
	void *ptr = test_sized_alloc(test, sized, 60);

	test_stamp(ptr, 64, 1);
	mpool_sized_free(sized, test_sized_alloc(test, sized, 8));
	mpool_sized_free(sized, test_sized_alloc(test, sized, 1000));
	mpool_sized_trim(sized);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).slabs, 1);
	KUNIT_EXPECT_TRUE(test, test_is_stamped(ptr, 64, 1));
	mpool_sized_free(sized, ptr);
	test_sized_identity(test, sized, 0);
}

/* --- runs --- */

static void runs_are_one_piece(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, test_classes(64, 1024), .run_max = 65536);
	unsigned int blocks, i;
	void *ptrs[64];

	for (blocks = 1; blocks <= 64; blocks++) {
		ptrs[blocks - 1] = test_sized_alloc(test, sized, blocks * 1024);
		KUNIT_EXPECT_EQ(test, mpool_sized_size_of(sized, ptrs[blocks - 1]), blocks * 1024);
		memset(ptrs[blocks - 1], blocks, blocks * 1024);
	}
	for (i = 0; i < 64; i++) {
		KUNIT_EXPECT_NULL(test, memchr_inv(ptrs[i], i + 1, (i + 1) * 1024));
		mpool_sized_free(sized, ptrs[i]);
	}
	test_sized_identity(test, sized, 0);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).misuses, 0);
}

static void middle_of_a_run_is_no_piece(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, test_classes(64, 1024), .run_max = 8192);
	void *block = test_sized_alloc(test, sized, 1024);
	void *run = test_sized_alloc(test, sized, 8192);
	unsigned int i;

	memset(run, 1, 8192);
	for (i = 1; i < 8; i++)
		expect_no_piece(test, sized, run + i * 1024);
	expect_no_piece(test, sized, run + 8);
	expect_no_piece(test, sized, run + 8191);
	KUNIT_EXPECT_NULL(test, memchr_inv(run, 1, 8192));
	KUNIT_EXPECT_EQ(test, mpool_sized_size_of(sized, run), 8192);
	mpool_sized_free(sized, run);
	expect_free_refused(test, sized, run);
	mpool_sized_free(sized, block);
	test_sized_identity(test, sized, 0);
}

/* --- resize --- */

/* To and from each class, from one end of it to the other, nothing is lost on the way. */
static void resize_keeps_the_content(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, test_classes(8, 24, 100, 1024),
					       .run_max = 4096);
	unsigned int nr, from, to, moves = 0;
	size_t *sizes = read_table(test, sized, &nr);
	u8 *old, *new;

	for (from = 0; from < nr; from++) {
		for (to = 0; to < nr; to++) {
			old = test_sized_alloc(test, sized, sizes[from]);
			memset(old, from + 1, sizes[from]);
			new = mpool_sized_resize(sized, old, sizes[to], GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, new);
			KUNIT_EXPECT_EQ(test, new == old, sizes[to] <= sizes[from]);
			KUNIT_EXPECT_EQ(test, mpool_sized_size_of(sized, new),
					max(sizes[from], sizes[to]));
			KUNIT_EXPECT_NULL(test, memchr_inv(new, from + 1, sizes[from]));
			test_sized_identity(test, sized, 1);
			if (new != old) {
				moves++;
				expect_free_refused(test, sized, old);
			}
			mpool_sized_free(sized, new);
		}
	}
	KUNIT_EXPECT_EQ(test, moves, nr * (nr - 1) / 2);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).allocs, nr * nr + moves);
	test_sized_identity(test, sized, 0);
}

static void resize_within_a_class_stays(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, test_classes(8, 100, 1000));
	void *ptr = test_sized_alloc(test, sized, 9);
	size_t size;

	for (size = 1; size <= 100; size++)
		KUNIT_EXPECT_PTR_EQ(test, mpool_sized_resize(sized, ptr, size, GFP_KERNEL), ptr);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).allocs, 1);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).frees, 0);
	mpool_sized_free(sized, ptr);
}

static void resize_of_null_allocates(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, test_classes(8, 100));
	void *ptr = mpool_sized_resize(sized, NULL, 50, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ptr);
	KUNIT_EXPECT_EQ(test, mpool_sized_size_of(sized, ptr), 104);
	KUNIT_EXPECT_NULL(test, mpool_sized_resize(sized, NULL, 0, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, mpool_sized_resize(sized, NULL, 105, GFP_KERNEL));
	test_sized_identity(test, sized, 1);
	mpool_sized_free(sized, ptr);
}

static void resize_to_what_cannot_be_leaves_all(struct kunit *test)
{
	static const size_t sizes[] = { 0, 209, MPOOL_SIZE_MAX + 1, SIZE_MAX };
	struct mpool_sized *sized = test_sized(test, test_classes(8, 104), .run_max = 208);
	void *ptr = test_sized_alloc(test, sized, 104);
	size_t i;

	test_stamp(ptr, 104, 5);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		KUNIT_EXPECT_NULL(test, mpool_sized_resize(sized, ptr, sizes[i], GFP_KERNEL));
		KUNIT_EXPECT_TRUE(test, test_is_stamped(ptr, 104, 5));
		KUNIT_EXPECT_EQ(test, mpool_sized_size_of(sized, ptr), 104);
		test_sized_identity(test, sized, 1);
	}
	mpool_sized_free(sized, ptr);
	test_sized_identity(test, sized, 0);
}

/* --- misuse --- */

static void foreign_pointers_are_no_pieces(struct kunit *test)
{
	static int in_data;
	struct mpool_sized *sized = test_sized(test, test_classes(8, 100, 1000));
	void *ptr = test_sized_alloc(test, sized, 50);
	void *slab_object = kmalloc(64, GFP_KERNEL);
	void *mapped = vmalloc(PAGE_SIZE);
	int on_stack;

	expect_no_piece(test, sized, slab_object);
	expect_no_piece(test, sized, mapped);
	expect_no_piece(test, sized, &on_stack);
	expect_no_piece(test, sized, &in_data);
	expect_no_piece(test, sized, (void *)8);
	expect_no_piece(test, sized, ERR_PTR(-ENOMEM));
	vfree(mapped);
	kfree(slab_object);
	KUNIT_EXPECT_EQ(test, mpool_sized_size_of(sized, NULL), 0);
	mpool_sized_free(sized, ptr);
}

static void interior_pointers_are_no_pieces(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, test_classes(8, 100, 1000));
	void *ptr = test_sized_alloc(test, sized, 50);
	void *large = test_sized_alloc(test, sized, 1000);
	size_t offset;

	for (offset = 1; offset < 104; offset++)
		expect_no_piece(test, sized, ptr + offset);
	expect_no_piece(test, sized, large + 8);
	expect_no_piece(test, sized, large + 999);
	mpool_sized_free(sized, ptr);
	mpool_sized_free(sized, large);
	test_sized_identity(test, sized, 0);
}

/* Wherever they lie meanwhile. */
static void double_frees_are_refused(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, test_classes(8, 100, 1000));
	void **ptrs = test_array(test, 600);
	void *held = test_sized_alloc(test, sized, 100);
	size_t i;

	for (i = 0; i < 600; i++)
		ptrs[i] = test_sized_alloc(test, sized, i % 2 ? 8 : 100);
	for (i = 0; i < 600; i++)
		mpool_sized_free(sized, ptrs[i]);
	for (i = 0; i < 600; i++)
		expect_free_refused(test, sized, ptrs[i]);
	KUNIT_EXPECT_EQ(test, mpool_sized_size_of(sized, ptrs[0]), 0);
	KUNIT_EXPECT_NULL(test, mpool_sized_resize(sized, ptrs[0], 1000, GFP_KERNEL));
	mpool_sized_free(sized, held);
	test_sized_identity(test, sized, 0);
}

static void pieces_of_other_pools_are_refused(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 100);
	struct mpool_sized *sized = test_sized(test, test_classes(8, 100, 1000));
	struct mpool_sized *other = test_create_sized(test, &(struct mpool_sized_params){
		.name = "kunit-other", test_classes(8, 100, 1000) });
	void *obj = test_alloc(test, pool);
	void *ours = test_sized_alloc(test, sized, 100);
	void *others = test_sized_alloc(test, other, 100);

	expect_no_piece(test, sized, others);
	expect_no_piece(test, sized, obj);
	expect_no_piece(test, other, ours);
	test_free_refused(test, pool, ours);
	/* Who was asked has the blame. */
	KUNIT_EXPECT_EQ(test, test_sized_stats(other).misuses, 4);
	mpool_sized_free(sized, ours);
	mpool_sized_free(other, others);
	mpool_free(pool, obj);
	test_sized_identity(test, sized, 0);
	test_sized_identity(test, other, 0);
	test_identity(test, pool, 0);
}

/* --- the limit --- */

/* A class with nothing in use that has a slab could have given it to the one that was refused. */
static void expect_exhausted(struct kunit *test, struct mpool_sized *sized, size_t request)
{
	const struct test_figures *f = test_figures(sized);
	const struct mpool_stats *own = NULL;
	unsigned int i;

	for (i = 0; i < f->nr; i++) {
		if (!own && f->class[i].size >= request)
			own = &f->class[i];
		if (!f->class[i].in_use)
			KUNIT_EXPECT_EQ(test, f->class[i].slabs, 0);
	}
	KUNIT_ASSERT_NOT_NULL(test, own);
	KUNIT_EXPECT_EQ(test, own->objects, own->in_use);
	/* The next larger one had none to lend, if it is one that lends. */
	if (f->total.borrowed && own < &f->class[f->nr - 1])
		KUNIT_EXPECT_EQ(test, own[1].objects, own[1].in_use);
	KUNIT_EXPECT_GT(test, test_slab_bytes(f) + own->slab_bytes, f->total.limit_bytes);
}

static void expect_within_limit(struct kunit *test, struct mpool_sized *sized)
{
	const struct test_figures *f = test_figures(sized);

	KUNIT_ASSERT_LE(test, test_slab_bytes(f), f->total.limit_bytes);
}

/* By its address, for that is what nobody else may have. */
static void stamp_all(struct mpool_sized *sized, void *ptr)
{
	test_stamp(ptr, mpool_sized_size_of(sized, ptr), (unsigned long)ptr >> 4);
}

static bool is_stamped(struct mpool_sized *sized, void *ptr)
{
	return test_is_stamped(ptr, mpool_sized_size_of(sized, ptr), (unsigned long)ptr >> 4);
}

#define CHURN_PIECES	3000

/* Requests of a changing mix of sizes, so that the classes have to take from each other. */
static void churn_at_the_limit(struct kunit *test, struct mpool_sized *sized, u32 seed)
{
	void **ptrs = test_array(test, CHURN_PIECES);
	unsigned long n = 0, fails = 0, allocs = 0;
	const size_t most = test_sized_stats(sized).size;
	unsigned int step;
	struct rnd_state rnd;
	size_t size, i;

	prandom_seed_state(&rnd, seed);
	for (step = 0; step < 8000; step++) {
		/* For a while the pool fills, for a while it empties. */
		if (n < CHURN_PIECES && test_random(&rnd, 100) < (step / 500 % 2 ? 30 : 75)) {
			size = 1 + test_random(&rnd, most >> test_random(&rnd, 10));
			ptrs[n] = mpool_sized_alloc(sized, size, GFP_KERNEL);
			if (ptrs[n]) {
				allocs++;
				stamp_all(sized, ptrs[n++]);
			} else {
				expect_exhausted(test, sized, size);
				fails++;
			}
		} else if (n) {
			i = test_random(&rnd, n);
			KUNIT_EXPECT_TRUE(test, is_stamped(sized, ptrs[i]));
			mpool_sized_free(sized, ptrs[i]);
			ptrs[i] = ptrs[--n];
		}
		expect_within_limit(test, sized);
	}
	test_sized_identity(test, sized, n);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).allocs, allocs);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).fails, fails);
	KUNIT_EXPECT_GT(test, fails, 0);
	while (n)
		mpool_sized_free(sized, ptrs[--n]);
	test_sized_identity(test, sized, 0);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).misuses, 0);
	kunit_kfree(test, ptrs);
}

/* The same classes for all tests of the limit. */
#define LIMIT_CLASSES	test_classes(16, 64, 250, 1024, 4096), .run_max = 16384

static unsigned long least_limit(struct kunit *test)
{
	unsigned long least = test_largest_slab(test_sized(test, LIMIT_CLASSES));

	test_destroy(test);
	return least;
}

static void limit_is_never_exceeded(struct kunit *test)
{
	const unsigned long least = least_limit(test);
	struct mpool_sized *sized;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		sized = test_sized(test, LIMIT_CLASSES, .limit = least * (i + 2) / 2 + i);
		KUNIT_EXPECT_EQ(test, test_sized_stats(sized).limit_bytes,
				least * (i + 2) / 2 + i);
		churn_at_the_limit(test, sized, i);
		KUNIT_EXPECT_EQ(test, test_sized_stats(sized).borrowed, 0);
		test_destroy(test);
	}
}

/* With the room of one slab there is always a class that is full of idle objects. */
static void idle_classes_give_way(struct kunit *test)
{
	static const size_t sizes[] = { 16, 4096, 64, 16384, 250, 1024, 12000, 16 };
	struct mpool_sized *sized = test_sized(test, LIMIT_CLASSES, .limit = least_limit(test));
	size_t i, round;

	for (round = 0; round < 10; round++) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			mpool_sized_free(sized, test_sized_alloc(test, sized, sizes[i]));
			expect_within_limit(test, sized);
		}
	}
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).fails, 0);
	test_sized_identity(test, sized, 0);
}

/* Take pieces of one size until there are none; how many that was. */
static size_t exhaust(struct kunit *test, struct mpool_sized *sized, size_t size, void **ptrs,
		      size_t most)
{
	size_t n = 0;

	while (n < most && (ptrs[n] = mpool_sized_alloc(sized, size, GFP_KERNEL)))
		n++;
	KUNIT_EXPECT_LT(test, n, most);
	expect_exhausted(test, sized, size);
	expect_within_limit(test, sized);
	return n;
}

/* A class in use keeps the slabs that it needs, and gives the others. */
static void idle_slabs_give_way(struct kunit *test)
{
	const unsigned long least = least_limit(test);
	const size_t most = 3 * least / 250;
	struct mpool_sized *sized = test_sized(test, LIMIT_CLASSES, .limit = 3 * least);
	void **ptrs = test_array(test, most);
	size_t i, n = exhaust(test, sized, 250, ptrs, most);
	void *large;

	test_stamp(ptrs[n / 2], 250, 3);
	for (i = 0; i < n; i++) {
		if (i != n / 2)
			mpool_sized_free(sized, ptrs[i]);
	}
	large = mpool_sized_alloc(sized, 16384, GFP_KERNEL);
	KUNIT_EXPECT_NOT_NULL(test, large);
	expect_within_limit(test, sized);
	KUNIT_EXPECT_TRUE(test, test_is_stamped(ptrs[n / 2], 250, 3));
	mpool_sized_free(sized, large);
	mpool_sized_free(sized, ptrs[n / 2]);
	test_sized_identity(test, sized, 0);
}

/* After a refusal, all that was free is free for any class. */
static void refusal_strands_nothing(struct kunit *test)
{
	static const size_t sizes[] = { 16, 64, 250, 1024, 4096, 16384 };
	const unsigned long least = least_limit(test);
	struct mpool_sized *sized = test_sized(test, LIMIT_CLASSES, .limit = least);
	const size_t most = least / 16;
	void **ptrs = test_array(test, most);
	size_t i, n, first[ARRAY_SIZE(sizes)] = {};
	unsigned int round;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < ARRAY_SIZE(sizes); i++) {
			n = exhaust(test, sized, sizes[i], ptrs, most);
			if (!round)
				first[i] = n;
			KUNIT_EXPECT_GT(test, n, 0);
			KUNIT_EXPECT_EQ(test, n, first[i]);
			test_shuffle(ptrs, n, round);
			while (n)
				mpool_sized_free(sized, ptrs[--n]);
		}
	}
	test_sized_identity(test, sized, 0);
}

/* --- borrowing --- */

/* Room for one slab, which the larger class has: the smaller one cannot have any. */
static struct mpool_sized *tight(struct kunit *test, unsigned long flags)
{
	return test_sized(test, test_classes(64, 128), .limit = PAGE_SIZE, .flags = flags);
}

static void borrowing_is_for_who_asks(struct kunit *test)
{
	struct mpool_sized *sized = tight(test, 0);
	void *large = test_sized_alloc(test, sized, 128);

	KUNIT_EXPECT_NULL(test, mpool_sized_alloc(sized, 64, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).fails, 1);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).borrowed, 0);
	mpool_sized_free(sized, large);
	mpool_sized_free(sized, test_sized_alloc(test, sized, 64));
}

static void borrowed_pieces_are_the_larger_class(struct kunit *test)
{
	struct mpool_sized *sized = tight(test, MPOOL_BORROW);
	void *large = test_sized_alloc(test, sized, 128);
	void *ptr = test_sized_alloc(test, sized, 64);
	const struct test_figures *f = test_figures(sized);

	KUNIT_EXPECT_EQ(test, f->class[0].borrowed, 1);
	KUNIT_EXPECT_EQ(test, f->class[1].borrowed, 0);
	KUNIT_EXPECT_EQ(test, f->total.borrowed, 1);
	KUNIT_EXPECT_EQ(test, f->total.fails, 0);
	KUNIT_EXPECT_EQ(test, f->class[0].in_use, 0);
	KUNIT_EXPECT_EQ(test, f->class[1].in_use, 2);
	KUNIT_EXPECT_EQ(test, mpool_sized_size_of(sized, ptr), 128);
	memset(ptr, 1, 128);
	memset(large, 2, 128);
	KUNIT_EXPECT_NULL(test, memchr_inv(ptr, 1, 128));
	/* There is room for it as it is. */
	KUNIT_EXPECT_PTR_EQ(test, mpool_sized_resize(sized, ptr, 128, GFP_KERNEL), ptr);

	mpool_sized_free(sized, ptr);
	expect_free_refused(test, sized, ptr);
	f = test_figures(sized);
	KUNIT_EXPECT_EQ(test, f->class[1].in_use, 1);
	KUNIT_EXPECT_EQ(test, f->class[0].frees, 0);
	mpool_sized_free(sized, large);
	test_sized_identity(test, sized, 0);
	/* Now there is room for a class of its own. */
	ptr = test_sized_alloc(test, sized, 64);
	KUNIT_EXPECT_EQ(test, mpool_sized_size_of(sized, ptr), 64);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).borrowed, 1);
	mpool_sized_free(sized, ptr);
}

/* Until the larger class has none either. */
static void borrowing_ends(struct kunit *test)
{
	struct mpool_sized *sized = tight(test, MPOOL_BORROW);
	const size_t most = test_sized_stats(sized).limit_bytes / 128;
	void **ptrs = test_array(test, most);
	size_t n = 1;

	ptrs[0] = test_sized_alloc(test, sized, 128);
	n += exhaust(test, sized, 64, ptrs + 1, most - 1);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).fails, 1);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).borrowed, n - 1);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).objects, n);
	while (n)
		mpool_sized_free(sized, ptrs[--n]);
	test_sized_identity(test, sized, 0);
}

/* The largest class has nobody to borrow from. */
static void largest_class_borrows_from_nobody(struct kunit *test)
{
	struct mpool_sized *sized = tight(test, MPOOL_BORROW);
	void *small = test_sized_alloc(test, sized, 64);

	KUNIT_EXPECT_NULL(test, mpool_sized_alloc(sized, 128, GFP_KERNEL));
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).borrowed, 0);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).fails, 1);
	mpool_sized_free(sized, small);
}

static void borrowing_keeps_the_limit(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, LIMIT_CLASSES, .flags = MPOOL_BORROW,
					       .limit = 2 * least_limit(test));

	churn_at_the_limit(test, sized, 9);
	KUNIT_EXPECT_GT(test, test_sized_stats(sized).borrowed, 0);
}

/* --- faults --- */

static void create_under_faults(struct kunit *test)
{
	struct mpool_sized_params params = {
		.name = "kunit-sized", test_classes(8, 100, 1000), .run_max = 3000 };
	unsigned int nth, errors = 0;
	struct mpool_sized *sized;
	bool failed;

	test_needs_faults(test);
	for (nth = 1; ; nth++) {
		failed = with_fault(nth, sized = mpool_sized_create(&params));
		if (IS_ERR(sized)) {
			/* -EEXIST would say that a class was left behind by the last try. */
			KUNIT_EXPECT_EQ(test, PTR_ERR(sized), -ENOMEM);
			errors++;
		} else {
			mpool_sized_free(sized, mpool_sized_alloc(sized, 100, GFP_KERNEL));
			test_sized_identity(test, sized, 0);
			mpool_sized_destroy(sized);
		}
		if (!failed)
			break;
	}
	KUNIT_EXPECT_FALSE(test, IS_ERR(sized));
	/* Five classes, and what they have in common. */
	KUNIT_EXPECT_GT(test, errors, 5);
}

static void alloc_under_faults(struct kunit *test)
{
	static const gfp_t gfps[] = { GFP_KERNEL, GFP_NOWAIT, GFP_ATOMIC };
	struct mpool_sized *sized = test_sized(test, test_classes(8, 100, 1000), .run_max = 3000);
	unsigned int nth, i, errors = 0;
	bool failed;
	void *ptr;

	test_needs_faults(test);
	for (i = 0; i < 3 * ARRAY_SIZE(gfps); i++) {
		for (nth = 1; ; nth++) {
			failed = with_fault(nth, ptr = mpool_sized_alloc(sized, 8 + 900 * (i / 3),
									 gfps[i % 3]));
			test_sized_identity(test, sized, !!ptr);
			KUNIT_EXPECT_TRUE(test, failed || ptr);
			errors += !ptr;
			mpool_sized_free(sized, ptr);
			mpool_sized_trim(sized);
			if (!failed)
				break;
		}
	}
	KUNIT_EXPECT_GE(test, errors, 3 * ARRAY_SIZE(gfps));
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).fails, errors);
	KUNIT_EXPECT_EQ(test, test_sized_stats(sized).misuses, 0);
}

static void resize_under_faults(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, test_classes(8, 100, 1000), .run_max = 3000);
	unsigned int nth, errors = 0;
	void *ptr, *new;
	bool failed;

	test_needs_faults(test);
	for (nth = 1; ; nth++) {
		ptr = test_sized_alloc(test, sized, 100);
		test_stamp(ptr, 100, 9);
		failed = with_fault(nth, new = mpool_sized_resize(sized, ptr, 3000, GFP_KERNEL));
		KUNIT_EXPECT_TRUE(test, test_is_stamped(new ?: ptr, 100, 9));
		KUNIT_EXPECT_EQ(test, mpool_sized_size_of(sized, new ?: ptr), new ? 3000 : 104);
		test_sized_identity(test, sized, 1);
		errors += !new;
		mpool_sized_free(sized, new ?: ptr);
		mpool_sized_trim(sized);
		if (!failed)
			break;
	}
	KUNIT_EXPECT_GT(test, errors, 0);
	test_sized_identity(test, sized, 0);
}

/* Lack of memory is not the limit: its room must be there again, and nobody has to give way. */
static void limit_under_faults(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, LIMIT_CLASSES, .limit = least_limit(test));
	unsigned int nth;
	bool failed;
	void *ptr;

	test_needs_faults(test);
	for (nth = 1; ; nth++) {
		mpool_sized_free(sized, test_sized_alloc(test, sized, 4096));
		failed = with_fault(nth, ptr = mpool_sized_alloc(sized, 64, GFP_KERNEL));
		test_sized_identity(test, sized, !!ptr);
		expect_within_limit(test, sized);
		mpool_sized_free(sized, ptr);
		if (!failed)
			break;
	}
	KUNIT_EXPECT_NOT_NULL(test, ptr);
}

static void free_trim_and_destroy_ask_for_nothing(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, .max = 2000, .run_max = 4000);
	void **ptrs = test_array(test, 1000);
	size_t i;

	test_needs_faults(test);
	for (i = 0; i < 1000; i++)
		ptrs[i] = test_sized_alloc(test, sized, 4 * i + 1);
	KUNIT_EXPECT_FALSE(test, with_fault(1, ({
		for (i = 0; i < 900; i++)
			mpool_sized_free(sized, ptrs[i]);
		mpool_sized_trim(sized);
		for (; i < 1000; i++)
			mpool_sized_free(sized, ptrs[i]);
		test_destroy(test);
	})));
}

static struct kunit_case sized_cases[] = {
	KUNIT_CASE(create_without_params),
	KUNIT_CASE(create_with_bad_name),
	KUNIT_CASE(create_with_longest_name),
	KUNIT_CASE(create_copies_its_parameters),
	KUNIT_CASE(create_without_classes),
	KUNIT_CASE(create_with_classes_given_twice),
	KUNIT_CASE(create_with_bad_classes),
	KUNIT_CASE(create_with_too_large_classes),
	KUNIT_CASE(create_with_too_many_classes),
	KUNIT_CASE(create_with_most_classes),
	KUNIT_CASE(create_with_bad_range),
	KUNIT_CASE(create_with_bad_limit),
	KUNIT_CASE(create_with_what_every_pool_refuses),
	KUNIT_CASE(create_with_what_every_pool_accepts),
	KUNIT_CASE(create_with_a_name_that_a_class_cannot_have),
	KUNIT_CASE(classes_have_their_names),
	KUNIT_CASE(destroy_null),
	KUNIT_CASE(create_makes_no_object),
	KUNIT_CASE(every_size_of_a_list),
	KUNIT_CASE(every_size_of_a_list_with_runs),
	KUNIT_CASE(every_size_of_generated_classes),
	KUNIT_CASE(generated_classes_are_few),
	KUNIT_CASE(generated_classes_with_runs),
	KUNIT_CASE(runs_end_at_the_largest_size),
	KUNIT_CASE(read_class_beyond_the_last),
	KUNIT_CASE(alloc_of_nothing),
	KUNIT_CASE(alloc_of_too_much),
	KUNIT_CASE(alloc_of_the_rest_of_the_last_block),
	KUNIT_CASE(pieces_do_not_overlap),
	KUNIT_CASE(pieces_are_aligned),
	KUNIT_CASE(sized_of_mapped_pages),
	KUNIT_CASE(sized_of_huge_pages),
	KUNIT_CASE(alloc_zeroes_what_was_used),
	KUNIT_CASE(alloc_where_nobody_may_sleep),
	KUNIT_CASE(free_of_null),
	KUNIT_CASE(trim_gives_all_back),
	KUNIT_CASE(trim_leaves_what_is_in_use),
	KUNIT_CASE(runs_are_one_piece),
	KUNIT_CASE(middle_of_a_run_is_no_piece),
	KUNIT_CASE(resize_keeps_the_content),
	KUNIT_CASE(resize_within_a_class_stays),
	KUNIT_CASE(resize_of_null_allocates),
	KUNIT_CASE(resize_to_what_cannot_be_leaves_all),
	KUNIT_CASE(foreign_pointers_are_no_pieces),
	KUNIT_CASE(interior_pointers_are_no_pieces),
	KUNIT_CASE(double_frees_are_refused),
	KUNIT_CASE(pieces_of_other_pools_are_refused),
	KUNIT_CASE(limit_is_never_exceeded),
	KUNIT_CASE(idle_classes_give_way),
	KUNIT_CASE(idle_slabs_give_way),
	KUNIT_CASE(refusal_strands_nothing),
	KUNIT_CASE(borrowing_is_for_who_asks),
	KUNIT_CASE(borrowed_pieces_are_the_larger_class),
	KUNIT_CASE(borrowing_ends),
	KUNIT_CASE(largest_class_borrows_from_nobody),
	KUNIT_CASE(borrowing_keeps_the_limit),
	KUNIT_CASE(create_under_faults),
	KUNIT_CASE(alloc_under_faults),
	KUNIT_CASE(resize_under_faults),
	KUNIT_CASE(limit_under_faults),
	KUNIT_CASE(free_trim_and_destroy_ask_for_nothing),
	{}
};

static struct kunit_suite sized_suite = {
	.name = "mpool-sized",
	.init = test_init,
	.exit = test_exit,
	.test_cases = sized_cases,
};

kunit_test_suite(sized_suite);
