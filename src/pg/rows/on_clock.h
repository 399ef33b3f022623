/*
 * on_clock.h
 *	  Series whose steps are numbered by the wall clock (wall_clock.h), and the way back.
 *
 * Only what networks and starts read is laid so, and what they forecast is taken back to steps as
 * they are: every step has its forecast. The values of two steps of one number are their
 * mean, whole where both are; a number that no step has is filled from its neighbours, and counts
 * as not observed. The times of what was laid are what the clocks show, as if that were UTC.
 */
#ifndef LSTM_FORECAST_ON_CLOCK_H
#define LSTM_FORECAST_ON_CLOCK_H

#include "postgres.h"

#include "rows/panel.h"
#include "time/wall_clock.h"

/* A forecast of steps, and what it is of numbers. */
typedef struct ClockWindow
{
	WallClock clock;
	int64 steps; /* known */
	int64 known; /* numbers */
} ClockWindow;

/* Of a series whose first `steps` steps are known and the next `ahead` forecast. */
extern ClockWindow clock_window(bool wanted, const Frequency *frequency, TimestampTz first,
								int64 steps, int64 ahead);

/* The number of the step so many ahead, from 1, counted as much from the last known number. */
extern int64 clock_window_number(const ClockWindow *window, int64 ahead);

/* The highest of these up to there. */
extern int64 clock_window_reach(const ClockWindow *window, int64 ahead);

/* The known values of a window by the clock, (window->known), in CurrentMemoryContext; all steps
 * count as observed. Interruptible. */
extern double *clock_values(const ClockWindow *window, const double *values);

/*
 * Lay rows of so many covariates; laid gets `numbers` rows, which the `covered` steps reach. Rows
 * of one number are their mean, of categories the first of them, a number without a step has the
 * row before it. Interruptible.
 */
extern void clock_lay_covariates(const WallClock *clock, const float *covariates,
								 Vocabulary *const *categories, int width, int64 covered,
								 float *laid, int64 numbers);

/* What a frequency is of numbers. */
extern Frequency clock_frequency(const Frequency *frequency);

/*
 * The panel with its series by the wall clock, but without covariates; a series that no
 * change of clocks meets is the same one. In CurrentMemoryContext, within max_memory.
 */
extern Panel *clock_panel(const Panel *panel);

/* Give the series of such a panel the covariates of the panel that it was made of. */
extern void clock_panel_covariates(const Panel *panel, Panel *laid);

#endif
