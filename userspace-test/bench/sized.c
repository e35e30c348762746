// SPDX-License-Identifier: GPL-2.0
/*
 * Pieces of the sizes, and in the order, in which a kernel has asked for them: see sizes.c.
 */
#include <linux/errno.h>
#include <linux/ktime.h>

#include "bench.h"

static size_t as_many_as_there_are(const struct bench_job *job)
{
	return bench_nr_sizes;
}

static s64 sized_round(const struct bench_job *job, struct bench_seat *seat, u64 *ops)
{
	u64 start = ktime_get_ns();
	size_t nr;

	for (*ops = 0; *ops < BENCH_OPS; *ops += nr) {
		nr = seat->peer->replay(seat->of, seat->objs);
		if (!nr)
			return -ENOMEM;
	}
	return ktime_get_ns() - start;
}

const struct bench bench_sized[] = {
	{ "sized", 1, 1, as_many_as_there_are, .round = sized_round, .peers = bench_sizers },
	{}
};
