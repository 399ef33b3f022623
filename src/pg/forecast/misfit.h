/*
 * misfit.h
 *	  Fresh rows that are not like those that a model was trained on.
 */
#ifndef LSTM_FORECAST_MISFIT_H
#define LSTM_FORECAST_MISFIT_H

#include "postgres.h"

#include "rows/panel.h"
#include "model/model.h"
#include "forecast/history.h"

/*
 * Leave out series that cannot be forecast from: their rows show another regular interval, so that
 * two of three steps or more would be filled, as weeks among days; or most of their values are
 * outside of the domain of the model's logarithm. skipped NULL: raises 22023. Rows that are as
 * sparse as those of the training are not, nor are those whose absence means zero. Interruptible.
 */
extern void misfit_check(const Model *model, Panel *panel, Skipped *skipped);

/* Was that series of the model (-1: the model as a whole) mostly filled in training? */
extern bool misfit_trained_sparse(const Model *model, int64 number);

#define LEAST_OUTSIDE                                                                              \
	2 /* values outside of a logarithm's domain: a single one may be a mistake                     \
	   */

/* Values that a logarithm cannot take. */
typedef struct OutsideValues
{
	int64 count;
	int64 of;    /* observations */
	int64 first; /* step of the first one */
} OutsideValues;

/* Those among the last steps of fresh rows that the model's networks read as logarithms. */
extern OutsideValues misfit_outside(const Model *model, const GridSeries *series);

#endif
