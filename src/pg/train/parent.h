/*
 * parent.h
 *	  What a training takes from the model whose networks go on.
 */
#ifndef LSTM_FORECAST_PARENT_H
#define LSTM_FORECAST_PARENT_H

#include "postgres.h"

#include "plan/plan.h"
#include "model/model.h"

/* The plan of its networks on a panel: plan_finetuning. */
extern TrainPlan *parent_plan(const Model *parent, const Panel *panel, const TrainOptions *options);

/* The weights of all its networks, behind one another; NULL: it has none. */
extern const lf_real *parent_weights(const Model *parent);

/* Are they numbers of half precision? Then those that they become are brought to such, too. */
extern bool parent_in_halves(const Model *parent);

/*
 * Covariates are standardised as its networks learned to read them, and named as in its training
 * where the rows do not name them.
 */
extern void parent_covariates(const Model *parent, ModelCovariates *covariates);

#endif
