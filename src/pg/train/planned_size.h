/*
 * planned_size.h
 *	  What is known of a model's size before it is trained.
 */
#ifndef LSTM_FORECAST_PLANNED_SIZE_H
#define LSTM_FORECAST_PLANNED_SIZE_H

#include "postgres.h"

#include "core/dataset.h"
#include "plan/plan.h"

/*
 * Hold to the limit of check_model_size, before training, what is known of a model by then: the
 * weights of its networks, what it keeps of every series, its name among this, and the residuals
 * of its intervals. Never more than the model will have. Names that fill more than a model's
 * header can hold raise 54000, too.
 */
extern void check_planned_size(const TrainPlan *plan, const Panel *panel,
							   const lf_dataset *dataset);

#endif
