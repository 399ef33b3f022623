/*
 * forecast_row.h
 *	  Forecasts as rows of the SQL type lstm_forecast_row.
 */
#ifndef LSTM_FORECAST_FORECAST_ROW_H
#define LSTM_FORECAST_FORECAST_ROW_H

#include "postgres.h"
#include "access/tupdesc.h"

#include "forecast/forecast.h"

#define FORECAST_ROW_COLUMNS 9

/* The columns of a row, as a tuple takes them. Go on with the same one for the rows of a series. */
typedef struct ForecastColumns
{
	const char *label; /* whose text is in values[0] */
	bool begun;
	Datum values[FORECAST_ROW_COLUMNS];
	bool nulls[FORECAST_ROW_COLUMNS];
} ForecastColumns;

/* The type can be altered by its owner; what it no longer is we cannot fill: raises 42804. */
extern void forecast_row_check_type(TupleDesc descriptor);

/* Fill the columns from a row whose interval has so many quantiles. All zero before the first. */
extern void forecast_row_fill(ForecastColumns *columns, const ForecastRow *row, int quantile_count);

#endif
