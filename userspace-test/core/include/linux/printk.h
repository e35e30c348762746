/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_PRINTK_H
#define _CORE_PRINTK_H

#include <core.h>
#include <linux/compiler.h>
#include <stdarg.h>
#include <stdio.h>

#define KBUILD_MODNAME	"mpool"
#define KERN_CONT	""
#ifndef pr_fmt
#define pr_fmt(format)	format
#endif

/* For %pV. */
struct va_format {
	const char *fmt;
	va_list *va;
};

int _printk(const char *format, ...) __printf(1, 2);

/* Where what is printed goes besides the standard error, if anywhere. */
extern void (*core_log)(const char *line);

#define pr_err(format, ...)	_printk(pr_fmt(format), ##__VA_ARGS__)
#define pr_warn(format, ...)	_printk(pr_fmt(format), ##__VA_ARGS__)
#define pr_info(format, ...)	_printk(pr_fmt(format), ##__VA_ARGS__)
#define dump_stack()		((void)0)

#define WARN_ON_ONCE(condition)						\
({									\
	bool __bad = (condition);					\
									\
	if (unlikely(__bad))						\
		core_panic("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
	__bad;								\
})
#define WARN_ON(condition)	WARN_ON_ONCE(condition)

#endif
