/*
 * size.c
 *	  How large a model may be.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/settings.h"
#include "model/size.h"

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
