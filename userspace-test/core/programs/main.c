// SPDX-License-Identifier: GPL-2.0
/*
 * Runs random programs, one for each seed.
 */
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "program.h"

static u64 seed;
static unsigned int steps = 1000;

static void say_how_to_see_it_again(void)
{
	fprintf(stderr, "not ok: again by: tools/programs.sh %llu 1 %u\n",
		(unsigned long long)seed, steps);
}

static void on_abort(int signal)
{
	say_how_to_see_it_again();
}

static u64 number(int argc, char **argv, int i, u64 otherwise)
{
	return i < argc ? strtoull(argv[i], NULL, 0) : otherwise;
}

static void show(u64 n, const struct report *sum, time_t start)
{
	printf("%llu programs, %llu calls, %llu points, %ld s, trace %016llx\n",
	       (unsigned long long)n, (unsigned long long)sum->steps,
	       (unsigned long long)sum->points, (long)(time(NULL) - start),
	       (unsigned long long)sum->trace);
	fflush(stdout);
}

/* programs [SEED [HOW-MANY [CALLS]]]: from that seed on, so many, each of so many calls at most. */
int main(int argc, char **argv)
{
	u64 first = number(argc, argv, 1, 1), n = number(argc, argv, 2, 1000);
	time_t start = time(NULL), shown = start;
	struct report report, sum = {};

	steps = number(argc, argv, 3, steps);
	signal(SIGABRT, on_abort);
	__sanitizer_set_death_callback(say_how_to_see_it_again);
	for (seed = first; seed < first + n; seed++) {
		choices_by_seed(seed);
		program_run(seed, steps, &report);
		sum.steps += report.steps;
		sum.points += report.points;
		sum.trace = sum.trace * 31 + report.trace;
		if (time(NULL) >= shown + 10) {
			shown = time(NULL);
			show(seed + 1 - first, &sum, start);
		}
	}
	show(n, &sum, start);
	return 0;
}
