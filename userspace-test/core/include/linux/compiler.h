/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_COMPILER_H
#define _CORE_COMPILER_H

#include_next <linux/compiler.h>

#define __percpu
#define __init
#define __exit
#define __malloc		__attribute__((malloc))
#define __no_kasan_or_inline	__always_inline
#define ____cacheline_aligned	__aligned(64)
#undef noinline
#define noinline		__attribute__((noinline))
#undef __used
#define __used			__attribute__((used))
#define static_assert(expression, ...)	_Static_assert(expression, #expression)

#undef READ_ONCE
#undef WRITE_ONCE

/* What a sanitizer for races is to take for an access that may race. */
#ifdef __SANITIZE_THREAD__
#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, value)	__atomic_store_n(&(x), value, __ATOMIC_RELAXED)
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);
void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);
#define data_race(expression)						\
({									\
	AnnotateIgnoreReadsBegin(__FILE__, __LINE__);			\
	AnnotateIgnoreWritesBegin(__FILE__, __LINE__);			\
	typeof(expression) __value = (expression);			\
	AnnotateIgnoreWritesEnd(__FILE__, __LINE__);			\
	AnnotateIgnoreReadsEnd(__FILE__, __LINE__);			\
	__value;							\
})
#else
#define READ_ONCE(x)		(*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, value)	((void)(*(volatile typeof(x) *)&(x) = (value)))
#define data_race(expression)	(expression)
#endif

#endif
