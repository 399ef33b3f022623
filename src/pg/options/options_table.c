/*
 * options_table.c
 *	  Every training option: name, type, default, range, meaning.
 *
 * Parsing, lstm_options, lstm_option_info, the model's metadata and the
 * reference page all derive from this table. A new option is a field in
 * TrainOptions, an entry here and an argument of lstm_options.
 */
#include "postgres.h"

#include <limits.h>
#include <math.h>

#include "common/shortest_dec.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "core/classifier.h"
#include "core/scaling.h"
#include "time/calendar.h"
#include "options/options_table.h"

/* Words by value: the order is that of the enum each comment names. */
static const char *const missing_words[] = {"linear", "previous", "zero", "error", NULL};
static const char *const duplicates_words[] = {"error", "mean", "sum", "last", NULL};
static const char *const glitches_words[] = {"ignore", "keep", NULL};
static const char *const on_error_words[] = {"error", "skip", NULL};
static const char *const cell_words[] = {"lstm", "gru", "rnn", NULL};
static const char *const decoder_words[] = {"direct", "parallel", "recursive", NULL};
static const char *const supervision_words[] = {"last", "sequence", NULL};
static const char *const normalization_words[] = {
	"last", "mean", "instance", "season", "standard", "minmax", "none", "count", NULL};
static const char *const transform_words[] = {"none", "log", "log1p", NULL};
static const char *const loss_words[] = {"mae",      "mse",       "huber",   "quantile",
										 "gaussian", "student_t", "poisson", "negative_binomial",
										 "tweedie",  NULL};
static const char *const interval_words[] = {"conformal", "model", "none", NULL};
static const char *const pretrained_words[] = {"join", "only", "none", NULL};
static const char *const optimizer_words[] = {"adam", "adamw", "sgd", "rmsprop", NULL};
static const char *const class_weights_words[] = {"balanced", NULL};
static const char *const schedule_words[] = {"constant", "cosine", "onecycle", "step", NULL};

/* The array of words must end where the enum does. */
#define WORDS_MATCH(words, last)                                                                   \
	StaticAssertDecl(lengthof(words) == (last) + 2, "words of " #words " do not match its enum")

WORDS_MATCH(missing_words, MISSING_ERROR);
WORDS_MATCH(duplicates_words, DUPLICATES_LAST);
WORDS_MATCH(glitches_words, GLITCHES_KEEP);
WORDS_MATCH(on_error_words, ON_ERROR_SKIP);
WORDS_MATCH(cell_words, LF_CELL_RNN);
WORDS_MATCH(decoder_words, LF_DECODER_RECURSIVE);
WORDS_MATCH(supervision_words, LF_SUPERVISION_SEQUENCE);
WORDS_MATCH(normalization_words, LF_NORMALIZE_COUNT);
WORDS_MATCH(transform_words, LF_TRANSFORM_LOG1P);
WORDS_MATCH(loss_words, LF_LOSS_TWEEDIE);
WORDS_MATCH(interval_words, INTERVAL_NONE);
WORDS_MATCH(pretrained_words, PRETRAINED_NONE);
WORDS_MATCH(optimizer_words, LF_OPTIMIZER_RMSPROP);
WORDS_MATCH(schedule_words, LF_SCHEDULE_STEP);

#define LONGEST_STEPS 100000 /* it is kept in the model */

/* Enough for the usual intervals and for a CRPS. */
static const double quantiles_initial[] = {0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5,
										   0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95};

StaticAssertDecl(lengthof(quantiles_initial) <= LF_MAX_QUANTILES, "too many default quantiles");

#define FIELD(field) .name = #field, .offset = offsetof(TrainOptions, field)
#define NETWORKS_FIELD(field) FIELD(field), .networks = true
#define MEMBER_FIELD(field) NETWORKS_FIELD(field), .member = true

const OptionDescriptor option_table[] = {
	{FIELD(horizon), .kept = true, .type = OPTION_INTEGER, .unset = "auto", .minimum = 1,
	 .maximum = LF_MAX_HORIZON,
	 .description = "steps to forecast; auto goes by frequency: yearly 6, quarterly 8, "
					"monthly 18, weekly 13, daily 14, business day 10, hourly 48, else 12; "
					"for a short series at most half of it"},
	{MEMBER_FIELD(lookback), .kept = true, .type = OPTION_INTEGER, .unset = "auto", .minimum = 1,
	 .maximum = LF_MAX_LOOKBACK,
	 .description = "past steps that the network sees; auto gives the networks of an ensemble "
					"a short and a long one"},
	{FIELD(frequency), .kept = true, .type = OPTION_TEXT, .unset = "auto",
	 .allowed =
		 "irregular, business day, an interval such as 1 hour, or a word such as daily, MS, W-SUN",
	 .description = "interval between two steps; auto infers it from the timestamps"},
	{FIELD(steps), .type = OPTION_TEXT, .unset = "none", .most = LONGEST_STEPS,
	 .allowed =
		 "or a table or SELECT with one column of dates or timestamps, in at most " CppAsString2(
			 LONGEST_STEPS) " bytes",
	 .description = "lists the times that are the steps, past and future, instead of an interval: "
					"exchange sessions, opening hours, fiscal periods"},
	{FIELD(time_zone), .kept = true, .type = OPTION_TEXT, .unset = "auto",
	 .accepts = calendar_zone_exists, .allowed = "or a name of pg_timezone_names",
	 .description = "time zone of the series' calendar, in which days and months begin and which "
					"local_ts shows; auto is the session's"},
	{FIELD(seasonal_period), .kept = true, .type = OPTION_INTEGER, .unset = "auto", .minimum = 1,
	 .maximum = LF_MAX_LOOKBACK,
	 .description =
		 "steps in a season, 1 for none; auto is the longest that the data repeat, of those that "
		 "the frequency suggests or the data's spectrum shows"},
	{FIELD(missing), .type = OPTION_CHOICE, .initial = MISSING_LINEAR, .choices = missing_words,
	 .description = "how absent or NULL steps are filled; filled steps do not count in the "
					"loss, unless by zero, which then are observations"},
	{FIELD(duplicates), .type = OPTION_CHOICE, .initial = DUPLICATES_ERROR,
	 .choices = duplicates_words, .description = "what becomes of several rows with one timestamp"},
	{FIELD(glitches), .type = OPTION_CHOICE, .initial = GLITCHES_IGNORE, .choices = glitches_words,
	 .description = "what becomes of a single value that lies far from all around it: it counts as "
					"missing, and a NOTICE tells of it, or it is kept"},
	{FIELD(on_error), .type = OPTION_CHOICE, .initial = ON_ERROR_ERROR, .choices = on_error_words,
	 .description = "what a series that cannot be used does to the training of a panel: end it, or "
					"be left out"},
	{MEMBER_FIELD(cell), .classes = true, .kept = true, .type = OPTION_CHOICE,
	 .initial = LF_CELL_LSTM, .choices = cell_words, .description = "kind of recurrent cell"},
	{MEMBER_FIELD(hidden_size), .classes = true, .kept = true, .type = OPTION_INTEGER,
	 .unset = "auto", .minimum = 1, .maximum = LF_MAX_HIDDEN,
	 .description = "units in a recurrent layer; auto goes by the number of windows"},
	{MEMBER_FIELD(num_layers), .classes = true, .kept = true, .type = OPTION_INTEGER, .initial = 1,
	 .minimum = 1, .maximum = LF_MAX_LAYERS,
	 .description = "recurrent layers on top of one another"},
	{MEMBER_FIELD(bidirectional), .classes = true, .kept = true, .type = OPTION_BOOLEAN,
	 .initial = false,
	 .description =
		 "read the past in both directions; what tells the class of a series does by default"},
	{MEMBER_FIELD(dropout), .classes = true, .type = OPTION_FLOAT, .initial = 0, .minimum = 0,
	 .maximum = 1, .exclusive_maximum = true,
	 .description = "share of units switched off in a training step, between layers and before "
					"the head"},
	{MEMBER_FIELD(patch_length), .classes = true, .kept = true, .type = OPTION_INTEGER,
	 .unset = "auto", .minimum = 1, .maximum = LF_MAX_LOOKBACK,
	 .description = "steps in one network input: 1 is the classical step-by-step network"},
	{MEMBER_FIELD(decoder), .kept = true, .type = OPTION_CHOICE, .initial = LF_DECODER_PARALLEL,
	 .choices = decoder_words,
	 .description = "how the forecast's steps arise: one dense head for all, one decoding step "
					"for each output patch, or an encoder-decoder that is fed its own output"},
	{MEMBER_FIELD(supervision), .classes = true, .kept = true, .type = OPTION_CHOICE,
	 .initial = LF_SUPERVISION_LAST, .choices = supervision_words,
	 .description = "where the loss is taken: at the window's end, or after every input"},
	{MEMBER_FIELD(linear_skip), .kept = true, .type = OPTION_BOOLEAN, .initial = true,
	 .description = "add a linear map of the window to the network's output"},
	{MEMBER_FIELD(seasonal_skip), .kept = true, .type = OPTION_SWITCH, .unset = "auto",
	 .description =
		 "add a naive forecast to the network's output: the seasonal one; auto: whichever of the "
		 "last value, the last season and means of several erred least"},
	{MEMBER_FIELD(normalization), .classes = true, .kept = true, .type = OPTION_CHOICE,
	 .unset = "auto", .choices = normalization_words,
	 .description = "what values are centred on and divided by: the window's last value, its last "
					"season's mean, its mean and deviation, its last season's mean and its "
					"deviation, the series' mean and deviation or its range, or nothing; count, "
					"divided by 1 and the window's mean, is that of the losses of counts; auto "
					"varies within an ensemble"},
	{MEMBER_FIELD(transform), .kept = true, .type = OPTION_CHOICE, .unset = "auto",
	 .choices = transform_words,
	 .description = "function that values pass through first; auto varies within an ensemble"},
	{FIELD(calendar), .kept = true, .type = OPTION_BOOLEAN, .initial = false,
	 .description = "add features of the timestamp to the future covariates: time of day, weekday, "
					"month, as the interval has them"},
	{FIELD(holidays), .type = OPTION_TEXT, .unset = "none", .most = LONGEST_STEPS,
	 .allowed = "or a table or SELECT with a column of dates or timestamps, and one of names, in "
				"at most " CppAsString2(LONGEST_STEPS) " bytes",
	 .description = "lists holidays by day and name, past and future: future covariates that need "
					"no rows"},
	{MEMBER_FIELD(loss), .kept = true, .type = OPTION_CHOICE, .unset = "auto",
	 .choices = loss_words,
	 .description = "what training minimises; quantile, gaussian and student_t forecast a "
					"distribution, poisson, negative_binomial and tweedie that of counts or of "
					"amounts that may be zero, and its mean, the others a point; auto is mae, "
					"negative_binomial where values are whole, none is negative and at least 30 % "
					"are zero, or else mse where they are often zero"},
	{MEMBER_FIELD(quantiles), .kept = true, .type = OPTION_NUMBERS,
	 .count_offset = offsetof(TrainOptions, quantile_count), .initial_numbers = quantiles_initial,
	 .initial_count = lengthof(quantiles_initial), .minimum = 0, .maximum = 1,
	 .exclusive_minimum = true, .exclusive_maximum = true, .most = LF_MAX_QUANTILES,
	 .allowed = "1 to " CppAsString2(LF_MAX_QUANTILES) " different numbers above 0, below 1",
	 .description = "probabilities whose quantiles the network learns where the loss is quantile"},
	{FIELD(interval), .type = OPTION_CHOICE, .unset = "auto", .choices = interval_words,
	 .description =
		 "how prediction intervals arise: from the errors on held-out windows, from the quantiles "
		 "or the distribution that the networks forecast, or not at all; auto is model with a loss "
		 "of counts, else conformal (as an argument of "
		 "lstm_options it is written \"interval\", in quotes)"},
	{FIELD(minimum), .type = OPTION_FLOAT, .unset = "auto", .minimum = -LF_LARGEST_VALUE,
	 .maximum = LF_LARGEST_VALUE, .endless = -INFINITY, .allowed = "none, or -1e150 to 1e150",
	 .description =
		 "least value of forecasts, intervals and quantiles; auto is 0 where no value of "
		 "the data is below zero and all are whole numbers, or many are zero, else none"},
	{FIELD(maximum), .type = OPTION_FLOAT, .unset = "auto", .minimum = -LF_LARGEST_VALUE,
	 .maximum = LF_LARGEST_VALUE, .endless = INFINITY, .allowed = "none, or -1e150 to 1e150",
	 .description = "greatest value of forecasts, intervals and quantiles; auto is that of a "
					"share, 1 or 100, where many values of the data reach it, else none"},
	{MEMBER_FIELD(optimizer), .classes = true, .type = OPTION_CHOICE, .initial = LF_OPTIMIZER_ADAM,
	 .choices = optimizer_words, .description = "rule by which a training step moves the weights"},
	{MEMBER_FIELD(learning_rate), .classes = true, .type = OPTION_FLOAT, .unset = "auto",
	 .minimum = 0, .maximum = 10, .exclusive_minimum = true,
	 .description = "largest step size of the optimizer; auto goes by the number of series"},
	{MEMBER_FIELD(schedule), .classes = true, .type = OPTION_CHOICE, .initial = LF_SCHEDULE_COSINE,
	 .choices = schedule_words, .description = "course of the learning rate over the training"},
	{MEMBER_FIELD(weight_decay), .classes = true, .type = OPTION_FLOAT, .initial = 0, .minimum = 0,
	 .maximum = 1, .description = "strength of the pull of the weights towards zero"},
	{MEMBER_FIELD(gradient_clip), .classes = true, .type = OPTION_FLOAT, .initial = 1, .minimum = 0,
	 .maximum = INFINITY,
	 .description = "largest norm of a gradient, longer ones are cut to it; 0 never cuts"},
	{MEMBER_FIELD(batch_size), .classes = true, .type = OPTION_INTEGER, .unset = "auto",
	 .minimum = 1, .maximum = 65536, .description = "windows in a training step"},
	{MEMBER_FIELD(max_epochs), .classes = true, .type = OPTION_INTEGER, .unset = "auto",
	 .minimum = 1, .maximum = INT_MAX,
	 .description = "epochs after which training ends at the latest"},
	{MEMBER_FIELD(max_steps), .classes = true, .type = OPTION_INTEGER, .unset = "auto",
	 .minimum = 1, .maximum = INT_MAX,
	 .description = "training steps after which training ends at the latest"},
	{MEMBER_FIELD(patience), .classes = true, .type = OPTION_INTEGER, .unset = "auto", .minimum = 0,
	 .maximum = INT_MAX,
	 .description = "epochs without improvement on the validation windows after which training "
					"stops; 0 never stops early"},
	{FIELD(validation_fraction), .classes = true, .type = OPTION_FLOAT, .unset = "auto",
	 .minimum = 0, .maximum = LARGEST_VALIDATION_FRACTION,
	 .description = "share of the series, at its end, held out for early stopping, errors and "
					"intervals; 0 holds nothing out"},
	{FIELD(refit), .classes = true, .type = OPTION_BOOLEAN, .initial = true,
	 .description = "train a little longer on everything, what was held out included, once errors "
					"and intervals are known"},
	{FIELD(max_seconds), .classes = true, .type = OPTION_FLOAT, .unset = "none", .minimum = 0,
	 .maximum = INFINITY, .exclusive_minimum = true,
	 .description = "time limit of the whole training; the best weights so far are kept"},
	{FIELD(log_seconds), .classes = true, .type = OPTION_BOOLEAN, .initial = false,
	 .description = "keep wall-clock seconds in the training log; the model's bytes then differ "
					"from run to run"},
	{NETWORKS_FIELD(ensemble_size), .classes = true, .kept = true, .type = OPTION_INTEGER,
	 .unset = "auto", .minimum = 1, .maximum = OPTION_MOST_MEMBERS,
	 .description = "networks, of whose forecasts the median is taken; auto is " CppAsString2(
		 OPTION_DEFAULT_ENSEMBLE) ", or the number of objects in \"members\"; 1 is the plain "
								  "single "
								  "network"},
	{FIELD(class_weights), .classes = true, .only_classes = true, .type = OPTION_WEIGHTS,
	 .unset = "none", .minimum = 0, .maximum = 1e6, .choices = class_weights_words,
	 .most = LF_MAX_CLASSES,
	 .allowed = "balanced, or an object of weights by label, with numbers above 0, up to 1000000",
	 .description =
		 "how much the errors of each class count in the training of lstm_train_classes: alike; "
		 "balanced, so that each class counts as much as the others however rare it is; or by "
		 "weights, 1 where no other is given"},
	{NETWORKS_FIELD(members), .kept = true, .type = OPTION_OBJECTS, .unset = "auto",
	 .most = OPTION_MOST_MEMBERS,
	 .allowed =
		 "an array of 1 to " CppAsString2(OPTION_MOST_MEMBERS) " objects, each with options of a "
															   "network and its training",
	 .description = "what each network has of its own; a larger ensemble_size goes through the "
					"objects again with other seeds; auto varies the networks by design"},
	{FIELD(start), .kept = true, .type = OPTION_SWITCH, .unset = "auto",
	 .description =
		 "let a statistical forecast (a level, a damped trend, seasonal indices, the last season) "
		 "stand in for the networks, or be mixed with theirs, as far as it errs less on held-out "
		 "steps; auto: where no option says what the networks are"},
	{FIELD(pretrained), .kept = true, .type = OPTION_CHOICE, .initial = PRETRAINED_JOIN,
	 .choices = pretrained_words,
	 .description =
		 "whether the network that ships with the extension is one of the forecasts that "
		 "\"start\" chooses from, forecasts by itself without any training, or is left out"},
	{FIELD(workers), .classes = true, .type = OPTION_INTEGER, .unset = "auto", .minimum = 1,
	 .maximum = 64,
	 .description = "processes that train at once, the session itself included; auto goes by "
					"max_parallel_workers_per_gather; the model is the same for any number"},
	{FIELD(seed), .classes = true, .member = true, .type = OPTION_BIGINT, .initial = 0,
	 .description = "start of all random numbers: same data, options, build and CPU give the same "
					"model"},
};

const int option_count = lengthof(option_table);

const OptionDescriptor *
option_find(const char *name, int length)
{
	for (int i = 0; i < option_count; i++)
		if (strlen(option_table[i].name) == (size_t) length &&
			memcmp(option_table[i].name, name, length) == 0)
			return &option_table[i];
	return NULL;
}

int
option_choice(const OptionDescriptor *option, const char *word, int length)
{
	for (int i = 0; option->choices[i] != NULL; i++)
		if (strlen(option->choices[i]) == (size_t) length &&
			pg_strncasecmp(option->choices[i], word, length) == 0)
			return i;
	return -1;
}

const char *
option_type_name(const OptionDescriptor *option)
{
	switch (option->type)
	{
		case OPTION_INTEGER:
		case OPTION_BIGINT:
			return "bigint";
		case OPTION_FLOAT:
			return "double precision";
		case OPTION_BOOLEAN:
		case OPTION_SWITCH:
			return "boolean";
		case OPTION_NUMBERS:
			return "double precision[]";
		case OPTION_OBJECTS:
			return "jsonb";
		case OPTION_CHOICE:
		case OPTION_TEXT:
		case OPTION_WEIGHTS:
			break;
	}
	return "text";
}

/* "1 to 1024", "0 or more", "above 0, up to 10", "0 or more, below 1". */
static void
append_range(StringInfo text, const OptionDescriptor *option)
{
	char minimum[DOUBLE_SHORTEST_DECIMAL_LEN];
	char maximum[DOUBLE_SHORTEST_DECIMAL_LEN];

	double_to_shortest_decimal_buf(option->minimum, minimum);
	double_to_shortest_decimal_buf(option->maximum, maximum);
	if (!option->exclusive_minimum && !option->exclusive_maximum && !isinf(option->maximum))
	{
		appendStringInfo(text, "%s to %s", minimum, maximum);
		return;
	}
	appendStringInfo(text, option->exclusive_minimum ? "above %s" : "%s or more", minimum);
	if (!isinf(option->maximum))
		appendStringInfo(text, option->exclusive_maximum ? ", below %s" : ", up to %s", maximum);
}

char *
option_allowed_text(const OptionDescriptor *option)
{
	StringInfoData text;

	initStringInfo(&text);
	if (option->unset != NULL)
		appendStringInfo(&text, "%s, ", option->unset);
	switch (option->type)
	{
		case OPTION_INTEGER:
		case OPTION_FLOAT:
			if (option->allowed != NULL)
			{
				appendStringInfoString(&text, option->allowed);
				break;
			}
			if (option->unset != NULL)
				appendStringInfoString(&text, "or ");
			append_range(&text, option);
			break;
		case OPTION_BIGINT:
			appendStringInfoString(&text, "any whole number");
			break;
		case OPTION_BOOLEAN:
		case OPTION_SWITCH:
			appendStringInfoString(&text, "true, false");
			break;
		case OPTION_CHOICE:
			for (int i = 0; option->choices[i] != NULL; i++)
				appendStringInfo(&text, i == 0 ? "%s" : ", %s", option->choices[i]);
			break;
		case OPTION_OBJECTS:
			appendStringInfo(&text, "or %s", option->allowed);
			break;
		case OPTION_TEXT:
		case OPTION_NUMBERS:
		case OPTION_WEIGHTS:
			appendStringInfoString(&text, option->allowed);
			break;
	}
	return text.data;
}

void
option_throw_invalid(const OptionDescriptor *option, const char *value, const char *hint)
{
	int length = (int) strlen(value);
	int clipped = pg_mbcliplen(value, length, OPTION_SHOWN_VALUE);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for option \"%s\": %s%s", option->name, pnstrdup(value, clipped),
					clipped < length ? "..." : ""),
			 errdetail("The option is of type %s; allowed: %s.", option_type_name(option),
					   option_allowed_text(option)),
			 errhint("%s", hint != NULL ? hint : "lstm_option_info() describes every option.")));
}
