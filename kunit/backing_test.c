// SPDX-License-Identifier: GPL-2.0
/*
 * Where slabs come from: pages, mapped pages, huge pages, and memory of the caller's own.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/log2.h>
#include <linux/vmalloc.h>

#include "helpers.h"

/* Refused with what is given besides name and size. */
#define expect_refused(test, err, ...) \
	test_create_refused(test, &(struct mpool_params){ .name = "kunit-other", .size = 64,	\
							  __VA_ARGS__ }, err)

/* Likewise, in a buffer. */
#define expect_buffer_refused(test, err, memory, bytes, ...) \
	expect_refused(test, err, .backing = MPOOL_BUFFER, .buffer = memory,	\
		       .buffer_bytes = bytes, ## __VA_ARGS__)

/* A pool in a buffer; what follows are further parameters. */
#define buffer_pool(test, memory, bytes, ...) \
	test_pool(test, .backing = MPOOL_BUFFER, .buffer = memory, .buffer_bytes = bytes, \
		  __VA_ARGS__)

/* Some of the kinds hand out memory of the vmalloc area, and must say so. */
static void expect_mapping(struct kunit *test, struct mpool *pool, void **objs, size_t n)
{
	struct mpool_stats s = test_stats(pool);
	size_t i, mapped = 0;

	for (i = 0; i < n; i++)
		mapped += is_vmalloc_addr(objs[i]);
	switch (s.backing) {
	case MPOOL_PAGES:
		KUNIT_EXPECT_EQ(test, mapped, 0);
		KUNIT_EXPECT_EQ(test, s.mapped, 0);
		break;
	case MPOOL_VMALLOC:
		KUNIT_EXPECT_EQ(test, mapped, n);
		KUNIT_EXPECT_EQ(test, s.mapped, s.slabs);
		break;
	case MPOOL_HUGE:
		KUNIT_EXPECT_EQ(test, mapped > 0, s.mapped > 0);
		KUNIT_EXPECT_EQ(test, mapped == n, s.mapped == s.slabs);
		break;
	case MPOOL_BUFFER:
		KUNIT_EXPECT_EQ(test, s.mapped, 0);
		break;
	}
}

/* Take so many objects, write each full of its own number, and see that no other wrote there. */
static void expect_usable(struct kunit *test, struct mpool *pool, size_t n, size_t align)
{
	const size_t size = test_stats(pool).size;
	void **objs = test_array(test, n);
	size_t i;

	for (i = 0; i < n; i++) {
		objs[i] = test_alloc(test, pool);
		KUNIT_EXPECT_TRUE(test, IS_ALIGNED((unsigned long)objs[i],
						   MPOOL_ALIGNMENT(align)));
		memset(objs[i], i, size);
	}
	test_identity(test, pool, n);
	expect_mapping(test, pool, objs, n);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(objs[i], i, size));
	test_shuffle(objs, n, n);
	for (i = 0; i < n; i++)
		mpool_free(pool, objs[i]);
	test_identity(test, pool, 0);
	kunit_kfree(test, objs);
}

/* --- pages, and mapped pages --- */

static const struct {
	size_t least;
	size_t most;
} slab_range[] = {
	[MPOOL_PAGES]	= { SZ_4K, SZ_1M },
	[MPOOL_VMALLOC]	= { SZ_256K, SZ_1M },
	[MPOOL_HUGE]	= { SZ_2M, SZ_2M },
};

/* One object, and with it one slab, whose objects are all made. */
static void expect_good_slab(struct kunit *test, enum mpool_backing backing, size_t size,
			     size_t align)
{
	struct mpool *pool = test_pool(test, .size = size, .align = align, .backing = backing);
	void *obj = test_alloc(test, pool);
	struct mpool_stats s = test_stats(pool);

	test_identity(test, pool, 1);
	KUNIT_EXPECT_EQ(test, s.slabs, 1);
	KUNIT_EXPECT_EQ(test, s.size, size);
	KUNIT_EXPECT_EQ(test, s.stride, MPOOL_STRIDE(size, align));
	KUNIT_EXPECT_EQ(test, s.backing, backing);
	KUNIT_EXPECT_TRUE(test, is_power_of_2(s.slab_bytes));
	KUNIT_EXPECT_GE(test, s.slab_bytes, slab_range[backing].least);
	KUNIT_EXPECT_LE(test, s.slab_bytes, slab_range[backing].most);
	KUNIT_EXPECT_LE(test, s.objects * s.stride, s.slab_bytes);
	/* A byte for the mark of each is no waste. */
	KUNIT_EXPECT_LE(test, s.slab_bytes - s.objects * (s.stride + 1), s.slab_bytes / 16);
	mpool_free(pool, obj);
	test_destroy(test);
}

static void expect_good_slabs(struct kunit *test, enum mpool_backing backing)
{
	static const size_t edges[] = {
		1, 7, 8, 9, 63, 64, 65, 120, 1000, 4000, 4032, 4088, 4095, 4096, 4097, 5461, 8191,
		8192, 8193, 10922, 13107, 16384, 16385, 21845, 32767, 32768, 32769, 43690, 52428,
		61440, 61681, 65472, 65528, 65529, 65535, 65536,
	};
	struct rnd_state rnd;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(edges); i++) {
		expect_good_slab(test, backing, edges[i], 0);
		expect_good_slab(test, backing, edges[i], PAGE_SIZE);
	}
	prandom_seed_state(&rnd, 1 + backing);
	for (i = 0; i < 200; i++)
		expect_good_slab(test, backing, 1 + test_random(&rnd, MPOOL_SIZE_MAX),
				 1 << test_random(&rnd, 13));
}

static void little_is_lost_of_pages(struct kunit *test)
{
	expect_good_slabs(test, MPOOL_PAGES);
}

static void little_is_lost_of_mapped_pages(struct kunit *test)
{
	expect_good_slabs(test, MPOOL_VMALLOC);
}

static void little_is_lost_of_huge_pages(struct kunit *test)
{
	static const size_t sizes[] = { 1, 100, 4096, 5000, 33000, 65536 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		expect_good_slab(test, MPOOL_HUGE, sizes[i], 8 << i);
}

/* The objects of more than two slabs. */
static void expect_usable_slabs(struct kunit *test, enum mpool_backing backing)
{
	static const size_t sizes[] = { 40, 1000, 4096, 30000, 65536 };
	static const size_t aligns[] = { 0, 64, PAGE_SIZE };
	struct mpool_stats s;
	struct mpool *pool;
	size_t i, n;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		pool = test_pool(test, .size = sizes[i], .backing = backing, .keep = ULONG_MAX,
				 .align = aligns[i % ARRAY_SIZE(aligns)]);
		mpool_free(pool, test_alloc(test, pool));
		n = 2 * test_stats(pool).objects + 1;
		expect_usable(test, pool, n, aligns[i % ARRAY_SIZE(aligns)]);
		KUNIT_EXPECT_EQ(test, test_stats(pool).slabs, 3);
		KUNIT_EXPECT_EQ(test, mpool_set_keep(pool, 0), 0);
		mpool_trim(pool);
		s = test_stats(pool);
		KUNIT_EXPECT_EQ(test, s.slabs, 0);
		KUNIT_EXPECT_EQ(test, s.mapped, 0);
		KUNIT_EXPECT_EQ(test, s.m_pool, 0);
		KUNIT_EXPECT_EQ(test, s.footprint, s.metadata);
		test_destroy(test);
	}
}

static void pages_are_usable(struct kunit *test)
{
	expect_usable_slabs(test, MPOOL_PAGES);
}

static void mapped_pages_are_usable(struct kunit *test)
{
	expect_usable_slabs(test, MPOOL_VMALLOC);
}

static void huge_pages_are_usable(struct kunit *test)
{
	expect_usable_slabs(test, MPOOL_HUGE);
}

static void mapped_pages_honour_the_limit(struct kunit *test)
{
	static const unsigned long limits[] = { 1, 2, 7, 500, 2500 };
	struct mpool *pool;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		pool = test_pool(test, .size = 200, .limit = limits[i], .backing = MPOOL_VMALLOC);
		expect_usable(test, pool, limits[i], 0);
		KUNIT_EXPECT_EQ(test, test_stats(pool).objects, limits[i]);
		KUNIT_EXPECT_EQ(test, test_stats(pool).fails, 0);
		test_destroy(test);
	}
}

/* Mapping sleeps. Who may not gets what is there, and no more. */
static void expect_no_atomic_growth(struct kunit *test, enum mpool_backing backing)
{
	struct mpool *pool = test_pool(test, .size = 5000, .backing = backing);
	unsigned long n, i;
	void **objs;

	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_ATOMIC));
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_NOWAIT));
	KUNIT_EXPECT_EQ(test, test_stats(pool).slabs, 0);
	KUNIT_EXPECT_EQ(test, test_stats(pool).fails, 2);
	mpool_free(pool, test_alloc(test, pool));
	n = test_stats(pool).objects;
	objs = test_array(test, n);
	for (i = 0; i < n; i++) {
		objs[i] = mpool_alloc(pool, i % 2 ? GFP_ATOMIC : GFP_NOWAIT);
		KUNIT_ASSERT_NOT_NULL(test, objs[i]);
	}
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_ATOMIC));
	KUNIT_EXPECT_EQ(test, test_stats(pool).slabs, 1);
	KUNIT_EXPECT_EQ(test, test_stats(pool).fails, 3);
	test_identity(test, pool, n);
	mpool_free_bulk(pool, n, objs);
	test_destroy(test);
}

static void what_is_mapped_grows_only_where_it_may_sleep(struct kunit *test)
{
	expect_no_atomic_growth(test, MPOOL_VMALLOC);
}

/* A contiguous run can be had anywhere. What would take its place cannot. */
static void huge_pages_have_no_way_out_where_it_may_not_sleep(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 5000, .backing = MPOOL_HUGE);
	void *obj;

	test_needs_faults(test);
	KUNIT_EXPECT_TRUE(test, with_fault(1, obj = mpool_alloc(pool, GFP_ATOMIC)));
	KUNIT_EXPECT_NULL(test, obj);
	KUNIT_EXPECT_EQ(test, test_stats(pool).slabs, 0);
	KUNIT_EXPECT_EQ(test, test_stats(pool).fails, 1);
	obj = mpool_alloc(pool, GFP_ATOMIC);
	KUNIT_EXPECT_EQ(test, test_stats(pool).mapped, 0);
	mpool_free(pool, obj);
	test_identity(test, pool, 0);
}

static void expect_misuse_refused(struct kunit *test, enum mpool_backing backing)
{
	struct mpool *pool = test_pool(test, .size = 100, .limit = 300, .backing = backing);
	void *obj = test_alloc(test, pool);
	void *other = test_alloc(test, pool);
	size_t offset;
	int on_stack;

	for (offset = 1; offset < 104; offset += 3)
		test_free_refused(test, pool, obj + offset);
	test_free_refused(test, pool, &on_stack);
	test_free_refused(test, pool, (void *)8);
	mpool_free(pool, obj);
	test_free_refused(test, pool, obj);
	mpool_free(pool, other);
	test_free_refused(test, pool, other);
	test_free_refused(test, pool, obj);
	expect_usable(test, pool, 300, 0);
	test_destroy(test);
}

static void misuse_is_refused_by_every_kind(struct kunit *test)
{
	expect_misuse_refused(test, MPOOL_PAGES);
	expect_misuse_refused(test, MPOOL_VMALLOC);
	expect_misuse_refused(test, MPOOL_HUGE);
}

/* Two pools of one kind lie side by side. */
static void other_pools_objects_are_refused_by_every_kind(struct kunit *test)
{
	static const enum mpool_backing kinds[] = { MPOOL_PAGES, MPOOL_VMALLOC, MPOOL_HUGE };
	struct mpool *pools[ARRAY_SIZE(kinds)];
	void *objs[ARRAY_SIZE(kinds)];
	char name[] = "kunit-0";
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(kinds); i++, name[6]++) {
		pools[i] = test_create(test, &(struct mpool_params){
			.name = name, .size = 64, .backing = kinds[i] });
		objs[i] = test_alloc(test, pools[i]);
	}
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (j = 0; j < ARRAY_SIZE(kinds); j++) {
			if (i != j)
				test_free_refused(test, pools[i], objs[j]);
		}
	}
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		mpool_free(pools[i], objs[i]);
		test_identity(test, pools[i], 0);
	}
}

static void mapped_pages_under_faults(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 1000, .backing = MPOOL_VMALLOC,
				       .gfp = __GFP_NOWARN);
	unsigned int nth, errors = 0;
	bool failed;
	void *obj;

	test_needs_faults(test);
	for (nth = 1; ; nth++) {
		failed = with_fault(nth, obj = mpool_alloc(pool, GFP_KERNEL));
		test_identity(test, pool, !!obj);
		KUNIT_EXPECT_TRUE(test, failed || obj);
		KUNIT_EXPECT_EQ(test, test_stats(pool).slabs, !!obj);
		errors += !obj;
		mpool_free(pool, obj);
		mpool_trim(pool);
		KUNIT_EXPECT_EQ(test, test_stats(pool).slabs, 0);
		if (!failed)
			break;
	}
	KUNIT_EXPECT_GT(test, errors, 0);
	KUNIT_EXPECT_EQ(test, test_stats(pool).fails, errors);
}

/* There are 2 MiB free, but not in one piece. */
static void huge_pages_fall_back_to_mapped_ones(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 5000, .backing = MPOOL_HUGE,
				       .gfp = __GFP_NOWARN);
	unsigned int nth, fallbacks = 0;
	struct mpool_stats s;
	bool failed;
	void *obj;

	test_needs_faults(test);
	for (nth = 1; ; nth++) {
		failed = with_fault(nth, obj = mpool_alloc(pool, GFP_KERNEL));
		s = test_stats(pool);
		test_identity(test, pool, !!obj);
		KUNIT_EXPECT_EQ(test, s.slabs, !!obj);
		KUNIT_EXPECT_EQ(test, s.slab_bytes, SZ_2M);
		KUNIT_EXPECT_EQ(test, s.mapped, obj && is_vmalloc_addr(obj));
		mpool_free(pool, obj);
		if (s.mapped && failed && !fallbacks++)
			expect_usable(test, pool, s.objects + 1, 0);
		mpool_trim(pool);
		KUNIT_EXPECT_EQ(test, test_stats(pool).mapped, 0);
		KUNIT_EXPECT_EQ(test, test_stats(pool).slabs, 0);
		if (!failed)
			break;
	}
	KUNIT_EXPECT_GT(test, fallbacks, 0);
}

/* --- nodes, and bits that are unknown --- */

static void strict_node_needs_a_node(struct kunit *test)
{
	expect_refused(test, -ENODEV, .flags = MPOOL_NODE_STRICT);
	expect_refused(test, -ENODEV, .flags = MPOOL_NODE_STRICT, .node = NUMA_NO_NODE);
	expect_refused(test, -ENODEV, .flags = MPOOL_NODE_STRICT | MPOOL_NODE,
		       .node = MAX_NUMNODES);
	expect_refused(test, -ENODEV, .flags = MPOOL_NODE_STRICT | MPOOL_NODE,
		       .node = NUMA_NO_NODE);
}

static void strict_node_is_the_node(struct kunit *test)
{
	static const enum mpool_backing kinds[] = { MPOOL_PAGES, MPOOL_VMALLOC, MPOOL_HUGE };
	struct mpool *pool;
	struct page *page;
	size_t i;
	void *obj;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		pool = test_pool(test, .size = 64, .backing = kinds[i], .node = numa_mem_id(),
				 .flags = MPOOL_NODE | MPOOL_NODE_STRICT);
		obj = test_alloc(test, pool);
		page = is_vmalloc_addr(obj) ? vmalloc_to_page(obj) : virt_to_page(obj);
		KUNIT_EXPECT_EQ(test, page_to_nid(page), numa_mem_id());
		mpool_free(pool, obj);
		test_destroy(test);
	}
}

static void unknown_backings_are_refused(struct kunit *test)
{
	expect_refused(test, -EOPNOTSUPP, .backing = MPOOL_BUFFER + 1);
	expect_refused(test, -EOPNOTSUPP, .backing = -1);
	expect_refused(test, -EOPNOTSUPP, .backing = INT_MAX);
	expect_refused(test, -EOPNOTSUPP, .backing = MPOOL_VMALLOC, .flags = MPOOL_BORROW);
}

/* --- buffers --- */

/* What constructor and destructor of the objects in a buffer saw. */
struct record {
	unsigned long made;
	unsigned long unmade;
	unsigned long fail_at;	/* fail that construction, from 1; 0 never */
	int error;
};

static int record_ctor(void *obj, void *ctx, gfp_t gfp)
{
	struct record *record = ctx;

	if (record->made + 1 == record->fail_at)
		return record->error;
	memset(obj, 0x5a, 64);
	record->made++;
	return 0;
}

static void record_dtor(void *obj, void *ctx)
{
	struct record *record = ctx;

	if (!memchr_inv(obj, 0x5a, 64))
		record->unmade++;
	memset(obj, 0, 64);
}

/* How many objects fit, by the public macro. */
static size_t fitting(size_t bytes, size_t size, size_t align)
{
	size_t n = 0;

	while (MPOOL_BUFFER_BYTES(n + 1, size, align) <= bytes)
		n++;
	return n;
}

/* A pool has exactly so many objects, from the first moment on, all in its buffer. */
static void expect_exactly(struct kunit *test, struct mpool *pool, size_t n, size_t align,
			   void *buffer, size_t bytes)
{
	struct mpool_stats s = test_stats(pool);
	void **objs = test_array(test, n);
	size_t i;

	KUNIT_EXPECT_EQ(test, s.objects, n);
	KUNIT_EXPECT_EQ(test, s.slabs, 1);
	KUNIT_EXPECT_EQ(test, s.slab_bytes, bytes);
	KUNIT_EXPECT_EQ(test, s.footprint, bytes + s.metadata);
	KUNIT_EXPECT_EQ(test, s.backing, MPOOL_BUFFER);
	KUNIT_EXPECT_EQ(test, s.m_pool, n * s.size);
	test_identity(test, pool, 0);
	expect_usable(test, pool, n, align);
	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_ATOMIC, n, objs), 0);
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_KERNEL));
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_ATOMIC));
	for (i = 0; i < n; i++) {
		KUNIT_EXPECT_GE(test, (unsigned long)objs[i], (unsigned long)buffer);
		KUNIT_EXPECT_LE(test, (unsigned long)objs[i] + s.size,
				(unsigned long)buffer + bytes);
	}
	test_identity(test, pool, n);
	mpool_free_bulk(pool, n, objs);
	KUNIT_EXPECT_EQ(test, mpool_trim(pool), 0);
	KUNIT_EXPECT_EQ(test, test_stats(pool).objects, n);
	KUNIT_EXPECT_EQ(test, test_stats(pool).slabs, 1);
	KUNIT_EXPECT_EQ(test, test_stats(pool).grows, 1);
	KUNIT_EXPECT_EQ(test, test_stats(pool).shrinks, 0);
	test_identity(test, pool, 0);
	kunit_kfree(test, objs);
}

static void buffer_has_all_objects_at_once(struct kunit *test)
{
	const size_t bytes = MPOOL_BUFFER_BYTES(100, 64, 0);
	void *buffer = test_buffer(test, bytes);
	struct mpool *pool = buffer_pool(test, buffer, bytes, .size = 64);

	expect_exactly(test, pool, 100, 0, buffer, bytes);
}

/* Exactly enough is enough, and a byte less is not. Nothing beside the buffer is written. */
static void expect_exact_fit(struct kunit *test, u8 *memory, size_t n, size_t size, size_t align)
{
	const size_t bytes = MPOOL_BUFFER_BYTES(n, size, align);
	const size_t before = MPOOL_ALIGNMENT(align);
	u8 *buffer = memory + before;

	memset(memory, 0xa5, before);
	memset(buffer + bytes, 0xa5, 64);
	expect_exactly(test, buffer_pool(test, buffer, bytes, .size = size, .align = align,
					 .limit = n), n, align, buffer, bytes);
	test_destroy(test);
	expect_exactly(test, buffer_pool(test, buffer, bytes, .size = size, .align = align),
		       n, align, buffer, bytes);
	test_destroy(test);
	test_create_refused(test, &(struct mpool_params){
		.name = "kunit", .size = size, .align = align, .limit = n,
		.backing = MPOOL_BUFFER, .buffer = buffer, .buffer_bytes = bytes - 1,
	}, -ENOSPC);
	KUNIT_EXPECT_NULL(test, memchr_inv(memory, 0xa5, before));
	KUNIT_EXPECT_NULL(test, memchr_inv(buffer + bytes, 0xa5, 64));
}

static void buffer_of_exact_size(struct kunit *test)
{
	static const size_t edges[] = { 1, 2, 3, 4, 5, 12, 13, 20, 63, 64, 65, 127, 128, 129, 300 };
	u8 *memory = test_buffer(test, SZ_2M);
	struct rnd_state rnd;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(edges); i++) {
		expect_exact_fit(test, memory, edges[i], 1, 0);
		expect_exact_fit(test, memory, edges[i], 8, 16);
		expect_exact_fit(test, memory, edges[i], 100, 0);
		expect_exact_fit(test, memory, edges[i], 65, 64);
	}
	expect_exact_fit(test, memory, 3, MPOOL_SIZE_MAX, 0);
	expect_exact_fit(test, memory, 7, MPOOL_SIZE_MAX - 1, PAGE_SIZE);
	expect_exact_fit(test, memory, 20000, 1, 0);
	prandom_seed_state(&rnd, 3);
	for (i = 0; i < 60; i++)
		expect_exact_fit(test, memory, 1 + test_random(&rnd, 300),
				 1 + test_random(&rnd, 3000), 1 << test_random(&rnd, 13));
}

/* Without a limit there are as many as fit; with one, no more than that. */
static void buffer_of_any_size(struct kunit *test)
{
	u8 *memory = test_buffer(test, SZ_128K);
	size_t i, bytes, size, align, n;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 4);
	for (i = 0; i < 100; i++) {
		bytes = 1 + test_random(&rnd, i % 2 ? SZ_128K : SZ_4K);
		size = 1 + test_random(&rnd, 1000);
		align = 1 << test_random(&rnd, 8);
		n = fitting(bytes, size, align);
		if (!n) {
			test_create_refused(test, &(struct mpool_params){
				.name = "kunit", .size = size, .align = align,
				.backing = MPOOL_BUFFER, .buffer = memory, .buffer_bytes = bytes,
			}, -ENOSPC);
			continue;
		}
		expect_exactly(test, buffer_pool(test, memory, bytes, .size = size,
						 .align = align), n, align, memory, bytes);
		test_destroy(test);
		n = 1 + test_random(&rnd, n);
		expect_exactly(test, buffer_pool(test, memory, bytes, .size = size, .limit = n,
						 .align = align), n, align, memory, bytes);
		test_destroy(test);
	}
}

static void buffer_on_cache_lines(struct kunit *test)
{
	const size_t bytes = MPOOL_BUFFER_BYTES(30, 8, cache_line_size());
	void *buffer = test_buffer(test, bytes);

	expect_exactly(test, buffer_pool(test, buffer, bytes, .size = 8,
					 .flags = MPOOL_HWCACHE_ALIGN),
		       30, cache_line_size(), buffer, bytes);
}

static void buffer_of_any_memory(struct kunit *test)
{
	static u8 in_data[MPOOL_BUFFER_BYTES(50, 64, 0)] __aligned(8);
	void *mapped = vmalloc(sizeof(in_data));

	expect_exactly(test, buffer_pool(test, in_data, sizeof(in_data), .size = 64),
		       50, 0, in_data, sizeof(in_data));
	test_destroy(test);
	KUNIT_ASSERT_NOT_NULL(test, mapped);
	expect_exactly(test, buffer_pool(test, mapped, sizeof(in_data), .size = 64),
		       50, 0, mapped, sizeof(in_data));
	test_destroy(test);
	vfree(mapped);
}

/* A keep means nothing where nothing is given back, but it is checked as everywhere. */
static void buffer_with_keep(struct kunit *test)
{
	const size_t bytes = MPOOL_BUFFER_BYTES(10, 64, 0);
	void *buffer = test_buffer(test, bytes);

	expect_buffer_refused(test, -ERANGE, buffer, bytes, .limit = 10, .keep = 11);
	expect_exactly(test, buffer_pool(test, buffer, bytes, .size = 64, .keep = ULONG_MAX),
		       10, 0, buffer, bytes);
}

static void buffer_zeroes(struct kunit *test)
{
	const size_t bytes = MPOOL_BUFFER_BYTES(10, 100, 0);
	void *buffer = test_buffer(test, bytes);
	struct mpool *pool;
	void *objs[10];
	size_t i;

	memset(buffer, 0xff, bytes);
	pool = buffer_pool(test, buffer, bytes, .size = 100);
	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL | __GFP_ZERO, 10, objs), 0);
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(objs[i], 0, 100));
	mpool_free_bulk(pool, 10, objs);
}

/* Memory that changes hands from pool to pool is never another's meanwhile. */
static void buffer_is_free_again_after_destroy(struct kunit *test)
{
	const size_t bytes = MPOOL_BUFFER_BYTES(10, 64, 0);
	void *buffer = test_buffer(test, bytes);
	unsigned int round;

	for (round = 0; round < 20; round++) {
		expect_usable(test, buffer_pool(test, buffer, bytes, .size = 64), 10, 0);
		expect_buffer_refused(test, -EBUSY, buffer, bytes);
		test_destroy(test);
	}
}

static void buffer_that_overlaps_another(struct kunit *test)
{
	const size_t part = SZ_4K;
	void *memory = test_buffer(test, 3 * part);

	buffer_pool(test, memory + part, part, .size = 64);
	expect_buffer_refused(test, -EBUSY, memory + part, part);
	expect_buffer_refused(test, -EBUSY, memory, 3 * part);
	expect_buffer_refused(test, -EBUSY, memory, part + 1);
	expect_buffer_refused(test, -EBUSY, memory + 2 * part - 8, part);
	expect_buffer_refused(test, -EBUSY, memory + part + 512, 1024);
	expect_buffer_refused(test, -EBUSY, memory + part / 2, part);
	expect_buffer_refused(test, -EBUSY, memory + part * 3 / 2, part);

	/* Side by side is fine. */
	test_create(test, &(struct mpool_params){
		.name = "kunit-below", .size = 64, .backing = MPOOL_BUFFER,
		.buffer = memory, .buffer_bytes = part });
	test_create(test, &(struct mpool_params){
		.name = "kunit-above", .size = 64, .backing = MPOOL_BUFFER,
		.buffer = memory + 2 * part, .buffer_bytes = part });
}

/* Until the last object is home it is the pool's, although that was destroyed. */
static void buffer_of_a_dying_pool(struct kunit *test)
{
	static u8 buffer[MPOOL_BUFFER_BYTES(10, 64, 0)] __aligned(8);
	struct mpool *pool = buffer_pool(test, buffer, sizeof(buffer), .size = 64);
	unsigned long end = jiffies + 10 * HZ;
	void *obj = test_alloc(test, pool);
	struct mpool *next;

	test_destroy(test);
	expect_buffer_refused(test, -EBUSY, buffer, sizeof(buffer));
	memset(obj, 1, 64);
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_KERNEL));
	test_free_refused(test, pool, obj + 8);
	mpool_free(pool, obj);
	for (;;) {
		next = mpool_create(&(struct mpool_params){
			.name = "kunit", .size = 64, .backing = MPOOL_BUFFER,
			.buffer = buffer, .buffer_bytes = sizeof(buffer) });
		if (!IS_ERR(next) || time_after(jiffies, end))
			break;
		KUNIT_EXPECT_EQ(test, PTR_ERR(next), -EBUSY);
		msleep(20);
	}
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, next);
	mpool_destroy(next);
}

static void buffer_that_is_too_small(struct kunit *test)
{
	void *buffer = test_buffer(test, SZ_4K);

	expect_buffer_refused(test, -ENOSPC, buffer, 0);
	expect_buffer_refused(test, -ENOSPC, buffer, 1);
	expect_buffer_refused(test, -ENOSPC, buffer, MPOOL_BUFFER_HEAD);
	expect_buffer_refused(test, -ENOSPC, buffer, MPOOL_BUFFER_BYTES(1, 64, 0) - 1);
	expect_buffer_refused(test, -ENOSPC, buffer, SZ_4K, .limit = 64);
	expect_buffer_refused(test, -ENOSPC, buffer, MPOOL_BUFFER_BYTES(2, 64, 0) - 1, .limit = 2);
}

static void buffer_that_is_too_large(struct kunit *test)
{
	void *buffer = test_buffer(test, SZ_4K);

	expect_buffer_refused(test, -E2BIG, buffer, SZ_2G);
	expect_buffer_refused(test, -E2BIG, buffer, SIZE_MAX);
}

static void buffer_of_large_objects(struct kunit *test)
{
	void *buffer;

	/* The tiny kernel has not that much. */
	if (totalram_pages() < SZ_64M >> PAGE_SHIFT)
		return;
	buffer = test_buffer(test, SZ_16M);
	expect_exactly(test, buffer_pool(test, buffer, SZ_16M, .size = MPOOL_SIZE_MAX),
		       255, 0, buffer, SZ_16M);
}

static void buffer_that_is_not_aligned(struct kunit *test)
{
	void *buffer = test_buffer(test, SZ_8K);

	expect_buffer_refused(test, -EADDRNOTAVAIL, buffer + 1, SZ_4K);
	expect_buffer_refused(test, -EADDRNOTAVAIL, buffer + 4, SZ_4K);
	expect_buffer_refused(test, -EADDRNOTAVAIL, buffer + 8, SZ_4K, .align = 16);
	expect_buffer_refused(test, -EADDRNOTAVAIL, buffer + 2048, SZ_4K, .align = PAGE_SIZE);
	expect_buffer_refused(test, -EADDRNOTAVAIL, buffer + cache_line_size() / 2, SZ_4K,
			      .flags = MPOOL_HWCACHE_ALIGN);
	expect_exactly(test, buffer_pool(test, buffer + 8, SZ_4K, .size = 64),
		       fitting(SZ_4K, 64, 0), 0, buffer + 8, SZ_4K);
}

/* Aligned, and large enough, if only it were there. Mapped addresses are not tried. */
static void buffer_that_is_no_memory(struct kunit *test)
{
	expect_buffer_refused(test, -ENXIO, (void *)8, SZ_4K);
	expect_buffer_refused(test, -ENXIO, (void *)64, SZ_64K);
	expect_buffer_refused(test, -ENXIO, (void *)SZ_64K, SZ_4K);
	expect_buffer_refused(test, -ENXIO, (void *)SZ_4M, SZ_4K);
	expect_buffer_refused(test, -ENXIO, (void *)SZ_16M, SZ_16M);
	expect_buffer_refused(test, -ENXIO, ERR_PTR(-SZ_4K), SZ_4K);
	expect_buffer_refused(test, -ENXIO, ERR_PTR(-SZ_4K), SZ_8K);
	expect_buffer_refused(test, -ENXIO, ERR_PTR(-64), SZ_1M);
}

static void buffer_without_its_backing(struct kunit *test)
{
	void *buffer = test_buffer(test, SZ_4K);

	expect_refused(test, -EBADF, .buffer = buffer, .buffer_bytes = SZ_4K);
	expect_refused(test, -EBADF, .buffer = buffer, .buffer_bytes = SZ_4K,
		       .backing = MPOOL_VMALLOC);
	expect_refused(test, -EBADF, .buffer = buffer, .buffer_bytes = SZ_4K,
		       .backing = MPOOL_HUGE);
	expect_refused(test, -EBADF, .backing = MPOOL_BUFFER);
	expect_refused(test, -EBADF, .backing = MPOOL_BUFFER, .buffer_bytes = SZ_4K);
}

static void buffer_with_what_is_for_slabs(struct kunit *test)
{
	void *buffer = test_buffer(test, SZ_4K);

	expect_buffer_refused(test, -EOPNOTSUPP, buffer, SZ_4K, .gfp = GFP_DMA);
	expect_buffer_refused(test, -EOPNOTSUPP, buffer, SZ_4K, .gfp = __GFP_NOWARN);
	expect_buffer_refused(test, -EOPNOTSUPP, buffer, SZ_4K, .flags = MPOOL_NODE);
	expect_buffer_refused(test, -EOPNOTSUPP, buffer, SZ_4K,
			      .flags = MPOOL_NODE | MPOOL_NODE_STRICT, .node = numa_mem_id());
	expect_buffer_refused(test, -EOPNOTSUPP, buffer, SZ_4K, .flags = MPOOL_BORROW);
	expect_buffer_refused(test, -EOPNOTSUPP, buffer, SZ_4K, .keep = 1, .low = 1);
}

static void buffer_constructs_at_create(struct kunit *test)
{
	const size_t bytes = MPOOL_BUFFER_BYTES(40, 64, 0);
	void *buffer = test_buffer(test, bytes);
	struct record record = {};
	struct mpool *pool = buffer_pool(test, buffer, bytes, .size = 64, .ctor = record_ctor,
					 .dtor = record_dtor, .ctx = &record);
	void *objs[40];
	size_t i;

	KUNIT_EXPECT_EQ(test, record.made, 40);
	KUNIT_ASSERT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, 40, objs), 0);
	for (i = 0; i < 40; i++)
		KUNIT_EXPECT_NULL(test, memchr_inv(objs[i], 0x5a, 64));
	mpool_free_bulk(pool, 40, objs);
	mpool_trim(pool);
	KUNIT_EXPECT_EQ(test, record.made, 40);
	KUNIT_EXPECT_EQ(test, record.unmade, 0);
	test_destroy(test);
	KUNIT_EXPECT_EQ(test, record.made, 40);
	KUNIT_EXPECT_EQ(test, record.unmade, 40);
}

static void buffer_constructor_fails(struct kunit *test)
{
	static const int errors[] = { -EIO, -ENOMEM, -ENOSPC, -EBUSY, -EAGAIN, -EEXIST };
	const size_t bytes = MPOOL_BUFFER_BYTES(40, 64, 0);
	void *buffer = test_buffer(test, bytes);
	struct record record;
	unsigned long at;

	for (at = 1; at <= 40; at++) {
		record = (struct record){
			.fail_at = at, .error = errors[at % ARRAY_SIZE(errors)] };
		expect_buffer_refused(test, record.error, buffer, bytes, .ctor = record_ctor,
				      .dtor = record_dtor, .ctx = &record);
		KUNIT_EXPECT_EQ(test, record.made, at - 1);
		KUNIT_EXPECT_EQ(test, record.unmade, at - 1);
	}
	/* Neither name nor buffer is still taken. */
	expect_usable(test, buffer_pool(test, buffer, bytes, .size = 64), 40, 0);
}

static void buffer_under_faults(struct kunit *test)
{
	const size_t bytes = MPOOL_BUFFER_BYTES(40, 64, 0);
	void *buffer = test_buffer(test, bytes);
	unsigned int nth, errors = 0;
	struct record record;
	struct mpool_params params = {
		.name = "kunit", .size = 64, .backing = MPOOL_BUFFER, .buffer = buffer,
		.buffer_bytes = bytes, .ctor = record_ctor, .dtor = record_dtor, .ctx = &record };
	struct mpool *pool;
	bool failed;

	test_needs_faults(test);
	for (nth = 1; ; nth++) {
		record = (struct record){};
		failed = with_fault(nth, pool = mpool_create(&params));
		if (IS_ERR(pool)) {
			KUNIT_EXPECT_EQ(test, PTR_ERR(pool), -ENOMEM);
			errors++;
		} else {
			KUNIT_EXPECT_EQ(test, test_stats(pool).objects, 40);
			mpool_destroy(pool);
		}
		KUNIT_EXPECT_EQ(test, record.unmade, record.made);
		if (!failed)
			break;
	}
	KUNIT_EXPECT_FALSE(test, IS_ERR(pool));
	/* The pool itself at least. */
	KUNIT_EXPECT_GT(test, errors, 0);
}

static void buffer_asks_for_nothing_after_create(struct kunit *test)
{
	const size_t bytes = MPOOL_BUFFER_BYTES(500, 64, 0);
	void *buffer = test_buffer(test, bytes);
	struct mpool *pool = buffer_pool(test, buffer, bytes, .size = 64);
	void **objs = test_array(test, 500);
	size_t i, n = 0;

	test_needs_faults(test);
	test_watch_memory(test);
	for (i = 0; i < 500; i++) {
		objs[i] = mpool_alloc(pool, GFP_KERNEL);
		n += !!objs[i];
	}
	n += !!mpool_alloc(pool, GFP_KERNEL);
	for (i = 0; i < 500; i++)
		mpool_free(pool, objs[i]);
	mpool_trim(pool);
	n += mpool_alloc_bulk(pool, GFP_KERNEL, 500, objs) ? 0 : 500;
	mpool_free_bulk(pool, 500, objs);
	test_destroy(test);
	/* kmemleak makes a note of each object, for which it may. */
	if (!IS_ENABLED(CONFIG_DEBUG_KMEMLEAK))
		KUNIT_EXPECT_FALSE(test, test_memory_was_asked(test));
	KUNIT_EXPECT_EQ(test, n, 1000);
	/* And it would have been noticed. */
	test_watch_memory(test);
	kfree(kmalloc(64, GFP_KERNEL | __GFP_NOWARN));
	KUNIT_EXPECT_TRUE(test, test_memory_was_asked(test));
}

static void buffer_refuses_misuse(struct kunit *test)
{
	const size_t bytes = MPOOL_BUFFER_BYTES(40, 100, 0);
	void *memory = test_buffer(test, bytes + 128);
	void *buffer = memory + 64;
	struct mpool *pool = buffer_pool(test, buffer, bytes, .size = 100);
	void *obj = test_alloc(test, pool);
	void *other = test_alloc(test, pool);
	size_t offset;

	for (offset = 1; offset < 100; offset++)
		test_free_refused(test, pool, obj + offset);
	/* What lies before the first object and behind the last one. */
	for (offset = 0; offset < MPOOL_BUFFER_HEAD + 40; offset++)
		test_free_refused(test, pool, buffer + offset);
	for (offset = 1; offset < 64; offset++) {
		test_free_refused(test, pool, buffer - offset);
		test_free_refused(test, pool, buffer + bytes - offset);
		test_free_refused(test, pool, buffer + bytes + offset);
	}
	test_free_refused(test, pool, buffer + bytes);
	mpool_free(pool, obj);
	test_free_refused(test, pool, obj);
	mpool_free(pool, other);
	test_free_refused(test, pool, other);
	expect_exactly(test, pool, 40, 0, buffer, bytes);
}

static void buffers_side_by_side_are_told_apart(struct kunit *test)
{
	void *memory = test_buffer(test, 2 * SZ_4K);
	struct mpool *pool = buffer_pool(test, memory, SZ_4K, .size = 64);
	struct mpool *other = test_create(test, &(struct mpool_params){
		.name = "kunit-other", .size = 64, .backing = MPOOL_BUFFER,
		.buffer = memory + SZ_4K, .buffer_bytes = SZ_4K });
	void *obj = test_alloc(test, pool);
	void *others = test_alloc(test, other);

	test_free_refused(test, pool, others);
	test_free_refused(test, other, obj);
	mpool_free(pool, obj);
	mpool_free(other, others);
	test_identity(test, pool, 0);
	test_identity(test, other, 0);
}

struct odd {
	u8 bytes[13];
};

struct lined {
	u64 words[3];
} __aligned(64);

MPOOL_DEFINE(kunit_bytes, u8, 1000);
MPOOL_DEFINE(kunit_odd, struct odd, 33);
MPOOL_DEFINE(kunit_lined, struct lined, 65);
MPOOL_DEFINE(kunit_one, u64, 1);

static void expect_defined(struct kunit *test, struct mpool_params *params, size_t n, size_t size)
{
	struct mpool *pool = test_create(test, params);

	KUNIT_EXPECT_EQ(test, test_stats(pool).size, size);
	KUNIT_EXPECT_EQ(test, test_stats(pool).limit, n);
	expect_exactly(test, pool, n, params->align, params->buffer, params->buffer_bytes);
	test_destroy(test);
}

static void defined_pools_have_what_they_say(struct kunit *test)
{
	unsigned int round;

	for (round = 0; round < 2; round++) {
		expect_defined(test, &kunit_bytes, 1000, 1);
		expect_defined(test, &kunit_odd, 33, sizeof(struct odd));
		expect_defined(test, &kunit_lined, 65, sizeof(struct lined));
		expect_defined(test, &kunit_one, 1, sizeof(u64));
	}
}

static void defined_pool_can_have_a_constructor(struct kunit *test)
{
	struct mpool_params params = kunit_lined;
	struct record record = {};

	params.ctor = record_ctor;
	params.dtor = record_dtor;
	params.ctx = &record;
	test_create(test, &params);
	KUNIT_EXPECT_EQ(test, record.made, 65);
	test_destroy(test);
	KUNIT_EXPECT_EQ(test, record.unmade, 65);
}

static struct kunit_case backing_cases[] = {
	KUNIT_CASE(little_is_lost_of_pages),
	KUNIT_CASE(little_is_lost_of_mapped_pages),
	KUNIT_CASE(little_is_lost_of_huge_pages),
	KUNIT_CASE(pages_are_usable),
	KUNIT_CASE(mapped_pages_are_usable),
	KUNIT_CASE(huge_pages_are_usable),
	KUNIT_CASE(mapped_pages_honour_the_limit),
	KUNIT_CASE(what_is_mapped_grows_only_where_it_may_sleep),
	KUNIT_CASE(huge_pages_have_no_way_out_where_it_may_not_sleep),
	KUNIT_CASE(misuse_is_refused_by_every_kind),
	KUNIT_CASE(other_pools_objects_are_refused_by_every_kind),
	KUNIT_CASE(mapped_pages_under_faults),
	KUNIT_CASE(huge_pages_fall_back_to_mapped_ones),
	KUNIT_CASE(strict_node_needs_a_node),
	KUNIT_CASE(strict_node_is_the_node),
	KUNIT_CASE(unknown_backings_are_refused),
	KUNIT_CASE(buffer_has_all_objects_at_once),
	KUNIT_CASE(buffer_of_exact_size),
	KUNIT_CASE(buffer_of_any_size),
	KUNIT_CASE(buffer_on_cache_lines),
	KUNIT_CASE(buffer_of_any_memory),
	KUNIT_CASE(buffer_with_keep),
	KUNIT_CASE(buffer_zeroes),
	KUNIT_CASE(buffer_is_free_again_after_destroy),
	KUNIT_CASE(buffer_that_overlaps_another),
	KUNIT_CASE(buffer_of_a_dying_pool),
	KUNIT_CASE(buffer_that_is_too_small),
	KUNIT_CASE(buffer_that_is_too_large),
	KUNIT_CASE(buffer_of_large_objects),
	KUNIT_CASE(buffer_that_is_not_aligned),
	KUNIT_CASE(buffer_that_is_no_memory),
	KUNIT_CASE(buffer_without_its_backing),
	KUNIT_CASE(buffer_with_what_is_for_slabs),
	KUNIT_CASE(buffer_constructs_at_create),
	KUNIT_CASE(buffer_constructor_fails),
	KUNIT_CASE(buffer_under_faults),
	KUNIT_CASE(buffer_asks_for_nothing_after_create),
	KUNIT_CASE(buffer_refuses_misuse),
	KUNIT_CASE(buffers_side_by_side_are_told_apart),
	KUNIT_CASE(defined_pools_have_what_they_say),
	KUNIT_CASE(defined_pool_can_have_a_constructor),
	{}
};

static struct kunit_suite backing_suite = {
	.name = "mpool-backing",
	.init = test_init,
	.exit = test_exit,
	.test_cases = backing_cases,
};

kunit_test_suite(backing_suite);
