// SPDX-License-Identifier: GPL-2.0
/*
 * Pools of up to ten million objects: what an operation costs, and that making and ending them
 * leaves the machine alive. Needs mpool.ko and mpool_playground.ko, 4 GiB of memory, and root.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pools.h"

/* Picoseconds for one object: of the pool, of one of 1000 objects, of the memory alone. */
struct figures {
	unsigned long fill, turn, small, least, drain;
};

/* Fill a pool of that kind with so many objects, work with them and with a small pool, end it. */
static int time_pool(const char *kind, unsigned long n, struct figures *f)
{
	char text[256] = "";
	int err, fd;

	err = play("create large 64 0 0 %s", kind) ?: play("create small 64 0 0 %s", kind) ?:
	      play("measure large %lu small", n);
	play("destroy small");
	play("destroy large");
	if (err)
		return err;
	fd = open(PLAYGROUND, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		err = errno;
	close(fd);
	if (sscanf(text, "fill_ps=%lu turn_ps=%lu small_ps=%lu floor_ps=%lu drain_ps=%lu",
		   &f->fill, &f->turn, &f->small, &f->least, &f->drain) != 5)
		err = EIO;
	printf("# %-8s %9lu objects, ns each: fill %7.1f, free + alloc %6.1f (%.1f of 1000), ",
	       *kind ? kind : "pages", n, f->fill / 1e3, f->turn / 1e3, f->small / 1e3);
	printf("its memory alone %5.1f, drain %6.1f\n", f->least / 1e3, f->drain / 1e3);
	fflush(stdout);
	return err;
}

/* The same cost within a half. What the memory alone costs is shown, not taken off. */
static bool is_flat(const struct figures *f)
{
	return f->turn < 1.5 * f->small && f->small < 1.5 * f->turn;
}

static const char * const kinds[] = { "", "vmalloc", "huge" };

/* For its time limit. */
FIXTURE(large) {
};

FIXTURE_SETUP(large)
{
}

FIXTURE_TEARDOWN(large)
{
}

/* The machine's memory may be the host's only when it is first used. */
TEST_F_TIMEOUT(large, warm_up, 120)
{
	struct figures f;

	ASSERT_EQ(0, time_pool("", 10000000, &f));
}

TEST_F_TIMEOUT(large, pools_cost_the_same, 240)
{
	static const unsigned long sizes[] = { 1000, 100000, 10000000 };
	struct figures f;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (j = 0; j < ARRAY_SIZE(sizes); j++) {
			ASSERT_EQ(0, time_pool(kinds[i], sizes[j], &f));
			EXPECT_TRUE(is_flat(&f));
		}
	}
}

TEST_HARNESS_MAIN
