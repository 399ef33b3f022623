/*
 * summary_series.c
 *	  What lstm_summary tells of the series of a panel.
 */
#include "postgres.h"

#include <math.h>

#include "lib/stringinfo.h"

#include "base/interrupts.h"
#include "model/extent.h"
#include "model/summary.h"
#include "model/words.h"

#define MOST_NAMED 3 /* series that are named where there are many */

/* Series of one kind: how many, and the first of them. */
typedef struct Named
{
	int64 count;
	StringInfoData names;
} Named;

static void
name_series(Named *named, const char *label)
{
	if (named->count == 0)
		initStringInfo(&named->names);
	if (named->count < MOST_NAMED)
		appendStringInfo(&named->names, "%s%s", named->count == 0 ? "" : ", ",
						 label == NULL ? "" : label);
	named->count++;
}

/* "5: a, b, c and 2 more" */
static void
tell_named(Summary *summary, const char *name, const Named *named, const char *why)
{
	int64 more = named->count - MOST_NAMED;

	if (named->count == 0)
		return;
	summary_row(summary, name,
				psprintf("%s: %s%s", words_integer(named->count), named->names.data,
						 more > 0 ? psprintf(" and %s more", words_integer(more)) : ""),
				why);
}

/* What a series' forecasts err, by what the naive ones err; NaN where there is nothing to compare.
 */
static double
relative_error(const ModelSeries *series)
{
	const SeriesErrors *errors = &series->errors;

	return errors->windows > 0 && errors->naive_mae > 0 ? errors->mae / errors->naive_mae : NAN;
}

static void
tell_extreme(Summary *summary, const char *name, const ModelSeries *series)
{
	const SeriesErrors *errors = &series->errors;
	double skill = 1 - relative_error(series);

	summary_row(summary, name, series->label,
				psprintf("%s %s error than %s: %s against %s", words_percent(fabs(skill)),
						 skill < 0 ? "more" : "less",
						 summary->model->season > 1 ? "seasonal naive" : "naive",
						 words_number(errors->mae), words_number(errors->naive_mae)));
}

/* The series whose forecasts are best and worst, by how the naive ones do; of equals the first. */
static void
tell_extremes(Summary *summary)
{
	const Model *model = summary->model;
	const ModelSeries *best = NULL;
	const ModelSeries *worst = NULL;

	for (int64 i = 0; i < model->series_count; i++)
	{
		const ModelSeries *series = &model->series[i];
		double error = relative_error(series);

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (!isfinite(error))
			continue;
		if (best == NULL || error < relative_error(best))
			best = series;
		if (worst == NULL || error > relative_error(worst))
			worst = series;
	}
	if (best == worst)
		return;
	tell_extreme(summary, "best", best);
	tell_extreme(summary, "worst", worst);
}

void
summary_series(Summary *summary)
{
	const Model *model = summary->model;
	TimestampTz latest = model_latest_time(model);
	Named brief = {0};
	Named ended = {0};
	Named skipped = {0};

	summary->part = "series";
	if (model->series_count > 1)
		tell_extremes(summary);
	for (int64 i = 0; i < model->series_count; i++)
	{
		const ModelSeries *series = &model->series[i];

		if (i % INTERRUPT_ROWS == 0)
			check_interrupts();
		if (model->member_count > 0 && !series->learned)
			name_series(&brief, series->label);
		if (model_series_ended(model, series, latest))
			name_series(&ended, series->label);
	}
	for (int64 i = 0; i < model->skipped_count; i++)
		name_series(&skipped, model->skipped[i].label);
	tell_named(summary, "short", &brief, "too short for the networks to learn from");
	tell_named(summary, "ended", &ended, "more than a horizon before the latest");
	tell_named(summary, "left out", &skipped, skipped.count > 0 ? model->skipped[0].message : NULL);
}
