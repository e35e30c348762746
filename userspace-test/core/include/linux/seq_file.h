/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _CORE_SEQ_FILE_H
#define _CORE_SEQ_FILE_H

#include <linux/fs.h>
#include <linux/mutex.h>

#define SEQ_START_TOKEN	((void *)1)

struct seq_file;

struct seq_operations {
	void *(*start)(struct seq_file *seq, loff_t *pos);
	void (*stop)(struct seq_file *seq, void *record);
	void *(*next)(struct seq_file *seq, void *record, loff_t *pos);
	int (*show)(struct seq_file *seq, void *record);
};

struct seq_file {
	struct mutex lock;		/* guards all of it */
	const struct seq_operations *ops;
	void *private;
	loff_t index;			/* of the next record */
	loff_t pos;			/* of the next byte, from the beginning of the file */
	size_t from, n;			/* what is left of this record */
	char text[];
};

void *__seq_open_private(struct file *file, const struct seq_operations *ops, int bytes);
int seq_release_private(struct inode *inode, struct file *file);
ssize_t seq_read(struct file *file, char *text, size_t size, loff_t *pos);
loff_t seq_lseek(struct file *file, loff_t offset, int whence);
void seq_printf(struct seq_file *seq, const char *format, ...) __printf(2, 3);

#endif
