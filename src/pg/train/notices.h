/*
 * notices.h
 *	  What a training tells about its rows before it begins.
 */
#ifndef LSTM_FORECAST_TRAIN_NOTICES_H
#define LSTM_FORECAST_TRAIN_NOTICES_H

#include "postgres.h"

#include "rows/panel.h"
#include "options/options.h"

/*
 * NOTICEs about rows that are not what they seem: left out, irregular, regular in another
 * zone, sparse, or outside of the limits.
 */
extern void notice_rows(const Panel *panel, const TrainOptions *options);

/* Once the horizon is known: a NOTICE about series that end more than that before the latest. */
extern void notice_ended_series(const Panel *panel, int horizon);

/* And one about future covariates that are not known as far as the horizon. */
extern void notice_future(const Panel *panel, int horizon);

/* Fewer steps are listed after a series than the horizon, without which there is no forecast. */
extern void notice_listed(const Panel *panel, int horizon);

/* Holidays that an option lists, of which nothing can be learned: known NULL, as holidays_choose.
 */
extern void notice_unseen_holidays(const Panel *panel, const HolidayList *known);

/* The list of those that are known ends before the forecasts of the series that ends last do. */
extern void notice_holidays(const Panel *panel, const HolidayList *known, int horizon);

/* What was left out under ON_ERROR_SKIP, where something was. */
extern void notice_faulty(const Panel *panel);

#endif
