/* SPDX-License-Identifier: GPL-2.0 */
/*
 * /dev/mpool_failnth as failnth_test drives it. Reading it gives a line for each call that there
 * is, in the order of their numbers: LIST,NAME,POINTS,ERRNO. POINTS is at how many places the call
 * must fail, at least, and ERRNO how; 0 says that it never may, and POINTS how many it meets.
 */
#ifndef FAILNTH_IOCTL_H
#define FAILNTH_IOCTL_H

#include <linux/ioctl.h>

/* Make what the call of that number needs. */
#define FAILNTH_PREPARE	_IO(0xE7, 1)
/* Make the call, and nothing else. The argument is an address of FAILNTH_USER bytes. */
#define FAILNTH_RUN	_IO(0xE7, 2)
/* Undo the call, which succeeded. */
#define FAILNTH_UNDO	_IO(0xE7, 3)
/* Undo FAILNTH_PREPARE. EUCLEAN if pages of a slab that the call got are not free yet. */
#define FAILNTH_FINISH	_IO(0xE7, 4)
/* Before the task sets its fail-nth: see to it that it is about what it does, and nothing else. */
#define FAILNTH_WATCH	_IO(0xE7, 5)
/* What is left of it, which is 0 from then on. */
#define FAILNTH_DISARM	_IO(0xE7, 6)
/* 1 if what failed may have been no point of the call, but a page for the kernel's own caches. */
#define FAILNTH_STRAY	_IO(0xE7, 7)
/* Have these caches not as they were. */
#define FAILNTH_SHIFT	_IO(0xE7, 8)

#define FAILNTH_USER	256

#endif
