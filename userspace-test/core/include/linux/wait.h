/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_WAIT_H
#define _CORE_WAIT_H

#include <core.h>
#include <linux/atomic.h>
#include <linux/jiffies.h>

/* Who waits for anything hears of every event, and looks whether it was his. */
typedef struct {
	char nothing;
} wait_queue_head_t;

#define DECLARE_WAIT_QUEUE_HEAD(name)		wait_queue_head_t name
#define wait_event(queue, condition)					\
	((void)&(queue), core_wait_until(condition, CORE_NEVER))
#define wait_var_event(variable, condition)	core_wait_until(condition, CORE_NEVER)
#define wake_up_all(queue)			core_event()
#define wake_up_var(variable)			core_event()

struct completion {
	atomic_t done;
};

#define init_completion(x)	atomic_set(&(x)->done, 0)

static inline bool core_completed(struct completion *x)
{
	int done = atomic_read_acquire(&x->done);

	while (done > 0 && !atomic_try_cmpxchg(&x->done, &done, done - 1))
		;
	return done > 0;
}

static inline void complete(struct completion *x)
{
	atomic_inc(&x->done);
	core_event();
}

static inline void wait_for_completion(struct completion *x)
{
	core_wait_until(core_completed(x), CORE_NEVER);
}

/* Nobody is killed here. */
static inline long wait_for_completion_killable_timeout(struct completion *x, unsigned long timeout)
{
	return core_wait_until(core_completed(x), core_deadline(timeout)) ? 1 : 0;
}

#endif
