/*
 * inspect.c
 *	  Looking inside a model: lstm_model_info, lstm_model_series, lstm_training_log,
 *	  lstm_weights.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/interrupts.h"
#include "base/jsonio.h"
#include "model/classifier_inspect.h"
#include "model/extent.h"
#include "model/fetch.h"
#include "model/decode.h"
#include "model/format.h"
#include "model/holidays.h"
#include "model/info_fields.h"
#include "model/member_fields.h"
#include "model/model.h"
#include "model/network_table.h"
#include "model/pretrained.h"
#include "model/start_text.h"

PG_FUNCTION_INFO_V1(lstm_model_info);
PG_FUNCTION_INFO_V1(lstm_model_series);
PG_FUNCTION_INFO_V1(lstm_training_log);
PG_FUNCTION_INFO_V1(lstm_weights);

/* The data: how much of it, and from when to when. */
static void
append_data(StringInfo json, const Model *model)
{
	json_add_text(json, "frequency", frequency_text(&model->frequency));
	json_add_boolean(json, "wall_clock", model->wall_clock);
	json_add_integer(json, "series", model->series_count);
	json_add_integer(json, "skipped", model->skipped_count);
	json_add_integer(json, "rows", model->rows);
	json_add_integer(json, "missing", model->missing);
	if (model->frequency.kind != FREQUENCY_NONE)
	{
		info_add_time(json, "first_time", model_first_time(model));
		info_add_time(json, "last_time", model_latest_time(model));
	}
	if (model->frequency.kind == FREQUENCY_LISTED)
	{
		const Times *list = model->frequency.listed;

		info_add_time(json, "last_step", times_at(list, list->count - 1));
	}
	json_add_integer(json, "train_windows", model->train_windows);
}

/* The words of the columns that hold categories, by their names. */
static void
append_categories(StringInfo json, const ModelCovariates *covariates)
{
	json_append_key(json, "categories");
	appendStringInfoChar(json, '{');
	for (int i = 0; i < covariates->past + covariates->future; i++)
	{
		const Vocabulary *category = covariates->categories[i];

		if (category == NULL)
			continue;
		json_append_key(json, covariates->names[i]);
		json_append_texts(json, category->words, category->count);
	}
	appendStringInfoChar(json, '}');
}

/* What each name does to a day that is as usual otherwise, relative, in the mean over the day. */
static void
append_holiday_effects(StringInfo json, const HolidayList *list)
{
	json_append_key(json, "effects");
	appendStringInfoChar(json, '{');
	for (int i = 0; i < list->name_count; i++)
	{
		double sum = 0;

		for (int slot = 0; slot < list->slots; slot++)
			sum += list->effects[(int64) i * list->slots + slot];
		json_add_number(json, list->names[i], rint(1000 * sum / list->slots) / 1000);
	}
	appendStringInfoChar(json, '}');
}

/* The names with an input of their own, those that share one, and how far the list reaches. */
static void
append_holidays(StringInfo json, const HolidayList *list)
{
	json_append_key(json, "holidays");
	appendStringInfoChar(json, '{');
	json_append_key(json, "own");
	json_append_texts(json, list->names, list->own);
	json_append_key(json, "common");
	json_append_texts(json, list->names + list->own, list->name_count - list->own);
	json_add_text(json, "last_day", holidays_last_day(list));
	if (list->effects != NULL)
		append_holiday_effects(json, list);
	appendStringInfoChar(json, '}');
}

/* The user's covariates, the past ones first; names are null where they came as arrays. */
static void
append_covariates(StringInfo json, const ModelCovariates *covariates)
{
	json_append_key(json, "covariates");
	appendStringInfoChar(json, '{');
	json_add_integer(json, "past", covariates->past);
	json_add_integer(json, "future", covariates->future - covariates->statics);
	if (covariates->statics > 0)
		json_add_integer(json, "static", covariates->statics);
	json_append_key(json, "names");
	json_append_texts(json, covariates->names, covariates->past + covariates->future);
	json_add_boolean(json, "calendar", covariates->calendar);
	if (covariates->holidays != NULL)
		append_holidays(json, covariates->holidays);
	if (covariates->categories != NULL)
		append_categories(json, covariates);
	appendStringInfoChar(json, '}');
}

static void
append_member(StringInfo json, const ModelMember *member, int64 parameters)
{
	const lf_network_config *network = &member->network;

	json_append_separator(json);
	appendStringInfoChar(json, '{');
	json_add_text(json, "cell", options_word("cell", network->cell));
	json_add_integer(json, "hidden_size", network->hidden_size);
	json_add_integer(json, "num_layers", network->num_layers);
	json_add_number(json, "dropout", network->dropout);
	json_add_integer(json, "lookback", network->lookback);
	json_add_integer(json, "patch_length", network->patch_length);
	json_add_integer(json, "channels", network->channels);
	json_add_text(json, "decoder", options_word("decoder", network->decoder));
	json_add_text(json, "loss", options_word("loss", member->loss.kind));
	json_add_text(json, "transform", options_word("transform", member->scaling.transform));
	json_add_text(json, "normalization",
				  options_word("normalization", member->scaling.normalization));
	json_add_integer(json, "seasonal_skip", network->seasonal_skip);
	json_add_integer(json, "skip_seasons", network->skip_seasons);
	member_add_schedule(json, &member->schedule);
	json_add_unsigned(json, "seed", member->seed);
	json_add_integer(json, "parameters", parameters);
	json_add_integer(json, "best_epoch", member->best_epoch);
	appendStringInfoChar(json, '}');
}

static void
append_members(StringInfo json, const Model *model)
{
	size_t total = 0;

	json_append_key(json, "members");
	appendStringInfoChar(json, '[');
	for (int i = 0; i < model->member_count; i++)
	{
		const ModelMember *member = &model->members[i];
		lf_parameter_table *table = network_table(&member->network);

		append_member(json, member, (int64) table->total);
		total += table->total;
		pfree(table);
	}
	appendStringInfoChar(json, ']');
	if (model->weights != NULL)
		total += pretrained_table()->total;
	json_add_integer(json, "parameters", (int64) total);
}

static void
append_measures(StringInfo json, const ForecastErrors *errors)
{
	json_add_number(json, "mae", errors->mae);
	json_add_number(json, "rmse", errors->rmse);
	json_add_number(json, "smape", errors->smape);
	json_add_number(json, "mase", errors->mase);
}

/* The errors of another forecast on the same windows. */
static void
append_beside(StringInfo json, const char *name, const ForecastErrors *errors)
{
	json_append_key(json, name);
	appendStringInfoChar(json, '{');
	append_measures(json, errors);
	appendStringInfoChar(json, '}');
}

static void
append_errors(StringInfo json, const ModelErrors *errors)
{
	json_append_key(json, "held_out");
	appendStringInfoChar(json, '{');
	json_add_integer(json, "windows", errors->windows);
	json_add_boolean(json, "shared_with_early_stopping", errors->shared);
	append_measures(json, &errors->model);
	append_beside(json, "naive", &errors->naive);
	append_beside(json, "start", &errors->start);
	appendStringInfoChar(json, '}');
}

/* The text of a JSON object about a model of so many bytes that forecasts. */
static char *
model_info(const Model *model, Size bytes)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	info_add_options(&json, options_to_jsonb(&model->options), model->reasons);
	json_add_integer(&json, "horizon", model->horizon);
	json_add_integer(&json, "season", model->season);
	json_append_key(&json, "seasons");
	json_append_integers(&json, model->seasons.periods, model->seasons.count);
	append_data(&json, model);
	append_covariates(&json, &model->covariates);
	append_members(&json, model);
	json_add_number(&json, "start_share", model->start_share);
	json_add_boolean(&json, "pretrained", model->pretrained);
	json_add_integer(&json, "bytes", (int64) bytes);
	append_errors(&json, &model->errors);
	json_add_integer(&json, "calibration_points", model->calibration.points);
	info_add_maker(&json, model->extension, model->kernel);
	appendStringInfoChar(&json, '}');
	return json.data;
}

/* lstm_model_info(model): what the model is, as jsonb. */
Datum
lstm_model_info(PG_FUNCTION_ARGS)
{
	bytea *bytes = model_fetch(PG_GETARG_RAW_VARLENA_P(0));
	Size size = VARSIZE_ANY_EXHDR(bytes);
	Classifier *classifier;
	const Model *model = model_decode_any(bytes, &classifier);
	const char *json = model != NULL ? model_info(model, size) : classifier_info(classifier, size);

	json_check_model_text(json, strlen(json));
	PG_RETURN_JSONB_P(json_parse(json));
}

#define SERIES_COLUMNS 12

/* A number or NULL for what is not known. */
static Datum
defined(double value, bool *null)
{
	*null = isnan(value);
	return Float8GetDatum(value);
}

static void
put_series(ReturnSetInfo *result, const Model *model, const ModelSeries *series, TimestampTz latest)
{
	const SeriesErrors *errors = &series->errors;
	bool nulls[SERIES_COLUMNS] = {false};
	Datum values[SERIES_COLUMNS] = {
		(Datum) 0,
		Int64GetDatum(series->rows),
		TimestampTzGetDatum(series->first_time),
		TimestampTzGetDatum(series->last_time),
		CStringGetTextDatum(model->member_count == 0 ? "start"
							: series->learned        ? "trained"
													 : "short"),
	};

	nulls[0] = series->label == NULL;
	nulls[2] = nulls[3] = model->frequency.kind == FREQUENCY_NONE;
	if (!nulls[0])
		values[0] = CStringGetTextDatum(series->label);
	nulls[5] = true;
	values[6] = Int64GetDatum(errors->windows);
	values[7] = defined(errors->mae, &nulls[7]);
	values[8] = defined(errors->mase, &nulls[8]);
	values[9] = defined(errors->naive_mae, &nulls[9]);
	nulls[10] = !(model_start_share(model, series - model->series) > 0);
	if (!nulls[10])
		values[10] = CStringGetTextDatum(start_text(&series->start));
	values[11] = BoolGetDatum(model_series_ended(model, series, latest));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
put_skipped(ReturnSetInfo *result, const ModelSkipped *skipped)
{
	bool nulls[SERIES_COLUMNS] = {false, false, true, true, false, false,
								  false, true,  true, true, true,  true};
	Datum values[SERIES_COLUMNS] = {
		CStringGetTextDatum(skipped->label),
		Int64GetDatum(0),
		(Datum) 0,
		(Datum) 0,
		CStringGetTextDatum("skipped"),
		CStringGetTextDatum(skipped->message),
		Int64GetDatum(0),
	};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* lstm_model_series(model): a row for each series, and then for each that was left out. */
Datum
lstm_model_series(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext row =
		AllocSetContextCreate(CurrentMemoryContext, "lstm_forecast row", ALLOCSET_SMALL_SIZES);
	Model *model;
	TimestampTz latest;

	InitMaterializedSRF(fcinfo, 0);
	model = model_decode(model_fetch(PG_GETARG_RAW_VARLENA_P(0)));
	latest = model_latest_time(model);
	for (int64 i = 0; i < model->series_count + model->skipped_count; i++)
	{
		MemoryContext caller = MemoryContextSwitchTo(row);

		check_interrupts();
		if (i < model->series_count)
			put_series(result, model, &model->series[i], latest);
		else
			put_skipped(result, &model->skipped[i - model->series_count]);
		MemoryContextSwitchTo(caller);
		MemoryContextReset(row);
	}
	return (Datum) 0;
}

/* lstm_training_log(model): a row (member, epoch, losses, rate, seconds) for each epoch of each
 * member. */
Datum
lstm_training_log(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Classifier *classifier;
	const Model *model;
	const ModelLogRow *log;
	int64 count;

	InitMaterializedSRF(fcinfo, 0);
	model = model_decode_any(model_fetch(PG_GETARG_RAW_VARLENA_P(0)), &classifier);
	log = model != NULL ? model->log : classifier->log;
	count = model != NULL ? model->log_count : classifier->log_count;
	for (int64 i = 0; i < count; i++)
	{
		const ModelLogRow *row = &log[i];
		Datum values[6] = {
			Int32GetDatum(row->member),         Int32GetDatum(row->epoch),
			Float8GetDatum(row->train_loss),    Float8GetDatum(row->validation_loss),
			Float8GetDatum(row->learning_rate), Float8GetDatum(row->seconds),
		};
		bool nulls[6] = {false};

		check_interrupts();
		nulls[2] = isnan(row->train_loss);
		nulls[3] = isnan(row->validation_loss);
		nulls[4] = isnan(row->learning_rate);
		nulls[5] = isnan(row->seconds);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* A float4[] of count values: built in place, as a Datum a value would take twice the memory. */
static ArrayType *
weights_array(const lf_real *values, size_t count)
{
	Size size = ARR_OVERHEAD_NONULLS(1) + sizeof(float4) * count;
	ArrayType *array = palloc0(size);

	SET_VARSIZE(array, size);
	array->ndim = 1;
	array->elemtype = FLOAT4OID;
	ARR_DIMS(array)[0] = (int) count;
	ARR_LBOUND(array)[0] = 1;
	memcpy(ARR_DATA_PTR(array), values, sizeof(float4) * count);
	return array;
}

static ArrayType *
shape_array(const lf_parameter *entry)
{
	Datum lengths[2] = {Int32GetDatum((int32) entry->shape[0]),
						Int32GetDatum((int32) entry->shape[1])};

	return construct_array(lengths, entry->dimensions, INT4OID, sizeof(int32), true, TYPALIGN_INT);
}

/* A row for a tensor of a network's parameters. */
static void
put_weights(ReturnSetInfo *result, const char *name, const lf_parameter *entry,
			const lf_real *parameters)
{
	ArrayType *weights =
		weights_array(parameters + entry->offset, entry->shape[0] * entry->shape[1]);
	bool nulls[3] = {false};
	Datum values[3] = {
		CStringGetTextDatum(name),
		PointerGetDatum(shape_array(entry)),
		PointerGetDatum(weights),
	};

	check_interrupts();
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	pfree(weights);
}

/* Rows for the tensors of a network, number of so many. */
static void
put_network(ReturnSetInfo *result, int count, int number, lf_parameter_table *table,
			const lf_real *parameters)
{
	for (int k = 0; k < table->count; k++)
		put_weights(result, model_tensor_name(count, number, table->entry[k].name),
					&table->entry[k], parameters);
	pfree(table);
}

/* lstm_weights(model): a row (tensor, shape, weights) for each tensor that the model holds. */
Datum
lstm_weights(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const lf_parameter_table *own = pretrained_table();
	Classifier *classifier;
	const Model *model;

	InitMaterializedSRF(fcinfo, 0);
	model = model_decode_any(model_fetch(PG_GETARG_RAW_VARLENA_P(0)), &classifier);
	for (int i = 0; model != NULL && i < model->member_count; i++)
		put_network(result, model->member_count, i, network_table(&model->members[i].network),
					model->members[i].parameters);
	for (int k = 0; model != NULL && model->weights != NULL && k < own->count; k++)
		put_weights(result, pretrained_tensor_name(&own->entry[k]), &own->entry[k], model->weights);
	for (int i = 0; model == NULL && i < classifier->member_count; i++)
		put_network(result, classifier->member_count, i,
					classifier_table(&classifier->members[i].network),
					classifier->members[i].parameters);
	return (Datum) 0;
}
