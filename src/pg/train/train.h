/*
 * train.h
 *	  Trains a model on the rows of a series or a panel.
 */
#ifndef LSTM_FORECAST_TRAIN_H
#define LSTM_FORECAST_TRAIN_H

#include "postgres.h"

#include "rows/panel.h"
#include "model/model.h"

/* What a model is trained for, on which it depends what is said about the ends of the series. */
typedef enum TrainPurpose
{
	TRAIN_TO_KEEP,            /* NOTICEs about ends, and future covariates that are not known */
	TRAIN_TO_FORECAST,        /* at once, from the end of each series: they must be known */
	TRAIN_TO_FORECAST_COMMON, /* the same from a common origin, of those that reach it */
	TRAIN_QUIETLY             /* to test, or where the forecast itself says whom it leaves out */
} TrainPurpose;

/*
 * The rows of a training on their grids, as its options say; errors as panel_build, a notice of
 * what was left out for one.
 */
extern Panel *training_panel(const PanelRows *rows, const TrainOptions *options);

/*
 * Set the glitches of a panel aside (plan/glitch.h) unless its options keep them, with a NOTICE or
 * quietly. Whatever is later than the panel's last steps has no part in it.
 */
extern void training_glitches(Panel *panel, const TrainOptions *options, bool quietly);

/*
 * Both, of what is to be trained on: notices, and 22000 where there is no observation. Names
 * that no model can hold raise 22021. fixed: the frequency of a model that is trained on; NULL: as
 * the options say.
 */
extern Panel *panel_to_train(const Frequency *fixed, const PanelRows *rows, char **covariate_names,
							 const TrainOptions *options);

/*
 * Lay the rows on their grids, plan, train every member, measure on the held-out
 * tail, and return the model's bytes in CurrentMemoryContext. covariate_names: of
 * the rows' covariates, past ones first; NULL: they have none. Interruptible; whatever
 * ends it, the memory is that of a child of CurrentMemoryContext.
 */
extern bytea *train_model(const PanelRows *rows, char **covariate_names,
						  const TrainOptions *options);

/*
 * The same from series on their grids to a model that is not yet bytes. To forecast at once from
 * series whose future covariates do not reach as far as that raises 22000 before training. weights:
 * of the pretrained network among the starts, kept by pointer; NULL: those that ship.
 */
extern Model *train_panel(const lf_real *weights, const Panel *panel, char **covariate_names,
						  const TrainOptions *options, TrainPurpose purpose);

/*
 * Let the networks of a model go on from their weights on a panel of its frequency and covariates,
 * with the model's options as a call changes them (plan_finetuning).
 */
extern Model *train_panel_on(const Model *parent, const Panel *panel, char **covariate_names,
							 const TrainOptions *options);

#endif
