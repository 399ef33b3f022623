/*
 * options.h
 *	  The training options: one table of names, types, defaults, ranges and
 *	  descriptions, from which parsing, lstm_options, lstm_option_info, the model's
 *	  metadata and the reference page derive.
 */
#ifndef LSTM_FORECAST_OPTIONS_H
#define LSTM_FORECAST_OPTIONS_H

#include "postgres.h"
#include "utils/jsonb.h"

#include "core/config.h"
#include "rows/policies.h"

#define OPTION_AUTO (-1) /* in an int or enum option: to be derived from the data */
#define OPTION_MOST_MEMBERS 100
#define OPTION_DEFAULT_ENSEMBLE 4
#define LARGEST_VALIDATION_FRACTION 0.9

typedef enum IntervalMethod
{
	INTERVAL_CONFORMAL,
	INTERVAL_MODEL, /* from the quantile or distribution head */
	INTERVAL_NONE
} IntervalMethod;

/* The network that ships with the extension, among the starts of a series. */
typedef enum PretrainedUse
{
	PRETRAINED_JOIN, /* one of them */
	PRETRAINED_ONLY, /* in place of all others, and of networks trained on the rows */
	PRETRAINED_NONE
} PretrainedUse;

/*
 * Every option by its SQL name. What may be "auto" holds OPTION_AUTO (NULL for
 * text, NaN for float8) until training has chosen; afterwards it holds the
 * effective value.
 */
typedef struct TrainOptions
{
	int horizon;
	int lookback;
	char *frequency; /* NULL: auto */
	char *steps;     /* a table or SELECT that lists them; NULL: none */
	char *time_zone; /* NULL: auto, the session's; without timestamps it stays so */
	int seasonal_period;
	int missing;     /* MissingPolicy */
	int duplicates;  /* DuplicatePolicy */
	int glitches;    /* GlitchPolicy */
	int on_error;    /* ErrorPolicy */
	int cell;        /* lf_cell_kind */
	int hidden_size; /* OPTION_AUTO: by the number of windows */
	int num_layers;
	bool bidirectional;
	double dropout;
	int patch_length;
	int decoder;     /* lf_decoder_kind */
	int supervision; /* lf_supervision_kind */
	bool linear_skip;
	int seasonal_skip;  /* OPTION_AUTO, 0 or 1 */
	int normalization;  /* lf_normalization or OPTION_AUTO */
	int transform;      /* lf_transform or OPTION_AUTO */
	char *holidays;     /* a table or SELECT that lists them; NULL: none */
	bool calendar;      /* the timestamp's hour, weekday, ... as future covariates */
	int loss;           /* lf_loss_kind or OPTION_AUTO */
	int quantile_count; /* of loss quantile */
	double *quantiles;  /* (quantile_count) ascending, each in (0, 1) */
	int interval;       /* IntervalMethod or OPTION_AUTO */
	double minimum;     /* of forecasts; NaN: by the data, -infinity: none */
	double maximum;     /* NaN: by the data, infinity: none */
	int optimizer;
	double learning_rate; /* NaN: by the number of series */
	int schedule;
	double weight_decay;
	double gradient_clip;
	int batch_size;
	int max_epochs;
	int max_steps;
	int patience;
	double validation_fraction;
	bool refit;          /* go on with all data once the errors are known */
	double max_seconds;  /* NaN: no limit */
	bool log_seconds;    /* keep wall-clock seconds in the training log */
	int ensemble_size;   /* OPTION_AUTO: options_ensemble_size */
	char *class_weights; /* NULL: none; "balanced", or a JSON object of weights by label */
	Jsonb *members;      /* array of objects, what each network has of its own; NULL: by design */
	int start;           /* OPTION_AUTO, 0 or 1: a statistical forecast beside the networks */
	int pretrained;      /* PretrainedUse */
	int workers; /* processes that train, this one included; OPTION_AUTO: as settings allow */
	int64 seed;
	bool networks_given; /* an option of the networks, or of their training, was given */
} TrainOptions;

/* All defaults. */
extern void options_default(TrainOptions *options);

/*
 * Defaults overridden by a JSON object (NULL: none). An unknown key raises
 * 22023 with the nearest known key in the hint; a wrong type or a value out of
 * range 22023 with the option's name and what is allowed. The same holds for the
 * objects of `members`, where only options of one network and its training may
 * stand; more of them than ensemble_size raise 22023, too, and so does a minimum
 * above the maximum. Texts and arrays are copied into CurrentMemoryContext.
 */
extern void options_parse(TrainOptions *options, Jsonb *json);

/*
 * The same on top of a model's effective options, for its fine-tuning: those that a model keeps may
 * be left open or repeated; others there raise 22023, with a hint that names lstm_train.
 */
extern void options_refine(TrainOptions *options, Jsonb *json);

/*
 * The options of network number (from 0) of an ensemble: those of all, overridden by
 * the object of `members` whose turn it is (number modulo their count). Only options
 * of the network and its training may stand there; options_parse has checked that.
 */
extern void options_of_member(const TrainOptions *options, int number, TrainOptions *member);

/* Objects in `members`; 0 where there are none. */
extern int options_member_count(const TrainOptions *options);

/* Networks to train: ensemble_size, or where that is open one for each object of
 * `members`, or OPTION_DEFAULT_ENSEMBLE. */
extern int options_ensemble_size(const TrainOptions *options);

/* All options with their present values, which options_parse reads again; open ones as
 * "auto" or "none". */
extern Jsonb *options_to_jsonb(const TrainOptions *options);

/* The same of those that classes have; options_parse_classes reads them again. */
extern Jsonb *options_to_jsonb_classes(const TrainOptions *options);

/* The SQL word for an enum option's value ("lstm", "cosine"), e.g. options_word("cell", 0). */
extern const char *options_word(const char *option, int value);

#endif
