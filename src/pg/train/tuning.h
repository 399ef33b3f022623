/*
 * tuning.h
 *	  Goes on training the pretrained network on the rows of a panel.
 *
 * Of one series networks learn more by themselves; of many series a minute teaches the network
 * that ships what is common to them. It is no option: train.c tries it where there are enough
 * series, and keeps the weights where they err less on the held-out windows.
 */
#ifndef LSTM_FORECAST_TUNING_H
#define LSTM_FORECAST_TUNING_H

#include "postgres.h"

#include "datatype/timestamp.h"

#include "core/dataset.h"
#include "core/universal_tuner.h"
#include "model/model.h"
#include "plan/plan.h"

#define MANY_SERIES 20 /* whose held-out windows tell more of a network than the past of each */

/*
 * What will be done; its steps are 0 where nothing will. They depend on nothing but the rows and
 * the plan, and on whether there is memory for it besides `held` bytes. It takes about a
 * third of the networks' time at most.
 */
extern lf_universal_tuner_spec plan_tuning(const Model *model, const TrainPlan *plan,
										   const lf_dataset *dataset, Size held);

/* Bytes of a tuner, of the weights that both tunings give, and of what they are tried on. */
extern Size tuning_bytes(const lf_universal_tuner_spec *spec);

/*
 * Weights that were tuned on all but the last `tail` steps of each series, in half precision, in
 * CurrentMemoryContext. NULL: nothing is to be tuned, the time limit of a training that began then
 * was reached, or the weights went astray. Interruptible.
 */
extern lf_real *tune_pretrained(const lf_universal_tuner_spec *tuning, int64 tail,
								const TrainOptions *options, TimestampTz started);

#endif
