/*
 * training.h
 *	  A training that is planned and checked, and not begun.
 */
#ifndef LSTM_FORECAST_TRAINING_H
#define LSTM_FORECAST_TRAINING_H

#include "postgres.h"

#include "core/universal_tuner.h"
#include "model/model.h"
#include "plan/plan.h"
#include "train/train.h"
#include "train/train_member.h"

typedef struct Training
{
	Model *model; /* what is known of it: no networks, errors, starts or histories */
	TrainPlan *plan;
	TrainJob job;
	lf_universal_tuner_spec tuning; /* steps 0: the pretrained network is not tuned */
	Size measuring;                 /* bytes, while it is measured, its rows among them */
} Training;

/*
 * Plan a training on a panel, in CurrentMemoryContext, say what there is to say about the ends of
 * its series, and check all that can be checked before any work: arguments as of train_panel.
 * parent: the model whose networks go on; NULL: fresh ones. The panel is kept by pointer.
 */
extern Training *training_begin(const Model *parent, const lf_real *weights, const Panel *panel,
								char **covariate_names, const TrainOptions *options,
								TrainPurpose purpose);

#endif
