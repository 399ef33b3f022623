/*
 * counts.c
 *	  The distribution of counts around forecasts that are means.
 */
#include "postgres.h"

#include <math.h>

#include "core/loss_counts.h"
#include "base/interrupts.h"
#include "base/memory.h"
#include "base/sorting.h"
#include "forecast/counts.h"

/* Cells between two looks at interrupts: quantiles of large counts take some ten microseconds. */
#define QUANTILE_SLICE 64
#define MEAN_PART 6   /* in so many steps is one that tells the mean of a start */
#define LEAST_SALES 2 /* of a series that shows a dispersion */

int64
counts_cells(const Model *model)
{
	return (model->member_count + 1) * (int64) model->horizon;
}

CountPortion
counts_create(const Model *model, int64 windows)
{
	CountPortion portion = {.members = palloc0(sizeof(double *) * Max(model->member_count, 1))};

	for (int i = 0; i < model->member_count; i++)
	{
		if (!lf_loss_of_counts(model->members[i].loss.kind))
			continue;
		portion.members[i] = huge_array(windows, model->horizon, sizeof(double));
		portion.count++;
	}
	if (portion.count > 0)
		portion.dispersions = huge_array(windows, model->horizon, sizeof(double));
	return portion;
}

void
counts_of_networks(const Model *model, const CountPortion *portion, double *const *forecasts,
				   const PredictWork *work)
{
	lf_loss_kind kind = (lf_loss_kind) model->options.loss;

	for (int64 cell = 0; cell < work->count * model->horizon && portion->count > 0; cell++)
	{
		double mean = work->forecasts[cell];
		double dispersion = 0;
		double differences = 0;

		if (cell % INTERRUPT_ROWS == 0)
			check_interrupts();
		for (int i = 0; i < model->member_count; i++)
		{
			double difference = forecasts[i][cell] - mean;

			differences += difference * difference / model->member_count;
			if (portion->members[i] != NULL)
				dispersion += portion->members[i][cell] / portion->count;
		}
		portion->dispersions[cell] = dispersion + lf_count_more_dispersion(kind, mean, differences);
	}
}

/* With what is not known of a start's mean, which some of the steps tell. */
static double
with_mean(lf_loss_kind kind, double mean, double dispersion, int64 steps)
{
	double known = Max((double) steps / MEAN_PART, 1);
	double variance =
		lf_count_variance(kind, (lf_count_forecast){.mean = mean, .dispersion = dispersion});

	return dispersion + lf_count_more_dispersion(kind, Max(mean, 1 / known), variance / known);
}

/* How much the counts of a series are dispersed in so many steps before step `end`. */
static lf_count_spread
past_spread(const Model *model, const lf_series *series, int64 end, int64 steps)
{
	return lf_count_spread_of((lf_loss_kind) model->options.loss, series->values + end - steps,
							  steps, model->season);
}

void
counts_quantiles(const Model *model, const CountPortion *portion, const PredictWork *work)
{
	lf_loss_kind kind = (lf_loss_kind) model->options.loss;
	int horizon = model->horizon;
	int levels = work->levels.count;

	for (int64 i = 0; i < work->count; i++)
	{
		const lf_window *window = &work->windows[i];
		double share = model->starts ? work->starts[window->series].share : 0;
		int64 steps = Min(window->origin, lf_start_memory(model->season));
		double past = 0;

		if (portion->dispersions == NULL)
			share = 1;
		if (share > 0)
		{
			lf_count_spread spread =
				past_spread(model, &work->dataset->series[window->series], window->origin, steps);

			past = lf_count_dispersion(&spread, model->dispersion);
		}
		for (int k = 0; k < horizon; k++)
		{
			int64 cell = i * horizon + k;
			double networks = share < 1 ? portion->dispersions[cell] : 0;
			lf_count_forecast forecast = {.mean = Max(work->forecasts[cell], 0)};

			if (share > 0)
				forecast.dispersion = share * with_mean(kind, forecast.mean, past, steps);
			forecast.dispersion += (1 - share) * networks;

			if (cell % QUANTILE_SLICE == 0)
				check_interrupts();
			lf_count_quantiles(kind, forecast, work->levels.values, levels,
							   work->quantiles + cell * levels);
		}
	}
}

double
counts_usual_dispersion(const Model *model, const lf_dataset *dataset)
{
	double *own;
	double usual = 0;
	int64 count = 0;

	if (!model_counts(model))
		return 0;
	own = huge_array(dataset->count, 1, sizeof(double));
	for (int64 i = 0; i < dataset->count; i++)
	{
		const lf_series *series = &dataset->series[i];
		int64 steps = Min(series->length, lf_start_memory(model->season));
		lf_count_spread spread;

		check_interrupts();
		spread = past_spread(model, series, series->length, steps);
		if (spread.sales >= LEAST_SALES && spread.unit > 0)
			own[count++] = Max(spread.excess / spread.unit, 0);
	}
	qsort(own, count, sizeof(double), compare_doubles);
	if (count > 0)
		usual = Min(own[count / 2], LF_LARGEST_VALUE);
	pfree(own);
	return usual;
}
