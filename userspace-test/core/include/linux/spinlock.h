/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_SPINLOCK_H
#define _CORE_SPINLOCK_H

#include <linux/atomic.h>
#include <linux/preempt.h>

typedef struct {
	bool locked;
} raw_spinlock_t;

#define __RAW_SPIN_LOCK_UNLOCKED(name)	{ false }
#define DEFINE_RAW_SPINLOCK(name)	raw_spinlock_t name
#define raw_spin_lock_init(lock)	((lock)->locked = false)

/* Others may have to run for the lock to come free, and there may be fewer cores than CPUs. */
void core_spin(raw_spinlock_t *lock);

static inline bool raw_spin_trylock(raw_spinlock_t *lock)
{
	preempt_disable();
	if (likely(!__atomic_exchange_n(&lock->locked, true, __ATOMIC_ACQUIRE)))
		return true;
	preempt_enable();
	return false;
}

static inline void raw_spin_lock(raw_spinlock_t *lock)
{
	preempt_disable();
	while (unlikely(__atomic_exchange_n(&lock->locked, true, __ATOMIC_ACQUIRE)))
		core_spin(lock);
}

static inline void raw_spin_unlock(raw_spinlock_t *lock)
{
	__atomic_store_n(&lock->locked, false, __ATOMIC_RELEASE);
	preempt_enable();
}

#define raw_spin_is_locked(lock)	READ_ONCE((lock)->locked)

#define raw_spin_lock_irqsave(lock, flags)				\
do {									\
	(flags) = core_irq_save();					\
	raw_spin_lock(lock);						\
} while (0)

#define raw_spin_trylock_irqsave(lock, flags)				\
({									\
	(flags) = core_irq_save();					\
	raw_spin_trylock(lock) || (core_irq_restore(flags), false);	\
})

#define raw_spin_unlock_irqrestore(lock, flags)				\
do {									\
	raw_spin_unlock(lock);						\
	core_irq_restore(flags);					\
} while (0)

static inline void raw_spin_lock_irq(raw_spinlock_t *lock)
{
	core_irq_save();
	raw_spin_lock(lock);
}

static inline void raw_spin_unlock_irq(raw_spinlock_t *lock)
{
	raw_spin_unlock(lock);
	core_irq_restore(false);
}

#define lockdep_assert_held(lock)					\
do {									\
	if (!READ_ONCE((lock)->locked))					\
		core_panic("%s:%d: not locked\n", __FILE__, __LINE__);	\
} while (0)

#endif
