/*
 * held_out.h
 *	  Windows that a model is measured on: calibration.c, start_share.c, interval_windows.c.
 */
#ifndef LSTM_FORECAST_HELD_OUT_H
#define LSTM_FORECAST_HELD_OUT_H

#include "postgres.h"

#include "core/dataset.h"
#include "model/model.h"
#include "model/starts.h"
#include "plan/plan.h"

#define MOST_WINDOWS 1000 /* measured, evenly spaced */
#define PAST_WINDOWS 200  /* of them in the past of one series, at most */

/* Everything that belongs to the held-out windows; arrays are (count, horizon). */
typedef struct HeldOut
{
	int64 count;
	int horizon;
	lf_window *windows; /* series by series */
	double *actual;     /* 0 after the end of the series */
	uint8 *observed;    /* 0: there is nothing to compare with */
	double *forecast;
	double *naive;
	double *scales; /* (count) MASE's, of the window's series */
} HeldOut;

/* Fill what is known of the windows: actual, observed, naive. */
extern void held_out_actuals(HeldOut *held, const lf_dataset *dataset, int season);

/* The errors of forecasts (count, horizon) of the held-out windows [from, to). */
extern ForecastErrors held_out_errors(const HeldOut *held, const double *forecast, int64 from,
									  int64 to);

/* Which part of a series' past windows are taken from. */
typedef struct PastPart
{
	int64 least;  /* steps before the first origin */
	int fraction; /* of the series, its inverse, that lies before it */
	int64 most;   /* origins of one series */
} PastPart;

/* The first origin in a series of that length. */
static inline int64
past_first_origin(const PastPart *part, int64 length)
{
	return Max(part->least, length / part->fraction);
}

/*
 * Windows in that part of a sample of series, at evenly spaced origins. Their last steps may lie
 * after the end of the series. None where no series is long enough.
 */
extern HeldOut *held_out_past(const Model *model, const lf_dataset *dataset, const PastPart *part);

/*
 * The windows that a model is measured on, whose networks are known; NULL: there are none. Only
 * `horizon`, `count` and `windows` are filled.
 */
extern HeldOut *held_out_find(const Model *model, const TrainPlan *plan, const lf_dataset *dataset);

/*
 * The forecasts (count, horizon) of starts for held-out windows, in CurrentMemoryContext; what is
 * kept of answers in `work` goes by the order of the windows. Interruptible.
 */
extern double *forecast_starts(const TrainPlan *plan, const lf_dataset *dataset,
							   const HeldOut *held, StartWork *work);

/* The windows on which starts alone are measured. */
extern HeldOut *start_windows(const Model *model, const lf_dataset *dataset);

/*
 * The windows that intervals are made of, once the errors are known: those held out, but for the
 * steps after a break such as a meter's replacement, whose `observed` is cleared; of what is often
 * zero, where these are few, windows all over the past. Interruptible.
 */
extern HeldOut *interval_windows(const Model *model, const lf_dataset *dataset, HeldOut *held,
								 bool intermittent);

/*
 * Let the starts have the share in the model's forecasts by which these erred least on the held-out
 * windows, whose forecasts are the networks' (or nothing, where the model has none) and become
 * those of the mixture. Where the share is all the model loses its networks. Fills
 * model->start_share, the series' starts, chosen on all of their steps, and model->errors.start.
 * tuned: weights of the pretrained network that have not seen the tail, which become the model's
 * where they err less than its own; NULL: there are none. Interruptible.
 */
extern void take_starts(Model *model, const TrainPlan *plan, const lf_dataset *dataset,
						lf_real *tuned, HeldOut *held);

/*
 * Where there are no windows that could tell, the share stays what it is: that of the model whose
 * networks went on. Chooses the starts that it needs. Interruptible.
 */
extern void keep_share(Model *model, const lf_dataset *dataset);

#endif
