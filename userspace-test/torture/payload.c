// SPDX-License-Identifier: GPL-2.0
/*
 * What objects carry: whose they are, and a pattern that shows who writes where he should not.
 */
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/sched.h>

#include "torture.h"

/* Words of the pattern that are written and looked at, besides the last one. */
#define SAMPLES	16

static u32 sum_of(const struct payload *payload)
{
	return jhash_3words(payload->arena, payload->generation, payload->bytes, payload->holder);
}

static u32 words_of(const struct payload *payload)
{
	return (payload->bytes - sizeof(*payload)) / sizeof(u32);
}

/* From one word that is looked at to the next. */
static u32 stride_of(const struct payload *payload)
{
	return max_t(u32, words_of(payload) / SAMPLES, 1);
}

static u32 pattern(const struct payload *payload, u32 word)
{
	return (payload->arena ^ payload->generation) * GOLDEN_RATIO_32 + word;
}

static void write_pattern(struct payload *payload)
{
	u32 *words = (u32 *)(payload + 1), n = words_of(payload), i;

	for (i = 0; i < n; i += stride_of(payload))
		words[i] = pattern(payload, i);
	words[n - 1] = pattern(payload, n - 1);
}

static bool pattern_is_intact(const struct payload *payload)
{
	const u32 *words = (const u32 *)(payload + 1);
	u32 n = words_of(payload), i;

	for (i = 0; i < n; i += stride_of(payload)) {
		if (words[i] != pattern(payload, i))
			return false;
	}
	return words[n - 1] == pattern(payload, n - 1);
}

/* What the constructor writes into an object that is there. */
static u32 made_mark(const struct arena *arena, const struct payload *payload)
{
	return hash_ptr(payload, 32) ^ arena->id;
}

/* Says that somebody holds it, and says so rightly. */
static bool is_held(const struct arena *arena, const struct payload *payload)
{
	return payload->arena == arena->id && payload->holder &&
	       payload->holder != HOLDER_READERS && payload->sum == sum_of(payload);
}

/* @holder has got an object of so many bytes. */
void payload_begin(struct arena *arena, struct payload *payload, size_t bytes, u32 holder,
		   u32 generation)
{
	unsigned long out = atomic_long_inc_return(&arena->out);

	if (arena->limit && out > arena->limit)
		broke(arena, "more objects are out than the limit");
	if (arena->constructed && payload->made != made_mark(arena, payload))
		broke(arena, "an object is not as its constructor left it");
	if (is_held(arena, payload))
		broke(arena, "an object was handed out twice");
	payload->arena = arena->id;
	payload->generation = generation;
	payload->holder = holder;
	payload->bytes = bytes;
	payload->sum = sum_of(payload);
	write_pattern(payload);
}

/* Is an object as @holder's objects are? */
bool payload_is_intact(const struct arena *arena, const struct payload *payload, u32 holder)
{
	return payload->arena == arena->id && payload->holder == holder &&
	       payload->sum == sum_of(payload) && pattern_is_intact(payload);
}

/* Likewise, for who has it, and nobody else. */
bool payload_check(struct arena *arena, const struct payload *payload, u32 holder)
{
	if (payload_is_intact(arena, payload, holder))
		return true;
	broke(arena, "somebody wrote into an object that was held");
	return false;
}

/* It changes hands. */
void payload_pass(struct arena *arena, struct payload *payload, u32 from, u32 to)
{
	if (!payload_check(arena, payload, from))
		return;
	payload->holder = to;
	payload->sum = sum_of(payload);
}

/* An object that is about to be freed counts as somebody's no more. */
void payload_leave(struct arena *arena)
{
	atomic_long_dec(&arena->out);
}

/* @holder is about to free it. */
void payload_end(struct arena *arena, struct payload *payload, u32 holder)
{
	payload_check(arena, payload, holder);
	payload->holder = 0;
	payload_leave(arena);
}

/* It is constructed. */
void payload_make(struct arena *arena, struct payload *payload)
{
	payload->made = made_mark(arena, payload);
	payload->holder = 0;
	atomic_long_inc(&arena->made);
}

/* It is destructed. */
void payload_unmake(struct arena *arena, struct payload *payload)
{
	might_sleep();
	if (payload->made != made_mark(arena, payload))
		broke(arena, "a destructor got what its constructor has not made");
	if (is_held(arena, payload))
		broke(arena, "a destructor got what somebody holds");
	payload->made = 0;
	atomic_long_dec(&arena->made);
}
