/*
 * reach.h
 *	  How far the forecasts of series reach, as far as this session has seen.
 *
 * A look into the ledger for later forecasts, at each row, would take half as long again as the one
 * for the row's own. What is remembered is a hint: forecasts can be deleted.
 */
#ifndef LSTM_FORECAST_REACH_H
#define LSTM_FORECAST_REACH_H

#include "postgres.h"
#include "datatype/timestamp.h"

/* The key of a series, which is its model's, and that of a model of a ledger. */
extern uint64 reach_key(const char *bytes, Size length, uint64 seed);

/* Was there a forecast of a series for a later time, when it was last looked for? */
extern bool reach_is_beyond(uint64 key, TimestampTz time);

/* Remember the latest time of which there is a forecast. */
extern void reach_remember(uint64 key, TimestampTz latest);

#endif
