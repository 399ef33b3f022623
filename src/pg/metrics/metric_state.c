/*
 * metric_state.c
 *	  The state that metrics share: a sum over rows of which the metric is the mean.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/float.h"

#include "metrics/metric_state.h"

void
metric_add(float8 *state, float8 term)
{
	float8 before = state[METRIC_SUM];
	float8 after = before + term;

	/* an infinite sum has nothing to compensate, and inf - inf would make it NaN */
	if (isfinite(after))
		state[METRIC_COMPENSATION] +=
			fabs(before) >= fabs(term) ? (before - after) + term : (term - after) + before;
	else if (isfinite(before) && isfinite(term))
		float_overflow_error();
	state[METRIC_SUM] = after;
}

float8
metric_mean(const float8 *state)
{
	return (state[METRIC_SUM] + state[METRIC_COMPENSATION]) / state[METRIC_ROWS];
}

float8 *
metric_numbers(ArrayType *state)
{
	if (ARR_NDIM(state) != 1 || ARR_DIMS(state)[0] != METRIC_LENGTH || ARR_HASNULL(state) ||
		ARR_ELEMTYPE(state) != FLOAT8OID)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("state of a metric must be an array of %d numbers", METRIC_LENGTH)));
	return (float8 *) ARR_DATA_PTR(state);
}

ArrayType *
metric_state(FunctionCallInfo fcinfo)
{
	return AggCheckCallContext(fcinfo, NULL) ? PG_GETARG_ARRAYTYPE_P(0)
											 : PG_GETARG_ARRAYTYPE_P_COPY(0);
}

Datum
metric_add_row(FunctionCallInfo fcinfo, float8 error)
{
	ArrayType *state = metric_state(fcinfo);
	float8 *numbers = metric_numbers(state);

	numbers[METRIC_ROWS] += 1;
	metric_add(numbers, error);
	PG_RETURN_ARRAYTYPE_P(state);
}
