/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_STRING_H
#define _CORE_STRING_H

#include <linux/types.h>
#include <stdio.h>
#include <string.h>

/* What the kernel has besides. */
ssize_t strscpy(char *to, const char *from, size_t size);
size_t core_strlcat(char *to, const char *from, size_t size);
char *strim(char *text);
void *memchr_inv(const void *memory, int byte, size_t bytes);
int scnprintf(char *text, size_t size, const char *format, ...) __printf(3, 4);

#define strlcat(to, from, size)	core_strlcat(to, from, size)

#endif
