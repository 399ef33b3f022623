/*
 * start_share.c
 *	  How much of a forecast is the networks', and how much the statistical one that they
 *	  start from.
 *
 * Both forecast the same held-out windows, from what was known before them. Mixtures of the two
 * in quarters are compared; nothing finer, as the windows are the same that tell the model's
 * errors. Two unlike forecasts often err less together, and networks that do not help are not
 * kept. A series of a panel that they could not learn from, as it is too short, goes by its start
 * alone.
 */
#include "postgres.h"

#include <math.h>

#include "base/interrupts.h"
#include "base/jsonio.h"
#include "base/memory.h"
#include "base/sorting.h"
#include "model/starts.h"
#include "forecast/ensemble.h"
#include "train/held_out.h"

#define SHARES 4          /* parts in which a share is chosen */
#define LEVEL_SAMPLE 4096 /* values that tell where a series was */
#define LEAST_KNOWN 30    /* steps before the tail that do */
#define RECENT_STEPS 7    /* or a season, that tell where it is */
#define CLEARLY_LESS 0.99 /* of the error of one alone: a mixture has to err less than this */

/* Starts alone are measured on the later half of each series. */
static const PastPart own_past = {.least = 3, .fraction = 2, .most = 40};

HeldOut *
start_windows(const Model *model, const lf_dataset *dataset)
{
	return held_out_past(model, dataset, &own_past);
}

/*
 * The forecasts (count, horizon) of starts for the held-out windows. They are chosen on the steps
 * before the tail, once a series, as the networks are; where there is no tail, or no more than a
 * few steps before it, on those before each window.
 */
static double *
forecast_starts(const TrainPlan *plan, const lf_dataset *dataset, const HeldOut *held)
{
	double *forecasts = huge_array(held->count, held->horizon, sizeof(double));
	int64 tail = holdout_steps(&plan->holdout);
	int64 chosen = -1; /* the series that `start` was chosen for */
	lf_start start;

	for (int64 i = 0; i < held->count; i++)
	{
		const lf_window *window = &held->windows[i];
		const lf_series *series = &dataset->series[window->series];
		int64 known = series->length - tail;

		check_interrupts();
		if (tail == 0 || known < past_first_origin(&own_past, series->length))
		{
			start = start_choose(&plan->start, series->values, series->observed, window->origin);
			chosen = -1;
		}
		else if (window->series != chosen)
		{
			start = start_choose(&plan->start, series->values, series->observed, known);
			chosen = window->series;
		}
		start_forecast(&start, series->values, window->origin, held->horizon,
					   forecasts + i * held->horizon);
	}
	return forecasts;
}

/*
 * The error of a mixture: squares where means are forecast; each series counts by its own scale.
 * Those that networks did not learn from say nothing of them.
 */
static double
mixture_error(const Model *model, const HeldOut *held, const double *starts, double share,
			  bool squares)
{
	double sum = 0;

	for (int64 i = 0; i < held->count * held->horizon; i++)
	{
		double scale = held->scales[i / held->horizon];
		double error;

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (!held->observed[i] || !(scale > 0) ||
			!model->series[held->windows[i / held->horizon].series].learned)
			continue;
		error = fabs(held->actual[i] - predict_mixed(share, starts[i], held->forecast[i])) / scale;
		sum += squares ? error * error : error;
	}
	return sum;
}

/* The share of least error; one alone where a mixture is hardly better. */
static double
choose_share(const Model *model, const HeldOut *held, const double *starts, bool squares)
{
	double networks = mixture_error(model, held, starts, 0, squares);
	double start = mixture_error(model, held, starts, 1, squares);
	double share = start <= networks ? 1 : 0;
	double least = CLEARLY_LESS * Min(networks, start);

	for (int part = 1; part < SHARES; part++)
	{
		double error = mixture_error(model, held, starts, part / (double) SHARES, squares);

		if (error < least)
		{
			least = error;
			share = part / (double) SHARES;
		}
	}
	return share;
}

/*
 * Has a series come to a level that it never had before the tail? Then the held-out windows are of
 * its jump, which nobody could foresee, and the networks have not seen what it is now. Some
 * thousands of its values are looked at.
 */
static bool
at_new_level(const lf_series *series, int64 tail, int season)
{
	int64 known = series->length - tail;
	int64 places = Min(known, LEVEL_SAMPLE);
	int recent = (int) Min(Max(season, RECENT_STEPS), tail);
	double *values = palloc(sizeof(double) * Max(places, recent));
	double lowest, highest, now;

	if (tail <= 0 || known < LEAST_KNOWN)
		return false;
	for (int64 i = 0; i < places; i++)
		values[i] = series->values[lf_evenly_spaced(known - 1, places, i)];
	qsort(values, places, sizeof(double), compare_doubles);
	lowest = values[places / 100];
	highest = values[places - 1 - places / 100];
	memcpy(values, series->values + series->length - recent, sizeof(double) * recent);
	qsort(values, recent, sizeof(double), compare_doubles);
	now = values[recent / 2];
	pfree(values);
	return Max(lowest - now, now - highest) > (highest - lowest) / 2;
}

/* Say why an option is as it is, in place of what the plan said. */
static void
add_reason(Model *model, const char *option, const char *text)
{
	StringInfoData json;

	initStringInfo(&json);
	appendBinaryStringInfo(&json, model->reasons, (int) strlen(model->reasons) - 1);
	json_append_key(&json, option);
	json_append_text(&json, text);
	appendStringInfoChar(&json, '}');
	model->reasons = json.data;
}

static void
drop_networks(Model *model, const char *why)
{
	model->member_count = 0;
	model->log_count = 0;
	model->train_windows = 0;
	add_reason(model, "start", why);
}

/* The starts that forecast: each chosen on all steps of its series. */
static void
choose_starts(Model *model, const TrainPlan *plan, const lf_dataset *dataset)
{
	for (int64 i = 0; i < dataset->count; i++)
	{
		const lf_series *series = &dataset->series[i];

		check_interrupts();
		model->series[i].start =
			start_choose(&plan->start, series->values, series->observed, series->length);
	}
}

void
take_starts(Model *model, const TrainPlan *plan, const lf_dataset *dataset, HeldOut *held)
{
	double *starts = forecast_starts(plan, dataset, held);

	bool moved = model->member_count > 0 && dataset->count == 1 &&
				 at_new_level(dataset->series, holdout_steps(&plan->holdout), model->season);

	model->errors.start = held_out_errors(held, starts, 0, held->count);
	model->start_share =
		model->member_count == 0 || moved ? 1 : choose_share(model, held, starts, plan->start.mean);
	model->starts = model_needs_starts(model);
	if (model->starts)
		choose_starts(model, plan, dataset);
	if (model->start_share == 1 && model->member_count > 0)
		drop_networks(model, moved ? "the series has come to a level that the networks have not "
									 "learned, and they are not kept"
								   : "the networks erred no less on the held-out windows, and are "
									 "not kept");
	for (int64 i = 0; i < held->count * held->horizon; i++)
	{
		double share;

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		share = model_start_share(model, held->windows[i / held->horizon].series);
		held->forecast[i] =
			predict_limited(model, predict_mixed(share, starts[i], held->forecast[i]));
	}
	pfree(starts);
}
