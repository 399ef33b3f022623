/*
 * misfit.c
 *	  Fresh rows that are not like those that a model was trained on.
 *
 * What would be forecast from them looks like any other forecast. So it is an error where it
 * cannot be right, and a NOTICE (notices.c) where it may.
 */
#include "postgres.h"

#include <math.h>

#include "storage/shmem.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/interrupts.h"
#include "base/memory.h"
#include "time/frequency_infer.h"
#include "forecast/misfit.h"

#define LEAST_ROWS 3     /* that show an interval: frequency_infer */
#define SPARSE_STEPS 3   /* for a row: with more of them the rows have an interval of their own */
#define MOST_OUTSIDE 0.5 /* of the values: of more there is nothing to forecast by logarithms */

bool
misfit_trained_sparse(const Model *model, int64 number)
{
	const ModelSeries *series;
	bool exact;

	if (number < 0 || !frequency_has_grid(&model->frequency))
		return model->missing > model->rows;
	series = &model->series[number];
	return frequency_distance(&series->frequency, series->first_time, &series->frequency,
							  series->last_time, &exact) /
			   2 >
		   series->rows;
}

/* The interval that the observed steps of a series show. */
static Frequency
observed_interval(const GridSeries *series)
{
	int64 count = 0;
	TimestampTz *times;
	Frequency frequency;

	check_memory_limit(mul_size(sizeof(TimestampTz), series->length - series->missing),
					   "laying out rows", SERIES_MEMORY_HINT);
	times = huge_array(series->length - series->missing, 1, sizeof(TimestampTz));
	for (int64 step = 0; step < series->length; step++)
	{
		if (step % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (series_observed(series, step))
			times[count++] = series_time(series, step);
	}
	frequency = frequency_infer(&(Times){.plain = times, .count = count}, series->frequency.zone);
	pfree(times);
	return frequency;
}

/* Do its rows show another interval than the model's? *own gets it. */
static bool
has_other_interval(const Model *model, const GridSeries *series, Frequency *own)
{
	int64 observed = series->length - series->missing;

	if (!frequency_has_grid(&series->frequency) || model->options.missing == MISSING_ZERO ||
		observed < LEAST_ROWS || series->length / SPARSE_STEPS <= observed ||
		misfit_trained_sparse(model, history_find(model, series->label)))
		return false;
	*own = observed_interval(series);
	return frequency_has_grid(own) &&
		   (own->kind != series->frequency.kind || own->count != series->frequency.count);
}

static void
throw_other_interval(const GridSeries *series, const Frequency *own)
{
	const char *step = frequency_text(&series->frequency);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the rows%s come by \"%s\", those of the model by \"%s\"",
					series_place(series->label), frequency_text(own), step),
			 errdetail("Of %lld steps of \"%s\" %lld have a row; the others would be filled.",
					   (long long) series->length, step,
					   (long long) (series->length - series->missing)),
			 errhint("Give a row for each step, or train a model on rows of this interval; where "
					 "no row means zero, train with the option \"missing\" set to \"zero\".")));
}

/* Does the model take logarithms? *least: all that one of them takes is larger than that. */
static bool
takes_logarithms(const Model *model, double *least)
{
	*least = -INFINITY;
	for (int i = 0; i < model->member_count; i++)
	{
		lf_transform transform = model->members[i].scaling.transform;

		if (transform == LF_TRANSFORM_LOG)
			*least = 0;
		else if (transform == LF_TRANSFORM_LOG1P)
			*least = Max(*least, -1);
	}
	return isfinite(*least);
}

OutsideValues
misfit_outside(const Model *model, const GridSeries *series)
{
	OutsideValues outside = {0};
	double least;

	if (!takes_logarithms(model, &least))
		return outside;
	for (int64 step = Max(series->before, series->length - model_steps_read(model));
		 step < series->length; step++)
	{
		if (step % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (!series_observed(series, step))
			continue;
		outside.of++;
		/* 0 has no logarithm, but is next to what has: nothing was sold */
		if (series->values[step] < least && outside.count++ == 0)
			outside.first = step;
	}
	return outside;
}

static void
throw_outside(const GridSeries *series, const OutsideValues *outside)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("values%s are negative, and the model takes logarithms",
					series_place(series->label)),
			 errdetail("So are %lld of the latest %lld; the first of them is %g.",
					   (long long) outside->count, (long long) outside->of,
					   series->values[outside->first]),
			 errhint("Train the model on such values, too, or with the option \"transform\" set to "
					 "\"none\".")));
}

/* Can a series be forecast from? If not it is skipped, or raised. */
static bool
fits(const Model *model, const GridSeries *series, Skipped *skipped)
{
	OutsideValues outside;
	Frequency own;

	if (has_other_interval(model, series, &own))
	{
		if (skipped == NULL)
			throw_other_interval(series, &own);
		skip_series(skipped, series->label,
					psprintf("its rows come by \"%s\", those of the model by \"%s\"",
							 frequency_text(&own), frequency_text(&series->frequency)));
		return false;
	}
	outside = misfit_outside(model, series);
	if (outside.count < LEAST_OUTSIDE || outside.count <= MOST_OUTSIDE * outside.of)
		return true;
	if (skipped == NULL)
		throw_outside(series, &outside);
	skip_series(skipped, series->label,
				"most of its values are negative, and the model takes logarithms");
	return false;
}

void
misfit_check(const Model *model, Panel *panel, Skipped *skipped)
{
	int64 kept = 0;

	for (int64 i = 0; i < panel->count; i++)
	{
		check_interrupts();
		if (fits(model, panel->series[i], skipped))
			panel->series[kept++] = panel->series[i];
	}
	panel->count = kept;
}
