/*
 * completion.h
 *	  Fresh rows, completed by the steps that the model keeps.
 */
#ifndef LSTM_FORECAST_COMPLETION_H
#define LSTM_FORECAST_COMPLETION_H

#include "postgres.h"

#include "rows/panel.h"
#include "model/model.h"

/*
 * Put before each series of fewer than `enough` steps those that the model keeps of the series of
 * that name, where they join: the first row is on the model's grid, later than the first step that
 * is kept, and at most the networks' longest lookback after the last one. What rows and model both
 * have is taken from the rows. A hole between them is filled as any other, by a line along the
 * model's season; where none may be (MISSING_ERROR) they do not join. Covariates are joined and
 * filled likewise. Without timestamps nothing joins.
 *
 * Steps without a grid (FREQUENCY_IRREGULAR) are rows, and the model knows the time of its last one
 * alone: rows that are all later join it, others where one of them is that last one.
 *
 * The panel then has copies of these series, whose rows begin after GridSeries.before steps; its
 * bytes count them. Raises 54000 where they take too much. Interruptible.
 */
extern void completion_join(const Model *model, Panel *panel, int64 enough);

#endif
