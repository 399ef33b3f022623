/*
 * value_scale.h
 *	  Round numbers for an axis of values, and numbers as one would print them.
 */
#ifndef LSTM_FORECAST_VALUE_SCALE_H
#define LSTM_FORECAST_VALUE_SCALE_H

#include "postgres.h"

/* Ticks at first, first + 1, ... last, times step. */
typedef struct ValueScale
{
	double low; /* ends of the axis, which are ticks */
	double high;
	int64 first;
	int64 last;
	int power; /* step = digit * 10^power, digit 1, 2 or 5 */
	int digit;
	int unit;        /* values are shown by 10^unit: 0, 6, 9, 12 */
	bool scientific; /* shown as 1.5e20 */
	int decimals;    /* of a tick as it is shown */
} ValueScale;

/* A scale of about so many ticks for values between two, none beyond 1e150. */
extern ValueScale value_scale(double low, double high, int ticks);

/* The value of a tick. */
extern double value_scale_tick(const ValueScale *scale, int64 tick);

/*
 * A value as the axis shows it, in UTF-8: "1,200", "3.5 M", a minus sign for negative ones. more:
 * decimals beside those of a tick.
 */
extern char *value_scale_text(const ValueScale *scale, double value, int more);

#endif
