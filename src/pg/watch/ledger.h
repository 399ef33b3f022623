/*
 * ledger.h
 *	  Forecasts in the registry's ledger.
 */
#ifndef LSTM_FORECAST_LEDGER_H
#define LSTM_FORECAST_LEDGER_H

#include "postgres.h"
#include "datatype/timestamp.h"

#include "watch/keyed.h"

/* The ledger, open, and one model of it. */
typedef struct Ledger
{
	KeyedTable keyed;
	Datum model; /* its name, as text */
	uint64 key;  /* of the model, for reach.h */
	AttrNumber time;
	AttrNumber version;
	AttrNumber forecast;
	AttrNumber lower;
	AttrNumber upper;
} Ledger;

typedef struct LedgerForecast
{
	int32 version;
	double forecast; /* NaN where there is no number */
	double lower;
	double upper;
} LedgerForecast;

/* False, and nothing is open, where the table was altered. */
extern bool ledger_open(Ledger *ledger, Oid schema, const char *model);
extern void ledger_close(Ledger *ledger);

/*
 * The latest forecast of a time of a series (text, '' for the only one) that was made before that
 * time; false: there is none.
 */
extern bool ledger_forecast(Ledger *ledger, Datum series, TimestampTz time,
							LedgerForecast *forecast);

/*
 * Is there a forecast of the series for a later time? hint: a forecast of this time is there, and
 * then what the session remembers will do.
 */
extern bool ledger_reaches_beyond(Ledger *ledger, Datum series, TimestampTz time, bool hint);

#endif
