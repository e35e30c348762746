// SPDX-License-Identifier: GPL-2.0
/*
 * For the tests: read /dev/mempool, tell /dev/mpool_playground and /dev/mpool_pressure what to do,
 * and turn some of the machine's knobs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pools.h"

/* Send a command to a device; 0 or the errno. */
static int tell(const char *device, const char *format, va_list args)
{
	char command[256];
	int fd, err = 0;

	vsnprintf(command, sizeof(command), format, args);
	fd = open(device, O_WRONLY);
	if (fd < 0 || write(fd, command, strlen(command)) < 0)
		err = errno;
	close(fd);
	return err;
}

int play(const char *format, ...)
{
	va_list args;
	int err;

	va_start(args, format);
	err = tell(PLAYGROUND, format, args);
	va_end(args);
	return err;
}

int press(const char *format, ...)
{
	va_list args;
	int err;

	va_start(args, format);
	err = tell(PRESSURE, format, args);
	va_end(args);
	return err;
}

/* What /dev/mpool_pressure says: one line of key=value. */
static const char *read_figures(void)
{
	static char text[4096];
	int fd = open(PRESSURE, O_RDONLY);
	ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	text[got > 0 ? got : 0] = '\0';
	close(fd);
	return text;
}

unsigned long figure(const char *name)
{
	const char *text = read_figures();
	size_t length = strlen(name);

	while (text && *text) {
		if (!strncmp(text, name, length) && text[length] == '=')
			return strtoul(text + length + 1, NULL, 10);
		text = strchr(text, ' ');
		if (text)
			text++;
	}
	return ULONG_MAX;
}

void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
	/* A test ends without that. */
	fflush(stdout);
}

void show_figures(const char *what)
{
	const char *text = read_figures();

	note("%s: %.*s", what, (int)strcspn(text, "\n"), text);
}

size_t read_rest(int fd, char *text, size_t piece)
{
	size_t length = 0;
	ssize_t got;

	while (length + piece < TEXT_MAX) {
		got = read(fd, text + length, piece);
		if (got <= 0)
			break;
		length += got;
	}
	text[length] = '\0';
	return length;
}

bool log_says(const char *what)
{
	static char log[1 << 20];
	int length = klogctl(3, log, sizeof(log) - 1);

	log[length > 0 ? length : 0] = '\0';
	return strstr(log, what);
}

bool kernel_has(const char *function)
{
	char line[512], name[128];
	bool found = false;
	FILE *symbols = fopen("/proc/kallsyms", "r");

	while (symbols && !found && fgets(line, sizeof(line), symbols))
		found = sscanf(line, "%*s %*c %127s", name) == 1 && !strcmp(name, function);
	if (symbols)
		fclose(symbols);
	return found;
}

char *read_device(void)
{
	static char text[TEXT_MAX];
	int fd = open(DEVICE, O_RDONLY);

	text[0] = '\0';
	if (fd < 0)
		return text;
	read_rest(fd, text, 65536);
	close(fd);
	return text;
}

#define LINE_FORMAT								\
	"name=%63s id=%lu owner=%63s state=%15s size=%lu stride=%lu in_use=%lu "	\
	"cached_cpu=%lu cached_depot=%lu free_slab=%lu objects=%lu limit=%lu keep=%lu "	\
	"slabs=%lu slab_bytes=%lu metadata=%lu footprint=%lu allocs=%lu frees=%lu "	\
	"fails=%lu grows=%lu shrinks=%lu misuses=%lu kind=%15s of=%63s backing=%15s "	\
	"mapped=%lu m_pool=%lu limit_bytes=%lu borrowed=%lu "			\
	"reserve=%lu reserve_held=%lu low=%lu waiting=%lu waits=%lu pending=%lu budget=%lu "	\
	"checks=%31s quarantine=%lu quarantined=%lu withheld=%lu tracking=%15s%n"

bool parse_line(const char *line, struct pool_line *p)
{
	int used = 0, fields;

	fields = sscanf(line, LINE_FORMAT, p->name, &p->id, p->owner, p->state, &p->size,
			&p->stride, &p->in_use, &p->cached_cpu, &p->cached_depot, &p->free_slab,
			&p->objects, &p->limit, &p->keep, &p->slabs, &p->slab_bytes, &p->metadata,
			&p->footprint, &p->allocs, &p->frees, &p->fails, &p->grows, &p->shrinks,
			&p->misuses, p->kind, p->of, p->backing, &p->mapped, &p->m_pool,
			&p->limit_bytes, &p->borrowed, &p->reserve, &p->reserve_held, &p->low,
			&p->waiting, &p->waits, &p->pending, &p->budget, p->checks,
			&p->quarantine, &p->quarantined, &p->withheld, p->tracking, &used);
	return fields == 42 && used && (line[used] == '\n' || line[used] == '\0');
}

bool find_pool(const char *name, struct pool_line *pool)
{
	struct pool_line line;
	bool found = false;
	char *text;

	for (text = strchr(read_device(), '\n'); text && text[1]; text = strchr(text, '\n')) {
		text++;
		if (!parse_line(text, &line) || strcmp(line.name, name))
			continue;
		*pool = line;
		found = true;
		if (!strcmp(line.state, "live"))
			break;
	}
	return found;
}

bool adds_up(const struct pool_line *p)
{
	return p->objects == p->in_use + p->cached_cpu + p->cached_depot + p->free_slab &&
	       p->footprint == p->slabs * p->slab_bytes + p->metadata &&
	       p->in_use == p->allocs - p->frees && p->slabs == p->grows - p->shrinks &&
	       p->m_pool == p->size * p->objects &&
	       p->reserve_held <= p->in_use && p->pending <= p->in_use &&
	       p->withheld <= p->in_use && p->quarantined <= p->cached_depot;
}

bool within_limit(const struct pool_line *p)
{
	return !p->limit || p->objects <= p->limit;
}

bool run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

int set_cpu1(bool online)
{
	int fd = open("/sys/devices/system/cpu/cpu1/online", O_WRONLY);
	int err = 0;

	if (fd < 0 || write(fd, online ? "1" : "0", 1) != 1)
		err = errno;
	close(fd);
	return err;
}

bool write_file(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY);
	bool done = fd >= 0 && write(fd, text, strlen(text)) >= 0;

	if (!done)
		perror(name);
	close(fd);
	return done;
}

long read_number(const char *name)
{
	char text[32] = "";
	int fd = open(name, O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0) {
		perror(name);
		text[0] = '\0';
	}
	close(fd);
	return text[0] ? atol(text) : -1;
}

int load(const char *name, const char *parameters)
{
	char path[100];
	int fd, err = 0;

	snprintf(path, sizeof(path), MODULES "/%s.ko", name);
	fd = open(path, O_RDONLY);
	if (fd < 0 || syscall(SYS_finit_module, fd, parameters, 0))
		err = errno;
	close(fd);
	return err;
}

int unload(const char *name)
{
	return syscall(SYS_delete_module, name, O_NONBLOCK) ? errno : 0;
}

#define CGROUPS		"/tmp/cgroup"
#define CGROUP		CGROUPS "/mpool"

bool enter_cgroup(void)
{
	mkdir(CGROUPS, 0755);
	return !mount("none", CGROUPS, "cgroup2", 0, NULL) &&
	       write_file(CGROUPS "/cgroup.subtree_control", "+memory") &&
	       !mkdir(CGROUP, 0755) && write_file(CGROUP "/cgroup.procs", "0");
}

bool leave_cgroup(void)
{
	return write_file(CGROUPS "/cgroup.procs", "0") && !rmdir(CGROUP) && !umount(CGROUPS);
}

long charged(void)
{
	return read_number(CGROUP "/memory.current");
}

bool wait_for_objects(const char *name, unsigned long objects, int seconds)
{
	struct pool_line pool;
	int tenths;

	for (tenths = 0; tenths < 10 * seconds; tenths++) {
		if (find_pool(name, &pool) && pool.objects == objects)
			return true;
		usleep(100000);
	}
	return false;
}
