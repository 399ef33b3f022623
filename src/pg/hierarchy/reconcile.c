/*
 * reconcile.c
 *	  The window function lstm_reconcile: forecasts of a hierarchy that add up.
 *
 * It is a window function because the result of a row depends on all others, and each row keeps
 * its own columns beside it: what GROUP BY ROLLUP has grouped needs no join to come back. Order and
 * frame of the window do not matter.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "windowapi.h"

#include "base/interrupts.h"
#include "hierarchy/coherent.h"

PG_FUNCTION_INFO_V1(lstm_reconcile);

#define ARGUMENT_PATH 0
#define ARGUMENT_STEP 1
#define ARGUMENT_FORECAST 2
#define ARGUMENT_VARIANCE 3
#define CLEANED_ROWS 64 /* rows from one reset of what their arguments leave to the next */

/* What a partition keeps: zeros before its first row. */
typedef struct Partition
{
	double *coherent; /* [rows] */
} Partition;

/* Argument of a row of the partition. */
static Datum
argument(WindowObject window, int number, int64 row, bool *null)
{
	bool outside;
	Datum value = WinGetFuncArgInPartition(window, number, (int) row, WINDOW_SEEK_HEAD, false, null,
										   &outside);

	Assert(!outside);
	return value;
}

/* A number of a row, or NULL. */
static const double *
number_argument(WindowObject window, int argument_number, int64 row, double *number)
{
	bool null;
	Datum value = argument(window, argument_number, row, &null);

	*number = null ? 0 : DatumGetFloat8(value);
	return null ? NULL : number;
}

static void
read_row(WindowObject window, int64 row, ForecastRows *rows)
{
	double numbers[2];
	const double *forecast;
	const double *variance = NULL;
	bool null;
	Datum value = argument(window, ARGUMENT_PATH, row, &null);
	int64 node;
	int64 step;

	if (null)
		ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("\"path\" is null"),
						errhint("The path of the total is '{}'.")));
	/* one after the other, as the next argument may take the place of what this one points to */
	node = path_tree_node(rows->tree, DatumGetArrayTypeP(value));
	value = argument(window, ARGUMENT_STEP, row, &null);
	step = step_number(rows->steps, value, null);
	forecast = number_argument(window, ARGUMENT_FORECAST, row, &numbers[0]);
	if (rows->has_variances)
		variance = number_argument(window, ARGUMENT_VARIANCE, row, &numbers[1]);
	forecast_rows_add(rows, node, step, forecast, variance);
}

/* All rows of the partition; the arguments are read in a context that is emptied again and again.
 */
static void
read_rows(WindowObject window, int64 count, ForecastRows *rows)
{
	Scratch scratch = scratch_enter("lstm_reconcile rows");

	for (int64 row = 0; row < count; row++)
	{
		if (row % CLEANED_ROWS == 0)
			MemoryContextReset(scratch.memory);
		check_interrupts();
		read_row(window, row, rows);
	}
	scratch_leave(&scratch);
}

/* Reconcile a partition; its results live as long as it does. */
static void
reconcile_partition(FunctionCallInfo fcinfo, WindowObject window, Partition *partition)
{
	const int64 count = WinGetPartitionRowCount(window);
	MemoryAccount account = {.what = "reconciling forecasts",
							 .hint = "Give fewer rows at once, as with PARTITION BY step."};
	Oid step_type = get_fn_expr_argtype(fcinfo->flinfo, ARGUMENT_STEP);
	double *coherent;
	Scratch scratch;
	ForecastRows *rows;

	if (!OidIsValid(step_type))
		elog(ERROR, "type of the step is unknown");
	if (count > INT_MAX)
		ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("too many rows"),
						errdetail("A partition has %lld.", (long long) count)));
	account_take(&account, mul_size(sizeof(double), count));
	coherent = MemoryContextAllocHuge(GetMemoryChunkContext(partition), sizeof(double) * count);
	scratch = scratch_enter("lstm_reconcile");
	rows = forecast_rows_create(path_tree_create(scratch.memory, &account),
								step_numbers_create(step_type, scratch.memory, &account), count,
								PG_NARGS() > ARGUMENT_VARIANCE);
	read_rows(window, count, rows);
	forecast_rows_reconcile(rows, coherent);
	scratch_leave(&scratch);
	partition->coherent = coherent;
}

/* lstm_reconcile(path, step, forecast [, variance]) OVER (...). */
Datum
lstm_reconcile(PG_FUNCTION_ARGS)
{
	WindowObject window = PG_WINDOW_OBJECT();
	Partition *partition;

	if (!WindowObjectIsValid(window))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("function called in a non-window context"),
						errhint("Write \"lstm_reconcile(...) OVER ()\".")));
	partition = WinGetPartitionLocalMemory(window, sizeof(Partition));
	if (partition->coherent == NULL)
		reconcile_partition(fcinfo, window, partition);
	PG_RETURN_FLOAT8(partition->coherent[WinGetCurrentPosition(window)]);
}
