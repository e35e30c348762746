/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_CAPABILITY_H
#define _CORE_CAPABILITY_H

#include <linux/types.h>

#define CAP_SYS_ADMIN	21

extern bool core_is_capable;

bool capable(int capability);

#endif
