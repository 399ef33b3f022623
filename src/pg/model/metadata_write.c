/*
 * metadata_write.c
 *	  A model's metadata to JSON text. What it writes metadata_read.c reads.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "base/jsonio.h"
#include "model/format.h"
#include "model/holidays.h"
#include "model/member_fields.h"
#include "model/metadata.h"
#include "model/pretrained.h"

/* A field named as an option, by the option's word. */
static void
append_word(StringInfo json, const char *option, int value)
{
	json_add_text(json, option, options_word(option, value));
}

static void
open_object(StringInfo json, const char *key)
{
	json_append_key(json, key);
	appendStringInfoChar(json, '{');
}

/* Which period has five weeks, the phase, and the date before which years turn. */
static void
append_fiscal(StringInfo json, const FiscalYear *year)
{
	const double numbers[MODEL_FISCAL_FIELDS] = {year->five, year->phase, year->month, year->day};

	json_append_key(json, "fiscal");
	json_append_numbers(json, numbers, MODEL_FISCAL_FIELDS);
}

/* What series of one frequency may have of their own. */
static void
append_anchors(StringInfo json, const Frequency *frequency)
{
	json_add_boolean(json, "month_end", frequency->month_end);
	json_add_integer(json, "month_day", frequency->month_day);
	json_add_integer(json, "month_weekday", frequency->month_weekday);
	json_add_integer(json, "month_nth", frequency->month_nth);
	json_add_boolean(json, "month_any", frequency->month_any);
	json_add_integer(json, "tolerance", frequency->tolerance);
	json_append_key(json, "time_of_day");
	if (frequency->has_time)
		appendStringInfo(json, INT64_FORMAT, frequency->time_of_day);
	else
		appendStringInfoString(json, "null");
	json_add_text(json, "zone", frequency->zone);
	if (frequency->kind == FREQUENCY_FISCAL)
		append_fiscal(json, &frequency->fiscal);
}

/* The runs of open times, each by its first slot of the week and how many there are. */
static void
append_open_times(StringInfo json, const Frequency *frequency)
{
	double numbers[2 * MOST_OPEN_RUNS];

	for (int i = 0; i < frequency->open_count; i++)
	{
		numbers[2 * i] = frequency->open[i].first;
		numbers[2 * i + 1] = frequency->open[i].count;
	}
	json_append_key(json, "open");
	json_append_numbers(json, numbers, 2 * frequency->open_count);
}

static void
append_frequency(StringInfo json, const Frequency *frequency)
{
	open_object(json, "frequency");
	json_add_text(json, "kind", model_frequency_words[frequency->kind]);
	json_add_integer(json, "count", frequency->count);
	append_open_times(json, frequency);
	append_anchors(json, frequency);
	appendStringInfoChar(json, '}');
}

/* Of each covariate the words and their shares; null of one that is a number. */
static void
append_categories(StringInfo json, const ModelCovariates *covariates)
{
	json_append_key(json, "categories");
	appendStringInfoChar(json, '[');
	for (int i = 0; i < covariates->past + covariates->future; i++)
	{
		const Vocabulary *category = covariates->categories[i];

		json_append_separator(json);
		if (category == NULL)
		{
			appendStringInfoString(json, "null");
			continue;
		}
		appendStringInfoChar(json, '{');
		json_append_key(json, "words");
		json_append_texts(json, category->words, category->count);
		json_append_key(json, "shares");
		json_append_numbers(json, covariates->shares[i], category->count);
		appendStringInfoChar(json, '}');
	}
	appendStringInfoChar(json, ']');
}

static void
append_covariates(StringInfo json, const ModelCovariates *covariates)
{
	int count = covariates->past + covariates->future;

	open_object(json, "covariates");
	json_add_integer(json, "past", covariates->past);
	json_add_integer(json, "future", covariates->future);
	if (covariates->statics > 0)
		json_add_integer(json, "statics", covariates->statics);
	json_add_boolean(json, "calendar", covariates->calendar);
	if (covariates->holidays != NULL)
	{
		json_append_key(json, "holidays");
		holidays_append(json, covariates->holidays);
	}
	json_append_key(json, "names");
	json_append_texts(json, covariates->names, count);
	json_append_key(json, "means");
	json_append_numbers(json, covariates->means, count);
	json_append_key(json, "deviations");
	json_append_numbers(json, covariates->deviations, count);
	if (covariates->categories != NULL)
		append_categories(json, covariates);
	appendStringInfoChar(json, '}');
}

static void
append_loss(StringInfo json, const lf_loss *loss)
{
	append_word(json, "loss", loss->kind);
	if (loss->kind != LF_LOSS_QUANTILE)
		return;
	json_append_key(json, "quantiles");
	json_append_numbers(json, loss->quantiles, loss->quantile_count);
}

static void
append_member(StringInfo json, const ModelMember *member)
{
	const lf_network_config *network = &member->network;

	json_append_separator(json);
	appendStringInfoChar(json, '{');
	append_word(json, "cell", network->cell);
	json_add_integer(json, "hidden_size", network->hidden_size);
	json_add_integer(json, "num_layers", network->num_layers);
	json_add_boolean(json, "bidirectional", network->bidirectional);
	json_add_number(json, "dropout", network->dropout);
	json_add_integer(json, "channels", network->channels);
	json_add_integer(json, "future", network->future);
	json_add_integer(json, "lookback", network->lookback);
	json_add_integer(json, "patch_length", network->patch_length);
	append_word(json, "decoder", network->decoder);
	append_word(json, "supervision", network->supervision);
	json_add_boolean(json, "linear_skip", network->linear_skip);
	json_add_integer(json, "seasonal_skip", network->seasonal_skip);
	json_add_integer(json, "skip_seasons", network->skip_seasons);
	append_word(json, "transform", member->scaling.transform);
	append_word(json, "normalization", member->scaling.normalization);
	json_add_integer(json, "season", member->scaling.season);
	append_loss(json, &member->loss);
	member_add_schedule(json, &member->schedule);
	json_add_unsigned(json, "seed", member->seed);
	json_add_integer(json, "best_epoch", member->best_epoch);
	appendStringInfoChar(json, '}');
}

static void
append_members(StringInfo json, const Model *model)
{
	json_append_key(json, "members");
	appendStringInfoChar(json, '[');
	for (int i = 0; i < model->member_count; i++)
		append_member(json, &model->members[i]);
	appendStringInfoChar(json, ']');
}

/* Of each series null where they are the model's, and one null where all of them are. */
static void
append_own_anchors(StringInfo json, const Model *model)
{
	int64 own = 0;

	for (int64 i = 0; i < model->series_count; i++)
		own += !model_anchors_equal(&model->series[i].frequency, &model->frequency);
	json_append_key(json, "anchors");
	if (own == 0)
	{
		appendStringInfoString(json, "null");
		return;
	}
	appendStringInfoChar(json, '[');
	for (int64 i = 0; i < model->series_count; i++)
	{
		const Frequency *frequency = &model->series[i].frequency;

		json_append_separator(json);
		if (model_anchors_equal(frequency, &model->frequency))
			appendStringInfoString(json, "null");
		else
		{
			appendStringInfoChar(json, '{');
			append_anchors(json, frequency);
			appendStringInfoChar(json, '}');
		}
	}
	appendStringInfoChar(json, ']');
}

/* Names and anchors; the numbers of series are a tensor. */
static void
append_series(StringInfo json, const Model *model)
{
	open_object(json, "series");
	json_append_key(json, "labels");
	appendStringInfoChar(json, '[');
	for (int64 i = 0; i < model->series_count; i++)
	{
		json_append_separator(json);
		json_append_text(json, model->series[i].label);
	}
	appendStringInfoChar(json, ']');
	append_own_anchors(json, model);
	appendStringInfoChar(json, '}');
}

/* Series that were left out, and why. */
static void
append_skipped(StringInfo json, const Model *model)
{
	json_append_key(json, "skipped");
	appendStringInfoChar(json, '[');
	for (int64 i = 0; i < model->skipped_count; i++)
	{
		json_append_separator(json);
		appendStringInfoChar(json, '{');
		json_add_text(json, "series", model->skipped[i].label);
		json_add_text(json, "message", model->skipped[i].message);
		appendStringInfoChar(json, '}');
	}
	appendStringInfoChar(json, ']');
}

/* The errors of one forecast, their names with a prefix. */
static void
append_measures(StringInfo json, const char *prefix, const ForecastErrors *errors)
{
	json_add_number(json, psprintf("%smae", prefix), errors->mae);
	json_add_number(json, psprintf("%srmse", prefix), errors->rmse);
	json_add_number(json, psprintf("%ssmape", prefix), errors->smape);
	json_add_number(json, psprintf("%smase", prefix), errors->mase);
}

static void
append_errors(StringInfo json, const ModelErrors *errors)
{
	open_object(json, "errors");
	json_add_integer(json, "windows", errors->windows);
	json_add_boolean(json, "shared", errors->shared);
	append_measures(json, "", &errors->model);
	append_measures(json, "start_", &errors->start);
	append_measures(json, "naive_", &errors->naive);
	appendStringInfoChar(json, '}');
}

/*
 * Only where starts ask the pretrained network: which weights they ask; of those that ship the
 * checksum, as others may come with other versions.
 */
static void
append_pretrained(StringInfo json, const Model *model)
{
	open_object(json, "pretrained");
	json_add_boolean(json, "bare", model->bare);
	json_add_boolean(json, "own", model->weights != NULL);
	if (model->weights == NULL)
		json_add_text(json, "checksum", pretrained_checksum());
	appendStringInfoChar(json, '}');
}

char *
model_metadata_write(const Model *model)
{
	StringInfoData json;
	Jsonb *reasons;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	json_add_text(&json, "extension", LSTM_FORECAST_VERSION);
	json_add_text(&json, "kernel", model->kernel);
	append_frequency(&json, &model->frequency);
	json_add_integer(&json, "horizon", model->horizon);
	json_add_integer(&json, "season", model->season);
	json_append_key(&json, "seasons");
	json_append_integers(&json, model->seasons.periods, model->seasons.count);
	json_add_boolean(&json, "whole", model->whole);
	if (model->dispersion > 0)
		json_add_number(&json, "dispersion", model->dispersion);
	if (model->wall_clock)
		json_add_boolean(&json, "wall_clock", true);
	append_covariates(&json, &model->covariates);
	append_members(&json, model);
	json_add_number(&json, "start_share", model->start_share);
	if (model->pretrained)
		append_pretrained(&json, model);
	append_series(&json, model);
	append_skipped(&json, model);
	json_add_integer(&json, "rows", model->rows);
	json_add_integer(&json, "missing", model->missing);
	json_add_integer(&json, "train_windows", model->train_windows);
	append_errors(&json, &model->errors);
	append_word(&json, "transform", model->calibration.transform);
	json_add_integer(&json, "spread_steps", model->calibration.spread_steps);
	if (model->calibration.spread_lag > 1)
		json_add_integer(&json, "spread_lag", model->calibration.spread_lag);
	/* by way of jsonb, so that a model that was read is written as it was */
	json_append_key(&json, "reasons");
	reasons = json_parse(model->reasons);
	(void) JsonbToCString(&json, &reasons->root, VARSIZE(reasons));
	appendStringInfoChar(&json, '}');
	return json.data;
}
