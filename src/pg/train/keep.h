/*
 * keep.h
 *	  What a model keeps of a training: its networks, their log, and the ends of the series.
 */
#ifndef LSTM_FORECAST_KEEP_H
#define LSTM_FORECAST_KEEP_H

#include "postgres.h"

#include "rows/panel.h"
#include "model/model.h"
#include "plan/plan.h"
#include "train/train_member.h"

/*
 * The networks as they are measured (the outputs' parameters, kept by pointer), and their log;
 * those that no option describes are rounded to halves, in which they are stored.
 */
extern void keep_members(Model *model, const TrainPlan *plan, const MemberOutput *outputs);

/* Note which series the networks learned from. */
extern void keep_learned(Model *model, const TrainJob *job);

/*
 * Of each series what forecasts read, kept by pointer, and of those that were left out why. Once
 * the model's networks, starts and calibration are known.
 */
extern void keep_panel(Model *model, const Panel *panel);

#endif
