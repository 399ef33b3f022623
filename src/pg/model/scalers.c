/*
 * scalers.c
 *	  Fits the scalers of a panel's series for one network.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/interrupts.h"
#include "base/sorting.h"
#include "model/scalers.h"

/* Is one spread used for all series of a panel? */
static bool
shares_spread(const lf_scaling_config *scaling, int64 count)
{
	bool logarithmic = scaling->transform != LF_TRANSFORM_NONE;
	bool centred =
		scaling->normalization == LF_NORMALIZE_LAST || scaling->normalization == LF_NORMALIZE_MEAN;

	return count > 1 && logarithmic && centred;
}

static void
share_spread(lf_scaler *scalers, int64 count)
{
	double *spreads = palloc_extended(mul_size(sizeof(double), count), MCXT_ALLOC_HUGE);

	for (int64 i = 0; i < count; i++)
		spreads[i] = scalers[i].spread;
	qsort(spreads, count, sizeof(double), compare_doubles);
	for (int64 i = 0; i < count; i++)
		scalers[i].spread = spreads[count / 2];
	pfree(spreads);
}

void
scalers_fit(const lf_scaling_config *scaling, const lf_dataset *dataset, int64 tail, int lookback,
			lf_scaler *scalers)
{
	/* to fill it costs as much as a series' fit */
	double *scratch = NULL;

	if (dataset->count > 1)
	{
		scratch = palloc(sizeof(double) * lf_scaler_scratch_count());
		lf_scaler_scratch_fill(scratch);
	}
	for (int64 i = 0; i < dataset->count; i++)
	{
		const lf_series *series = &dataset->series[i];

		check_interrupts();
		lf_scaler_fit_with(scratch, &scalers[i], scaling, series, series->length - tail, lookback);
	}
	if (scratch != NULL)
		pfree(scratch);
	if (shares_spread(scaling, dataset->count))
		share_spread(scalers, dataset->count);
}

lf_scaler
scaler_of_unseen(const Model *model, const ModelMember *member, const lf_series *series,
				 int64 length)
{
	lf_scaler scaler;

	lf_scaler_fit(&scaler, &member->scaling, series, length, member->network.lookback);
	if (shares_spread(&member->scaling, model->series_count))
		scaler.spread = member->scalers[0].spread;
	return scaler;
}
