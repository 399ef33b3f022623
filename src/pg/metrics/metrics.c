/*
 * metrics.c
 *	  Aggregates that measure forecasts: a mean over rows of some error of a row.
 *
 * Their state is an array of three numbers, as that of PostgreSQL's own avg(float8): it needs no
 * serialization for parallel plans, and within an aggregate it is updated in place. Sums are
 * compensated (A. Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen,
 * ZAMM 54, 1974), so that millions of rows cost no digits and the order of rows hardly matters.
 *
 * NULLs are left out by strict transition functions. NaN and infinity give NaN or infinity, as in
 * avg(); finite rows whose result is out of range are an error.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/float.h"

#include "core/config.h"
#include "base/memory.h"
#include "metrics/metric_state.h"

PG_FUNCTION_INFO_V1(lstm_mae_accum);
PG_FUNCTION_INFO_V1(lstm_mse_accum);
PG_FUNCTION_INFO_V1(lstm_mape_accum);
PG_FUNCTION_INFO_V1(lstm_smape_accum);
PG_FUNCTION_INFO_V1(lstm_mase_accum);
PG_FUNCTION_INFO_V1(lstm_pinball_accum);
PG_FUNCTION_INFO_V1(lstm_crps_accum);
PG_FUNCTION_INFO_V1(lstm_coverage_accum);
PG_FUNCTION_INFO_V1(lstm_interval_score_accum);
PG_FUNCTION_INFO_V1(lstm_metric_combine);
PG_FUNCTION_INFO_V1(lstm_metric_mean_final);
PG_FUNCTION_INFO_V1(lstm_metric_root_mean_final);
PG_FUNCTION_INFO_V1(lstm_mase_scale_accum);
PG_FUNCTION_INFO_V1(lstm_mase_scale_final);

/* --- mean of rows' errors -----------------------------------------------------------------------
 */

/* A result of the row's numbers, which must be in range if all of them are finite. */
static float8
in_range(FunctionCallInfo fcinfo, float8 result)
{
	if (isinf(result))
	{
		for (int i = 1; i < PG_NARGS(); i++)
			if (!isfinite(PG_GETARG_FLOAT8(i)))
				return result;
		float_overflow_error();
	}
	return result;
}

/* combine function: the rows of both states. */
Datum
lstm_metric_combine(PG_FUNCTION_ARGS)
{
	ArrayType *state = metric_state(fcinfo);
	float8 *numbers = metric_numbers(state);
	const float8 *other = metric_numbers(PG_GETARG_ARRAYTYPE_P(1));

	numbers[METRIC_ROWS] += other[METRIC_ROWS];
	numbers[METRIC_COMPENSATION] += other[METRIC_COMPENSATION];
	metric_add(numbers, other[METRIC_SUM]);
	PG_RETURN_ARRAYTYPE_P(state);
}

/* final function: the mean; NULL of no rows. */
Datum
lstm_metric_mean_final(PG_FUNCTION_ARGS)
{
	const float8 *numbers = metric_numbers(PG_GETARG_ARRAYTYPE_P(0));

	if (numbers[METRIC_ROWS] == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(metric_mean(numbers));
}

/* final function: the square root of the mean; NULL of no rows. */
Datum
lstm_metric_root_mean_final(PG_FUNCTION_ARGS)
{
	const float8 *numbers = metric_numbers(PG_GETARG_ARRAYTYPE_P(0));

	if (numbers[METRIC_ROWS] == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sqrt(metric_mean(numbers)));
}

/* --- errors of point forecasts
 * -------------------------------------------------------------------- */

/* lstm_mae(actual, forecast): |actual - forecast|. */
Datum
lstm_mae_accum(PG_FUNCTION_ARGS)
{
	float8 error = PG_GETARG_FLOAT8(1) - PG_GETARG_FLOAT8(2);

	return metric_add_row(fcinfo, in_range(fcinfo, fabs(error)));
}

/* lstm_mse and lstm_rmse(actual, forecast): (actual - forecast)^2. */
Datum
lstm_mse_accum(PG_FUNCTION_ARGS)
{
	float8 error = PG_GETARG_FLOAT8(1) - PG_GETARG_FLOAT8(2);

	return metric_add_row(fcinfo, in_range(fcinfo, error * error));
}

/* lstm_mape(actual, forecast): 100 |actual - forecast| / |actual|; a row whose actual value is 0
 * has no percentage error and is left out. */
Datum
lstm_mape_accum(PG_FUNCTION_ARGS)
{
	float8 actual = PG_GETARG_FLOAT8(1);
	float8 error = actual - PG_GETARG_FLOAT8(2);

	if (actual == 0)
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	return metric_add_row(fcinfo, in_range(fcinfo, 100 * fabs(error / actual)));
}

/* lstm_smape(actual, forecast): 200 |actual - forecast| / (|actual| + |forecast|), 0 where both are
 * 0, as in the M4 competition (S. Makridakis, E. Spiliotis, V. Assimakopoulos, The M4 Competition:
 * 100,000 time series and 61 forecasting methods, International Journal of Forecasting 36, 2020).
 */
Datum
lstm_smape_accum(PG_FUNCTION_ARGS)
{
	float8 actual = PG_GETARG_FLOAT8(1);
	float8 forecast = PG_GETARG_FLOAT8(2);
	float8 size = in_range(fcinfo, fabs(actual) + fabs(forecast));

	if (size == 0)
		return metric_add_row(fcinfo, 0);
	return metric_add_row(fcinfo, 200 * (fabs(actual - forecast) / size));
}

/* lstm_mase(actual, forecast, scale): |actual - forecast| / scale (R. J. Hyndman, A. B. Koehler,
 * Another look at measures of forecast accuracy, International Journal of Forecasting 22, 2006). */
Datum
lstm_mase_accum(PG_FUNCTION_ARGS)
{
	float8 error = PG_GETARG_FLOAT8(1) - PG_GETARG_FLOAT8(2);
	float8 scale = PG_GETARG_FLOAT8(3);

	if (!(scale > 0 && isfinite(scale)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"scale\" is out of range"),
				 errdetail("It is %g, and must be positive and finite.", scale),
				 errhint("The scale of a constant series is 0: NULLIF(scale, 0) leaves such "
						 "series out.")));
	return metric_add_row(fcinfo, in_range(fcinfo, fabs(error) / scale));
}

/* --- errors of quantiles and intervals
 * ------------------------------------------------------------ */

/* The pinball loss of a quantile (R. Koenker, G. Bassett, Regression quantiles, Econometrica 46,
 * 1978). */
static float8
pinball(float8 actual, float8 forecast, float8 quantile)
{
	float8 error = actual - forecast;

	return error >= 0 ? quantile * error : (quantile - 1) * error;
}

/* lstm_pinball(actual, forecast, quantile). */
Datum
lstm_pinball_accum(PG_FUNCTION_ARGS)
{
	float8 quantile = PG_GETARG_FLOAT8(3);

	if (!(quantile > 0 && quantile < 1))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"quantile\" is out of range"),
				 errdetail("It is %g, and must lie between 0 and 1.", quantile),
				 errhint("Write the median as 0.5.")));
	return metric_add_row(
		fcinfo, in_range(fcinfo, pinball(PG_GETARG_FLOAT8(1), PG_GETARG_FLOAT8(2), quantile)));
}

/* How many numbers an array holds; more than one dimension is an error. */
static int
numbers_in(ArrayType *array, const char *name)
{
	if (ARR_NDIM(array) > 1)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"%s\" must have one dimension", name)));
	return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
}

/* The quantiles' levels and how many they are; there must be as many quantiles. */
static const float8 *
quantile_levels(ArrayType *levels, ArrayType *quantiles, int *count)
{
	const float8 *numbers = (const float8 *) ARR_DATA_PTR(levels);
	int others = numbers_in(quantiles, "quantiles");

	*count = numbers_in(levels, "quantile_levels");
	if (array_contains_nulls(levels))
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
						errmsg("\"quantile_levels\" must not contain nulls"),
						errhint("Give numbers between 0 and 1.")));
	if (*count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"quantile_levels\" is empty"),
				 errhint("Give the levels that the quantiles were forecast for.")));
	if (*count != others)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"quantile_levels\" and \"quantiles\" differ in length"),
				 errdetail("They have %d and %d elements.", *count, others),
				 errhint("Give the levels that the quantiles were forecast for, in their order.")));
	for (int i = 0; i < *count; i++)
		if (!(numbers[i] > 0 && numbers[i] < 1))
			ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
							errmsg("\"quantile_levels\" is out of range"),
							errdetail("Element %d is %g, and must lie between 0 and 1.", i + 1,
									  numbers[i]),
							errhint("Write the median as 0.5.")));
	return numbers;
}

/* lstm_crps(actual, quantile_levels, quantiles): twice the mean pinball loss over the levels. The
 * CRPS is twice its integral over all levels (F. Laio, S. Tamea, Verification tools for
 * probabilistic forecasts of continuous hydrological variables, Hydrology and Earth System Sciences
 * 11, 2007); the plain mean is what other libraries report, and is near it for levels evenly
 * spaced. A row with a NULL among its quantiles is left out, like one with a NULL forecast. */
Datum
lstm_crps_accum(PG_FUNCTION_ARGS)
{
	float8 actual = PG_GETARG_FLOAT8(1);
	ArrayType *quantiles = PG_GETARG_ARRAYTYPE_P(3);
	const float8 *numbers = (const float8 *) ARR_DATA_PTR(quantiles);
	int count;
	const float8 *levels = quantile_levels(PG_GETARG_ARRAYTYPE_P(2), quantiles, &count);
	bool finite = isfinite(actual);
	float8 total = 0;

	if (array_contains_nulls(quantiles))
		PG_RETURN_DATUM(PG_GETARG_DATUM(0));
	for (int i = 0; i < count; i++)
	{
		total += pinball(actual, numbers[i], levels[i]);
		finite = finite && isfinite(numbers[i]);
	}
	if (finite && !isfinite(2 * total))
		float_overflow_error();
	return metric_add_row(fcinfo, 2 * total / count);
}

/* lstm_coverage(actual, lower, upper): 1 inside the interval, ends included, else 0. */
Datum
lstm_coverage_accum(PG_FUNCTION_ARGS)
{
	float8 actual = PG_GETARG_FLOAT8(1);
	float8 lower = PG_GETARG_FLOAT8(2);
	float8 upper = PG_GETARG_FLOAT8(3);

	if (isnan(actual) || isnan(lower) || isnan(upper))
		return metric_add_row(fcinfo, get_float8_nan());
	return metric_add_row(fcinfo, lower <= actual && actual <= upper ? 1 : 0);
}

/* lstm_interval_score(actual, lower, upper, confidence_level): the interval's width, and 2 / alpha
 * for each unit that the actual value lies outside, alpha = 1 - confidence_level (T. Gneiting, A.
 * E. Raftery, Strictly proper scoring rules, prediction, and estimation, Journal of the American
 * Statistical Association 102, 2007, equation 43). */
Datum
lstm_interval_score_accum(PG_FUNCTION_ARGS)
{
	float8 actual = PG_GETARG_FLOAT8(1);
	float8 lower = PG_GETARG_FLOAT8(2);
	float8 upper = PG_GETARG_FLOAT8(3);
	float8 confidence = PG_GETARG_FLOAT8(4);
	float8 score = upper - lower;

	if (!(confidence > 0 && confidence < 1))
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"confidence_level\" is out of range"),
						errdetail("It is %g, and must lie between 0 and 1.", confidence),
						errhint("Write 95 percent as 0.95.")));
	if (isnan(actual))
		score = actual;
	if (actual < lower)
		score += 2 / (1 - confidence) * (lower - actual);
	if (actual > upper)
		score += 2 / (1 - confidence) * (actual - upper);
	return metric_add_row(fcinfo, in_range(fcinfo, score));
}

/* --- the scale of MASE
 * ---------------------------------------------------------------------------- */

/* A series on its way through the aggregate. */
typedef struct ScaleState
{
	int32 season; /* steps */
	int64 steps;  /* seen so far, gaps included */
	float8
		errors[METRIC_LENGTH]; /* of the steps whose value and that of a season before are known */
	float8 *values;            /* [season] the last ones; step i is in i % season */
	bool *known;               /* [season] whether they are no gaps */
} ScaleState;

static ScaleState *
scale_state_create(MemoryContext context, int64 season)
{
	ScaleState *state;

	if (season < 1 || season > LF_MAX_LOOKBACK)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"season\" is out of range"),
				 errdetail("It is %lld, and must be between 1 and %d.", (long long) season,
						   LF_MAX_LOOKBACK),
				 errhint("It is the number of rows in a season, 1 for none.")));
	state = MemoryContextAllocZero(context, sizeof(ScaleState));
	state->season = (int32) season;
	state->values = MemoryContextAlloc(context, sizeof(float8) * (Size) season);
	state->known = MemoryContextAllocZero(context, sizeof(bool) * (Size) season);
	return state;
}

/* The season of a row: the argument, or 1 without one. */
static int64
season_argument(FunctionCallInfo fcinfo)
{
	if (PG_NARGS() < 3)
		return 1;
	if (PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("\"season\" must not be null"),
				 errhint("It is the number of rows in a season, 1 for none.")));
	return PG_GETARG_INT64(2);
}

/* lstm_mase_scale(value [, season]): |value - value a season before|, in the order of the rows. */
Datum
lstm_mase_scale_accum(PG_FUNCTION_ARGS)
{
	int64 season = season_argument(fcinfo);
	ScaleState *state;
	MemoryContext context = aggregate_context(fcinfo, "Call the aggregate \"lstm_mase_scale\".");
	int64 place;

	state =
		PG_ARGISNULL(0) ? scale_state_create(context, season) : (ScaleState *) PG_GETARG_POINTER(0);
	if (state->season != season)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"season\" differs within a group"),
						errdetail("It is %d in one row and %lld in another.", state->season,
								  (long long) season),
						errhint("Add what it depends on to GROUP BY.")));
	place = state->steps++ % season;
	if (!PG_ARGISNULL(1))
	{
		float8 value = PG_GETARG_FLOAT8(1);
		float8 before = state->values[place];

		if (state->known[place])
		{
			float8 error = fabs(value - before);

			if (isinf(error) && isfinite(value) && isfinite(before))
				float_overflow_error();
			state->errors[METRIC_ROWS] += 1;
			metric_add(state->errors, error);
		}
		state->values[place] = value;
	}
	state->known[place] = !PG_ARGISNULL(1);
	PG_RETURN_POINTER(state);
}

/* final function: the mean; NULL where no two values are a season apart. */
Datum
lstm_mase_scale_final(PG_FUNCTION_ARGS)
{
	const ScaleState *state = PG_ARGISNULL(0) ? NULL : (ScaleState *) PG_GETARG_POINTER(0);

	if (state == NULL || state->errors[METRIC_ROWS] == 0)
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(metric_mean(state->errors));
}
