/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_UACCESS_H
#define _CORE_UACCESS_H

#include <linux/compiler.h>
#include <string.h>

/* Where an instruction may fault, and where to go then: offsets from each word. See fault.c. */
struct core_fault {
	int from;
	int to;
};

#define CORE_MAY_FAULT(instruction, label)				\
	"1:	" instruction "\n"					\
	"	.pushsection core_faults, \"a\"\n"			\
	"	.balign 4\n"						\
	"	.long 1b - ., %l[" #label "] - .\n"			\
	"	.popsection\n"

#define __get_kernel_nofault(to, from, type, label)			\
do {									\
	type __value;							\
									\
	asm goto(CORE_MAY_FAULT("mov %[mem], %[value]", label)		\
		 : [value] "=q"(__value)				\
		 : [mem] "m"(*(const type *)(from))			\
		 : : label);						\
	*(type *)(to) = __value;					\
} while (0)

#define __put_kernel_nofault(to, from, type, label)			\
do {									\
	asm goto(CORE_MAY_FAULT("mov %[value], %[mem]", label)		\
		 : : [value] "q"(*(const type *)(from)), [mem] "m"(*(type *)(to)) \
		 : "memory" : label);					\
} while (0)

/*
 * There is no user but ourselves. What is not in this memory, if any is said, cannot be read or
 * written for him.
 */
extern const char *core_user_memory;
extern size_t core_user_bytes;

unsigned long copy_to_user(void *to, const void *from, unsigned long n);
unsigned long clear_user(void *to, unsigned long n);
unsigned long copy_from_user(void *to, const void *from, unsigned long n);
int copy_struct_from_user(void *to, size_t bytes, const void *from, size_t user_bytes);

#define get_user(value, from)	(copy_from_user(&(value), from, sizeof(value)) ? -EFAULT : 0)
#define put_user(value, to)						\
({									\
	typeof(*(to)) __value = (value);				\
									\
	copy_to_user(to, &__value, sizeof(__value)) ? -EFAULT : 0;	\
})

#define u64_to_user_ptr(value)	((void *)(uintptr_t)(value))

#endif
