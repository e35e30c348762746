/* SPDX-License-Identifier: GPL-2.0 */
/*
 * CPUs that take turns: what happens next is chosen, so it can happen again.
 */
#ifndef _TURNS_H
#define _TURNS_H

#include <core.h>

/*
 * Before any access to memory in code that is built so, see points.c, a CPU may be left for
 * another, be interrupted, or have its task preempted.
 */
struct turns {
	u64 seed;			/* what is chosen follows from it */
	unsigned int pace;		/* accesses from one choice to the next, at most */
	unsigned int interrupts;	/* one in so many choices is an interrupt; 0: none is */
	void (*on_interrupt)(bool nmi);	/* called in it */
};

void turns_start(const struct turns *turns, unsigned int cpus);
void turns_end(void);
void turns_point(const void *address);

/* How often somebody could be left for another; and what all choices come to, like a trace. */
u64 turns_points(void);
u64 turns_trace(void);

/* Between these, tasks are not disturbed: for who counts what they do. */
void turns_stop(void);
void turns_go_on(void);

#endif
