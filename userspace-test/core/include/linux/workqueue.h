/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_WORKQUEUE_H
#define _CORE_WORKQUEUE_H

#include <core.h>
#include <linux/jiffies.h>
#include <linux/list.h>

struct work_struct;
typedef void (*work_func_t)(struct work_struct *work);

/* Guarded by the lock of all queues. */
struct work_struct {
	work_func_t func;
	struct workqueue_struct *queue;	/* on which it waits, or has last */
	struct list_head entry;		/* there; empty if it does not wait */
	s64 when;			/* before that it does not run */
};

struct delayed_work {
	struct work_struct work;
};

#define INIT_WORK(w, f)							\
do {									\
	*(w) = (struct work_struct){ .func = (f) };			\
	INIT_LIST_HEAD(&(w)->entry);					\
} while (0)
#define INIT_DELAYED_WORK(w, f)	INIT_WORK(&(w)->work, f)
#define DECLARE_DELAYED_WORK(name, f)					\
	struct delayed_work name = {					\
		.work = { .func = (f), .entry = LIST_HEAD_INIT(name.work.entry) }	\
	}
#define to_delayed_work(w)	container_of(w, struct delayed_work, work)

#define WQ_UNBOUND		0
#define WQ_MEM_RECLAIM		0
#define WQ_HIGHPRI		0

extern struct workqueue_struct *system_wq;

#define schedule_delayed_work(work, delay)	queue_delayed_work(system_wq, work, delay)

/* One task for each queue: what is queued runs in turn. */
struct workqueue_struct *alloc_workqueue(const char *name, unsigned int flags, int max_active, ...);
void destroy_workqueue(struct workqueue_struct *queue);
bool queue_work(struct workqueue_struct *queue, struct work_struct *work);
bool queue_delayed_work(struct workqueue_struct *queue, struct delayed_work *work,
			unsigned long delay);
bool mod_delayed_work(struct workqueue_struct *queue, struct delayed_work *work,
		      unsigned long delay);
bool flush_work(struct work_struct *work);
bool flush_delayed_work(struct delayed_work *work);
bool cancel_work_sync(struct work_struct *work);
bool cancel_delayed_work_sync(struct delayed_work *work);
void flush_workqueue(struct workqueue_struct *queue);
struct work_struct *current_work(void);

#endif
