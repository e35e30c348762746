// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/mpool_bench: who writes a command runs a bench, who then reads gets its results, as JSON,
 * one object per line and peer. The write fails with the errno of what the bench did.
 *
 *	BENCH [SIZE [N [CPUS [PEER,PEER...]]]]
 *
 * or one of these, which have no results: what is held is seen elsewhere.
 *
 *	hold PEER SIZE N	allocate N objects, after what was held before has been freed
 *	thin			free nine of ten, at random
 *	shrink			have the peer give back what it can
 *	drop			free all
 *
 * SIZE is that of an object, 256 bytes if nothing is said. What N is and which benches there are
 * stands in one_cpu.c, more_cpus.c, irq.c, sized.c and worst.c; 0 for any number is what the bench
 * would choose.
 */
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "bench.h"

/* Guards what follows, and that no two benches run at a time. */
static DEFINE_MUTEX(results_mutex);
static char results[SZ_4K];

static const struct bench *find_in(const struct bench *bench, const char *name)
{
	for (; bench->name; bench++) {
		if (!strcmp(bench->name, name))
			return bench;
	}
	return NULL;
}

static int run_command(const char *command)
{
	struct bench_job job = {};
	char name[16], peers[80] = "";

	if (sscanf(command, "%15s %zu %zu %u %79s", name, &job.size, &job.n, &job.cpus, peers) < 1)
		return -EINVAL;
	job.bench = find_in(bench_one_cpu, name) ?: find_in(bench_more_cpus, name) ?:
		    find_in(bench_irq, name) ?: find_in(bench_sized, name) ?:
		    find_in(bench_worst, name);
	if (!job.bench)
		return bench_hold(command);
	job.size = job.size ?: 256;
	job.n = job.n ?: job.bench->n;
	job.cpus = job.cpus ?: job.bench->cpus;
	if (job.n > BENCH_OBJECTS_MAX)
		return -ERANGE;
	results[0] = '\0';
	return bench_run(&job, peers, results, sizeof(results));
}

static ssize_t bench_write(struct file *file, const char __user *text, size_t length, loff_t *pos)
{
	char command[128];
	int err;

	if (length >= sizeof(command))
		return -EINVAL;
	if (copy_from_user(command, text, length))
		return -EFAULT;
	command[length] = '\0';
	mutex_lock(&results_mutex);
	err = run_command(strim(command));
	mutex_unlock(&results_mutex);
	return err ?: length;
}

static ssize_t bench_read(struct file *file, char __user *text, size_t length, loff_t *pos)
{
	ssize_t got;

	mutex_lock(&results_mutex);
	got = simple_read_from_buffer(text, length, pos, results, strlen(results));
	mutex_unlock(&results_mutex);
	return got;
}

static const struct file_operations bench_fops = {
	.owner = THIS_MODULE,
	.write = bench_write,
	.read = bench_read,
};

static struct miscdevice bench_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "mpool_bench",
	.fops = &bench_fops,
	.mode = 0600,
};

static int __init bench_init(void)
{
	return misc_register(&bench_device);
}

static void __exit bench_exit(void)
{
	misc_deregister(&bench_device);
	bench_drop();
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("The same work done by mpool and by its peers");
MODULE_LICENSE("GPL");
