/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_ATOMIC_H
#define _CORE_ATOMIC_H

#include <linux/compiler.h>
#include <linux/types.h>

#define ATOMIC_INIT(i)		{ (i) }
#define ATOMIC_LONG_INIT(i)	{ (i) }

/* A sanitizer for races knows no fences. What it is shown instead orders more than they do. */
#ifdef __SANITIZE_THREAD__
extern int core_fence;
#define smp_mb()		((void)__atomic_fetch_add(&core_fence, 1, __ATOMIC_SEQ_CST))
#define smp_rmb()		smp_mb()
#define smp_wmb()		smp_mb()
#else
#define smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_rmb()		__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb()		__atomic_thread_fence(__ATOMIC_RELEASE)
#endif
#define smp_mb__before_atomic()	barrier()
#define smp_mb__after_atomic()	barrier()
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, value)	__atomic_store_n(p, value, __ATOMIC_RELEASE)

/* As the kernel's on x86: every one that changes something is a full barrier. */
#define cmpxchg(p, old, new)						\
({									\
	typeof(*(p)) __old = (old);					\
									\
	__atomic_compare_exchange_n(p, &__old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
	__old;								\
})

#define try_cmpxchg(p, old, new)					\
	__atomic_compare_exchange_n(p, old, new, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)

#define xchg(p, value)		__atomic_exchange_n(p, value, __ATOMIC_SEQ_CST)

#define CORE_ATOMIC(name, type, long)					\
static inline long name##_read(const type *v)				\
{									\
	return __atomic_load_n(&v->counter, __ATOMIC_RELAXED);		\
}									\
									\
static inline long name##_read_acquire(const type *v)			\
{									\
	return __atomic_load_n(&v->counter, __ATOMIC_ACQUIRE);		\
}									\
									\
static inline void name##_set(type *v, long i)				\
{									\
	__atomic_store_n(&v->counter, i, __ATOMIC_RELAXED);		\
}									\
									\
static inline void name##_set_release(type *v, long i)			\
{									\
	__atomic_store_n(&v->counter, i, __ATOMIC_RELEASE);		\
}									\
									\
static inline long name##_add_return(long i, type *v)			\
{									\
	return __atomic_add_fetch(&v->counter, i, __ATOMIC_SEQ_CST);	\
}									\
									\
static inline void name##_add(long i, type *v)				\
{									\
	name##_add_return(i, v);					\
}									\
									\
static inline void name##_sub(long i, type *v)				\
{									\
	name##_add_return(-i, v);					\
}									\
									\
static inline bool name##_sub_and_test(long i, type *v)			\
{									\
	return !name##_add_return(-i, v);				\
}									\
									\
static inline void name##_inc(type *v)					\
{									\
	name##_add_return(1, v);					\
}									\
									\
static inline long name##_inc_return(type *v)				\
{									\
	return name##_add_return(1, v);					\
}									\
									\
static inline void name##_dec(type *v)					\
{									\
	name##_add_return(-1, v);					\
}									\
									\
static inline bool name##_dec_and_test(type *v)				\
{									\
	return !name##_add_return(-1, v);				\
}									\
									\
static inline bool name##_try_cmpxchg(type *v, long *old, long new)	\
{									\
	return try_cmpxchg(&v->counter, old, new);			\
}

CORE_ATOMIC(atomic, atomic_t, int)
CORE_ATOMIC(atomic_long, atomic_long_t, long)

#define cpu_relax()		__builtin_ia32_pause()

#endif
