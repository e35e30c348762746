// SPDX-License-Identifier: GPL-2.0
/*
 * What the suites share.
 */
#include <linux/debugfs.h>
#include <linux/fault-inject.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include "helpers.h"

/* Most things that a test has at once. */
#define MADE_MAX	64

/* What a test has made, the newest last. It lives in test->priv, for test_exit(). */
struct made {
	unsigned int nr;
	bool leaky;		/* a pool went with objects out, so its buffer has to stay */
	struct {
		void (*destroy)(struct made *made, void *it);
		void *it;
	} thing[MADE_MAX];
};

/* Where to note what comes next. To be called first, for it may end the test. */
struct made *test_made_room(struct kunit *test)
{
	struct made *made = test->priv;

	if (!made) {
		made = kunit_kzalloc(test, sizeof(*made), GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, made);
		test->priv = made;
	}
	KUNIT_ASSERT_LT(test, made->nr, MADE_MAX);
	return made;
}

void test_made(struct made *made, void (*destroy)(struct made *made, void *it), void *it)
{
	made->thing[made->nr].destroy = destroy;
	made->thing[made->nr].it = it;
	made->nr++;
}

/* The test sees itself to the end of something, or has to leave it be. */
void test_forget(struct kunit *test, void *it)
{
	struct made *made = test->priv;
	unsigned int i = made->nr;

	while (i && made->thing[i - 1].it != it)
		i--;
	KUNIT_ASSERT_GT(test, i, 0);
	memmove(&made->thing[i - 1], &made->thing[i], (made->nr - i) * sizeof(made->thing[0]));
	made->nr--;
}

static void destroy_pool(struct made *made, void *it)
{
	made->leaky |= test_stats(it).in_use > 0;
	mpool_destroy(it);
}

struct mpool *test_create(struct kunit *test, const struct mpool_params *params)
{
	struct made *made = test_made_room(test);
	struct mpool *pool = mpool_create(params);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pool);
	test_made(made, destroy_pool, pool);
	return pool;
}

static void destroy_buffer(struct made *made, void *it)
{
	if (!made->leaky)
		kvfree(it);
}

/* Memory for the pools that the test makes after it, aligned to a page if that large. */
void *test_buffer(struct kunit *test, size_t bytes)
{
	struct made *made = test_made_room(test);
	void *buffer = kvmalloc(roundup_pow_of_two(bytes), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buffer);
	test_made(made, destroy_buffer, buffer);
	return buffer;
}

/* Destroy what was made last. */
void test_destroy(struct kunit *test)
{
	struct made *made = test->priv;

	if (!made || !made->nr)
		return;
	made->nr--;
	made->thing[made->nr].destroy(made, made->thing[made->nr].it);
}

/*
 * A test counts what this CPU caches, and so stays on it. What works for it in the background may
 * be on another.
 */
int test_init(struct kunit *test)
{
	return set_cpus_allowed_ptr(current, cpumask_of(raw_smp_processor_id()));
}

/* The newest first, for it can depend on the others. */
void test_exit(struct kunit *test)
{
	struct made *made = test->priv;

	while (made && made->nr)
		test_destroy(test);
	test->priv = NULL;
}

/* Create must fail with exactly that error, and leave the name free. */
void test_create_refused(struct kunit *test, const struct mpool_params *params, int err)
{
	struct mpool *pool = mpool_create(params);

	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(pool), err);
	if (!IS_ERR(pool))
		mpool_destroy(pool);
}

/* That free must be refused, and nothing else may change. */
void test_free_refused(struct kunit *test, struct mpool *pool, void *obj)
{
	struct mpool_stats before = test_stats(pool);

	mpool_free(pool, obj);
	KUNIT_EXPECT_EQ(test, test_stats(pool).misuses, before.misuses + 1);
	KUNIT_EXPECT_EQ(test, test_stats(pool).frees, before.frees);
	test_identity(test, pool, before.in_use);
}

void test_splat_begin(void)
{
	pr_info("planned splat: begin\n");
}

void test_splat_end(void)
{
	pr_info("planned splat: end\n");
}

struct splat {
	struct work_struct work;
	void (*run)(void *data);
	void *data;
};

static void do_splat(struct work_struct *work)
{
	struct splat *splat = container_of(work, struct splat, work);

	splat->run(splat->data);
}

void test_splat(void (*run)(void *data), void *data)
{
	struct splat splat = { .run = run, .data = data };

	test_splat_begin();
	INIT_WORK_ONSTACK(&splat.work, do_splat);
	schedule_work(&splat.work);
	flush_work(&splat.work);
	destroy_work_on_stack(&splat.work);
	test_splat_end();
}

void **test_array(struct kunit *test, size_t n)
{
	void **array = kunit_kcalloc(test, n, sizeof(void *), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, array);
	return array;
}

/* Take objects until there are no more, up to n; how many that were. */
size_t test_take(struct mpool *pool, gfp_t gfp, void **objs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		objs[i] = mpool_alloc(pool, gfp);
		if (!objs[i])
			break;
	}
	return i;
}

void test_free_by(enum test_free way, struct mpool *pool, void *obj)
{
	switch (way) {
	case TEST_FREE:
		mpool_free(pool, obj);
		break;
	case TEST_FREE_BULK:
		mpool_free_bulk(pool, 1, &obj);
		break;
	case TEST_FREE_DEFERRED:
		mpool_free_deferred(pool, obj);
		break;
	case TEST_FREE_RCU:
		mpool_free_rcu(pool, obj);
		break;
	case TEST_FREES:
		break;
	}
}

struct mpool_stats test_stats(struct mpool *pool)
{
	struct mpool_stats stats;

	mpool_read_stats(pool, &stats);
	return stats;
}

/* One figure, so that who wants several needs no room on the stack for all of each. */
unsigned long test_stat_at(struct mpool *pool, size_t offset)
{
	struct mpool_stats stats;

	mpool_read_stats(pool, &stats);
	return *(unsigned long *)((void *)&stats + offset);
}

/* What is so always. The limit is not among it, for it can be set below what exists. */
void test_stats_sums(struct kunit *test, const struct mpool_stats *s)
{
	KUNIT_EXPECT_LE(test, s->reserve_held, s->in_use);
	KUNIT_EXPECT_LE(test, s->reserve - min(s->reserve, s->reserve_held), s->free_slab);
	KUNIT_EXPECT_LE(test, s->pending, s->in_use);
	KUNIT_EXPECT_EQ(test, s->objects,
			s->in_use + s->cached_cpu + s->cached_depot + s->free_slab);
	KUNIT_EXPECT_EQ(test, s->footprint, s->slabs * s->slab_bytes + s->metadata);
	KUNIT_EXPECT_EQ(test, s->m_pool, s->size * s->objects);
	KUNIT_EXPECT_EQ(test, s->slabs, s->grows - s->shrinks);
	KUNIT_EXPECT_EQ(test, s->in_use, s->allocs - s->frees);
	KUNIT_EXPECT_LE(test, s->mapped, s->slabs);
}

void test_stats_identity(struct kunit *test, const struct mpool_stats *s)
{
	test_stats_sums(test, s);
	if (s->limit)
		KUNIT_EXPECT_LE(test, s->objects, s->limit);
}

/* Do the figures add up, as they do at rest? */
static bool adds_up(const struct mpool_stats *s, unsigned long held)
{
	return s->in_use == held && s->slabs == s->grows - s->shrinks &&
	       s->objects == s->in_use + s->cached_cpu + s->cached_depot + s->free_slab;
}

/* The figures, when what is done on other CPUs has been done. */
static struct mpool_stats stats_at_rest(struct mpool *pool, unsigned long held)
{
	struct mpool_stats s = test_stats(pool);

	if (!test_is_alone())
		test_becomes(({ s = test_stats(pool); adds_up(&s, held); }));
	return s;
}

/* The accounting identity, and the number of objects held as the test has counted it. */
void test_identity(struct kunit *test, struct mpool *pool, unsigned long held)
{
	struct mpool_stats s = stats_at_rest(pool, held);

	KUNIT_EXPECT_EQ(test, s.in_use, held);
	test_stats_identity(test, &s);
}

/* Likewise, of a pool whose limit may have been set below what exists. */
void test_identity_over(struct kunit *test, struct mpool *pool, unsigned long held)
{
	struct mpool_stats s = stats_at_rest(pool, held);

	KUNIT_EXPECT_EQ(test, s.in_use, held);
	test_stats_sums(test, &s);
}

/* The same order for the same seed, so that a failure repeats. */
void test_shuffle(void **objs, size_t n, u32 seed)
{
	struct rnd_state rnd;
	size_t i, j;

	prandom_seed_state(&rnd, seed);
	for (i = n; i > 1; i--) {
		j = prandom_u32_state(&rnd) % i;
		swap(objs[i - 1], objs[j]);
	}
}

/* A number below n. */
u32 test_random(struct rnd_state *rnd, u32 n)
{
	return prandom_u32_state(rnd) % n;
}

#define STAMP	16

/* Mark both ends of a piece as the test's. */
void test_stamp(void *obj, size_t bytes, unsigned int seed)
{
	size_t end = min_t(size_t, bytes, STAMP);

	memset(obj, seed * 2 + 1, end);
	memset(obj + bytes - end, seed * 2 + 1, end);
}

/* Has nobody else written there? */
bool test_is_stamped(const void *obj, size_t bytes, unsigned int seed)
{
	size_t end = min_t(size_t, bytes, STAMP);
	u8 byte = seed * 2 + 1;

	return !memchr_inv(obj, byte, end) && !memchr_inv(obj + bytes - end, byte, end);
}

/* What a constructed object is full of. */
#define AS_MADE	0xc5

void test_life_begins(struct test_life *life, size_t size)
{
	*life = (struct test_life){ .size = size };
}

int test_ctor(void *obj, void *ctx, gfp_t gfp)
{
	struct test_life *life = ctx;

	if (READ_ONCE(life->refuse))
		return -EIO;
	memset(obj, AS_MADE, life->size);
	atomic_inc(&life->made);
	return 0;
}

void test_dtor(void *obj, void *ctx)
{
	struct test_life *life = ctx;

	if (!test_is_as_made(obj, life->size))
		atomic_inc(&life->spoiled);
	atomic_inc(&life->unmade);
}

bool test_is_as_made(const void *obj, size_t bytes)
{
	return !memchr_inv(obj, AS_MADE, bytes);
}

/* Soon at the latest, all that were made have been unmade, as they were. */
void test_life_ended(struct kunit *test, struct test_life *life)
{
	KUNIT_EXPECT_TRUE(test, test_becomes(atomic_read(&life->made) ==
					     atomic_read(&life->unmade)));
	KUNIT_EXPECT_GT(test, atomic_read(&life->made), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&life->spoiled), 0);
}

#ifdef CONFIG_FAULT_INJECTION_DEBUG_FS

/* A setting of a fault injector: what its file in debugfs would read and write. */
void *test_setting(struct kunit *test, const char *injector, const char *name)
{
	struct dentry *dir = debugfs_lookup(injector, NULL);
	struct dentry *file;
	void *value;

	KUNIT_ASSERT_NOT_NULL(test, dir);
	file = debugfs_lookup(name, dir);
	dput(dir);
	KUNIT_ASSERT_NOT_NULL(test, file);
	value = d_inode(file)->i_private;
	dput(file);
	return value;
}

/* By default the injectors spare single pages and those who can wait. */
void test_needs_faults(struct kunit *test)
{
	*(bool *)test_setting(test, "failslab", "ignore-gfp-wait") = false;
	*(bool *)test_setting(test, "fail_page_alloc", "ignore-gfp-wait") = false;
	*(u32 *)test_setting(test, "fail_page_alloc", "min-order") = 0;
	*(unsigned long *)test_setting(test, "failslab", "verbose") = 0;
	*(unsigned long *)test_setting(test, "fail_page_alloc", "verbose") = 0;
	*(unsigned long *)test_setting(test, "fail_mpool", "verbose") = 0;
}

static void watch_memory(struct kunit *test, const char *injector, bool on)
{
	*(unsigned long *)test_setting(test, injector, "probability") = on ? 100 : 0;
	*(bool *)test_setting(test, injector, "task-filter") = on;
	atomic_set(test_setting(test, injector, "times"), 1);
}

/* The first request of this task for memory is to fail. */
void test_watch_memory(struct kunit *test)
{
	watch_memory(test, "failslab", true);
	watch_memory(test, "fail_page_alloc", true);
	current->make_it_fail = true;
}

/* Was there one since? Ends the watch. */
bool test_memory_was_asked(struct kunit *test)
{
	bool asked = !atomic_read(test_setting(test, "failslab", "times")) ||
		     !atomic_read(test_setting(test, "fail_page_alloc", "times"));

	current->make_it_fail = false;
	watch_memory(test, "failslab", false);
	watch_memory(test, "fail_page_alloc", false);
	return asked;
}

unsigned int test_swap_fail_nth(unsigned int nth)
{
	unsigned int left = current->fail_nth;

	current->fail_nth = nth;
	return left;
}

#else

void test_needs_faults(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_FAULT_INJECTION_DEBUG_FS");
}

void test_watch_memory(struct kunit *test)
{
}

bool test_memory_was_asked(struct kunit *test)
{
	return false;
}

/* No request has failed. */
unsigned int test_swap_fail_nth(unsigned int nth)
{
	return 1;
}

#endif /* CONFIG_FAULT_INJECTION_DEBUG_FS */
