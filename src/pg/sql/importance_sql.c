/*
 * importance_sql.c
 *	  The SQL function that measures the importance of drivers.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "base/memory.h"
#include "rows/source.h"
#include "forecast/history.h"
#include "forecast/model_cache.h"
#include "backtest/importance.h"
#include "sql/arguments.h"
#include "sql/model_source.h"
#include "sql/results.h"

PG_FUNCTION_INFO_V1(lstm_importance);

#define IMPORTANCE_COLUMNS 9
#define DEFAULT_WINDOWS 200
#define DEFAULT_REPEATS 5

static const char *const kind_words[] = {[DRIVER_PAST] = "past",
										 [DRIVER_FUTURE] = "future",
										 [DRIVER_STATIC] = "static",
										 [DRIVER_CALENDAR] = "calendar"};

static void
put_driver(ReturnSetInfo *result, const Importances *all, const DriverImportance *driver)
{
	bool nulls[IMPORTANCE_COLUMNS] = {false};
	Datum values[IMPORTANCE_COLUMNS] = {0};

	values[0] = CStringGetTextDatum(driver->name);
	values[1] = CStringGetTextDatum(kind_words[driver->kind]);
	values[2] = number_result(driver->importance, &nulls[2]);
	values[3] = number_result(driver->deviation, &nulls[3]);
	values[4] = CStringGetTextDatum(all->scaled ? "mase" : "mae");
	values[5] = number_result(all->error, &nulls[5]);
	values[6] = number_result(driver->permuted, &nulls[6]);
	values[7] = Int64GetDatum(all->windows);
	values[8] = BoolGetDatum(all->held_out);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * (model, source, time_column, target_column, series_column, past_columns, future_columns, windows,
 * repeats, seed) -> a row for each driver; a null model gives none
 */
Datum
lstm_importance(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ImportanceRequest request = {.seed = PG_ARGISNULL(9) ? 0 : PG_GETARG_INT64(9)};
	const Model *model;
	SourceColumns columns;
	PanelRows *rows;
	Importances all;
	Scratch scratch;

	InitMaterializedSRF(fcinfo, 0);
	if (PG_ARGISNULL(0))
		return (Datum) 0;
	scratch = scratch_enter("lstm_forecast importance");
	columns = column_arguments(fcinfo, 2);
	request.windows =
		integer_argument(fcinfo, 7, "windows", 2, IMPORTANCE_MOST_WINDOWS, DEFAULT_WINDOWS);
	request.repeats =
		integer_argument(fcinfo, 8, "repeats", 1, IMPORTANCE_MOST_REPEATS, DEFAULT_REPEATS);
	model = cached_model(fcinfo->flinfo, (struct varlena *) PG_GETARG_POINTER(0));
	importance_check(model);
	rows = model_source_read(fcinfo, model, &columns);
	all =
		importance_measure(model, history_panel(model, rows, HISTORY_OF_BACKTEST, NULL), &request);
	for (int i = 0; i < all.count; i++)
		put_driver(result, &all, &all.drivers[i]);
	scratch_leave(&scratch);
	return (Datum) 0;
}
