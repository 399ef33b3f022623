/*
 * starts.h
 *	  What chooses starts and forecasts with them: the request, scratch, and the pretrained network.
 */
#ifndef LSTM_FORECAST_STARTS_H
#define LSTM_FORECAST_STARTS_H

#include "postgres.h"

#include "core/start.h"
#include "model/model.h"

typedef struct StartWork
{
	lf_start_request request; /* with the network, where there is one */
	double *scratch;
	lf_start_answers answers; /* room 0: none are kept */
	lf_start_notes notes;     /* likewise, without room */
} StartWork;

/* What the starts of a model are chosen for; means go with squares. Without the network. */
extern lf_start_request starts_request(const Model *model);

/* Does a start ask the pretrained network? */
extern bool start_pretrained(const lf_start *start);

/* Does any of the model's? */
extern bool starts_pretrained(const Model *model);

/* Is every start of the model's the pretrained network alone? */
extern bool starts_all_pretrained(const Model *model);

/*
 * Does the pretrained network say how far its own forecasts may be off? It does where it is asked
 * to, and where nothing is known of the errors that it made on the series. Then those of series
 * that the model has not seen are the network's alone, too.
 */
extern bool starts_tell(const Model *model);

/* Bytes of the following. */
extern Size start_work_bytes(const lf_start_request *request, bool pretrained);

/*
 * Ready to choose starts for this request and to forecast with them, in CurrentMemoryContext.
 * pretrained: with the network that ships with the extension, as far as its horizon reaches, or
 * with other weights of its shape (NULL: its own).
 */
extern StartWork *start_work_begin(const lf_start_request *request, bool pretrained,
								   const lf_real *weights);
extern void start_work_end(StartWork *work);

/*
 * Keep what methods find in a series and what the network says, as starts are chosen at one origin
 * of it after the other: of series whose values neither move nor change as long as the work lasts.
 */
extern void start_work_keep(StartWork *work);

/*
 * Starts will be chosen for a series at these lengths of it, which ascend: ask the network about
 * them together, where its answers are kept.
 */
extern void start_work_foresee(StartWork *work, const double *values, const int64_t *lengths,
							   int64 count);

/* Go on with other weights of the network, which there is; NULL: its own. Kept by pointer. */
extern void start_work_load(StartWork *work, const lf_real *weights);

/* lf_start_choose and lf_start_forecast with it. */
extern lf_start start_work_choose(StartWork *work, const double *values, const uint8 *observed,
								  int64 length);
extern void start_work_forecast(StartWork *work, const lf_start *start, const double *values,
								int64 length, int horizon, double *forecast);

/* One of several series that are forecast. */
typedef struct StartSeries
{
	const lf_start *start;
	const double *values;
	int64 length;
} StartSeries;

/*
 * The same of at most LF_START_TOGETHER series: (count, horizon). Where levels are asked for, each
 * start is the network alone: quantiles (count, horizon, level_count) are the values that it
 * expects observations to stay below, with these probabilities, ascending in the level; not below
 * zero where no value is.
 */
extern void start_work_forecast_several(StartWork *work, const StartSeries *series, int count,
										int horizon, int level_count, const double *levels,
										double *forecasts, double *quantiles);

#endif
