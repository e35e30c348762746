/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_MODULEPARAM_H
#define _CORE_MODULEPARAM_H

#include <linux/compiler.h>

struct kernel_param {
	void *arg;
};

struct kernel_param_ops {
	int (*set)(const char *value, const struct kernel_param *param);
	int (*get)(char *text, const struct kernel_param *param);
};

#define module_param_cb(name, ops, data, mode)	\
	static const struct kernel_param_ops * const core_##name __used = (ops)
#define module_param_named(name, variable, type, mode)
#define MODULE_PARM_DESC(name, text)

#endif
