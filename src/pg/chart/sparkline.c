/*
 * sparkline.c
 *	  The aggregate lstm_sparkline: numbers as a line of blocks, one a character.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "core/lstm.h"
#include "base/interrupts.h"
#include "base/memory.h"

PG_FUNCTION_INFO_V1(lstm_sparkline_accum);
PG_FUNCTION_INFO_V1(lstm_sparkline_final);

#define FIRST_VALUES 64
#define MOST_WIDTH 10000
#define LEVELS 8
#define CONSTANT_LEVEL 3 /* of values that are all the same */
#define CALL_HINT "Call the aggregate \"lstm_sparkline\"."
#define BLOCK_BYTES 3 /* U+2581 + level in UTF-8 */

/* Values in the order of the rows; NaN is NULL. */
typedef struct SparkState
{
	MemoryContext context;
	MemoryAccount account;
	int64 width; /* characters; 0: one a value */
	int64 count;
	int64 capacity;
	double *values;
} SparkState;

/* The width of a row: the argument, or 0 without one. */
static int64
width_argument(FunctionCallInfo fcinfo)
{
	int64 width;

	if (PG_NARGS() < 3 || PG_ARGISNULL(2))
		return 0;
	width = PG_GETARG_INT64(2);
	if (width < 1 || width > MOST_WIDTH)
		ereport(
			ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("\"width\" is out of range"),
			 errdetail("It is %lld, and must be between 1 and %d.", (long long) width, MOST_WIDTH),
			 errhint("It is how many characters there are at most.")));
	return width;
}

static SparkState *
spark_state_create(MemoryContext context, int64 width)
{
	SparkState *state = MemoryContextAllocZero(context, sizeof(SparkState));

	state->context = context;
	state->account =
		(MemoryAccount){.what = "a sparkline",
						.hint = "Give fewer rows, or an average of each hour or day of them."};
	state->width = width;
	return state;
}

static void
append_value(SparkState *state, double value)
{
	int64 capacity = state->values == NULL ? FIRST_VALUES : 2 * state->capacity;

	if (state->count == state->capacity)
	{
		account_take(&state->account, sizeof(double) * (Size) capacity);
		if (state->values == NULL)
			state->values =
				MemoryContextAllocHuge(state->context, sizeof(double) * (Size) capacity);
		else
		{
			state->values = repalloc_huge(state->values, sizeof(double) * (Size) capacity);
			account_give(&state->account, sizeof(double) * (Size) state->capacity);
		}
		state->capacity = capacity;
	}
	state->values[state->count++] = value;
}

/* lstm_sparkline(value [, width]), in the order of the rows. */
Datum
lstm_sparkline_accum(PG_FUNCTION_ARGS)
{
	MemoryContext context = aggregate_context(fcinfo, CALL_HINT);
	int64 width = width_argument(fcinfo);
	SparkState *state =
		PG_ARGISNULL(0) ? spark_state_create(context, width) : (SparkState *) PG_GETARG_POINTER(0);
	double value = PG_ARGISNULL(1) ? NAN : PG_GETARG_FLOAT8(1);

	check_interrupts();
	if (state->width != width)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("\"width\" differs within a group"),
						errhint("Add what it depends on to GROUP BY.")));
	if (!PG_ARGISNULL(1) && !(fabs(value) <= LF_LARGEST_VALUE))
		ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						errmsg("value is %s", isnan(value)   ? "NaN"
											  : isinf(value) ? "infinite"
															 : "too large"),
						errhint("Use NULL for what is not known.")));
	append_value(state, value);
	PG_RETURN_POINTER(state);
}

/* The mean of the values from first to before end that are known; NaN: none is. */
static double
mean_of(const double *values, int64 first, int64 end)
{
	double sum = 0;
	int64 known = 0;

	for (int64 i = first; i < end; i++)
		if (!isnan(values[i]))
		{
			sum += values[i];
			known++;
		}
	return known == 0 ? NAN : sum / known;
}

/* Append the block of a value, a space for none. */
static void
append_block(StringInfo line, double value, double low, double high)
{
	int level = CONSTANT_LEVEL;

	if (isnan(value))
	{
		appendStringInfoChar(line, ' ');
		return;
	}
	if (high > low)
		level = Min((int) ((value - low) / (high - low) * LEVELS), LEVELS - 1);
	appendStringInfo(line, "\xe2\x96%c", (char) (0x81 + level));
}

/* final function: the line; NULL of no rows. */
Datum
lstm_sparkline_final(PG_FUNCTION_ARGS)
{
	const SparkState *state;
	StringInfoData line;
	double low = INFINITY;
	double high = -INFINITY;
	int64 width;
	double *means;

	(void) aggregate_context(fcinfo, CALL_HINT);
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	state = (const SparkState *) PG_GETARG_POINTER(0);
	width = state->width > 0 ? Min(state->width, state->count) : state->count;
	if (width > (int64) (MaxAllocSize / BLOCK_BYTES - VARHDRSZ))
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many rows"),
						errhint("Give a width: lstm_sparkline(value, 80).")));
	means = huge_array(width, 1, sizeof(double));
	for (int64 i = 0; i < width; i++)
	{
		check_interrupts();
		/* in float8, as the product may be out of range */
		means[i] = mean_of(state->values, (int64) ((double) i * state->count / width),
						   (int64) ((double) (i + 1) * state->count / width));
		low = fmin(low, means[i]);
		high = fmax(high, means[i]);
	}
	initStringInfo(&line);
	for (int64 i = 0; i < width; i++)
	{
		check_interrupts();
		append_block(&line, means[i], low, high);
	}
	pfree(means);
	if (GetDatabaseEncoding() != PG_UTF8 && GetDatabaseEncoding() != PG_SQL_ASCII)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("encoding \"%s\" has no blocks for a sparkline", GetDatabaseEncodingName()),
				 errhint("Use a database of encoding UTF8.")));
	PG_RETURN_TEXT_P(cstring_to_text_with_len(line.data, line.len));
}
