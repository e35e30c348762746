/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_PRANDOM_H
#define _CORE_PRANDOM_H

#include <linux/types.h>

struct rnd_state {
	u64 state;
};

static inline void prandom_seed_state(struct rnd_state *state, u64 seed)
{
	state->state = seed;
}

/* G. Steele, D. Lea and C. Flood, "Fast splittable pseudorandom number generators", 2014. */
static inline u32 prandom_u32_state(struct rnd_state *state)
{
	u64 z = state->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return (z ^ (z >> 31)) >> 32;
}

#endif
