/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_POLL_H
#define _CORE_POLL_H

#include <linux/fs.h>
#include <linux/wait.h>
#include <sys/epoll.h>

typedef struct poll_table_struct {
	char nothing;
} poll_table;

/* Who polls here does so again and again. */
#define poll_wait(file, queue, table)	((void)(queue))

#endif
