// SPDX-License-Identifier: GPL-2.0
/*
 * Pools under pressure: every call in every context, real NMIs, CPUs that go and come, lines of who
 * waits, too little memory, owners that forget. Needs mpool.ko and mpool_pressure.ko, the folder of
 * the modules, two CPUs or more, cgroup version 2, and root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pools.h"

#define MIB	(1024UL * 1024)

/* Is there such a figure, and is it not 0? */
static bool counted(const char *name)
{
	unsigned long value = figure(name);

	return value && value != ULONG_MAX;
}

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Each test has a pool named "pressure" of its own, of which everything must be home at the end. */
FIXTURE(pressure) {
};

FIXTURE_SETUP(pressure)
{
	set_cpu1(true);
	ASSERT_TRUE(run_on(1));
	ASSERT_TRUE(run_on(0));
}

/* Expectations only: an assertion that fails would come here again, and again. */
FIXTURE_TEARDOWN(pressure)
{
	struct pool_line pool = {};

	set_cpu1(true);
	EXPECT_TRUE(run_on(1));
	EXPECT_TRUE(find_pool("pressure", &pool));
	EXPECT_TRUE(adds_up(&pool));
	EXPECT_TRUE(within_limit(&pool));
	EXPECT_EQ(0, pool.in_use);
	EXPECT_EQ(0, pool.waiting);
	EXPECT_EQ(0, pool.pending);
	EXPECT_EQ(0, pool.misuses);
	EXPECT_EQ(0, press("destroy pressure"));
	EXPECT_FALSE(find_pool("pressure", &pool));
}

/* --- contexts --- */

TEST_F_TIMEOUT(pressure, every_call_in_every_context, 90)
{
	static const char * const contexts[] = {
		"process", "preempt_off", "irq_off", "softirq", "timer", "irq_work" };
	char empty[32];
	size_t i;

	ASSERT_EQ(0, press("create pressure size=64 limit=2000 keep=2000"));
	EXPECT_EQ(0, press("contexts pressure 300"));
	show_figures("contexts");
	for (i = 0; i < ARRAY_SIZE(contexts); i++) {
		EXPECT_TRUE(counted(contexts[i]));
		snprintf(empty, sizeof(empty), "%s_empty", contexts[i]);
		EXPECT_EQ(0, figure(empty));
	}
	/* One can find nothing where it came while a CPU was looking, but not as a rule. */
	EXPECT_TRUE(counted("nmi"));
	EXPECT_TRUE(counted("nmi_elsewhere"));
}

TEST_F_TIMEOUT(pressure, nmi_storm_at_the_limit, 60)
{
	ASSERT_EQ(0, press("create pressure size=64 limit=300 keep=100 reserve=20"));
	EXPECT_EQ(0, press("storm pressure 4000"));
	show_figures("NMI storm at the limit");
	EXPECT_GT(figure("nmis"), 100);
	EXPECT_TRUE(counted("nmi_objects"));
	EXPECT_TRUE(counted("waits"));
	EXPECT_TRUE(counted("called"));
}

TEST_F_TIMEOUT(pressure, nmi_storm_without_limit, 60)
{
	ASSERT_EQ(0, press("create pressure size=200 keep=500 low=200"));
	EXPECT_EQ(0, press("storm pressure 2000"));
	show_figures("NMI storm without limit");
	EXPECT_GT(figure("nmis"), 50);
	EXPECT_TRUE(counted("nmi_objects"));
}

/* --- CPUs --- */

/* Take CPU 1 off line and bring it back, so many times; 0 or the errno. */
static int cycle_cpu1(unsigned int cycles)
{
	int err = 0;

	while (cycles-- && !err) {
		err = set_cpu1(false);
		if (!err)
			err = set_cpu1(true);
	}
	return err;
}

/* A child that churns the pool until it is killed. */
static pid_t start_churn(void)
{
	pid_t child = fork();

	if (!child)
		_exit(press("churn pressure 250000"));
	/* Until it does. */
	usleep(200000);
	return child;
}

static void stop_churn(pid_t child)
{
	int status;

	kill(child, SIGKILL);
	waitpid(child, &status, 0);
}

/* Each of four callbacks a cycle, with objects that are carried from one to the next. */
TEST_F_TIMEOUT(pressure, calls_while_a_cpu_goes_and_comes, 90)
{
	ASSERT_EQ(0, press("create pressure size=64 limit=100 keep=50"));
	ASSERT_EQ(0, press("hotplug pressure"));
	EXPECT_EQ(EBUSY, press("destroy pressure"));
	EXPECT_EQ(0, cycle_cpu1(20));
	ASSERT_EQ(0, press("hotplug_result pressure"));
	show_figures("CPU callbacks");
	EXPECT_EQ(20, figure("offline"));
	EXPECT_EQ(20, figure("dead"));
	EXPECT_EQ(20, figure("prepare"));
	EXPECT_EQ(20, figure("online"));
	EXPECT_EQ(0, figure("stranded"));
}

/* Likewise, but others use the pool meanwhile, all of it. */
TEST_F_TIMEOUT(pressure, calls_in_a_crowd_while_a_cpu_goes_and_comes, 90)
{
	pid_t churn;

	ASSERT_EQ(0, press("create pressure size=64 limit=300 keep=50 reserve=10"));
	ASSERT_EQ(0, press("hotplug pressure"));
	churn = start_churn();
	EXPECT_EQ(0, cycle_cpu1(10));
	stop_churn(churn);
	EXPECT_EQ(0, figure("broken"));
	ASSERT_EQ(0, press("hotplug_result pressure"));
	EXPECT_EQ(10, figure("dead"));
	EXPECT_EQ(0, figure("stranded"));
}

/*
 * A CPU's going waits for several grace periods, of which each takes long on a busy machine. With
 * short ones there is time for many cycles. PREEMPT_RT must be asked twice.
 */
static void hurry_rcu(bool hurry)
{
	static long normal;

	if (hurry)
		normal = read_number("/sys/kernel/rcu_normal");
	write_file("/sys/kernel/rcu_normal", !hurry && normal > 0 ? "1" : "0");
	write_file("/sys/kernel/rcu_expedited", hurry ? "1" : "0");
}

#define CYCLES	500

TEST_F_TIMEOUT(pressure, many_hotplug_cycles_strand_nothing, 250)
{
	struct pool_line pool;
	long start;
	pid_t churn;

	ASSERT_EQ(0, press("create pressure size=64 limit=600 keep=200 reserve=20"));
	hurry_rcu(true);
	churn = start_churn();
	start = milliseconds();
	EXPECT_EQ(0, cycle_cpu1(CYCLES));
	note("%d cycles took %ld ms", CYCLES, milliseconds() - start);
	stop_churn(churn);
	hurry_rcu(false);
	show_figures("churn during hotplug");
	EXPECT_TRUE(counted("objects"));
	EXPECT_EQ(0, figure("broken"));
	EXPECT_EQ(0, figure("stranded"));

	/* What CPU 1 caches, and no other does, is not with it when it is dead. */
	ASSERT_EQ(0, press("trim pressure"));
	ASSERT_TRUE(run_on(1));
	ASSERT_EQ(0, press("hold pressure 500"));
	ASSERT_EQ(0, press("release pressure 500"));
	ASSERT_TRUE(find_pool("pressure", &pool));
	EXPECT_GT(pool.cached_cpu, 0);
	ASSERT_TRUE(run_on(0));
	ASSERT_EQ(0, set_cpu1(false));
	ASSERT_TRUE(find_pool("pressure", &pool));
	EXPECT_EQ(0, pool.cached_cpu);
	EXPECT_EQ(0, press("hold pressure 580"));
	EXPECT_EQ(ENOMEM, press("hold pressure 1"));
	EXPECT_EQ(0, press("release pressure 580"));
}

/* --- who waits --- */

TEST_F_TIMEOUT(pressure, first_come_first_served, 150)
{
	ASSERT_EQ(0, press("create pressure size=64 limit=16 keep=16"));
	EXPECT_EQ(0, press("order pressure 8 100000"));
	show_figures("order");
	EXPECT_GE(figure("waits"), 100000);
	EXPECT_EQ(0, figure("violations"));
	EXPECT_GE(figure("sleepers"), 5000);
	EXPECT_EQ(0, figure("sleeper_violations"));
}

/* With magazines, from which a newcomer must not help itself either. */
TEST_F_TIMEOUT(pressure, first_come_first_served_with_caches, 60)
{
	ASSERT_EQ(0, press("create pressure size=64 limit=64 keep=64"));
	EXPECT_EQ(0, press("order pressure 32 10000"));
	show_figures("order with caches");
	EXPECT_GE(figure("waits"), 10000);
	EXPECT_EQ(0, figure("violations"));
	EXPECT_EQ(0, figure("sleeper_violations"));
}

/* How fast that is cannot be promised in a virtual machine. */
TEST_F_TIMEOUT(pressure, latency_of_answers, 60)
{
	ASSERT_EQ(0, press("create pressure size=64 limit=4 keep=4"));
	EXPECT_EQ(0, press("latency pressure 2000"));
	show_figures("latency in ns");
	EXPECT_EQ(2000, figure("n"));
	EXPECT_LE(figure("sleeper_p50"), figure("sleeper_p999"));
	EXPECT_LE(figure("callback_p50"), figure("callback_p999"));
}

TEST_F_TIMEOUT(pressure, privileged_never_fails_when_others_exhaust, 60)
{
	ASSERT_EQ(0, press("create pressure size=256 limit=1000 reserve=50"));
	EXPECT_EQ(0, press("privileged pressure 100000"));
	show_figures("privileged");
	EXPECT_EQ(100000, figure("privileged"));
	EXPECT_EQ(0, figure("failed"));
	EXPECT_TRUE(counted("refused"));
}

/* --- memory --- */

/*
 * The pool gives surplus back by itself, but not what CPUs cache before it was at rest for a
 * second. So what has gone sooner went because of the caches' being dropped.
 */
static bool drop_and_look(struct pool_line *before, struct pool_line *after)
{
	long start = milliseconds();

	if (!find_pool("pressure", before) || !write_file("/proc/sys/vm/drop_caches", "2"))
		return false;
	do {
		if (!find_pool("pressure", after))
			return false;
	} while (after->cached_cpu && milliseconds() - start < 900);
	return before->cached_cpu && before->objects > 5000 && milliseconds() - start < 900;
}

TEST_F_TIMEOUT(pressure, shrinker_takes_what_is_above_keep, 60)
{
	struct pool_line before = {}, after = {};
	bool conclusive = false;
	int tries;

	ASSERT_EQ(0, press("create pressure size=1024"));
	for (tries = 0; tries < 5 && !conclusive; tries++) {
		ASSERT_EQ(0, press("fill pressure 20000"));
		conclusive = drop_and_look(&before, &after);
	}
	EXPECT_TRUE(conclusive);
	note("drop_caches: objects %lu to %lu, cached %lu to %lu, footprint %lu to %lu",
	     before.objects, after.objects, before.cached_cpu, after.cached_cpu,
	     before.footprint, after.footprint);
	EXPECT_EQ(0, after.cached_cpu);
	EXPECT_LT(after.objects, before.objects / 10);
	EXPECT_LT(after.footprint, before.footprint / 5);

	ASSERT_EQ(0, press("set pressure keep=4000"));
	ASSERT_EQ(0, press("fill pressure 20000"));
	ASSERT_TRUE(write_file("/proc/sys/vm/drop_caches", "2"));
	ASSERT_TRUE(find_pool("pressure", &after));
	EXPECT_GE(after.objects, 4000);
}

static unsigned long free_memory(void)
{
	struct sysinfo info;

	return sysinfo(&info) ? 0 : info.freeram * info.mem_unit;
}

/* Have a child use so much memory; 0 if it got it. */
static int touch_memory(unsigned long bytes)
{
	int status = -1;
	pid_t child = fork();
	char *memory;
	size_t at;

	if (!child) {
		memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			      -1, 0);
		if (memory == MAP_FAILED)
			_exit(1);
		for (at = 0; at < bytes; at += 4096)
			memory[at] = 1;
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return status;
}

/*
 * 100 MiB are free objects, and more is needed than is free elsewhere; with what the system keeps
 * for itself, some 70 MiB more.
 */
TEST_F_TIMEOUT(pressure, memory_goes_to_who_needs_it, 60)
{
	struct pool_line before, after;

	ASSERT_EQ(0, press("create pressure size=1024"));
	ASSERT_EQ(0, press("fill pressure 100000"));
	ASSERT_TRUE(find_pool("pressure", &before));
	EXPECT_EQ(0, touch_memory(free_memory() + 30 * MIB));
	ASSERT_TRUE(find_pool("pressure", &after));
	note("memory needed: objects %lu to %lu", before.objects, after.objects);
	EXPECT_LT(after.objects, before.objects * 3 / 4);
}

TEST_F_TIMEOUT(pressure, churn_while_memory_is_short, 90)
{
	pid_t churn;
	int round;

	ASSERT_EQ(0, press("create pressure size=2000 limit=5000 keep=1000 reserve=50 low=300"));
	churn = start_churn();
	for (round = 0; round < 4; round++) {
		EXPECT_EQ(0, touch_memory(free_memory() - 30 * MIB));
		EXPECT_TRUE(write_file("/proc/sys/vm/drop_caches", "2"));
	}
	stop_churn(churn);
	show_figures("churn while memory is short");
	EXPECT_TRUE(counted("objects"));
	EXPECT_EQ(0, figure("broken"));
	EXPECT_EQ(0, figure("stranded"));
}

TEST_F_TIMEOUT(pressure, account_charges_and_uncharges, 60)
{
	long before, there, left;

	ASSERT_TRUE(enter_cgroup());
	EXPECT_EQ(0, press("create pressure size=1024 account"));
	before = charged();
	EXPECT_EQ(0, press("hold pressure 16384"));
	there = charged() - before;
	EXPECT_EQ(0, press("release pressure 16384"));
	EXPECT_EQ(0, press("trim pressure"));
	left = charged() - before;
	EXPECT_TRUE(leave_cgroup());
	note("memory cgroup: %ld bytes charged for 16 MiB, %ld left", there, left);
	EXPECT_GE(there, (long)(16 * MIB));
	EXPECT_LT(there, (long)(19 * MIB));
	EXPECT_LT(left, (long)MIB);
}

/* --- owners that forget --- */

/* The kernel's log, from now on. */
static int open_log(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);

	if (fd >= 0)
		lseek(fd, 0, SEEK_END);
	return fd;
}

/* Has it said that since? What it has said before that is skipped. */
static bool says(int fd, const char *what)
{
	char record[8192];
	ssize_t got;

	while ((got = read(fd, record, sizeof(record) - 1)) > 0) {
		record[got] = '\0';
		if (strstr(record, what))
			return true;
	}
	return false;
}

/* How often a callback of mpool_forgetful has been called so far. */
static unsigned long called(void)
{
	return press("called") ? ULONG_MAX : figure("called");
}

static bool wait_until_gone(const char *name)
{
	struct pool_line pool;
	int tries;

	for (tries = 0; tries < 50; tries++) {
		if (!find_pool(name, &pool))
			return true;
		usleep(100000);
	}
	return false;
}

TEST_F_TIMEOUT(pressure, forgotten_requests_are_dropped, 60)
{
	unsigned long before = called();
	struct pool_line pool;
	int log = open_log();

	ASSERT_EQ(0, press("create pressure"));
	ASSERT_EQ(0, load("mpool_forgetful", "leave=async"));
	ASSERT_TRUE(find_pool("forgetful", &pool));
	EXPECT_EQ(2, pool.waiting);
	ASSERT_EQ(0, unload("mpool_forgetful"));
	EXPECT_TRUE(says(log, "mpool_forgetful"));
	ASSERT_TRUE(find_pool("forgetful", &pool));
	EXPECT_STREQ("dying", pool.state);
	EXPECT_EQ(0, pool.waiting);
	EXPECT_EQ(1, pool.in_use);
	/* What they waited for comes, and nobody is told. */
	ASSERT_EQ(0, press("drop"));
	EXPECT_TRUE(wait_until_gone("forgetful"));
	EXPECT_EQ(before, called());
	close(log);
}

TEST_F_TIMEOUT(pressure, forgotten_late_frees_come_home, 60)
{
	struct pool_line pool;
	int log = open_log();

	ASSERT_EQ(0, press("create pressure"));
	ASSERT_EQ(0, load("mpool_forgetful", "leave=late"));
	EXPECT_TRUE(find_pool("forgetful", &pool));
	ASSERT_EQ(0, unload("mpool_forgetful"));
	EXPECT_TRUE(says(log, "mpool_forgetful"));
	EXPECT_TRUE(wait_until_gone("forgetful"));
	close(log);
}

static bool wait_until_asked_is_answered(void)
{
	int tries;

	for (tries = 0; tries < 50; tries++) {
		if (!press("asked pressure") && figure("called") == 1)
			return true;
		usleep(100000);
	}
	return false;
}

TEST_F_TIMEOUT(pressure, forgotten_request_at_anothers_pool, 60)
{
	unsigned long before = called();
	struct pool_line pool;
	int log = open_log();

	ASSERT_EQ(0, press("create pressure limit=4 keep=4"));
	ASSERT_EQ(0, press("hold pressure 4"));
	ASSERT_EQ(0, load("mpool_forgetful", "leave=foreign"));
	ASSERT_EQ(0, press("ask pressure 1"));
	ASSERT_TRUE(find_pool("pressure", &pool));
	EXPECT_EQ(2, pool.waiting);
	ASSERT_EQ(0, unload("mpool_forgetful"));
	EXPECT_TRUE(says(log, "mpool_forgetful"));
	ASSERT_TRUE(find_pool("pressure", &pool));
	EXPECT_EQ(1, pool.waiting);
	/* Who was behind it is the first now. */
	EXPECT_EQ(0, press("release pressure 1"));
	EXPECT_TRUE(wait_until_asked_is_answered());
	EXPECT_EQ(before, called());
	EXPECT_EQ(0, press("release pressure 3"));
	EXPECT_EQ(0, press("hold pressure 4"));
	EXPECT_EQ(0, press("release pressure 4"));
	close(log);
}

/* Its text stays until the callback that runs there has returned. */
TEST_F_TIMEOUT(pressure, owner_waits_for_its_callback, 60)
{
	unsigned long before = called();
	struct pool_line pool;

	ASSERT_EQ(0, press("create pressure"));
	ASSERT_EQ(0, load("mpool_forgetful", "leave=running"));
	ASSERT_TRUE(find_pool("forgetful", &pool));
	EXPECT_EQ(1, pool.waiting);
	ASSERT_EQ(0, unload("mpool_forgetful"));
	EXPECT_EQ(before + 1, called());
	EXPECT_TRUE(wait_until_gone("forgetful"));
}

#define HOLDERS	"/sys/module/mpool/refcnt"

/* It can take a moment until a pool has gone. */
static bool holders_become(long holders)
{
	int tries;

	for (tries = 0; tries < 20 && read_number(HOLDERS) != holders; tries++)
		usleep(100000);
	return read_number(HOLDERS) == holders;
}

/* The module is held by who depends on it, once each, and by each pool that there is. */
TEST_F(pressure, mpool_stays_while_a_pool_or_request_is_there)
{
	long without = read_number(HOLDERS);
	struct pool_line pool;

	EXPECT_GT(without, 0);
	ASSERT_EQ(0, press("create pressure limit=4"));
	EXPECT_EQ(without + 1, read_number(HOLDERS));
	EXPECT_EQ(EWOULDBLOCK, unload("mpool"));
	ASSERT_EQ(0, press("hold pressure 4"));
	ASSERT_EQ(0, press("ask pressure 1"));
	ASSERT_TRUE(find_pool("pressure", &pool));
	EXPECT_EQ(1, pool.waiting);
	EXPECT_EQ(EWOULDBLOCK, unload("mpool"));
	EXPECT_LE(without + 1, read_number(HOLDERS));
	/* Its destruction answers the request. */
	ASSERT_EQ(0, press("destroy pressure"));
	EXPECT_TRUE(holders_become(without));
	ASSERT_EQ(0, press("create pressure"));
}

TEST_HARNESS_MAIN
