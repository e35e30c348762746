// SPDX-License-Identifier: GPL-2.0
/*
 * What KASAN says of a pool's objects, and the pool's own note in it. The kernel must go on after
 * the first report: kasan_multi_shot.
 */
#include "helpers.h"
#include "log.h"

static void kasan_exit(struct kunit *test)
{
	test_log_end();
	test_exit(test);
}

struct access {
	u8 *byte;
	bool write;
};

static noinline void do_access(void *data)
{
	struct access *access = data;

	if (access->write)
		WRITE_ONCE(*access->byte, 1);
	else
		READ_ONCE(*access->byte);
}

/* How many reports there are of an access, by what begins the kind that they name. */
static unsigned int reports(void *byte, bool write, const char *kind)
{
	struct access access = { .byte = byte, .write = write };

	test_log_begin();
	test_splat(do_access, &access);
	return test_log_lines("BUG: KASAN: %s", kind);
}

#define OVERFLOW	"slab-out-of-bounds in do_access"
#define AFTER_FREE	"slab-use-after-free in do_access"
#define OLD_AFTER_FREE	"use-after-free in do_access"

static unsigned int reports_use_after_free(void *byte, bool write)
{
	unsigned int n = reports(byte, write, AFTER_FREE);

	/* As kernels before 6.3 call it. */
	return n ?: test_log_lines("BUG: KASAN: %s", OLD_AFTER_FREE);
}

static void bytes_behind(struct kunit *test, u8 *end, size_t byte)
{
	KUNIT_EXPECT_EQ(test, reports(end + byte - 1, true, OVERFLOW), 1);
	KUNIT_EXPECT_EQ(test, test_log_lines("that is byte %zu behind object 1/", byte), 1);
}

/* Which are in the gap behind another, or in one that only a slab's first object has. */
static void bytes_before(struct kunit *test, u8 *obj, size_t byte)
{
	KUNIT_EXPECT_EQ(test, reports(obj - byte, false, OVERFLOW), 1);
	KUNIT_EXPECT_EQ(test, test_log_lines("that is %zu bytes before object 1/0", byte) +
			test_log_lines("byte %zu before what follows", byte), 1);
}

/* Every byte of an object may be used, and none of those before and behind. */
static void each_byte_around(struct kunit *test)
{
	static const size_t sizes[] = { 1, 7, 8, 13, 61, 64, 100, 4000, 4096 };
	unsigned int i;
	size_t byte;
	u8 *objs[2];

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		struct mpool *pool = test_pool(test, .size = sizes[i]);

		objs[0] = test_alloc(test, pool);
		objs[1] = test_alloc(test, pool);
		memset(objs[0], 1, sizes[i]);
		memset(objs[1], 1, sizes[i]);
		for (byte = 1; byte <= 9; byte += 4) {
			bytes_behind(test, objs[0] + sizes[i], byte);
			bytes_before(test, objs[0], byte);
		}
		mpool_free(pool, objs[0]);
		mpool_free(pool, objs[1]);
		KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), 0);
		test_destroy(test);
	}
}

static void each_way_of_a_free(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 61, .flags = MPOOL_TRACK);
	enum test_free way;
	u8 *obj;

	for (way = 0; way < TEST_FREES; way++) {
		obj = test_alloc(test, pool);
		test_free_by(way, pool, obj);
		mpool_flush(pool);
		KUNIT_EXPECT_EQ(test, reports_use_after_free(obj + 60, true), 1);
		KUNIT_EXPECT_EQ(test, test_log_lines("mpool: pool kunit (id "), 1);
		KUNIT_EXPECT_EQ(test, test_log_lines("that is byte 60 of object 1/"), 1);
		KUNIT_EXPECT_EQ(test, test_log_lines("  this object 1/"), 1);
		KUNIT_EXPECT_EQ(test, test_log_lines("    allocated by %s+", __func__), 1);
		KUNIT_EXPECT_GE(test, test_log_lines("    freed by test_free_by+"), 1);
		KUNIT_EXPECT_EQ(test, reports_use_after_free(obj, false), 1);
	}
}

/* Who reads under RCU may do so until the grace period is over. */
static void late_frees_may_be_read_until_then(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64);
	u8 *obj = test_alloc(test, pool);
	u8 sum = 0;

	rcu_read_lock();
	mpool_free_rcu(pool, obj);
	sum += READ_ONCE(obj[0]);
	rcu_read_unlock();
	mpool_flush(pool);
	KUNIT_EXPECT_EQ(test, reports_use_after_free(obj, false), 1);
}

static void other_pools_objects(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, test_classes(64, 104));
	struct mpool_type *type = test_type(test, .size = 61);
	size_t bytes = MPOOL_BUFFER_BYTES(10, 61, 0);
	struct mpool *in_buffer = test_pool(test, .size = 61, .limit = 10, .backing = MPOOL_BUFFER,
					    .buffer = test_buffer(test, bytes),
					    .buffer_bytes = bytes);
	u8 *piece = test_sized_alloc(test, sized, 100);
	u8 *obj = mpool_object_create(type, GFP_KERNEL, NULL, NULL);
	u8 *buffered = test_alloc(test, in_buffer);

	KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
	KUNIT_EXPECT_EQ(test, reports(piece + 104, true, OVERFLOW), 1);
	KUNIT_EXPECT_EQ(test, reports(obj + 61, true, OVERFLOW), 1);
	KUNIT_EXPECT_EQ(test, reports(buffered + 61, true, OVERFLOW), 1);
	mpool_sized_free(sized, piece);
	mpool_object_destroy(type, obj);
	mpool_free(in_buffer, buffered);
	KUNIT_EXPECT_EQ(test, reports_use_after_free(piece, true), 1);
	KUNIT_EXPECT_EQ(test, reports_use_after_free(obj, true), 1);
	KUNIT_EXPECT_EQ(test, reports_use_after_free(buffered, true), 1);
}

/* What the caller gave comes back to him as it was: he may use each byte of it. */
static void buffers_come_back(struct kunit *test)
{
	size_t bytes = MPOOL_BUFFER_BYTES(10, 61, 0);
	u8 *buffer = test_buffer(test, bytes);
	struct mpool *pool = test_pool(test, .size = 61, .backing = MPOOL_BUFFER,
				       .buffer = buffer, .buffer_bytes = bytes);

	mpool_free(pool, test_alloc(test, pool));
	test_destroy(test);
	test_log_begin();
	memset(buffer, 1, bytes);
	KUNIT_EXPECT_EQ(test, test_log_lines("BUG: KASAN"), 0);
}

static void mapped_slabs(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 61, .backing = MPOOL_VMALLOC);
	u8 *obj = test_alloc(test, pool);

	KUNIT_EXPECT_EQ(test, reports(obj + 61, true, OVERFLOW), IS_ENABLED(CONFIG_KASAN_VMALLOC));
	mpool_free(pool, obj);
	KUNIT_EXPECT_EQ(test, reports_use_after_free(obj, true), IS_ENABLED(CONFIG_KASAN_VMALLOC));
}

static struct kunit_case kasan_cases[] = {
	KUNIT_CASE(each_byte_around),
	KUNIT_CASE(each_way_of_a_free),
	KUNIT_CASE(late_frees_may_be_read_until_then),
	KUNIT_CASE(other_pools_objects),
	KUNIT_CASE(buffers_come_back),
	KUNIT_CASE(mapped_slabs),
	{}
};

static struct kunit_suite kasan_suite = {
	.name = "mpool-kasan",
	.init = test_init,
	.exit = kasan_exit,
	.test_cases = kasan_cases,
};

kunit_test_suite(kasan_suite);
