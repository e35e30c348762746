/* SPDX-License-Identifier: GPL-2.0 */
#include <sys/utsname.h>

static inline struct utsname *init_utsname(void)
{
	static struct utsname name;

	uname(&name);
	return &name;
}
