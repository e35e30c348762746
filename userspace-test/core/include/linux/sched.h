/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_SCHED_H
#define _CORE_SCHED_H

#include <core.h>
#include <linux/jiffies.h>

struct task_struct {
	int pid;
	unsigned int cpu;		/* on which it runs, or wants to */
	unsigned long thread;
	struct work_struct *work;	/* that it runs */
	int (*run)(void *data);
	void *data;
	int result;
};

extern __thread struct task_struct *current;

#define schedule_timeout_uninterruptible(timeout)			\
	((void)core_wait_until(false, core_deadline(timeout)))
#define cond_resched()		((void)0)
#define set_cpus_allowed_ptr(task, cpu)	core_move(cpu)
#define task_pid_nr(task)	((task)->pid)

#endif
