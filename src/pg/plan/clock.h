/*
 * clock.h
 *	  Does a panel follow the wall clock, or the sun?
 */
#ifndef LSTM_FORECAST_PLAN_CLOCK_H
#define LSTM_FORECAST_PLAN_CLOCK_H

#include "postgres.h"

#include "rows/panel.h"

/*
 * Are the steps of a panel to be read by the wall clock (on_clock.h)? Where they are of an hour at
 * most, repeat a day or several, and the clocks of their zone change meanwhile or in the year
 * after; unless changes in their past show that the day does not move with the clocks.
 * seasonal_period: the option's, OPTION_AUTO to find it.
 */
extern bool plan_wall_clock(const Panel *panel, int seasonal_period);

#endif
