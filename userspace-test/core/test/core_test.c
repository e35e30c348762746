// SPDX-License-Identifier: GPL-2.0
/*
 * mpool's own code with CPUs that really run at the same time, and with moments that a kernel
 * cannot be made to wait for: who sleeps where it must not, or finds a lock not taken, ends the
 * test.
 */
#include <linux/cpuhotplug.h>
#include <linux/err.h>
#include <linux/mpool.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/prandom.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <sched.h>

#include "../../../kernel/internal.h"

/* The harness has one of its own. */
#undef is_signed_type
#include "kselftest_harness.h"

#define CPUS		5		/* the last one is for what is done later */
#define SIZE		200
#define MOST		300		/* objects that a task holds */

/* Each test is a process: it has a module of its own. */
FIXTURE(core) {
	struct mpool *pool;
};

static struct mpool *make_pool(unsigned long limit, unsigned long reserve)
{
	return mpool_create(&(struct mpool_params){ .name = "core", .size = SIZE, .limit = limit,
						    .reserve = reserve });
}

FIXTURE_SETUP(core)
{
	core_start(CPUS);
	ASSERT_EQ(0, core_load());
}

static bool adds_up(const struct mpool_stats *s)
{
	return s->objects == s->in_use + s->cached_cpu + s->cached_depot + s->free_slab &&
	       s->in_use == s->allocs - s->frees;
}

FIXTURE_TEARDOWN(core)
{
	struct mpool_stats s;

	mpool_read_stats(self->pool, &s);
	EXPECT_TRUE(adds_up(&s));
	EXPECT_EQ(0, s.in_use);
	EXPECT_EQ(0, s.misuses);
	mpool_destroy(self->pool);
	core_unload();
	EXPECT_EQ(0, core_pages);
}

/* Whoever gets an object writes to it, and finds it so until it is given back. */
static void stamp(u64 *obj, u64 with)
{
	size_t i;

	for (i = 0; i < SIZE / sizeof(u64); i++)
		obj[i] = with;
}

static bool has_stamp(const u64 *obj, u64 with)
{
	size_t i;

	for (i = 0; i < SIZE / sizeof(u64); i++) {
		if (obj[i] != with)
			return false;
	}
	return true;
}

/* What a task is about: it holds some objects, and gets and frees others at random. */
struct user {
	struct mpool *pool;
	struct rnd_state random;
	u64 *objs[MOST];
	size_t n;
	gfp_t gfp;
	unsigned int steps;
	u64 spoiled;
	u64 refused;
};

static void get_one(struct user *user)
{
	u64 *obj = mpool_alloc(user->pool, user->gfp);

	if (!obj) {
		user->refused++;
		return;
	}
	user->objs[user->n++] = obj;
	stamp(obj, (unsigned long)user ^ (unsigned long)obj);
}

static void put_one(struct user *user)
{
	size_t which = prandom_u32_state(&user->random) % user->n;
	u64 *obj = user->objs[which];

	user->objs[which] = user->objs[--user->n];
	if (!has_stamp(obj, (unsigned long)user ^ (unsigned long)obj))
		user->spoiled++;
	switch (prandom_u32_state(&user->random) % 16) {
	case 0:
		mpool_free_deferred(user->pool, obj);
		break;
	case 1:
		mpool_free_rcu(user->pool, obj);
		break;
	default:
		mpool_free(user->pool, obj);
	}
}

/* Until it holds many, or few, so that magazines and slabs become empty and full. */
static int use(void *data)
{
	struct user *user = data;
	bool up = true;

	while (user->steps--) {
		if (!user->n || user->n == MOST || !(prandom_u32_state(&user->random) % 200))
			up = user->n < MOST / 2;
		if (user->n < MOST && (!user->n || prandom_u32_state(&user->random) % 4 < 2 + up))
			get_one(user);
		else
			put_one(user);
	}
	while (user->n)
		put_one(user);
	return 0;
}

static struct user *make_user(struct mpool *pool, unsigned int seed, unsigned int steps)
{
	struct user *user = kzalloc(sizeof(*user), GFP_KERNEL);

	user->pool = pool;
	user->gfp = GFP_KERNEL;
	user->steps = steps;
	prandom_seed_state(&user->random, seed);
	return user;
}

TEST_F(core, cpus_at_once)
{
	struct task_struct *tasks[CPUS - 1];
	struct user *users[CPUS - 1];
	size_t i;

	self->pool = make_pool(0, 0);
	for (i = 0; i < CPUS - 1; i++) {
		users[i] = make_user(self->pool, i, 200000);
		tasks[i] = core_task(i, use, users[i]);
	}
	for (i = 0; i < CPUS - 1; i++) {
		core_task_join(tasks[i]);
		EXPECT_EQ(0, users[i]->spoiled);
		EXPECT_EQ(0, users[i]->refused);
		kfree(users[i]);
	}
	mpool_flush(self->pool);
}

/* All tasks together want more than there may be; nobody gets what another has, or too many. */
TEST_F(core, cpus_at_the_limit)
{
	struct task_struct *tasks[CPUS - 1];
	struct user *users[CPUS - 1];
	struct mpool_stats s;
	u64 refused = 0;
	size_t i;

	self->pool = make_pool(MOST, 0);
	for (i = 0; i < CPUS - 1; i++) {
		users[i] = make_user(self->pool, i, 5000);
		users[i]->gfp = i % 2 ? GFP_KERNEL : GFP_ATOMIC;
		tasks[i] = core_task(i, use, users[i]);
	}
	for (i = 0; i < 100; i++) {
		mpool_read_stats(self->pool, &s);
		EXPECT_LE(s.objects, MOST);
		schedule_timeout_uninterruptible(1);
	}
	for (i = 0; i < CPUS - 1; i++) {
		core_task_join(tasks[i]);
		EXPECT_EQ(0, users[i]->spoiled);
		refused += users[i]->refused;
		kfree(users[i]);
	}
	EXPECT_LT(0, refused);
	mpool_flush(self->pool);
}

static void use_a_little(void *data)
{
	struct user *user = data;

	user->steps = 20;
	use(user);
}

/* An interrupt comes between any two instructions of who uses the pool, and does so too. */
TEST_F(core, interrupts)
{
	struct task_struct *task;
	struct user *user, *interrupter;
	s64 end = core_now() + 5 * NSEC_PER_SEC;
	size_t i;

	self->pool = make_pool(0, 0);
	user = make_user(self->pool, 1, 3000000);
	interrupter = make_user(self->pool, 2, 0);
	interrupter->gfp = GFP_ATOMIC;
	task = core_task(1, use, user);
	for (i = 0; i < 20000 && core_now() < end; i++)
		core_interrupt(1, use_a_little, interrupter);
	EXPECT_LT(100, i);
	core_task_join(task);
	EXPECT_EQ(0, user->spoiled + user->refused);
	EXPECT_EQ(0, interrupter->spoiled + interrupter->refused);
	kfree(user);
	kfree(interrupter);
	mpool_flush(self->pool);
}

/* All objects below the limit, wherever they are. */
static void expect_all_to_be_had(struct __test_metadata *_metadata, struct mpool *pool)
{
	struct user *user = make_user(pool, 1, 0);

	mpool_flush(pool);
	while (user->n < MOST && !user->refused)
		get_one(user);
	EXPECT_EQ(MOST, user->n);
	while (user->n)
		put_one(user);
	mpool_flush(pool);
	kfree(user);
}

/* CPUs die, with what they cache, and come back. */
TEST_F(core, hotplug)
{
	struct mpool_stats s;
	struct user *user;
	size_t i;

	self->pool = make_pool(MOST, 0);
	for (i = 0; i < 50; i++) {
		user = make_user(self->pool, i, 5000);
		core_task_join(core_task(1 + i % 2, use, user));
		EXPECT_EQ(0, user->spoiled + user->refused);
		kfree(user);
		core_cpu_down(1 + i % 2);
		mpool_read_stats(self->pool, &s);
		EXPECT_TRUE(adds_up(&s));
		expect_all_to_be_had(_metadata, self->pool);
		core_cpu_up(1 + i % 2);
	}
	mpool_flush(self->pool);
}

static int fill(void *data)
{
	struct user *user = data;

	while (user->n < MOST)
		get_one(user);
	while (user->n)
		put_one(user);
	return 0;
}

/* What another CPU caches is there for all. */
TEST_F(core, others_caches_are_found)
{
	struct user *user;

	self->pool = make_pool(MOST, 0);
	user = make_user(self->pool, 1, 0);
	core_task_join(core_task(1, fill, user));
	mpool_flush(self->pool);
	kfree(user);
	expect_all_to_be_had(_metadata, self->pool);
}

static int fill_often(void *data)
{
	struct user *user = data;

	while (user->steps--)
		fill(user);
	return 0;
}

/* What a CPU alone caches that has had many. */
static unsigned long most_cached(struct mpool *pool)
{
	struct user *user = make_user(pool, 1, 1);
	struct mpool_stats s;

	mpool_flush(pool);
	mpool_trim(pool);
	core_task_join(core_task(0, fill_often, user));
	mpool_flush(pool);
	kfree(user);
	mpool_read_stats(pool, &s);
	return s.cached_cpu;
}

/* All CPUs but the last fill and free, so many times, at once; nobody is refused anything. */
static void fill_at_once(struct __test_metadata *_metadata, struct mpool *pool, unsigned int times)
{
	struct task_struct *tasks[CPUS - 1];
	struct user *users[CPUS - 1];
	size_t i;

	for (i = 0; i < CPUS - 1; i++) {
		users[i] = make_user(pool, i, times);
		tasks[i] = core_task(i, fill_often, users[i]);
	}
	for (i = 0; i < CPUS - 1; i++) {
		core_task_join(tasks[i]);
		EXPECT_EQ(0, users[i]->spoiled + users[i]->refused);
		kfree(users[i]);
	}
}

/*
 * CPUs that wait for each other at the depot get larger magazines; all adds up while they take the
 * place of the old ones, which go.
 */
TEST_F(core, magazines_become_larger)
{
	s64 end = core_now() + 20 * NSEC_PER_SEC;
	unsigned long before, after;

	self->pool = make_pool(0, 0);
	before = most_cached(self->pool);
	after = before;
	while (core_now() < end && after <= before) {
		fill_at_once(_metadata, self->pool, 100);
		after = most_cached(self->pool);
	}
	EXPECT_LT(before, after);

	/* They begin anew with a lower limit. */
	EXPECT_EQ(0, mpool_set_limit(self->pool, 1000 * MOST));
	while (core_now() < end && after != before)
		after = most_cached(self->pool);
	EXPECT_EQ(before, after);
}

/* Half of the limit is what all CPUs together may cache, however they wait for each other. */
TEST_F(core, magazines_heed_the_limit)
{
	struct mpool_stats s;
	size_t round;

	self->pool = make_pool(6 * MOST, 0);
	for (round = 0; round < 30; round++) {
		fill_at_once(_metadata, self->pool, 50);
		schedule_timeout_uninterruptible(HZ / 10);
		mpool_read_stats(self->pool, &s);
		EXPECT_LE(s.cached_cpu, 3 * MOST);
		EXPECT_LE(s.objects, 6 * MOST);
	}
	mpool_flush(self->pool);
}

/* There are no more pages: what there is can be had still, and more when there are some. */
TEST_F(core, no_pages)
{
	struct mpool_stats s;
	struct user *user;

	self->pool = make_pool(0, 10);
	user = make_user(self->pool, 1, 0);
	core_pages_max = core_pages;
	mpool_read_stats(self->pool, &s);
	while (!user->refused && user->n < MOST)
		get_one(user);
	EXPECT_EQ(s.objects - 10, user->n);
	user->gfp |= MPOOL_PRIVILEGED;
	user->refused = 0;
	while (!user->refused && user->n < MOST)
		get_one(user);
	EXPECT_EQ(s.objects, user->n);
	core_pages_max = ULONG_MAX;
	user->refused = 0;
	get_one(user);
	EXPECT_EQ(0, user->refused);
	while (user->n)
		put_one(user);
	mpool_flush(self->pool);
	kfree(user);
}

/* Readers that are told when to begin and when to end. */
struct reader {
	bool reads;
	bool end;
};

static int look(void *data)
{
	struct reader *reader = data;

	rcu_read_lock();
	WRITE_ONCE(reader->reads, true);
	while (!READ_ONCE(reader->end))
		sched_yield();
	rcu_read_unlock();
	return 0;
}

static struct task_struct *start_reader(struct reader *reader, unsigned int cpu)
{
	struct task_struct *task = core_task(cpu, look, reader);

	while (!READ_ONCE(reader->reads))
		schedule_timeout_uninterruptible(1);
	return task;
}

static int flush(void *data)
{
	mpool_flush(data);
	return 0;
}

static unsigned long pending(struct mpool *pool)
{
	struct mpool_stats s;

	mpool_read_stats(pool, &s);
	return s.pending;
}

/*
 * A grace period is under way for one object when another is freed, which a reader can see still
 * that has begun since: it must not come home with the first one.
 */
TEST_F(core, freed_during_a_grace_period)
{
	struct reader first = {}, second = {};
	struct task_struct *tasks[3];
	unsigned int i;
	void *a, *b;

	self->pool = make_pool(0, 0);
	a = mpool_alloc(self->pool, GFP_KERNEL);
	b = mpool_alloc(self->pool, GFP_KERNEL);
	tasks[0] = start_reader(&first, 1);
	mpool_free_rcu(self->pool, a);
	tasks[1] = core_task(2, flush, self->pool);
	schedule_timeout_uninterruptible(10);
	EXPECT_EQ(1, pending(self->pool));
	tasks[2] = start_reader(&second, 3);
	mpool_free_rcu(self->pool, b);
	WRITE_ONCE(first.end, true);
	for (i = 0; i < 250 && pending(self->pool) > 1; i++)
		schedule_timeout_uninterruptible(1);
	EXPECT_EQ(1, pending(self->pool));
	schedule_timeout_uninterruptible(20);
	EXPECT_EQ(1, pending(self->pool));
	WRITE_ONCE(second.end, true);
	for (i = 0; i < ARRAY_SIZE(tasks); i++)
		core_task_join(tasks[i]);
	mpool_flush(self->pool);
	EXPECT_EQ(0, pending(self->pool));
}

/* Tasks that hold one object each, at most, of as many as there are tasks. */
static int take_turns(void *data)
{
	struct user *user = data;

	while (user->steps-- && !user->refused) {
		get_one(user);
		if (user->n)
			mpool_free_deferred(user->pool, user->objs[--user->n]);
	}
	return 0;
}

/* As many as are done in the time that a test has: far fewer where each access is looked at. */
#ifdef __SANITIZE_THREAD__
#define TURNS		50000
#else
#define TURNS		1000000
#endif

/* What nobody holds is there for who may sleep, wherever it is: on its way home, mostly. */
TEST_F(core, one_for_each)
{
	struct task_struct *tasks[CPUS - 1];
	struct user *users[CPUS - 1];
	unsigned int i;

	self->pool = make_pool(CPUS - 1, 0);
	for (i = 0; i < CPUS - 1; i++) {
		users[i] = make_user(self->pool, i, TURNS);
		tasks[i] = core_task(i, take_turns, users[i]);
	}
	for (i = 0; i < CPUS - 1; i++) {
		core_task_join(tasks[i]);
		EXPECT_EQ(0, users[i]->refused);
		kfree(users[i]);
	}
	mpool_flush(self->pool);
}

/* A pool that is destroyed while its only object is held. */
static struct mpool *make_dying_pool(void **obj)
{
	struct mpool *pool = mpool_create(&(struct mpool_params){ .name = "dying", .size = SIZE,
								  .limit = 1, .keep = 1 });

	*obj = mpool_alloc(pool, GFP_KERNEL);
	mpool_destroy(pool);
	return pool;
}

/*
 * Who frees an object late is held up in slab_defer(), after the object was brought home: its slab
 * cannot go, and whoever looks for what is to be done next has done so before that changes.
 */
TEST_F(core, held_up_while_the_last_comes_home)
{
	unsigned long pages = core_pages;
	struct mpool *pool;
	unsigned int i;
	void *obj;

	self->pool = make_pool(0, 0);
	pool = make_dying_pool(&obj);
	atomic_inc(&pool->late_users);
	mpool_free(pool, obj);
	schedule_timeout_uninterruptible(HZ / 5);
	EXPECT_LT(pages, core_pages);
	atomic_dec(&pool->late_users);
	irq_work_queue(&pool->kick);
	for (i = 0; i < 250 && core_pages > pages; i++)
		schedule_timeout_uninterruptible(HZ / 50);
	EXPECT_EQ(pages, core_pages);
}

TEST_HARNESS_MAIN
