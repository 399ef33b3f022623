/*
 * watch_options.h
 *	  How a table is watched: the arguments of the trigger.
 */
#ifndef LSTM_FORECAST_WATCH_OPTIONS_H
#define LSTM_FORECAST_WATCH_OPTIONS_H

#include "postgres.h"

#include "base/compat.h"

/* Texts are in CurrentMemoryContext. */
typedef struct WatchOptions
{
	const char *channel;
	bool renew;
	int most; /* notifications a statement */
	/* NULL: as of the model's definition */
	const char *time_column;
	const char *target_column;
	const char *series_column;
} WatchOptions;

/* Read options as JSON; NULL: none. What is wrong with them raises 22023, no JSON 22P02. */
extern void watch_options_parse(WatchOptions *options, const char *json);

#endif
