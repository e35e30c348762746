// SPDX-License-Identifier: GPL-2.0
/*
 * Runs benches in user space: each argument is a command for what is /dev/mpool_bench in a kernel.
 * See bench/device.c.
 */
#include <string.h>

#include <core.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/printk.h>
#include <linux/sizes.h>

/* Those that work, and one for what is done later. */
#define CPUS	3

static char results[SZ_4K];

static int run(const char *command)
{
	struct file device;
	ssize_t n;

	n = core_open("mpool_bench", &device) ?: core_write(&device, command);
	if (n < 0) {
		fprintf(stderr, "%s: %s\n", command, strerror(-n));
		return 1;
	}
	printf("# %s\n", command);
	device.f_pos = 0;
	n = core_read(&device, results, sizeof(results));
	fwrite(results, 1, n, stdout);
	fflush(stdout);
	core_close(&device);
	return 0;
}

int main(int argc, char **argv)
{
	int i, err = 0;

	core_start(CPUS);
	if (core_load() || core_mpool_bench_init())
		return 1;
	for (i = 1; i < argc && !err; i++)
		err = run(argv[i]);
	core_mpool_bench_exit();
	core_unload();
	return err;
}
