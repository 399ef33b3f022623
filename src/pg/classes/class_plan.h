/*
 * class_plan.h
 *	  Sizes and training of networks that tell classes, as far as options leave them open.
 */
#ifndef LSTM_FORECAST_CLASS_PLAN_H
#define LSTM_FORECAST_CLASS_PLAN_H

#include "postgres.h"

#include "core/classifier.h"
#include "core/config.h"
#include "classes/class_sequences.h"
#include "classes/members.h"
#include "options/options.h"

typedef struct ClassPlan
{
	TrainOptions options; /* effective */
	char *reasons;        /* JSON object: option -> why it was chosen */
	ClassTraining training;
} ClassPlan;

/* Raise 22023 for a normalization that is none of classes. */
extern void class_plan_check(const TrainOptions *options);

/* From the options and what there is to train on. */
extern ClassPlan class_plan(const TrainOptions *options, const ClassData *data,
							const ClassSequences *sequences);

#endif
