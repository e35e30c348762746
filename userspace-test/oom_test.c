// SPDX-License-Identifier: GPL-2.0
/*
 * Privileged requests while the machine is out of memory, again and again: stress-ng takes all
 * there is, and the OOM killer takes it back. Needs mpool.ko, mpool_pressure.ko, stress-ng, some
 * 512 MiB without swap, and root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pools.h"

#define STRESS		"/bin/stress-ng"
#define STRESS_LOG	"/tmp/stress-ng.log"

/* Reserve, limit and size are such that the pool cannot itself exhaust the machine. */
#define POOL		"size=2048 limit=20000 reserve=256"
#define PRIVILEGED	1000000

/* As often as that, or until the OOM killer has come that often. */
#define ROUNDS		15
#define KILLS		5

/*
 * Of a process that the OOM killer has taken stress-ng makes a new one, so that there is no end to
 * it. It is told when to stop itself, should we not come to that.
 */
static pid_t start_stress(void)
{
	pid_t child = fork();
	int log;

	if (child)
		return child;
	log = open(STRESS_LOG, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	setpriority(PRIO_PROCESS, 0, 19);
	write_file("/proc/self/oom_score_adj", "500");
	execl(STRESS, "stress-ng", "--vm", "4", "--vm-bytes", "120%", "--vm-keep",
	      "--vm-method", "write64", "--temp-path", "/tmp", "--timeout", "240s", NULL);
	_exit(127);
}

static void stop_stress(pid_t child)
{
	int status, tries;

	kill(child, SIGTERM);
	for (tries = 0; tries < 100; tries++) {
		if (waitpid(child, &status, WNOHANG) == child)
			return;
		usleep(100000);
	}
	/* Those that it has made end when it is gone. */
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
}

static void show_stress_log(void)
{
	char line[256];
	FILE *log = fopen(STRESS_LOG, "r");

	while (log && fgets(line, sizeof(line), log))
		note("%.*s", (int)strcspn(line, "\n"), line);
	if (log)
		fclose(log);
}

/* Processes that the OOM killer has taken so far. */
static unsigned long oom_kills(void)
{
	FILE *file = fopen("/proc/vmstat", "r");
	unsigned long kills = 0;
	char line[128];

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "oom_kill %lu", &kills) == 1)
			break;
	}
	if (file)
		fclose(file);
	return kills;
}

/* Wait until the machine is out of memory; false if stress-ng ends, or does not manage. */
static bool wait_for_oom(pid_t stress)
{
	int status, tries;

	for (tries = 0; tries < 600; tries++) {
		if (oom_kills())
			return true;
		if (waitpid(stress, &status, WNOHANG) == stress)
			return false;
		usleep(100000);
	}
	return false;
}

FIXTURE(oom) {
	pid_t stress;
};

/* We are not to be the one that is killed, and every process's memory need not be in the log. */
FIXTURE_SETUP(oom)
{
	self->stress = 0;
	if (access(STRESS, X_OK))
		note("%s is not in the guest: install the package stress-ng", STRESS);
	ASSERT_EQ(0, access(STRESS, X_OK));
	ASSERT_TRUE(write_file("/proc/self/oom_score_adj", "-1000"));
	ASSERT_TRUE(write_file("/proc/sys/vm/oom_dump_tasks", "0"));
	ASSERT_EQ(0, setpriority(PRIO_PROCESS, 0, -20));
	ASSERT_EQ(0, press("create pressure " POOL));
}

/* Expectations only: an assertion that fails would come here again, and again. */
FIXTURE_TEARDOWN(oom)
{
	struct pool_line pool = {};

	if (self->stress > 0)
		stop_stress(self->stress);
	EXPECT_EQ(0, press("flush pressure"));
	EXPECT_TRUE(find_pool("pressure", &pool));
	EXPECT_TRUE(adds_up(&pool));
	EXPECT_TRUE(within_limit(&pool));
	EXPECT_EQ(0, pool.in_use);
	EXPECT_EQ(0, pool.misuses);
	EXPECT_EQ(0, press("destroy pressure"));
}

TEST_F_TIMEOUT(oom, privileged_never_fails, 280)
{
	unsigned long before;
	int round;

	self->stress = start_stress();
	ASSERT_GT(self->stress, 0);
	if (!wait_for_oom(self->stress)) {
		show_stress_log();
		ASSERT_GT(oom_kills(), 0);
	}
	before = oom_kills();
	for (round = 0; round < ROUNDS && oom_kills() - before < KILLS; round++) {
		EXPECT_EQ(0, press("privileged pressure %d", PRIVILEGED));
		show_figures("out of memory");
		EXPECT_GE(figure("privileged"), PRIVILEGED);
		EXPECT_EQ(0, figure("failed"));
		EXPECT_GT(figure("refused"), 0);
		EXPECT_NE(ULONG_MAX, figure("refused"));
	}
	note("the OOM killer has taken %lu processes, %lu of them meanwhile", oom_kills(),
	     oom_kills() - before);
	/* It was not over before that. */
	EXPECT_GT(oom_kills(), before);
}

TEST_HARNESS_MAIN
