/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites share. They use the public interface of mpool only.
 */
#ifndef _MPOOL_KUNIT_HELPERS_H
#define _MPOOL_KUNIT_HELPERS_H

#include <kunit/test.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mpool.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <linux/slab.h>

/* The figures of a sized pool: as a whole, and of its classes. */
struct test_figures {
	struct mpool_stats total;
	unsigned int nr;
	struct mpool_stats class[MPOOL_CLASSES_MAX];
};

/* What a test has made. Ask for room first, for that may end the test. */
struct made;
struct made *test_made_room(struct kunit *test);
void test_made(struct made *made, void (*destroy)(struct made *made, void *it), void *it);

struct mpool *test_create(struct kunit *test, const struct mpool_params *params);
struct mpool_sized *test_create_sized(struct kunit *test, const struct mpool_sized_params *params);
struct mpool_type *test_create_type(struct kunit *test, const struct mpool_type_params *params);
void *test_buffer(struct kunit *test, size_t bytes);
void test_destroy(struct kunit *test);
void test_exit(struct kunit *test);

void test_create_refused(struct kunit *test, const struct mpool_params *params, int err);
void test_free_refused(struct kunit *test, struct mpool *pool, void *obj);

void **test_array(struct kunit *test, size_t n);
struct mpool_stats test_stats(struct mpool *pool);
struct mpool_stats test_sized_stats(struct mpool_sized *sized);
const struct test_figures *test_figures(struct mpool_sized *sized);
unsigned long test_slab_bytes(const struct test_figures *figures);
unsigned long test_largest_slab(struct mpool_sized *sized);
void test_stats_identity(struct kunit *test, const struct mpool_stats *s);
void test_identity(struct kunit *test, struct mpool *pool, unsigned long held);
void test_sized_identity(struct kunit *test, struct mpool_sized *sized, unsigned long held);

void test_shuffle(void **objs, size_t n, u32 seed);
u32 test_random(struct rnd_state *rnd, u32 n);
void test_stamp(void *obj, size_t bytes, unsigned int seed);
bool test_is_stamped(const void *obj, size_t bytes, unsigned int seed);

void test_needs_faults(struct kunit *test);
unsigned int test_swap_fail_nth(unsigned int nth);

/* Make the pool of a test; test_exit() destroys it, whatever became of the test. */
#define test_pool(test, ...) \
	test_create(test, &(struct mpool_params){ .name = "kunit", __VA_ARGS__ })

/* Likewise. Its classes are named kunit-sized-SIZE. */
#define test_sized(test, ...) \
	test_create_sized(test, &(struct mpool_sized_params){ .name = "kunit-sized", __VA_ARGS__ })

/* Likewise. */
#define test_type(test, ...) \
	test_create_type(test, &(struct mpool_type_params){ .name = "kunit-type", __VA_ARGS__ })

/* Classes of a sized pool, for its parameters. */
#define test_classes(...)						\
	.classes = (const size_t[]){ __VA_ARGS__ },			\
	.nr_classes = sizeof((const size_t[]){ __VA_ARGS__ }) / sizeof(size_t)

/* Allocate what must succeed. */
#define test_alloc(test, pool) ({					\
	void *test_obj = mpool_alloc(pool, GFP_KERNEL);			\
									\
	KUNIT_ASSERT_NOT_NULL(test, test_obj);				\
	test_obj;							\
})

#define test_sized_alloc(test, sized, size) ({				\
	void *test_obj = mpool_sized_alloc(sized, size, GFP_KERNEL);	\
									\
	KUNIT_ASSERT_NOT_NULL(test, test_obj);				\
	test_obj;							\
})

/*
 * Run a statement with the nth request for memory failing; true if there were that many. First,
 * test_needs_faults() has to say that the kernel can.
 */
#define with_fault(nth, statement) ({					\
	test_swap_fail_nth(nth);					\
	statement;							\
	test_swap_fail_nth(0) == 0;					\
})

#endif
