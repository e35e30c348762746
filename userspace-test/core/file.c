// SPDX-License-Identifier: GPL-2.0
/*
 * Devices, and what system calls do with them.
 */
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/minmax.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <stdarg.h>
#include <stdio.h>

/* Guards the list of all. */
static struct mutex devices_mutex;
static struct miscdevice *devices;

int misc_register(struct miscdevice *device)
{
	mutex_lock(&devices_mutex);
	device->next = devices;
	devices = device;
	mutex_unlock(&devices_mutex);
	return 0;
}

void misc_deregister(struct miscdevice *device)
{
	struct miscdevice **at;

	mutex_lock(&devices_mutex);
	for (at = &devices; *at != device; at = &(*at)->next)
		;
	*at = device->next;
	mutex_unlock(&devices_mutex);
}

int core_open(const char *name, struct file *file)
{
	struct miscdevice *device;

	mutex_lock(&devices_mutex);
	for (device = devices; device && strcmp(device->name, name); device = device->next)
		;
	mutex_unlock(&devices_mutex);
	if (!device)
		return -ENOENT;
	*file = (struct file){ .f_op = device->fops };
	return file->f_op->open ? file->f_op->open(NULL, file) : 0;
}

ssize_t core_write(struct file *file, const char *text)
{
	return file->f_op->write(file, text, strlen(text), &file->f_pos);
}

ssize_t core_read(struct file *file, char *text, size_t size)
{
	return file->f_op->read(file, text, size, &file->f_pos);
}

loff_t core_seek(struct file *file, loff_t offset)
{
	return file->f_op->llseek(file, offset, SEEK_SET);
}

long core_ioctl(struct file *file, unsigned int command, void *argument)
{
	return file->f_op->unlocked_ioctl(file, command, (unsigned long)argument);
}

__poll_t core_poll(struct file *file)
{
	return file->f_op->poll(file, NULL);
}

void core_close(struct file *file)
{
	if (file->f_op->release)
		file->f_op->release(NULL, file);
}

ssize_t simple_read_from_buffer(char *to, size_t size, loff_t *pos, const void *from, size_t bytes)
{
	size_t n = *pos < (loff_t)bytes ? min(size, bytes - (size_t)*pos) : 0;

	memcpy(to, (const char *)from + *pos, n);
	*pos += n;
	return n;
}

/* --- what programs may give --- */

bool core_is_capable = true;
const char *core_user_memory;
size_t core_user_bytes;

bool capable(int capability)
{
	return core_is_capable;
}

static bool is_users(const void *memory, size_t n)
{
	size_t at = (const char *)memory - core_user_memory;

	return !core_user_memory || (at <= core_user_bytes && n <= core_user_bytes - at);
}

unsigned long copy_to_user(void *to, const void *from, unsigned long n)
{
	if (!is_users(to, n))
		return n;
	memcpy(to, from, n);
	return 0;
}

unsigned long clear_user(void *to, unsigned long n)
{
	if (!is_users(to, n))
		return n;
	memset(to, 0, n);
	return 0;
}

unsigned long copy_from_user(void *to, const void *from, unsigned long n)
{
	if (!is_users(from, n))
		return n;
	memcpy(to, from, n);
	return 0;
}

int copy_struct_from_user(void *to, size_t bytes, const void *from, size_t user_bytes)
{
	size_t n = min(bytes, user_bytes);

	if (!is_users(from, user_bytes))
		return -EFAULT;
	if (user_bytes > n && memchr_inv((const char *)from + n, 0, user_bytes - n))
		return -E2BIG;
	memset(to, 0, bytes);
	memcpy(to, from, n);
	return 0;
}

/* --- files that are made of records: one at a time, so that others may go on in between --- */

#define MOST_OF_RECORD	4096

void *__seq_open_private(struct file *file, const struct seq_operations *ops, int bytes)
{
	struct seq_file *seq = kzalloc(sizeof(*seq) + MOST_OF_RECORD, GFP_KERNEL);

	if (!seq)
		return NULL;
	seq->private = kzalloc(bytes, GFP_KERNEL);
	if (!seq->private) {
		kfree(seq);
		return NULL;
	}
	mutex_init(&seq->lock);
	seq->ops = ops;
	file->private_data = seq;
	return seq->private;
}

int seq_release_private(struct inode *inode, struct file *file)
{
	struct seq_file *seq = file->private_data;

	kfree(seq->private);
	kfree(seq);
	return 0;
}

void seq_printf(struct seq_file *seq, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	seq->n += vsnprintf(seq->text + seq->n, MOST_OF_RECORD - seq->n, format, arguments);
	va_end(arguments);
	if (seq->n >= MOST_OF_RECORD)
		core_panic("a record is longer than %d bytes\n", MOST_OF_RECORD);
}

/* The next record; false if there is none. */
static bool next_record(struct seq_file *seq)
{
	void *record;

	seq->from = 0;
	seq->n = 0;
	record = seq->ops->start(seq, &seq->index);
	if (record) {
		seq->ops->show(seq, record);
		record = seq->ops->next(seq, record, &seq->index);
	}
	seq->ops->stop(seq, record);
	return seq->n;
}

/* What is to be read next is somewhere else. */
static void go_to(struct seq_file *seq, loff_t pos)
{
	size_t left = pos;

	seq->index = 0;
	seq->from = 0;
	seq->n = 0;
	while (left && next_record(seq)) {
		seq->from = min(left, seq->n);
		left -= seq->from;
	}
	seq->pos = pos;
}

ssize_t seq_read(struct file *file, char *text, size_t size, loff_t *pos)
{
	struct seq_file *seq = file->private_data;
	size_t done = 0, n;

	mutex_lock(&seq->lock);
	if (*pos != seq->pos)
		go_to(seq, *pos);
	while (done < size && (seq->from < seq->n || next_record(seq))) {
		n = min(size - done, seq->n - seq->from);
		if (copy_to_user(text + done, seq->text + seq->from, n))
			break;
		seq->from += n;
		done += n;
	}
	seq->pos += done;
	*pos = seq->pos;
	mutex_unlock(&seq->lock);
	return done;
}

loff_t seq_lseek(struct file *file, loff_t offset, int whence)
{
	if (whence != SEEK_SET || offset < 0)
		return -EINVAL;
	file->f_pos = offset;
	return offset;
}
