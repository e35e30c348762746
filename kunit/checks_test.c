// SPDX-License-Identifier: GPL-2.0
/*
 * What pools watch on demand: gaps around objects, free objects, who had them; the quarantine; and
 * what all pools watch: the heads of their slabs.
 */
#include <linux/minmax.h>
#include <linux/poison.h>
#include <linux/stacktrace.h>

#include "helpers.h"
#include "log.h"

/* Objects that a test holds. */
#define MANY	300

static void checks_exit(struct kunit *test)
{
	test_log_end();
	test_exit(test);
}

/*
 * Write and read where nobody may. KASAN would notice that first: what is tested is that the pool
 * does.
 */
static noinline __no_sanitize_address void spoil(void *byte, u8 value)
{
	WRITE_ONCE(*(u8 *)byte, value);
}

static noinline __no_sanitize_address u8 look(void *byte)
{
	return READ_ONCE(*(u8 *)byte);
}

/* The sums, where the reserve cannot be whole: an object of it was lost, and the limit is met. */
static void expect_sums(struct kunit *test, struct mpool *pool, unsigned long held)
{
	KUNIT_EXPECT_EQ(test, test_stat(pool, in_use), held);
	KUNIT_EXPECT_EQ(test, test_stat(pool, objects),
			held + test_stat(pool, cached_depot) + test_stat(pool, free_slab));
}

/* All that can be had, but for those that are withheld, is handed out once, and none of them. */
static void expect_withheld(struct kunit *test, struct mpool *pool, size_t limit, void *withheld)
{
	void **objs = test_array(test, limit);
	size_t i, n;

	n = test_take(pool, GFP_KERNEL, objs, limit);
	KUNIT_EXPECT_EQ(test, n, limit - 1);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_PTR_NE(test, objs[i], withheld);
	KUNIT_EXPECT_EQ(test, test_stat(pool, withheld), 1);
	test_identity(test, pool, limit);
	mpool_free_bulk(pool, n, objs);
	test_identity(test, pool, 1);
}

/* --- what can be asked for --- */

static void checks_are_what_was_asked_for(struct kunit *test)
{
	unsigned long checks;

	for (checks = 0; checks <= MPOOL_CHECKS; checks += MPOOL_REDZONE) {
		struct mpool *pool = test_pool(test, .size = 61, .flags = checks);

		KUNIT_EXPECT_EQ(test, test_stat(pool, checks), checks);
		mpool_free(pool, test_alloc(test, pool));
		test_identity(test, pool, 0);
		test_destroy(test);
	}
}

static void poison_spoils_what_a_ctor_made(struct kunit *test)
{
	struct test_life life;

	test_life_begins(&life, 64);
	test_create_refused(test, &(struct mpool_params){ .name = "kunit", .size = 64,
			    .flags = MPOOL_POISON, test_life_params(&life) }, -EOPNOTSUPP);
	test_pool(test, .size = 64, .flags = MPOOL_REDZONE | MPOOL_TRACK, test_life_params(&life));
}

static void classes_are_watched_too(struct kunit *test)
{
	struct mpool_sized *sized = test_sized(test, test_classes(64, 100, 4000),
					       .flags = MPOOL_CHECKS, .quarantine = 1000);
	const struct test_figures *figures;
	u8 *piece = test_sized_alloc(test, sized, 97);
	unsigned int i;

	figures = test_figures(sized);
	for (i = 0; i < figures->nr; i++)
		KUNIT_EXPECT_EQ(test, figures->class[i].checks, MPOOL_CHECKS);
	test_log_begin();
	spoil(piece + mpool_sized_size_of(sized, piece), 7);
	mpool_sized_free(sized, piece);
	KUNIT_EXPECT_TRUE(test, test_log_gets("pool kunit-sized-104 (id "));
	KUNIT_EXPECT_EQ(test, test_log_lines("byte 1 behind object 1/0 was overwritten with 0x07"),
			1);
}

static void types_are_watched_too(struct kunit *test)
{
	struct mpool_type *type = test_type(test, .size = 61, .flags = MPOOL_CHECKS);
	u8 *obj = mpool_object_create(type, GFP_KERNEL, NULL, NULL);

	KUNIT_ASSERT_FALSE(test, IS_ERR(obj));
	test_log_begin();
	spoil(obj + 61, 7);
	KUNIT_EXPECT_EQ(test, mpool_object_destroy(type, obj), 0);
	/* Not the functions by which that is done in mpool.ko. */
	test_log_expect(test, 1, "found by a free called from %s+", __func__);
	test_log_expect(test, 1, "allocated by %s+", __func__);
	KUNIT_EXPECT_EQ(test, test_log_lines("byte 1 behind object 1/0 was overwritten with 0x07"),
			1);
	KUNIT_EXPECT_PTR_EQ(test, ERR_CAST(mpool_type_create(&(struct mpool_type_params){
			    .name = "kunit-other", .size = 8, .flags = MPOOL_HWCACHE_ALIGN })),
			    ERR_PTR(-EOPNOTSUPP));
}

static void buffer_needs_room_for_checks(struct kunit *test)
{
	const size_t bytes = MPOOL_BUFFER_BYTES(50, 64, 0);
	void *buffer = test_buffer(test, bytes);
	struct mpool *pool;
	u8 *obj;

	test_create_refused(test, &(struct mpool_params){ .name = "kunit", .size = 64, .limit = 50,
			    .backing = MPOOL_BUFFER, .buffer = buffer, .buffer_bytes = bytes,
			    .flags = MPOOL_REDZONE | MPOOL_TRACK }, -ENOSPC);
	pool = test_pool(test, .size = 64, .backing = MPOOL_BUFFER, .buffer = buffer,
			 .buffer_bytes = bytes, .flags = MPOOL_CHECKS);
	KUNIT_EXPECT_LT(test, test_stat(pool, objects), 50);
	KUNIT_EXPECT_GT(test, test_stat(pool, objects), 10);
	obj = test_alloc(test, pool);
	test_log_begin();
	spoil(obj + 64, 7);
	mpool_free(pool, obj);
	KUNIT_EXPECT_EQ(test, test_log_lines("byte 1 behind object 1/0 was overwritten with 0x07"),
			1);
	test_identity(test, pool, 1);
}

/* --- red zones --- */

/* Each byte of the gap behind it, of objects that end anywhere. */
static void each_byte_behind(struct kunit *test)
{
	static const size_t sizes[] = { 1, 13, 61, 64, 100, 4000, 4096 };
	unsigned int i;
	size_t byte;
	u8 *obj;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (byte = 1; byte <= 16; byte++) {
			struct mpool *pool = test_pool(test, .size = sizes[i],
						       .flags = MPOOL_REDZONE);

			obj = test_alloc(test, pool);
			test_log_begin();
			spoil(obj + sizes[i] + byte - 1, 0x41);
			mpool_free(pool, obj);
			test_log_expect(test, 1, "byte %zu behind object 1/0 was", byte);
			test_log_expect(test, 1, "found by a free called from %s+", __func__);
			KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), 1);
			KUNIT_EXPECT_EQ(test, test_stat(pool, withheld), 1);
			test_destroy(test);
		}
	}
}

/* Before the first of a slab, and before one that follows another. */
static void each_byte_before(struct kunit *test)
{
	size_t byte, index;
	u8 *objs[2];

	for (index = 0; index < 2; index++) {
		for (byte = 1; byte <= 16; byte++) {
			struct mpool *pool = test_pool(test, .size = 64, .flags = MPOOL_REDZONE);

			objs[0] = test_alloc(test, pool);
			objs[1] = test_alloc(test, pool);
			test_log_begin();
			spoil(objs[index] - byte, 0x42);
			mpool_free(pool, objs[index]);
			test_log_expect(test, 1,
					"byte %zu before object 1/%zu was overwritten with 0x42",
					byte, index);
			/* The neighbour is not blamed for it as well. */
			mpool_free(pool, objs[!index]);
			KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), 1);
			KUNIT_EXPECT_EQ(test, test_stat(pool, withheld), 1);
			test_destroy(test);
		}
	}
}

static void each_way_of_a_free_looks(struct kunit *test)
{
	enum test_free way;
	u8 *obj;

	for (way = 0; way < TEST_FREES; way++) {
		struct mpool *pool = test_pool(test, .size = 64, .limit = MANY,
					       .flags = MPOOL_REDZONE);

		obj = test_alloc(test, pool);
		test_log_begin();
		spoil(obj + 64, 0x41);
		test_free_by(way, pool, obj);
		mpool_flush(pool);
		KUNIT_EXPECT_EQ(test, test_log_lines("byte 1 behind object 1/0"), 1);
		expect_withheld(test, pool, MANY, obj);
		test_destroy(test);
	}
}

/* Until the pool is destroyed, and then it is destroyed like all. */
static void withheld_objects_have_an_end(struct kunit *test)
{
	struct test_life life;
	struct mpool *pool;
	u8 *obj;

	test_life_begins(&life, 64);
	pool = test_pool(test, .size = 64, .limit = MANY, .flags = MPOOL_REDZONE,
			 test_life_params(&life));
	obj = test_alloc(test, pool);
	spoil(obj + 64, 0x41);
	mpool_free(pool, obj);
	expect_withheld(test, pool, MANY, obj);
	test_log_begin();
	test_destroy(test);
	KUNIT_EXPECT_EQ(test, test_log_lines("destroyed with"), 0);
	test_life_ended(test, &life);
}

static void reserved_objects_are_watched_too(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 8, .reserve = 4,
				       .flags = MPOOL_CHECKS);
	void *objs[8];
	u8 *reserved;

	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_KERNEL, objs, 8), 4);
	reserved = mpool_alloc(pool, GFP_KERNEL | MPOOL_PRIVILEGED);
	KUNIT_ASSERT_NOT_NULL(test, reserved);
	spoil(reserved + 64, 0x41);
	mpool_free(pool, reserved);
	KUNIT_EXPECT_EQ(test, test_stat(pool, withheld), 1);
	/* Another takes its place, as soon as there is one. */
	KUNIT_EXPECT_EQ(test, test_stat(pool, reserve_held), 0);
	expect_sums(test, pool, 5);
	mpool_free(pool, objs[0]);
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_NOWAIT));
	reserved = mpool_alloc(pool, GFP_NOWAIT | MPOOL_PRIVILEGED);
	KUNIT_EXPECT_NOT_NULL(test, reserved);
	mpool_free(pool, reserved);
	mpool_free_bulk(pool, 3, objs + 1);
	test_identity(test, pool, 1);
}

/* --- poison --- */

static void poison_is_seen(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 61, .limit = 1, .flags = MPOOL_POISON);
	u8 *obj = test_alloc(test, pool);

	/* Unless all memory is zeroed. */
	KUNIT_EXPECT_EQ(test, obj[60], want_init_on_alloc(GFP_KERNEL) ? 0 : POISON_INUSE);
	mpool_free(pool, obj);
	KUNIT_EXPECT_EQ(test, look(obj), POISON_FREE);
	KUNIT_EXPECT_EQ(test, look(obj + 60), POISON_FREE);
	obj = mpool_zalloc(pool, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, obj);
	KUNIT_EXPECT_NULL(test, memchr_inv(obj, 0, 61));
	mpool_free(pool, obj);
	KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), 0);
}

static void each_write_after_a_free(struct kunit *test)
{
	enum test_free way;
	u8 *obj;

	for (way = 0; way < TEST_FREES; way++) {
		struct mpool *pool = test_pool(test, .size = 64, .limit = MANY,
					       .flags = MPOOL_POISON);

		obj = test_alloc(test, pool);
		test_log_begin();
		test_free_by(way, pool, obj);
		mpool_flush(pool);
		spoil(obj + 63, 0x43);
		expect_withheld(test, pool, MANY, obj);
		KUNIT_EXPECT_TRUE(test, test_log_gets("byte 63 of object 1/0 was overwritten"));
		test_log_expect(test, 1, "with 0x43 after it was freed");
		KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), 1);
		test_destroy(test);
	}
}

/* Nobody asks for it again, but its slab goes. */
static void write_after_a_free_is_seen_at_the_end(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .flags = MPOOL_POISON);
	u8 *obj = test_alloc(test, pool);

	mpool_free(pool, obj);
	test_log_begin();
	spoil(obj + 5, 0x44);
	KUNIT_EXPECT_GT(test, mpool_trim(pool), 0);
	test_log_expect(test, 1,
			"byte 5 of object 1/0 was overwritten with 0x44 after it was freed");
	KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), 1);
	test_identity(test, pool, 0);
}

/* Several at once; not all of them are shown one by one. */
static void many_writes_after_frees(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = MANY, .flags = MPOOL_POISON);
	void **objs = test_array(test, MANY);
	size_t i;

	KUNIT_ASSERT_EQ(test, test_take(pool, GFP_KERNEL, objs, MANY), MANY);
	mpool_free_bulk(pool, MANY, objs);
	for (i = 0; i < 20; i++)
		spoil(objs[10 * i], 1);
	test_log_begin();
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_KERNEL, objs, MANY), MANY - 20);
	KUNIT_EXPECT_TRUE(test, test_log_gets("was overwritten with 0x01 after it was freed"));
	KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), 20);
	KUNIT_EXPECT_EQ(test, test_stat(pool, withheld), 20);
	test_identity(test, pool, MANY);
	mpool_free_bulk(pool, MANY - 20, objs);
}

/* One that was written to belongs to nobody, a privileged request included. */
static void who_is_privileged_gets_none_either(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 1, .reserve = 1,
				       .flags = MPOOL_POISON);
	void *obj = mpool_alloc(pool, GFP_NOWAIT | MPOOL_PRIVILEGED);

	KUNIT_ASSERT_NOT_NULL(test, obj);
	mpool_free(pool, obj);
	spoil(obj, 9);
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_NOWAIT | MPOOL_PRIVILEGED));
	KUNIT_EXPECT_EQ(test, test_stat(pool, withheld), 1);
	KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), 1);
	expect_sums(test, pool, 1);
}

/* What is lost is lost to those who have no privilege first. */
static void reserve_is_left_when_objects_are_lost(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 5, .reserve = 2,
				       .flags = MPOOL_POISON);
	void *objs[3], *privileged[2];

	KUNIT_ASSERT_EQ(test, test_take(pool, GFP_NOWAIT, objs, 3), 3);
	mpool_free_bulk(pool, 2, objs);
	spoil(objs[0], 9);
	spoil(objs[1], 9);
	KUNIT_EXPECT_NULL(test, mpool_alloc(pool, GFP_NOWAIT));
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_NOWAIT | MPOOL_PRIVILEGED, privileged, 2), 2);
	KUNIT_EXPECT_EQ(test, test_stat(pool, withheld), 2);
	mpool_free(pool, objs[2]);
	mpool_free_bulk(pool, 2, privileged);
	test_identity(test, pool, 2);
}

/* Who waits gets a good one, or goes on waiting. */
static void who_waits_gets_none_that_was_written_to(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 2, .flags = MPOOL_POISON);
	void *a = test_alloc(test, pool), *b = test_alloc(test, pool);
	struct test_async *async = test_queued(test, pool, GFP_KERNEL, 2);

	mpool_free(pool, a);
	spoil(a, 1);
	mpool_free(pool, b);
	KUNIT_EXPECT_TRUE(test, test_becomes(test_stat(pool, withheld) == 1));
	KUNIT_EXPECT_EQ(test, async->calls, 0);
	KUNIT_EXPECT_EQ(test, mpool_cancel(&async->request), 0);
	test_identity(test, pool, 1);
}

/* --- who had it --- */

static noinline void alloc_some(struct kunit *test, struct mpool *pool, void **objs, size_t n)
{
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_KERNEL, objs, n), n);
	barrier();
}

static noinline void alloc_more(struct kunit *test, struct mpool *pool, void **objs, size_t n)
{
	KUNIT_EXPECT_EQ(test, mpool_alloc_bulk(pool, GFP_KERNEL, n, objs), 0);
	barrier();
}

static noinline void free_it(struct mpool *pool, void *obj)
{
	mpool_free(pool, obj);
	barrier();
}

static void reports_name_who_had_it(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .flags = MPOOL_TRACK);
	void *objs[2];

	alloc_more(test, pool, objs, 2);
	free_it(pool, objs[0]);
	test_log_begin();
	mpool_free(pool, objs[0]);
	KUNIT_EXPECT_EQ(test, test_log_lines("double free of object 1/0"), 1);
	KUNIT_EXPECT_EQ(test, test_log_lines("    allocated by alloc_more+"), 1);
	KUNIT_EXPECT_EQ(test, test_log_lines("    freed by free_it+"), 1);
	KUNIT_EXPECT_EQ(test, test_log_lines("pid %d on CPU ", current->pid), 2);
	KUNIT_EXPECT_EQ(test, test_log_lines(" ms ago"), 2);
	mpool_free(pool, objs[1]);
}

/* An overflow is often the neighbour's. */
static void reports_name_the_neighbours(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .flags = MPOOL_CHECKS);
	void *objs[3];

	alloc_more(test, pool, objs, 3);
	spoil(objs[1] + 64, 1);
	test_log_begin();
	mpool_free(pool, objs[1]);
	KUNIT_EXPECT_EQ(test, test_log_lines("  before it, object 1/0 is in use"), 1);
	KUNIT_EXPECT_EQ(test, test_log_lines("  behind it, object 1/2 is in use"), 1);
	KUNIT_EXPECT_EQ(test, test_log_lines("    allocated by alloc_more+"), 3);
	mpool_free(pool, objs[0]);
	mpool_free(pool, objs[2]);
}

static void leaks_are_attributed(struct kunit *test)
{
	struct mpool *pool = mpool_create(&(struct mpool_params){
		.name = "kunit", .size = 64, .flags = MPOOL_TRACK });
	unsigned long frames[4];
	void *objs[10];

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pool);
	alloc_some(test, pool, objs, 7);
	alloc_more(test, pool, objs + 7, 3);
	mpool_free(pool, objs[0]);
	mpool_free_rcu(pool, objs[1]);
	test_log_begin();
	mpool_destroy(pool);
	KUNIT_EXPECT_EQ(test, test_log_lines("destroyed with 8 objects in use"), 1);
	KUNIT_EXPECT_EQ(test, test_log_lines("  5 objects, 320 bytes, allocated by test_take+"), 1);
	test_log_expect(test, 1, "  3 objects, 192 bytes, allocated by alloc_more+");
	/* With the whole stack where there is one, for a helper is not who leaks. */
	if (IS_ENABLED(CONFIG_STACKDEPOT) && stack_trace_save(frames, 4, 0))
		KUNIT_EXPECT_GE(test, test_log_lines(" alloc_some"), 1);
	mpool_free_bulk(pool, 8, objs + 2);
}

/* --- quarantine --- */

static void what_was_freed_first_is_reused_last(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .quarantine = 100 * 64);
	void **objs = test_array(test, MANY), *obj;
	size_t i, kept;

	kept = test_stat(pool, quarantine) / test_stat(pool, stride);
	KUNIT_ASSERT_GE(test, kept, 50);
	KUNIT_ASSERT_EQ(test, test_take(pool, GFP_KERNEL, objs, MANY), MANY);
	for (i = 0; i < kept; i++)
		mpool_free(pool, objs[i]);
	KUNIT_EXPECT_EQ(test, test_stat(pool, quarantined), kept);
	KUNIT_EXPECT_EQ(test, test_stat(pool, cached_depot), kept);
	/* Each further one sends the first one home, and no other. */
	for (i = kept; i < MANY; i++) {
		mpool_free(pool, objs[i]);
		KUNIT_EXPECT_EQ(test, test_stat(pool, quarantined), kept);
		obj = test_alloc(test, pool);
		KUNIT_EXPECT_PTR_NE(test, obj, objs[i]);
		objs[i - kept] = obj;
	}
	test_identity(test, pool, MANY - kept);
	mpool_free_bulk(pool, MANY - kept, objs);
	test_identity(test, pool, 0);
}

/* It is not for want of memory that something is reused early. */
static void pool_grows_before_the_quarantine_gives(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .quarantine = 4000 * 64);
	void *first = test_alloc(test, pool), *obj;
	unsigned int i;

	mpool_free(pool, first);
	for (i = 0; i < 2999; i++) {
		obj = test_alloc(test, pool);
		KUNIT_ASSERT_PTR_NE(test, obj, first);
		mpool_free(pool, obj);
	}
	KUNIT_EXPECT_EQ(test, test_stat(pool, quarantined), 3000);
	test_identity(test, pool, 0);
}

static void quarantine_can_be_too_large(struct kunit *test)
{
	struct mpool *pool = mpool_create(&(struct mpool_params){
		.name = "kunit", .size = 64, .quarantine = SIZE_MAX });

	/* A 32-bit machine may have it. */
	if (!IS_ERR(pool))
		mpool_destroy(pool);
	else
		KUNIT_EXPECT_EQ(test, PTR_ERR(pool), -ENOMEM);
	pool = test_pool(test, .size = 64, .limit = 1, .quarantine = SIZE_MAX);
	mpool_free(pool, test_alloc(test, pool));
	mpool_free(pool, test_alloc(test, pool));
	test_identity(test, pool, 0);
}

/* Nothing fails because something is kept back. */
static void quarantine_gives_before_anything_fails(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 20, .quarantine = SZ_64K,
				       .flags = MPOOL_POISON);
	void *objs[20];
	unsigned int round;

	for (round = 0; round < 3; round++) {
		KUNIT_EXPECT_EQ(test, test_take(pool, GFP_NOWAIT, objs, 20), 20);
		mpool_free_bulk(pool, 20, objs);
		KUNIT_EXPECT_EQ(test, test_stat(pool, quarantined), 20);
	}
	KUNIT_EXPECT_EQ(test, test_stat(pool, fails), 0);
	test_identity(test, pool, 0);
}

static void quarantine_gives_to_who_waits(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 2, .quarantine = SZ_64K);
	void *a = test_alloc(test, pool), *b = test_alloc(test, pool);
	struct test_async *async = test_queued(test, pool, GFP_KERNEL, 2);

	mpool_free_rcu(pool, a);
	mpool_free(pool, b);
	KUNIT_EXPECT_EQ(test, test_answer(async), 0);
	mpool_free_bulk(pool, 2, async->objs);
	test_identity(test, pool, 0);
}

static void quarantine_leaves_the_reserve(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .limit = 20, .reserve = 5,
				       .quarantine = SZ_64K);
	void *objs[20];

	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_KERNEL, objs, 20), 15);
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_KERNEL | MPOOL_PRIVILEGED, objs + 15, 5), 5);
	mpool_free_bulk(pool, 20, objs);
	test_identity(test, pool, 0);
	KUNIT_EXPECT_EQ(test, test_take(pool, GFP_NOWAIT | MPOOL_PRIVILEGED, objs, 20), 20);
	mpool_free_bulk(pool, 20, objs);
	test_identity(test, pool, 0);
}

/* At rest it stays, or it would be no use for what is rarely used; trim takes it all. */
static void quarantine_stays_until_trimmed(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .quarantine = 100 * 64);

	mpool_free(pool, test_alloc(test, pool));
	schedule_timeout_uninterruptible(4 * HZ);
	KUNIT_EXPECT_EQ(test, test_stat(pool, quarantined), 1);
	KUNIT_EXPECT_GT(test, mpool_trim(pool), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, quarantined), 0);
	KUNIT_EXPECT_EQ(test, test_stat(pool, slabs), 0);
	test_identity(test, pool, 0);
}

/* It is nowhere else that an object would be kept from who waits for the last one. */
static void quarantine_lets_a_pool_end(struct kunit *test)
{
	struct mpool_params params = {
		.name = "kunit", .size = 64, .quarantine = SZ_64K, .flags = MPOOL_REDZONE };
	struct test_life life;
	struct mpool *pool;
	void *objs[2];

	test_life_begins(&life, 64);
	params.ctor = test_ctor;
	params.dtor = test_dtor;
	params.ctx = &life;
	pool = mpool_create(&params);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pool);
	objs[0] = test_alloc(test, pool);
	objs[1] = test_alloc(test, pool);
	mpool_free(pool, test_alloc(test, pool));
	mpool_destroy(pool);
	mpool_free(pool, objs[0]);
	mpool_free_rcu(pool, objs[1]);
	test_life_ended(test, &life);
}

static void double_free_of_what_is_quarantined(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 64, .quarantine = 100 * 64);
	void *obj = test_alloc(test, pool);

	mpool_free(pool, obj);
	KUNIT_EXPECT_EQ(test, test_stat(pool, quarantined), 1);
	test_free_refused(test, pool, obj);
}

/* --- the heads of slabs --- */

/* Objects of some slabs, the middle one of which is damaged. */
struct damage {
	struct mpool *pool;
	unsigned long per_slab;
	unsigned long slab_bytes;
	void **objs;
	unsigned long n;
	void *head;			/* of the damaged slab */
	void *held[3];			/* the first object of each slab */
};

/* Where the slab begins that an object is in. */
static void *head_of(const struct damage *d, void *obj)
{
	return (void *)((unsigned long)obj & ~(d->slab_bytes - 1));
}

/* Three slabs whose objects are all free but for the first. */
static void make_slabs(struct kunit *test, struct damage *d)
{
	unsigned long first = ULONG_MAX, i, held = 0;

	d->pool = mpool_create(&(struct mpool_params){ .name = "kunit", .size = 512 });
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, d->pool);
	mpool_free(d->pool, test_alloc(test, d->pool));
	d->per_slab = test_stat(d->pool, objects);
	d->slab_bytes = test_stat(d->pool, slab_bytes);
	d->n = 3 * d->per_slab;
	d->objs = test_array(test, d->n);
	KUNIT_ASSERT_EQ(test, test_take(d->pool, GFP_KERNEL, d->objs, d->n), d->n);
	for (i = 0; i < d->n; i++)
		first = min_t(unsigned long, first, d->objs[i] - head_of(d, d->objs[i]));
	for (i = 0; i < d->n; i++) {
		if (d->objs[i] - head_of(d, d->objs[i]) > first)
			mpool_free(d->pool, d->objs[i]);
		else if (held < 3)
			d->held[held++] = d->objs[i];
	}
	KUNIT_ASSERT_EQ(test, held, 3);
	d->head = head_of(d, d->held[1]);
}

/* All is as before, but that nothing in the damaged slab is handed out. */
static void expect_use(struct kunit *test, struct damage *d)
{
	unsigned long i, got;

	mpool_trim(d->pool);
	got = test_take(d->pool, GFP_KERNEL, d->objs, d->n);
	KUNIT_EXPECT_EQ(test, got, d->n);
	for (i = 0; i < got; i++)
		KUNIT_EXPECT_PTR_NE(test, head_of(d, d->objs[i]), d->head);
	KUNIT_EXPECT_TRUE(test, test_log_gets("the heads of 1 slabs were overwritten"));
	/* With all of the damaged slab, and two more. */
	test_identity(test, d->pool, got + d->per_slab + 2);
	mpool_free_bulk(d->pool, got, d->objs);
	mpool_free(d->pool, d->held[0]);
	mpool_free(d->pool, d->held[2]);
	mpool_trim(d->pool);
	KUNIT_EXPECT_EQ(test, test_stat(d->pool, slabs), 1);
	test_identity(test, d->pool, d->per_slab);
}

/* It cannot end, for what is in use in the damaged slab is unknown. So it is left behind. */
static void expect_end(struct kunit *test, struct damage *d)
{
	mpool_destroy(d->pool);
	KUNIT_EXPECT_EQ(test, test_log_lines("destroyed with %lu objects in use", d->per_slab), 1);
}

/* By who writes past the end of what is before the slab. */
static void head_overwritten_from_before(struct kunit *test)
{
	struct damage d;

	make_slabs(test, &d);
	test_log_begin();
	spoil(d.head, ~look(d.head));
	expect_use(test, &d);
	mpool_free(d.pool, d.held[1]);
	KUNIT_EXPECT_EQ(test, test_log_lines("slab whose head was overwritten, called from"), 1);
	test_identity(test, d.pool, d.per_slab);
	expect_end(test, &d);
}

/* By who writes before the start of the slab's first object. */
static void head_overwritten_from_behind(struct kunit *test)
{
	unsigned int i;
	struct damage d;

	make_slabs(test, &d);
	test_log_begin();
	for (i = 1; i <= 24; i++)
		spoil(d.held[1] - i, 0x45);
	expect_use(test, &d);
	mpool_free(d.pool, d.held[1]);
	expect_end(test, &d);
}

/* It is noticed by a free alone, too. */
static void head_overwritten_before_a_free(struct kunit *test)
{
	struct damage d;

	make_slabs(test, &d);
	test_log_begin();
	spoil(d.head, ~look(d.head));
	mpool_free(d.pool, d.held[1]);
	KUNIT_EXPECT_EQ(test, test_log_lines("slab whose head was overwritten, called from"), 1);
	expect_use(test, &d);
	expect_end(test, &d);
}

/* What was to come home there stays pending for ever, and nobody waits for it in vain. */
static void head_overwritten_before_a_late_one_is_home(struct kunit *test)
{
	unsigned int i;
	struct damage d;
	size_t got;

	make_slabs(test, &d);
	KUNIT_ASSERT_EQ(test, mpool_set_limit(d.pool, test_stat(d.pool, objects)), 0);
	test_log_begin();
	for (i = 1; i <= 24; i++)
		spoil(d.held[1] - i, 0x45);
	mpool_free_deferred(d.pool, d.held[1]);
	got = test_take(d.pool, GFP_KERNEL, d.objs, d.n);
	KUNIT_EXPECT_EQ(test, got, 2 * d.per_slab - 2);
	KUNIT_EXPECT_EQ(test, test_stat(d.pool, pending), 1);
	mpool_free_bulk(d.pool, got, d.objs);
	mpool_free(d.pool, d.held[0]);
	mpool_free(d.pool, d.held[2]);
	expect_end(test, &d);
	KUNIT_EXPECT_TRUE(test, test_log_gets("the heads of 1 slabs were overwritten"));
}

/* --- copies --- */

/* What is refused never gets as far as user space, which a test has not. */
static void copies_beyond_an_object(struct kunit *test)
{
	struct mpool *pool = test_pool(test, .size = 61);
	struct mpool_sized *sized = test_sized(test, test_classes(64, 128));
	u8 *obj = test_alloc(test, pool), *piece = test_sized_alloc(test, sized, 100);
	u8 before[61];

	memset(obj, 0x46, 61);
	memcpy(before, obj, 61);
	test_log_begin();
	KUNIT_EXPECT_EQ(test, mpool_copy_to_user(pool, NULL, obj, 62), 62);
	test_log_expect(test, 1, "copy of 62 bytes to user space, from byte 0 of object 1/");
	KUNIT_EXPECT_EQ(test, mpool_copy_from_user(pool, obj + 60, NULL, 2), 2);
	test_log_expect(test, 1, "copy of 2 bytes from user space, to byte 60 of object 1/");
	KUNIT_EXPECT_EQ(test, mpool_copy_to_user(pool, NULL, obj, ULONG_MAX), ULONG_MAX);
	KUNIT_EXPECT_EQ(test, mpool_copy_to_user(pool, NULL, obj - 1, 1), 1);
	KUNIT_EXPECT_EQ(test, mpool_copy_to_user(pool, NULL, before, 1), 1);
	KUNIT_EXPECT_EQ(test, mpool_copy_to_user(pool, NULL, NULL, 1), 1);
	KUNIT_EXPECT_EQ(test, test_stat(pool, misuses), 6);
	KUNIT_EXPECT_EQ(test, memcmp(before, obj, 61), 0);
	mpool_free(pool, obj);
	KUNIT_EXPECT_EQ(test, mpool_copy_to_user(pool, NULL, obj, 1), 1);
	KUNIT_EXPECT_EQ(test, mpool_sized_copy_to_user(sized, NULL, piece, 129), 129);
	KUNIT_EXPECT_EQ(test, mpool_sized_copy_from_user(sized, piece + 128, NULL, 1), 1);
	KUNIT_EXPECT_EQ(test, mpool_sized_copy_from_user(sized, before, NULL, 1), 1);
	mpool_sized_free(sized, piece);
}

static struct kunit_case checks_cases[] = {
	KUNIT_CASE(checks_are_what_was_asked_for),
	KUNIT_CASE(poison_spoils_what_a_ctor_made),
	KUNIT_CASE(classes_are_watched_too),
	KUNIT_CASE(types_are_watched_too),
	KUNIT_CASE(buffer_needs_room_for_checks),
	KUNIT_CASE(each_byte_behind),
	KUNIT_CASE(each_byte_before),
	KUNIT_CASE(each_way_of_a_free_looks),
	KUNIT_CASE(withheld_objects_have_an_end),
	KUNIT_CASE(reserved_objects_are_watched_too),
	KUNIT_CASE(poison_is_seen),
	KUNIT_CASE(each_write_after_a_free),
	KUNIT_CASE(write_after_a_free_is_seen_at_the_end),
	KUNIT_CASE(many_writes_after_frees),
	KUNIT_CASE(who_waits_gets_none_that_was_written_to),
	KUNIT_CASE(who_is_privileged_gets_none_either),
	KUNIT_CASE(reserve_is_left_when_objects_are_lost),
	KUNIT_CASE(reports_name_who_had_it),
	KUNIT_CASE(reports_name_the_neighbours),
	KUNIT_CASE(leaks_are_attributed),
	KUNIT_CASE(what_was_freed_first_is_reused_last),
	KUNIT_CASE(pool_grows_before_the_quarantine_gives),
	KUNIT_CASE(quarantine_can_be_too_large),
	KUNIT_CASE(quarantine_gives_before_anything_fails),
	KUNIT_CASE(quarantine_gives_to_who_waits),
	KUNIT_CASE(quarantine_leaves_the_reserve),
	KUNIT_CASE(quarantine_stays_until_trimmed),
	KUNIT_CASE(quarantine_lets_a_pool_end),
	KUNIT_CASE(double_free_of_what_is_quarantined),
	KUNIT_CASE(head_overwritten_from_before),
	KUNIT_CASE(head_overwritten_from_behind),
	KUNIT_CASE(head_overwritten_before_a_free),
	KUNIT_CASE(head_overwritten_before_a_late_one_is_home),
	KUNIT_CASE(copies_beyond_an_object),
	{}
};

static struct kunit_suite checks_suite = {
	.name = "mpool-checks",
	.init = test_init,
	.exit = checks_exit,
	.test_cases = checks_cases,
};

kunit_test_suite(checks_suite);
