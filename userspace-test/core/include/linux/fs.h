/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_FS_H
#define _CORE_FS_H

#include <linux/slab.h>
#include <linux/types.h>

struct module;
struct file;
struct poll_table_struct;

struct inode {
	char nothing;
};

struct file_operations {
	struct module *owner;
	loff_t (*llseek)(struct file *file, loff_t offset, int whence);
	ssize_t (*read)(struct file *file, char *text, size_t size, loff_t *pos);
	ssize_t (*write)(struct file *file, const char *text, size_t size, loff_t *pos);
	__poll_t (*poll)(struct file *file, struct poll_table_struct *table);
	int (*open)(struct inode *inode, struct file *file);
	int (*release)(struct inode *inode, struct file *file);
	long (*unlocked_ioctl)(struct file *file, unsigned int command, unsigned long argument);
	long (*compat_ioctl)(struct file *file, unsigned int command, unsigned long argument);
};

struct file {
	const struct file_operations *f_op;
	void *private_data;
	loff_t f_pos;
};

#define compat_ptr_ioctl	NULL

ssize_t simple_read_from_buffer(char *to, size_t size, loff_t *pos, const void *from, size_t bytes);

/* What system calls do; a negative errno is returned. */
int core_open(const char *name, struct file *file);
ssize_t core_write(struct file *file, const char *text);
ssize_t core_read(struct file *file, char *text, size_t size);
loff_t core_seek(struct file *file, loff_t offset);
long core_ioctl(struct file *file, unsigned int command, void *argument);
__poll_t core_poll(struct file *file);
void core_close(struct file *file);

#endif
