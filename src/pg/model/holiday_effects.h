/*
 * holiday_effects.h
 *	  What holidays do to series, and series without it.
 *
 * Networks and starts read series as they would have been without holidays, and what they forecast
 * is as if there were none: by restoring, the effects come back. So a season does not carry the low
 * of a holiday into the week after, and the few holidays that there are need not be learned by
 *heart. Only of steps up to a day that make whole weeks, and of values that are not below zero.
 */
#ifndef LSTM_FORECAST_HOLIDAY_EFFECTS_H
#define LSTM_FORECAST_HOLIDAY_EFFECTS_H

#include "postgres.h"

#include "base/memory.h"
#include "rows/panel.h"
#include "model/model.h"

/* Does a model know the effects of its holidays? */
static inline bool
model_has_effects(const Model *model)
{
	return model->covariates.holidays != NULL && model->covariates.holidays->effects != NULL;
}

/*
 * Find the effects of holidays on the series of a panel, as networks read it, into the model's
 * list, and each series' difference from them. Interruptible.
 */
extern void holiday_effects_find(Model *model, const Panel *read);

/* The factor of a step: 1 where it is no holiday. difference: of the series. */
extern double holiday_factor(const HolidayList *list, const StepPlaces *places, int64 step,
							 double difference);

/* Values of a series, as they would be. */
typedef struct HolidaySeries
{
	const HolidayList *list;
	const Frequency *frequency;
	TimestampTz first_time;
	int64 length;
	const double *values;  /* (length) */
	const uint8 *observed; /* NULL: all are; of the others the effects are not in the values */
	double difference;
} HolidaySeries;

/*
 * These without the effects of holidays, in CurrentMemoryContext; the same values where no step is
 * one. Interruptible.
 */
extern const double *holiday_values(const HolidaySeries *series);

/* A panel with its series so, with the difference of each. In CurrentMemoryContext, within
 * max_memory. */
extern Panel *holiday_panel(const HolidayList *list, const Panel *panel, const double *differences);

/* The differences of a model's series. */
extern double *holiday_differences(const Model *model);

/*
 * The factors of steps first .. first + count - 1 of a series, in CurrentMemoryContext; NULL where
 * none is a holiday, or no list with effects is there (NULL).
 */
extern double *holiday_factors(const HolidaySeries *series, int64 first, int count);

/* The difference of a model's series of that number; of none (-1), 0. */
static inline double
holiday_difference(const Model *model, int64 number)
{
	return number < 0 ? 0 : model->series[number].holiday_difference;
}

#endif
