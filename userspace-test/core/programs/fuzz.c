// SPDX-License-Identifier: GPL-2.0
/*
 * Programs that a fuzzer makes: the first bytes are how CPUs take turns, each of the others is a
 * choice.
 */
#include <string.h>

#include "program.h"

#define MOST_CALLS	2000

int LLVMFuzzerTestOneInput(const u8 *bytes, size_t n)
{
	size_t head = min(n, sizeof(u32));
	struct report report;
	u32 seed = 0;

	memcpy(&seed, bytes, head);
	choices_by_bytes(bytes + head, n - head);
	program_run(seed, MOST_CALLS, &report);
	return 0;
}
