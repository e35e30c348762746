/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites share. They use the public interface of mpool only.
 */
#ifndef _MPOOL_KUNIT_HELPERS_H
#define _MPOOL_KUNIT_HELPERS_H

#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/jiffies.h>
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

/* The objects of a pool: what its constructor made of them, and its destructor found. */
struct test_life {
	size_t size;
	bool refuse;			/* the constructor fails, and with it growth */
	atomic_t made;
	atomic_t unmade;
	atomic_t spoiled;		/* were not as they had been made */
};

/* Ways to free an object, some of which bring it home later. */
enum test_free { TEST_FREE, TEST_FREE_BULK, TEST_FREE_DEFERRED, TEST_FREE_RCU, TEST_FREES };

/* Longest time that a test waits for what should come soon. */
#define TEST_PATIENCE	(10 * HZ)

/*
 * How often to do what is to be done at random: @n times in User Mode Linux, which is as fast as
 * the machine, and has one CPU; a kernel for more than one may run in an emulator.
 */
#define TEST_TIMES(n)	((n) / (IS_ENABLED(CONFIG_SMP) ? 20 : 1))

/* And from one of all there are to the next: a prime, so that they lie differently in words. */
#define TEST_STEP	(IS_ENABLED(CONFIG_SMP) ? 31UL : 1UL)

/* Is there no other CPU, on which something may be done in the background at the same time? */
static inline bool test_is_alone(void)
{
	return num_online_cpus() == 1;
}

/* What a test has made. Ask for room first, for that may end the test. */
struct made;
struct made *test_made_room(struct kunit *test);
void test_made(struct made *made, void (*destroy)(struct made *made, void *it), void *it);
void test_forget(struct kunit *test, void *it);

struct mpool *test_create(struct kunit *test, const struct mpool_params *params);
struct mpool_sized *test_create_sized(struct kunit *test, const struct mpool_sized_params *params);
struct mpool_type *test_create_type(struct kunit *test, const struct mpool_type_params *params);
void *test_buffer(struct kunit *test, size_t bytes);
void test_destroy(struct kunit *test);
int test_init(struct kunit *test);
void test_exit(struct kunit *test);

void test_create_refused(struct kunit *test, const struct mpool_params *params, int err);
void test_free_refused(struct kunit *test, struct mpool *pool, void *obj);

void **test_array(struct kunit *test, size_t n);
size_t test_take(struct mpool *pool, gfp_t gfp, void **objs, size_t n);
void test_free_by(enum test_free way, struct mpool *pool, void *obj);
struct mpool_stats test_stats(struct mpool *pool);
unsigned long test_stat_at(struct mpool *pool, size_t offset);
struct mpool_stats test_sized_stats(struct mpool_sized *sized);
const struct test_figures *test_figures(struct mpool_sized *sized);
unsigned long test_slab_bytes(const struct test_figures *figures);
unsigned long test_largest_slab(struct mpool_sized *sized);
void test_stats_sums(struct kunit *test, const struct mpool_stats *s);
void test_stats_identity(struct kunit *test, const struct mpool_stats *s);
void test_identity(struct kunit *test, struct mpool *pool, unsigned long held);
void test_identity_over(struct kunit *test, struct mpool *pool, unsigned long held);
void test_sized_identity(struct kunit *test, struct mpool_sized *sized, unsigned long held);

void test_shuffle(void **objs, size_t n, u32 seed);
u32 test_random(struct rnd_state *rnd, u32 n);
void test_stamp(void *obj, size_t bytes, unsigned int seed);
bool test_is_stamped(const void *obj, size_t bytes, unsigned int seed);

void test_life_begins(struct test_life *life, size_t size);
int test_ctor(void *obj, void *ctx, gfp_t gfp);
void test_dtor(void *obj, void *ctx);
bool test_is_as_made(const void *obj, size_t bytes);
void test_life_ended(struct kunit *test, struct test_life *life);

/* A thread of a test's own, which test_exit() kills. It must not use assertions. */
struct test_thread {
	struct kunit *test;
	void (*run)(void *data);
	void *data;
	struct task_struct *task;
	struct completion started;
	struct completion done;
};

struct test_thread *test_thread(struct kunit *test, void (*run)(void *data), void *data);
bool test_thread_ends(struct test_thread *thread);

/* Most objects that a request of a test asks for. */
#define TEST_REQUEST_MAX	16

/* A thread that waits for objects. */
struct test_waiter {
	struct test_thread thread;	/* the first, so that both are freed at once */
	struct mpool *pool;
	gfp_t gfp;
	size_t n;
	long timeout;
	void *objs[TEST_REQUEST_MAX];
	int err;
	unsigned long took;		/* jiffies */
};

struct test_waiter *test_waiter(struct kunit *test, struct mpool *pool, gfp_t gfp, size_t n,
				long timeout);
bool test_is_waiting(struct test_waiter *waiter);
int test_waited(struct test_waiter *waiter);
void test_signal(struct test_waiter *waiter, int signal);

/* A request whose callback notes that it was called, and then does what the test wants. */
struct test_async {
	struct mpool_request request;
	void *objs[TEST_REQUEST_MAX];
	void (*then)(struct test_async *async);
	struct mpool *pool;		/* this and what follows are for @then */
	struct test_async *other;
	int result;
	unsigned int calls;
	unsigned int order;		/* greater than that of all calls before */
	int err;
	bool may_sleep;
	struct completion called;
};

struct test_async *test_async(struct kunit *test, gfp_t gfp);
struct test_async *test_queued(struct kunit *test, struct mpool *pool, gfp_t gfp, size_t n);
int test_answer(struct test_async *async);
void test_gets_nothing(struct kunit *test, struct mpool *pool);

/* Where code can run that cannot sleep. */
enum test_context { TEST_IRQ_WORK, TEST_TIMER, TEST_TASKLET, TEST_CONTEXTS };

void test_run_in(enum test_context context, void (*run)(void *data), void *data);

/* Around a report that a kernel which checks itself will make: tools/check.sh leaves it out. */
void test_splat_begin(void);
void test_splat_end(void);

/* Run what KASAN will report, or may. KUnit fails a task that it reports, so another does it. */
void test_splat(void (*run)(void *data), void *data);

void test_needs_faults(struct kunit *test);
void *test_setting(struct kunit *test, const char *injector, const char *name);
unsigned int test_swap_fail_nth(unsigned int nth);
void test_watch_memory(struct kunit *test);
bool test_memory_was_asked(struct kunit *test);

/* A figure of a pool. */
#define test_stat(pool, figure)	test_stat_at(pool, offsetof(struct mpool_stats, figure))

/* Wait, but not for ever, until something is so; whether it is. */
#define test_becomes(condition) ({					\
	unsigned long test_end = jiffies + TEST_PATIENCE;		\
	bool test_is;							\
									\
	while (!(test_is = (condition)) && time_before(jiffies, test_end))	\
		schedule_timeout_uninterruptible(1);			\
	test_is;							\
})

/* What gives each object of a pool a life that can be looked at. */
#define test_life_params(life)	.ctor = test_ctor, .dtor = test_dtor, .ctx = (life)

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
