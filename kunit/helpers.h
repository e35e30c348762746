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
#include <linux/sched.h>
#include <linux/slab.h>

struct mpool *test_create(struct kunit *test, const struct mpool_params *params);
void test_destroy(struct kunit *test);
void test_exit(struct kunit *test);
void **test_array(struct kunit *test, size_t n);
struct mpool_stats test_stats(struct mpool *pool);
void test_identity(struct kunit *test, struct mpool *pool, unsigned long held);
void test_shuffle(void **objs, size_t n, u32 seed);

/* Make the pool of a test; test_exit() destroys it, whatever became of the test. */
#define test_pool(test, ...) \
	test_create(test, &(struct mpool_params){ .name = "kunit", __VA_ARGS__ })

/* Allocate what must succeed. */
#define test_alloc(test, pool) ({					\
	void *test_obj = mpool_alloc(pool, GFP_KERNEL);			\
									\
	KUNIT_ASSERT_NOT_NULL(test, test_obj);				\
	test_obj;							\
})

#endif
