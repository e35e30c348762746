// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/mempool: a line on the format, then a line for each pool and for each thing that is
 * made of pools; and on request who holds a pool's objects. The format is described in
 * Documentation/ABI/dev-mempool.
 */
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/miscdevice.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <uapi/linux/mpool.h>

#include "internal.h"

#define DEVICE_FORMAT	1

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
	registry_lock();
	return *pos ? device_find(pos) : SEQ_START_TOKEN;
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
	seq_printf(seq, " checks=%s quarantine=%lu quarantined=%lu withheld=%lu\n", checks,
		   stats.quarantine, stats.quarantined, stats.withheld);
}

static int device_show(struct seq_file *seq, void *entry)
{
	if (entry == SEQ_START_TOKEN)
		seq_printf(seq, "mpool format=%d\n", DEVICE_FORMAT);
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
	/* Where the misc core leaves its own pointer, seq_open() wants nothing. */
	file->private_data = NULL;
	return seq_open(file, &device_seq_ops);
}

/* --- where objects were allocated --- */

/* Most sites that are given at a time. */
#define SITES_MAX	256

static_assert(TRACK_NAME_LEN == MPOOL_SITE_LEN);

/* The first @room sites of a pool; how many there were. */
static u32 copy_sites(struct mpool *pool, struct mpool_site *sites, u32 room)
{
	const struct site *site = NULL;
	unsigned long objects = 0;
	u32 n;

	for (n = 0; n < room && track_next_site(pool, &site, &objects); n++) {
		sites[n].objects = objects;
		sites[n].bytes = (u64)objects * pool->size;
		if (site->caller)
			track_name(sites[n].name, site->caller);
	}
	return n;
}

/* The same, of a pool by its id; how many there were, or a negative errno. */
static int find_sites(u32 id, struct mpool_site *sites, u32 room)
{
	unsigned long at = id;
	struct entry *entry;
	struct mpool *pool;
	int n = -ENOENT;

	registry_lock();
	entry = registry_next(&at);
	if (entry && at == id) {
		pool = entry_pool(entry);
		n = pool && pool->sites ? copy_sites(pool, sites, room) : -ENODATA;
	}
	registry_unlock();
	return n;
}

static int give_sites(struct mpool_sites *request)
{
	u32 room = min_t(u32, request->room, SITES_MAX);
	struct mpool_site *sites;
	int n, err = 0;

	sites = kvcalloc(max(room, 1U), sizeof(*sites), GFP_KERNEL);
	if (!sites)
		return -ENOMEM;
	n = find_sites(request->id, sites, room);
	if (n < 0)
		err = n;
	else if (copy_to_user(u64_to_user_ptr(request->sites), sites, n * sizeof(*sites)))
		err = -EFAULT;
	else
		request->nr = n;
	kvfree(sites);
	return err;
}

static int ioctl_sites(struct mpool_sites __user *user)
{
	struct mpool_sites request;
	u32 size;
	int err;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (get_user(size, &user->size))
		return -EFAULT;
	if (size < sizeof(request))
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(&request, sizeof(request), user, size);
	if (err)
		return err;
	err = give_sites(&request);
	if (err)
		return err;
	return put_user(request.nr, &user->nr);
}

/* Told apart by their number: programs may know larger structures than we do. */
static long device_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	if (_IOC_TYPE(command) != MPOOL_IOC_MAGIC)
		return -ENOTTY;
	switch (_IOC_NR(command)) {
	case _IOC_NR(MPOOL_IOC_SITES):
		return ioctl_sites((struct mpool_sites __user *)argument);
	}
	return -ENOTTY;
}

static const struct file_operations device_fops = {
	.owner		= THIS_MODULE,
	.open		= device_open,
	.read		= seq_read,
	.unlocked_ioctl	= device_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
	.llseek		= seq_lseek,
	.release	= seq_release,
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
}
