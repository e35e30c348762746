/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_MUTEX_H
#define _CORE_MUTEX_H

#include <core.h>
#include <linux/atomic.h>

struct mutex {
	bool locked;
};

#define DEFINE_MUTEX(name)	struct mutex name
#define mutex_init(mutex)	((mutex)->locked = false)

static inline bool mutex_trylock(struct mutex *mutex)
{
	return !__atomic_exchange_n(&mutex->locked, true, __ATOMIC_ACQUIRE);
}

static inline void mutex_lock(struct mutex *mutex)
{
	core_wait_until(mutex_trylock(mutex), CORE_NEVER);
}

static inline void mutex_unlock(struct mutex *mutex)
{
	smp_store_release(&mutex->locked, false);
	core_event();
}

#endif
