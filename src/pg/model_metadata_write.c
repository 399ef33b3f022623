/*
 * model_metadata_write.c
 *	  A model's metadata to JSON text. What it writes model_metadata_read.c reads.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "jsonio.h"
#include "model_metadata.h"

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

static void
append_frequency(StringInfo json, const Frequency *frequency)
{
	open_object(json, "frequency");
	json_add_text(json, "kind", model_frequency_words[frequency->kind]);
	json_add_integer(json, "count", frequency->count);
	json_add_boolean(json, "month_end", frequency->month_end);
	json_add_integer(json, "month_day", frequency->month_day);
	json_append_key(json, "time_of_day");
	if (frequency->has_time)
		appendStringInfo(json, INT64_FORMAT, frequency->time_of_day);
	else
		appendStringInfoString(json, "null");
	json_add_text(json, "zone", frequency->zone);
	appendStringInfoChar(json, '}');
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
	json_append_key(json, "seed");
	appendStringInfo(json, UINT64_FORMAT, member->seed);
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

/* A column of the series: an int64 field of each. */
static void
append_column(StringInfo json, const char *key, const Model *model, size_t offset)
{
	json_append_key(json, key);
	appendStringInfoChar(json, '[');
	for (int64 i = 0; i < model->series_count; i++)
	{
		json_append_separator(json);
		appendStringInfo(json, INT64_FORMAT,
						 *(const int64 *) ((const char *) &model->series[i] + offset));
	}
	appendStringInfoChar(json, ']');
}

/* Times count microseconds from 2000-01-01 00:00 UTC, as PostgreSQL's timestamps do. */
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
	append_column(json, "rows", model, offsetof(ModelSeries, rows));
	append_column(json, "lengths", model, offsetof(ModelSeries, length));
	if (model->frequency.kind != FREQUENCY_NONE)
	{
		append_column(json, "first_times", model, offsetof(ModelSeries, first_time));
		append_column(json, "last_times", model, offsetof(ModelSeries, last_time));
	}
	appendStringInfoChar(json, '}');
}

static void
append_errors(StringInfo json, const ModelErrors *errors)
{
	open_object(json, "errors");
	json_add_integer(json, "windows", errors->windows);
	json_add_boolean(json, "shared", errors->shared);
	json_add_number(json, "mae", errors->mae);
	json_add_number(json, "rmse", errors->rmse);
	json_add_number(json, "smape", errors->smape);
	json_add_number(json, "mase", errors->mase);
	json_add_number(json, "naive_mae", errors->naive_mae);
	json_add_number(json, "naive_rmse", errors->naive_rmse);
	json_add_number(json, "naive_smape", errors->naive_smape);
	json_add_number(json, "naive_mase", errors->naive_mase);
	appendStringInfoChar(json, '}');
}

char *
model_metadata_write(const Model *model)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	json_add_text(&json, "extension", LSTM_FORECAST_VERSION);
	json_add_text(&json, "kernel", model->kernel);
	append_frequency(&json, &model->frequency);
	json_add_integer(&json, "horizon", model->horizon);
	json_add_integer(&json, "season", model->season);
	append_members(&json, model);
	append_series(&json, model);
	json_add_integer(&json, "rows", model->rows);
	json_add_integer(&json, "missing", model->missing);
	json_add_integer(&json, "train_windows", model->train_windows);
	append_errors(&json, &model->errors);
	append_word(&json, "transform", model->calibration.transform);
	json_add_integer(&json, "spread_steps", model->calibration.spread_steps);
	json_add_number(&json, "least_spread", model->calibration.least_spread);
	appendStringInfoChar(&json, '}');
	return json.data;
}
