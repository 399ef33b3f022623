/*
 * validate.c
 *	  How well weights forecast panels that they have never seen.
 *
 *	validate WEIGHTS PANELS
 *
 * A line of the file PANELS is a series: set|season|second season|horizon|values|values to come,
 * with 0 for no second season. Prints for each set the mean absolute scaled error of the seasonal
 * naive forecast and of the network (MASE: Hyndman and Koehler 2006), the network's scaled
 * continuous ranked probability score, by nine deciles, and the share of values to come within its
 * interval of 95 %. The last line is the geometric mean over the sets of the network's MASE over
 * the naive one.
 */
#include <err.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/lstm.h"
#include "weights.h"

#define MOST_SETS 64
#define FIELDS 6
#define LEVELS 11

/* The outer two are an interval, the others deciles. */
static const double levels[LEVELS] = {.025, .1, .2, .3, .4, .5, .6, .7, .8, .9, .975};

/* Sums over the series of a set. */
typedef struct set_sums
{
	char name[64];
	int64_t series, steps, inside;
	double naive, network, crps;
} set_sums;

/* One line of the panels. */
typedef struct task
{
	const char *set;
	int64_t season, second, horizon, length;
	double *values; /* (length) */
	double *actual; /* (horizon) */
	double scale;   /* the mean absolute change from one season to the next */
} task;

/* The network, laid out for one season after the other. */
typedef struct forecaster
{
	lf_universal_config config;
	lf_parameter_table table;
	lf_real *parameters;
	lf_universal network;
	void *block;
	int64_t season, second, horizon; /* that the network is laid out for */
} forecaster;

static void *
take(size_t count, size_t size)
{
	void *memory = calloc(count > 0 ? count : 1, size);

	if (memory == NULL)
		err(1, "out of memory");
	return memory;
}

/* --- panels --- */

static void
parse_values(char *text, double **values, int64_t *count)
{
	const size_t most = strlen(text) / 2 + 1;
	char *end;

	*values = take(most, sizeof(double));
	for (*count = 0;; text = end)
	{
		const double value = strtod(text, &end);

		if (end == text)
			break;
		(*values)[(*count)++] = value;
	}
}

static int64_t
parse_number(const char *text, int64_t line, int64_t least)
{
	char *end;
	const long long number = strtoll(text, &end, 10);

	if (end == text || *end != '\0' || number < least || number > 100000)
		errx(1, "line %lld of the panels: \"%s\" is no number from %lld to 100000",
			 (long long) line, text, (long long) least);
	return number;
}

/* Take a line apart; it is changed. The task's values are the caller's to free. */
static task
parse_task(char *text, int64_t line)
{
	task task;
	char *field[FIELDS];
	int64_t count;

	for (int i = 0; i < FIELDS; i++)
	{
		field[i] = strsep(&text, "|");
		if (field[i] == NULL)
			errx(1, "line %lld of the panels has %d fields instead of %d", (long long) line, i,
				 FIELDS);
	}
	task.set = field[0];
	task.season = parse_number(field[1], line, 1);
	task.second = parse_number(field[2], line, 0);
	task.horizon = parse_number(field[3], line, 1);
	parse_values(field[4], &task.values, &task.length);
	parse_values(field[5], &task.actual, &count);
	if (count < task.horizon)
		errx(1, "line %lld of the panels has %lld values to come, fewer than its horizon",
			 (long long) line, (long long) count);
	task.scale = 0;
	for (int64_t t = task.season; t < task.length; t++)
		task.scale += fabs(task.values[t] - task.values[t - task.season]) /
					  (double) (task.length - task.season);
	return task;
}

static set_sums *
find_set(set_sums *sets, int *count, const char *name)
{
	for (int i = 0; i < *count; i++)
		if (strcmp(sets[i].name, name) == 0)
			return &sets[i];
	if (*count == MOST_SETS)
		errx(1, "there are more than %d sets", MOST_SETS);
	snprintf(sets[*count].name, sizeof(sets[0].name), "%s", name);
	return &sets[(*count)++];
}

/* --- forecasts --- */

static void
open_forecaster(forecaster *f, const char *path)
{
	lf_error error;

	memset(f, 0, sizeof(*f));
	f->config = weights_read_shape(path);
	if (lf_universal_table(&f->config, &f->table, &error) != LF_OK)
		errx(1, "%s", error.message);
	f->parameters = take(f->table.total, sizeof(lf_real));
	weights_read(path, &f->config, &f->table, f->parameters);
}

/* Lay the network out for a task, as the extension does; not again where it suits already. */
static void
suit(forecaster *f, const task *task)
{
	const int64_t group = lf_universal_group(task->season);
	const int64_t memory = lf_universal_memory(task->season, task->second);
	lf_arena arena = lf_arena_measure();
	lf_error error;

	if (f->season == task->season && f->second == task->second && f->horizon >= task->horizon)
		return;
	free(f->block);
	for (int turn = 0; turn < 2; turn++)
	{
		if (lf_universal_layout(&f->network, &f->config, lf_kernels_best(), 2,
								(int) ((task->horizon + group - 1) / group), memory, 0, false,
								&arena, &error) != LF_OK)
			errx(1, "%s", error.message);
		if (turn == 0)
		{
			const size_t bytes = lf_arena_bytes(&arena);

			f->block = aligned_alloc(64, (bytes + 63) / 64 * 64);
			if (f->block == NULL)
				err(1, "out of memory");
			arena = lf_arena_over(f->block, bytes);
		}
	}
	lf_universal_load(&f->network, f->parameters);
	f->season = task->season;
	f->second = task->second;
	f->horizon = task->horizon;
}

/* Twice the pinball loss at the deciles, their mean. */
static double
decile_loss(const double *quantiles, double actual)
{
	double sum = 0;

	for (int i = 1; i < LEVELS - 1; i++)
	{
		const double error = actual - quantiles[i];

		sum += 2 * (error > 0 ? levels[i] : levels[i] - 1) * error;
	}
	return sum / (LEVELS - 2);
}

/* Forecast a task and add its errors, over its scale. */
static void
judge(forecaster *f, const task *task, set_sums *sums)
{
	const lf_universal_window window = {.values = task->values,
										.length = task->length,
										.season = task->season,
										.second = task->second};
	double *forecast = take((size_t) task->horizon, sizeof(double));
	double *quantiles = take((size_t) task->horizon * LEVELS, sizeof(double));
	const double weight = 1 / (task->scale * (double) task->horizon);

	suit(f, task);
	lf_universal_forecast(&f->network, &window, 1, task->horizon, false, LEVELS, levels, forecast,
						  quantiles, NULL);
	for (int64_t t = 0; t < task->horizon; t++)
	{
		const double actual = task->actual[t];
		const double *at = quantiles + t * LEVELS;
		const double naive = task->values[task->length - task->season + t % task->season];

		sums->naive += weight * fabs(naive - actual);
		sums->network += weight * fabs(forecast[t] - actual);
		sums->crps += weight * decile_loss(at, actual);
		sums->inside += actual >= at[0] && actual <= at[LEVELS - 1];
		sums->steps++;
	}
	sums->series++;
	free(forecast);
	free(quantiles);
}

static void
print_table(const set_sums *sets, int count)
{
	double product = 0;

	printf("%-18s %7s %7s %8s %7s %7s\n", "set", "series", "naive", "network", "crps", "inside");
	for (int i = 0; i < count; i++)
	{
		const set_sums *s = &sets[i];
		const double series = (double) s->series;

		printf("%-18s %7lld %7.3f %8.3f %7.3f %6.1f%%\n", s->name, (long long) s->series,
			   s->naive / series, s->network / series, s->crps / series,
			   100.0 * (double) s->inside / (double) s->steps);
		product += log(s->network / s->naive) / count;
	}
	printf("relative %.4f\n", exp(product));
}

int
main(int count, char **arguments)
{
	static set_sums sets[MOST_SETS];
	static forecaster forecaster;
	int set_count = 0;
	char *line = NULL;
	size_t size = 0;
	FILE *file;

	if (count != 3)
		errx(2, "usage: validate WEIGHTS PANELS");
	lf_blas_single_thread();
	open_forecaster(&forecaster, arguments[1]);
	file = fopen(arguments[2], "r");
	if (file == NULL)
		err(1, "cannot read \"%s\"", arguments[2]);
	for (int64_t number = 1; getline(&line, &size, file) > 0; number++)
	{
		task task = parse_task(line, number);

		/* what never changed from season to season has no scale */
		if (task.scale > 0)
			judge(&forecaster, &task, find_set(sets, &set_count, task.set));
		free(task.values);
		free(task.actual);
	}
	if (set_count == 0)
		errx(1, "\"%s\" has no series", arguments[2]);
	print_table(sets, set_count);
	return 0;
}
