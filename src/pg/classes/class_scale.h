/*
 * class_scale.h
 *	  Values of columns in network units: standardised, holes filled.
 */
#ifndef LSTM_FORECAST_CLASS_SCALE_H
#define LSTM_FORECAST_CLASS_SCALE_H

#include "postgres.h"

#include "classes/class_series.h"

/*
 * Mean and deviation (channels) of each column over the values of those series that are not held;
 * held NULL: of all. A column that is constant has the deviation 1. Raises 22000 for one without
 * any value; names (channels) or NULL are for that. Interruptible.
 */
extern void class_scale_fit(const ClassData *data, const bool *held, char *const *names,
							double *means, double *deviations);

/*
 * Bring all values to network units, in place: a value that is missing is the one before it, or at
 * the beginning of its series the column's mean. by_series: each series then has the mean 0 and
 * the deviation 1 in each column. Returns how many were missing. Interruptible.
 */
extern int64 class_scale_apply(ClassData *data, const double *means, const double *deviations,
							   bool by_series);

/*
 * By what the differences from step to step are multiplied (channels), of values in network units:
 * they have the deviation 1 then, over the series that are not held (NULL: all). Interruptible.
 */
extern void class_scale_differences(const ClassData *data, const bool *held, float *scales);

#endif
