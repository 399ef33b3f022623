/*
 * limits.c
 *	  What the settings allow a training, checked before its work starts.
 */
#include "postgres.h"

#include <math.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/shmem.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/errors.h"
#include "base/settings.h"
#include "model/format.h"
#include "model/safetensors.h"
#include "train/calibration.h"
#include "train/limits.h"

/* The setting in seconds; NaN: there is no limit. */
static double
allowed_seconds(void)
{
	return setting_max_training_time == 0 ? NAN : setting_max_training_time / 1000.0;
}

void
limit_training_time(TrainOptions *options)
{
	double allowed = allowed_seconds();

	if (options->max_seconds > allowed)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
						errmsg("option \"max_seconds\" is more than "
							   "\"lstm_forecast.max_training_time\" allows"),
						errdetail("It is %g, and may be %g.", options->max_seconds, allowed),
						errhint("Lower the option, leave it out, or have the setting raised.")));
	if (isnan(options->max_seconds))
		options->max_seconds = allowed;
}

void
notice_training_time(const TrainOptions *options, TimestampTz started)
{
	double seconds = (double) (GetCurrentTimestamp() - started) / USECS_PER_SEC;

	if (options->max_seconds == allowed_seconds() && seconds >= options->max_seconds)
		ereport(NOTICE,
				(errmsg("training was ended by \"lstm_forecast.max_training_time\""),
				 errdetail("It may take %g seconds; the best weights so far are kept.",
						   options->max_seconds),
				 errhint("Lower \"hidden_size\", \"ensemble_size\" or \"max_epochs\", or have the "
						 "setting raised.")));
}

void
check_model_size(size_t bytes)
{
	size_t allowed = Min((size_t) setting_max_model_size * 1024, MaxAllocSize - VARHDRSZ);

	if (bytes > allowed)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("model is larger than \"lstm_forecast.max_model_size\" allows"),
				 errdetail("It takes %zu kB or more, %zu kB are allowed.", bytes / 1024 + 1,
						   allowed / 1024),
				 errhint("Lower \"hidden_size\", \"num_layers\", \"ensemble_size\", \"lookback\" "
						 "or \"horizon\", train several models, each on a part of the series, or "
						 "have the setting raised: it may be 1 GB.")));
}

/* Bytes of a planned network's weights. */
static Size
weights_bytes(const MemberPlan *member)
{
	lf_parameter_table *table = palloc(sizeof(lf_parameter_table));
	lf_error error;
	lf_status status = lf_parameter_table_build(&member->network, table, &error);
	Size bytes;

	if (status != LF_OK)
		throw_core_error(status, &error);
	bytes = mul_size(table->total, sizeof(float4));
	pfree(table);
	return bytes;
}

/*
 * Bytes of a character in the header: a string in JSON text, which is itself a string in JSON.
 * In encodings but UTF-8, where a character may take more bytes than there, half of those.
 */
static Size
header_halves(unsigned char character)
{
	switch (character)
	{
		case '"':
		case '\\':
			return 2 * 4;
		case '\b':
		case '\f':
		case '\n':
		case '\r':
		case '\t':
			return 2 * 3;
		default:
			break;
	}
	if (character < ' ')
		return 2 * strlen("\\\\u0001");
	return IS_HIGHBIT_SET(character) && GetDatabaseEncoding() != PG_UTF8 ? 1 : 2;
}

/* Bytes that the header has for a series, at least: its name, and anchors of its own. */
static Size
description_bytes(const GridSeries *series, const Frequency *model)
{
	Size halves = 0;
	Size bytes = strlen("\\\"\\\",");

	if (!model_anchors_equal(&series->frequency, model))
		bytes += strlen("{\\\"month_end\\\":true,\\\"month_day\\\":0,"
						"\\\"time_of_day\\\":0,\\\"zone\\\":\\\"\\\"},");
	for (const char *at = series->label; at != NULL && *at != '\0'; at++)
		halves += header_halves((unsigned char) *at);
	return bytes + halves / 2;
}

/* Bytes that a model keeps of a series beside that. */
static Size
series_bytes(const GridSeries *series, int lookback, int member_count)
{
	Size fields = MODEL_SERIES_FIELDS + 1 + (Size) MODEL_SCALER_FIELDS * member_count;
	Size width = sizeof(float4) * (Size) (series->past + series->future);
	Size kept = Min(series->length, lookback);
	Size covered = kept + series->covered - series->length;

	return add_size(sizeof(float8) * (fields + kept), mul_size(width, covered));
}

void
check_planned_size(const TrainPlan *plan, const Panel *panel, const lf_dataset *dataset)
{
	lf_calibration calibration = evaluate_planned(plan, dataset, panel->missing == 0);
	int lookback = calibration.spread_steps + 1;
	Size header = 0;
	Size bytes = sizeof(float4) * (Size) calibration.horizon * calibration.points;

	for (int i = 0; i < plan->member_count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		bytes = add_size(bytes, weights_bytes(&plan->members[i]));
		lookback = Max(lookback, plan->members[i].network.lookback);
	}
	for (int64 i = 0; i < panel->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		header = add_size(header, description_bytes(panel->series[i], &panel->frequency));
		bytes = add_size(bytes, series_bytes(panel->series[i], lookback, plan->member_count));
	}
	safetensors_check_header(header);
	check_model_size(add_size(header, bytes));
}
