// SPDX-License-Identifier: GPL-2.0
/*
 * What a program is made of: numbers that follow from a seed, or bytes that somebody gives.
 */
#include <linux/prandom.h>

#include "program.h"

static struct rnd_state random_state;
static const u8 *next, *end;
static bool by_bytes;

void choices_by_seed(u64 seed)
{
	prandom_seed_state(&random_state, seed);
	by_bytes = false;
}

void choices_by_bytes(const u8 *bytes, size_t n)
{
	next = bytes;
	end = bytes + n;
	by_bytes = true;
}

/* A number below n, which is at most 65536. */
unsigned int choice(unsigned int n)
{
	unsigned int value = 0;

	if (!by_bytes)
		return prandom_u32_state(&random_state) % n;
	if (next < end)
		value = *next++;
	if (n > 256 && next < end)
		value = value << 8 | *next++;
	return value % n;
}

bool choices_are_over(void)
{
	return by_bytes && next == end;
}
