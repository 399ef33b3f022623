/*
 * cold_start.c
 *	  What to expect of a series without an observation, by what is known of it that never changes.
 *
 * Letters: F features, S places of the season, Y = 1 + S what is regressed.
 */
#include "postgres.h"

#include <math.h>

#include "core/cholesky.h"
#include "core/sort.h"
#include "base/interrupts.h"
#include "base/sorting.h"
#include "forecast/cold_start.h"

#define MOST_FEATURES 200   /* the first ones; the equations are solved without an interrupt */
#define MOST_LEARNED 4000   /* series, evenly spaced over all */
#define STEPS_COMPARED 64   /* of each, the last ones */
#define MOST_TRIED 500      /* to choose a penalty by */
#define MOST_LEVERAGE 0.999 /* of a series that is alone in its category */
#define LEAST_LEARNED 2     /* to regress on */
#define LEAST_SHARE 1e-12   /* of the mean: a level of 0 has no logarithm */
#define LARGEST_CHANGE 50.0 /* of a logarithm, from the mean of all series */

bool
cold_start_possible(const Model *model)
{
	return model->covariates.statics > 0 && frequency_has_grid(&model->frequency) &&
		   model->series_count >= LEAST_LEARNED;
}

/* What the static columns of a row say: indicators less their shares, numbers standardised; 0: not
 * known. True where all are known. */
static bool
read_features(const ModelCovariates *covariates, const float *row, double *features, int most)
{
	int width = covariates->past + covariates->future;
	bool known = true;
	int count = 0;

	for (int c = width - covariates->statics; c < width; c++)
	{
		bool category = is_category(covariates->categories, c);
		int words = category ? covariates->categories[c]->count : 0;
		bool told = category ? row[c] >= 0 && row[c] < words : !isnan(row[c]);

		known &= told;
		for (int i = 0; i < words && count < most; i++)
			features[count++] = told ? (i == (int) row[c]) - covariates->shares[c][i] : 0;
		if (!category && count < most)
			features[count++] =
				told ? (row[c] - covariates->means[c]) / covariates->deviations[c] : 0;
	}
	return known;
}

static int
count_features(const ModelCovariates *covariates)
{
	int width = covariates->past + covariates->future;
	int count = 0;

	for (int c = width - covariates->statics; c < width; c++)
		count += is_category(covariates->categories, c) ? covariates->categories[c]->count : 1;
	return Min(count, MOST_FEATURES);
}

/* The place in the season of a step. */
static int
season_place(const ColdStart *cold, TimestampTz time)
{
	bool exact;
	int64 step = frequency_step(&cold->frequency, cold->origin, time, &exact) % cold->season;

	return (int) (step < 0 ? step + cold->season : step);
}

static TimestampTz
history_begin(const ModelSeries *series)
{
	return frequency_add(&series->frequency, series->last_time, 1 - series->length);
}

/* Level and shape of a series: targets (Y). Where it is shorter than a season it has no shape. */
static void
read_targets(const ColdStart *cold, const ModelSeries *series, double *targets, int64 *counts)
{
	int place = season_place(cold, history_begin(series));
	double *shape = targets + 1;
	double level = 0;

	for (int64 i = 0; i < series->length; i++)
		level += series->history[i] / (double) series->length;
	memset(shape, 0, sizeof(double) * cold->season);
	memset(counts, 0, sizeof(int64) * cold->season);
	for (int64 i = 0; i < series->length && series->length >= cold->season; i++)
	{
		int at = (int) ((place + i) % cold->season);
		double value = series->history[i];

		value = cold->logarithmic ? (level > 0 ? value / level - 1 : 0) : value - level;
		shape[at] += (value - shape[at]) / (double) ++counts[at];
	}
	targets[0] = cold->logarithmic ? log(Max(level, LEAST_SHARE)) : level;
}

/* Is there a series with values below zero, or one that is zero throughout? */
static bool
only_positive(const Model *model)
{
	for (int64 i = 0; i < model->series_count; i++)
	{
		const ModelSeries *series = &model->series[i];
		double largest = 0;

		check_interrupts();
		for (int64 k = 0; k < series->length; k++)
		{
			if (series->history[k] < 0)
				return false;
			largest = Max(largest, series->history[k]);
		}
		if (largest == 0)
			return false;
	}
	return true;
}

/* What a regression is made of. */
typedef struct Regression
{
	const Model *model;
	ColdStart *cold;
	int64 learned;        /* series */
	double *targets;      /* (learned, Y) */
	double *features;     /* (learned, F) */
	double *means;        /* (F) of these, which are centred then */
	double *target_means; /* (Y) */
	double *normal;       /* (F, F) */
	double *sums;         /* (Y, F) */
	double *factor;       /* (F, F) of normal, with the penalty */
} Regression;

static int64
series_number(const Regression *regression, int64 i)
{
	return lf_evenly_spaced(regression->model->series_count - 1, regression->learned, i);
}

static void
read_series(Regression *regression)
{
	const ColdStart *cold = regression->cold;
	const ModelCovariates *covariates = &regression->model->covariates;
	int64 outputs = 1 + cold->season;
	int64 *counts = huge_array(cold->season, 1, sizeof(int64));

	for (int64 i = 0; i < regression->learned; i++)
	{
		const ModelSeries *series = &regression->model->series[series_number(regression, i)];

		check_interrupts();
		read_targets(cold, series, regression->targets + i * outputs, counts);
		(void) read_features(covariates, series->covariates,
							 regression->features + i * cold->features, cold->features);
	}
	pfree(counts);
}

/* The means of columns of (rows, columns). */
static void
column_means(const double *values, int64 rows, int64 columns, double *means)
{
	memset(means, 0, sizeof(double) * columns);
	for (int64 i = 0; i < rows; i++)
	{
		check_interrupts();
		for (int64 c = 0; c < columns; c++)
			means[c] += (values[i * columns + c] - means[c]) / (double) (i + 1);
	}
}

/* Sum up the normal equations: those of the features, (F, F), and of the targets, (Y, F). */
static void
sum_up(Regression *regression)
{
	int F = regression->cold->features;
	int64 Y = 1 + regression->cold->season;

	column_means(regression->targets, regression->learned, Y, regression->target_means);
	column_means(regression->features, regression->learned, F, regression->means);
	memset(regression->normal, 0, sizeof(double) * F * F);
	memset(regression->sums, 0, sizeof(double) * F * Y);
	for (int64 i = 0; i < regression->learned; i++)
	{
		double *x = regression->features + i * F;
		const double *y = regression->targets + i * Y;

		check_interrupts();
		for (int j = 0; j < F; j++)
			x[j] -= regression->means[j];
		for (int j = 0; j < F; j++)
		{
			for (int k = 0; k <= j; k++)
				regression->normal[j * F + k] += x[j] * x[k];
			for (int64 k = 0; x[j] != 0 && k < Y; k++)
				regression->sums[k * F + j] += x[j] * (y[k] - regression->target_means[k]);
		}
	}
}

/* Make the factor ready for a penalty. */
static void
take_penalty(Regression *regression, double penalty)
{
	int F = regression->cold->features;

	memcpy(regression->factor, regression->normal, sizeof(double) * F * F);
	for (int j = 0; j < F; j++)
		regression->factor[j * F + j] += penalty;
	if (lf_cholesky_factor(regression->factor, F))
		return;
	/* numbers beyond all measure: nothing is told by them */
	memset(regression->factor, 0, sizeof(double) * F * F);
	for (int j = 0; j < F; j++)
		regression->factor[j * F + j] = LF_LARGEST_VALUE;
}

/* How much a series leads what is fitted to it; scratch: (F). */
static double
leverage_of(const Regression *regression, int64 i, double *scratch)
{
	int F = regression->cold->features;
	double leverage = 1 / (double) regression->learned;

	memcpy(scratch, regression->features + i * F, sizeof(double) * F);
	lf_cholesky_forward(regression->factor, F, scratch);
	for (int j = 0; j < F; j++)
		leverage += scratch[j] * scratch[j];
	return Min(leverage, MOST_LEVERAGE);
}

/* The squared errors of the levels of series that are left out, summed over some of them. */
static double
left_out_error(const Regression *regression, double *scratch)
{
	int F = regression->cold->features;
	int64 Y = 1 + regression->cold->season;
	int64 tried = Min(regression->learned, MOST_TRIED);
	double *weights = huge_array(F, 1, sizeof(double));
	double sum = 0;

	memcpy(weights, regression->sums, sizeof(double) * F);
	lf_cholesky_solve(regression->factor, F, weights);
	for (int64 t = 0; t < tried; t++)
	{
		int64 i = lf_evenly_spaced(regression->learned - 1, tried, t);
		double error = regression->targets[i * Y] - regression->target_means[0];

		check_interrupts();
		for (int j = 0; j < F; j++)
			error -= weights[j] * regression->features[i * F + j];
		error /= 1 - leverage_of(regression, i, scratch);
		sum += error * error;
	}
	pfree(weights);
	return sum;
}

/*
 * The penalty that weights are drawn to 0 with: in units of a series, so 1 counts all series like
 * one more of each category. Where categories differ by more than their series do less is better.
 */
static void
choose_penalty(Regression *regression)
{
	static const double penalties[] = {1, 0.1, 0.01, 0.001};
	double *scratch = huge_array(regression->cold->features, 1, sizeof(double));
	double least = 0;
	int best = 0;

	for (int i = 0; i < (int) lengthof(penalties); i++)
	{
		double error;

		take_penalty(regression, penalties[i]);
		error = left_out_error(regression, scratch);
		if (i > 0 && !(error < least))
			continue;
		least = error;
		best = i;
	}
	take_penalty(regression, penalties[best]);
	pfree(scratch);
}

static void
solve(Regression *regression)
{
	ColdStart *cold = regression->cold;
	int F = cold->features;
	int64 Y = 1 + cold->season;

	for (int64 k = 0; k < Y; k++)
	{
		double *weights = regression->sums + k * F;

		check_interrupts();
		lf_cholesky_solve(regression->factor, F, weights);
		cold->centres[k] = regression->target_means[k];
		for (int j = 0; j < F; j++)
		{
			cold->weights[j * Y + k] = weights[j];
			/* features of a new series are not centred by these means */
			cold->centres[k] -= weights[j] * regression->means[j];
		}
	}
}

/* The level and shape by which a step is expected, in the data's units. */
static double
expected_value(const ColdStart *cold, double level, double change)
{
	if (!cold->logarithmic)
		return level + change;
	level = Max(cold->centres[0] - LARGEST_CHANGE, Min(level, cold->centres[0] + LARGEST_CHANGE));
	return exp(level) * Max(0, 1 + change);
}

/* Append the errors of one series' last steps, by these targets. */
static void
add_errors(const ColdStart *cold, const ModelSeries *series, const double *targets,
		   ColdErrors *errors)
{
	int place = season_place(cold, history_begin(series));

	for (int64 i = Max(0, series->length - STEPS_COMPARED); i < series->length; i++)
	{
		double expected = expected_value(cold, targets[0], targets[1 + (place + i) % cold->season]);
		double error = series->history[i] - expected;

		if (cold->logarithmic)
			error = expected > 0 ? series->history[i] / expected : 1;
		if (isfinite(error))
			errors->values[errors->count++] = error;
	}
}

/* How far off each series would have been, with and without its static columns. */
static void
measure(const Regression *regression)
{
	ColdStart *cold = regression->cold;
	int F = cold->features;
	int64 Y = 1 + cold->season;
	double *targets = huge_array(Y, 1, sizeof(double));
	double *scratch = huge_array(F, 1, sizeof(double));

	for (int64 i = 0; i < regression->learned; i++)
	{
		const ModelSeries *series = &regression->model->series[series_number(regression, i)];
		const double *x = regression->features + i * F;
		const double *y = regression->targets + i * Y;
		double leverage = leverage_of(regression, i, scratch);

		check_interrupts();
		for (int64 k = 0; k < Y; k++)
		{
			double fitted = regression->target_means[k];

			for (int j = 0; j < F; j++)
				fitted += cold->weights[j * Y + k] * x[j];
			targets[k] = y[k] - (y[k] - fitted) / (1 - leverage);
		}
		add_errors(cold, series, targets, &cold->told);
		for (int64 k = 0; k < Y; k++)
			targets[k] = regression->target_means[k] +
						 (regression->target_means[k] - y[k]) / (double) (regression->learned - 1);
		add_errors(cold, series, targets, &cold->untold);
	}
	qsort(cold->told.values, cold->told.count, sizeof(double), compare_doubles);
	qsort(cold->untold.values, cold->untold.count, sizeof(double), compare_doubles);
	pfree(targets);
	pfree(scratch);
}

/* Bytes of it all. */
static Size
learning_bytes(int64 learned, int64 F, int64 Y)
{
	Size numbers = mul_size(learned, Y + F + 2 * STEPS_COMPARED);

	return mul_size(sizeof(double), add_size(numbers, mul_size(2 * F + 4, F + Y)));
}

ColdStart *
cold_start_learn(const Model *model, MemoryAccount *account)
{
	ColdStart *cold = palloc0(sizeof(ColdStart));
	Regression regression = {.model = model, .cold = cold};
	int64 Y = 1 + (int64) model->season;
	int F = count_features(&model->covariates);
	int64 errors;

	regression.learned = Min(model->series_count, MOST_LEARNED);
	errors = regression.learned * STEPS_COMPARED;
	account_take(account, learning_bytes(regression.learned, F, Y));
	cold->logarithmic = only_positive(model);
	cold->told.ratios = cold->untold.ratios = cold->logarithmic;
	cold->season = model->season;
	cold->features = F;
	cold->origin = model->series[0].last_time;
	cold->frequency = model->series[0].frequency;
	cold->centres = huge_array(Y, 1, sizeof(double));
	cold->weights = huge_array(F, Y, sizeof(double));
	cold->told.values = huge_array(errors, 1, sizeof(double));
	cold->untold.values = huge_array(errors, 1, sizeof(double));
	regression.targets = huge_array(regression.learned, Y, sizeof(double));
	regression.features = huge_array(regression.learned, F, sizeof(double));
	regression.means = huge_array(F, 1, sizeof(double));
	regression.target_means = huge_array(Y, 1, sizeof(double));
	regression.normal = huge_array(F, F, sizeof(double));
	regression.sums = huge_array(Y, F, sizeof(double));
	regression.factor = huge_array(F, F, sizeof(double));
	read_series(&regression);
	sum_up(&regression);
	choose_penalty(&regression);
	solve(&regression);
	measure(&regression);
	pfree(regression.targets);
	pfree(regression.features);
	pfree(regression.means);
	pfree(regression.target_means);
	pfree(regression.normal);
	pfree(regression.sums);
	pfree(regression.factor);
	return cold;
}

const ColdErrors *
cold_start_expect(const ColdStart *cold, const Model *model, const float *row,
				  TimestampTz first_time, int64 count, double *values)
{
	int64 Y = 1 + cold->season;
	double features[MOST_FEATURES];
	double *targets = huge_array(Y, 1, sizeof(double));
	bool known = read_features(&model->covariates, row, features, cold->features);
	int place = season_place(cold, first_time);

	for (int64 k = 0; k < Y; k++)
	{
		targets[k] = cold->centres[k];
		for (int j = 0; j < cold->features; j++)
			targets[k] += cold->weights[j * Y + k] * features[j];
	}
	for (int64 i = 0; i < count; i++)
	{
		double value = expected_value(cold, targets[0], targets[1 + (place + i) % cold->season]);

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		values[i] = Max(-LF_LARGEST_VALUE, Min(value, LF_LARGEST_VALUE));
	}
	pfree(targets);
	return known ? &cold->told : &cold->untold;
}
