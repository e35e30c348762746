// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/mpool_failnth makes one call at a time for failnth_test, which walks all points where it can
 * fail. What a command does stands in ioctl.h, and which calls there are in the files beside this.
 *
 * An ioctl without memory as its argument has no point of its own where it could fail.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/seq_file.h>

#include "failnth.h"

/* Guards all that follows, and the stage. */
static DEFINE_MUTEX(failnth_mutex);

/* What was prepared last, or NULL. */
static const struct call *prepared;

static const struct {
	const char *name;
	const struct call *calls;
} lists[] = {
	{ "create", create_calls },
	{ "alloc", alloc_calls },
	{ "line", line_calls },
	{ "free", free_calls },
	{ "tune", tune_calls },
	{ "piece", piece_calls },
	{ "object", object_calls },
};

static const struct call *find_call(unsigned long number)
{
	const struct call *call;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		for (call = lists[i].calls; call->name; call++) {
			if (!number--)
				return call;
		}
	}
	return NULL;
}

static int prepare(const struct call *call)
{
	int err;

	if (!call)
		return -ENOENT;
	if (prepared)
		return -EBUSY;
	err = call->prepare ? call->prepare(call) : stage_pool(call);
	if (err)
		stage_clear();
	else
		prepared = call;
	return err;
}

static int finish(void)
{
	prepared = NULL;
	stage_clear();
	return pages_are_back() ? 0 : -EUCLEAN;
}

static int run(void __user *user)
{
	int err;

	stage.user = user;
	pages_call(true);
	err = prepared->run(prepared);
	pages_call(false);
	return err;
}

static int undo(void)
{
	if (prepared->undo)
		prepared->undo(prepared);
	else
		stage_free(prepared);
	return 0;
}

static int command(unsigned int number, unsigned long argument)
{
	if (number == FAILNTH_PREPARE)
		return prepare(find_call(argument));
	if (!prepared)
		return -ENOENT;
	switch (number) {
	case FAILNTH_RUN:
		return run((void __user *)argument);
	case FAILNTH_UNDO:
		return undo();
	case FAILNTH_FINISH:
		return finish();
	}
	return -ENOTTY;
}

static long disarm(void)
{
	unsigned int left = current->fail_nth;

	current->fail_nth = 0;
	pages_watch(false);
	return left;
}

static long watch(void)
{
	pages_watch(true);
	return 0;
}

static long shift(void)
{
	pages_shift();
	return 0;
}

static long failnth_ioctl(struct file *file, unsigned int number, unsigned long argument)
{
	int err;

	if (number == FAILNTH_DISARM)
		return disarm();
	if (number == FAILNTH_WATCH)
		return watch();
	if (number == FAILNTH_STRAY)
		return pages_met_fault();
	if (number == FAILNTH_SHIFT)
		return shift();
	mutex_lock(&failnth_mutex);
	err = command(number, argument);
	mutex_unlock(&failnth_mutex);
	return err;
}

static int failnth_show(struct seq_file *seq, void *unused)
{
	const struct call *call;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		for (call = lists[i].calls; call->name; call++)
			seq_printf(seq, "%s,%s,%u,%d\n", lists[i].name, call->name, call->points,
				   call->never ? 0 : call->err ? -call->err : ENOMEM);
	}
	return 0;
}

static int failnth_open(struct inode *inode, struct file *file)
{
	/* Where the misc core leaves its own pointer, single_open() wants nothing. */
	file->private_data = NULL;
	return single_open(file, failnth_show, NULL);
}

static const struct file_operations failnth_fops = {
	.owner = THIS_MODULE,
	.open = failnth_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
	.unlocked_ioctl = failnth_ioctl,
};

static struct miscdevice failnth_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mpool_failnth",
	.fops = &failnth_fops,
	.mode = 0600,
};

static int __init failnth_init(void)
{
	int err = pages_init();

	if (err)
		return err;
	err = misc_register(&failnth_device);
	if (err)
		pages_exit();
	return err;
}

static void __exit failnth_exit(void)
{
	misc_deregister(&failnth_device);
	stage_clear();
	pages_exit();
}

module_init(failnth_init);
module_exit(failnth_exit);

MODULE_DESCRIPTION("One call of mpool at a time, for a test that has each fail at each point");
MODULE_LICENSE("GPL");
