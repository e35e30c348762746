// SPDX-License-Identifier: GPL-2.0
/*
 * mempooltop: the memory pools of /dev/mempool, for those who run the machine.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "top.h"

void pause_for(double seconds)
{
	struct timespec ts = { .tv_sec = seconds };

	ts.tv_nsec = (seconds - ts.tv_sec) * 1e9;
	nanosleep(&ts, NULL);
}

static enum got take(struct options *options, struct snapshot *snapshot, struct pasts *pasts)
{
	struct snapshot next;
	enum got got = source_next(&options->source, &next);

	if (got == GOT_ERROR)
		complain("%s", options->source.error);
	if (got != GOT_SNAPSHOT)
		return got;
	snapshot_free(snapshot);
	*snapshot = next;
	pasts_update(pasts, snapshot);
	return got;
}

/* Two of the device, if --delay asks for rates; all of a recording. */
static bool take_last(struct options *options, struct snapshot *snapshot, struct pasts *pasts)
{
	enum got got = take(options, snapshot, pasts);

	if (got == GOT_SNAPSHOT && source_is_device(&options->source)) {
		if (!options->delay_given || options->mode == MODE_PROM)
			return true;
		pause_for(options->delay);
		return take(options, snapshot, pasts) == GOT_SNAPSHOT;
	}
	while (got == GOT_SNAPSHOT)
		got = take(options, snapshot, pasts);
	return got == GOT_END;
}

static int print(struct options *options)
{
	struct snapshot snapshot = {};
	struct pasts pasts = {};
	int code = EXIT_TROUBLE;

	if (take_last(options, &snapshot, &pasts)) {
		if (snapshot.bad_lines)
			complain("%zu lines were not understood, in whole or in part",
				 snapshot.bad_lines);
		if (options->mode == MODE_JSON)
			code = print_json(options, &snapshot, &pasts);
		else if (options->mode == MODE_PROM)
			code = print_prom(&snapshot);
		else
			code = print_once(options, &snapshot, &pasts);
	}
	pasts_free(&pasts);
	snapshot_free(&snapshot);
	return code;
}

/* On a terminal that can only print: a table after the other. */
static int print_on(struct options *options)
{
	struct snapshot snapshot = {};
	struct pasts pasts = {};
	enum got got;
	int code = EXIT_GOOD;

	while (!code && !ferror(stdout)) {
		got = take(options, &snapshot, &pasts);
		if (got != GOT_SNAPSHOT) {
			code = got == GOT_ERROR ? EXIT_TROUBLE : EXIT_GOOD;
			break;
		}
		code = print_once(options, &snapshot, &pasts);
		printf("\n");
		fflush(stdout);
		pause_for(options->delay);
	}
	pasts_free(&pasts);
	snapshot_free(&snapshot);
	return code;
}

/* The device's text, with the time, and the places that hold objects of those that are tracked. */
static bool record_one(struct options *options)
{
	struct site sites[VIEW_SITES];
	struct snapshot snapshot;
	struct text text = {};
	int format, heading, nr, i;
	size_t pool;

	if (!source_text(&options->source, &text))
		return false;
	heading = strcspn(text.at, "\n");
	printf("%.*s time=%.3f%s", heading, text.at, now(), text.at + heading);
	snapshot_parse(&snapshot, text.at, &format);
	for (pool = 0; pool < snapshot.nr; pool++) {
		nr = source_sites(&options->source, &snapshot, &snapshot.pools[pool], sites,
				  VIEW_SITES);
		for (i = 0; i < nr; i++)
			printf("site id=%llu objects=%llu bytes=%llu name=%s\n",
			       sites[i].id, sites[i].objects,
			       sites[i].bytes, sites[i].name);
	}
	snapshot_free(&snapshot);
	text_free(&text);
	return !fflush(stdout);
}

static int record(struct options *options)
{
	while (record_one(options)) {
		if (options->once)
			return EXIT_GOOD;
		pause_for(options->delay);
	}
	if (options->source.error[0])
		complain("%s", options->source.error);
	return EXIT_TROUBLE;
}

static int run(struct options *options)
{
	switch (options->mode) {
	case MODE_WATCH:
		return watch(options);
	case MODE_RECORD:
		return record(options);
	case MODE_SCREEN:
		if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
			return print(options);
		return screen_possible() ? screen_run(options) : print_on(options);
	default:
		return print(options);
	}
}

int main(int argc, char **argv)
{
	struct options options;
	int code;

	setlocale(LC_CTYPE, "");
	options_parse(&options, argc, argv);
	code = run(&options);
	source_close(&options.source);
	if (fflush(stdout) || ferror(stdout)) {
		complain("cannot write the output");
		code = EXIT_TROUBLE;
	}
	return code;
}
