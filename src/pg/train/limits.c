/*
 * limits.c
 *	  How long the settings allow a training to be.
 */
#include "postgres.h"

#include <math.h>

#include "utils/timestamp.h"

#include "base/settings.h"
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
