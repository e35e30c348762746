// SPDX-License-Identifier: GPL-2.0
/*
 * What takes more than one CPU to show: objects that other CPUs cache, hotplug, contexts that
 * interrupt each other. Needs mpool.ko and mpool_playground.ko, two CPUs, and root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pools.h"

/* Each test has a pool named "smp" of its own, which must add up at the end. */
FIXTURE(smp) {
};

FIXTURE_SETUP(smp)
{
	set_cpu1(true);
	ASSERT_TRUE(run_on(1));
	ASSERT_TRUE(run_on(0));
}

/* Expectations only: an assertion that fails would come here again, and again. */
FIXTURE_TEARDOWN(smp)
{
	struct pool_line pool = {};

	EXPECT_EQ(0, set_cpu1(true) == EINVAL ? 0 : set_cpu1(true));
	EXPECT_TRUE(find_pool("smp", &pool));
	EXPECT_TRUE(adds_up(&pool));
	EXPECT_TRUE(within_limit(&pool));
	EXPECT_EQ(0, pool.misuses);
	EXPECT_EQ(0, play("destroy smp"));
	EXPECT_FALSE(find_pool("smp", &pool));
}

/* CPU 0 caches objects; with the limit reached, CPU 1 gets every last one of them. */
TEST_F_TIMEOUT(smp, objects_cached_elsewhere_are_found, 120)
{
	struct pool_line pool;
	int round;

	ASSERT_EQ(0, play("create smp 64 1000 0"));
	for (round = 0; round < 20; round++) {
		ASSERT_TRUE(run_on(round % 2));
		ASSERT_EQ(0, play("alloc smp 1000"));
		ASSERT_EQ(0, play("free smp 1000"));
		ASSERT_EQ(0, play("alloc smp 30"));
		ASSERT_EQ(0, play("free smp 30"));
		ASSERT_TRUE(find_pool("smp", &pool));
		EXPECT_TRUE(adds_up(&pool));
		EXPECT_TRUE(within_limit(&pool));
		ASSERT_TRUE(run_on(1 - round % 2));
		ASSERT_EQ(0, play("alloc smp 1000"));
		EXPECT_EQ(ENOMEM, play("alloc smp 1"));
		ASSERT_EQ(0, play("free smp 1000"));
	}
}

/* With interrupts off nobody can wait for CPU 0, but its objects are fetched for the next. */
TEST_F(smp, atomic_finds_them_soon)
{
	int tries, err;

	ASSERT_EQ(0, play("create smp 64 1000 0"));
	ASSERT_EQ(0, play("alloc smp 1000"));
	ASSERT_EQ(0, play("free smp 1000"));
	ASSERT_EQ(0, play("alloc smp 900"));
	ASSERT_TRUE(run_on(1));
	for (tries = 0; tries < 100; tries++) {
		err = play("atomic smp 100");
		if (!err)
			break;
		usleep(10000);
	}
	EXPECT_EQ(0, err);
}

TEST_F(smp, dead_cpu_strands_nothing)
{
	struct pool_line pool;
	int round;

	ASSERT_EQ(0, play("create smp 64 1000 1000"));
	for (round = 0; round < 5; round++) {
		ASSERT_TRUE(run_on(1));
		ASSERT_EQ(0, play("alloc smp 1000"));
		ASSERT_EQ(0, play("free smp 1000"));
		ASSERT_TRUE(find_pool("smp", &pool));
		EXPECT_GT(pool.cached_cpu, 0);
		ASSERT_TRUE(run_on(0));
		ASSERT_EQ(0, set_cpu1(false));
		ASSERT_TRUE(find_pool("smp", &pool));
		EXPECT_TRUE(adds_up(&pool));
		EXPECT_TRUE(within_limit(&pool));
		EXPECT_EQ(0, pool.cached_cpu);
		EXPECT_EQ(0, play("atomic smp 1000"));
		EXPECT_EQ(0, play("free smp 1000"));
		ASSERT_EQ(0, set_cpu1(true));
	}
}

/* What a CPU leaves when it dies is surplus like any other. */
TEST_F_TIMEOUT(smp, dead_cpu_leaves_no_surplus, 60)
{
	int round;

	ASSERT_EQ(0, play("create smp 64 0 0"));
	for (round = 0; round < 3; round++) {
		ASSERT_TRUE(run_on(1));
		ASSERT_EQ(0, play("alloc smp 100"));
		ASSERT_EQ(0, play("free smp 100"));
		ASSERT_TRUE(run_on(0));
		ASSERT_EQ(0, set_cpu1(false));
		EXPECT_TRUE(wait_for_objects("smp", 0, 10));
		ASSERT_EQ(0, set_cpu1(true));
	}
}

/* Destroyed at every moment of a CPU's going and coming, a pool loses nothing. */
TEST_F_TIMEOUT(smp, destroy_while_cpus_come_and_go, 90)
{
	struct pool_line pool;
	int status, round;
	pid_t toggler;

	ASSERT_EQ(0, play("create smp 64 0 0"));
	toggler = fork();
	ASSERT_GE(toggler, 0);
	if (!toggler) {
		for (status = 0; ; status++)
			set_cpu1(status % 2);
	}
	for (round = 0; round < 60; round++) {
		/* Where CPU 1 is away this fails, and CPU 0 caches the objects. */
		run_on(1);
		EXPECT_EQ(0, play("create brief 64 0 0"));
		EXPECT_EQ(0, play("alloc brief 100"));
		EXPECT_EQ(0, play("free brief 100"));
		EXPECT_EQ(0, play("destroy brief"));
		EXPECT_FALSE(find_pool("brief", &pool));
	}
	kill(toggler, SIGKILL);
	waitpid(toggler, &status, 0);
}

TEST_F(smp, works_in_every_context)
{
	ASSERT_EQ(0, play("create smp 200 0 0"));
	EXPECT_EQ(0, play("context smp softirq 1000"));
	/* In an NMI, and in a hard interrupt on PREEMPT_RT, a pool does not grow. */
	EXPECT_EQ(0, play("trim smp"));
	EXPECT_EQ(ENOMEM, play("context smp nmi 1"));
	EXPECT_EQ(0, play("alloc smp 200"));
	/* Some stay in use, so that what is free beside them does not go while this goes on. */
	EXPECT_EQ(0, play("free smp 195"));
	EXPECT_EQ(0, play("context smp hardirq 1000"));
	/* kmemleak is told of what an NMI freed afterwards: until then a pool does without that. */
	EXPECT_EQ(0, play("context smp nmi %d", kernel_has("kmemleak_alloc") ? 10 : 1000));
	EXPECT_EQ(0, play("context smp softirq 1000"));
}

static bool booted_with(const char *word)
{
	char line[1024] = "";
	FILE *file = fopen("/proc/cmdline", "r");

	if (file && !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (file)
		fclose(file);
	return strstr(line, word);
}

/* Some of the kernels that this runs on are told to; tools/check.sh knows which. */
TEST_F(smp, init_on_free_is_obeyed)
{
	int expected = booted_with("init_on_free=1") ? 0 : EIO;
	int i;

	ASSERT_EQ(0, play("create smp 200 0 0"));
	/* Into a magazine, and beyond. */
	ASSERT_EQ(0, play("alloc smp 400"));
	for (i = 0; i < 400; i++)
		ASSERT_EQ(expected, play("wiped smp"));
}

TEST_F_TIMEOUT(smp, stress_without_limit, 60)
{
	ASSERT_EQ(0, play("create smp 64 0 0"));
	EXPECT_EQ(0, play("stress smp 3000"));
	EXPECT_TRUE(wait_for_objects("smp", 0, 20));
}

TEST_F_TIMEOUT(smp, stress_at_the_limit, 60)
{
	struct pool_line pool;

	ASSERT_EQ(0, play("create smp 64 300 100"));
	EXPECT_EQ(0, play("stress smp 3000"));
	ASSERT_TRUE(find_pool("smp", &pool));
	EXPECT_GT(pool.fails, 0);
	EXPECT_EQ(0, play("alloc smp 300"));
}

TEST_F_TIMEOUT(smp, stress_of_large_objects, 60)
{
	ASSERT_EQ(0, play("create smp 5000 0 50"));
	EXPECT_EQ(0, play("stress smp 3000"));
}

TEST_F_TIMEOUT(smp, stress_while_cpus_come_and_go, 90)
{
	pid_t toggler;
	int status;

	ASSERT_EQ(0, play("create smp 64 500 100"));
	toggler = fork();
	ASSERT_GE(toggler, 0);
	if (!toggler) {
		for (status = 0; ; status++)
			set_cpu1(status % 2);
	}
	EXPECT_EQ(0, play("stress smp 8000"));
	kill(toggler, SIGKILL);
	waitpid(toggler, &status, 0);
	EXPECT_EQ(0, play("alloc smp 500"));
}

TEST_F_TIMEOUT(smp, stress_while_it_is_watched, 60)
{
	struct pool_line pool;
	pid_t watcher;
	int status;

	ASSERT_EQ(0, play("create smp 64 400 0"));
	watcher = fork();
	ASSERT_GE(watcher, 0);
	if (!watcher) {
		while (find_pool("smp", &pool)) {
			if (pool.objects > 400)
				_exit(1);
		}
		_exit(2);
	}
	EXPECT_EQ(0, play("stress smp 3000"));
	EXPECT_EQ(0, waitpid(watcher, &status, WNOHANG));
	kill(watcher, SIGKILL);
	waitpid(watcher, &status, 0);
}

/* Destroyed with objects out: shown as dying, its name free, gone with the last of them. */
TEST_F(smp, dies_with_its_last_object)
{
	struct pool_line pool;

	ASSERT_EQ(0, play("create mortal 64 0 0"));
	ASSERT_EQ(0, play("alloc mortal 3"));
	ASSERT_EQ(0, play("leak mortal"));
	ASSERT_TRUE(find_pool("mortal", &pool));
	EXPECT_STREQ("dying", pool.state);
	EXPECT_EQ(3, pool.in_use);
	EXPECT_TRUE(adds_up(&pool));
	ASSERT_TRUE(run_on(1));
	ASSERT_EQ(0, play("free mortal 2"));
	sleep(3);
	ASSERT_TRUE(find_pool("mortal", &pool));
	EXPECT_EQ(1, pool.in_use);
	ASSERT_EQ(0, play("free mortal 1"));
	sleep(2);
	EXPECT_FALSE(find_pool("mortal", &pool));
	ASSERT_EQ(0, play("destroy mortal"));
	ASSERT_EQ(0, play("create smp 64 0 0"));
}

TEST_HARNESS_MAIN
