/*
 * model.h
 *	  A trained model, and its bytes: a safetensors file.
 *
 * Tensors: each member's parameters under PyTorch's names (with one member "weight_ih_l0", with
 * several "0.weight_ih_l0", "1.weight_ih_l0", ..., as in an nn.ModuleList's state_dict), F32, or
 * F16 where every weight of the network is a number of half precision: half.h); "series" I64
 * (series, 7), the numbers of each; "history.values" F64, the last steps of every series behind
 * one another; "history.covariates" F32 (steps, past + future), where the user gave any, those of
 * these steps and of the steps after them that are known ahead; "scalers" F64 (members, series,
 * 5); "starts" F64 (series, 3, 8), where these have a share in forecasts: of each part method,
 * transform, season, weight and parameters, zeros where there is none; "usual_spreads" F64
 * (series); "holiday_differences" F64 (series), where effects of holidays are known;
 * "series_errors" F64 (series, 3), NaN where there are none; "calibration.residuals"
 * F32 (horizon, points), where there are any; "training_log" F64 (rows, 6); "steps" U8 where steps
 * are listed, those from the first one of any series on (step_list.h). Everything else is in
 * __metadata__, as strings: "lstm_forecast.checksum", eight hexadecimal digits, the CRC-32C of
 * all bytes with these digits taken as zeros; "lstm_forecast.version" of the format;
 * "lstm_forecast.options" and "lstm_forecast.model", JSON. Byte for byte reproducible: nothing in
 * it depends on the clock, unless the option log_seconds asks for that, or on how many processes
 * trained it (the option workers is "auto" in it).
 */
#ifndef LSTM_FORECAST_MODEL_H
#define LSTM_FORECAST_MODEL_H

#include "postgres.h"

#include "core/config.h"
#include "core/calibration.h"
#include "core/event.h"
#include "core/loss.h"
#include "core/parameters.h"
#include "core/scaling.h"
#include "core/start.h"
#include "time/wall_clock.h"
#include "time/frequency.h"
#include "time/holiday_list.h"
#include "rows/vocabulary.h"
#include "options/options.h"
#include "plan/season.h"

/*
 * Raise it with every change that older versions cannot read; a new option is
 * one. 2: panels, covariates, distributions. 3: usual spreads, limits. No release wrote 1 or 2, and
 * nothing reads it.
 */
#define MODEL_FORMAT_VERSION 3

#define MODEL_LONGEST_MESSAGE 500 /* bytes, of a series that was left out */

/* How long and how fast a member was trained: forecasts do not need it, readers of the model do. */
typedef struct ModelSchedule
{
	int batch_size;
	int max_epochs;
	int64 max_steps;
	int patience; /* epochs; 0: no early stopping */
	double learning_rate;
} ModelSchedule;

typedef struct ModelMember
{
	lf_network_config network;
	lf_scaling_config scaling;
	lf_loss loss;
	ModelSchedule schedule;
	uint64 seed;
	int best_epoch;
	lf_scaler *scalers;  /* one a series */
	lf_real *parameters; /* the table's order */
} ModelMember;

/* The errors of one series on its held-out windows, in the data's units; NaN: nothing to measure.
 */
typedef struct SeriesErrors
{
	int64 windows;
	double mae;
	double mase;
	double naive_mae; /* of the seasonal naive forecast */
} SeriesErrors;

/* A series that training left out. */
typedef struct ModelSkipped
{
	char *label;
	char *message; /* why; at most MODEL_LONGEST_MESSAGE bytes */
} ModelSkipped;

typedef struct ModelSeries
{
	char *label;               /* all different; NULL for a model of one unnamed series */
	int64 rows;                /* observations it was trained on */
	int64 length;              /* steps of its history in the model: what forecasts read of it */
	const double *history;     /* (length) the last steps, filled */
	int64 covered;             /* steps with future covariates, >= length; length without any */
	float *covariates;         /* (covered, past + future) as the user gave them; NULL: none */
	double usual_spread;       /* of its changes, in the calibration's units; 0: it never changes */
	lf_start start;            /* where the model has starts */
	bool learned;              /* the networks learned from it; else it is too short for that */
	double holiday_difference; /* of the effects of holidays in it from those in all */
	SeriesErrors errors;
	Frequency frequency;    /* kind, count and open times are the model's, anchors its own */
	TimestampTz first_time; /* of the training data; undefined for FREQUENCY_NONE */
	TimestampTz last_time;  /* forecasts start one step after it */
} ModelSeries;

/* The drivers of a model; C = 1 + past + future, but a word each of categories, + the calendar's.
 */
typedef struct ModelCovariates
{
	int past;                    /* known up to now */
	int future;                  /* known ahead */
	int statics;                 /* of these the last, the same at all steps of a series */
	bool calendar;               /* features of the timestamp besides, known ahead: covariates.h */
	const HolidayList *holidays; /* and of these; NULL: none */
	char **names;                /* (past + future) columns; NULL where they came as arrays */
	double *means;               /* (past + future) by which they are standardised */
	double *deviations;          /* (past + future) > 0 */
	/*
	 * (past + future) the words of a column of categories, NULL for one of numbers; where there is
	 * one, shares has for each word the part of the known steps that hold it. NULL: none is.
	 */
	Vocabulary **categories;
	double **shares;
} ModelCovariates;

/* In the data's units; NaN where there was nothing to measure. */
typedef struct ForecastErrors
{
	double mae;
	double rmse;
	double smape;
	double mase; /* MAE over the in-sample seasonal naive error */
} ForecastErrors;

/* On held-out windows. */
typedef struct ModelErrors
{
	int64 windows; /* 0: there were none */
	bool shared;   /* they also served early stopping (short series) */
	ForecastErrors model;
	ForecastErrors naive; /* the seasonal naive forecast on the same windows */
	ForecastErrors start; /* the series' starts */
} ModelErrors;

typedef struct ModelLogRow
{
	int member; /* from 1 */
	int epoch;  /* from 1 */
	double train_loss;
	double validation_loss; /* NaN: none */
	double learning_rate;
	double seconds; /* NaN: not kept */
} ModelLogRow;

typedef struct Model
{
	TrainOptions options; /* effective; auto remains only where members differ by design */
	Frequency frequency;
	int horizon;
	bool pretrained;    /* starts may ask the network that ships with the extension */
	bool bare;          /* nothing but that network: what it forecasts is found in fresh rows */
	bool own_weights;   /* of a model that is read: it has weights of its own */
	lf_real *weights;   /* these, in the order of pretrained_table; NULL: those that ship */
	int season;         /* seasonal period, 1: none */
	Seasons seasons;    /* with it, all that were found */
	double dispersion;  /* what is usual among the series, with a loss of counts; else 0 */
	bool whole;         /* values are whole, none is below zero: so are the ends of intervals */
	bool wall_clock;    /* networks and starts read steps by the clocks of their zone: on_clock.h */
	double start_share; /* of the starts in forecasts, the rest is the networks'; 0 to 1 */
	bool starts;        /* series have one: for that share, or as some are too short for networks */
	int member_count;   /* 0: the starts alone forecast */
	ModelMember *members;
	int64 series_count;
	ModelSeries *series; /* by label, bytewise */
	int64 skipped_count;
	ModelSkipped *skipped; /* by label */
	ModelCovariates covariates;
	char *reasons; /* JSON object: option -> why it was chosen; "{}" where nothing was */
	int64 rows;    /* rows read */
	int64 missing; /* steps filled */
	int64 train_windows;
	ModelErrors errors;
	lf_calibration calibration; /* points 0: no intervals */
	int64 log_count;
	ModelLogRow *log;
	uint32 checksum; /* of the bytes that it was read from */
	char *kernel;    /* kernels that trained it, e.g. "avx512" */
	char *extension; /* version that trained it; model_encode writes its own */

	struct ReadyNetworks *ready; /* of a model that is kept for more statements: ensemble.h */
} Model;

/* Does it forecast counts: means, and a distribution around them? */
static inline bool
model_counts(const Model *model)
{
	return model->options.loss >= 0 && lf_loss_of_counts((lf_loss_kind) model->options.loss);
}

/* Do its starts ask weights that are kept with it? Of no others a word is stored. */
static inline bool
model_has_own_weights(const Model *model)
{
	return model->pretrained && model->weights != NULL;
}

/* Does any series go by its start? Known once their number and the options are. */
static inline bool
model_needs_starts(const Model *model)
{
	bool needed = model->start_share > 0;

	/* who wants the networks alone has them for all series */
	for (int64 i = 0; i < model->series_count && !needed && model->options.start == 1; i++)
		needed = !model->series[i].learned;
	return needed;
}

/*
 * The starts' share in forecasts of a series of the model, or of one that it has never seen (-1).
 * What the networks did not learn from goes by its start alone: how they compare was found on
 * longer series.
 */
static inline double
model_start_share(const Model *model, int64 number)
{
	return model->starts && number >= 0 && !model->series[number].learned ? 1 : model->start_share;
}

/* Steps that the network with the longest memory reads. */
static inline int
model_longest_lookback(const Model *model)
{
	int longest = 0;

	for (int i = 0; i < model->member_count; i++)
		longest = Max(longest, model->members[i].network.lookback);
	return longest;
}

/* Steps that a forecast should have before its origin: networks a window, starts two seasons. */
static inline int64
model_least_history(const Model *model)
{
	return model->member_count > 0 ? model_longest_lookback(model) : 2 * (int64) model->season;
}

/* Steps before its origin that a forecast reads. */
static inline int64
model_memory(const Model *model)
{
	int64 longest = model_longest_lookback(model);

	if (model->starts)
		longest = Max(longest, lf_start_memory(model->season));
	if (model->pretrained)
		longest = Max(longest, lf_universal_memory(model->season,
												   seasons_second(model->season, &model->seasons)));
	return longest;
}

/*
 * The same, and steps that the spread of its interval is of, and those that tell what is usual
 * where holidays are: a model keeps no more of a series.
 * Those of some hours more where an hour may come twice by the clock.
 */
static inline int64
model_steps_read(const Model *model)
{
	int64 steps = Max(model_memory(model), lf_calibration_memory(&model->calibration));

	if (model->covariates.holidays != NULL && model->covariates.holidays->effects != NULL)
		steps += (int64) LF_EVENT_REACH * holiday_week(&model->frequency);
	return steps + wall_clock_more(model->wall_clock, &model->frequency);
}

#endif
