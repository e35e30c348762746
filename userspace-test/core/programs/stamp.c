// SPDX-License-Identifier: GPL-2.0
/*
 * Whose an object is can be read from it: all of a small one, the ends of a large one.
 */
#include <string.h>

#include "program.h"

#define END	64

static u8 byte_of(u32 with, size_t i)
{
	return (with * 0x9e3779b1U >> 24) + i;
}

void stamp(void *memory, size_t bytes, u32 with)
{
	u8 *at = memory;
	size_t i;

	for (i = 0; i < bytes; i++) {
		if (i < END || i >= bytes - END)
			at[i] = byte_of(with, i);
	}
}

bool has_stamp(const void *memory, size_t bytes, u32 with)
{
	const u8 *at = memory;
	size_t i;

	for (i = 0; i < bytes; i++) {
		if ((i < END || i >= bytes - END) && at[i] != byte_of(with, i))
			return false;
	}
	return true;
}
