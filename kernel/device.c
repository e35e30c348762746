// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/mempool: a line on the format, then a line for each pool and for each thing that is
 * made of pools; what ioctl.c answers; and what watch.c waits for. All of it is described in
 * Documentation/ABI/dev-mempool.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <uapi/linux/mpool.h>

#include "internal.h"

#define DEVICE_FORMAT	1

/* What belongs to an open file, besides its place in the text. */
struct opened {
	struct watch watch;
	unsigned long seen;		/* registry_generation() when last read from the start */
};

static struct opened *opened_of(struct file *file)
{
	struct seq_file *seq = file->private_data;

	return seq->private;
}

/* --- the text --- */

/*
 * A position is 0 for the first line and else the id of an entry: ids only ever grow, so that
 * those that come and go between two reads neither repeat a line nor hide another's.
 */
static void *device_find(loff_t *pos)
{
	unsigned long id = *pos;
	struct entry *entry = registry_next(&id);

	if (entry)
		*pos = id;
	return entry;
}

static void *device_start(struct seq_file *seq, loff_t *pos)
{
	struct opened *opened = seq->private;

	registry_lock();
	if (*pos)
		return device_find(pos);
	WRITE_ONCE(opened->seen, registry_generation());
	return SEQ_START_TOKEN;
}

static void *device_next(struct seq_file *seq, void *entry, loff_t *pos)
{
	++*pos;
	return device_find(pos);
}

static void device_stop(struct seq_file *seq, void *entry)
{
	registry_unlock();
}

static const char * const kind_names[] = {
	[ENTRY_POOL]	= "pool",
	[ENTRY_CLASS]	= "class",
	[ENTRY_TYPE]	= "type",
	[ENTRY_SIZED]	= "sized",
};

static const char * const backing_names[] = {
	[MPOOL_PAGES]	= "pages",
	[MPOOL_VMALLOC]	= "vmalloc",
	[MPOOL_HUGE]	= "huge",
	[MPOOL_BUFFER]	= "buffer",
};

static const char *tracking(struct entry *entry)
{
	struct mpool *pool = entry_pool(entry);

	if (!pool || !pool->sites)
		return "-";
	return track_is_paused(pool) ? "paused" : "on";
}

static void show_entry(struct seq_file *seq, struct entry *entry)
{
	struct mpool_stats stats;
	char checks[CHECKS_LEN];

	entry->ops->read_stats(entry, &stats);
	seq_printf(seq, "name=%s id=%u owner=%s state=%s", entry->name, entry->id,
		   entry->owner_name, entry->dying ? "dying" : "live");
	seq_printf(seq, " size=%zu stride=%zu in_use=%lu cached_cpu=%lu cached_depot=%lu",
		   stats.size, stats.stride, stats.in_use, stats.cached_cpu,
		   stats.cached_depot);
	seq_printf(seq, " free_slab=%lu objects=%lu limit=%lu keep=%lu slabs=%lu",
		   stats.free_slab, stats.objects, stats.limit, stats.keep, stats.slabs);
	seq_printf(seq, " slab_bytes=%lu metadata=%lu footprint=%lu", stats.slab_bytes,
		   stats.metadata, stats.footprint);
	seq_printf(seq, " allocs=%lu frees=%lu fails=%lu grows=%lu shrinks=%lu misuses=%lu",
		   stats.allocs, stats.frees, stats.fails, stats.grows, stats.shrinks,
		   stats.misuses);
	seq_printf(seq, " kind=%s of=%s backing=%s mapped=%lu m_pool=%lu limit_bytes=%lu",
		   kind_names[entry->kind], entry->of ? entry->of->name : "-",
		   backing_names[stats.backing], stats.mapped, stats.m_pool, stats.limit_bytes);
	seq_printf(seq, " borrowed=%lu reserve=%lu reserve_held=%lu low=%lu waiting=%lu",
		   stats.borrowed, stats.reserve, stats.reserve_held, stats.low, stats.waiting);
	seq_printf(seq, " waits=%lu pending=%lu budget=%lu", stats.waits, stats.pending,
		   stats.budget);
	checks_name(checks, stats.checks);
	seq_printf(seq, " checks=%s quarantine=%lu quarantined=%lu withheld=%lu", checks,
		   stats.quarantine, stats.quarantined, stats.withheld);
	seq_printf(seq, " tracking=%s\n", tracking(entry));
}

static int device_show(struct seq_file *seq, void *entry)
{
	if (entry == SEQ_START_TOKEN)
		seq_printf(seq, "mpool format=%d generation=%lu\n", DEVICE_FORMAT,
			   registry_generation());
	else
		show_entry(seq, entry);
	return 0;
}

static const struct seq_operations device_seq_ops = {
	.start	= device_start,
	.next	= device_next,
	.stop	= device_stop,
	.show	= device_show,
};

static int device_open(struct inode *inode, struct file *file)
{
	struct opened *opened;

	/* Where the misc core leaves its own pointer, seq_open() wants nothing. */
	file->private_data = NULL;
	opened = __seq_open_private(file, &device_seq_ops, sizeof(*opened));
	if (!opened)
		return -ENOMEM;
	watch_init(&opened->watch);
	return 0;
}

static int device_release(struct inode *inode, struct file *file)
{
	watch_exit(&opened_of(file)->watch);
	return seq_release_private(inode, file);
}

/* --- what programs ask, and wait for --- */

/* Told apart by their number: programs may know larger structures than we do. */
static long device_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	void __user *user = (void __user *)argument;
	struct opened *opened = opened_of(file);

	if (_IOC_TYPE(command) != MPOOL_IOC_MAGIC)
		return -ENOTTY;
	switch (_IOC_NR(command)) {
	case _IOC_NR(MPOOL_IOC_SITES):
		return ioctl_sites(user);
	case _IOC_NR(MPOOL_IOC_SNAPSHOT):
		return ioctl_snapshot(user, &opened->seen);
	case _IOC_NR(MPOOL_IOC_CONTROL):
		return ioctl_control(user);
	case _IOC_NR(MPOOL_IOC_WATCH):
		return watch_set(&opened->watch, user);
	case _IOC_NR(MPOOL_IOC_EVENT):
		return watch_take_event(&opened->watch, user);
	}
	return -ENOTTY;
}

static __poll_t device_poll(struct file *file, poll_table *table)
{
	struct opened *opened = opened_of(file);
	__poll_t mask;

	poll_wait(file, registry_queue(), table);
	mask = watch_poll(&opened->watch);
	if (READ_ONCE(opened->seen) != registry_generation())
		mask |= EPOLLIN | EPOLLRDNORM;
	return mask;
}

static const struct file_operations device_fops = {
	.owner		= THIS_MODULE,
	.open		= device_open,
	.read		= seq_read,
	.poll		= device_poll,
	.unlocked_ioctl	= device_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.llseek		= seq_lseek,
	.release	= device_release,
};

static struct miscdevice device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "mempool",
	.fops	= &device_fops,
	.mode	= 0440,
};

/**
 * device_init() - make /dev/mempool
 *
 * Return: 0 or a negative errno.
 */
int __init device_init(void)
{
	return misc_register(&device);
}

/**
 * device_exit() - take /dev/mempool away; nobody has it open, for that holds the module
 */
void device_exit(void)
{
	misc_deregister(&device);
	watch_stop();
}
