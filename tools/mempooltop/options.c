// SPDX-License-Identifier: GPL-2.0
/*
 * The command line. Whatever is wrong with it gets one line that says what would be right.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "top.h"

static const char usage[] =
"usage: mempooltop [OPTION...]\n"
"\n"
"Show this machine's memory pools, on the whole screen until q is pressed, or:\n"
"  -o, --once            print them as a table, and end\n"
"  -j, --json            print them as JSON, and end\n"
"  -p, --prom            print metrics for Prometheus, and end\n"
"  -w, --watch POOL      wait until that pool is\n"
"      --above FIGURE=VALUE  or  --below FIGURE=VALUE\n"
"      --timeout SECONDS and end with 1 if it was not so within that time\n"
"      --record          print the device's text, for --input\n"
"\n"
"  -d, --delay SECONDS   between looks at the device: 0.1 to 3600, 1 if not given\n"
"  -s, --sort KEY        footprint, in_use, rate, fails, waiting or name\n"
"  -r, --reverse         the other way round\n"
"  -f, --filter TEXT     only pools with that in their names\n"
"  -P, --pool POOL       that pool in full\n"
"  -i, --input FILE      not the device, but a recording; - is stdin; repeatable\n"
"  -h, --help            this text\n"
"  -V, --version         the version\n"
"\n"
"FIGURE is a key of " DEVICE ", or that of a counter with /s behind it, for\n"
"its growth a second. VALUE may end in K, M, G or T. mempooltop(8) has all.\n";

enum { OPT_ABOVE = 256, OPT_BELOW, OPT_TIMEOUT, OPT_RECORD };

static const struct option long_options[] = {
	{ "once", no_argument, NULL, 'o' },
	{ "json", no_argument, NULL, 'j' },
	{ "prom", no_argument, NULL, 'p' },
	{ "watch", required_argument, NULL, 'w' },
	{ "above", required_argument, NULL, OPT_ABOVE },
	{ "below", required_argument, NULL, OPT_BELOW },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "record", no_argument, NULL, OPT_RECORD },
	{ "delay", required_argument, NULL, 'd' },
	{ "sort", required_argument, NULL, 's' },
	{ "reverse", no_argument, NULL, 'r' },
	{ "filter", required_argument, NULL, 'f' },
	{ "pool", required_argument, NULL, 'P' },
	{ "input", required_argument, NULL, 'i' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ }
};

#define refuse(...)							\
	do {								\
		complain(__VA_ARGS__);					\
		exit(EXIT_TROUBLE);					\
	} while (0)

static double parse_seconds(const char *option, const char *given, double least, double most)
{
	double seconds;
	char *end;

	seconds = strtod(given, &end);
	if (end == given || *end || !isfinite(seconds) || seconds < least || seconds > most)
		refuse("%s wants seconds from %g to %g, not \"%s\"", option, least, most, given);
	return seconds;
}

static enum sort parse_sort(const char *given)
{
	enum sort i;

	for (i = 0; i < NR_SORTS; i++) {
		if (!strcmp(given, sort_names[i]))
			return i;
	}
	refuse("--sort wants footprint, in_use, rate, fails, waiting or name, not \"%s\"", given);
}

static void set_mode(struct options *options, enum mode mode)
{
	if (options->mode != MODE_SCREEN && options->mode != mode)
		refuse("--json, --prom, --watch and --record do not go together");
	options->mode = mode;
}

/* A number, of which K, M, G or T makes more by powers of 1024; false if it is none. */
static bool parse_value(const char *given, unsigned long long *value)
{
	static const char letters[] = "KMGT";
	const char *letter;
	unsigned long long factor = 1;
	char *end;

	if (!isdigit((unsigned char)*given))
		return false;
	errno = 0;
	*value = strtoull(given, &end, 10);
	if (*end) {
		letter = strchr(letters, toupper((unsigned char)*end));
		if (!letter || end[1])
			return false;
		factor <<= 10 * (letter - letters + 1);
	}
	return !errno && !__builtin_mul_overflow(*value, factor, value);
}

static void parse_condition(struct options *options, const char *option, const char *given)
{
	struct condition *condition = &options->condition;
	size_t length = strcspn(given, "=");

	if (condition->figure != NR_FIGURES)
		refuse("only one of --above and --below can be given");
	if (!given[length])
		refuse("%s wants FIGURE=VALUE, not \"%s\"", option, given);
	condition->above = !strcmp(option, "--above");
	condition->rate = length > 2 && !memcmp(given + length - 2, "/s", 2);
	condition->figure = figure_find(given, length - 2 * condition->rate);
	if (condition->figure == NR_FIGURES)
		refuse("%s: there is no figure \"%.*s\"; " DEVICE " has all", option, (int)length,
		       given);
	if (condition->rate && !figures[condition->figure].counter)
		refuse("%s: %s is no counter, and so has no /s", option,
		       figures[condition->figure].key);
	if (!parse_value(given + length + 1, &condition->value))
		refuse("%s wants a number after =, as in 100 or 64M, not \"%s\"", option,
		       given + length + 1);
}

static void add_input(struct options *options, const char *file)
{
	if (!source_record(&options->source, file))
		refuse("%s", options->source.error);
}

static void print_and_end(const char *text)
{
	printf("%s", text);
	exit(fflush(stdout) ? EXIT_TROUBLE : EXIT_GOOD);
}

static void parse_option(struct options *options, int option)
{
	switch (option) {
	case 'o':
		options->once = true;
		break;
	case 'j':
		set_mode(options, MODE_JSON);
		break;
	case 'p':
		set_mode(options, MODE_PROM);
		break;
	case 'w':
		set_mode(options, MODE_WATCH);
		options->pool = optarg;
		break;
	case OPT_RECORD:
		set_mode(options, MODE_RECORD);
		break;
	case OPT_ABOVE:
		parse_condition(options, "--above", optarg);
		break;
	case OPT_BELOW:
		parse_condition(options, "--below", optarg);
		break;
	case OPT_TIMEOUT:
		options->timeout = parse_seconds("--timeout", optarg, 0, 1e9);
		break;
	case 'd':
		options->delay = parse_seconds("--delay", optarg, 0.1, 3600);
		options->delay_given = true;
		break;
	case 's':
		options->sort = parse_sort(optarg);
		break;
	case 'r':
		options->reverse = true;
		break;
	case 'f':
		options->filter = optarg;
		break;
	case 'P':
		options->pool = optarg;
		break;
	case 'i':
		add_input(options, optarg);
		break;
	case 'h':
		print_and_end(usage);
		break;
	case 'V':
		print_and_end("mempooltop " MPOOL_VERSION "\n");
		break;
	}
}

/* What goes with what. */
static void check(const struct options *options)
{
	bool has_condition = options->condition.figure != NR_FIGURES;

	if (options->mode == MODE_WATCH && !has_condition)
		refuse("--watch wants --above FIGURE=VALUE or --below FIGURE=VALUE");
	if (options->mode != MODE_WATCH && (has_condition || options->timeout >= 0))
		refuse("--above, --below and --timeout go with --watch only");
	if (options->once && options->mode == MODE_WATCH)
		refuse("--once does not go with --watch");
	if (options->mode == MODE_RECORD && !source_is_device(&options->source))
		refuse("--record is of the device, and does not go with --input");
	if ((options->mode == MODE_PROM || options->mode == MODE_RECORD) &&
	    (options->pool || options->filter[0]))
		refuse("--pool and --filter do not go with --prom and --record");
}

void options_parse(struct options *options, int argc, char **argv)
{
	static const char short_options[] = ":ojpw:d:s:rf:P:i:hV";
	int option;

	*options = (struct options){
		.filter = "", .delay = 1, .timeout = -1, .condition.figure = NR_FIGURES };
	opterr = 0;
	while ((option = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		if (option == ':')
			refuse("%s wants a value: see --help", argv[optind - 1]);
		if (option == '?' && optopt && optopt < 256 && argv[optind - 1][1] != '-')
			refuse("there is no option -%c: see --help", optopt);
		if (option == '?')
			refuse("%s is not understood: see --help", argv[optind - 1]);
		parse_option(options, option);
	}
	if (optind < argc)
		refuse("\"%s\" is too much: see --help", argv[optind]);
	check(options);
	options->source.delay = options->delay;
	if (options->once && options->mode == MODE_SCREEN)
		options->mode = MODE_ONCE;
}
