/*
 * training_limits.c
 *	  What the settings allow a training, checked before its work starts.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "storage/shmem.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "errors.h"
#include "training_limits.h"
#include "model_metadata.h"
#include "settings.h"

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

/* Bytes that a model keeps of a series beside its covariates ahead and its name. */
static Size
series_bytes(const GridSeries *series, int lookback, int member_count)
{
	Size fields = MODEL_SERIES_FIELDS + 1 + (Size) MODEL_SCALER_FIELDS * member_count;
	Size step = sizeof(float8) + sizeof(float4) * (Size) (series->past + series->future);

	return add_size(sizeof(float8) * fields, mul_size(step, Min(series->length, lookback)));
}

void
check_planned_size(const TrainPlan *plan, const Panel *panel)
{
	Size bytes = 0;
	int lookback = 0;

	for (int i = 0; i < plan->member_count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		bytes = add_size(bytes, weights_bytes(&plan->members[i]));
		lookback = Max(lookback, plan->members[i].network.lookback);
	}
	for (int64 i = 0; i < panel->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		bytes = add_size(bytes, series_bytes(panel->series[i], lookback, plan->member_count));
	}
	check_model_size(bytes);
}
