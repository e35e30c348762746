// SPDX-License-Identifier: GPL-2.0
/*
 * Devices, and what system calls do with them.
 */
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/minmax.h>
#include <string.h>

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
