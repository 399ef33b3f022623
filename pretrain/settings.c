/*
 * settings.c
 *	  What a pretraining run is asked for on its command line.
 */
#include "settings.h"

#include <err.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generator.h"

typedef enum option_kind
{
	OPTION_WHOLE,  /* an int64_t; 0x... is hexadecimal */
	OPTION_NUMBER, /* a double */
	OPTION_TEXT
} option_kind;

typedef struct option
{
	const char *name;
	option_kind kind;
	size_t offset; /* in settings */
	double least, most;
} option;

static const option options[] = {
	{"--steps", OPTION_WHOLE, offsetof(settings, steps), 1, 1e9},
	{"--processes", OPTION_WHOLE, offsetof(settings, processes), 1, 64},
	{"--seed", OPTION_WHOLE, offsetof(settings, seed), 0, 1e15},
	{"--hidden", OPTION_WHOLE, offsetof(settings, hidden), 1, 1024},
	{"--layers", OPTION_WHOLE, offsetof(settings, layers), 1, 8},
	{"--rate", OPTION_NUMBER, offsetof(settings, rate), 1e-8, 1},
	{"--parts", OPTION_WHOLE, offsetof(settings, parts), 0, GENERATOR_ALL},
	{"--report", OPTION_WHOLE, offsetof(settings, report), 1, 1e9},
	{"--from", OPTION_TEXT, offsetof(settings, from), 0, 0},
};

#define OPTIONS (sizeof(options) / sizeof(options[0]))

static void __attribute__((noreturn)) usage(void)
{
	fprintf(stderr, "usage: pretrain");
	for (size_t i = 0; i < OPTIONS; i++)
		fprintf(stderr, " [%s %s]", options[i].name, options[i].kind == OPTION_TEXT ? "FILE" : "N");
	fprintf(stderr, " FOLDER\n");
	exit(2);
}

static const option *
find_option(const char *name)
{
	for (size_t i = 0; i < OPTIONS; i++)
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	warnx("unknown option \"%s\"", name);
	usage();
}

static void
refuse(const option *option, const char *value)
{
	errx(2, "option \"%s\" wants a %snumber from %g to %g, not \"%s\"", option->name,
		 option->kind == OPTION_WHOLE ? "whole " : "", option->least, option->most, value);
}

static void
set_option(const option *option, const char *value, settings *settings)
{
	char *place = (char *) settings + option->offset;
	char *end;

	errno = 0;
	if (option->kind == OPTION_TEXT)
	{
		memcpy(place, &value, sizeof(value));
		return;
	}
	if (option->kind == OPTION_WHOLE)
	{
		const int64_t whole = strtoll(value, &end, strncmp(value, "0x", 2) == 0 ? 16 : 10);

		if (!((double) whole >= option->least && (double) whole <= option->most))
			refuse(option, value);
		memcpy(place, &whole, sizeof(whole));
	}
	else
	{
		const double number = strtod(value, &end);

		if (!(number >= option->least && number <= option->most))
			refuse(option, value);
		memcpy(place, &number, sizeof(number));
	}
	if (end == value || *end != '\0' || errno != 0)
		refuse(option, value);
}

settings
settings_parse(int count, char **arguments)
{
	settings result = {
		.steps = 100000,
		.processes = 1,
		.seed = 1,
		.parts = GENERATOR_ALL,
		.report = 1000,
		.hidden = lf_universal_shipped.hidden_size,
		.layers = lf_universal_shipped.num_layers,
		.rate = 2e-3,
		.network = lf_universal_shipped,
	};

	for (int i = 1; i < count; i++)
	{
		if (strncmp(arguments[i], "--", 2) != 0)
		{
			if (result.folder != NULL)
				errx(2, "two folders, \"%s\" and \"%s\"", result.folder, arguments[i]);
			result.folder = arguments[i];
			continue;
		}
		const option *option = find_option(arguments[i]);

		if (++i == count)
			errx(2, "option \"%s\" wants a value", option->name);
		set_option(option, arguments[i], &result);
	}
	if (result.folder == NULL)
		usage();
	result.network.hidden_size = (int) result.hidden;
	result.network.num_layers = (int) result.layers;
	return result;
}
