/*
 * lone_values.h
 *	  Values of a series that nothing else in it is like.
 */
#ifndef LSTM_FORECAST_LONE_VALUES_H
#define LSTM_FORECAST_LONE_VALUES_H

#include "postgres.h"

#include "core/dataset.h"

#define MOST_LONE 20 /* of a series */

typedef struct LoneValues
{
	int count;
	int64 steps[MOST_LONE]; /* ascending */
} LoneValues;

/*
 * The steps whose values lie further from all others of the series than three times what a
 * twentieth of its values do from those beside them, and a season before and after. None where more
 * than a hundredth of the steps (or more than one, or MOST_LONE) are so far from those beside them:
 * such values come again. The last one may be the first of many, and is none. Interruptible.
 */
extern LoneValues lone_values_find(const lf_series *series, int season);

#endif
