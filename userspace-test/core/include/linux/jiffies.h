/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_JIFFIES_H
#define _CORE_JIFFIES_H

#include <core.h>
#include <limits.h>

#define MAX_JIFFY_OFFSET	((LONG_MAX >> 1) - 1)
#define time_after_eq(a, b)	((long)((a) - (b)) >= 0)

#define HZ			250
#define NSEC_PER_USEC		1000L
#define NSEC_PER_MSEC		1000000L
#define NSEC_PER_SEC		1000000000L
#define MAX_SCHEDULE_TIMEOUT	LONG_MAX

#define jiffies			((unsigned long)(core_now() / (NSEC_PER_SEC / HZ)))
#define ktime_get_ns()		((u64)core_now())
#define ktime_get_mono_fast_ns()	((u64)core_now())
#define time_after(a, b)	((long)((b) - (a)) < 0)
#define time_before(a, b)	time_after(b, a)

/* When so many jiffies are over. */
static inline s64 core_deadline(unsigned long timeout)
{
	if (timeout >= S64_MAX / NSEC_PER_SEC)
		return CORE_NEVER;
	return core_now() + (s64)timeout * (NSEC_PER_SEC / HZ);
}

static inline unsigned long msecs_to_jiffies(unsigned int n)
{
	return DIV_ROUND_UP((unsigned long)n * HZ, 1000);
}

#endif
