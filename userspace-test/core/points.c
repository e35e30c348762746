// SPDX-License-Identifier: GPL-2.0
/*
 * What the compiler has called before each load and store, where it is told to do so
 * (-fsanitize-coverage=trace-loads,trace-stores).
 */
#include <turns.h>

#define POINT(name)							\
void __sanitizer_cov_##name(const void *address)			\
{									\
	turns_point(address);						\
}

POINT(load1)
POINT(load2)
POINT(load4)
POINT(load8)
POINT(load16)
POINT(store1)
POINT(store2)
POINT(store4)
POINT(store8)
POINT(store16)
