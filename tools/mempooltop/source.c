// SPDX-License-Identifier: GPL-2.0
/*
 * Where snapshots come from: the device, or recordings of it. The device is opened for each one,
 * so that it holds nobody up who wants to unload the module.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <linux/mpool.h>

#include "top.h"

#define PIECE	65536

static_assert(SITE_LEN == MPOOL_SITE_LEN, "a site's name is as long as the device's");

double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void open_error(struct source *source, int err)
{
	const char *what = "%s: %s";

	if (err == ENOENT || err == ENODEV || err == ENXIO)
		what = "%s is not there: load the module by \"modprobe mpool\" as root";
	else if (err == EACCES || err == EPERM)
		what = "%s is for root and the group adm: use sudo, or \"adduser USER adm\"";
	snprintf(source->error, sizeof(source->error), what, DEVICE, strerror(err));
}

static int open_device(struct source *source)
{
	int fd = open(DEVICE, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		open_error(source, errno);
	return fd;
}

/* All that is left of a file; 0 or the errno. */
static int read_all(int fd, struct text *text)
{
	char *piece = grow(NULL, PIECE, 1), *zero;
	ssize_t got;

	for (;;) {
		got = read(fd, piece, PIECE);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		while ((zero = memchr(piece, '\0', got)))
			*zero = '?';
		text_append(text, piece, got);
	}
	free(piece);
	return got < 0 ? errno : 0;
}

bool source_text(struct source *source, struct text *text)
{
	int fd = open_device(source), err;

	if (fd < 0)
		return false;
	text_append(text, "", 0);
	err = read_all(fd, text);
	close(fd);
	if (err)
		snprintf(source->error, sizeof(source->error), "cannot read %s: %s", DEVICE,
			 strerror(err));
	return !err;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n';
}

/* What was cut is told from what follows by a word that is no field. */
static void end_line(struct text *text)
{
	if (!text->length || text->at[text->length - 1] == '\n')
		return;
	while (text->length && !is_blank(text->at[text->length - 1]))
		text->length--;
	text_add(text, "?\n");
}

/* The first snapshot of a text; false, and source->error, if it is of no format that we know. */
static bool parse_first(struct source *source, const char *from, const char *text,
			struct snapshot *snapshot)
{
	int format;

	if (!snapshot_parse(snapshot, text, &format) || !format)
		snprintf(source->error, sizeof(source->error),
			 "%s does not begin with \"mpool format=1\", as " DEVICE " does", from);
	else if (format != 1)
		snprintf(source->error, sizeof(source->error),
			 "%s is of a format that needs a newer mempooltop", from);
	else
		return true;
	snapshot_free(snapshot);
	return false;
}

bool source_record(struct source *source, const char *file)
{
	bool is_stdin = !strcmp(file, "-"), good = false;
	int fd = is_stdin ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);
	struct text text = {};
	int err = fd < 0 ? errno : read_all(fd, &text);
	struct snapshot first;

	if (fd >= 0 && !is_stdin)
		close(fd);
	if (err) {
		snprintf(source->error, sizeof(source->error), "cannot read %s: %s", file,
			 strerror(err));
	} else if (parse_first(source, file, text.length ? text.at : "", &first)) {
		snapshot_free(&first);
		end_line(&source->recorded);
		text_append(&source->recorded, text.at, text.length);
		good = true;
	}
	text_free(&text);
	return good;
}

bool source_is_device(const struct source *source)
{
	return !source->recorded.length;
}

static enum got next_of_device(struct source *source, struct snapshot *snapshot)
{
	struct text text = {};
	enum got got = GOT_ERROR;

	if (source_text(source, &text) && parse_first(source, DEVICE, text.at, snapshot)) {
		snapshot->time = now();
		got = GOT_SNAPSHOT;
	}
	text_free(&text);
	return got;
}

static enum got next_recorded(struct source *source, struct snapshot *snapshot)
{
	const char *text = source->recorded.at + source->next, *rest;
	int format;

	if (!*text)
		return GOT_END;
	rest = snapshot_parse(snapshot, text, &format);
	if (!rest || format != 1) {
		snapshot_free(snapshot);
		snprintf(source->error, sizeof(source->error),
			 "the recording has a snapshot of a format that is not known");
		return GOT_ERROR;
	}
	if (!snapshot->has_time)
		snapshot->time = source->time + source->delay;
	source->time = snapshot->time;
	source->next = rest - source->recorded.at;
	return GOT_SNAPSHOT;
}

enum got source_next(struct source *source, struct snapshot *snapshot)
{
	*snapshot = (struct snapshot){};
	if (source_is_device(source))
		return next_of_device(source, snapshot);
	return next_recorded(source, snapshot);
}

void source_close(struct source *source)
{
	text_free(&source->recorded);
}

static int device_sites(unsigned long long id, struct site *sites, int room)
{
	struct mpool_site *found = grow(NULL, room, sizeof(*found));
	struct mpool_sites request = {
		.size = sizeof(request), .id = id, .room = room, .sites = (uintptr_t)found };
	int fd = open(DEVICE, O_RDONLY | O_CLOEXEC), nr, i;

	nr = fd < 0 || ioctl(fd, MPOOL_IOC_SITES, &request) ? -errno : (int)request.nr;
	for (i = 0; i < nr; i++) {
		sites[i] = (struct site){ id, found[i].objects, found[i].bytes, "" };
		memcpy(sites[i].name, found[i].name, SITE_LEN - 1);
	}
	if (fd >= 0)
		close(fd);
	free(found);
	return nr;
}

static int recorded_sites(const struct snapshot *snapshot, unsigned long long id,
			  struct site *sites, int room)
{
	size_t i;
	int nr = 0;

	for (i = 0; i < snapshot->nr_sites && nr < room; i++) {
		if (snapshot->sites[i].id == id)
			sites[nr++] = snapshot->sites[i];
	}
	return nr ? nr : -ENOENT;
}

int source_sites(const struct source *source, const struct snapshot *snapshot,
		 const struct pool *pool, struct site *sites, int room)
{
	if (pool_is(pool, KIND, "sized") || !strstr(pool->words[CHECKS], "track"))
		return -ENODATA;
	if (source_is_device(source))
		return device_sites(pool->figures[ID], sites, room);
	return recorded_sites(snapshot, pool->figures[ID], sites, room);
}

const char *sites_error(const struct source *source, const struct pool *pool, int err)
{
	switch (-err) {
	case EPERM:
	case EACCES:
		return "only root (CAP_SYS_ADMIN) may see them";
	case ENODATA:
		if (pool_is(pool, KIND, "sized"))
			return "each of its classes has its own";
		return "not tracked: see MPOOL_TRACK, or the module's parameter \"checks\"";
	case ENOENT:
		return source_is_device(source) ? "the pool is gone" : "the recording has none";
	}
	return strerror(-err);
}
