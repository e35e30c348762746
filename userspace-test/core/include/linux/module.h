/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_MODULE_H
#define _CORE_MODULE_H

#include <core.h>
#include <linux/atomic.h>
#include <linux/moduleparam.h>

#define MODULE_NAME_LEN		56

struct module {
	char name[MODULE_NAME_LEN];
	atomic_t users;
};

extern struct module core_module;

#define THIS_MODULE		(&core_module)
#define EXPORT_SYMBOL_GPL(symbol)
#define MODULE_DESCRIPTION(text)
#define MODULE_AUTHOR(text)
#define MODULE_VERSION(text)
#define MODULE_LICENSE(text)

/* For who calls them: core_NAME_init() and core_NAME_exit(). */
#ifndef CORE_MODULE
#define CORE_MODULE		mpool
#endif
#define core_name(module, what)	core_name_(module, what)
#define core_name_(module, what)	core_##module##_##what
#define module_init(function)	int core_name(CORE_MODULE, init)(void) { return function(); }
#define module_exit(function)	void core_name(CORE_MODULE, exit)(void) { function(); }
#define within_module(address, module)	false

/* Who hears of a module that goes. There is one, and he hears of none: no module goes here. */
struct notifier_block {
	int (*notifier_call)(struct notifier_block *block, unsigned long event, void *module);
};

#define MODULE_STATE_GOING	1
#define NOTIFY_DONE		0
#define NOTIFY_OK		1
#define register_module_notifier(block)		((void)(block), 0)
#define unregister_module_notifier(block)	((void)(block))

static inline void __module_get(struct module *module)
{
	if (module)
		atomic_inc(&module->users);
}

static inline bool try_module_get(struct module *module)
{
	__module_get(module);
	return true;
}

static inline void module_put(struct module *module)
{
	if (module)
		atomic_dec(&module->users);
}

#endif
