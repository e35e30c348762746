// SPDX-License-Identifier: GPL-2.0
/*
 * mpool: slab-style memory pools for drivers.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "internal.h"

static int __init mpool_init(void)
{
	int err;

	err = report_init();
	if (err)
		return err;
	err = fault_init();
	if (err)
		goto err_report;
	err = kick_init();
	if (err)
		goto err_fault;
	err = pool_init();
	if (err)
		goto err_kick;
	err = shrinker_init();
	if (err)
		goto err_pool;
	err = device_init();
	if (err)
		goto err_shrinker;
	return 0;

err_shrinker:
	shrinker_exit();
err_pool:
	pool_exit();
err_kick:
	kick_exit();
err_fault:
	fault_exit();
err_report:
	report_exit();
	return err;
}

static void __exit mpool_exit(void)
{
	device_exit();
	shrinker_exit();
	pool_exit();
	kick_exit();
	fault_exit();
	report_exit();
}

module_init(mpool_init);
module_exit(mpool_exit);

MODULE_DESCRIPTION("Slab-style memory pools for drivers");
MODULE_AUTHOR("The mpool authors");
MODULE_VERSION("0.1.0");
MODULE_LICENSE("GPL");
