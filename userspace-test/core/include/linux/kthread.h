/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_KTHREAD_H
#define _CORE_KTHREAD_H

#include <core.h>

/* It begins at once; nobody waits for its end. */
#define kthread_create_on_cpu(run, data, cpu, name)	core_task(cpu, run, data)
#define wake_up_process(task)				((void)(task))

#endif
