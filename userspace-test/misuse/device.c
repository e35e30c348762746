// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/mpool_misuse commits misuses on purpose, of a kmem_cache and of pools, so that it can be
 * seen what the kernel's log says of each: tools/misuse.sh does. It may well bring down the kernel.
 *
 *	begin VICTIM NAME	make a victim and commit the misuse of that name. VICTIM: cache, a
 *				kmem_cache; pool; or checked, a pool with all checks. The memory
 *				written from is what is copied to and from user space; there should
 *				be 128 bytes of it.
 *	end			use the victim on as a driver would, and destroy it
 *
 * In the log is "misuse: begin VICTIM NAME" before, "misuse: end VICTIM NAME" after, and between
 * these: "misuse: prepared" where what was said up to then is not said of the misuse; "misuse:
 * refused" if the call's result says so; "misuse: not tried" where it cannot be; and "misuse: goes
 * on" or "misuse: broken: WHY".
 *
 * Reading it lists all misuses, a line each: VICTIM NAME and what it is, in words.
 */
#define pr_fmt(fmt) "misuse: " fmt

#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "misuse.h"

/* Guards all below. */
static DEFINE_MUTEX(misuse_mutex);

static struct victim victim;

/* Which one has begun, or NULL. */
static const struct misuse *begun;

static const struct misuse * const lists[] = {
	frees, ends, accesses, copies, requests, sizeds, objects,
};

/* From here on, what the log says is said of the misuse, not of what leads up to it. */
void misuse_prepared(void)
{
	pr_info("prepared\n");
}

static const struct misuse *find(const char *name)
{
	const struct misuse *misuse;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		for (misuse = lists[i]; misuse->name; misuse++) {
			if (!strcmp(misuse->name, name))
				return misuse;
		}
	}
	return NULL;
}

static int begin_misuse(char *args, char __user *user, size_t user_bytes)
{
	char *name = args;
	int kind = match_string(kind_names, NR_KINDS, strsep(&name, " "));
	const struct misuse *misuse = name ? find(name) : NULL;
	int err;

	if (begun)
		return -EBUSY;
	if (kind < 0 || !misuse || (kind == KIND_CACHE && misuse->pools_only))
		return -EINVAL;
	err = victim_make(&victim, kind, "misuse");
	if (err)
		return err;
	begun = misuse;
	victim.user = user;
	victim.user_bytes = user_bytes;
	pr_info("begin %s %s\n", kind_names[kind], name);
	err = misuse->commit(&victim);
	if (err == MISUSE_REFUSED)
		pr_info("refused\n");
	else if (err)
		pr_info("not tried: %pe\n", ERR_PTR(err));
	return 0;
}

static int end_misuse(void)
{
	if (!begun)
		return -ENOENT;
	victim_go_on(&victim);
	victim_destroy(&victim);
	/* What is found in the background comes within some milliseconds. */
	msleep(100);
	pr_info("end %s %s\n", kind_names[victim.kind], begun->name);
	begun = NULL;
	return 0;
}

static ssize_t misuse_write(struct file *file, const char __user *user, size_t bytes, loff_t *pos)
{
	char buffer[64], *args, *word;
	size_t length = min(bytes, sizeof(buffer) - 1);
	int err = -EINVAL;

	if (copy_from_user(buffer, user, length))
		return -EFAULT;
	buffer[length] = '\0';
	args = strim(buffer);
	word = strsep(&args, " ");
	mutex_lock(&misuse_mutex);
	if (!strcmp(word, "begin") && args)
		err = begin_misuse(args, (char __user *)user, bytes);
	else if (!strcmp(word, "end"))
		err = end_misuse();
	mutex_unlock(&misuse_mutex);
	return err ?: bytes;
}

static void show_kind(struct seq_file *file, enum kind kind)
{
	const struct misuse *misuse;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(lists); i++) {
		for (misuse = lists[i]; misuse->name; misuse++) {
			if (kind != KIND_CACHE || !misuse->pools_only)
				seq_printf(file, "%s %s %s\n", kind_names[kind], misuse->name,
					   misuse->what);
		}
	}
}

/* What may bring down the kernel comes last. */
static int misuse_show(struct seq_file *file, void *data)
{
	show_kind(file, KIND_POOL);
	show_kind(file, KIND_CHECKED);
	show_kind(file, KIND_CACHE);
	return 0;
}

static int misuse_open(struct inode *inode, struct file *file)
{
	/* Where misc_open() has left the device. */
	file->private_data = NULL;
	return single_open(file, misuse_show, NULL);
}

static const struct file_operations misuse_fops = {
	.owner		= THIS_MODULE,
	.open		= misuse_open,
	.read		= seq_read,
	.llseek		= seq_lseek,
	.write		= misuse_write,
	.release	= single_release,
};

static struct miscdevice misuse_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "mpool_misuse",
	.fops	= &misuse_fops,
};

module_misc_device(misuse_device);

MODULE_DESCRIPTION("Misuses pools and caches on purpose");
MODULE_AUTHOR("The mpool authors");
MODULE_LICENSE("GPL");
