/*
 * alert.h
 *	  Rows that their forecasts did not expect, told by NOTIFY.
 */
#ifndef LSTM_FORECAST_ALERT_H
#define LSTM_FORECAST_ALERT_H

#include "postgres.h"

#include "watch/fresh.h"
#include "watch/ledger.h"

/* What is told of one statement. */
typedef struct Alerts
{
	const char *channel;
	const char *model;
	int most;    /* rows that are told one by one */
	int64 found; /* so far */
} Alerts;

/* Does a value lie outside of the interval? One without bounds, NaN, has no outside. */
extern bool alert_is_due(const LedgerForecast *forecast, double value);

/* Tell of such a row, unless as many as may be were told of. Leaves garbage. */
extern void alert_tell(Alerts *alerts, const FreshRow *row, const LedgerForecast *forecast);

/* Tell how many rows there were that were not told of, if any. */
extern void alert_end(const Alerts *alerts);

#endif
