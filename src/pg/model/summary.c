/*
 * summary.c
 *	  lstm_summary: what a model is, in plain words.
 *
 * Rows go from what everybody asks to what few do. A row stands for what is there: a model without
 * timestamps has no row about its zone. Nothing in it depends on the session.
 */
#include "postgres.h"

#include <math.h>

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "base/interrupts.h"
#include "base/jsonio.h"
#include "options/options_table.h"
#include "model/classifier_inspect.h"
#include "model/holidays.h"
#include "model/decode.h"
#include "model/extent.h"
#include "model/fetch.h"
#include "model/network_table.h"
#include "model/pretrained.h"
#include "model/start_text.h"
#include "model/summary.h"
#include "model/words.h"

PG_FUNCTION_INFO_V1(lstm_summary);

#define SUMMARY_COLUMNS 4

static const char *const cell_names[] = {"LSTM", "GRU", "simple recurrent network"};

/* What the values of a window are centred on and divided by, by lf_normalization. */
static const char *const scale_names[] = {
	[LF_NORMALIZE_LAST] = "from the window's last value",
	[LF_NORMALIZE_MEAN] = "from the mean of the window's last season",
	[LF_NORMALIZE_INSTANCE] = "by the window's mean and deviation",
	[LF_NORMALIZE_SEASON] = "by its last season's mean and the window's deviation",
	[LF_NORMALIZE_STANDARD] = "by the series' mean and deviation",
	[LF_NORMALIZE_MINMAX] = "by the series' range",
	[LF_NORMALIZE_NONE] = "as they are",
	[LF_NORMALIZE_COUNT] = "by one more than the window's mean",
};

StaticAssertDecl(lengthof(cell_names) == LF_CELL_RNN + 1, "a cell without a name");
StaticAssertDecl(lengthof(scale_names) == LF_NORMALIZE_COUNT + 1, "a scale without a name");

void
summary_row(Summary *summary, const char *name, const char *value, const char *why)
{
	bool nulls[SUMMARY_COLUMNS] = {false, false, false, why == NULL};
	Datum values[SUMMARY_COLUMNS] = {0};

	if (value == NULL)
		return;
	values[0] = CStringGetTextDatum(summary->part);
	values[1] = CStringGetTextDatum(name);
	values[2] = CStringGetTextDatum(value);
	if (why != NULL)
		values[3] = CStringGetTextDatum(why);
	tuplestore_putvalues(summary->result->setResult, summary->result->setDesc, values, nulls);
}

const char *
summary_why(Summary *summary, const char *option)
{
	JsonbValue value;

	if (getKeyJsonValueFromContainer(&summary->reasons->root, option, (int) strlen(option),
									 &value) == NULL)
		return NULL;
	Assert(summary->told_count < SUMMARY_MOST_TOLD);
	summary->told[summary->told_count++] = option;
	return pnstrdup(value.val.string.val, value.val.string.len);
}

/* What forecasts, and for how many series. */
static const char *
kind_text(const Model *model)
{
	const char *series = words_count(model->series_count, "series", "series");

	if (model->bare)
		return "the pretrained network alone: it forecasts the rows it is given";
	if (model->member_count > 0)
		return psprintf("%s, trained on %s",
						words_count(model->member_count, "recurrent network", NULL), series);
	return psprintf("%s for %s, no network trained on them",
					model->options.pretrained == PRETRAINED_ONLY ? "the pretrained network"
																 : "statistical forecasts",
					series);
}

static void
tell_kind(Summary *summary)
{
	const char *why = summary_why(summary, "ensemble_size");

	/* networks that were tried and are not kept */
	if (summary->model->member_count == 0 && why == NULL)
		why = summary_why(summary, "start");
	summary->part = "model";
	summary_row(summary, "kind", kind_text(summary->model), why);
	summary_row(summary, "fine-tuned", summary_why(summary, "finetune"), NULL);
}

/* Names of columns, or how many there are where they have none. */
static char *
names_text(char *const *names, int count)
{
	StringInfoData text;

	if (names == NULL)
		return words_integer(count);
	initStringInfo(&text);
	for (int i = 0; i < count; i++)
		appendStringInfo(&text, "%s%s", i == 0 ? "" : ", ", names[i]);
	return text.data;
}

static void
tell_drivers(Summary *summary)
{
	const ModelCovariates *covariates = &summary->model->covariates;
	char *const *future = covariates->names == NULL ? NULL : covariates->names + covariates->past;
	int known_ahead = covariates->future - covariates->statics;
	const char *unread =
		summary->model->member_count == 0 ? "not read, as there are no networks" : NULL;

	if (covariates->past > 0)
		summary_row(summary, "past drivers", names_text(covariates->names, covariates->past),
					unread != NULL ? unread : "known up to now");
	if (known_ahead > 0)
		summary_row(summary, "future drivers", names_text(future, known_ahead),
					unread != NULL ? unread : "must be known for each step that is forecast");
	if (covariates->statics > 0)
		summary_row(summary, "static drivers",
					names_text(future + known_ahead, covariates->statics),
					unread != NULL ? unread : "the same at all steps of a series");
	if (covariates->calendar)
		summary_row(summary, "calendar", "time of day, weekday, season, as far as steps go through",
					unread);
	if (covariates->holidays != NULL)
		summary_row(summary, "holidays",
					covariates->holidays->own > 0
						? names_text(covariates->holidays->names, covariates->holidays->own)
						: "all alike",
					unread != NULL && covariates->holidays->effects == NULL
						? unread
						: psprintf("listed until %s", holidays_last_day(covariates->holidays)));
}

/* Steps that had no value, and values that cannot be true. */
static void
tell_holes(Summary *summary)
{
	const Model *model = summary->model;
	double steps = (double) model->missing + (double) model->rows;

	if (model->options.missing == MISSING_ERROR)
		summary_row(summary, "gaps", "none, or there would be no model", NULL);
	else
		summary_row(summary, "gaps",
					model->missing == 0
						? "none"
						: psprintf("%s filled, about %s", words_count(model->missing, "step", NULL),
								   words_percent((double) model->missing / steps)),
					model->missing == 0
						? NULL
						: psprintf("the option missing is %s",
								   options_word("missing", model->options.missing)));
	summary_row(summary, "glitches",
				model->options.glitches == GLITCHES_KEEP ? "kept" : "count as missing",
				"single values far from all around them");
}

static void
tell_times(Summary *summary)
{
	const Model *model = summary->model;
	const Frequency *frequency = &model->frequency;

	if (frequency->kind == FREQUENCY_NONE)
	{
		summary_row(summary, "step", "a row, without a timestamp", NULL);
		(void) summary_why(summary, "frequency");
		return;
	}
	summary_row(summary, "from", words_time(frequency, model_first_time(model)), NULL);
	summary_row(summary, "to", words_time(frequency, model_latest_time(model)), NULL);
	summary_row(summary, "step", frequency_text(frequency), summary_why(summary, "frequency"));
	if (frequency->kind == FREQUENCY_LISTED)
		summary_row(
			summary, "last step",
			words_time(frequency, times_at(frequency->listed, frequency->listed->count - 1)),
			"beyond it nothing is forecast");
	summary_row(summary, "time zone", frequency->zone, summary_why(summary, "time_zone"));
	if (model->wall_clock)
		summary_row(summary, "clock", "steps are read by the zone's clocks",
					"what repeats daily does so by the clock, summer and winter");
}

static void
tell_data(Summary *summary)
{
	const Model *model = summary->model;

	summary->part = "data";
	summary_row(summary, "series", words_integer(model->series_count), NULL);
	summary_row(summary, "rows", words_integer(model->rows), NULL);
	tell_times(summary);
	tell_holes(summary);
	if (model->whole)
		summary_row(summary, "values", "whole numbers, none below zero", NULL);
	tell_drivers(summary);
}

/* The season that is planned with, and others that were found. */
static void
tell_season(Summary *summary)
{
	const Model *model = summary->model;
	const Seasons *seasons = &model->seasons;
	StringInfoData others;
	int count = 0;

	summary->part = "season";
	summary_row(summary, "season",
				model->season > 1 ? words_steps(&model->frequency, model->season) : "none",
				summary_why(summary, "seasonal_period"));
	initStringInfo(&others);
	for (int i = 0; i < seasons->count; i++)
		if (seasons->periods[i] != model->season)
			appendStringInfo(&others, "%s%s", count++ == 0 ? "" : ", ",
							 words_integer(seasons->periods[i]));
	if (count > 0)
		summary_row(summary, "also found", psprintf("%s steps", others.data), NULL);
}

/* "LSTM of 16 units, reads 52 steps in patches of 13, logarithms from ..." */
static char *
network_text(const ModelMember *member)
{
	const lf_network_config *network = &member->network;
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "%s of ", cell_names[network->cell]);
	if (network->num_layers > 1)
		appendStringInfo(&text, "%d layers with ", network->num_layers);
	appendStringInfo(&text, "%s%s, reads %s", words_count(network->hidden_size, "unit", NULL),
					 network->bidirectional ? " in both directions" : "",
					 words_count(network->lookback, "step", NULL));
	if (network->patch_length > 1)
		appendStringInfo(&text, " in patches of %d", network->patch_length);
	appendStringInfo(&text, ", %s %s",
					 member->scaling.transform == LF_TRANSFORM_NONE ? "values" : "logarithms",
					 scale_names[member->scaling.normalization]);
	return text.data;
}

/* How much of a forecast is whose. */
static void
tell_shares(Summary *summary)
{
	const Model *model = summary->model;
	double share = model->start_share;
	const char *why = summary_why(summary, "start");
	const char *pretrained = summary_why(summary, "pretrained");

	if (model->options.start == 1)
		why = "what erred least on the held-out rows";
	if (model->member_count > 0)
	{
		summary_row(summary, "share of networks", words_percent(1 - share), why);
		summary_row(summary, "share of statistics", words_percent(share), NULL);
	}
	if (model->options.pretrained == PRETRAINED_ONLY)
		share = 0; /* it is told below */
	if (share > 0 && model->series_count == 1)
		summary_row(summary, "statistical forecast", start_text(&model->series[0].start), NULL);
	else if (share > 0)
		summary_row(summary, "statistical forecast", "of each series its own",
					"lstm_model_series tells which");
	if (model->pretrained)
		summary_row(summary, "pretrained network",
					model_has_own_weights(model) ? "asked, trained further on these rows"
												 : "asked, as it ships",
					pretrained);
}

static void
tell_limits(Summary *summary)
{
	const TrainOptions *options = &summary->model->options;

	if (isfinite(options->minimum))
		summary_row(summary, "minimum", words_number(options->minimum),
					summary_why(summary, "minimum"));
	if (isfinite(options->maximum))
		summary_row(summary, "maximum", words_number(options->maximum),
					summary_why(summary, "maximum"));
}

static void
tell_forecast(Summary *summary)
{
	const Model *model = summary->model;

	summary->part = "forecast";
	if (model->bare)
		summary_row(summary, "horizon", "any", "by default what is usual for the rows");
	else
		summary_row(summary, "horizon", words_steps(&model->frequency, model->horizon),
					summary_why(summary, "horizon"));
	if (model->member_count > 1)
		summary_row(summary, "networks", psprintf("the median of %d", model->member_count), NULL);
	for (int i = 0; i < model->member_count; i++)
		summary_row(summary, psprintf("network %d", i + 1), network_text(&model->members[i]),
					i == 0 ? summary_why(summary, "lookback") : NULL);
	if (!model->bare)
		tell_shares(summary);
	tell_limits(summary);
}

/* Is the reason of an option told already? */
static bool
is_told(const Summary *summary, const char *option)
{
	for (int i = 0; i < summary->told_count; i++)
		if (strcmp(summary->told[i], option) == 0)
			return true;
	return false;
}

/* An option's value as text, without JSON's quotes. */
static const char *
option_text(const Model *model, const OptionDescriptor *option)
{
	StringInfoData json;

	initStringInfo(&json);
	option_append_json(&json, option, &model->options);
	if (json.data[0] != '"')
		return json.data;
	json.data[json.len - 1] = '\0';
	return json.data + 1;
}

/* Another choice; those about networks say nothing where there are none. */
static void
tell_choice(Summary *summary, const JsonbValue *name, const JsonbValue *why)
{
	const OptionDescriptor *option = option_find(name->val.string.val, name->val.string.len);

	if (option == NULL || is_told(summary, option->name) ||
		(option->networks && summary->model->member_count == 0))
		return;
	summary_row(summary, option->name, option_text(summary->model, option),
				pnstrdup(why->val.string.val, why->val.string.len));
}

/* What else was chosen, and why. */
static void
tell_choices(Summary *summary)
{
	JsonbIterator *iterator = JsonbIteratorInit(&summary->reasons->root);
	JsonbIteratorToken token;
	JsonbValue value;
	JsonbValue name = {0};

	summary->part = "choices";
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		check_interrupts();
		if (token == WJB_KEY)
			name = value;
		else if (token == WJB_VALUE)
			tell_choice(summary, &name, &value);
	}
}

static void
tell_size(Summary *summary)
{
	const Model *model = summary->model;
	Size weights = model->weights == NULL ? 0 : pretrained_table()->total;

	for (int i = 0; i < model->member_count; i++)
		weights += network_weights(&model->members[i].network);
	summary->part = "size";
	summary_row(summary, "weights", weights == 0 ? NULL : words_integer((int64) weights), NULL);
	summary_row(summary, "bytes", words_bytes(summary->bytes), NULL);
	summary_row(summary, "trained by", psprintf("lstm_forecast %s", model->extension), NULL);
}

/* lstm_summary(model): a row for each thing that is worth knowing. */
Datum
lstm_summary(PG_FUNCTION_ARGS)
{
	bytea *bytes = model_fetch(PG_GETARG_RAW_VARLENA_P(0));
	Summary summary = {.result = (ReturnSetInfo *) fcinfo->resultinfo,
					   .bytes = VARSIZE_ANY_EXHDR(bytes)};
	Classifier *classifier;
	const char *reasons;

	InitMaterializedSRF(fcinfo, 0);
	summary.model = model_decode_any(bytes, &classifier);
	reasons = classifier != NULL ? classifier->reasons : summary.model->reasons;
	json_check_model_text(reasons, strlen(reasons));
	summary.reasons = json_parse(reasons);
	if (classifier != NULL)
	{
		classifier_summary(classifier, &summary);
		return (Datum) 0;
	}
	tell_kind(&summary);
	if (!summary.model->bare)
	{
		tell_data(&summary);
		tell_season(&summary);
	}
	tell_forecast(&summary);
	summary_accuracy(&summary);
	summary_intervals(&summary);
	if (!summary.model->bare)
		summary_series(&summary);
	tell_choices(&summary);
	tell_size(&summary);
	return (Datum) 0;
}
