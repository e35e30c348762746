// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs an allocation that others read /dev/mempool as fast as they can: the slowest of a
 * hundred, and of a thousand, beside those with no reader. Needs mpool.ko, mpool_bench.ko and root.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pools.h"

#define BENCH		"/dev/mpool_bench"
#define READERS		64

/* With and without readers, in turn; of both the median counts. */
#define ROUNDS		5

/* Most that readers may make of it, in percent. */
#define PERCENT_MAX	120

/* Nanoseconds that the slowest takes of so many of a thousand allocations; 0 for an error. */
static double slowest(unsigned int of_thousand)
{
	char text[1024] = "";
	double ns = 0;
	char *found;
	int fd;

	snprintf(text, sizeof(text), "steady 256 %u 0 mpool", of_thousand);
	if (!write_file(BENCH, text))
		return 0;
	fd = open(BENCH, O_RDONLY);
	memset(text, 0, sizeof(text));
	if (read(fd, text, sizeof(text) - 1) > 0) {
		found = strstr(text, "\"ns\":");
		ns = found ? atof(found + strlen("\"ns\":")) : 0;
	}
	close(fd);
	return ns;
}

static void read_for_ever(void)
{
	static char text[65536];
	int fd = open(DEVICE, O_RDONLY);

	while (fd >= 0 && !lseek(fd, 0, SEEK_SET) && read(fd, text, sizeof(text)) > 0)
		;
	_exit(1);
}

static bool start_readers(pid_t *readers)
{
	unsigned int i;

	for (i = 0; i < READERS; i++) {
		readers[i] = fork();
		if (!readers[i])
			read_for_ever();
		if (readers[i] < 0)
			return false;
	}
	return true;
}

/* False if one of them has stopped by itself. */
static bool stop_readers(const pid_t *readers)
{
	bool ran = true;
	unsigned int i;
	int status;

	for (i = 0; i < READERS; i++) {
		kill(readers[i], SIGKILL);
		if (waitpid(readers[i], &status, 0) != readers[i] || !WIFSIGNALED(status))
			ran = false;
	}
	return ran;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* What readers make of it, in percent; 0 for an error. */
static double percent(unsigned int of_thousand)
{
	double with[ROUNDS], without[ROUNDS];
	pid_t readers[READERS];
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		without[i] = slowest(of_thousand);
		if (!without[i] || !start_readers(readers))
			return 0;
		with[i] = slowest(of_thousand);
		if (!stop_readers(readers) || !with[i])
			return 0;
	}
	qsort(with, ROUNDS, sizeof(*with), compare);
	qsort(without, ROUNDS, sizeof(*without), compare);
	note("the slowest of the fastest %u in 1000: %.0f ns, with %d readers %.0f ns: %.2f",
	     of_thousand, without[ROUNDS / 2], READERS, with[ROUNDS / 2],
	     with[ROUNDS / 2] / without[ROUNDS / 2]);
	return 100 * with[ROUNDS / 2] / without[ROUNDS / 2];
}

FIXTURE(readers) {
};

FIXTURE_SETUP(readers)
{
}

FIXTURE_TEARDOWN(readers)
{
}

TEST_F_TIMEOUT(readers, cost_an_allocation_little, 300)
{
	double p99;

	EXPECT_NE(0, percent(500));
	p99 = percent(990);
	EXPECT_NE(0, p99);
	EXPECT_LE(p99, PERCENT_MAX);
	EXPECT_NE(0, percent(999));
}

TEST_HARNESS_MAIN
