// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/mpool_leaks makes situations for kmemleak_test: each write is one command, which fails with
 * the errno of what it did.
 *
 *	lose		lose objects in each way there is
 *	keep		keep objects in ways that kmemleak might not understand
 *	pend		have objects on their way home until "arrive"; ENODEV with one CPU
 *	pending		EUCLEAN if one of them has come home
 *	arrive
 *	find		free what was lost
 *	less		destroy the pools in what is larger than they are, which stays
 *	random N SECONDS
 *			N calls of all kinds, in any order, on all CPUs; or as many as there is
 *			time for. Reading the device tells how many there were.
 *	rest		free what is left of that; EUCLEAN if that is not all
 *	damage		when this module is unloaded, leave objects in a buffer whose head was
 *			overwritten
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "leaks.h"

/* Guards all there is. */
static DEFINE_MUTEX(leaks_mutex);

/* What the last "random" made. */
static unsigned int calls;

static int find_lost(void)
{
	free_all();
	return 0;
}

static const struct {
	const char *name;
	int (*run)(void);
} commands[] = {
	{ "lose", lose_all },
	{ "keep", keep_all },
	{ "pend", pend },
	{ "pending", check_pending },
	{ "arrive", end_pending },
	{ "find", find_lost },
	{ "less", keep_less },
	{ "rest", end_random },
	{ "damage", damage_at_exit },
};

static int run_random(unsigned int n, unsigned int seconds)
{
	int made = do_random(n, seconds);

	calls = max(made, 0);
	return min(made, 0);
}

static int run_command(const char *text)
{
	unsigned int i, n, seconds;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (!strcmp(text, commands[i].name))
			return commands[i].run();
	}
	return sscanf(text, "random %u %u", &n, &seconds) == 2 ? run_random(n, seconds) : -EINVAL;
}

static ssize_t leaks_read(struct file *file, char __user *to, size_t count, loff_t *pos)
{
	char text[16];

	return simple_read_from_buffer(to, count, pos, text,
				       scnprintf(text, sizeof(text), "%u\n", calls));
}

static ssize_t leaks_write(struct file *file, const char __user *from, size_t count, loff_t *pos)
{
	char text[32];
	int err;

	if (count >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, count))
		return -EFAULT;
	text[count] = '\0';
	mutex_lock(&leaks_mutex);
	err = run_command(strim(text));
	mutex_unlock(&leaks_mutex);
	return err ?: count;
}

static const struct file_operations leaks_fops = {
	.owner = THIS_MODULE,
	.read = leaks_read,
	.write = leaks_write,
};

static struct miscdevice leaks_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mpool_leaks",
	.fops = &leaks_fops,
	.mode = 0600,
};

static int __init leaks_init(void)
{
	return misc_register(&leaks_device);
}

static void __exit leaks_exit(void)
{
	misc_deregister(&leaks_device);
	end_pending();
	free_all();
	unkeep_all();
	if (end_random())
		pr_err("something is left\n");
	leave_damaged();
}

module_init(leaks_init);
module_exit(leaks_exit);

MODULE_DESCRIPTION("Loses and keeps objects of pools, for a test of kmemleak");
MODULE_AUTHOR("The mpool authors");
MODULE_LICENSE("GPL");
