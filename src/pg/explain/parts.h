/*
 * parts.h
 *	  The parts of what a forecast reads, by the names that people know them by.
 *
 * First come those of values, then those of covariates.
 */
#ifndef LSTM_FORECAST_PARTS_H
#define LSTM_FORECAST_PARTS_H

#include "postgres.h"

#include "forecast/history.h"

typedef struct Parts
{
	int count;
	int values;   /* of them are of the series' own values, the first ones */
	int holidays; /* that of holidays; -1: there is none */
	int fed;      /* that of earlier forecasts, which later ones feed on; -1: there is none */
	const char **names;
	int reach; /* steps before the end of the series that ages tell of */
	int *ages; /* (reach) the part of the value 1, 2, ... steps before it */
	int *
		channels; /* the part of each channel of the networks but the target; NULL: there is none */
} Parts;

/* The name of a driver: its column's, or "past_1", "future_1", ... where drivers came as arrays. */
extern const char *driver_name(const ModelCovariates *covariates, int number);

/*
 * The parts of a series' last `reach` values, a part for each of the latest seasons, where there
 * are two at least, or else steps, earlier ones several together; of earlier forecasts, with fed;
 * of each driver; of each cycle of the calendar, as steps of this frequency go through it;
 * of holidays. In CurrentMemoryContext.
 */
extern Parts parts_make(const Model *model, const Frequency *frequency, int64 reach, bool fed);

/*
 * The parts of the values before an origin that lies so many fed back forecasts behind the end of
 * the series: (parts->reach + fed), in CurrentMemoryContext.
 */
extern int *parts_ages(const Parts *parts, int64 fed);

#endif
